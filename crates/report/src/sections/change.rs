//! Why the cost changed since the month before.

use std::cmp::Reverse;

use edgeledger_rates::{Decimal, Month};
use edgeledger_render::chart::{Chart, ChartKind, Datum, Step, Unit};

use super::{figure, section};
use crate::{
    Report,
    document::{Block, Detail, Fact, Section, Table, Text, foreign, numbers, own, words},
    figures::{Named, Rows},
    format::{count, month_name, month_words, percent_change, usd, usd_change},
};

/// The chapter; none without the month to compare with.
pub(super) fn why_it_changed(report: &Report) -> Option<Section> {
    let steps = report.figures.get("cost_changes");
    let first = steps.first()?;
    let (month, previous) = (month_name(report), month_words(report.compared_month));
    let (now, then) = (
        first.decimal("month_usd"),
        first.decimal("previous_month_usd"),
    );
    let mut blocks = vec![
        Block::Paragraph(Text::Remark(finding(steps, now, then, (&month, &previous)))),
        Block::Paragraph(own(basis(first, (&month, &previous)))),
    ];
    blocks.push(Block::Chart(Chart {
        title: "From the compared month to this one".to_owned(),
        summary: format!(
            "From {} in {previous} the cost went to {} in {month}; the table has the steps.",
            usd(then),
            usd(now)
        ),
        unit: Unit::Usd,
        kind: ChartKind::Waterfall {
            steps: waterfall(steps, (then, &previous), (now, &month)),
        },
    }));
    let mut rows = vec![vec![own(previous), own(""), own(usd(then)), own("")]];
    rows.extend(steps.iter().map(|row| {
        let (title, meaning) = words_of(row.text("step"));
        vec![
            title.map_or_else(|| foreign(row.text("step")), own),
            own(usd_change(row.decimal("step_usd"))),
            own(usd(row.decimal("reached_usd"))),
            own(meaning),
        ]
    }));
    rows.push(vec![
        own(month),
        own(usd_change(now - then)),
        own(usd(now)),
        own(""),
    ]);
    blocks.push(Block::Table(Table {
        caption: "Steps of CloudFront's cost",
        columns: vec![
            words("Step"),
            numbers("Change"),
            numbers("Cost then"),
            words("What changed"),
        ],
        rows,
        totals: 1,
        detail: Detail::Main,
    }));
    blocks.push(figure::sources(report, &["cost_changes"]));
    Some(section("why-it-changed", "Why it changed", blocks))
}

/// What the verdict says of how much of the month has logs.
pub(super) fn covered(report: &Report) -> Option<Fact> {
    if report.headline.requests == 0 {
        return None;
    }
    let days = i64::from(report.month.days());
    let covered = i64::try_from(report.days.len()).unwrap_or(days);
    let remark = if covered < days {
        "the other days count as nothing"
    } else {
        ""
    };
    let value = format!("{} of {}", count(covered), count(days));
    Some(Fact::new("Days with logs", value, remark))
}

/// What the verdict says of the change and of a terabyte's cost.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let mut facts = Vec::new();
    let months = report.figures.get("month_summary");
    let of = |month: Month| {
        let month = month.to_string();
        months.iter().find(|row| row.text("month") == month)
    };
    let this = of(report.month);
    if let (Some(this), Some(previous)) = (this, of(report.compared_month)) {
        let name = month_words(report.compared_month);
        let lacking = [(this, month_name(report)), (previous, name.clone())]
            .into_iter()
            .find(|(row, _)| row.int("covered_days") < row.int("days"));
        let (now, then) = (
            this.decimal("cloudfront_usd"),
            previous.decimal("cloudfront_usd"),
        );
        facts.push(match lacking {
            Some((row, month)) => Fact::new(
                "Change",
                "not comparable",
                format!(
                    "with {name}: {} of {} days of {month} have logs",
                    count(row.int("covered_days")),
                    count(row.int("days"))
                ),
            ),
            None => Fact::new(
                "Change",
                usd_change(now - then),
                match (now - then).checked_div(then) {
                    Some(ratio) => format!("{} since {name}", percent_change(ratio)),
                    None => format!("since {name}, which cost nothing"),
                },
            ),
        });
    }
    if let Some(usd_per_tib) = this.and_then(|row| row.optional_decimal("usd_per_tib")) {
        facts.push(Fact::new(
            "Per TiB",
            usd(usd_per_tib),
            "CloudFront with all fees, by egress",
        ));
    }
    facts
}

