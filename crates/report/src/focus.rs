//! A month as FOCUS 1.2 rows, for tools that read bills. It is an estimate and says so in every row:
//! nothing was invoiced, so `BilledCost` is 0, the invoice issuer and the billing account are
//! placeholders, and `x_IsEstimate` is true. The estimate itself is in `ListCost`,
//! `ContractedCost` and `EffectiveCost`, at the prices in force; its sum is the month's, exactly.
//! <https://focus.finops.org/focus-specification/v1-2/>

use edgeledger_query::Session;
use edgeledger_rates::{Decimal, Month};
use edgeledger_render::sheet::{Cell, csv};

use crate::{ReportError, format, load::Queries, tables::table};

/// The mandatory columns of FOCUS 1.2 first, then others of it, then our own.
const COLUMNS: [&str; 40] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ChargeFrequency",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedUnitPrice",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceSubcategory",
    "SkuMeter",
    "x_EstimateSource",
    "x_IsEstimate",
    "x_Item",
    "x_ServiceCode",
    "x_StorageClass",
];

const PLACEHOLDER_ID: &str = "edgeledger-estimate";
const PLACEHOLDER_NAME: &str = "EdgeLedger estimate (not invoiced)";

/// A row of `billed_usage`, summed.
struct Billed {
    distribution: String,
    name: String,
    service_code: String,
    usage_type: Option<String>,
    item: String,
    region: String,
    storage_class: String,
    unit: String,
    quantity: Decimal,
    usd: Decimal,
}

/// The month as FOCUS 1.2 rows in CSV: one a distribution and usage type of `billed_usage`.
///
/// # Errors
/// When there are no requests of the month, when a part of them has no price, or when a query
/// fails.
pub async fn focus(session: &Session, month: Month) -> Result<String, ReportError> {
    let queries = Queries::new(session, month);
    queries.check_month(None).await?;
    queries.check_prices().await?;
    let sql = "SELECT distribution, name, service_code, usage_type, item, region, storage_class,
            pricing_unit, sum(pricing_quantity) AS quantity, sum(usd) AS usd
        FROM billed_usage WHERE month = $month
        GROUP BY distribution, name, service_code, usage_type, item, region, storage_class,
            pricing_unit
        ORDER BY distribution, service_code, item, region, storage_class, usage_type";
    let rows = queries
        .all("FOCUS rows", sql, |row| {
            Ok(Billed {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                service_code: row.text("service_code")?,
                usage_type: row.optional_text("usage_type")?,
                item: row.text("item")?,
                region: row.text("region")?,
                storage_class: row.text("storage_class")?,
                unit: row.text("pricing_unit")?,
                quantity: row.decimal("quantity")?,
                usd: row.decimal("usd")?,
            })
        })
        .await?;
    let rows = rows.iter().map(|usage| cells(usage, month));
    Ok(csv(&table("focus", COLUMNS, rows)))
}

fn cells(usage: &Billed, month: Month) -> [Cell; COLUMNS.len()] {
    let start = || Cell::from(&first_instant(month));
    let end = || Cell::from(&first_instant(month.next()));
    let usd = || number(usage.usd);
    let unit = unit(&usage.unit);
    let is_plan = usage.item == "plan";
    let service = service(&usage.service_code);
    let (region_id, region_name) = region(usage);
    // What a unit came to, over tiers and allowances; none where there is no quantity.
    let unit_price = || {
        let price = usage.usd.checked_div(usage.quantity);
        Cell::from(price.map(|price| number(price.round_dp(12))))
    };
    let consumed = (!is_plan).then_some(usage.quantity);
    [
        Cell::from("0"),
        Cell::from(PLACEHOLDER_ID),
        Cell::from(PLACEHOLDER_NAME),
        Cell::from("USD"),
        start(),
        end(),
        Cell::from(if is_plan { "Purchase" } else { "Usage" }),
        Cell::from(""),
        Cell::from(&description(usage, region_name)),
        start(),
        end(),
        usd(),
        usd(),
        Cell::from(PLACEHOLDER_NAME),
        usd(),
        number(usage.quantity),
        Cell::from(&unit),
        Cell::from("AWS"),
        Cell::from("AWS"),
        Cell::from(service.category),
        Cell::from(service.name),
        Cell::from(if is_plan { "Recurring" } else { "Usage-Based" }),
        Cell::from(consumed.map(number)),
        Cell::from(consumed.map(|_| unit.as_str())),
        unit_price(),
        unit_price(),
        Cell::from("Standard"),
        Cell::from("USD"),
        Cell::from(region_id),
        Cell::from(region_name),
        Cell::from(&usage.distribution),
        Cell::from(&usage.name),
        Cell::from("CloudFront Distribution"),
        Cell::from(service.subcategory),
        Cell::from(usage.usage_type.as_deref()),
        Cell::from(concat!(
            "edgeledger ",
            env!("CARGO_PKG_VERSION"),
            ": access logs at the prices in force"
        )),
        Cell::from(true),
        Cell::from(&usage.item),
        Cell::from(&usage.service_code),
        Cell::from(Some(usage.storage_class.as_str()).filter(|class| !class.is_empty())),
    ]
}

/// A decimal without zeros at its end; FOCUS wants neither separators nor exponents here.
fn number(value: Decimal) -> Cell {
    Cell::from(&value.normalize().to_string())
}

/// The first instant of a month: as an end it is exclusive.
fn first_instant(month: Month) -> String {
    let (year, month, day) = month.first_day();
    format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
}

/// Units in the plural, as FOCUS wants them. Prices of AWS write GB and mean 2^30 bytes.
fn unit(unit: &str) -> String {
    if unit == "GB" {
        return "GiB".to_owned();
    }
    let mut chars = unit.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    let s = if unit.ends_with('s') { "" } else { "s" };
    first.into_iter().chain(chars).chain(s.chars()).collect()
}

struct Service {
    name: &'static str,
    category: &'static str,
    subcategory: &'static str,
}

fn service(code: &str) -> Service {
    let (name, category, subcategory) = match code {
        "AmazonS3" => ("Amazon Simple Storage Service", "Storage", "Object Storage"),
        "AWSLambda" => ("AWS Lambda", "Compute", "Serverless Compute"),
        _ => ("Amazon CloudFront", "Networking", "Content Delivery"),
    };
    Service {
        name,
        category,
        subcategory,
    }
}

/// Id and name of the region: CloudFront's billing region, or AWS's own. Both or neither.
fn region(usage: &Billed) -> (Option<&str>, Option<&str>) {
    let id = usage.region.as_str();
    if matches!(id, "" | "global") || usage.item == "plan" {
        return (None, None);
    }
    let name = format::region_name(id);
    (Some(id), Some(if name.is_empty() { id } else { name }))
}

fn description(usage: &Billed, region_name: Option<&str>) -> String {
    let item = match usage.item.as_str() {
        "proxy_requests" => "Requests with proxy methods",
        "s3_origin_retrieval" => "S3 retrieval behind CloudFront",
        "plan" => return format!("Flat-rate plan {}: estimate", usage.region),
        other => format::item(other),
    };
    match region_name {
        Some(region) => format!("{item}, {region}: estimate from access logs"),
        None => format!("{item}: estimate from access logs"),
    }
}
