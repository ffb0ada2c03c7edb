//! Filling the model from the views: every number comes out of a query that anyone can run.

mod quality;

use edgeledger_query::Session;
use edgeledger_rates::Month;

use crate::{
    ColumnError, ReportError, UnpricedRow,
    model::{
        AssumedPrice, CacheResult, Card, CostItem, CostLine, Coverage, Day, Distribution,
        ExcludedObject, Headline, Method, ObjectTotals, ObjectsByStatus, Quality, Region, Reject,
        RejectedObject, Report, Restatement, SCHEMA, UnknownEdge,
    },
    rows::{Row, rows},
};

/// The report of a month. `notes` are remarks that the report repeats, such as which settings were
/// assumed.
///
/// # Errors
/// When the lake holds no requests of the month, when a part of them has no price, or when a query
/// fails.
pub async fn build(
    session: &Session,
    month: Month,
    notes: Vec<String>,
) -> Result<Report, ReportError> {
    let queries = Queries { session, month };
    queries.check_month().await?;
    warm(session, month).await;
    queries.check_prices().await?;
    Ok(Report {
        schema: SCHEMA,
        month,
        headline: queries.headline().await?,
        distributions: queries.distributions().await?,
        cost_items: queries.cost_items().await?,
        cost_lines: queries.cost_lines().await?,
        regions: queries.regions().await?,
        days: queries.days().await?,
        cache_results: queries.cache_results().await?,
        quality: queries.quality().await?,
        method: queries.method().await?,
        notes,
    })
}

/// Has the views that sections read computed beside each other: the session keeps their rows. An
/// error shows again, and is told, in the section that reads the view.
async fn warm(session: &Session, month: Month) {
    let mut tasks = tokio::task::JoinSet::new();
    for view in [
        "headline",
        "log_coverage",
        "log_object_status",
        "restatements",
        "unpriced_usage",
        "hit_ratio",
        "regional_traffic",
        "daily_traffic",
        "cache_results",
        "monthly_traffic",
        "unknown_edges",
    ] {
        let session = session.clone();
        tasks.spawn(async move {
            // A month prints digits and a dash only.
            let sql = format!("SELECT month FROM {view} WHERE month = '{month}' LIMIT 1");
            drop(session.query(&sql).await);
        });
    }
    while tasks.join_next().await.is_some() {}
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
        let sql = sql.replace("$month", &format!("'{}'", self.month));
        let answer = self.session.query(&sql).await;
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
        let sql = "SELECT side, region, quantity AS response_bytes FROM unpriced_usage WHERE month = $month
            ORDER BY side, region";
        let unpriced = |row: &Row<'_>| {
            Ok(UnpricedRow {
                side: row.text("side")?,
                region: row.text("region")?,
                response_bytes: row.int("response_bytes")?,
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
        self.one("headline", sql, |row| {
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
            })
        })
        .await
    }

    async fn distributions(&self) -> Result<Vec<Distribution>, ReportError> {
        // Left joins: a distribution that lacks a cost must fail here, not go missing.
        let sql = "SELECT t.distribution, t.name, t.origin, t.bucket_region, d.price_class,
                d.is_configured, t.response_bytes, t.requests, h.request_hit_ratio,
                h.byte_hit_ratio, s.cloudfront_usd, s.s3_usd, s.savings_usd, s.savings_ratio
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
                is_configured: row.flag("is_configured")?,
                egress_bytes: row.int("response_bytes")?,
                requests: row.int("requests")?,
                request_hit_ratio: row.optional_decimal("request_hit_ratio")?,
                byte_hit_ratio: row.optional_decimal("byte_hit_ratio")?,
                cloudfront_usd: row.decimal("cloudfront_usd")?,
                s3_usd: row.optional_decimal("s3_usd")?,
                savings_usd: row.optional_decimal("savings_usd")?,
                savings_ratio: row.optional_decimal("savings_ratio")?,
            })
        })
        .await
    }

    async fn cost_items(&self) -> Result<Vec<CostItem>, ReportError> {
        let sql = "SELECT side, item, unit, sum(quantity) AS quantity, sum(usd) AS usd
            FROM cost_lines WHERE month = $month
            GROUP BY side, item, unit
            ORDER BY side, item, unit";
        self.all("cost by item", sql, |row| {
            Ok(CostItem {
                side: row.text("side")?,
                item: row.text("item")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
                usd_exact: row.decimal("usd")?,
            })
        })
        .await
    }

    async fn cost_lines(&self) -> Result<Vec<CostLine>, ReportError> {
        let sql = "SELECT side, item, region, protocol, unit, quantity, usd
            FROM cost_lines WHERE month = $month
            ORDER BY side, item, region, protocol";
        self.all("cost by region", sql, |row| {
            Ok(CostLine {
                side: row.text("side")?,
                item: row.text("item")?,
                region: row.text("region")?,
                protocol: row.text("protocol")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
                usd_exact: row.decimal("usd")?,
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
