//! Where the running month, the budget and the credits go.

use edgeledger_rates::Decimal;
use edgeledger_render::chart::{Chart, ChartKind, Datum, Range, Unit};

use super::{figure, section};
use crate::{
    Report,
    document::{Block, Detail, Section, Table, Text, numbers, own, words},
    figures::Named,
    format::{bytes, count, dash, fixed, month_name, percent, plural, usd},
};

/// What is forecast: the end of its columns' names, and its name.
const METRICS: [(&str, &str); 4] = [
    ("cloudfront_usd", "CloudFront"),
    ("s3_usd", "S3 instead"),
    ("egress_bytes", "Egress"),
    ("requests", "Requests"),
];

/// The chapter; none without anything to look ahead to.
pub(super) fn forecast(report: &Report) -> Option<Section> {
    let running = report.figures.get("forecast").first();
    let runway = report.figures.get("runway").first();
    let mut blocks = Vec::new();
    let mut sources = Vec::new();
    if let Some(row) = running {
        month_end(report, row, &mut blocks);
        sources.push("forecast");
    }
    if let Some(row) = runway {
        blocks.extend(budget(report, row).map(|text| Block::Paragraph(own(text))));
        blocks.extend(credits(row).map(|text| Block::Paragraph(Text::Remark(text))));
        sources.push("runway");
    }
    if blocks.is_empty() {
        return None;
    }
    blocks.push(figure::sources(report, &sources));
    Some(section("forecast", "Forecast", blocks))
}

/// What the running month will come to.
fn month_end(report: &Report, row: Named<'_>, blocks: &mut Vec<Block>) {
    let band = |metric: &str| {
        let low = value(row, "low", metric)?;
        let high = value(row, "high", metric)?;
        Some(format!(" (in four of five months {low} to {high})"))
    };
    let expected = |metric: &str| value(row, "expected", metric).unwrap_or_else(dash);
    blocks.push(Block::Paragraph(Text::Remark(format!(
        "{} has logs of {} of {} days, the newest of {}. At its end CloudFront is expected to have \
         cost {}{}, for {} and {} requests.",
        month_name(report),
        count(row.int("days_with_data")),
        count(row.int("days_in_month")),
        row.text("as_of"),
        expected("cloudfront_usd"),
        band("cloudfront_usd").unwrap_or_default(),
        expected("egress_bytes"),
        expected("requests"),
    ))));
    let has_band = band("egress_bytes").is_some();
    let days = plural(row.int("history_days"), "day", "days");
    blocks.push(Block::Paragraph(own(if has_band {
        format!(
            "What is to come ({}) is taken as the same weekdays of the newest {days} with logs; the \
             band is how days have varied, and knows of no release or outage. The newest day counts \
             as whole.",
            plural(row.int("remaining_days"), "day", "days"),
        )
    } else {
        format!("{days} of logs tell nothing of how days vary, so there is no band.")
    })));
    for (unit, title, metrics) in [
        (Unit::Usd, "Cost by the month's end", METRICS.get(..2)),
        (Unit::Bytes, "Egress by the month's end", METRICS.get(2..3)),
        (Unit::Count, "Requests by the month's end", METRICS.get(3..)),
    ] {
        let ranges: Vec<Range> = metrics
            .unwrap_or_default()
            .iter()
            .filter_map(|(metric, name)| {
                Some(Range {
                    label: own(*name),
                    low: datum(row, "low", metric)?,
                    value: datum(row, "expected", metric)?,
                    high: datum(row, "high", metric)?,
                })
            })
            .collect();
        let told: Vec<String> = ranges.iter().map(range_told).collect();
        if !ranges.is_empty() {
            blocks.push(Block::Chart(Chart {
                title: title.to_owned(),
                summary: format!("{}.", told.join("; ")),
                unit,
                kind: ChartKind::Ranges { ranges },
            }));
        }
    }
    let rows = METRICS.iter().filter_map(|(metric, name)| {
        let cell = |bound: &str| value(row, bound, metric);
        let band = cell("low").zip(cell("high"));
        Some(vec![
            own(*name),
            own(cell("so_far")?),
            own(cell("expected").unwrap_or_else(dash)),
            own(band.map_or_else(dash, |(low, high)| format!("{low} to {high}"))),
        ])
    });
    blocks.push(Block::Table(Table {
        caption: "The month's end",
        columns: vec![
            words(""),
            numbers("So far"),
            numbers("Expected"),
            words("In four of five months"),
        ],
        rows: rows.collect(),
        totals: 0,
        detail: Detail::Main,
    }));
}

