//! Months side by side: the year view.

mod sections;

use edgeledger_query::Session;
use edgeledger_rates::{Decimal, Month};
use edgeledger_render::{document::Document, sheet::Sheet};
use serde::Serialize;

use crate::{
    ReportError, escape,
    figures::Rows,
    json::{as_text, cents, optional_cents},
    load::Queries,
    output::Paper,
    tables,
};

/// Name and version of the JSON form of a series.
pub const SERIES_SCHEMA: &str = "edgeledger.series/1";

/// Months side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    /// [`SERIES_SCHEMA`].
    pub schema: &'static str,
    /// First month asked for.
    #[serde(serialize_with = "as_text")]
    pub from: Month,
    /// Last month asked for.
    #[serde(serialize_with = "as_text")]
    pub to: Month,
    /// Sums over the months.
    pub headline: SeriesTotals,
    /// Months asked for of which there are no requests, in order.
    pub missing_months: Vec<String>,
    /// Months of which log objects are quarantined or vanished: they are too low.
    pub incomplete_months: Vec<String>,
    /// By month, in order (view `month_series`).
    pub months: Rows,
    /// By month and distribution (view `distribution_series`).
    pub distributions: Rows,
    /// Remarks of the caller.
    pub notes: Vec<String>,
}

/// Sums over months.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SeriesTotals {
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Requests.
    pub requests: i64,
    /// USD, whole cents.
    #[serde(serialize_with = "cents")]
    pub cloudfront_usd: Decimal,
    /// USD, whole cents: S3 instead; `None` without an S3 side in any month.
    #[serde(serialize_with = "optional_cents")]
    pub s3_usd: Option<Decimal>,
    /// USD, whole cents; may be negative.
    #[serde(serialize_with = "optional_cents")]
    pub savings_usd: Option<Decimal>,
}

/// The months from one to another, both included.
///
/// # Errors
/// When the lake holds no requests of any of them, when a part of a month has no price, or when a
/// query fails.
pub async fn series(
    session: &Session,
    from: Month,
    to: Month,
    notes: Vec<String>,
) -> Result<Series, ReportError> {
    let available = Queries::new(session, from).months().await?;
    let asked = || {
        available
            .iter()
            .filter(|month| (from..=to).contains(*month))
    };
    if asked().next().is_none() {
        // The same answer as for a month that is not there.
        Queries::new(session, from).check_month(None).await?;
    }
    let (mut months, mut distributions) = (Rows::default(), Rows::default());
    let mut incomplete_months = Vec::new();
    for month in asked() {
        let queries = Queries::new(session, *month);
        queries.check_prices().await?;
        if !queries.is_complete().await? {
            incomplete_months.push(month.to_string());
        }
        months.append(queries.rows("series_months").await?);
        distributions.append(queries.rows("series_distributions").await?);
    }
    let missing = months_between(from, to).filter(|month| !available.contains(month));
    Ok(Series {
        schema: SERIES_SCHEMA,
        from,
        to,
        headline: totals(&months),
        missing_months: missing.map(|month| month.to_string()).collect(),
        incomplete_months,
        months,
        distributions,
        notes,
    })
}

fn totals(months: &Rows) -> SeriesTotals {
    let sum = |column: &str| {
        let amounts = months.iter().filter_map(|row| row.optional_decimal(column));
        amounts.reduce(|sum, amount| sum + amount)
    };
    SeriesTotals {
        egress_bytes: months
            .iter()
            .map(|row| row.int("egress_bytes"))
            .fold(0, i64::saturating_add),
        requests: months
            .iter()
            .map(|row| row.int("requests"))
            .fold(0, i64::saturating_add),
        cloudfront_usd: sum("cloudfront_usd").unwrap_or(Decimal::ZERO),
        s3_usd: sum("s3_usd"),
        savings_usd: sum("savings_usd"),
    }
}

fn months_between(from: Month, to: Month) -> impl Iterator<Item = Month> {
    std::iter::successors(Some(from), |month| {
        let next = month.next();
        (next > *month).then_some(next)
    })
    .take_while(move |month| *month <= to)
}

impl Paper for Series {
    fn document(&self) -> Document {
        sections::document(self)
    }

    fn json(&self) -> String {
        // Strings, integers and lists always serialize.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{}\n", escape::json(&json))
    }

    fn tables(&self) -> Vec<Sheet> {
        vec![
            tables::figure("months", &self.months),
            tables::figure("distributions", &self.distributions),
        ]
    }
}
