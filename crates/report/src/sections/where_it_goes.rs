//! Where it goes: distributions, regions, days.

use edgeledger_render::chart::{Bar, Chart, ChartKind, Datum, Mark, Series, Unit};

use super::{figure::sources, section};
use crate::{
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{bytes, count, dash, percent, region_name, usd},
    layout::bar,
    model::{Distribution, Report},
};

/// Width of the bar of the busiest day.
const BAR: usize = 30;
/// Bars that a chart has room for.
const MAX_BARS: usize = 12;

pub(super) fn distributions(report: &Report) -> Section {
    let headline = &report.headline;
    let mut traffic: Vec<Vec<Text>> = report.distributions.iter().map(traffic_row).collect();
    traffic.push(vec![
        own("Total"),
        own(""),
        own(""),
        own(""),
        own(bytes(headline.egress_bytes)),
        own(count(headline.requests)),
        own(percent(headline.request_hit_ratio, 2)),
        own(percent(headline.byte_hit_ratio, 2)),
        own(usd(headline.cloudfront_usd)),
    ]);
    let mut blocks = Vec::new();
    if report.distributions.len() > 1 {
        blocks.push(chart(report));
    }
    blocks.push(Block::Table(Table {
        caption: "Traffic",
        columns: vec![
            words("Name"),
            words("Id"),
            words("Origin"),
            words("Class"),
            numbers("Egress"),
            numbers("Requests"),
            numbers("Hit ratio"),
            numbers("by bytes"),
            numbers("Cost"),
        ],
        rows: traffic,
        totals: 1,
        detail: Detail::Main,
    }));
    if report.distributions.iter().any(|row| !row.is_configured) {
        blocks.push(Block::Paragraph(own(
            "?: assumed, because the configuration does not describe the distribution.",
        )));
    }
    blocks.push(sources(report, &["distributions", "headline"]));
    section("distributions", "Distributions", blocks)
}

fn chart(report: &Report) -> Block {
    let bars = report.distributions.iter().take(MAX_BARS).map(|row| Bar {
        label: foreign(&row.name),
        parts: vec![Some(Datum::int(row.egress_bytes, bytes(row.egress_bytes)))],
    });
    let left_out = report.distributions.len().saturating_sub(MAX_BARS);
    let title = if left_out > 0 {
        format!("Egress by distribution, the first {MAX_BARS} (the table has {left_out} more)")
    } else {
        "Egress by distribution".to_owned()
    };
    Block::Chart(Chart {
        title,
        summary: format!(
            "{} distributions sent {} together; the table says how much each.",
            count_of(report.distributions.len()),
            bytes(report.headline.egress_bytes)
        ),
        unit: Unit::Bytes,
        kind: ChartKind::Bars {
            series: vec![own("Egress")],
            bars: bars.collect(),
            is_stacked: false,
        },
    })
}

fn count_of(n: usize) -> String {
    count(i64::try_from(n).unwrap_or(i64::MAX))
}

fn traffic_row(row: &Distribution) -> Vec<Text> {
    // What nobody configured is an assumption, and looks like one.
    let mark = if row.is_configured { "" } else { " ?" };
    let origin = match (row.origin.as_str(), &row.bucket_region) {
        ("s3", Some(region)) => foreign(&format!("S3 {region}{mark}")),
        ("s3", None) => own(format!("S3{mark}")),
        ("server", _) => own(format!("server{mark}")),
        (other, _) => foreign(&format!("{other}{mark}")),
    };
    vec![
        foreign(&row.name),
        foreign(&row.distribution),
        origin,
        foreign(&match &row.plan {
            // It decides from where is served, and not the class.
            Some(plan) => format!("plan {plan}"),
            None => format!("{}{mark}", row.price_class),
        }),
        own(bytes(row.egress_bytes)),
        own(count(row.requests)),
        own(percent(row.request_hit_ratio, 2)),
        own(percent(row.byte_hit_ratio, 2)),
        own(usd(row.cloudfront_usd)),
    ]
}

