//! The report as tables of raw numbers, for CSV files and workbooks: empty cells for what does not
//! exist.

mod money;

use edgeledger_rates::Decimal;
use edgeledger_render::sheet::{Cell, Sheet};

use crate::{
    Report,
    figures::{Rows, Value},
};

/// Every table; that of distributions first.
pub(crate) fn tables(report: &Report) -> Vec<Sheet> {
    let mut tables = vec![
        distributions(report),
        headline(report),
        money::unknowns(report),
        money::cost_items(report),
        money::cost_lines(report),
        money::origin_load(report),
        money::break_even(report),
        regions(report),
        daily(report),
        cache_results(report),
        quality(report),
        rejected_objects(report),
        excluded_objects(report),
        coverage(report),
        unknown_edges(report),
        assumed_s3_get_prices(report),
        assumed_item_prices(report),
        method(report),
        price_cards(report),
    ];
    tables.extend(report.figures.iter().map(|(name, rows)| {
        Sheet {
            name: name.to_owned(),
            columns: rows.columns.clone(),
            rows: rows
                .rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        }
    }));
    if let Some(what_if) = &report.what_if {
        tables.push(money::ranking(what_if));
        tables.push(money::plans(what_if));
    }
    tables
}

/// The table of a figure.
pub(crate) fn figure(name: &str, rows: &Rows) -> Sheet {
    Sheet {
        name: name.to_owned(),
        columns: rows.columns.clone(),
        rows: rows
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Int(number) => Cell::Int(*number),
        Value::Decimal(number, decimals) => Cell::Decimal(*number, *decimals),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Flag(flag) => Cell::Flag(*flag),
    }
}

pub(crate) fn cents(usd: Decimal) -> Cell {
    Cell::Decimal(usd, 2)
}

pub(crate) fn exact(usd: Decimal) -> Cell {
    Cell::Decimal(usd, 12)
}

fn ratio(ratio: Decimal) -> Cell {
    Cell::Decimal(ratio, 6)
}

fn optional(value: Option<Decimal>, cell: fn(Decimal) -> Cell) -> Cell {
    Cell::from(value.map(cell))
}

/// A table with its header.
pub(crate) fn table<const N: usize>(
    name: &str,
    header: [&str; N],
    rows: impl IntoIterator<Item = [Cell; N]>,
) -> Sheet {
    Sheet {
        name: name.to_owned(),
        columns: header.map(str::to_owned).into(),
        rows: rows.into_iter().map(Vec::from).collect(),
    }
}

fn headline(report: &Report) -> Sheet {
    let row = &report.headline;
    table(
        "headline",
        [
            "month",
            "egress_bytes",
            "requests",
            "request_hit_ratio",
            "byte_hit_ratio",
            "cloudfront_usd",
            "cloudfront_s3_usd",
            "s3_usd",
            "savings_usd",
            "savings_ratio",
            "savings_low_usd",
            "savings_high_usd",
        ],
        [[
            Cell::Text(report.month.to_string()),
            row.egress_bytes.into(),
            row.requests.into(),
            optional(row.request_hit_ratio, ratio),
            optional(row.byte_hit_ratio, ratio),
            cents(row.cloudfront_usd),
            cents(row.cloudfront_s3_usd),
            optional(row.s3_usd, cents),
            optional(row.savings_usd, cents),
            optional(row.savings_ratio, ratio),
            optional(row.savings_low_usd, cents),
            optional(row.savings_high_usd, cents),
        ]],
    )
}

