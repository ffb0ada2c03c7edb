//! Purges by the clock: `[[purge]]` of `edgeledger.toml`.

use std::path::Path;

use edgeledger_query::{Distribution, Purge};
use serde::Deserialize;

use crate::exit::UsageError;

/// A purge that comes every day at the same time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilePurge {
    distribution: String,
    prefix: String,
    /// UTC, `HH:MM`.
    time: String,
}

/// The file's purges. Distributions are named by id or name; `path` is the file.
pub(crate) fn purges(
    entries: &[FilePurge],
    path: Option<&Path>,
    distributions: &[Distribution],
) -> anyhow::Result<Vec<Purge>> {
    let mut rows: Vec<Purge> = Vec::new();
    for entry in entries {
        let fail = |message: String| {
            let path = path.map_or_else(String::new, |path| format!("`{}`: ", path.display()));
            UsageError::new(format!("{path}purge of `{}`: {message}", entry.prefix))
        };
        let id = distributions
            .iter()
            .find(|row| row.id == entry.distribution || row.name == entry.distribution)
            .map(|row| row.id.clone())
            .ok_or_else(|| {
                fail(format!(
                    "no [[distribution]] is called `{}`",
                    entry.distribution
                ))
            })?;
        let prefix = first_segment(&entry.prefix).ok_or_else(|| {
            fail("a prefix is a folder, such as `/dist/`, or `/` for everything".to_owned())
                .with_hint("paths are told apart by their first segment of 3 to 24 characters")
        })?;
        let minute = minute_of_day(&entry.time).ok_or_else(|| {
            fail(format!("`{}` is no time of the day", entry.time))
                .with_hint("write half past midnight UTC as \"00:30\"")
        })?;
        let row = Purge {
            distribution: id,
            prefix,
            minute,
        };
        if rows.contains(&row) {
            return Err(fail(format!("described twice for {}", entry.time)).into());
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The first segment of a pattern such as `/dist/*`, as the view `prefix_quarters` has it.
fn first_segment(pattern: &str) -> Option<String> {
    let folder = pattern.strip_suffix('*').unwrap_or(pattern);
    if folder == "/" {
        return Some(folder.to_owned());
    }
    let (first, rest) = folder.strip_prefix('/')?.split_once('/')?;
    let is_told_apart = (3..=24).contains(&first.chars().count());
    (is_told_apart && rest.is_empty()).then(|| format!("/{first}/"))
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: u16| {
        let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u16>().ok().filter(|number| *number < below)?;
        is_two_digits.then_some(number)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
mod tests {
    use edgeledger_query::{Distribution, Purge};

    use super::{FilePurge, purges};

    fn read(distribution: &str, prefix: &str, time: &str) -> Result<Vec<Purge>, String> {
        let entry = FilePurge {
            distribution: distribution.to_owned(),
            prefix: prefix.to_owned(),
            time: time.to_owned(),
        };
        let known = Distribution {
            name: "releases".to_owned(),
            ..Distribution::assumed("E1")
        };
        purges(&[entry], None, &[known]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_purge_is_a_distribution_a_folder_and_a_minute() {
        let purge = |prefix: &str, minute| Purge {
            distribution: "E1".to_owned(),
            prefix: prefix.to_owned(),
            minute,
        };
        for (distribution, prefix, time, expected) in [
            ("E1", "/dist/", "00:30", purge("/dist/", 30)),
            ("releases", "/dist/*", "23:59", purge("/dist/", 1439)),
            ("E1", "/*", "00:00", purge("/", 0)),
        ] {
            assert_eq!(read(distribution, prefix, time).unwrap(), [expected]);
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (distribution, prefix, time, message) in [
            (
                "www",
                "/dist/",
                "00:30",
                "no [[distribution]] is called `www`",
            ),
            ("E1", "dist/", "00:30", "a prefix is a folder"),
            ("E1", "/dist", "00:30", "a prefix is a folder"),
            ("E1", "/dist/2026/", "00:30", "a prefix is a folder"),
            ("E1", "/v1/", "00:30", "a prefix is a folder"),
            ("E1", "/dist/", "24:00", "`24:00` is no time of the day"),
            ("E1", "/dist/", "0:30", "`0:30` is no time of the day"),
            ("E1", "/dist/", "+0:30", "`+0:30` is no time of the day"),
            ("E1", "/dist/", "00:60", "`00:60` is no time of the day"),
        ] {
            let error = read(distribution, prefix, time).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