pub(super) fn regions(report: &Report) -> Section {
    let mut rows: Vec<Vec<Text>> = report
        .regions
        .iter()
        .map(|row| {
            vec![
                foreign(&row.region),
                own(region_name(&row.region)),
                own(bytes(row.egress_bytes)),
                own(percent(row.egress_share, 2)),
                own(count(row.requests)),
            ]
        })
        .collect();
    rows.push(vec![
        own("Total"),
        own(""),
        own(bytes(report.headline.egress_bytes)),
        own(whole(report.headline.egress_bytes)),
        own(count(report.headline.requests)),
    ]);
    let bars = report.regions.iter().map(|row| Bar {
        label: foreign(&row.region),
        parts: vec![Some(Datum::int(
            row.egress_bytes,
            format!(
                "{} ({})",
                bytes(row.egress_bytes),
                percent(row.egress_share, 1)
            ),
        ))],
    });
    let first = report.regions.first();
    let chart = Block::Chart(Chart {
        title: "Egress by billing region".to_owned(),
        summary: first.map_or_else(String::new, |row| {
            let place = region_name(&row.region);
            let place = if place.is_empty() {
                "One region"
            } else {
                place
            };
            format!("{place} had the most: {}.", percent(row.egress_share, 1))
        }),
        unit: Unit::Bytes,
        kind: ChartKind::Bars {
            series: vec![own("Egress")],
            bars: bars.collect(),
            is_stacked: false,
        },
    });
    section(
        "egress-by-billing-region",
        "Egress by billing region",
        vec![
            chart,
            Block::Table(Table {
                caption: "",
                columns: vec![
                    words("Region"),
                    words("Edges in"),
                    numbers("Egress"),
                    numbers("Share"),
                    numbers("Requests"),
                ],
                rows,
                totals: 1,
                detail: Detail::Main,
            }),
            sources(report, &["regions"]),
        ],
    )
}

/// The share of a total row.
pub(super) fn whole(total: i64) -> String {
    if total == 0 {
        dash()
    } else {
        "100.00%".to_owned()
    }
}

/// Every day of the month, so that holes show.
pub(super) fn days(report: &Report) -> Section {
    let busiest = report.days.iter().map(|day| day.egress_bytes).max();
    let busiest = busiest.unwrap_or(0);
    let rows: Vec<Vec<Text>> = (1..=report.month.days())
        .map(|day| format!("{}-{day:02}", report.month))
        .map(
            |date| match report.days.iter().find(|day| day.date == date) {
                Some(day) => vec![
                    own(date),
                    own(count(day.requests)),
                    own(bytes(day.egress_bytes)),
                    own(percent(day.request_hit_ratio, 2)),
                    own(bar(day.egress_bytes, busiest, BAR)),
                ],
                None => vec![
                    own(date),
                    own(dash()),
                    own(dash()),
                    own(dash()),
                    own("no requests logged"),
                ],
            },
        )
        .collect();
    section(
        "daily-traffic",
        "Daily traffic",
        vec![
            days_chart(report),
            Block::Table(Table {
                caption: "Traffic of each day, UTC",
                columns: vec![
                    words("Day (UTC)"),
                    numbers("Requests"),
                    numbers("Egress"),
                    numbers("Hit ratio"),
                    words(""),
                ],
                rows,
                totals: 0,
                detail: Detail::Folded,
            }),
            sources(report, &["daily"]),
        ],
    )
}

fn days_chart(report: &Report) -> Block {
    let dates = || (1..=report.month.days()).map(|day| format!("{}-{day:02}", report.month));
    let day = |date: &String| report.days.iter().find(|day| &day.date == date);
    let values = dates().map(|date| {
        let day = day(&date)?;
        Some(Datum::int(day.egress_bytes, bytes(day.egress_bytes)))
    });
    let marks = dates().enumerate().filter(|(_, date)| day(date).is_none());
    let marks = marks.map(|(at, _)| Mark {
        at,
        text: own("no logs"),
    });
    let busiest = report.days.iter().max_by_key(|day| day.egress_bytes);
    let summary = busiest.map_or_else(String::new, |day| {
        format!(
            "{} was the busiest day, with {}.",
            day.date,
            bytes(day.egress_bytes)
        )
    });
    Block::Chart(Chart {
        title: "Egress by day".to_owned(),
        summary,
        unit: Unit::Bytes,
        kind: ChartKind::Columns {
            labels: (1..=report.month.days())
                .map(|day| day.to_string())
                .collect(),
            series: vec![Series {
                name: own("Egress"),
                values: values.collect(),
            }],
            is_stacked: false,
            marks: marks.take(MAX_MARKS).collect(),
        },
    })
}

/// Remarks that a chart has room for.
const MAX_MARKS: usize = 3;
