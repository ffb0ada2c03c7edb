//! What a report says, as raw numbers. Bytes and counts are integers, money is USD, ratios run
//! from 0 to 1, days and hours are UTC. `docs/report-json.md` documents the same fields as JSON.

#![expect(
    clippy::struct_field_names,
    reason = "fields are named as the columns of the views"
)]

mod quality;
mod what_if;

use edgeledger_rates::{Decimal, Month};
use serde::Serialize;

pub use self::{
    quality::{
        AssumedItemPrice, AssumedPrice, Coverage, ExcludedObject, ObjectTotals, ObjectsByStatus,
        Quality, Reject, RejectedObject, Restatement, UnknownEdge,
    },
    what_if::{Offer, PlanOption, WhatIf},
};
use crate::figures::Figures;
use crate::json::{as_text, cents, exact, optional_cents, optional_ratio, ratio};

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
    /// The month that it is compared with; it may have no requests.
    #[serde(serialize_with = "as_text")]
    pub compared_month: Month,
    /// The only distribution that the report is about; `None` for all.
    pub distribution: Option<String>,
    /// Totals of the month.
    pub headline: Headline,
    /// By distribution, most egress first.
    pub distributions: Vec<Distribution>,
    /// What logs cannot tell, and how far it could move the savings; empty without an S3 side.
    pub unknowns: Vec<Unknown>,
    /// Cost by side and item.
    pub cost_items: Vec<CostItem>,
    /// Cost by side, item, region, protocol and storage class: the parts of `cost_items`.
    pub cost_lines: Vec<CostLine>,
    /// What was kept off servers, by distribution with a server origin.
    pub origin_load: Vec<OriginLoad>,
    /// From what object size on CloudFront pays, by the regions that carried traffic, most egress
    /// first.
    pub break_even: Vec<BreakEven>,
    /// The month under other settings, plans and providers; `None` when not asked for.
    pub what_if: Option<WhatIf>,
    /// Egress by billing region, most first.
    pub regions: Vec<Region>,
    /// By day; days without logged requests are not listed.
    pub days: Vec<Day>,
    /// By decision of the cache, most requests first.
    pub cache_results: Vec<CacheResult>,
    /// Everything else, by the names of the queries in `queries/report`.
    #[serde(flatten)]
    pub figures: Figures,
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
    /// USD, whole cents: `savings_usd` with every loss of [`Unknown`].
    #[serde(serialize_with = "optional_cents")]
    pub savings_low_usd: Option<Decimal>,
    /// USD, whole cents: `savings_usd` with every gain of [`Unknown`].
    #[serde(serialize_with = "optional_cents")]
    pub savings_high_usd: Option<Decimal>,
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
    /// Storage class of the bucket's objects, such as `standard`; `None` for a server.
    pub storage_class: Option<String>,
    /// The flat-rate plan it is on, if it is on one.
    pub plan: Option<String>,
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
    /// USD, whole cents: what egress adds to the savings; `None` for a server.
    #[serde(serialize_with = "optional_cents")]
    pub egress_savings_usd: Option<Decimal>,
    /// USD, whole cents: what requests add to the savings; `None` for a server.
    #[serde(serialize_with = "optional_cents")]
    pub request_savings_usd: Option<Decimal>,
    /// Why the savings are negative: `edge_dearer`, `small_objects` or `fees`; `None` when they are
    /// not.
    pub reason: Option<String>,
}

/// Something that logs cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Its name: `waf`, `header_bytes` and so on.
    pub unknown: String,
    /// USD, whole cents: what the savings would gain at its other end, or lose.
    #[serde(serialize_with = "cents")]
    pub change_usd: Decimal,
    /// USD, whole cents: the savings at the lower of its ends.
    #[serde(serialize_with = "cents")]
    pub low_usd: Decimal,
    /// USD, whole cents: the savings at the higher of its ends.
    #[serde(serialize_with = "cents")]
    pub high_usd: Decimal,
}

/// Cost of one item on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CostItem {
    /// `cloudfront`, or `s3` for what S3 would have cost.
    pub side: String,
    /// `egress`, `requests`, `s3_origin_requests`, `plan` and so on; `docs/cost-model.md` lists
    /// them.
    pub item: String,
    /// Unit of `quantity`: `bytes`, `requests`, `plans`, or the unit of an item on a price card.
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
    /// Billing region of CloudFront, region of the bucket, or name of a plan.
    pub region: String,
    /// `http` or `https` for CloudFront's requests, empty for other items.
    pub protocol: String,
    /// Storage class of S3's requests and retrieval, empty for other items.
    pub storage_class: String,
    /// As in [`CostItem`].
    pub unit: String,
    /// As in [`CostItem`].
    pub quantity: i64,
    /// USD with twelve decimals, not rounded to cents.
    #[serde(serialize_with = "exact")]
    pub usd_exact: Decimal,
}

/// What CloudFront kept off the server of a distribution: at least so much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginLoad {
    /// Id of the distribution.
    pub distribution: String,
    /// Its name.
    pub name: String,
    /// Requests of viewers.
    pub requests: i64,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// Those of `requests` that the server did not see.
    pub kept_off_requests: i64,
    /// Those of `egress_bytes` that the server did not send.
    pub kept_off_bytes: i64,
    /// `kept_off_requests` / `requests`.
    #[serde(serialize_with = "optional_ratio")]
    pub kept_off_ratio: Option<Decimal>,
    /// `kept_off_bytes` / `egress_bytes`; `None` when there are none.
    #[serde(serialize_with = "optional_ratio")]
    pub kept_off_byte_ratio: Option<Decimal>,
    /// Requests in the busiest second.
    pub peak_requests: i64,
    /// Requests that reached the server in its busiest second.
    pub peak_origin_requests: i64,
    /// Requests kept off the server in the second with the most of them.
    pub peak_kept_off_requests: i64,
    /// USD, whole cents.
    #[serde(serialize_with = "cents")]
    pub cloudfront_usd: Decimal,
}

/// From what object size on CloudFront is cheaper than S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakEven {
    /// Billing region of the edges.
    pub region: String,
    /// Region of the bucket.
    pub bucket_region: String,
    /// Storage class of its objects.
    pub storage_class: String,
    /// Bytes sent to viewers between the two in the month.
    pub egress_bytes: i64,
    /// Requests between the two in the month.
    pub requests: i64,
    /// `egress_bytes` / `requests`, rounded down.
    pub average_bytes: i64,
    /// `above`: CloudFront is cheaper from `break_even_bytes` on; `below`: up to them; `always`;
    /// `never`.
    pub verdict: String,
    /// The size; `None` with `always` and `never`.
    pub break_even_bytes: Option<i64>,
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

/// How the numbers came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Method {
    /// Version of the program.
    pub version: String,
    /// `edgeledger`, `console` or `cloudwatch`.
    pub hit_ratio: String,
    /// Whether CloudFront's always-free tier is taken off.
    pub cloudfront_free_tier: bool,
    /// Whether S3's free transfer is taken off.
    pub s3_free_tier: bool,
    /// Where it is taken off: `before_tiers` or `within_first_tier`.
    pub s3_free_tier_method: String,
    /// How the organisation's costs are shared: `average`, `standalone` or `marginal`.
    pub allocation: String,
    /// Share of CloudFront's traffic prices that is not charged.
    #[serde(serialize_with = "ratio")]
    pub cloudfront_discount: Decimal,
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
