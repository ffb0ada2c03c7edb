//! Days off their baseline.

use rust_decimal::Decimal;

use super::{figure, quality::shortened, section};
use crate::{
    Report,
    document::{Block, Section, Table, Text, foreign, numbers, own, words},
    figures::{Named, Rows},
    format::{bytes, count, dash, fixed, percent, plural, said_usd},
};

/// Rows that people get to see.
const SHOWN: usize = 15;

/// The chapter.
pub(super) fn anomalies(report: &Report) -> Section {
    let rows = report.figures.get("anomalies");
    let mut blocks = vec![Block::Paragraph(own(intro(
        rows,
        report.distribution.is_some(),
    )))];
    if !rows.is_empty() {
        let all = rows.iter().take(SHOWN);
        let (gaps, days): (Vec<_>, Vec<_>) = all.partition(|row| row.flag("is_gap"));
        let lines = days.into_iter().chain(gaps);
        let lines = lines.map(|row| Text::Remark(sentence(row)));
        blocks.push(Block::List(lines.collect()));
        let table = Table::new(
            "Each beside what is usual for the kind of day, the dearest first",
            vec![
                words("Day (UTC)"),
                words("Name"),
                words("What"),
                numbers("That day"),
                numbers("Usually"),
                numbers("Cost"),
                words("Explained by"),
            ],
            rows.iter().map(cells).collect(),
        );
        shortened(&mut blocks, table.folded(), SHOWN);
    }
    blocks.push(figure::sources(report, &["anomalies"]));
    section("anomalies", "Anomalies", blocks)
}

fn intro(rows: &Rows, is_one: bool) -> String {
    if rows.is_empty() {
        if is_one {
            return "None of the days that stand out most among all distributions is of this one."
                .to_owned();
        }
        return "No day stands out: where a day has at least five others of its kind (weekdays or \
            weekends of the month) to be compared with, its bytes, requests, errors and misses are \
            near what is usual."
            .to_owned();
    }
    let gaps = rows.iter().filter(|row| row.flag("is_gap")).count();
    let gaps = i64::try_from(gaps).unwrap_or(i64::MAX);
    let all = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
    let far = match all.saturating_sub(gaps) {
        0 => "no daily figure was".to_owned(),
        1 => "1 daily figure was".to_owned(),
        far => format!("{} daily figures were", count(far)),
    };
    let far = format!(
        "Compared with the other weekdays or weekends of the month, {far} far off what is usual."
    );
    match gaps {
        0 => far,
        1 => format!("{far} 1 is low on a day on which hours have no logs."),
        gaps => format!(
            "{far} {} are low on days on which hours have no logs.",
            count(gaps)
        ),
    }
}

fn sentence(row: Named<'_>) -> String {
    let head = format!(
        "{}, {}: {}",
        row.text("date"),
        row.text("name"),
        amount(row, "value")
    );
    let off = match row.optional_decimal("value_ratio") {
        None => "where there is usually nothing".to_owned(),
        Some(ratio) if ratio >= Decimal::TWO => {
            format!(
                "{} times the usual {}",
                fixed(ratio, 1),
                plain(row, "baseline")
            )
        }
        Some(ratio) if ratio >= Decimal::ONE => format!(
            "{} above the usual {}",
            percent(Some(ratio - Decimal::ONE), 0),
            plain(row, "baseline")
        ),
        Some(ratio) => format!(
            "{} below the usual {}",
            percent(Some(Decimal::ONE - ratio), 0),
            plain(row, "baseline")
        ),
    };
    let usd = row.optional_decimal("excess_usd");
    let usd = usd.filter(|usd| !usd.is_zero());
    let size = usd.map(|usd| said_usd(usd.abs()));
    if row.flag("is_gap") {
        let hours = plural(row.int("missing_hours"), "hour has", "hours have");
        let worth = size.map_or_else(String::new, |usd| format!(", worth {usd}"));
        return format!(
            "{head}, {off}{worth}: {hours} no logs. Either logs are missing or nobody was served; \
             logs cannot tell which."
        );
    }
    let cost = size.map_or_else(String::new, |size| {
        let way = if row.decimal("excess_usd").is_sign_negative() {
            "less"
        } else {
            "more"
        };
        format!(" ({size} {way})")
    });
    format!("{head}, {off}{cost}. {}", why(row))
}

/// What explains a day, as a sentence.
fn why(row: Named<'_>) -> String {
    let Some(dimension) = row.optional_text("dimension") else {
        return "Nothing stands out: clients, paths, regions and hours all moved alike.".to_owned();
    };
    let member = row.text("member");
    let what = match dimension {
        "user_agent_family" => format!("The client {member}"),
        "path" => format!("The path {member}"),
        "prefix" => format!("What lies under {member}"),
        "region" => format!("Edges in billing region {member}"),
        "status" => format!("Status {member}"),
        "cache_result" => format!("The cache result {member}"),
        "hour_of_day" => format!("The hour from {member} UTC"),
        other => format!("{other} {member}"),
    };
    let usual = match row.optional_decimal("usual_share") {
        Some(share) if !share.is_zero() => {
            format!("its usual share of a day is {}", percent(Some(share), 0))
        }
        _ => "it is not there on a usual day".to_owned(),
    };
    match row.optional_decimal("member_share") {
        Some(share) if share >= Decimal::ONE => format!("{what} explains all of it; {usual}."),
        share => format!("{what} explains {} of it; {usual}.", percent(share, 0)),
    }
}

