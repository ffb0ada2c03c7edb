//! How sure the savings are, what servers were spared, and where CloudFront pays.

use super::{figure::sources, quality::list, section, word};
use crate::{
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{bytes, count, optional_usd, percent, usd},
    model::{BreakEven, Report},
    prose,
};

/// The section on what logs cannot tell; none without savings.
pub(super) fn how_sure(report: &Report) -> Option<Section> {
    if report.unknowns.is_empty() {
        return None;
    }
    let headline = &report.headline;
    let reported = optional_usd(headline.savings_usd);
    let mut rows: Vec<Vec<Text>> = report
        .unknowns
        .iter()
        .map(|row| {
            vec![
                word(&row.unknown, prose::unknown(&row.unknown)),
                own(usd(row.change_usd)),
                own(usd(row.low_usd)),
                own(reported.clone()),
                own(usd(row.high_usd)),
            ]
        })
        .collect();
    rows.push(vec![
        own("All together"),
        own(""),
        own(optional_usd(headline.savings_low_usd)),
        own(reported),
        own(optional_usd(headline.savings_high_usd)),
    ]);
    let sentences = report.unknowns.iter();
    let sentences = sentences.filter_map(|row| prose::other_ends(&row.unknown));
    let sentences: Vec<Text> = sentences.map(own).collect();
    let intro = "Some of what decides the bill is not in the logs. Each line is the month priced \
        again with one thing at its other end; the last adds what could be lost, and what could be \
        gained.";
    let mut blocks = vec![
        Block::Paragraph(own(intro)),
        Block::Table(Table {
            caption: "Savings",
            columns: vec![
                words("What logs cannot tell"),
                numbers("Other end"),
                numbers("Low"),
                numbers("Reported"),
                numbers("High"),
            ],
            rows,
            totals: 1,
            detail: Detail::Main,
        }),
    ];
    if !sentences.is_empty() {
        blocks.push(Block::List(sentences));
    }
    blocks.push(sources(report, &["unknowns", "savings_range"]));
    Some(section("how-sure", "How sure", blocks))
}

/// The section on what was kept off servers; none without servers.
pub(super) fn origin_load(report: &Report) -> Option<Section> {
    if report.origin_load.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Paragraph(own(
        "What CloudFront kept off the servers behind it. Regional caches absorb more than logs \
         show, so it kept off at least so much.",
    ))];
    let load = report.origin_load.iter().map(|row| {
        vec![
            foreign(&row.name),
            own(count(row.requests)),
            own(count(row.kept_off_requests)),
            own(percent(row.kept_off_ratio, 1)),
            own(bytes(row.egress_bytes)),
            own(bytes(row.kept_off_bytes)),
            own(percent(row.kept_off_byte_ratio, 1)),
        ]
    });
    let columns = vec![
        words("Name"),
        numbers("Requests"),
        numbers("kept off"),
        numbers("share"),
        numbers("Egress"),
        numbers("kept off"),
        numbers("share"),
    ];
    list(&mut blocks, "", columns, load.collect());
    let peaks = report.origin_load.iter().map(|row| {
        vec![
            foreign(&row.name),
            own(count(row.peak_requests)),
            own(count(row.peak_origin_requests)),
            own(count(row.peak_kept_off_requests)),
            own(usd(row.cloudfront_usd)),
        ]
    });
    let columns = vec![
        words("Name"),
        numbers("Viewers"),
        numbers("At the origin"),
        numbers("Kept off"),
        numbers("CloudFront"),
    ];
    let caption =
        "Requests a second, each in its busiest second of the month, and what CloudFront cost";
    list(&mut blocks, caption, columns, peaks.collect());
    blocks.push(sources(report, &["origin_load"]));
    Some(section("origin-load", "Origin load", blocks))
}

/// The section on the object size from which on CloudFront pays; none without an S3 side.
pub(super) fn break_even(report: &Report) -> Option<Section> {
    if report.break_even.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Paragraph(own(
        "For one more object from the cache, over HTTPS, at the prices of the first tier and \
         without free allowances.",
    ))];
    let rows = report.break_even.iter().map(|row| {
        vec![
            foreign(&row.region),
            foreign(&bucket(row)),
            match row.verdict.as_str() {
                "above" | "below" | "always" | "never" => own(prose::break_even(row)),
                other => foreign(other),
            },
            own(bytes(row.average_bytes)),
            own(bytes(row.egress_bytes)),
        ]
    });
    let columns = vec![
        words("Edges in"),
        words("Bucket in"),
        words("CloudFront is cheaper"),
        numbers("Average answer"),
        numbers("Egress"),
    ];
    list(&mut blocks, "", columns, rows.collect());
    blocks.push(sources(report, &["break_even"]));
    Some(section(
        "where-cloudfront-pays",
        "Where CloudFront pays",
        blocks,
    ))
}

/// The bucket's region, and its storage class where it is not the usual one.
fn bucket(row: &BreakEven) -> String {
    match row.storage_class.as_str() {
        "standard" => row.bucket_region.clone(),
        class => format!("{}, {class}", row.bucket_region),
    }
}