/// The table of distributions.
pub(crate) fn distributions(report: &Report) -> Sheet {
    table(
        "distributions",
        [
            "distribution",
            "name",
            "origin",
            "bucket_region",
            "price_class",
            "storage_class",
            "plan",
            "is_configured",
            "egress_bytes",
            "requests",
            "request_hit_ratio",
            "byte_hit_ratio",
            "cloudfront_usd",
            "s3_usd",
            "savings_usd",
            "savings_ratio",
            "egress_savings_usd",
            "request_savings_usd",
            "reason",
        ],
        report.distributions.iter().map(|row| {
            [
                (&row.distribution).into(),
                (&row.name).into(),
                (&row.origin).into(),
                row.bucket_region.as_deref().into(),
                (&row.price_class).into(),
                row.storage_class.as_deref().into(),
                row.plan.as_deref().into(),
                row.is_configured.into(),
                row.egress_bytes.into(),
                row.requests.into(),
                optional(row.request_hit_ratio, ratio),
                optional(row.byte_hit_ratio, ratio),
                cents(row.cloudfront_usd),
                optional(row.s3_usd, cents),
                optional(row.savings_usd, cents),
                optional(row.savings_ratio, ratio),
                optional(row.egress_savings_usd, cents),
                optional(row.request_savings_usd, cents),
                row.reason.as_deref().into(),
            ]
        }),
    )
}

fn regions(report: &Report) -> Sheet {
    table(
        "regions",
        ["region", "egress_bytes", "requests", "egress_share"],
        report.regions.iter().map(|row| {
            [
                (&row.region).into(),
                row.egress_bytes.into(),
                row.requests.into(),
                optional(row.egress_share, ratio),
            ]
        }),
    )
}

fn daily(report: &Report) -> Sheet {
    table(
        "daily",
        ["date", "egress_bytes", "requests", "request_hit_ratio"],
        report.days.iter().map(|row| {
            [
                (&row.date).into(),
                row.egress_bytes.into(),
                row.requests.into(),
                optional(row.request_hit_ratio, ratio),
            ]
        }),
    )
}

fn cache_results(report: &Report) -> Sheet {
    table(
        "cache_results",
        [
            "cache_result",
            "requests",
            "egress_bytes",
            "request_share",
            "egress_share",
        ],
        report.cache_results.iter().map(|row| {
            [
                (&row.cache_result).into(),
                row.requests.into(),
                row.egress_bytes.into(),
                optional(row.request_share, ratio),
                optional(row.egress_share, ratio),
            ]
        }),
    )
}

fn quality(report: &Report) -> Sheet {
    table(
        "quality",
        ["status", "objects", "size_bytes", "rows", "rejected_rows"],
        report.quality.objects.iter().map(|row| {
            [
                (&row.status).into(),
                row.objects.into(),
                row.size_bytes.into(),
                row.rows.into(),
                row.rejected_rows.into(),
            ]
        }),
    )
}

fn rejected_objects(report: &Report) -> Sheet {
    table(
        "rejected_objects",
        [
            "key",
            "name",
            "status",
            "rows",
            "rejected_rows",
            "first_line",
            "first_byte_offset",
            "first_reason",
        ],
        report.quality.rejected_objects.iter().map(|row| {
            let first = row.first_reject.as_ref();
            [
                (&row.key).into(),
                (&row.name).into(),
                (&row.status).into(),
                row.rows.into(),
                row.rejected_rows.into(),
                first.and_then(|reject| reject.line).into(),
                first.and_then(|reject| reject.byte_offset).into(),
                first.map(|reject| &reject.reason).into(),
            ]
        }),
    )
}

fn excluded_objects(report: &Report) -> Sheet {
    table(
        "excluded_objects",
        ["key", "name", "status", "reason", "size_bytes"],
        report.quality.excluded_objects.iter().map(|row| {
            [
                (&row.key).into(),
                (&row.name).into(),
                (&row.status).into(),
                row.reason.as_deref().into(),
                row.size_bytes.into(),
            ]
        }),
    )
}

fn coverage(report: &Report) -> Sheet {
    table(
        "coverage",
        [
            "distribution",
            "name",
            "hours_in_month",
            "hours_with_logs",
            "hours_without_logs",
            "longest_gap_hours",
            "first_hour",
            "last_hour",
        ],
        report.quality.coverage.iter().map(|row| {
            [
                (&row.distribution).into(),
                (&row.name).into(),
                row.hours_in_month.into(),
                row.hours_with_logs.into(),
                row.hours_without_logs.into(),
                row.longest_gap_hours.into(),
                (&row.first_hour).into(),
                (&row.last_hour).into(),
            ]
        }),
    )
}

