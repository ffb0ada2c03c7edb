//! What was paid for, how sure the savings are, and where CloudFront pays.

use edgeledger_rates::Decimal;

use super::{Queries, ReportError};
use crate::model::{BreakEven, CostItem, CostLine, OriginLoad, Unknown};

impl Queries<'_> {
    /// Whether any distribution has an S3 origin; an error is told by whoever asks for more.
    pub(super) async fn has_s3(&self) -> bool {
        let sql = "SELECT distribution FROM distributions WHERE origin = 's3' LIMIT 1";
        let found = self.all("distributions", sql, |row| row.text("distribution"));
        found.await.is_ok_and(|found| !found.is_empty())
    }

    /// The lower and the higher end of the savings, as the view `savings_range` has them. That view
    /// does not hand the month on to the scenarios, which would be computed a second time for all
    /// months.
    pub(super) async fn savings_range(
        &self,
    ) -> Result<(Option<Decimal>, Option<Decimal>), ReportError> {
        let sql = "SELECT
                CAST(h.savings_usd + u.losses_usd AS DECIMAL(20, 2)) AS low_usd,
                CAST(h.savings_usd + u.gains_usd AS DECIMAL(20, 2)) AS high_usd
            FROM headline h
            CROSS JOIN (
                SELECT sum(least(change_usd, 0)) AS losses_usd,
                    sum(greatest(change_usd, 0)) AS gains_usd
                FROM savings_unknowns WHERE month = $month
            ) u
            WHERE h.month = $month";
        self.one("savings range", sql, |row| {
            Ok((
                row.optional_decimal("low_usd")?,
                row.optional_decimal("high_usd")?,
            ))
        })
        .await
    }

    pub(super) async fn unknowns(&self) -> Result<Vec<Unknown>, ReportError> {
        let sql = "SELECT u.unknown, u.change_usd,
                CAST(h.savings_usd + least(u.change_usd, 0) AS DECIMAL(20, 2)) AS low_usd,
                CAST(h.savings_usd + greatest(u.change_usd, 0) AS DECIMAL(20, 2)) AS high_usd
            FROM savings_unknowns u
            JOIN headline h ON h.month = u.month
            WHERE u.month = $month AND h.month = $month
            ORDER BY abs(u.change_usd) DESC, u.unknown";
        self.all("unknowns", sql, |row| {
            Ok(Unknown {
                unknown: row.text("unknown")?,
                change_usd: row.decimal("change_usd")?,
                low_usd: row.decimal("low_usd")?,
                high_usd: row.decimal("high_usd")?,
            })
        })
        .await
    }

    pub(super) async fn cost_items(&self) -> Result<Vec<CostItem>, ReportError> {
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

    pub(super) async fn cost_lines(&self) -> Result<Vec<CostLine>, ReportError> {
        let sql = "SELECT side, item, region, protocol, storage_class, unit, quantity, usd
            FROM cost_lines WHERE month = $month
            ORDER BY side, item, region, protocol, storage_class";
        self.all("cost by region", sql, |row| {
            Ok(CostLine {
                side: row.text("side")?,
                item: row.text("item")?,
                region: row.text("region")?,
                protocol: row.text("protocol")?,
                storage_class: row.text("storage_class")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
                usd_exact: row.decimal("usd")?,
            })
        })
        .await
    }

    pub(super) async fn origin_load(&self) -> Result<Vec<OriginLoad>, ReportError> {
        let sql = "SELECT distribution, name, requests, response_bytes, kept_off_requests,
                kept_off_bytes,
                CAST(CAST(kept_off_requests AS DECIMAL(26, 6)) / nullif(requests, 0)
                    AS DECIMAL(9, 6)) AS kept_off_ratio,
                CAST(CAST(kept_off_bytes AS DECIMAL(26, 6)) / nullif(response_bytes, 0)
                    AS DECIMAL(9, 6)) AS kept_off_byte_ratio,
                peak_requests, peak_origin_requests, peak_kept_off_requests,
                coalesce(cloudfront_usd, 0) AS cloudfront_usd
            FROM origin_load WHERE month = $month
            ORDER BY requests DESC, distribution";
        self.all("origin load", sql, |row| {
            Ok(OriginLoad {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("response_bytes")?,
                kept_off_requests: row.int("kept_off_requests")?,
                kept_off_bytes: row.int("kept_off_bytes")?,
                kept_off_ratio: row.optional_decimal("kept_off_ratio")?,
                kept_off_byte_ratio: row.optional_decimal("kept_off_byte_ratio")?,
                peak_requests: row.int("peak_requests")?,
                peak_origin_requests: row.int("peak_origin_requests")?,
                peak_kept_off_requests: row.int("peak_kept_off_requests")?,
                cloudfront_usd: row.decimal("cloudfront_usd")?,
            })
        })
        .await
    }

    /// The pairs of regions that carried traffic of S3's.
    pub(super) async fn break_even(&self) -> Result<Vec<BreakEven>, ReportError> {
        let sql = "WITH carried AS (
                SELECT region, bucket_region, storage_class,
                    sum(response_bytes) AS response_bytes, sum(requests) AS requests
                FROM usage
                WHERE month = $month AND origin = 's3'
                GROUP BY region, bucket_region, storage_class
            )
            SELECT c.region, c.bucket_region, c.storage_class, c.response_bytes, c.requests,
                c.response_bytes / c.requests AS average_bytes, b.verdict, b.break_even_bytes
            FROM carried c
            JOIN break_even b
                ON b.region = c.region AND b.bucket_region = c.bucket_region
                AND b.storage_class = c.storage_class
            WHERE b.month = $month
            ORDER BY c.response_bytes DESC, c.region, c.bucket_region, c.storage_class";
        self.all("break-even", sql, |row| {
            Ok(BreakEven {
                region: row.text("region")?,
                bucket_region: row.text("bucket_region")?,
                storage_class: row.text("storage_class")?,
                egress_bytes: row.int("response_bytes")?,
                requests: row.int("requests")?,
                average_bytes: row.int("average_bytes")?,
                verdict: row.text("verdict")?,
                break_even_bytes: row.optional_int("break_even_bytes")?,
            })
        })
        .await
    }
}
