//! The flat rows of every price table: plain values that turn into SQL tables one to one.
//!
//! Every dated row holds from `valid_from` up to, not including, `valid_until`. For one key
//! (region, or region and protocol) no two rows of a table hold in the same month, other than the
//! tiers of one ladder.

use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::month::{Month, Span};

/// The number of bytes AWS bills as one "GB": 2^30, although its price lists write GB.
///
/// AWS says that CloudFront data transfer is metered in binary gigabytes of 1024 MB, and the S3
/// FAQ divides bytes by 1,073,741,824. Reckoning with 10^9 would overstate a bill by 7.4 %.
pub const BYTES_PER_GB: i64 = 1 << 30;

/// The ten billing regions of CloudFront, by the prefix they have on a bill.
pub const CLOUDFRONT_REGIONS: [&str; 10] =
    ["US", "CA", "EU", "AP", "JP", "AU", "IN", "SA", "ME", "ZA"];

/// The region of edge locations in AWS's China partition, for which there is no CloudFront price.
pub const CHINA_REGION: &str = "CN";

/// The region that stands for an edge code nobody knows, in [`PriceClassRegion`] only.
pub const UNKNOWN_REGION: &str = "unknown";

/// What a price card prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Amazon CloudFront, pay as you go.
    CloudFront,
    /// Amazon CloudFront, flat rate: plans of distributions.
    #[serde(rename = "cloudfront-plans")]
    CloudFrontPlans,
    /// Amazon S3, Standard storage class, read from the internet.
    S3,
}

impl Service {
    /// The name that cards and SQL tables use: `cloudfront`, `cloudfront-plans` or `s3`.
    pub fn as_str(self) -> &'static str {
        match self {
            Service::CloudFront => "cloudfront",
            Service::CloudFrontPlans => "cloudfront-plans",
            Service::S3 => "s3",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Service::CloudFront => "CloudFront",
            Service::CloudFrontPlans => "CloudFront plans",
            Service::S3 => "S3",
        })
    }
}

/// How sure a price is; orders from low to high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Inferred, or from a note that nothing confirms.
    Low,
    /// One credible source, or an old one that has held wherever it could be checked.
    Medium,
    /// AWS's own price list, or two sources that do not know each other.
    High,
}

impl Confidence {
    /// The name that cards and SQL tables use: `low`, `medium` or `high`.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One price card: a service's prices over a run of months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardInfo {
    /// What the card prices.
    pub service: Service,
    /// The card's name, unique in its book; the rows it gives carry it as `card`.
    pub name: String,
    /// The first month the card holds.
    pub valid_from: Month,
    /// The first month the card no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// Where the prices come from, in a phrase.
    pub source: String,
    /// The file the card was read from, as it was named to the book.
    pub file: String,
}

/// One tier of a data-transfer-out ladder.
///
/// Tiers are counted per region, over a calendar month, for the whole organisation. The tiers of a
/// ladder start at 0 GB, leave no gap and end without bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressTier {
    /// Name of the card the price comes from.
    pub card: String,
    /// First month the price holds.
    pub valid_from: Month,
    /// First month the price no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// CloudFront: one of [`CLOUDFRONT_REGIONS`]. S3: the AWS region of the bucket.
    pub region: String,
    /// Position in the ladder, from 1.
    pub tier: i16,
    /// Usage at which the tier starts, in GB of [`BYTES_PER_GB`] bytes.
    pub tier_start_gb: i64,
    /// Usage at which the next tier starts, in GB of [`BYTES_PER_GB`] bytes; none for the last.
    pub tier_end_gb: Option<i64>,
    /// US dollars per GB of [`BYTES_PER_GB`] bytes, from 0 to below 100, exactly as published.
    pub usd_per_gb: Decimal,
    /// Where the price was found.
    pub source: String,
    /// The date the price was seen, as text; not every source has a day.
    pub seen: String,
    /// How sure the price is.
    pub confidence: Confidence,
}

