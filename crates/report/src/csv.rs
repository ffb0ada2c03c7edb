//! The report as CSV, one file a table: RFC 4180 with a header row, LF line ends, raw numbers, empty
//! cells for what does not exist.

mod money;

use edgeledger_rates::Decimal;

use crate::{Report, escape, format::fixed};

/// Every table with its name.
pub(crate) fn tables(report: &Report) -> Vec<(&'static str, String)> {
    let mut tables = vec![
        ("headline", headline(report)),
        ("distributions", distributions(report)),
        ("unknowns", money::unknowns(report)),
        ("cost_items", money::cost_items(report)),
        ("cost_lines", money::cost_lines(report)),
        ("origin_load", money::origin_load(report)),
        ("break_even", money::break_even(report)),
        ("regions", regions(report)),
        ("daily", daily(report)),
        ("cache_results", cache_results(report)),
        ("quality", quality(report)),
        ("rejected_objects", rejected_objects(report)),
        ("excluded_objects", excluded_objects(report)),
        ("coverage", coverage(report)),
        ("unknown_edges", unknown_edges(report)),
        ("assumed_s3_get_prices", assumed_s3_get_prices(report)),
        ("assumed_item_prices", assumed_item_prices(report)),
        ("method", method(report)),
        ("price_cards", price_cards(report)),
    ];
    if let Some(what_if) = &report.what_if {
        tables.push(("what_if", money::ranking(what_if)));
        tables.push(("what_if_plans", money::plans(what_if)));
    }
    tables
}

/// One cell, ready to be written.
pub(crate) struct Cell(String);

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(escape::csv(text))
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self(flag.to_string())
    }
}

impl<T> From<Option<T>> for Cell
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Self(String::new()), Self::from)
    }
}

fn cents(usd: Decimal) -> Cell {
    Cell(fixed(usd, 2))
}

fn exact(usd: Decimal) -> Cell {
    Cell(fixed(usd, 12))
}

fn ratio(ratio: Decimal) -> Cell {
    Cell(fixed(ratio, 6))
}

fn optional(value: Option<Decimal>, cell: fn(Decimal) -> Cell) -> Cell {
    Cell::from(value.map(cell))
}

/// A table with its header.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [Cell; N]>,
) -> String {
    let mut out = header.join(",");
    out.push('\n');
    for row in rows {
        out.push_str(&row.map(|cell| cell.0).join(","));
        out.push('\n');
    }
    out
}

fn headline(report: &Report) -> String {
    let row = &report.headline;
    table(
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
            Cell(report.month.to_string()),
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
pub(crate) fn distributions(report: &Report) -> String {
    table(
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

fn regions(report: &Report) -> String {
    table(
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

fn daily(report: &Report) -> String {
    table(
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

fn cache_results(report: &Report) -> String {
    table(
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

fn quality(report: &Report) -> String {
    table(
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

fn rejected_objects(report: &Report) -> String {
    table(
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

fn excluded_objects(report: &Report) -> String {
    table(
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

fn coverage(report: &Report) -> String {
    table(
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

fn unknown_edges(report: &Report) -> String {
    table(
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

fn assumed_s3_get_prices(report: &Report) -> String {
    table(
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

fn assumed_item_prices(report: &Report) -> String {
    table(
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
fn method(report: &Report) -> String {
    let method = &report.method;
    let totals = &report.quality.totals;
    let pairs = [
        ("month", Cell(report.month.to_string())),
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
        ["key", "value"],
        pairs
            .into_iter()
            .chain(forgotten)
            .chain(restated)
            .chain(notes)
            .map(|(key, value)| [key.into(), value]),
    )
}

fn price_cards(report: &Report) -> String {
    table(
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
