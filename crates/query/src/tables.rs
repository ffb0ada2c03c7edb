//! Price lists and settings as tables.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Decimal128Array, Int16Array, Int64Array, RecordBatch, StringArray,
    },
    error::ArrowError,
};
use datafusion::{datasource::MemTable, prelude::SessionContext};
use edgeledger_rates::{BYTES_PER_GB, Confidence, Decimal, Month, PriceBook};

use crate::{Distribution, Origin, QueryError, Settings, purges};

/// Scale of prices per GB: DECIMAL(18, 9).
const PER_GB_SCALE: u32 = 9;
/// Scale of prices per request: DECIMAL(18, 12).
const PER_REQUEST_SCALE: u32 = 12;
/// Scale of decimal settings: DECIMAL(18, 9).
const SETTING_SCALE: u32 = 9;
/// Scale of a budget: DECIMAL(20, 2).
const CENTS_SCALE: u32 = 2;

pub(crate) type Columns = Vec<(&'static str, ArrayRef)>;

pub(crate) fn text<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn optional_text(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(crate) fn bigint(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub(crate) fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn price(values: impl Iterator<Item = Decimal>, scale: u32) -> Result<ArrayRef, QueryError> {
    let scaled = |value: Decimal| {
        let mut rescaled = value;
        rescaled.rescale(scale);
        // A price with more digits than its column keeps must not be rounded in silence.
        (rescaled == value)
            .then(|| rescaled.mantissa())
            .ok_or_else(|| QueryError::Price(value.to_string()))
    };
    let values = values.map(scaled).collect::<Result<Vec<_>, _>>()?;
    let scale = i8::try_from(scale).unwrap_or(i8::MAX);
    Ok(Arc::new(
        Decimal128Array::from_iter_values(values).with_precision_and_scale(18, scale)?,
    ))
}

/// One amount in whole cents, or none.
fn optional_usd(amount: Option<Decimal>) -> Result<ArrayRef, QueryError> {
    let cents = amount.map(|amount| {
        let mut cents = amount;
        cents.rescale(CENTS_SCALE);
        (cents == amount)
            .then(|| cents.mantissa())
            .ok_or_else(|| QueryError::Price(amount.to_string()))
    });
    let scale = i8::try_from(CENTS_SCALE).unwrap_or(i8::MAX);
    let cents = std::iter::once(cents.transpose()?).collect::<Decimal128Array>();
    Ok(Arc::new(cents.with_precision_and_scale(20, scale)?))
}

/// The columns every dated price row begins with.
fn dated<'a>(rows: impl Iterator<Item = (&'a str, Month, Option<Month>)> + Clone) -> Columns {
    vec![
        ("card", text(rows.clone().map(|(card, _, _)| card))),
        (
            "valid_from",
            optional_text(rows.clone().map(|(_, from, _)| Some(from.to_string()))),
        ),
        (
            "valid_until",
            optional_text(rows.map(|(_, _, until)| until.map(|month| month.to_string()))),
        ),
    ]
}

/// The columns it ends with.
fn sourced<'a>(rows: impl Iterator<Item = (&'a str, &'a str, Confidence)> + Clone) -> Columns {
    vec![
        ("source", text(rows.clone().map(|(source, _, _)| source))),
        ("seen", text(rows.clone().map(|(_, seen, _)| seen))),
        (
            "confidence",
            text(rows.map(|(_, _, confidence)| confidence.as_str())),
        ),
    ]
}

pub(crate) fn register(
    ctx: &SessionContext,
    name: &str,
    columns: Columns,
) -> Result<(), QueryError> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .map_err(|error: ArrowError| QueryError::Arrow(error))?;
    ctx.register_table(
        name,
        Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?),
    )?;
    Ok(())
}

