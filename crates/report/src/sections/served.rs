//! What is served: paths, groups, types and sizes.

use edgeledger_rates::Decimal;
use edgeledger_render::chart::{Chart, ChartKind, Datum, Series, Unit};

use super::{figure, quality::more, section};
use crate::{
    Report,
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    figures::{Named, Rows},
    format::{bytes, count, percent, plural, small_usd, usd},
};

/// Rows that people get to see; JSON and CSV hold all.
const SHOWN: usize = 15;
/// Shown as less than a cent.
const BELOW_A_CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 3);
/// How many paths the finding is about.
const TOP: usize = 20;

/// Classes of the view `object_sizes`, by where they begin.
const SIZES: [(i64, &str); 13] = [
    (0, "below 1 KiB"),
    (1 << 10, "1 to 4 KiB"),
    (1 << 12, "4 to 16 KiB"),
    (1 << 14, "16 to 64 KiB"),
    (1 << 16, "64 to 256 KiB"),
    (1 << 18, "256 KiB to 1 MiB"),
    (1 << 20, "1 to 4 MiB"),
    (1 << 22, "4 to 16 MiB"),
    (1 << 24, "16 to 64 MiB"),
    (1 << 26, "64 to 256 MiB"),
    (1 << 28, "256 MiB to 1 GiB"),
    (1 << 30, "1 to 4 GiB"),
    (1 << 32, "4 GiB and more"),
];

/// The chapter; none without requests.
pub(super) fn what_is_served(report: &Report) -> Option<Section> {
    let mut blocks = Vec::new();
    paths(report.figures.get("top_paths"), &mut blocks);
    groups(report.figures.get("path_groups"), &mut blocks);
    types(report.figures.get("content_types"), &mut blocks);
    sizes(report.figures.get("object_sizes"), &mut blocks);
    if blocks.is_empty() {
        return None;
    }
    blocks.push(Block::Paragraph(own(
        "Costs are CloudFront's, with the fees that no log shows spread over the distribution's \
         requests.",
    )));
    let names = ["top_paths", "path_groups", "content_types", "object_sizes"];
    blocks.push(figure::sources(report, &names));
    Some(section("what-is-served", "What is served", blocks))
}

fn paths(rows: &Rows, blocks: &mut Vec<Block>) {
    let Some(last) = rows.iter().take(TOP).last() else {
        return;
    };
    let egress = percent(last.optional_decimal("running_egress_share"), 2);
    let cost = percent(last.optional_decimal("running_cloudfront_share"), 2);
    let subject = match rows.rows.len() {
        1 => "One path".to_owned(),
        all if all <= TOP => format!("The {all} paths"),
        _ => format!("The {TOP} paths that sent the most bytes"),
    };
    blocks.push(Block::Paragraph(own(format!(
        "{subject} made {egress} of the egress and {cost} of CloudFront's cost."
    ))));
    // Paths are long, and many begin alike: where there is little room, few columns stand beside.
    let table = figure::table(
        "Paths that sent the most bytes",
        rows,
        &[
            ("path", "Path"),
            ("name", "Name"),
            ("egress_bytes", "Egress"),
            ("cloudfront_usd_exact", "Cost"),
            ("s3_usd_exact", "S3 instead"),
        ],
        Detail::Main,
    );
    top(table, blocks);
    let mut more = figure::table(
        "More about these paths",
        rows,
        &[
            ("path", "Path"),
            ("name", "Name"),
            ("requests", "Requests"),
            ("request_hit_ratio", "Hit ratio"),
            ("egress_share", "Egress"),
            ("running_egress_share", "so far"),
            ("cloudfront_share", "Cost"),
            ("running_cloudfront_share", "so far"),
        ],
        Detail::Extra,
    );
    more.rows.truncate(SHOWN);
    blocks.push(Block::Table(more));
}

fn groups(rows: &Rows, blocks: &mut Vec<Block>) {
    // Without rules all is `other`.
    if rows.iter().all(|row| row.text("path_group") == "other") {
        return;
    }
    blocks.extend(immutable(rows).map(|text| Block::Paragraph(own(text))));
    let mut table = figure::table(
        "Groups of paths",
        rows,
        &[
            ("path_group", "Group"),
            ("name", "Name"),
            ("is_immutable", "Immutable"),
            ("requests", "Requests"),
            ("request_hit_ratio", "Hit ratio"),
            ("byte_hit_ratio", "by bytes"),
            ("egress_bytes", "Egress"),
            ("cloudfront_usd", "Cost"),
        ],
        Detail::Main,
    );
    show_small_costs(&mut table, 7, rows);
    top(table, blocks);
}

/// How well paths that never change are cached; none without such.
fn immutable(rows: &Rows) -> Option<String> {
    let sum = |column: &str| -> Decimal {
        let rows = rows.iter().filter(|row| row.flag("is_immutable"));
        rows.map(|row| Decimal::from(row.int(column))).sum()
    };
    let all: Decimal = rows
        .iter()
        .map(|row| Decimal::from(row.int("egress_bytes")))
        .sum();
    let misses = sum("miss_requests");
    let ratio = misses.checked_div(misses + sum("hit_requests"))?;
    let share = sum("egress_bytes").checked_div(all);
    let misses = i64::try_from(misses).unwrap_or(i64::MAX);
    Some(format!(
        "Paths that by your rules never change made {} of the egress. {} for them missed the \
         cache, {} of those that it decided: only a first request at an edge, a copy thrown out \
         for want of space, or a purge explains one.",
        percent(share, 2),
        plural(misses, "request", "requests"),
        percent(Some(ratio), 2),
    ))
}