fn unknown_edges(report: &Report) -> Sheet {
    table(
        "unknown_edges",
        ["edge_code", "billed_as", "requests", "egress_bytes"],
        report.quality.unknown_edges.iter().map(|row| {
            [
                (&row.edge_code).into(),
                (&row.billed_as).into(),
                row.requests.into(),
                row.egress_bytes.into(),
            ]
        }),
    )
}

fn assumed_s3_get_prices(report: &Report) -> Sheet {
    table(
        "assumed_s3_get_prices",
        [
            "bucket_region",
            "storage_class",
            "usd_per_request",
            "usd_per_gb",
        ],
        report.quality.assumed_s3_get_prices.iter().map(|row| {
            [
                (&row.bucket_region).into(),
                (&row.storage_class).into(),
                exact(row.usd_per_request),
                exact(row.usd_per_gb),
            ]
        }),
    )
}

fn assumed_item_prices(report: &Report) -> Sheet {
    table(
        "assumed_item_prices",
        ["item", "region", "usd_per_unit"],
        report.quality.assumed_item_prices.iter().map(|row| {
            [
                (&row.item).into(),
                (&row.region).into(),
                exact(row.usd_per_unit),
            ]
        }),
    )
}

/// Settings, completeness and the caller's remarks as pairs. What changed after the month was first
/// complete is there only when something did.
fn method(report: &Report) -> Sheet {
    let method = &report.method;
    let totals = &report.quality.totals;
    let pairs = [
        ("month", Cell::Text(report.month.to_string())),
        ("version", (&method.version).into()),
        ("hit_ratio", (&method.hit_ratio).into()),
        ("cloudfront_free_tier", method.cloudfront_free_tier.into()),
        ("s3_free_tier", method.s3_free_tier.into()),
        ("s3_free_tier_method", (&method.s3_free_tier_method).into()),
        ("allocation", (&method.allocation).into()),
        ("cloudfront_discount", ratio(method.cloudfront_discount)),
        ("complete", report.quality.complete.into()),
        ("objects", totals.objects.into()),
        ("unnamed_objects", totals.unnamed_objects.into()),
        ("size_bytes", totals.size_bytes.into()),
        ("rows", totals.rows.into()),
        ("rejected_rows", totals.rejected_rows.into()),
    ];
    let forgotten = (totals.forgotten_rows > 0).then_some(totals.forgotten_rows);
    let forgotten = forgotten.map(|rows| ("forgotten_rows", rows.into()));
    let restated = report.quality.restated.iter().flat_map(|restated| {
        [
            (
                "restated_first_closed_ingest_at",
                (&restated.first_closed_ingest_at).into(),
            ),
            ("restated_late_objects", restated.late_objects.into()),
            ("restated_late_rows", restated.late_rows.into()),
            (
                "restated_last_ingested_at",
                restated.last_ingested_at.as_deref().into(),
            ),
            ("restated_forgotten_rows", restated.forgotten_rows.into()),
        ]
    });
    let notes = report.notes.iter().map(|note| ("note", note.into()));
    table(
        "method",
        ["key", "value"],
        pairs
            .into_iter()
            .chain(forgotten)
            .chain(restated)
            .chain(notes)
            .map(|(key, value)| [key.into(), value]),
    )
}

fn price_cards(report: &Report) -> Sheet {
    table(
        "price_cards",
        ["service", "card", "valid_from", "valid_until"],
        report.method.price_cards.iter().map(|row| {
            [
                (&row.service).into(),
                (&row.card).into(),
                (&row.valid_from).into(),
                row.valid_until.as_deref().into(),
            ]
        }),
    )
}
