//! What a team says about its distributions, and how costs are counted.

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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            distributions: Vec::new(),
            cloudfront_free_tier: true,
            s3_free_tier: true,
            s3_free_tier_method: S3FreeTierMethod::default(),
            hit_ratio: HitRatio::default(),
        }
    }
}
