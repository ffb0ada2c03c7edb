//! Price tables as SQL sees them.

use edgeledger_query::Settings;
use edgeledger_rates::PriceBook;

use crate::world::{rows, session};

async fn asked(sql: &str) -> Vec<Vec<String>> {
    let book = PriceBook::builtin().unwrap();
    rows(&session(&[], &book, &Settings::default()).await, sql).await
}

#[tokio::test]
async fn plans_are_in_bytes_of_two_to_the_thirtieth() {
    let sql = "SELECT plan, usd_per_month, requests, bytes, valid_from, valid_until, confidence \
               FROM cloudfront_plans WHERE plan IN ('free', 'pro') ORDER BY plan";
    assert_eq!(
        asked(sql).await,
        [
            [
                "free",
                "0.000000000",
                "1000000",
                "107374182400",
                "2025-11",
                "NULL",
                "high"
            ],
            [
                "pro",
                "15.000000000",
                "10000000",
                "54975581388800",
                "2025-11",
                "NULL",
                "high"
            ],
        ]
    );
    let sql = "SELECT arrow_typeof(usd_per_month) FROM cloudfront_plans LIMIT 1";
    assert_eq!(asked(sql).await, [["Decimal128(18, 9)"]]);
}

#[tokio::test]
async fn other_prices_are_for_one_unit() {
    let sql = "SELECT card, service, unit, usd_per_unit, free_units_per_month FROM other_prices \
               WHERE region = 'global' AND item = 'invalidation' \
               OR item = 'get-standard-ia' ORDER BY item";
    assert_eq!(
        asked(sql).await,
        [
            ["s3-2021-12", "s3", "request", "0.000001000000", "0"],
            [
                "cloudfront-2024-07",
                "cloudfront",
                "path",
                "0.005000000000",
                "1000"
            ],
        ]
    );
}

/// A GB is what the provider means by it, and a missing plan is NULL.
#[tokio::test]
async fn competitors_ladders_are_in_bytes() {
    let sql = "SELECT tier, tier_start_bytes, tier_end_bytes, usd_per_gb FROM competitor_prices \
               WHERE provider = 'bunny.net' AND plan = 'Volume' ORDER BY tier";
    assert_eq!(
        asked(sql).await,
        [
            ["1", "0", "500000000000000", "0.005000000"],
            ["2", "500000000000000", "1000000000000000", "0.004000000"],
            ["3", "1000000000000000", "NULL", "0.003000000"],
        ]
    );
    let sql = "SELECT provider, region, bytes_per_gb, usd_per_request, free_requests, \
               usd_per_month FROM competitor_prices WHERE plan IS NULL AND region IN ('US', 'all') \
               ORDER BY provider";
    assert_eq!(
        asked(sql).await,
        [
            [
                "Backblaze B2",
                "all",
                "1000000000",
                "0.000000000000",
                "0",
                "0.000000000"
            ],
            [
                "Cloudflare R2",
                "all",
                "1000000000",
                "0.000000360000",
                "10000000",
                "0.000000000"
            ],
            [
                "Google Cloud CDN",
                "US",
                "1073741824",
                "0.000000750000",
                "0",
                "0.000000000"
            ],
        ]
    );
}