/// The price of one request.
///
/// For CloudFront it is the same for GET and HEAD as for the proxied methods (POST, PUT, PATCH,
/// DELETE, OPTIONS). For S3 it is the price of GET and HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPrice {
    /// Name of the card the price comes from.
    pub card: String,
    /// First month the price holds.
    pub valid_from: Month,
    /// First month the price no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// CloudFront: one of [`CLOUDFRONT_REGIONS`]. S3: the AWS region of the bucket.
    pub region: String,
    /// `http` or `https` for CloudFront, `any` for S3.
    pub protocol: String,
    /// US dollars per request, exact: the published price per 1,000 or 10,000 divided out.
    pub usd_per_request: Decimal,
    /// Where the price was found.
    pub source: String,
    /// The date the price was seen, as text; not every source has a day.
    pub seen: String,
    /// How sure the price is.
    pub confidence: Confidence,
}

/// The price of a GB sent from CloudFront to an origin, charged for proxied methods only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginTransferPrice {
    /// Name of the card the price comes from.
    pub card: String,
    /// First month the price holds.
    pub valid_from: Month,
    /// First month the price no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// One of [`CLOUDFRONT_REGIONS`].
    pub region: String,
    /// US dollars per GB of [`BYTES_PER_GB`] bytes, exactly as published.
    pub usd_per_gb: Decimal,
    /// Where the price was found.
    pub source: String,
    /// The date the price was seen, as text; not every source has a day.
    pub seen: String,
    /// How sure the price is.
    pub confidence: Confidence,
}

/// What CloudFront gives away each month to the whole organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudFrontAllowance {
    /// Name of the card the allowance comes from.
    pub card: String,
    /// First month the allowance holds.
    pub valid_from: Month,
    /// First month the allowance no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// Free data transfer out per month, in GB of [`BYTES_PER_GB`] bytes, all regions together.
    pub free_gb: i64,
    /// Free HTTP and HTTPS requests per month, all regions together.
    pub free_requests: i64,
    /// Where the allowance was found.
    pub source: String,
    /// The date the allowance was seen, as text.
    pub seen: String,
    /// How sure the allowance is.
    pub confidence: Confidence,
}

/// What AWS gives away each month of data transfer out to the internet.
///
/// AWS grants it once to an organisation, for all services and regions together: S3 has it only as
/// far as nothing else has used it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Allowance {
    /// Name of the card the allowance comes from.
    pub card: String,
    /// First month the allowance holds.
    pub valid_from: Month,
    /// First month the allowance no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// Free data transfer out per month, in GB of [`BYTES_PER_GB`] bytes, all regions together.
    pub free_gb: i64,
    /// Where the allowance was found.
    pub source: String,
    /// The date the allowance was seen, as text.
    pub seen: String,
    /// How sure the allowance is.
    pub confidence: Confidence,
}

/// The price of something a bill can hold besides traffic: invalidations, functions, Lambda@Edge,
/// origin shield, real-time logs, certificates; of S3, the fees of its other storage classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherPrice {
    /// Name of the card the price comes from.
    pub card: String,
    /// The service that charges it.
    pub service: Service,
    /// First month the price holds.
    pub valid_from: Month,
    /// First month the price no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// What is priced, such as `invalidation`.
    pub item: String,
    /// `global`, a billing region, or an AWS region where the price differs by it.
    pub region: String,
    /// What is counted, in the singular, such as `path`.
    pub unit: String,
    /// US dollars per unit, exact.
    pub usd_per_unit: Decimal,
    /// Units that cost nothing each month, per account; 0 when there are none.
    pub free_units_per_month: i64,
    /// Where the price was found.
    pub source: String,
    /// The date the price was seen, as text; not every source has a day.
    pub seen: String,
    /// How sure the price is.
    pub confidence: Confidence,
}

/// A flat-rate plan of a distribution: a price a month whatever its traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudFrontPlan {
    /// Name of the card the plan comes from.
    pub card: String,
    /// First month the plan holds.
    pub valid_from: Month,
    /// First month the plan no longer holds; none when it still does.
    pub valid_until: Option<Month>,
    /// The plan and, where it has levels, the level: `free`, `pro`, `premium-75tb` …
    pub plan: String,
    /// US dollars per month and distribution, exact.
    pub usd_per_month: Decimal,
    /// Requests a month that the plan is meant for.
    pub requests: i64,
    /// Data transfer out a month that the plan is meant for, in GB of [`BYTES_PER_GB`] bytes.
    pub gb: i64,
    /// Where the plan was found.
    pub source: String,
    /// The date the plan was seen, as text.
    pub seen: String,
    /// How sure the plan is.
    pub confidence: Confidence,
}

