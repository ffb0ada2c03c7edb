//! The hand-made chapters on money.

use super::parts::{offer, optional, plan_option, provider, unknown};
use crate::model::{Distribution, Headline, Offer, OriginLoad, Unknown, WhatIf};

pub(super) fn unknowns(headline: &Headline) -> Vec<Unknown> {
    let savings = headline.savings_usd.unwrap_or_default();
    [
        ("edge_compression", "310.25"),
        ("cloudfront_free_tier", "-97.00"),
        ("waf", "-23.50"),
        ("header_bytes", "0.00"),
        ("regional_caches", "0.00"),
        ("s3_free_tier", "0.00"),
        ("something_new", "0.00"),
    ]
    .map(|(name, change)| unknown(name, savings, change))
    .to_vec()
}

pub(super) fn origin_load(row: &Distribution) -> OriginLoad {
    OriginLoad {
        distribution: row.distribution.clone(),
        name: row.name.clone(),
        requests: row.requests,
        egress_bytes: row.egress_bytes,
        kept_off_requests: 3_750_939,
        kept_off_bytes: 33_284_229_629,
        kept_off_ratio: optional("0.412000"),
        kept_off_byte_ratio: optional("0.377700"),
        peak_requests: 912,
        peak_origin_requests: 402,
        peak_kept_off_requests: 611,
        cloudfront_usd: row.cloudfront_usd,
    }
}

/// Every kind of offer; two scenarios leave out the same.
pub(super) fn what_if(headline: &Headline, distributions: &[Distribution]) -> WhatIf {
    let slow = "Viewers far from the edges of a cheaper class wait longer.";
    let noted = |offer: Offer, note: &str| Offer {
        not_comparable: Some(note.to_owned()),
        ..offer
    };
    let reported = Offer {
        s3_usd: headline.s3_usd,
        ..offer("reported", "", "6617.40", "0.00")
    };
    WhatIf {
        ranking: vec![
            provider(
                "Volume CDN",
                ("380.00", "-6237.40"),
                (0, "2026-09-20"),
                "Ten locations.",
            ),
            noted(
                offer("savings_bundle", "savings-bundle", "4632.18", "-1985.22"),
                "A commitment for a year; $463.22 of credit for AWS WAF come with it.",
            ),
            noted(
                offer("scenario", "price_class=100", "6104.11", "-513.29"),
                slow,
            ),
            noted(
                offer(
                    "scenario",
                    "docs:price_class=100,waf=unbilled",
                    "6601.00",
                    "-16.40",
                ),
                slow,
            ),
            noted(
                offer("plan", "www:plan=pro", "6613.96", "-3.44"),
                "S3's reads stay.",
            ),
            reported,
            offer("scenario", "s3_free_tier=false", "6617.40", "0.00"),
            noted(
                offer("plan", "index:plan=pro", "6628.09", "10.69"),
                "S3's reads stay.",
            ),
            provider(
                "Part CDN Standard",
                ("120.57", "-6496.83"),
                (14_233_064_863_300, "2026-05"),
                "Only zone 1 has a price.",
            ),
        ],
        plans: vec![
            plan_option(&distributions[0], None),
            plan_option(&distributions[3], Some(("pro", "15.00", "3.44"))),
            plan_option(&distributions[4], Some(("pro", "15.00", "-10.69"))),
        ],
    }
}
