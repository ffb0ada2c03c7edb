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

    /// The lower and the higher end of the savings.
    pub(super) async fn savings_range(
        &self,
    ) -> Result<(Option<Decimal>, Option<Decimal>), ReportError> {
        self.single("savings_range", |row| {
            Ok((
                row.optional_decimal("savings_low_usd")?,
                row.optional_decimal("savings_high_usd")?,
            ))
        })
        .await
    }

    pub(super) async fn unknowns(&self) -> Result<Vec<Unknown>, ReportError> {
        self.figure("unknowns", |row| {
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
        self.figure("cost_items", |row| {
            Ok(CostItem {
                side: row.text("side")?,
                item: row.text("item")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
                usd_exact: row.decimal("usd_exact")?,
            })
        })
        .await
    }

    pub(super) async fn cost_lines(&self) -> Result<Vec<CostLine>, ReportError> {
        self.figure("cost_lines", |row| {
            Ok(CostLine {
                side: row.text("side")?,
                item: row.text("item")?,
                region: row.text("region")?,
                protocol: row.text("protocol")?,
                storage_class: row.text("storage_class")?,
                unit: row.text("unit")?,
                quantity: row.int("quantity")?,
                usd_exact: row.decimal("usd_exact")?,
            })
        })
        .await
    }

    pub(super) async fn origin_load(&self) -> Result<Vec<OriginLoad>, ReportError> {
        self.figure("origin_load", |row| {
            Ok(OriginLoad {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("egress_bytes")?,
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
        self.figure("break_even", |row| {
            Ok(BreakEven {
                region: row.text("region")?,
                bucket_region: row.text("bucket_region")?,
                storage_class: row.text("storage_class")?,
                egress_bytes: row.int("egress_bytes")?,
                requests: row.int("requests")?,
                average_bytes: row.int("average_bytes")?,
                verdict: row.text("verdict")?,
                break_even_bytes: row.optional_int("break_even_bytes")?,
            })
        })
        .await
    }
}