/// Registers every price table of the book.
pub(crate) fn register_prices(ctx: &SessionContext, book: &PriceBook) -> Result<(), QueryError> {
    for (name, rows) in [
        ("cloudfront_egress_prices", book.cloudfront_egress()),
        ("s3_egress_prices", book.s3_egress()),
    ] {
        let usd_per_gb = price(rows.iter().map(|row| row.usd_per_gb), PER_GB_SCALE)?;
        let ends = rows
            .iter()
            .map(|row| row.tier_end_gb.map(|gb| gb * BYTES_PER_GB));
        let mut columns = dated(
            rows.iter()
                .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
        );
        columns.push(("region", text(rows.iter().map(|row| row.region.as_str()))));
        columns.push((
            "tier",
            Arc::new(Int16Array::from_iter_values(
                rows.iter().map(|row| row.tier),
            )),
        ));
        columns.push((
            "tier_start_bytes",
            bigint(rows.iter().map(|row| row.tier_start_gb * BYTES_PER_GB)),
        ));
        columns.push(("tier_end_bytes", Arc::new(ends.collect::<Int64Array>())));
        columns.push(("usd_per_gb", usd_per_gb));
        columns
            .extend(sourced(rows.iter().map(|row| {
                (row.source.as_str(), row.seen.as_str(), row.confidence)
            })));
        register(ctx, name, columns)?;
    }
    for (name, rows) in [
        ("cloudfront_request_prices", book.cloudfront_requests()),
        ("s3_request_prices", book.s3_requests()),
    ] {
        let usd_per_request = price(
            rows.iter().map(|row| row.usd_per_request),
            PER_REQUEST_SCALE,
        )?;
        let mut columns = dated(
            rows.iter()
                .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
        );
        columns.push(("region", text(rows.iter().map(|row| row.region.as_str()))));
        columns.push((
            "protocol",
            text(rows.iter().map(|row| row.protocol.as_str())),
        ));
        columns.push(("usd_per_request", usd_per_request));
        columns
            .extend(sourced(rows.iter().map(|row| {
                (row.source.as_str(), row.seen.as_str(), row.confidence)
            })));
        register(ctx, name, columns)?;
    }
    let rows = book.cloudfront_origin_transfer();
    let usd_per_gb = price(rows.iter().map(|row| row.usd_per_gb), PER_GB_SCALE)?;
    let mut columns = dated(
        rows.iter()
            .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
    );
    columns.push(("region", text(rows.iter().map(|row| row.region.as_str()))));
    columns.push(("usd_per_gb", usd_per_gb));
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "cloudfront_origin_transfer_prices", columns)?;

    let rows = book.cloudfront_allowances();
    let mut columns = dated(
        rows.iter()
            .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
    );
    columns.push((
        "free_bytes",
        bigint(rows.iter().map(|row| row.free_gb * BYTES_PER_GB)),
    ));
    columns.push((
        "free_requests",
        bigint(rows.iter().map(|row| row.free_requests)),
    ));
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "cloudfront_allowances", columns)?;

    let rows = book.s3_allowances();
    let mut columns = dated(
        rows.iter()
            .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
    );
    columns.push((
        "free_bytes",
        bigint(rows.iter().map(|row| row.free_gb * BYTES_PER_GB)),
    ));
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "s3_allowances", columns)?;

    register_fees(ctx, book)?;
    register_competitors(ctx, book)?;
    register_places(ctx, book)
}

/// Prices of what is not traffic: other items and plans.
fn register_fees(ctx: &SessionContext, book: &PriceBook) -> Result<(), QueryError> {
    let rows = book.other_prices();
    let usd_per_unit = price(rows.iter().map(|row| row.usd_per_unit), PER_REQUEST_SCALE)?;
    let mut columns = dated(
        rows.iter()
            .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
    );
    columns.push(("service", text(rows.iter().map(|row| row.service.as_str()))));
    columns.push(("item", text(rows.iter().map(|row| row.item.as_str()))));
    columns.push(("region", text(rows.iter().map(|row| row.region.as_str()))));
    columns.push(("unit", text(rows.iter().map(|row| row.unit.as_str()))));
    columns.push(("usd_per_unit", usd_per_unit));
    columns.push((
        "free_units_per_month",
        bigint(rows.iter().map(|row| row.free_units_per_month)),
    ));
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "other_prices", columns)?;

    let rows = book.cloudfront_plans();
    let usd_per_month = price(rows.iter().map(|row| row.usd_per_month), PER_GB_SCALE)?;
    let mut columns = dated(
        rows.iter()
            .map(|row| (row.card.as_str(), row.valid_from, row.valid_until)),
    );
    columns.push(("plan", text(rows.iter().map(|row| row.plan.as_str()))));
    columns.push(("usd_per_month", usd_per_month));
    columns.push(("requests", bigint(rows.iter().map(|row| row.requests))));
    columns.push((
        "bytes",
        bigint(rows.iter().map(|row| row.gb * BYTES_PER_GB)),
    ));
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "cloudfront_plans", columns)
}

