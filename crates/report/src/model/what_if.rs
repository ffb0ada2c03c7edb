//! The month under other settings, plans and providers.

use edgeledger_rates::Decimal;
use serde::Serialize;

use crate::json::{cents, optional_cents};

/// Other ways to pay for the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// All of them and the month as reported, cheapest for the account first; those that leave out a
    /// part of the traffic come last ([`Offer::is_partial`]).
    pub ranking: Vec<Offer>,
    /// The cheapest flat-rate plan that covers each distribution that is on none.
    pub plans: Vec<PlanOption>,
}

/// One way to pay for the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// `reported`, `scenario`, `plan`, `savings_bundle` or `provider`.
    pub kind: String,
    /// The scenario as `what_if()` takes it (a plan too), or the provider and its plan.
    pub what: String,
    /// USD, whole cents: what the account pays for its CloudFront traffic.
    #[serde(serialize_with = "cents")]
    pub usd: Decimal,
    /// USD, whole cents: `usd` − the month as reported; negative is cheaper.
    #[serde(serialize_with = "cents")]
    pub change_usd: Decimal,
    /// USD, whole cents: what S3 would have cost in a scenario; `None` without an S3 side.
    #[serde(serialize_with = "optional_cents")]
    pub s3_usd: Option<Decimal>,
    /// USD, whole cents: `s3_usd` − the month as reported.
    #[serde(serialize_with = "optional_cents")]
    pub s3_change_usd: Option<Decimal>,
    /// Bytes that a provider publishes no price for: where there are any, `usd` is too low.
    pub unpriced_bytes: Option<i64>,
    /// The day on which a provider's list prices were seen.
    pub seen: Option<String>,
    /// How sure a provider's list prices are: `high`, `medium` or `low`.
    pub confidence: Option<String>,
    /// What the amount leaves out.
    pub not_comparable: Option<String>,
}

impl Offer {
    /// Whether the amount leaves out a part of the traffic, so that it ranks with no other.
    pub fn is_partial(&self) -> bool {
        let is_left_out = |knob: &str| knob.starts_with("only=") || knob.starts_with("without=");
        self.unpriced_bytes.is_some_and(|bytes| bytes > 0)
            || (self.kind == "scenario"
                && self.what.split(',').any(|knob| is_left_out(knob.trim())))
    }
}

/// The cheapest flat-rate plan that covers a distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanOption {
    /// Id of the distribution.
    pub distribution: String,
    /// Its name.
    pub name: String,
    /// Requests.
    pub requests: i64,
    /// Bytes sent to viewers.
    pub egress_bytes: i64,
    /// USD, whole cents: what the month would cost less without the distribution, S3's reads apart.
    #[serde(serialize_with = "cents")]
    pub marginal_usd: Decimal,
    /// The plan; `None` when none covers the distribution.
    pub plan: Option<String>,
    /// USD, whole cents: its price.
    #[serde(serialize_with = "optional_cents")]
    pub plan_usd: Option<Decimal>,
    /// USD, whole cents: `marginal_usd` − `plan_usd`; negative when the plan is dearer.
    #[serde(serialize_with = "optional_cents")]
    pub plan_saves_usd: Option<Decimal>,
    /// Requests that the plan covers.
    pub plan_requests: Option<i64>,
    /// Bytes that the plan covers.
    pub plan_bytes: Option<i64>,
}