fn range_told(range: &Range) -> String {
    let name = range.label.shown();
    let (value, low, high) = (&range.value.text, &range.low.text, &range.high.text);
    format!("{name}: {value} expected, {low} to {high}")
}

/// A number of the forecast for people; `None` where there is none.
fn value(row: Named<'_>, bound: &str, metric: &str) -> Option<String> {
    datum(row, bound, metric).map(|datum| datum.text)
}

fn datum(row: Named<'_>, bound: &str, metric: &str) -> Option<Datum> {
    let column = format!("{bound}_{metric}");
    if metric.ends_with("_usd") {
        let amount = row.optional_decimal(&column)?;
        return Some(Datum::decimal(amount, usd(amount)));
    }
    let number = row.optional_int(&column)?;
    let text = if metric.ends_with("_bytes") {
        bytes(number)
    } else {
        count(number)
    };
    Some(Datum::int(number, text))
}

/// The month against its budget.
fn budget(report: &Report, row: Named<'_>) -> Option<String> {
    let budget = row.optional_decimal("budget_usd")?;
    let over = row.decimal("over_budget_usd");
    let month = month_name(report);
    let cost = usd(row.decimal("forecast_usd"));
    let share = row
        .optional_decimal("budget_share")
        .map_or_else(String::new, |share| {
            format!(" ({} of it)", percent(Some(share), 1))
        });
    let against = if over.is_zero() {
        "exactly that".to_owned()
    } else if over > Decimal::ZERO {
        format!("{} over", usd(over))
    } else {
        format!("{} under", usd(over.abs()))
    };
    let will = if row.flag("is_running") {
        format!("{month} is expected to cost {cost}")
    } else {
        format!("{month} cost {cost}")
    };
    Some(format!(
        "The budget is {} a month. {will}{share}: {against}.",
        usd(budget)
    ))
}

/// How long the credits last.
fn credits(row: Named<'_>) -> Option<String> {
    let (start, left) = (
        row.optional_decimal("credits_usd")?,
        row.decimal("credits_left_usd"),
    );
    let mut text = if start.is_zero() {
        "The credits were used up before the month.".to_owned()
    } else {
        format!(
            "Of credits of {} at the month's start {} are left after it.",
            usd(start),
            usd(left)
        )
    };
    match (row.optional_text("exhausted_on"), start.is_zero()) {
        (_, true) => {}
        (Some(day), false) if left.is_zero() => {
            text = format!("{text} Were all its days alike, {day} is the day of the last credit.");
        }
        (Some(day), false) => {
            let months = row.optional_decimal("months_left");
            let months = months.map_or_else(dash, |months| fixed(months, 1));
            text = format!("{text} At its cost they last {months} months more, until {day}.");
        }
        (None, false) if row.decimal("forecast_usd").is_zero() => {
            text.push_str(" The month costs nothing, so it does not tell how long they last.");
        }
        (None, false) => text.push_str(" At its cost they last more than a hundred years."),
    }
    let missing = row.int("months_missing");
    if missing > 0 {
        text = format!(
            "{text} {} since the balance {} not in the lake and counted as nothing.",
            plural(missing, "month", "months"),
            if missing == 1 { "is" } else { "are" }
        );
    }
    Some(text)
}
