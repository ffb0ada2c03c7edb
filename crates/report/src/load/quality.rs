//! What the numbers rest on, and how they came about.

use super::{Queries, ReportError};
use crate::model::{
    AssumedItemPrice, AssumedPrice, Card, Coverage, ExcludedObject, Method, ObjectTotals,
    ObjectsByStatus, Quality, Reject, RejectedObject, Restatement, UnknownEdge,
};

impl Queries<'_> {
    /// Whether every listed log object of the month was read.
    pub(crate) async fn is_complete(&self) -> Result<bool, ReportError> {
        Ok(!self.objects().await?.iter().any(is_lost))
    }

    pub(super) async fn quality(&self) -> Result<Quality, ReportError> {
        let objects = self.objects().await?;
        Ok(Quality {
            complete: !objects.iter().any(is_lost),
            restated: self.restated().await?,
            totals: self.object_totals().await?,
            objects,
            rejected_objects: self.rejected_objects().await?,
            excluded_objects: self.excluded_objects().await?,
            coverage: self.coverage().await?,
            unknown_edges: self.unknown_edges().await?,
            assumed_s3_get_prices: self.assumed_s3_get_prices().await?,
            assumed_item_prices: self.assumed_item_prices().await?,
        })
    }

    async fn restated(&self) -> Result<Option<Restatement>, ReportError> {
        let mut rows = self
            .figure("restated", |row| {
                Ok(Restatement {
                    first_closed_ingest_at: row.time("first_closed_ingest_at")?,
                    late_objects: row.int("late_objects")?,
                    late_rows: row.int("late_rows")?,
                    last_ingested_at: row.optional_time("last_ingested_at")?,
                    forgotten_rows: row.int("forgotten_rows")?,
                })
            })
            .await?;
        Ok(rows.pop())
    }

    async fn object_totals(&self) -> Result<ObjectTotals, ReportError> {
        self.single("object_totals", |row| {
            Ok(ObjectTotals {
                objects: row.int("objects")?,
                unnamed_objects: row.int("unnamed_objects")?,
                size_bytes: row.int("size_bytes")?,
                rows: row.int("rows")?,
                rejected_rows: row.int("rejected_rows")?,
                forgotten_rows: row.int("forgotten_rows")?,
            })
        })
        .await
    }

    async fn objects(&self) -> Result<Vec<ObjectsByStatus>, ReportError> {
        self.figure("quality", |row| {
            Ok(ObjectsByStatus {
                status: row.text("status")?,
                objects: row.int("objects")?,
                size_bytes: row.int("size_bytes")?,
                rows: row.int("rows")?,
                rejected_rows: row.int("rejected_rows")?,
            })
        })
        .await
    }

    async fn rejected_objects(&self) -> Result<Vec<RejectedObject>, ReportError> {
        self.figure("rejected_objects", |row| {
            Ok(RejectedObject {
                key: row.text("key")?,
                name: row.text("name")?,
                status: row.text("status")?,
                rows: row.int("rows")?,
                rejected_rows: row.int("rejected_rows")?,
                first_reject: row
                    .optional_text("first_rejects")?
                    .and_then(|json| first_reject(&json)),
            })
        })
        .await
    }

    async fn excluded_objects(&self) -> Result<Vec<ExcludedObject>, ReportError> {
        self.figure("excluded_objects", |row| {
            Ok(ExcludedObject {
                key: row.text("key")?,
                name: row.text("name")?,
                status: row.text("status")?,
                reason: row.optional_text("reason")?,
                size_bytes: row.int("size_bytes")?,
            })
        })
        .await
    }

    async fn coverage(&self) -> Result<Vec<Coverage>, ReportError> {
        self.figure("coverage", |row| {
            Ok(Coverage {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                hours_in_month: row.int("hours_in_month")?,
                hours_with_logs: row.int("hours_with_logs")?,
                hours_without_logs: row.int("hours_without_logs")?,
                longest_gap_hours: row.int("longest_gap_hours")?,
                first_hour: row.time("first_hour")?,
                last_hour: row.time("last_hour")?,
            })
        })
        .await
    }

    async fn unknown_edges(&self) -> Result<Vec<UnknownEdge>, ReportError> {
        self.figure("unknown_edges", |row| {
            Ok(UnknownEdge {
                edge_code: row.text("edge_code")?,
                billed_as: row.text("billed_as")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("egress_bytes")?,
            })
        })
        .await
    }

    async fn assumed_s3_get_prices(&self) -> Result<Vec<AssumedPrice>, ReportError> {
        self.figure("assumed_s3_get_prices", |row| {
            Ok(AssumedPrice {
                bucket_region: row.text("bucket_region")?,
                storage_class: row.text("storage_class")?,
                usd_per_request: row.decimal("usd_per_request")?,
                usd_per_gb: row.decimal("usd_per_gb")?,
            })
        })
        .await
    }

    async fn assumed_item_prices(&self) -> Result<Vec<AssumedItemPrice>, ReportError> {
        self.figure("assumed_item_prices", |row| {
            Ok(AssumedItemPrice {
                item: row.text("item")?,
                region: row.text("region")?,
                usd_per_unit: row.decimal("usd_per_unit")?,
            })
        })
        .await
    }

    pub(super) async fn method(&self) -> Result<Method, ReportError> {
        let price_cards = self.price_cards().await?;
        self.single("settings", |row| {
            Ok(Method {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                hit_ratio: row.text("hit_ratio")?,
                cloudfront_free_tier: row.flag("cloudfront_free_tier")?,
                s3_free_tier: row.flag("s3_free_tier")?,
                s3_free_tier_method: row.text("s3_free_tier_method")?,
                allocation: row.text("allocation")?,
                cloudfront_discount: row.decimal("cloudfront_discount")?,
                price_cards: price_cards.clone(),
            })
        })
        .await
    }

    async fn price_cards(&self) -> Result<Vec<Card>, ReportError> {
        self.figure("price_cards", |row| {
            Ok(Card {
                service: row.text("service")?,
                card: row.text("card")?,
                valid_from: row.text("valid_from")?,
                valid_until: row.optional_text("valid_until")?,
            })
        })
        .await
    }
}

/// Whether requests are missing because of these log objects.
fn is_lost(row: &ObjectsByStatus) -> bool {
    matches!(row.status.as_str(), "quarantined" | "vanished") && row.objects > 0
}

/// The first of a JSON list of rejects; `None` when the list is empty or of another shape.
fn first_reject(json: &str) -> Option<Reject> {
    let list: serde_json::Value = serde_json::from_str(json).ok()?;
    let first = list.get(0)?;
    Some(Reject {
        line: first.get("line").and_then(serde_json::Value::as_i64),
        byte_offset: first.get("byte_offset").and_then(serde_json::Value::as_i64),
        reason: first.get("reason")?.as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Reject, first_reject};

    #[test]
    fn takes_the_first_reject_of_a_list() {
        let json = r#"[{"line": 68, "byte_offset": 20311, "reason": "field count", "preview": "x"},
            {"line": 70, "byte_offset": 21000, "reason": "date", "preview": "y"}]"#;
        assert_eq!(
            first_reject(json),
            Some(Reject {
                line: Some(68),
                byte_offset: Some(20311),
                reason: "field count".to_owned(),
            })
        );
        for other in ["[]", "", "{}", "[1]", r#"[{"line": 1}]"#] {
            assert_eq!(first_reject(other), None, "{other}");
        }
    }
}
