//! Which log files there are, how many rows each has, and which are odd in what way.

use crate::calendar::{self, DAY_S};
use crate::catalog::{DISTRIBUTIONS, Distribution, FIRST_DAY, Kind, N_DAYS};
use crate::prng::Prng;
use crate::row::Layout;
use crate::truth::RejectReason;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One layout from top to bottom.
    Plain(Layout),
    /// 33 columns, then a second `#Fields:` line with 26 of them.
    MidFileChange,
    /// 33 columns in three gzip members, cut anywhere.
    MultiMember,
    /// 33 columns with blank lines among the rows.
    BlankLines,
}

impl Shape {
    /// The name in `truth.json`, `None` for a plain 33-column file.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain(Layout::First(33)) => None,
            Self::Plain(Layout::First(26)) => Some("columns_26"),
            Self::Plain(Layout::First(23)) => Some("columns_23"),
            Self::Plain(Layout::First(_)) => Some("columns_12"),
            Self::Plain(Layout::Tenant) => Some("columns_35"),
            Self::Plain(Layout::Unknown) => Some("unknown_column"),
            Self::Plain(Layout::Reordered) => Some("reordered_columns"),
            Self::Plain(Layout::Json) => Some("json_lines"),
            Self::MidFileChange => Some("fields_change_mid_file"),
            Self::MultiMember => Some("gzip_members"),
            Self::BlankLines => Some("blank_lines"),
        }
    }
}

/// How a line is made bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    ShortRow,
    LongRow,
    BadDate,
    BadNumber,
}

impl Spoil {
    /// Why a reader must reject the line.
    pub(crate) fn reason(self) -> RejectReason {
        match self {
            Self::ShortRow | Self::LongRow => RejectReason::FieldCount,
            Self::BadDate => RejectReason::Date,
            Self::BadNumber => RejectReason::Number,
        }
    }
}

/// One log file to be made.
#[derive(Debug)]
pub(crate) struct FilePlan {
    pub(crate) distribution: &'static Distribution,
    /// Start of its hour, seconds since 1970.
    pub(crate) start_s: u64,
    pub(crate) n_rows: u64,
    pub(crate) shape: Shape,
    /// Lines to spoil.
    pub(crate) spoilt: &'static [Spoil],
    /// Rows of the client that downloads too much, besides `n_rows`.
    pub(crate) n_anomaly_rows: u64,
    pub(crate) has_hostile_rows: bool,
    pub(crate) is_late: bool,
}

const PLAIN: Shape = Shape::Plain(Layout::First(33));
const OLD: Shape = Shape::Plain(Layout::First(26));

/// Files that are odd: distribution and hour (`YYYY-MM-DD-HH`).
const SHAPES: &[(&str, &str, Shape)] = &[
    ("releases", "2026-10-23-18", OLD),
    ("releases", "2026-10-25-09", OLD),
    ("crates", "2026-10-03-20", OLD),
    ("crates", "2026-10-12-12", Shape::MultiMember),
    ("crates", "2026-10-20-04", Shape::MidFileChange),
    ("crates", "2026-10-05-12", Shape::BlankLines),
    ("index", "2026-10-06-14", Shape::Plain(Layout::Reordered)),
    ("index", "2026-10-11-14", Shape::BlankLines),
    ("index", "2026-10-18-14", OLD),
    ("www", "2026-10-08-09", Shape::Plain(Layout::Tenant)),
    ("www", "2026-10-15-09", Shape::Plain(Layout::Unknown)),
    ("www", "2026-10-22-09", OLD),
    ("docs", "2026-10-07-16", OLD),
    ("docs", "2026-10-09-16", Shape::Plain(Layout::Json)),
    ("docs", "2026-10-17-16", Shape::Plain(Layout::First(23))),
    ("docs", "2026-10-21-16", Shape::Plain(Layout::First(12))),
];

/// Files with spoilt lines. They get enough rows to keep these below 1 %.
const SPOILT: &[(&str, &str, &[Spoil])] = &[
    (
        "crates",
        "2026-10-05-12",
        &[Spoil::ShortRow, Spoil::BadDate],
    ),
    ("crates", "2026-10-26-20", &[Spoil::BadNumber]),
    (
        "releases",
        "2026-10-16-18",
        &[Spoil::BadDate, Spoil::BadNumber],
    ),
    ("index", "2026-10-27-14", &[Spoil::LongRow]),
];

/// Files with a few hostile rows.
const HOSTILE: &[(&str, &str)] = &[
    ("crates", "2026-10-08-12"),
    ("releases", "2026-10-07-09"),
    ("docs", "2026-10-13-16"),
];

/// The day on which one client downloads big packages over and over.
pub(crate) const ANOMALY_DATE: &str = "2026-10-14";
/// The object that is delivered a day late.
const LATE: (&str, &str) = ("releases", "2026-10-09-03");
/// The hole in the logs: distribution, date, first hours without logs.
pub(crate) const GAP: (&str, &str, u64) = ("releases", "2026-10-20", 6);

/// All files, by distribution and hour.
pub(crate) fn files(seed: u64) -> Vec<FilePlan> {
    let mut prng = Prng::new(&[seed, 3]);
    let mut plans = Vec::new();
    for distribution in &DISTRIBUTIONS {
        for day in (0..N_DAYS).filter(|day| day % distribution.every_days == 0) {
            for hour in distribution.hours {
                let date = calendar::date(FIRST_DAY + day);
                let in_gap = (distribution.name, date.as_str()) == (GAP.0, GAP.1) && *hour < GAP.2;
                if !in_gap {
                    let start_s = (FIRST_DAY + day) * DAY_S + hour * 3600;
                    plans.push(file(&mut prng, distribution, start_s));
                }
            }
        }
    }
    plans
}

fn file(prng: &mut Prng, distribution: &'static Distribution, start_s: u64) -> FilePlan {
    let hour = calendar::hour(start_s);
    let here = |name: &str, at: &str| name == distribution.name && at == hour;
    let shape = SHAPES
        .iter()
        .find(|(name, at, _)| here(name, at))
        .map_or(PLAIN, |entry| entry.2);
    let spoilt: &[Spoil] = SPOILT
        .iter()
        .find(|(name, at, _)| here(name, at))
        .map_or(&[], |entry| entry.2);
    // 1970-01-01 was a Thursday; builds and readers rest at the weekend.
    let weekend = matches!((start_s / DAY_S + 4) % 7, 0 | 6);
    let day_percent = if weekend { 68 } else { 112 };
    let mut n_rows = distribution.rows * day_percent * prng.range(85, 115) / 10_000;
    n_rows = n_rows.max(120 * spoilt.len() as u64);
    let is_anomaly = distribution.kind == Kind::Crates && hour.starts_with(ANOMALY_DATE);
    FilePlan {
        distribution,
        start_s,
        n_rows,
        shape,
        spoilt,
        n_anomaly_rows: if is_anomaly { 55 } else { 0 },
        has_hostile_rows: HOSTILE.iter().any(|(name, at)| here(name, at)),
        is_late: here(LATE.0, LATE.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_file_is_made() {
        let made: Vec<_> = files(1)
            .iter()
            .map(|plan| (plan.distribution.name, calendar::hour(plan.start_s)))
            .collect();
        let named = SHAPES
            .iter()
            .map(|(name, hour, _)| (*name, *hour))
            .chain(SPOILT.iter().map(|(name, hour, _)| (*name, *hour)))
            .chain(HOSTILE.iter().copied())
            .chain([LATE]);
        for (name, hour) in named {
            assert!(made.contains(&(name, hour.to_owned())), "{name} {hour}");
        }
    }
}
