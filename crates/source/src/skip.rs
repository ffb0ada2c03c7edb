//! Old keys that a listing may leave out.

/// Keys that start with `prefix` and sort before `from` are left out of a listing. Both are full
/// addresses: `s3://bucket/logs/E2EXAMPLE.` and `s3://bucket/logs/E2EXAMPLE.2026-10-24-00`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkipRange {
    /// How the keys start.
    pub prefix: String,
    /// The first key that is listed again.
    pub from: String,
}

/// The ranges of one bucket, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skips(Vec<SkipRange>);

impl Skips {
    /// Ranges of other buckets are left alone.
    pub(crate) fn of_bucket(bucket: &str, ranges: &[SkipRange]) -> Self {
        let key = |address: &str| {
            let rest = address.strip_prefix("s3://")?.strip_prefix(bucket)?;
            rest.strip_prefix('/').map(str::to_owned)
        };
        let ranges = ranges.iter().filter_map(|range| {
            Some(SkipRange {
                prefix: key(&range.prefix)?,
                from: key(&range.from)?,
            })
        });
        Self(ranges.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn holding(&self, key: &str) -> impl Iterator<Item = &SkipRange> {
        self.0
            .iter()
            .filter(move |range| key.starts_with(&range.prefix) && key < range.from.as_str())
    }

    pub(crate) fn hold(&self, key: &str) -> bool {
        self.holding(key).next().is_some()
    }

    /// Where a listing that has come to `key` may go on: keys up to there are left out anyway.
    /// None where going on page by page is as good.
    pub(crate) fn jump(&self, key: &str) -> Option<String> {
        let ends = self.holding(key).map(SkipRange::last);
        ends.max().filter(|end| end.as_str() > key)
    }
}

impl SkipRange {
    /// A text that sorts close before the first key behind the range, and not before most in it.
    /// There is no last text before another one, and only plain characters are safe in a request:
    /// keys with others may be listed once more, and are left out then.
    fn last(&self) -> String {
        let Some(rest) = self.from.strip_prefix(&self.prefix) else {
            // All of the prefix is old.
            return format!("{}~", self.prefix);
        };
        let mut chars = rest.chars();
        let before = match chars.next_back() {
            Some(last @ '!'..='~') => char::from_u32(u32::from(last) - 1),
            _ => None,
        };
        match before {
            Some(before) => format!("{}{}{before}~", self.prefix, chars.as_str()),
            None => format!("{}{}", self.prefix, chars.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(ranges: &[(&str, &str)]) -> Skips {
        let ranges = ranges.iter().map(|(prefix, from)| SkipRange {
            prefix: format!("s3://b/{prefix}"),
            from: format!("s3://b/{from}"),
        });
        Skips::of_bucket("b", &ranges.collect::<Vec<_>>())
    }

    #[test]
    fn holds_the_keys_between_prefix_and_from() {
        let skips = skips(&[("a/E2.", "a/E2.2026-10-24-00")]);
        for (key, held) in [
            ("a/E2.2026-10-23-23.ff.gz", true),
            ("a/E2.2026-10-24-00", false),
            ("a/E2.2026-10-24-00.00.gz", false),
            ("a/E1.2026-10-23-23.ff.gz", false),
            ("a/E", false),
        ] {
            assert_eq!(skips.hold(key), held, "{key}");
        }
    }

    #[test]
    fn jumps_far_but_never_too_far() {
        let jump = |ranges: &[_], key: &str| skips(ranges).jump(key);
        let old = "a/E2.2020-01-01-00.0.gz";
        for (from, to) in [
            ("a/E2.2026-10-24-23", "a/E2.2026-10-24-22~"),
            ("a/E2.2026-10-24-00", "a/E2.2026-10-24-0/~"),
            ("a/E2.é", "a/E2."),
            ("a/E3", "a/E2.~"),
        ] {
            let found = jump(&[("a/E2.", from)], old);
            let wanted = Some(to.to_owned()).filter(|to| to.as_str() > old);
            assert_eq!(found, wanted, "{from}");
        }
        let both = [("a/E2.", "a/E2.2021"), ("a/", "a/E2.2022")];
        assert_eq!(jump(&both, old).unwrap(), "a/E2.2021~");
        assert_eq!(jump(&both, "a/E2.2022"), None);
        assert_eq!(jump(&[("a/", "a/")], "a/"), None, "an empty range");
        assert_eq!(jump(&[("b/", "a/x")], "b/1"), None, "an empty range");
        let close = [("a/", "a/2")];
        assert_eq!(jump(&close, "a/1~~"), None, "it is there already");
        let other = SkipRange {
            prefix: "s3://bb/a".to_owned(),
            from: "s3://bb/b".to_owned(),
        };
        assert!(!Skips::of_bucket("b", &[other]).hold("a"));
    }
}
