//! What purging the cache cost.

use edgeledger_render::chart::{Chart, ChartKind, Datum, Mark, Series, Unit};

use super::{
    figure,
    quality::{bullets, hour, shortened},
    section,
};
use crate::{
    Report,
    document::{Block, Detail, Section, Text, foreign, own},
    escape::visible,
    figures::{Named, Rows},
    format::{bytes, count, dash, percent, plural, said_usd},
};

/// Rows of a table that is always shown.
const SHOWN: usize = 15;
/// Rows of a table that is folded away.
const FOLDED: usize = 93;
/// Half hours of a day.
const HALF_HOURS: usize = 48;
/// Lines of a chart.
const SERIES: usize = 6;

/// The chapter; none without a purge.
pub(super) fn purge(report: &Report) -> Option<Section> {
    let nightly = report.figures.get("nightly_purges");
    let purges = report.figures.get("purges");
    if purges.is_empty() {
        return None;
    }
    let (single, daily) = by_pattern(purges);
    let mut blocks = Vec::new();
    let mut findings: Vec<Text> = nightly
        .iter()
        .map(|row| Text::Remark(finding(row)))
        .collect();
    if !single.is_empty() {
        findings.push(Text::Remark(singles(&single)));
    }
    if findings.len() == 1 {
        blocks.extend(findings.pop().map(Block::Paragraph));
    } else {
        bullets(&mut blocks, findings);
    }
    let profile = report.figures.get("purge_profile");
    blocks.extend(chart(nightly, profile).map(Block::Chart));
    let columns = [
        ("name", "Name"),
        ("prefix", "Prefix"),
        ("time_of_day", "UTC"),
        ("refill_requests", "Refills"),
        ("refill_bytes", "Refilled"),
        ("avoidable_share", "Avoidable"),
        ("refill_usd", "S3"),
    ];
    let caption = "Purges that come every day: what was fetched again in the month, and the share \
        of its bytes that had not changed";
    if !nightly.is_empty() {
        let table = figure::table(caption, nightly, &columns, Detail::Main);
        shortened(&mut blocks, table, SHOWN);
    }
    let columns = [
        ("name", "Name"),
        ("prefix", "Prefix"),
        ("purged_at", "Purged (UTC)"),
        ("after_miss_ratio", "Misses"),
        ("refill_requests", "Refills"),
        ("refill_bytes", "Refilled"),
        ("avoidable_share", "Avoidable"),
        ("refill_usd", "S3"),
    ];
    for (caption, rows, detail, most) in [
        (
            "Purges on their own, with the share of misses in the hour after",
            &single,
            Detail::Main,
            SHOWN,
        ),
        (
            "Each of the purges that come every day",
            &daily,
            Detail::Extra,
            FOLDED,
        ),
    ] {
        if !rows.is_empty() {
            let mut table = figure::table(caption, rows, &columns, detail);
            for (cells, row) in table.rows.iter_mut().zip(rows.iter()) {
                if let Some(cell) = cells.get_mut(2) {
                    *cell = time(row.text("purged_at"));
                }
            }
            shortened(&mut blocks, table, most);
        }
    }
    let columns = [
        ("name", "Name"),
        ("prefix", "Prefix"),
        ("time_of_day", "From (UTC)"),
        ("requests", "Hits and misses"),
        ("miss_requests", "Misses"),
        ("miss_ratio", "Share"),
    ];
    if !profile.is_empty() {
        let caption = "Misses by half hour of the day";
        let table = figure::table(caption, profile, &columns, Detail::Extra);
        shortened(&mut blocks, table, SERIES * HALF_HOURS);
    }
    let names = ["nightly_purges", "purges", "purge_profile"];
    blocks.push(figure::sources(report, &names));
    Some(section("nightly-purge", "Purges", blocks))
}

/// Purges on their own, and those of every day.
fn by_pattern(purges: &Rows) -> (Rows, Rows) {
    let mut sides = (Rows::default(), Rows::default());
    sides.0.columns.clone_from(&purges.columns);
    sides.1.columns.clone_from(&purges.columns);
    for (row, values) in purges.iter().zip(&purges.rows) {
        let side = if row.text("pattern") == "single" {
            &mut sides.0
        } else {
            &mut sides.1
        };
        side.rows.push(values.clone());
    }
    sides
}

