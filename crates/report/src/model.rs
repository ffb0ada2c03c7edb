//! What a report says, as raw numbers. Bytes and counts are integers, money is USD, ratios run
//! from 0 to 1, days and hours are UTC. `docs/report-json.md` documents the same fields as JSON.

#![expect(
    clippy::struct_field_names,
    reason = "fields are named as the columns of the views"
)]

use edgeledger_rates::{Decimal, Month};
use serde::Serialize;

use crate::json::{as_text, cents, exact, optional_cents, optional_ratio};

/// Name and version of the JSON form.
pub const SCHEMA: &str = "edgeledger.report/1";

/// A month of traffic and money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The month (UTC).
    #[serde(serialize_with = "as_text")]
    pub month: Month,
    /// Totals of the month.
    pub headline: Headline,
    /// By distribution, most egress first.
    pub distributions: Vec<Distribution>,
    /// Cost by side and item.
    pub cost_items: Vec<CostItem>,
    /// Cost by side, item, region and protocol: the parts of `cost_items`.
    pub cost_lines: Vec<CostLine>,
    /// Egress by billing region, most first.
    pub regions: Vec<Region>,
    /// By day; days without logged requests are not listed.
    pub days: Vec<Day>,
    /// By decision of the cache, most requests first.
    pub cache_results: Vec<CacheResult>,
    /// What the numbers rest on, and what is missing.
    pub quality: Quality,
    /// How the numbers came about.
    pub method: Method,
    /// Remarks of the caller.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether every listed log object was read ([`Quality::complete`]).
    pub fn is_complete(&self) -> bool {
        self.quality.complete
    }
}

/// Totals of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Requests.
    pub requests: i64,
    /// Hits among the requests that count; `None` when none counts.
    #[serde(serialize_with = "optional_ratio")]
    pub request_hit_ratio: Option<Decimal>,
    /// The same by bytes sent.
    #[serde(serialize_with = "optional_ratio")]
    pub byte_hit_ratio: Option<Decimal>,
    /// USD, whole cents: CloudFront, all distributions.
    #[serde(serialize_with = "cents")]
    pub cloudfront_usd: Decimal,
    /// USD, whole cents: the part of `cloudfront_usd` of distributions with an S3 origin.
    #[serde(serialize_with = "cents")]
    pub cloudfront_s3_usd: Decimal,
    /// USD, whole cents: S3 serving the traffic of those; `None` when there are none.
    #[serde(serialize_with = "optional_cents")]
    pub s3_usd: Option<Decimal>,
    /// USD, whole cents: `s3_usd` − `cloudfront_s3_usd`; may be negative.
    #[serde(serialize_with = "optional_cents")]
    pub savings_usd: Option<Decimal>,
    /// `savings_usd` / `s3_usd`; `None` when S3 would have cost nothing.
    #[serde(serialize_with = "optional_ratio")]
    pub savings_ratio: Option<Decimal>,
}

/// One distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// Id.
    pub distribution: String,
    /// Name for people; the id when none is configured.
    pub name: String,
    /// `s3` or `server`.
    pub origin: String,
    /// Region of the bucket; `None` for a server.
    pub bucket_region: Option<String>,
    /// `100`, `200` or `All`.
    pub price_class: String,
    /// Whether the configuration describes it; otherwise origin and class are assumptions.
    pub is_configured: bool,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Requests.
    pub requests: i64,
    /// As in [`Headline`].
    #[serde(serialize_with = "optional_ratio")]
    pub request_hit_ratio: Option<Decimal>,
    /// As in [`Headline`].
    #[serde(serialize_with = "optional_ratio")]
    pub byte_hit_ratio: Option<Decimal>,
    /// USD, whole cents; sums to the headline's.
    #[serde(serialize_with = "cents")]
    pub cloudfront_usd: Decimal,
    /// USD, whole cents; sums to the headline's; `None` for a server.
    #[serde(serialize_with = "optional_cents")]
    pub s3_usd: Option<Decimal>,
    /// USD, whole cents: `s3_usd` − `cloudfront_usd`; may be negative; `None` for a server.
    #[serde(serialize_with = "optional_cents")]
    pub savings_usd: Option<Decimal>,
    /// `savings_usd` / `s3_usd`; `None` for a server, or when S3 would have cost nothing.
    #[serde(serialize_with = "optional_ratio")]
    pub savings_ratio: Option<Decimal>,
}

/// Cost of one item on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CostItem {
    /// `cloudfront`, or `s3` for what S3 would have cost.
    pub side: String,
    /// `egress`, `requests`, `origin_transfer` or `s3_origin_requests`.
    pub item: String,
    /// Unit of `quantity`: `bytes` or `requests`.
    pub unit: String,
    /// What the item counts, before free allowances.
    pub quantity: i64,
    /// USD with twelve decimals, not rounded to cents.
    #[serde(serialize_with = "exact")]
    pub usd_exact: Decimal,
}

/// Cost of one item in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CostLine {
    /// As in [`CostItem`].
    pub side: String,
    /// As in [`CostItem`].
    pub item: String,
    /// Billing region of CloudFront, or region of the bucket.
    pub region: String,
    /// `http` or `https` for CloudFront's requests, empty for other items.
    pub protocol: String,
    /// As in [`CostItem`].
    pub unit: String,
    /// As in [`CostItem`].
    pub quantity: i64,
    /// USD with twelve decimals, not rounded to cents.
    #[serde(serialize_with = "exact")]
    pub usd_exact: Decimal,
}

/// Traffic of one billing region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Region {
    /// CloudFront's billing region.
    pub region: String,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Requests.
    pub requests: i64,
    /// Share of all egress; `None` when there is none.
    #[serde(serialize_with = "optional_ratio")]
    pub egress_share: Option<Decimal>,
}

/// Traffic of one UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Requests.
    pub requests: i64,
    /// As in [`Headline`].
    #[serde(serialize_with = "optional_ratio")]
    pub request_hit_ratio: Option<Decimal>,
}

/// Requests that the cache decided in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheResult {
    /// As logged; `-` when not logged.
    pub cache_result: String,
    /// Requests.
    pub requests: i64,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Share of all requests.
    #[serde(serialize_with = "optional_ratio")]
    pub request_share: Option<Decimal>,
    /// Share of all egress; `None` when there is none.
    #[serde(serialize_with = "optional_ratio")]
    pub egress_share: Option<Decimal>,
}

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
    /// Bucket regions whose S3 GET price is not on the price card.
    pub assumed_s3_get_prices: Vec<AssumedPrice>,
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

/// An S3 GET price that no card has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssumedPrice {
    /// Region of the bucket.
    pub bucket_region: String,
    /// USD per request: the dearest that the cards know.
    #[serde(serialize_with = "exact")]
    pub usd_per_request: Decimal,
}

/// How the numbers came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Method {
    /// `edgeledger`, `console` or `cloudwatch`.
    pub hit_ratio: String,
    /// Whether CloudFront's always-free tier is taken off.
    pub cloudfront_free_tier: bool,
    /// Whether S3's free transfer is taken off.
    pub s3_free_tier: bool,
    /// Where it is taken off: `before_tiers` or `within_first_tier`.
    pub s3_free_tier_method: String,
    /// Price cards in force in the month.
    pub price_cards: Vec<Card>,
}

/// A price card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Card {
    /// `cloudfront` or `s3`.
    pub service: String,
    /// Its name.
    pub card: String,
    /// First month for which it holds.
    pub valid_from: String,
    /// First month for which it no longer holds; `None` while it holds.
    pub valid_until: Option<String>,
}