fn types(rows: &Rows, blocks: &mut Vec<Block>) {
    let Some(first) = rows.first() else {
        return;
    };
    let kind = match first.text("content_type") {
        "-" => "answers without one",
        kind => kind,
    };
    blocks.push(Block::Paragraph(Text::Remark(format!(
        "By content type, {kind} made the largest part of the egress: {}.",
        percent(first.optional_decimal("egress_share"), 2)
    ))));
    let mut table = figure::table(
        "Content types",
        rows,
        &[
            ("content_type", "Content type"),
            ("requests", "Requests"),
            ("request_share", "Share"),
            ("egress_bytes", "Egress"),
            ("egress_share", "Share"),
            ("cloudfront_usd", "Cost"),
        ],
        Detail::Main,
    );
    show_small_costs(&mut table, 5, rows);
    rename(&mut table, "-", "none logged");
    top(table, blocks);
}

fn sizes(rows: &Rows, blocks: &mut Vec<Block>) {
    let place = |row: Named<'_>| {
        let from = row.int("from_bytes");
        SIZES.iter().position(|(begin, _)| *begin == from)
    };
    let places = || rows.iter().filter_map(place);
    let (Some(low), Some(high)) = (places().min(), places().max()) else {
        return;
    };
    let label = |row: Named<'_>| place(row).and_then(|at| SIZES.get(at)).map(|size| size.1);
    let (Some(busiest), Some(heaviest)) = (
        rows.iter().max_by_key(|row| row.int("requests")),
        rows.iter().max_by_key(|row| row.int("egress_bytes")),
    ) else {
        return;
    };
    let of_requests = percent(busiest.optional_decimal("request_share"), 2);
    let of_bytes = percent(heaviest.optional_decimal("egress_share"), 2);
    let busiest = label(busiest).unwrap_or_default();
    let heaviest = label(heaviest).unwrap_or_default();
    let summary = if busiest == heaviest {
        format!(
            "Complete answers are most often of {busiest} ({of_requests}), and these carry the \
             most bytes ({of_bytes})."
        )
    } else {
        format!(
            "Complete answers are most often of {busiest} ({of_requests}); those of {heaviest} \
             carry the most bytes ({of_bytes})."
        )
    };
    blocks.push(Block::Paragraph(own(summary.clone())));
    let shown = || SIZES.iter().take(high + 1).skip(low);
    let series = |name: &str, share: &str, text: &dyn Fn(Named<'_>) -> String| Series {
        name: own(name),
        values: shown()
            .map(|(begin, _)| {
                let row = rows.iter().find(|row| row.int("from_bytes") == *begin)?;
                let ratio = row.optional_decimal(share)?;
                let text = format!("{} ({})", percent(Some(ratio), 2), text(row));
                Some(Datum::decimal(ratio, text))
            })
            .collect(),
    };
    blocks.push(Block::Chart(Chart {
        title: "Complete answers by size".to_owned(),
        summary,
        unit: Unit::Ratio,
        kind: ChartKind::Columns {
            labels: shown().map(|(_, label)| (*label).to_owned()).collect(),
            series: vec![
                series("Share of answers", "request_share", &|row| {
                    count(row.int("requests"))
                }),
                series("Share of their bytes", "egress_share", &|row| {
                    bytes(row.int("egress_bytes"))
                }),
            ],
            is_stacked: false,
            marks: Vec::new(),
        },
    }));
    let cells = rows.iter().map(|row| {
        vec![
            label(row).map_or_else(|| own(bytes(row.int("from_bytes"))), own),
            figure::cell(row, "requests"),
            figure::cell(row, "request_share"),
            figure::cell(row, "egress_bytes"),
            figure::cell(row, "egress_share"),
        ]
    });
    let columns = vec![
        words("Size"),
        numbers("Answers"),
        numbers("Share"),
        numbers("Egress"),
        numbers("Share"),
    ];
    let caption = "Complete answers (status 200) by size, headers among it";
    let table = Table::new(caption, columns, cells.collect());
    blocks.push(Block::Table(table.folded()));
}

/// A table with its first rows only, and how many more there are.
pub(super) fn top(mut table: Table, blocks: &mut Vec<Block>) {
    let hidden = table.rows.len().saturating_sub(SHOWN);
    table.rows.truncate(SHOWN);
    blocks.push(Block::Table(table));
    more(blocks, hidden);
}

/// What a row cost in the cents that sum to the month's, or that it was less than one.
pub(super) fn cost(row: Named<'_>) -> String {
    let cents = row.decimal("cloudfront_usd");
    if cents.is_zero() {
        small_usd(row.decimal("cloudfront_usd_exact").min(BELOW_A_CENT))
    } else {
        usd(cents)
    }
}

/// Tells less than a cent from nothing in a column of costs.
pub(super) fn show_small_costs(table: &mut Table, column: usize, rows: &Rows) {
    for (cells, row) in table.rows.iter_mut().zip(rows.iter()) {
        if let Some(cell) = cells.get_mut(column) {
            *cell = own(cost(row));
        }
    }
}

/// Says in our words what stands in the first column.
pub(super) fn rename(table: &mut Table, from: &str, to: &str) {
    for cell in table.rows.iter_mut().filter_map(|row| row.first_mut()) {
        if *cell == foreign(from) {
            *cell = own(to);
        }
    }
}
