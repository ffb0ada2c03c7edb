//! What CloudFront's object names say: `<distribution id>.YYYY-MM-DD-HH.<unique id>.gz`.

/// Distribution and hour named by a log object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Distribution id, such as `E2EXAMPLE1RLS`.
    pub distribution: String,
    /// Hour of the requests, `YYYY-MM-DD-HH` in UTC. Not the hour of delivery.
    pub hour: String,
}

impl ObjectName {
    /// Reads the last component of a key; `None` when it is not named as CloudFront names logs.
    ///
    /// ```
    /// use edgeledger_ingest::ObjectName;
    /// let name = ObjectName::parse("EMLARXS9EXAMPLE.2019-11-14-20.RT4KCN4SGK9.gz").unwrap();
    /// assert_eq!((name.distribution.as_str(), name.hour.as_str()), ("EMLARXS9EXAMPLE", "2019-11-14-20"));
    /// assert_eq!(ObjectName::parse("access.log.gz"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        let (distribution, hour, unique) = (parts.next()?, parts.next()?, parts.next()?);
        let is_id = (10..=20).contains(&distribution.len())
            && distribution
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (is_id && is_hour(hour) && !unique.is_empty()).then(|| Self {
            distribution: distribution.to_owned(),
            hour: hour.to_owned(),
        })
    }
}

/// Whether `text` has the shape `YYYY-MM-DD-HH` with a month, day and hour that can exist.
fn is_hour(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |at: usize, length: usize| -> Option<u32> {
        let part = parts.get(at)?;
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    parts.len() == 4
        && number(0, 4).is_some()
        && number(1, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(2, 2).is_some_and(|day| (1..=31).contains(&day))
        && number(3, 2).is_some_and(|hour| hour < 24)
}

#[cfg(test)]
mod tests {
    use super::ObjectName;

    #[test]
    fn other_names_say_nothing() {
        for name in [
            "",
            "E2KG6TMBAL2PBU",
            "E2KG6TMBAL2PBU.2021-01-23.23aaa605.gz",
            "E2KG6TMBAL2PBU.2021-13-23-13.23aaa605.gz",
            "E2KG6TMBAL2PBU.2021-01-23-24.23aaa605.gz",
            "e2kg6tmbal2pbu.2021-01-23-13.23aaa605.gz",
            "SHORT.2021-01-23-13.23aaa605.gz",
            "../../../../E2KG6TMBAL2PBU.2021-01-23-13",
        ] {
            assert_eq!(ObjectName::parse(name), None, "{name}");
        }
        assert!(ObjectName::parse("E2KG6TMBAL2PBU.2021-01-23-13.23aaa605.gz").is_some());
    }
}