/// Other providers' list prices; they have no months.
fn register_competitors(ctx: &SessionContext, book: &PriceBook) -> Result<(), QueryError> {
    let rows = book.competitor_prices();
    let ends = rows
        .iter()
        .map(|row| row.tier_end_gb.map(|gb| gb * row.bytes_per_gb));
    let mut columns: Columns = vec![
        (
            "provider",
            text(rows.iter().map(|row| row.provider.as_str())),
        ),
        (
            "plan",
            optional_text(rows.iter().map(|row| row.plan.clone())),
        ),
        ("region", text(rows.iter().map(|row| row.region.as_str()))),
        (
            "tier",
            Arc::new(Int16Array::from_iter_values(
                rows.iter().map(|row| row.tier),
            )),
        ),
        (
            "tier_start_bytes",
            bigint(rows.iter().map(|row| row.tier_start_gb * row.bytes_per_gb)),
        ),
        ("tier_end_bytes", Arc::new(ends.collect::<Int64Array>())),
        (
            "usd_per_gb",
            price(rows.iter().map(|row| row.usd_per_gb), PER_GB_SCALE)?,
        ),
        (
            "bytes_per_gb",
            bigint(rows.iter().map(|row| row.bytes_per_gb)),
        ),
        (
            "usd_per_request",
            price(
                rows.iter().map(|row| row.usd_per_request),
                PER_REQUEST_SCALE,
            )?,
        ),
        (
            "free_requests",
            bigint(rows.iter().map(|row| row.free_requests)),
        ),
        (
            "usd_per_month",
            price(rows.iter().map(|row| row.usd_per_month), PER_GB_SCALE)?,
        ),
        (
            "not_comparable",
            text(rows.iter().map(|row| row.not_comparable.as_str())),
        ),
    ];
    columns
        .extend(sourced(rows.iter().map(|row| {
            (row.source.as_str(), row.seen.as_str(), row.confidence)
        })));
    register(ctx, "competitor_prices", columns)
}

/// Edge codes and price classes.
fn register_places(ctx: &SessionContext, book: &PriceBook) -> Result<(), QueryError> {
    let rows = book.edge_locations();
    let columns = vec![
        (
            "edge_code",
            text(rows.iter().map(|row| row.edge_code.as_str())),
        ),
        ("city", text(rows.iter().map(|row| row.city.as_str()))),
        ("country", text(rows.iter().map(|row| row.country.as_str()))),
        ("region", text(rows.iter().map(|row| row.region.as_str()))),
        (
            "note",
            optional_text(rows.iter().map(|row| row.note.clone())),
        ),
        ("source", text(rows.iter().map(|row| row.source.as_str()))),
    ];
    register(ctx, "edge_locations", columns)?;
    let rows = book.price_classes();
    let columns = vec![
        (
            "price_class",
            text(rows.iter().map(|row| row.price_class.as_str())),
        ),
        ("region", text(rows.iter().map(|row| row.region.as_str()))),
        ("in_class", flags(rows.iter().map(|row| row.in_class))),
        (
            "billed_as",
            text(rows.iter().map(|row| row.billed_as.as_str())),
        ),
    ];
    register(ctx, "price_class_regions", columns)
}

/// Which distributions count: all, unless it is narrowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scope {
    /// None but these; and nothing that belongs to no distribution.
    only: Vec<String>,
    /// None of these.
    without: Vec<String>,
}

impl Scope {
    pub(crate) fn only(&mut self, id: String) {
        self.only.push(id);
    }

    pub(crate) fn without(&mut self, id: String) {
        self.without.push(id);
    }

    pub(crate) fn keeps(&self, distribution: Option<&str>) -> bool {
        let is = |id: &String| distribution == Some(id.as_str());
        self.only.iter().all(is) && !self.without.iter().any(is)
    }
}

/// Every distribution by its id, and whether it is a described one.
pub(crate) fn all_distributions(
    settings: &Settings,
    with_rows: &[String],
) -> BTreeMap<String, (Distribution, bool)> {
    let assumed = with_rows
        .iter()
        .map(|id| (id.clone(), (Distribution::assumed(id), false)));
    let described = settings
        .distributions
        .iter()
        .map(|row| (row.id.clone(), (row.clone(), true)));
    assumed.chain(described).collect()
}

