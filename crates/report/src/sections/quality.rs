//! What the numbers rest on, and what is missing.

use super::{coverage, section, word};
use crate::{
    document::{Block, Column, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{bytes, count, dash, item, usd_per_request},
    model::{Quality, Report},
    prose,
};

/// Rows of a long list that people get to see; JSON and CSV hold all.
const LONGEST_LIST: usize = 25;
/// Rows of a table from which on it is folded where the medium can fold.
const FOLD_FROM: usize = 13;

/// The section on what the numbers rest on.
pub(super) fn quality(report: &Report) -> Section {
    let quality = &report.quality;
    let mut blocks = vec![Block::List(
        std::iter::once(prose::completeness(quality))
            .chain(prose::restated(quality))
            .chain(prose::log_notes(quality))
            .map(own)
            .collect(),
    )];
    let totals = &quality.totals;
    let mut objects: Vec<Vec<Text>> = quality
        .objects
        .iter()
        .map(|row| {
            vec![
                foreign(&row.status),
                own(count(row.objects)),
                own(bytes(row.size_bytes)),
                own(count(row.rows)),
                own(count(row.rejected_rows)),
            ]
        })
        .collect();
    objects.push(vec![
        own("Total"),
        own(count(totals.objects)),
        own(bytes(totals.size_bytes)),
        own(count(totals.rows)),
        own(count(totals.rejected_rows)),
    ]);
    if totals.objects > 0 {
        blocks.push(Block::Table(Table {
            caption: "Log objects",
            columns: vec![
                words("Status"),
                numbers("Objects"),
                numbers("Size"),
                numbers("Rows"),
                numbers("Rejected"),
            ],
            rows: objects,
            totals: 1,
            detail: Detail::Main,
        }));
    }
    let rejected = quality.rejected_objects.iter().map(|row| {
        let first = match &row.first_reject {
            None => own(dash()),
            Some(reject) => foreign(&match reject.line {
                Some(line) => format!("line {line}: {}", reject.reason),
                None => reject.reason.clone(),
            }),
        };
        vec![
            foreign(&row.name),
            own(count(row.rows)),
            own(count(row.rejected_rows)),
            first,
        ]
    });
    list(
        &mut blocks,
        "Log objects with rejected rows",
        vec![
            words("Object"),
            numbers("Rows"),
            numbers("Rejected"),
            words("First reject"),
        ],
        rejected.collect(),
    );
    let excluded = quality.excluded_objects.iter().map(|row| {
        vec![
            foreign(&row.name),
            foreign(&row.status),
            row.reason.as_deref().map_or_else(|| own(dash()), foreign),
        ]
    });
    list(
        &mut blocks,
        "Log objects that are not counted",
        vec![words("Object"), words("Status"), words("Reason")],
        excluded.collect(),
    );
    gaps(quality, &mut blocks);
    coverage::map(report, &mut blocks);
    section("data-quality", "Data quality", blocks)
}

/// What logs and lists do not say.
fn gaps(quality: &Quality, blocks: &mut Vec<Block>) {
    let coverage = quality.coverage.iter().map(|row| {
        vec![
            foreign(&row.name),
            own(count(row.hours_with_logs)),
            own(count(row.hours_without_logs)),
            own(count(row.longest_gap_hours)),
            hour(&row.first_hour),
            hour(&row.last_hour),
        ]
    });
    list(
        blocks,
        "Hours with logged requests (an idle hour has no log; a gap is a question, not a loss)",
        vec![
            words("Name"),
            numbers("With"),
            numbers("Without"),
            numbers("Longest gap"),
            words("First (UTC)"),
            words("Last (UTC)"),
        ],
        coverage.collect(),
    );
    let edges = quality.unknown_edges.iter().map(|row| {
        vec![
            foreign(&row.edge_code),
            foreign(&row.billed_as),
            own(count(row.requests)),
            own(bytes(row.egress_bytes)),
        ]
    });
    list(
        blocks,
        "Edge codes that no list knows",
        vec![
            words("Edge code"),
            words("Billed as"),
            numbers("Requests"),
            numbers("Egress"),
        ],
        edges.collect(),
    );
    let prices = quality.assumed_s3_get_prices.iter().map(|row| {
        vec![
            foreign(&row.bucket_region),
            foreign(&row.storage_class),
            own(usd_per_request(row.usd_per_request)),
            own(usd_per_request(row.usd_per_gb)),
        ]
    });
    list(
        blocks,
        "S3 GET prices that no card has: the dearest known is taken",
        vec![
            words("Bucket region"),
            words("Storage class"),
            numbers("Per request"),
            numbers("Per GB retrieved"),
        ],
        prices.collect(),
    );
    let prices = quality.assumed_item_prices.iter().map(|row| {
        vec![
            word(&row.item, item(&row.item)),
            foreign(&row.region),
            own(usd_per_request(row.usd_per_unit)),
        ]
    });
    list(
        blocks,
        "Other prices that no card has: the dearest known is taken",
        vec![words("Item"), words("Region"), numbers("Per unit")],
        prices.collect(),
    );
}

/// `2026-10-01 07:00` of `2026-10-01T07:00:00Z`; anything else as it is.
pub(super) fn hour(time: &str) -> Text {
    let is_time = time
        .bytes()
        .all(|b| b.is_ascii_digit() || b"-:TZ".contains(&b));
    match time.strip_suffix(":00Z") {
        Some(minute) if is_time => own(minute.replace('T', " ")),
        _ => foreign(time),
    }
}

/// A list that is left out when empty, and shortened when long.
pub(super) fn bullets(blocks: &mut Vec<Block>, mut items: Vec<Text>) {
    if items.is_empty() {
        return;
    }
    let hidden = items.len().saturating_sub(LONGEST_LIST);
    items.truncate(LONGEST_LIST);
    blocks.push(Block::List(items));
    more(blocks, hidden);
}

/// A table that is left out when empty, and shortened when long.
pub(super) fn list(
    blocks: &mut Vec<Block>,
    caption: &'static str,
    columns: Vec<Column>,
    mut rows: Vec<Vec<Text>>,
) {
    if rows.is_empty() {
        return;
    }
    let hidden = rows.len().saturating_sub(LONGEST_LIST);
    rows.truncate(LONGEST_LIST);
    blocks.push(Block::Table(Table {
        caption,
        columns,
        detail: if rows.len() < FOLD_FROM {
            Detail::Main
        } else {
            Detail::Folded
        },
        rows,
        totals: 0,
    }));
    more(blocks, hidden);
}

/// A table, shortened when it has more rows than that.
pub(super) fn shortened(blocks: &mut Vec<Block>, mut table: Table, most: usize) {
    let hidden = table.rows.len().saturating_sub(most);
    table.rows.truncate(most);
    let is_shown = table.detail != Detail::Extra;
    blocks.push(Block::Table(table));
    more(blocks, if is_shown { hidden } else { 0 });
}

/// Says how many rows are not shown.
pub(super) fn more(blocks: &mut Vec<Block>, hidden: usize) {
    if hidden > 0 {
        blocks.push(Block::Paragraph(own(format!(
            "… and {hidden} more, which the JSON and CSV forms of this report list."
        ))));
    }
}
