//! What a team says about its distributions, and how costs are counted.

use edgeledger_rates::{Decimal, Month};

use crate::Rules;

/// The storage class that reads without a retrieval fee.
pub const STANDARD: &str = "standard";

/// Where a distribution fetches what it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A bucket of S3: the traffic has an S3 counterfactual.
    S3 {
        /// The bucket's region.
        bucket_region: String,
    },
    /// A server: no S3 counterfactual.
    Server,
}

/// One CloudFront distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Distribution id, such as `E2EXAMPLE1RLS`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Origin.
    pub origin: Origin,
    /// Price class: `100`, `200` or `All`.
    pub price_class: String,
    /// Storage class of the bucket's objects, as the items `get-…` of the price cards name it, or
    /// `standard`.
    pub storage_class: String,
    /// The AWS region of its Origin Shield, if it has one.
    pub origin_shield: Option<String>,
    /// The flat-rate plan it is on, if it is on one.
    pub plan: Option<String>,
}

/// Units of an item that logs do not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraUsage {
    /// The item, as on the price cards.
    pub item: String,
    /// The region it is priced in.
    pub region: String,
    /// The month, `2026-10`; every month without one.
    pub month: Option<String>,
    /// The distribution's id; shared by all without one.
    pub distribution: Option<String>,
    /// How many.
    pub quantity: i64,
}

/// A purge (invalidation) that comes every day at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// The distribution's id.
    pub distribution: String,
    /// The first segment of the paths that are purged, with its slashes (`/dist/`); `/` is all.
    pub prefix: String,
    /// UTC minute of the day.
    pub minute: u16,
}

impl Distribution {
    /// What is assumed of a distribution that no configuration describes.
    pub fn assumed(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            origin: Origin::S3 {
                bucket_region: "us-east-1".to_owned(),
            },
            price_class: "All".to_owned(),
            storage_class: STANDARD.to_owned(),
            origin_shield: None,
            plan: None,
        }
    }
}

/// Which of the three published definitions of a hit ratio is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HitRatio {
    /// Hits / (hits + misses); everything else apart.
    #[default]
    EdgeLedger,
    /// The CloudFront console's: `Hit` / all requests.
    Console,
    /// `CloudWatch`'s: hits / cacheable requests without errors.
    CloudWatch,
}

impl HitRatio {
    /// The word in the table `settings`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdgeLedger => "edgeledger",
            Self::Console => "console",
            Self::CloudWatch => "cloudwatch",
        }
    }
}

/// Where S3's free 100 GB are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum S3FreeTierMethod {
    /// Before the tiers: "beyond the global free tier", as the price list says.
    #[default]
    BeforeTiers,
    /// Out of the first tier, as AWS's older published example does.
    WithinFirstTier,
}

impl S3FreeTierMethod {
    /// The word in the table `settings`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeTiers => "before_tiers",
            Self::WithinFirstTier => "within_first_tier",
        }
    }
}

/// How the organisation's costs are shared over its distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allocation {
    /// Each line at its average rate.
    #[default]
    Average,
    /// In proportion to what each would cost alone.
    Standalone,
    /// In proportion to what the month would cost less without each.
    Marginal,
}

impl Allocation {
    /// The word in the tables `settings` and `allocations`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Standalone => "standalone",
            Self::Marginal => "marginal",
        }
    }
}

/// What is taken for true of things that logs cannot tell. The default is what a report says; the
/// other ends span how far it may be off (view `savings_unknowns`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumptions {
    /// Whether requests that a WAF may have blocked are billed.
    pub waf_billed: bool,
    /// Whether CloudFront bills headers.
    pub header_bytes_billed: bool,
    /// How many bytes S3 would have sent for one byte of an answer that the edge may have
    /// compressed.
    pub edge_compression: Decimal,
    /// Whether regional caches absorb all that misses the edge.
    pub regional_caches_absorb: bool,
    /// Added to the share of hits among hits and misses.
    pub hit_ratio_change: Decimal,
    /// How much of the bytes that logs show there are.
    pub bytes_factor: Decimal,
    /// How much of the requests that logs show there are.
    pub requests_factor: Decimal,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            waf_billed: true,
            header_bytes_billed: true,
            edge_compression: Decimal::ONE,
            regional_caches_absorb: false,
            hit_ratio_change: Decimal::ZERO,
            bytes_factor: Decimal::ONE,
            requests_factor: Decimal::ONE,
        }
    }
}

/// Money in AWS's credits that is used up before dollars are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credits {
    /// What was left of them.
    pub balance_usd: Decimal,
    /// At the end of which month.
    pub as_of: Month,
}

/// Settings of a session; they become the tables `settings` and `distributions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Described distributions; the others are assumed ([`Distribution::assumed`]).
    pub distributions: Vec<Distribution>,
    /// Whether CloudFront's always-free tier is taken off.
    pub cloudfront_free_tier: bool,
    /// Whether S3's free transfer is taken off.
    pub s3_free_tier: bool,
    /// Where it is taken off.
    pub s3_free_tier_method: S3FreeTierMethod,
    /// Definition of the hit ratio.
    pub hit_ratio: HitRatio,
    /// How costs are shared.
    pub allocation: Allocation,
    /// Share of `CloudFront`'s list prices that is not charged, 0 to 1.
    pub cloudfront_discount: Decimal,
    /// Units that logs do not show.
    pub extra_usage: Vec<ExtraUsage>,
    /// Purges by the clock: distributions that have one are not searched for others.
    pub purges: Vec<Purge>,
    /// What a month may cost at `CloudFront`'s side.
    pub budget_usd: Option<Decimal>,
    /// Credits, if there are any.
    pub credits: Option<Credits>,
    /// What logs cannot tell.
    pub assumptions: Assumptions,
    /// What is known of URLs.
    pub rules: Rules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            distributions: Vec::new(),
            cloudfront_free_tier: true,
            s3_free_tier: true,
            s3_free_tier_method: S3FreeTierMethod::default(),
            hit_ratio: HitRatio::default(),
            allocation: Allocation::default(),
            cloudfront_discount: Decimal::ZERO,
            extra_usage: Vec::new(),
            purges: Vec::new(),
            budget_usd: None,
            credits: None,
            assumptions: Assumptions::default(),
            rules: Rules::default(),
        }
    }
}