/// Registers `settings` (one row), `extra_usage`, `configured_purges` and `distributions`: the described ones, and one
/// with assumed settings for every other that has rows. Traffic counts only of those `in_scope`.
pub(crate) fn register_settings(
    ctx: &SessionContext,
    settings: &Settings,
    with_rows: &[String],
    scope: &Scope,
) -> Result<(), QueryError> {
    let assumptions = &settings.assumptions;
    let word = |yes: bool, if_yes: &'static str, if_no: &'static str| {
        text([if yes { if_yes } else { if_no }].into_iter())
    };
    let decimal = |value: Decimal| price([value].into_iter(), SETTING_SCALE);
    let columns = vec![
        (
            "cloudfront_free_tier",
            flags([settings.cloudfront_free_tier].into_iter()),
        ),
        ("s3_free_tier", flags([settings.s3_free_tier].into_iter())),
        (
            "s3_free_tier_method",
            text([settings.s3_free_tier_method.as_str()].into_iter()),
        ),
        ("hit_ratio", text([settings.hit_ratio.as_str()].into_iter())),
        (
            "allocation",
            text([settings.allocation.as_str()].into_iter()),
        ),
        (
            "cloudfront_discount",
            decimal(settings.cloudfront_discount)?,
        ),
        ("waf", word(assumptions.waf_billed, "billed", "unbilled")),
        (
            "header_bytes",
            word(assumptions.header_bytes_billed, "billed", "unbilled"),
        ),
        ("edge_compression", decimal(assumptions.edge_compression)?),
        (
            "regional_caches",
            word(assumptions.regional_caches_absorb, "absorb", "none"),
        ),
        ("hit_ratio_change", decimal(assumptions.hit_ratio_change)?),
        ("bytes_factor", decimal(assumptions.bytes_factor)?),
        ("requests_factor", decimal(assumptions.requests_factor)?),
        ("budget_usd", optional_usd(settings.budget_usd)?),
        (
            "credits_usd",
            optional_usd(settings.credits.as_ref().map(|row| row.balance_usd))?,
        ),
        (
            "credits_as_of",
            optional_text(std::iter::once(
                settings.credits.as_ref().map(|row| row.as_of.to_string()),
            )),
        ),
    ];
    register(ctx, "settings", columns)?;
    let extra = || {
        settings
            .extra_usage
            .iter()
            .filter(|row| scope.keeps(row.distribution.as_deref()))
    };
    let columns = vec![
        ("item", text(extra().map(|row| row.item.as_str()))),
        ("region", text(extra().map(|row| row.region.as_str()))),
        ("month", optional_text(extra().map(|row| row.month.clone()))),
        (
            "distribution",
            optional_text(extra().map(|row| row.distribution.clone())),
        ),
        ("quantity", bigint(extra().map(|row| row.quantity))),
    ];
    register(ctx, "extra_usage", columns)?;
    purges::register(ctx, settings)?;
    let all = all_distributions(settings, with_rows);
    let rows = || all.values();
    let bucket_region = rows().map(|(row, _)| match &row.origin {
        Origin::S3 { bucket_region } => Some(bucket_region.clone()),
        Origin::Server => None,
    });
    let columns = vec![
        ("distribution", text(rows().map(|(row, _)| row.id.as_str()))),
        ("name", text(rows().map(|(row, _)| row.name.as_str()))),
        (
            "origin",
            text(rows().map(|(row, _)| {
                if row.origin == Origin::Server {
                    "server"
                } else {
                    "s3"
                }
            })),
        ),
        ("bucket_region", optional_text(bucket_region)),
        (
            "price_class",
            text(rows().map(|(row, _)| row.price_class.as_str())),
        ),
        (
            "storage_class",
            text(rows().map(|(row, _)| row.storage_class.as_str())),
        ),
        (
            "origin_shield",
            optional_text(rows().map(|(row, _)| row.origin_shield.clone())),
        ),
        (
            "plan",
            optional_text(rows().map(|(row, _)| row.plan.clone())),
        ),
        (
            "in_scope",
            flags(rows().map(|(row, _)| scope.keeps(Some(&row.id)))),
        ),
        (
            "is_configured",
            flags(rows().map(|(_, configured)| *configured)),
        ),
    ];
    register(ctx, "distributions", columns)
}