/// The change, and the steps that did most for it and against it.
fn finding(steps: &Rows, now: Decimal, then: Decimal, (month, previous): (&str, &str)) -> String {
    let change = now - then;
    let biggest = |is_up: bool| {
        let alike = steps.iter().filter(move |row| {
            let step = row.decimal("step_usd");
            !step.is_zero() && (step > Decimal::ZERO) == is_up
        });
        // Of two alike, the first.
        alike.max_by_key(|row| (row.decimal("step_usd").abs(), Reverse(row.int("position"))))
    };
    let is_up = change >= Decimal::ZERO;
    let mut text = if change.is_zero() {
        format!("CloudFront cost {} in {month}, as in {previous}.", usd(now))
    } else {
        format!(
            "CloudFront cost {} in {month}, {} {} than in {previous} ({}).",
            usd(now),
            usd(change.abs()),
            if is_up { "more" } else { "less" },
            usd(then)
        )
    };
    if let Some(row) = biggest(is_up) {
        let name = if change.is_zero() {
            "Most was added by:"
        } else {
            "The biggest cause:"
        };
        text = format!("{text} {name} {}.", told(row));
    }
    if let Some(row) = biggest(!is_up) {
        text = format!("{text} Most against it: {}.", told(row));
    }
    text
}

/// A step in a sentence.
fn told(row: Named<'_>) -> String {
    let step = row.text("step");
    let (title, meaning) = words_of(step);
    let amount = usd_change(row.decimal("step_usd"));
    match title {
        Some(title) => format!("{}, {amount} ({meaning})", title.to_lowercase()),
        None => format!("{step}, {amount}"),
    }
}

/// Whether the months can be compared, and by what they are.
fn basis(first: Named<'_>, (month, previous): (&str, &str)) -> String {
    let by_day = "Steps are by day with logs";
    let of = |covered: &str, days: &str, name: &str| {
        let (covered, days) = (first.int(covered), first.int(days));
        (covered < days).then(|| format!("{} of {} days of {name}", count(covered), count(days)))
    };
    let parts: Vec<String> = [
        of("covered_days", "days", month),
        of("previous_covered_days", "previous_days", previous),
    ]
    .into_iter()
    .flatten()
    .collect();
    if first.flag("is_comparable") || parts.is_empty() {
        return format!(
            "{by_day}: what a longer or shorter month does is a step of its own, days, and no other \
             step has it."
        );
    }
    format!(
        "The months are not comparable: only {} have logs. {by_day}: what the days without would \
         have cost is in the step days, too. Free allowances are by month, so that a byte costs less \
         in a month with fewer days; that is in the step tiers.",
        parts.join(" and ")
    )
}

/// Levels at both ends, and what lies between them; steps of nothing are in the table only.
fn waterfall(
    steps: &Rows,
    (then, previous): (Decimal, &str),
    (now, month): (Decimal, &str),
) -> Vec<Step> {
    let level = |at: Decimal, name: &str| Step {
        label: own(name),
        datum: Datum::decimal(at, usd(at)),
        is_total: true,
    };
    let between = steps.iter().filter_map(|row| {
        let change = row.decimal("step_usd");
        (!change.is_zero()).then(|| Step {
            label: words_of(row.text("step"))
                .0
                .map_or_else(|| foreign(row.text("step")), own),
            datum: Datum::decimal(change, usd_change(change)),
            is_total: false,
        })
    });
    std::iter::once(level(then, previous))
        .chain(between)
        .chain(std::iter::once(level(now, month)))
        .collect()
}

/// The name of a step and what it takes.
fn words_of(step: &str) -> (Option<&'static str>, &'static str) {
    let (title, meaning) = match step {
        "days" => (
            "Days",
            "more or fewer days with logs, at the cost of a day then",
        ),
        "volume" => ("Volume", "more or fewer bytes a day, at the prices then"),
        "region_mix" => ("Region mix", "the same bytes, to dearer or cheaper regions"),
        "tiers" => ("Tiers", "free terabyte, tiers, price cards, discount"),
        "hit_ratio" => (
            "Hit ratio",
            "more or fewer reads at S3 for the same traffic",
        ),
        "requests" => (
            "Requests",
            "fees of requests, and of reads at S3 as these grew",
        ),
        "other" => ("Other", "plans, functions, Origin Shield, configured usage"),
        _ => return (None, ""),
    };
    (Some(title), meaning)
}
