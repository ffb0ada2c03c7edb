//! Bills that AWS and Infracost worked out, reckoned again from the cards.
//!
//! The reckoning here is for these tests only: EdgeLedger adds up bills in SQL.

use super::*;
use crate::Service;

/// What each tier costs for `gb`, to the cent.
fn tier_costs(tiers: &[&EgressTier], gb: Decimal) -> Vec<Decimal> {
    tiers
        .iter()
        .map(|tier| {
            let end = tier
                .tier_end_gb
                .map_or(gb, |end| gb.min(Decimal::from(end)));
            let in_tier = (end - Decimal::from(tier.tier_start_gb)).max(Decimal::ZERO);
            (in_tier * tier.usd_per_gb).round_dp(2)
        })
        .collect()
}

fn total(tiers: &[&EgressTier], gb: i64) -> Decimal {
    tier_costs(tiers, Decimal::from(gb)).into_iter().sum()
}

/// Infracost's golden file for CloudFront (prices of 2024-07-01): the cost of each tier.
#[test]
fn reproduces_infracosts_cloudfront_bills() {
    let book = book();
    let check = |region: &str, gb: i64, costs: &[&str], sum: &str| {
        let tiers = ladder(book.cloudfront_egress(), region, "2024-07");
        let expected: Vec<Decimal> = costs.iter().copied().map(usd).collect();
        assert_eq!(tier_costs(&tiers, Decimal::from(gb)), expected, "{region}");
        assert_eq!(total(&tiers, gb), usd(sum), "{region}");
    };
    let us = [
        "870.40",
        "3276.80",
        "6144",
        "14336",
        "16097.28",
        "104857.60",
        "141942.40",
    ];
    check("US", 12_340_000, &us, "287524.48");
    let eu = [
        "870.40",
        "3276.80",
        "6144",
        "14336",
        "16097.28",
        "104857.60",
        "341942.40",
    ];
    check("EU", 22_340_000, &eu, "487524.48");
    let za = [
        "1126.40",
        "4300.80",
        "9216",
        "28672",
        "32194.56",
        "209715.20",
        "1083884.80",
    ];
    check("ZA", 32_340_000, &za, "1369109.76");
    check("ME", 32_340_000, &za, "1369109.76");
    let sa = [
        "1126.40",
        "4300.80",
        "9216",
        "28672",
        "32194.56",
        "209715.20",
        "1483884.80",
    ];
    check("SA", 42_340_000, &sa, "1769109.76");
    let jp = [
        "1167.36",
        "3645.44",
        "8806.40",
        "30105.60",
        "42926.08",
        "293601.28",
        "2825827.20",
    ];
    check("JP", 52_340_000, &jp, "3206079.36");
    let au = [
        "1167.36",
        "4014.08",
        "9625.60",
        "32972.80",
        "48291.84",
        "356515.84",
        "4567769.60",
    ];
    check("AU", 62_340_000, &au, "5020357.12");
    let ap = [
        "1228.80",
        "4096",
        "9728",
        "32256",
        "42926.08",
        "293601.28",
        "3425827.20",
    ];
    check("AP", 62_340_000, &ap, "3809663.36");
    let india = [
        "1116.16",
        "3481.60",
        "8396.80",
        "28672",
        "41852.93",
        "314572.80",
        "4830992.64",
    ];
    check("IN", 72_340_000, &india, "5229084.93");
}

/// The same golden file: requests, transfer to the origin and the rest.
#[test]
fn reproduces_infracosts_cloudfront_fees() {
    let book = book();
    let us_requests = |protocol: &str, n: i64| {
        let mut prices = book.cloudfront_requests().iter();
        let price = prices
            .find(|row| row.region == "US" && row.protocol == protocol)
            .unwrap();
        (price.usd_per_request * Decimal::from(n)).round_dp(2)
    };
    assert_eq!(us_requests("http", 123_402), usd("0.09"));
    assert_eq!(us_requests("https", 123_400), usd("0.12"));
    let origin = book
        .cloudfront_origin_transfer()
        .iter()
        .find(|row| row.region == "US")
        .unwrap();
    assert_eq!(origin.usd_per_gb * Decimal::from(1234), usd("24.68"));
    let other = |item: &str, n: i64| {
        let price = book
            .other_prices()
            .iter()
            .find(|row| row.item == item)
            .unwrap();
        (price.usd_per_unit * Decimal::from(n - price.free_units_per_month)).round_dp(2)
    };
    assert_eq!(other("invalidation", 12_340), usd("56.70"));
    // AWS's own example: three distributions of 600 paths share one free quota.
    assert_eq!(other("invalidation", 3 * 600), usd("4.00"));
    assert_eq!(other("real-time-log", 12_340_000), usd("0.12"));
    assert_eq!(other("field-level-encryption", 123_400), usd("0.25"));
}

/// The S3 FAQ's data transfer example, from when 1 GB was free: the free GB comes off tier 1.
#[test]
fn reproduces_the_s3_faq_of_2021() {
    let book = book();
    let month = month("2021-11");
    let card = book.card_for(Service::S3, month).unwrap();
    let free = book
        .s3_allowances()
        .iter()
        .find(|free| free.card == card.name)
        .unwrap();
    let tiers = ladder(book.s3_egress(), "us-east-1", "2021-11");
    let gross = total(&tiers, 62 * 1024);
    let given = Decimal::from(free.free_gb) * tiers[0].usd_per_gb;
    assert_eq!(gross - given, usd("5263.27"));
    // The request example beside it: 620,000 GETs cost 0.248.
    let get = book
        .s3_requests()
        .iter()
        .find(|price| price.card == card.name)
        .unwrap();
    assert_eq!(get.usd_per_request * Decimal::from(620_000), usd("0.248"));
}

/// Infracost's golden file for internet egress (prices of 2024-09-25), 157,000 GB each.
#[test]
fn reproduces_infracosts_s3_bills() {
    let book = book();
    let cost = |region: &str| total(&ladder(book.s3_egress(), region, "2024-09"), 157_000);
    assert_eq!(cost("sa-east-1"), usd("20478.48"));
    assert_eq!(cost("eu-west-1"), usd("11741.20"));
}

/// The AWS Billing guide's example of adding up accounts before tiers are applied.
#[test]
fn reproduces_consolidated_billing_with_a_card_of_its_own() {
    let card = r#"
        kind = "prices"
        service = "s3"
        name = "billing-guide"
        valid_from = "2020-01"
        source = "AWS Billing guide"

        [[egress]]
        regions = ["us-east-1"]
        tiers = [[0, "0.17"], [10240, "0.13"], [51200, "0.11"]]
        source = "AWS Billing guide, volume discounts"
        seen = "undated"
        confidence = "high"
    "#;
    let book = PriceBook::from_cards(&[("billing-guide.toml", card)]).unwrap();
    let tiers = ladder(book.s3_egress(), "us-east-1", "2026-01");
    assert_eq!(total(&tiers, 12 * 1024), usd("2007.04"));
    assert_eq!(
        total(&tiers, 8 * 1024) + total(&tiers, 4 * 1024),
        usd("2088.96")
    );
    assert!(book.cloudfront_egress().is_empty() && book.edge_locations().is_empty());
}
