//! What the numbers of a report rest on.

use edgeledger_rates::Decimal;
use serde::Serialize;

use crate::json::exact;

/// What the numbers rest on. Covers log objects of the month and those whose names tell no hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Whether every listed object was read: none quarantined, none vanished.
    pub complete: bool,
    /// What changed the month after it could first be reported whole; `None` when nothing did.
    pub restated: Option<Restatement>,
    /// All objects.
    pub totals: ObjectTotals,
    /// Objects by what became of them.
    pub objects: Vec<ObjectsByStatus>,
    /// Objects with rejected rows, most rejects first.
    pub rejected_objects: Vec<RejectedObject>,
    /// Objects that are not counted: quarantined, vanished or skipped.
    pub excluded_objects: Vec<ExcludedObject>,
    /// Hours with and without logs, by distribution.
    pub coverage: Vec<Coverage>,
    /// Edge codes that no list knows, most egress first.
    pub unknown_edges: Vec<UnknownEdge>,
    /// Bucket regions whose S3 read prices are not on the price card.
    pub assumed_s3_get_prices: Vec<AssumedPrice>,
    /// Regions whose price of another item is not on the price card.
    pub assumed_item_prices: Vec<AssumedItemPrice>,
}

/// What changed a month after it could first be reported whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restatement {
    /// When it could first be reported whole, `YYYY-MM-DDTHH:MM:SSZ`.
    pub first_closed_ingest_at: String,
    /// Objects that came, or came with other bytes, more than 24 hours after that.
    pub late_objects: i64,
    /// Their rows in the lake.
    pub late_rows: i64,
    /// When the last of them came; `None` when there are none.
    pub last_ingested_at: Option<String>,
    /// Rows of the month that were removed on purpose.
    pub forgotten_rows: i64,
}

/// Sums over all log objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectTotals {
    /// Objects.
    pub objects: i64,
    /// Those of `objects` whose names tell no hour; they are counted in every month's report.
    pub unnamed_objects: i64,
    /// Bytes as stored, compressed.
    pub size_bytes: i64,
    /// Rows in the lake.
    pub rows: i64,
    /// Rows rejected.
    pub rejected_rows: i64,
    /// Rows removed on purpose (retention, erasure); they are not lost, and not counted here.
    pub forgotten_rows: i64,
}

/// Log objects that fared alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectsByStatus {
    /// `ingested`, `empty`, `quarantined`, `skipped`, `vanished` or `forgotten`.
    pub status: String,
    /// Objects.
    pub objects: i64,
    /// Bytes as stored, compressed.
    pub size_bytes: i64,
    /// Rows in the lake.
    pub rows: i64,
    /// Rows rejected.
    pub rejected_rows: i64,
}

/// A log object with rejected rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedObject {
    /// Full address of the object in S3; of a local file its name, as a report may leave the machine.
    pub key: String,
    /// Its last part.
    pub name: String,
    /// What became of it.
    pub status: String,
    /// Rows in the lake.
    pub rows: i64,
    /// Rows rejected.
    pub rejected_rows: i64,
    /// The first reject, if the lake kept it.
    pub first_reject: Option<Reject>,
}

/// A rejected row. Its text stays in the lake: it can hold addresses of viewers, and reports are
/// passed around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Line in the uncompressed object, from 1; `None` when not recorded.
    pub line: Option<i64>,
    /// Offset in the uncompressed object, from 0; `None` when not recorded.
    pub byte_offset: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A log object that is not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExcludedObject {
    /// Full address of the object in S3; of a local file its name, as a report may leave the machine.
    pub key: String,
    /// Its last part.
    pub name: String,
    /// `quarantined`, `vanished` or `skipped`.
    pub status: String,
    /// Why, if recorded.
    pub reason: Option<String>,
    /// Bytes as stored, compressed.
    pub size_bytes: i64,
}

/// Hours of the month with and without logged requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Id of the distribution.
    pub distribution: String,
    /// Its name.
    pub name: String,
    /// Hours in the month.
    pub hours_in_month: i64,
    /// Hours with logged requests.
    pub hours_with_logs: i64,
    /// The other hours.
    pub hours_without_logs: i64,
    /// Longest run of hours without, between two hours with.
    pub longest_gap_hours: i64,
    /// First hour with, `YYYY-MM-DDTHH:MM:SSZ`.
    pub first_hour: String,
    /// Last hour with, `YYYY-MM-DDTHH:MM:SSZ`.
    pub last_hour: String,
}

/// An edge code that no list knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownEdge {
    /// As logged; `-` when not logged.
    pub edge_code: String,
    /// The region it is billed as: the dearest of the price class.
    pub billed_as: String,
    /// Requests.
    pub requests: i64,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
}

/// An S3 read price that no card has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssumedPrice {
    /// Region of the bucket.
    pub bucket_region: String,
    /// Storage class of the objects.
    pub storage_class: String,
    /// USD per request: the dearest that the cards know.
    #[serde(serialize_with = "exact")]
    pub usd_per_request: Decimal,
    /// USD per 2^30 bytes retrieved: the dearest that the cards know.
    #[serde(serialize_with = "exact")]
    pub usd_per_gb: Decimal,
}

/// A price of an item besides traffic that no card has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssumedItemPrice {
    /// The item, such as `origin-shield`.
    pub item: String,
    /// The region without a price.
    pub region: String,
    /// USD per unit: the dearest that the cards know.
    #[serde(serialize_with = "exact")]
    pub usd_per_unit: Decimal,
}