/// One tier of another provider's public list price; not dated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitorPrice {
    /// The provider and its product.
    pub provider: String,
    /// The provider's plan or network, where it has several.
    pub plan: Option<String>,
    /// One of [`CLOUDFRONT_REGIONS`], or `all` when one ladder counts all regions together.
    pub region: String,
    /// Position in the ladder, from 1.
    pub tier: i16,
    /// Usage at which the tier starts, in GB of `bytes_per_gb` bytes.
    pub tier_start_gb: i64,
    /// Usage at which the next tier starts, in GB of `bytes_per_gb` bytes; none for the last.
    pub tier_end_gb: Option<i64>,
    /// US dollars per GB of `bytes_per_gb` bytes.
    pub usd_per_gb: Decimal,
    /// What the provider means by a GB: 10^9 or 2^30 bytes.
    pub bytes_per_gb: i64,
    /// US dollars per request in the region, exact; 0 when requests cost nothing.
    pub usd_per_request: Decimal,
    /// Requests a month that cost nothing, all regions together.
    pub free_requests: i64,
    /// US dollars a month whatever the traffic.
    pub usd_per_month: Decimal,
    /// What the price leaves out or does not promise, in a sentence.
    pub not_comparable: String,
    /// Where the price was found.
    pub source: String,
    /// The date the price was seen, as text.
    pub seen: String,
    /// How sure the price is.
    pub confidence: Confidence,
}

/// An edge location by the code that logs give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeLocation {
    /// Three capital letters: the start of `x-edge-location`.
    pub edge_code: String,
    /// The city, in English.
    pub city: String,
    /// The country or territory, in English.
    pub country: String,
    /// One of [`CLOUDFRONT_REGIONS`], or [`CHINA_REGION`].
    pub region: String,
    /// What is doubtful or odd about the code.
    pub note: Option<String>,
    /// Where the code was found.
    pub source: String,
}

/// How a price class bills one region.
///
/// Every class has a row for each of [`CLOUDFRONT_REGIONS`], for [`CHINA_REGION`] and for
/// [`UNKNOWN_REGION`], so that joining on the region never loses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceClassRegion {
    /// `100`, `200` or `All`.
    pub price_class: String,
    /// The region of the edge that served the request.
    pub region: String,
    /// Whether the class serves from the region.
    pub in_class: bool,
    /// The region whose prices apply; always one in the class. It is the region itself when in the
    /// class, the cheapest of the class when outside, and the dearest of the class when the region
    /// has no price or is not known.
    pub billed_as: String,
}

impl CardInfo {
    pub(crate) fn span(&self) -> Span {
        Span {
            from: self.valid_from,
            until: self.valid_until,
        }
    }
}

/// A dated row, for laying one card over another.
pub(crate) trait Dated: Clone {
    /// What the row prices: rows with the same key replace each other.
    fn key(&self) -> (&str, &str);
    fn span(&self) -> Span;
    fn set_span(&mut self, span: Span);
}

macro_rules! dated {
    ($row:ty, $self:ident => $key:expr) => {
        impl Dated for $row {
            fn key(&$self) -> (&str, &str) {
                $key
            }

            fn span(&self) -> Span {
                Span { from: self.valid_from, until: self.valid_until }
            }

            fn set_span(&mut self, span: Span) {
                self.valid_from = span.from;
                self.valid_until = span.until;
            }
        }
    };
}

dated!(EgressTier, self => (&self.region, ""));
dated!(RequestPrice, self => (&self.region, &self.protocol));
dated!(OriginTransferPrice, self => (&self.region, ""));
dated!(CloudFrontAllowance, self => ("", ""));
dated!(S3Allowance, self => ("", ""));
dated!(OtherPrice, self => (&self.item, &self.region));
dated!(CloudFrontPlan, self => (&self.plan, ""));