fn finding(row: Named<'_>) -> String {
    let cost = match row.optional_decimal("refill_usd") {
        Some(usd) => format!(", for {} at S3", said_usd(usd)),
        None => String::new(),
    };
    let nights = row.int("nights");
    let avoidable = if row.int("refill_bytes") == 0 {
        String::new()
    } else {
        format!(
            " {} and {} of the bytes were for files that had not changed: purging only what \
             changed would have avoided them.",
            plural(row.int("avoidable_requests"), "request", "requests"),
            percent(row.optional_decimal("avoidable_share"), 1),
        )
    };
    let found = match row.text("source") {
        "configured" => "is purged every day",
        _ => "seems to be purged every day",
    };
    format!(
        "{} of {} {found} at {} UTC. On {} its share of misses went from {} to {} within the hour, \
         and {} ({}) had to be fetched again{cost}.{avoidable}",
        row.text("prefix"),
        row.text("name"),
        row.text("time_of_day"),
        plural(nights, "day", "days"),
        percent(row.optional_decimal("before_miss_ratio"), 1),
        percent(row.optional_decimal("after_miss_ratio"), 1),
        plural(row.int("refill_requests"), "request", "requests"),
        bytes(row.int("refill_bytes")),
    )
}

/// The purge on its own that most had to be fetched again after.
fn singles(rows: &Rows) -> String {
    let n = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
    let largest = rows.iter().max_by_key(|row| row.int("refill_bytes"));
    let largest = largest.map_or_else(String::new, |row| {
        format!(
            " After that of {} of {} at {}, {} ({}) had to be fetched again; {} of the \
             bytes had not changed.",
            row.text("prefix"),
            row.text("name"),
            row.text("purged_at")
                .trim_end_matches(":00Z")
                .replace('T', " "),
            plural(row.int("refill_requests"), "request", "requests"),
            bytes(row.int("refill_bytes")),
            percent(row.optional_decimal("avoidable_share"), 1),
        )
    });
    match n {
        1 => format!("One purge came on its own.{largest}"),
        n => format!(
            "{} purges came on their own, at no fixed time of day.{largest}",
            count(n)
        ),
    }
}

/// The share of misses by half hour of the day.
fn chart(nightly: &Rows, profile: &Rows) -> Option<Chart> {
    let mut series: Vec<(String, Series)> = Vec::new();
    for row in profile.iter() {
        let id = format!("{} {}", row.text("distribution"), row.text("prefix"));
        let (Some(at), Some(ratio)) = (
            half_hour(row.text("time_of_day")),
            row.optional_decimal("miss_ratio"),
        ) else {
            continue;
        };
        if series.last().is_none_or(|(last, _)| *last != id) {
            if series.len() == SERIES {
                break;
            }
            let name = format!("{} {}", row.text("name"), row.text("prefix"));
            let name = foreign(&name);
            let values = vec![None; HALF_HOURS];
            series.push((id, Series { name, values }));
        }
        let values = series.last_mut().map(|(_, series)| &mut series.values);
        if let Some(value) = values.and_then(|values| values.get_mut(at)) {
            *value = Some(Datum::decimal(ratio, percent(Some(ratio), 1)));
        }
    }
    let highest = profile
        .iter()
        .max_by_key(|row| row.optional_decimal("miss_ratio"))?;
    let marks = nightly.iter().filter_map(|row| {
        Some(Mark {
            at: half_hour(row.text("time_of_day"))?,
            text: Text::Remark(format!("purge of {}", row.text("prefix"))),
        })
    });
    let labels = (0..HALF_HOURS).map(|at| format!("{:02}:{:02}", at / 2, at % 2 * 30));
    Some(Chart {
        title: "Share of misses by half hour of the day (UTC)".to_owned(),
        summary: format!(
            "Highest for {} {}: {} from {} UTC on, all days of the month together.",
            visible(highest.text("name")),
            visible(highest.text("prefix")),
            percent(highest.optional_decimal("miss_ratio"), 1),
            visible(highest.text("time_of_day")),
        ),
        unit: Unit::Ratio,
        kind: ChartKind::Columns {
            labels: labels.collect(),
            series: series.into_iter().map(|(_, series)| series).collect(),
            is_stacked: false,
            marks: marks.take(SERIES).collect(),
        },
    })
}

/// The half hour of the day that a time such as `00:45` is in.
fn half_hour(time: &str) -> Option<usize> {
    let (hour, minute) = time.split_once(':')?;
    let hour: usize = hour.parse().ok().filter(|hour| *hour < 24)?;
    let minute: usize = minute.parse().ok().filter(|minute| *minute < 60)?;
    Some(hour * 2 + minute / 30)
}

/// `2026-10-03 00:30`; anything else as it is.
fn time(time: &str) -> Text {
    if time.is_empty() {
        own(dash())
    } else {
        hour(time)
    }
}