fn cells(row: Named<'_>) -> Vec<Text> {
    vec![
        foreign(row.text("date")),
        foreign(row.text("name")),
        foreign(row.text("metric")),
        own(plain(row, "value")),
        own(plain(row, "baseline")),
        figure::cell(row, "excess_usd"),
        match (row.flag("is_gap"), row.optional_text("member")) {
            (true, _) => own("hours without logs"),
            (false, Some(member)) => foreign(member),
            (false, None) => own(dash()),
        },
    ]
}

/// `57.85 GiB`, `494`.
fn plain(row: Named<'_>, column: &str) -> String {
    match row.text("metric") {
        "bytes" => bytes(row.int(column)),
        _ => count(row.int(column)),
    }
}

/// `57.85 GiB sent`, `494 requests`.
fn amount(row: Named<'_>, column: &str) -> String {
    let n = row.int(column);
    match row.text("metric") {
        "bytes" => format!("{} sent", bytes(n)),
        "requests" => plural(n, "request", "requests"),
        "errors" => plural(n, "error", "errors"),
        "misses" => plural(n, "miss", "misses"),
        other => format!("{} {other}", count(n)),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{intro, sentence};
    use crate::figures::{Rows, Value};

    /// A day of 150 requests beside a usual 100 that cost half a dollar less.
    fn day(changes: &[(&str, Value)]) -> Rows {
        let text = |text: &str| Value::Text(text.to_owned());
        let decimal = |text: &str, scale| Value::Decimal(text.parse::<Decimal>().unwrap(), scale);
        let mut cells = vec![
            ("date", text("2026-10-16")),
            ("name", text("releases")),
            ("metric", text("requests")),
            ("value", Value::Int(150)),
            ("baseline", Value::Int(100)),
            ("value_ratio", decimal("1.5", 6)),
            ("excess_usd", decimal("0.5", 12)),
            ("missing_hours", Value::Int(0)),
            ("is_gap", Value::Flag(false)),
            ("dimension", text("hour_of_day")),
            ("member", text("18:00")),
            ("member_share", decimal("0.951", 6)),
            ("usual_share", decimal("0.249", 6)),
        ];
        for (name, value) in changes {
            let cell = cells.iter_mut().find(|(column, _)| column == name);
            cell.unwrap().1 = value.clone();
        }
        Rows {
            columns: cells.iter().map(|(name, _)| (*name).to_owned()).collect(),
            rows: vec![cells.into_iter().map(|(_, value)| value).collect()],
        }
    }

    fn said(changes: &[(&str, Value)]) -> String {
        sentence(day(changes).first().unwrap())
    }

    #[test]
    fn a_day_says_how_far_it_is_off_and_why() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap(), 6);
        assert_eq!(
            said(&[]),
            "2026-10-16, releases: 150 requests, 50% above the usual 100 ($0.50 more). The hour \
             from 18:00 UTC explains 95% of it; its usual share of a day is 25%."
        );
        assert_eq!(
            said(&[
                ("metric", Value::Text("misses".to_owned())),
                ("value", Value::Int(1)),
                ("value_ratio", decimal("0.01")),
                ("excess_usd", decimal("-0.0001")),
                ("dimension", Value::Null),
            ]),
            "2026-10-16, releases: 1 miss, 99% below the usual 100 (less than $0.01 less). Nothing stands \
             out: clients, paths, regions and hours all moved alike."
        );
        assert_eq!(
            said(&[
                ("metric", Value::Text("bytes".to_owned())),
                ("value", Value::Int(4096)),
                ("baseline", Value::Int(1024)),
                ("value_ratio", decimal("4")),
                ("excess_usd", Value::Null),
                ("dimension", Value::Text("path".to_owned())),
                ("member", Value::Text("/new".to_owned())),
                ("member_share", decimal("1.2")),
                ("usual_share", decimal("0")),
            ]),
            "2026-10-16, releases: 4.00 KiB sent, 4.0 times the usual 1.00 KiB. The path /new \
             explains all of it; it is not there on a usual day."
        );
    }

    #[test]
    fn a_gap_is_told_as_one() {
        let gap = [
            ("is_gap", Value::Flag(true)),
            ("missing_hours", Value::Int(1)),
            ("value_ratio", Value::Decimal("0.5".parse().unwrap(), 6)),
        ];
        assert!(said(&gap).ends_with(
            "50% below the usual 100, worth $0.50: 1 hour has no logs. Either logs are missing or \
             nobody was served; logs cannot tell which."
        ));
        assert_eq!(
            intro(&day(&gap), false),
            "Compared with the other weekdays or weekends of the month, no daily figure was far \
             off what is usual. 1 is low on a day on which hours have no logs."
        );
    }
}
