//! Filling the model from the views: every number comes out of a query that anyone can run.

mod money;
mod only;
mod quality;
mod warm;
mod what_if;

use arrow::array::RecordBatch;
use edgeledger_query::Session;
use edgeledger_rates::Month;

pub use self::what_if::Scenario;
use crate::{
    ColumnError, ReportError, UnpricedRow,
    figures::{FIGURES, Figures, Query, Rows, query},
    model::{CacheResult, Day, Distribution, Headline, Region, Report, SCHEMA},
    rows::{Row, rows},
};

/// The report of a month.
///
/// # Errors
/// When the lake holds no requests of the month, when it knows no such distribution, when a part of them has no price, or when a query
/// fails.
pub async fn build(
    session: &Session,
    month: Month,
    request: Request<'_>,
) -> Result<Report, ReportError> {
    let Request {
        distribution,
        notes,
        what_if,
        compare,
    } = request;
    let mut queries = Queries::new(session, month);
    queries.check_month(compare).await?;
    queries.compared = compare.unwrap_or(queries.compared);
    if let Some(name) = distribution {
        queries.distribution = Some(queries.distribution_id(name).await?);
    }
    warm::warm(&queries, what_if).await;
    queries.check_prices().await?;
    let headline = queries.headline().await?;
    let distributions = queries.distributions().await?;
    let has_s3 = headline.s3_usd.is_some();
    let mut report = Report {
        schema: SCHEMA,
        month,
        compared_month: queries.compared,
        distribution: queries.distribution.clone(),
        headline,
        distributions,
        // Scenarios take their time: none where there are no savings that they could move.
        unknowns: if has_s3 && queries.distribution.is_none() {
            queries.unknowns().await?
        } else {
            Vec::new()
        },
        cost_items: queries.cost_items().await?,
        cost_lines: queries.cost_lines().await?,
        origin_load: queries.origin_load().await?,
        break_even: queries.break_even().await?,
        what_if: match what_if {
            Some(scenarios) => Some(queries.what_if(scenarios).await?),
            None => None,
        },
        regions: queries.regions().await?,
        days: queries.days().await?,
        cache_results: queries.cache_results().await?,
        figures: queries.figures(has_s3).await?,
        quality: queries.quality().await?,
        method: queries.method().await?,
        notes,
    };
    if let Some(distribution) = &queries.distribution {
        only::keep(&mut report, distribution);
    }
    Ok(report)
}

/// What a report is to hold.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// Name or id of the only distribution to report; `None` for all.
    pub distribution: Option<&'a str>,
    /// Remarks that the report repeats, such as which settings were assumed.
    pub notes: Vec<String>,
    /// Asks for a chapter on other ways to pay for the month: the standard ones, and these
    /// scenarios.
    pub what_if: Option<&'a [Scenario]>,
    /// The earlier month to compare with; `None` for the calendar month before, if the lake has it.
    pub compare: Option<Month>,
}

/// Queries about a month.
pub(crate) struct Queries<'a> {
    session: &'a Session,
    month: Month,
    /// The month that it is compared with.
    compared: Month,
    /// Id of the only distribution asked for.
    distribution: Option<String>,
}

impl<'a> Queries<'a> {
    pub(crate) fn new(session: &'a Session, month: Month) -> Self {
        Self {
            session,
            month,
            compared: month.previous(),
            distribution: None,
        }
    }
}

