//! Cheaper egress: what CloudFront costs beside S3, by distribution.

use edgeledger_rates::Decimal;
use edgeledger_render::chart::{Chart, ChartKind, Datum, Range, Unit};

use super::{figure::sources, quality, section};
use crate::{
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{dash, optional_usd, percent, usd},
    model::{Distribution, Report},
    prose,
};

/// Distributions that a chart has room for.
const MAX_RANGES: usize = 12;

/// The chapter. Without an S3 origin it says so.
pub(super) fn cheaper_egress(report: &Report) -> Section {
    let headline = &report.headline;
    let has_servers = report.distributions.iter().any(|row| row.origin != "s3");
    let mut rows: Vec<Vec<Text>> = report
        .distributions
        .iter()
        .map(|row| money_row(report, row))
        .collect();
    let mut totals = 1;
    if headline.s3_usd.is_some() {
        rows.push(vec![
            own(if has_servers {
                "Total of S3 origins"
            } else {
                "Total"
            }),
            own(usd(headline.cloudfront_s3_usd)),
            own(optional_usd(headline.s3_usd)),
            own(optional_usd(headline.savings_usd)),
            own(percent(headline.savings_ratio, 1)),
            own(interval(
                headline.savings_low_usd,
                headline.savings_high_usd,
            )),
        ]);
    }
    if has_servers || headline.s3_usd.is_none() {
        totals = if headline.s3_usd.is_some() { 2 } else { 1 };
        let mut row = vec![own("Total"), own(usd(headline.cloudfront_usd))];
        row.resize_with(6, || own(dash()));
        rows.push(row);
    }
    let mut blocks: Vec<Block> = chart(report).into_iter().collect();
    blocks.push(Block::Table(Table {
        caption: prose::shares(&report.method.allocation),
        columns: vec![
            words("Name"),
            numbers("CloudFront"),
            numbers("S3 instead"),
            numbers("Savings"),
            numbers("of S3 cost"),
            words("Between"),
        ],
        rows,
        totals,
        detail: Detail::Main,
    }));
    let dearer: Vec<Text> = report
        .distributions
        .iter()
        .filter_map(prose::dearer)
        .map(Text::Remark)
        .collect();
    quality::bullets(&mut blocks, dearer);
    if has_servers {
        blocks.push(Block::Paragraph(own(
            "–: S3 could not stand in for a server, so it has no S3 side and no savings.",
        )));
    }
    if !report.figures.get("savings_intervals").is_empty() && report.distribution.is_some() {
        blocks.push(Block::Paragraph(own(
            "Between: how far what logs cannot tell could move the savings. The report of all \
             distributions says more (How sure).",
        )));
    } else if !report.figures.get("savings_intervals").is_empty() {
        blocks.push(Block::Paragraph(own(
            "Between: how far what logs cannot tell could move the savings (see How sure). One \
             distribution's loss can be another's gain, so the parts do not sum to the total.",
        )));
    }
    blocks.push(sources(report, &["distributions", "savings_intervals"]));
    section("cheaper-egress", "Cheaper egress", blocks)
}

fn money_row(report: &Report, row: &Distribution) -> Vec<Text> {
    let intervals = report.figures.get("savings_intervals");
    let own_interval = intervals
        .iter()
        .find(|interval| interval.text("distribution") == row.distribution);
    let end = |column: &str| own_interval.and_then(|row| row.optional_decimal(column));
    vec![
        foreign(&row.name),
        own(usd(row.cloudfront_usd)),
        own(optional_usd(row.s3_usd)),
        own(optional_usd(row.savings_usd)),
        own(percent(row.savings_ratio, 1)),
        own(interval(end("low_usd"), end("high_usd"))),
    ]
}

fn interval(low: Option<Decimal>, high: Option<Decimal>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} and {}", usd(low), usd(high)),
        _ => dash(),
    }
}

fn chart(report: &Report) -> Option<Block> {
    let intervals = report.figures.get("savings_intervals");
    let ranges: Vec<Range> = intervals
        .iter()
        .take(MAX_RANGES)
        .map(|row| {
            let datum = |column: &str| {
                let amount = row.decimal(column);
                Datum::decimal(amount, usd(amount))
            };
            Range {
                label: foreign(row.text("name")),
                low: datum("low_usd"),
                value: datum("savings_usd"),
                high: datum("high_usd"),
            }
        })
        .collect();
    if ranges.is_empty() {
        return None;
    }
    Some(Block::Chart(Chart {
        title: "Savings against S3, and how far they could be off".to_owned(),
        summary: "For each distribution with an S3 origin, what CloudFront saved, between the \
                  lowest and the highest that what logs cannot tell allows; below zero CloudFront \
                  is the dearer one."
            .to_owned(),
        unit: Unit::Usd,
        kind: ChartKind::Ranges { ranges },
    }))
}
