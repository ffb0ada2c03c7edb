//! Filling the model from the views: every number comes out of a query that anyone can run.

mod money;
mod quality;
mod warm;
mod what_if;

use edgeledger_query::Session;
use edgeledger_rates::Month;

pub use self::what_if::Scenario;
use crate::{
    ColumnError, ReportError, UnpricedRow,
    model::{CacheResult, Day, Distribution, Headline, Region, Report, SCHEMA},
    rows::{Row, rows},
};

/// The report of a month. `notes` are remarks that the report repeats, such as which settings were
/// assumed. With `what_if` the report holds a chapter on other ways to pay for the month: the
/// standard ones, and these scenarios.
///
/// # Errors
/// When the lake holds no requests of the month, when a part of them has no price, or when a query
/// fails.
pub async fn build(
    session: &Session,
    month: Month,
    notes: Vec<String>,
    what_if: Option<&[Scenario]>,
) -> Result<Report, ReportError> {
    let queries = Queries { session, month };
    queries.check_month().await?;
    warm::warm(&queries, what_if).await;
    queries.check_prices().await?;
    let headline = queries.headline().await?;
    let has_s3 = headline.s3_usd.is_some();
    Ok(Report {
        schema: SCHEMA,
        month,
        headline,
        distributions: queries.distributions().await?,
        // Scenarios take their time: none where there are no savings that they could move.
        unknowns: if has_s3 {
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
        quality: queries.quality().await?,
        method: queries.method().await?,
        notes,
    })
}

/// Queries about a month.
pub(crate) struct Queries<'a> {
    session: &'a Session,
    month: Month,
}

impl<'a> Queries<'a> {
    pub(crate) fn new(session: &'a Session, month: Month) -> Self {
        Self { session, month }
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
        let answer = self.session.query(sql).await;
        let batches = answer.map_err(|source| ReportError::Query { section, source })?;
        rows(&batches, make).map_err(|source| ReportError::Answer { section, source })
    }

    pub(crate) async fn one<T>(
        &self,
        section: &'static str,
        sql: &str,
        make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
    ) -> Result<T, ReportError> {
        let mut all = self.all(section, sql, make).await?;
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

    pub(crate) async fn check_month(&self) -> Result<(), ReportError> {
        let sql = "SELECT month FROM months ORDER BY month";
        let available = self.all("months", sql, |row| row.text("month")).await?;
        let month = self.month.to_string();
        if available.contains(&month) {
            return Ok(());
        }
        Err(ReportError::UnknownMonth {
            nearest: nearest(self.month, &available),
            month,
            available,
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
        let sql = "SELECT requests, response_bytes, request_hit_ratio, byte_hit_ratio,
                cloudfront_usd, cloudfront_s3_usd, s3_usd, savings_usd, savings_ratio
            FROM headline WHERE month = $month";
        let mut headline = self
            .one("headline", sql, |row| {
                Ok(Headline {
                    egress_bytes: row.int("response_bytes")?,
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
        // Left joins: a distribution that lacks a cost must fail here, not go missing.
        let sql = "SELECT t.distribution, t.name, t.origin, t.bucket_region, d.price_class,
                CASE t.origin WHEN 's3' THEN d.storage_class END AS storage_class, d.plan,
                d.is_configured, t.response_bytes, t.requests, h.request_hit_ratio,
                h.byte_hit_ratio, s.cloudfront_usd, s.s3_usd, s.savings_usd, s.savings_ratio,
                CASE t.origin WHEN 's3' THEN s.egress_savings_usd END AS egress_savings_usd,
                CASE t.origin WHEN 's3' THEN s.request_savings_usd END AS request_savings_usd,
                s.reason
            FROM monthly_traffic t
            LEFT JOIN distributions d ON d.distribution = t.distribution
            LEFT JOIN hit_ratio h ON h.month = t.month AND h.distribution = t.distribution
            LEFT JOIN savings s ON s.month = t.month AND s.distribution = t.distribution
            WHERE t.month = $month
            ORDER BY t.response_bytes DESC, t.distribution";
        self.all("distributions", sql, |row| {
            Ok(Distribution {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                origin: row.text("origin")?,
                bucket_region: row.optional_text("bucket_region")?,
                price_class: row.text("price_class")?,
                storage_class: row.optional_text("storage_class")?,
                plan: row.optional_text("plan")?,
                is_configured: row.flag("is_configured")?,
                egress_bytes: row.int("response_bytes")?,
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
        let sql = "SELECT region, sum(response_bytes) AS response_bytes, sum(requests) AS requests,
                CAST(CAST(sum(response_bytes) AS DECIMAL(26, 6))
                    / nullif(sum(sum(response_bytes)) OVER (), 0) AS DECIMAL(9, 6)) AS egress_share
            FROM regional_traffic WHERE month = $month
            GROUP BY region
            ORDER BY response_bytes DESC, region";
        self.all("regions", sql, |row| {
            Ok(Region {
                region: row.text("region")?,
                egress_bytes: row.int("response_bytes")?,
                requests: row.int("requests")?,
                egress_share: row.optional_decimal("egress_share")?,
            })
        })
        .await
    }

    async fn days(&self) -> Result<Vec<Day>, ReportError> {
        let sql = "SELECT date, sum(response_bytes) AS response_bytes, sum(requests) AS requests,
                CAST(CAST(sum(hit_requests) AS DECIMAL(20, 6)) / nullif(sum(ratio_requests), 0)
                    AS DECIMAL(9, 6)) AS request_hit_ratio
            FROM daily_traffic WHERE month = $month
            GROUP BY date
            ORDER BY date";
        self.all("daily traffic", sql, |row| {
            Ok(Day {
                date: row.date("date")?,
                egress_bytes: row.int("response_bytes")?,
                requests: row.int("requests")?,
                request_hit_ratio: row.optional_decimal("request_hit_ratio")?,
            })
        })
        .await
    }

    async fn cache_results(&self) -> Result<Vec<CacheResult>, ReportError> {
        let sql = "SELECT cache_result, sum(requests) AS requests,
                sum(response_bytes) AS response_bytes,
                CAST(CAST(sum(requests) AS DECIMAL(26, 6))
                    / nullif(sum(sum(requests)) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
                CAST(CAST(sum(response_bytes) AS DECIMAL(26, 6))
                    / nullif(sum(sum(response_bytes)) OVER (), 0) AS DECIMAL(9, 6)) AS egress_share
            FROM cache_results WHERE month = $month
            GROUP BY cache_result
            ORDER BY requests DESC, cache_result";
        self.all("cache results", sql, |row| {
            Ok(CacheResult {
                cache_result: row.text("cache_result")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("response_bytes")?,
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
