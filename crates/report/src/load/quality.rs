//! What the numbers rest on, and how they came about.

use super::{Queries, ReportError};
use crate::model::{
    AssumedItemPrice, AssumedPrice, Card, Coverage, ExcludedObject, Method, ObjectTotals,
    ObjectsByStatus, Quality, Reject, RejectedObject, Restatement, UnknownEdge,
};

impl Queries<'_> {
    pub(super) async fn quality(&self) -> Result<Quality, ReportError> {
        let objects = self.objects().await?;
        let is_lost = |row: &ObjectsByStatus| {
            matches!(row.status.as_str(), "quarantined" | "vanished") && row.objects > 0
        };
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
        let sql = "SELECT first_closed_ingest_at, late_objects, late_rows, last_ingested_at,
                forgotten_rows
            FROM restatements WHERE month = $month
            ORDER BY month";
        let mut rows = self
            .all("restatements", sql, |row| {
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
        let sql = "SELECT coalesce(sum(objects), 0) AS objects,
                coalesce(sum(CASE month WHEN 'unnamed' THEN objects ELSE 0 END), 0)
                    AS unnamed_objects,
                coalesce(sum(size_bytes), 0) AS size_bytes,
                coalesce(sum(rows), 0) AS rows,
                coalesce(sum(rejected_rows), 0) AS rejected_rows,
                coalesce(sum(forgotten_rows), 0) AS forgotten_rows
            FROM log_object_status WHERE month IN ($month, 'unnamed')";
        self.one("log objects", sql, |row| {
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
        let sql = "SELECT status, sum(objects) AS objects, sum(size_bytes) AS size_bytes,
                sum(rows) AS rows, sum(rejected_rows) AS rejected_rows
            FROM log_object_status WHERE month IN ($month, 'unnamed')
            GROUP BY status
            ORDER BY status";
        self.all("log objects by status", sql, |row| {
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
        let sql = "SELECT CASE WHEN key LIKE 's3://%' THEN key ELSE name END AS address, name, status, rows, rejected_rows, first_rejects
            FROM log_objects WHERE month IN ($month, 'unnamed') AND rejected_rows > 0
            ORDER BY rejected_rows DESC, key";
        self.all("rejected rows", sql, |row| {
            Ok(RejectedObject {
                key: row.text("address")?,
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
        let sql = "SELECT CASE WHEN key LIKE 's3://%' THEN key ELSE name END AS address, name, status, reason, size_bytes
            FROM log_objects
            WHERE month IN ($month, 'unnamed') AND status IN ('quarantined', 'skipped', 'vanished')
            ORDER BY status, key";
        self.all("excluded log objects", sql, |row| {
            Ok(ExcludedObject {
                key: row.text("address")?,
                name: row.text("name")?,
                status: row.text("status")?,
                reason: row.optional_text("reason")?,
                size_bytes: row.int("size_bytes")?,
            })
        })
        .await
    }

    async fn coverage(&self) -> Result<Vec<Coverage>, ReportError> {
        let sql = "SELECT distribution, name, hours_in_month, hours_with_logs, hours_without_logs,
                longest_gap_hours, first_hour, last_hour
            FROM log_coverage WHERE month = $month
            ORDER BY distribution";
        self.all("coverage", sql, |row| {
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
        let sql = "SELECT edge_code, billed_as, requests, response_bytes
            FROM unknown_edges WHERE month = $month
            ORDER BY response_bytes DESC, edge_code, billed_as";
        self.all("unknown edges", sql, |row| {
            Ok(UnknownEdge {
                edge_code: row.text("edge_code")?,
                billed_as: row.text("billed_as")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("response_bytes")?,
            })
        })
        .await
    }

    async fn assumed_s3_get_prices(&self) -> Result<Vec<AssumedPrice>, ReportError> {
        let sql = "SELECT bucket_region, storage_class, usd_per_request, usd_per_gb
            FROM s3_get_prices WHERE month = $month AND is_assumed
            ORDER BY bucket_region, storage_class";
        self.all("assumed prices", sql, |row| {
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
        let sql = "SELECT item, region, usd_per_unit
            FROM other_cost WHERE month = $month AND is_assumed AND service = 'cloudfront'
            ORDER BY item, region";
        self.all("assumed prices", sql, |row| {
            Ok(AssumedItemPrice {
                item: row.text("item")?,
                region: row.text("region")?,
                usd_per_unit: row.decimal("usd_per_unit")?,
            })
        })
        .await
    }

    pub(super) async fn method(&self) -> Result<Method, ReportError> {
        let sql = "SELECT hit_ratio, cloudfront_free_tier, s3_free_tier, s3_free_tier_method,
                allocation, cloudfront_discount
            FROM settings";
        let price_cards = self.price_cards().await?;
        self.one("settings", sql, |row| {
            Ok(Method {
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
        let tables = [
            ("cloudfront", "cloudfront_egress_prices"),
            ("cloudfront", "cloudfront_request_prices"),
            ("cloudfront", "cloudfront_origin_transfer_prices"),
            ("cloudfront", "cloudfront_allowances"),
            ("cloudfront", "cloudfront_plans"),
            ("s3", "s3_egress_prices"),
            ("s3", "s3_request_prices"),
            ("s3", "s3_allowances"),
        ];
        let parts = tables.map(|(service, table)| {
            format!(
                "SELECT '{service}' AS service, card, valid_from, valid_until FROM {table}
                WHERE valid_from <= $month AND (valid_until IS NULL OR $month < valid_until)"
            )
        });
        let sql = format!(
            "SELECT service, card, valid_from, valid_until FROM ({})
            GROUP BY service, card, valid_from, valid_until
            ORDER BY service, card, valid_from, valid_until",
            parts.join(" UNION ALL ")
        );
        self.all("price cards", &sql, |row| {
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