impl Queries<'_> {
    /// Runs a query in which `$month` stands for the month. A month prints digits and a dash only,
    /// so nothing from outside becomes SQL text.
    pub(crate) async fn all<T>(
        &self,
        section: &'static str,
        sql: &str,
        make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Vec<T>, ReportError> {
        self.ask(section, &self.with_month(sql), make).await
    }

    fn with_month(&self, sql: &str) -> String {
        sql.replace("$month", &format!("'{}'", self.month))
    }

    /// Runs a query as it is.
    async fn ask<T>(
        &self,
        section: &'static str,
        sql: &str,
        make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Vec<T>, ReportError> {
        let answer = self.session.ask_with(sql, &[]).await;
        let batches = answer.map_err(|source| ReportError::Query { section, source })?;
        rows(&batches, make).map_err(|source| ReportError::Answer { section, source })
    }

    /// Runs a query of `queries/report`.
    async fn figure<T>(
        &self,
        name: &'static str,
        make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<Vec<T>, ReportError> {
        let batches = self.answer(name).await?;
        rows(&batches, make).map_err(|source| ReportError::Answer {
            section: name,
            source,
        })
    }

    /// The rows of a query of `queries/report`.
    pub(crate) async fn rows(&self, name: &'static str) -> Result<Rows, ReportError> {
        let rows = Rows::read(&self.answer(name).await?);
        rows.map_err(|source| ReportError::Answer {
            section: name,
            source,
        })
    }

    async fn answer(&self, name: &'static str) -> Result<Vec<RecordBatch>, ReportError> {
        let sql =
            query(name).map_or_else(String::new, |query| query.sql(self.month, self.compared));
        let only = self.distribution.as_deref().unwrap_or_default();
        let params: &[(&str, &str)] = if sql.contains("$distribution") {
            &[("distribution", only)]
        } else {
            &[]
        };
        let answer = self.session.ask_with(&sql, params).await;
        answer.map_err(|source| ReportError::Query {
            section: name,
            source,
        })
    }

    /// Runs a query of `queries/report` whose answer is one row.
    pub(crate) async fn single<T>(
        &self,
        section: &'static str,
        make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<T, ReportError> {
        let mut all = self.figure(section, make).await?;
        match (all.pop(), all.len()) {
            (Some(row), 0) => Ok(row),
            (row, more) => Err(ReportError::Answer {
                section,
                source: ColumnError {
                    column: "*".to_owned(),
                    problem: format!(
                        "has {} rows where one is needed",
                        more + usize::from(row.is_some())
                    ),
                },
            }),
        }
    }

    /// The id of a distribution given by id or name.
    async fn distribution_id(&self, given: &str) -> Result<String, ReportError> {
        let sql = "SELECT distribution, name FROM monthly_traffic WHERE month = $month
            ORDER BY distribution";
        let known = self
            .all("distributions", sql, |row| {
                Ok((row.text("distribution")?, row.text("name")?))
            })
            .await?;
        let is_it = |(id, name): &&(String, String)| id == given || name == given;
        match known.iter().find(is_it) {
            Some((id, _)) => Ok(id.clone()),
            None => Err(ReportError::UnknownDistribution {
                given: given.to_owned(),
                known: known.into_iter().map(|(_, name)| name).collect(),
            }),
        }
    }

    /// The figures that the model has no type of its own for.
    async fn figures(&self, has_s3: bool) -> Result<Figures, ReportError> {
        let mut figures = Vec::new();
        for Query { name, .. } in FIGURES {
            // Scenarios take their time: none where there are no savings that they could move.
            if *name == "savings_intervals" && !has_s3 {
                figures.push((*name, Rows::default()));
                continue;
            }
            let rows = self.rows(name).await?;
            figures.push((*name, rows));
        }
        Ok(Figures::new(figures))
    }

    async fn month_names(&self) -> Result<Vec<String>, ReportError> {
        let sql = "SELECT month FROM months ORDER BY month";
        self.all("months", sql, |row| row.text("month")).await
    }

    /// The months that the lake holds, in order.
    pub(crate) async fn months(&self) -> Result<Vec<Month>, ReportError> {
        let names = self.month_names().await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether the lake has the month, and an earlier month to compare with that was asked for.
    pub(crate) async fn check_month(&self, compare: Option<Month>) -> Result<(), ReportError> {
        let available = self.month_names().await?;
        let month = self.month.to_string();
        if available.contains(&month) {
            return self.check_compared(compare, available);
        }
        Err(ReportError::UnknownMonth {
            nearest: nearest(self.month, &available),
            month,
            available,
        })
    }

    fn check_compared(
        &self,
        compare: Option<Month>,
        mut available: Vec<String>,
    ) -> Result<(), ReportError> {
        let Some(compared) = compare else {
            return Ok(());
        };
        let month = self.month.to_string();
        // Months of four digits sort as text.
        available.retain(|other| *other < month);
        let compared = compared.to_string();
        if available.contains(&compared) {
            return Ok(());
        }
        Err(ReportError::NotComparable {
            month,
            compared,
            earlier: available,
        })
    }

    pub(crate) async fn check_prices(&self) -> Result<(), ReportError> {
        let sql = "SELECT side, item, region, unit, quantity FROM unpriced_usage
            WHERE month = $month
            ORDER BY side, item, region";
        let unpriced = |row: &Row<'_>| {
            Ok(UnpricedRow {
                side: row.text("side")?,
                item: row.text("item")?,
                region: row.text("region")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
            })
        };
        let rows = self.all("unpriced usage", sql, unpriced).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let month = self.month.to_string();
        Err(ReportError::Unpriced { month, rows })
    }

    async fn headline(&self) -> Result<Headline, ReportError> {
        let mut headline = self
            .single("headline", |row| {
                Ok(Headline {
                    egress_bytes: row.int("egress_bytes")?,
                    requests: row.int("requests")?,
                    request_hit_ratio: row.optional_decimal("request_hit_ratio")?,
                    byte_hit_ratio: row.optional_decimal("byte_hit_ratio")?,
                    cloudfront_usd: row.decimal("cloudfront_usd")?,
                    cloudfront_s3_usd: row.decimal("cloudfront_s3_usd")?,
                    s3_usd: row.optional_decimal("s3_usd")?,
                    savings_usd: row.optional_decimal("savings_usd")?,
                    savings_ratio: row.optional_decimal("savings_ratio")?,
                    savings_low_usd: None,
                    savings_high_usd: None,
                })
            })
            .await?;
        if headline.savings_usd.is_some() {
            let range = self.savings_range().await?;
            (headline.savings_low_usd, headline.savings_high_usd) = range;
        }
        Ok(headline)
    }

    async fn distributions(&self) -> Result<Vec<Distribution>, ReportError> {
        self.figure("distributions", |row| {
            Ok(Distribution {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                origin: row.text("origin")?,
                bucket_region: row.optional_text("bucket_region")?,
                price_class: row.text("price_class")?,
                storage_class: row.optional_text("storage_class")?,
                plan: row.optional_text("plan")?,
                is_configured: row.flag("is_configured")?,
                egress_bytes: row.int("egress_bytes")?,
                requests: row.int("requests")?,
                request_hit_ratio: row.optional_decimal("request_hit_ratio")?,
                byte_hit_ratio: row.optional_decimal("byte_hit_ratio")?,
                cloudfront_usd: row.decimal("cloudfront_usd")?,
                s3_usd: row.optional_decimal("s3_usd")?,
                savings_usd: row.optional_decimal("savings_usd")?,
                savings_ratio: row.optional_decimal("savings_ratio")?,
                egress_savings_usd: row.optional_decimal("egress_savings_usd")?,
                request_savings_usd: row.optional_decimal("request_savings_usd")?,
                reason: row.optional_text("reason")?,
            })
        })
        .await
    }

    async fn regions(&self) -> Result<Vec<Region>, ReportError> {
        self.figure("regions", |row| {
            Ok(Region {
                region: row.text("region")?,
                egress_bytes: row.int("egress_bytes")?,
                requests: row.int("requests")?,
                egress_share: row.optional_decimal("egress_share")?,
            })
        })
        .await
    }

    async fn days(&self) -> Result<Vec<Day>, ReportError> {
        self.figure("daily", |row| {
            Ok(Day {
                date: row.date("date")?,
                egress_bytes: row.int("egress_bytes")?,
                requests: row.int("requests")?,
                request_hit_ratio: row.optional_decimal("request_hit_ratio")?,
            })
        })
        .await
    }

    async fn cache_results(&self) -> Result<Vec<CacheResult>, ReportError> {
        self.figure("cache_results", |row| {
            Ok(CacheResult {
                cache_result: row.text("cache_result")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("egress_bytes")?,
                request_share: row.optional_decimal("request_share")?,
                egress_share: row.optional_decimal("egress_share")?,
            })
        })
        .await
    }
}

/// The month of `available` nearest to `wanted`; of two, the earlier.
fn nearest(wanted: Month, available: &[String]) -> Option<String> {
    let index = |month: Month| i32::from(month.year()) * 12 + i32::from(month.month());
    available
        .iter()
        .filter_map(|text| Some((text.parse::<Month>().ok()?, text)))
        .min_by_key(|(month, _)| (index(*month).abs_diff(index(wanted)), *month))
        .map(|(_, text)| text.clone())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_nearest_month() {
        let months = ["2026-09", "2026-12"].map(str::to_owned);
        for (wanted, found) in [
            ("2020-01", Some("2026-09")),
            ("2026-10", Some("2026-09")),
            ("2026-11", Some("2026-12")),
            ("2030-01", Some("2026-12")),
        ] {
            let nearest = nearest(wanted.parse().unwrap(), &months);
            assert_eq!(nearest.as_deref(), found, "{wanted}");
        }
        let evenly = ["2026-09", "2026-11"].map(str::to_owned);
        assert_eq!(
            nearest("2026-10".parse().unwrap(), &evenly).as_deref(),
            Some("2026-09")
        );
        assert_eq!(nearest("2026-10".parse().unwrap(), &[]), None);
    }
}
