//! Flat-rate plans and other providers' list prices.

use super::errors::check_in;
use super::*;
use crate::{BYTES_PER_GB, Confidence, Service};

/// Plans as AWS prints them: USD a month, million requests, TB.
const PLANS: &str = "
    free           0      1     0
    pro            15     10    50
    business       200    125   50
    premium        1000   500   50
    premium-75tb   1450   750   75
    premium-125tb  2250   1250  125
    premium-200tb  3500   2000  200
    premium-350tb  6000   3500  350
    premium-600tb  10000  6000  600
";

#[test]
fn plans_are_the_published_ones() {
    let book = book();
    let mut expected: Vec<(String, Decimal, i64, i64)> = PLANS
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .map(|words| {
            let number = |idx: usize| words[idx].parse::<i64>().unwrap();
            let gb = if words[0] == "free" {
                100
            } else {
                number(3) * 1024
            };
            (
                words[0].to_owned(),
                usd(words[1]),
                number(2) * 1_000_000,
                gb,
            )
        })
        .collect();
    expected.sort();
    let found: Vec<(String, Decimal, i64, i64)> = book
        .cloudfront_plans()
        .iter()
        .map(|row| (row.plan.clone(), row.usd_per_month, row.requests, row.gb))
        .collect();
    assert_eq!(found, expected);
    let first = month("2025-11");
    assert!(
        book.cloudfront_plans()
            .iter()
            .all(|row| (row.valid_from, row.valid_until) == (first, None))
    );
    let card = |text: &str| book.card_for(Service::CloudFrontPlans, month(text));
    assert_eq!(card("2025-11").unwrap().name, "cloudfront-plans-2025-11");
    assert_eq!(
        card("2025-10").unwrap_err().to_string(),
        "no price card for CloudFront plans in `2025-10`; months covered: `2025-11` onwards"
    );
    // Plans have a card of their own: they are no price card for traffic.
    assert_eq!(
        book.card_for(Service::CloudFront, first).unwrap().name,
        "cloudfront-2024-07"
    );
}

#[test]
fn a_private_plan_replaces_its_namesake_only() {
    let card = r#"
        kind = "prices"
        service = "cloudfront-plans"
        name = "ours"
        valid_from = "2026-01"
        source = "contract"
        [[plan]]
        name = "pro"
        usd_per_month = "12"
        requests = 10000000
        gb = 51200
        source = "contract"
        seen = "2025-12-18"
        confidence = "high"
    "#;
    let book = book().with_cards(&[("ours.toml", card)]).unwrap();
    let pro: Vec<(String, Decimal)> = book
        .cloudfront_plans()
        .iter()
        .filter(|row| row.plan == "pro")
        .map(|row| (row.valid_from.to_string(), row.usd_per_month))
        .collect();
    assert_eq!(
        pro,
        [
            ("2025-11".to_owned(), usd("15")),
            ("2026-01".to_owned(), usd("12"))
        ]
    );
    assert_eq!(book.cloudfront_plans().len(), 10);
}

/// What is known of each provider, and nothing else: a region without a price has no row.
#[test]
fn competitors_prices_are_the_published_ones() {
    let book = book();
    let found: Vec<String> = book
        .competitor_prices()
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {}-{} {} + {} {}",
                row.provider,
                row.plan.as_deref().unwrap_or("-"),
                row.region,
                row.tier_start_gb,
                row.tier_end_gb
                    .map_or_else(String::new, |gb| gb.to_string()),
                row.usd_per_gb,
                (row.usd_per_request * Decimal::from(1_000_000)).normalize(),
                row.free_requests,
            )
        })
        .collect();
    let expected = [
        "Azure Front Door Standard US 0- 0.0825 + 0.9 0",
        "Azure Front Door Standard CA 0- 0.0825 + 0.9 0",
        "Azure Front Door Standard EU 0- 0.0825 + 0.9 0",
        "Azure Front Door Standard ME 0- 0.0825 + 0.9 0",
        "Azure Front Door Standard ZA 0- 0.0825 + 0.9 0",
        "Azure Front Door Standard AP 0- 0.115 + 1.08 0",
        "Azure Front Door Standard JP 0- 0.115 + 1.08 0",
        "Backblaze B2 - all 0- 0.01 + 0 0",
        "Cloudflare R2 - all 0- 0 + 0.36 10000000",
        "Fastly Full Site Delivery US 0- 0.12 + 1 1000000",
        "Fastly Full Site Delivery CA 0- 0.12 + 1 1000000",
        "Fastly Full Site Delivery EU 0- 0.12 + 1 1000000",
        "Google Cloud CDN - US 0- 0.08 + 0.75 0",
        "Google Cloud CDN - CA 0- 0.08 + 0.75 0",
        "bunny.net Standard US 0- 0.01 + 0 0",
        "bunny.net Standard CA 0- 0.01 + 0 0",
        "bunny.net Standard EU 0- 0.01 + 0 0",
        "bunny.net Standard AP 0- 0.03 + 0 0",
        "bunny.net Standard JP 0- 0.03 + 0 0",
        "bunny.net Standard AU 0- 0.03 + 0 0",
        "bunny.net Standard IN 0- 0.03 + 0 0",
        "bunny.net Standard SA 0- 0.045 + 0 0",
        "bunny.net Standard ME 0- 0.06 + 0 0",
        "bunny.net Standard ZA 0- 0.06 + 0 0",
        "bunny.net Volume all 0-500000 0.005 + 0 0",
        "bunny.net Volume all 500000-1000000 0.004 + 0 0",
        "bunny.net Volume all 1000000- 0.003 + 0 0",
    ];
    assert_eq!(found, expected);
    for row in book.competitor_prices() {
        let is_google = row.provider == "Google Cloud CDN";
        assert_eq!(row.bytes_per_gb == BYTES_PER_GB, is_google, "{row:?}");
        let is_azure = row.provider == "Azure Front Door";
        assert_eq!(row.usd_per_month, usd(if is_azure { "35" } else { "0" }));
        assert_eq!(row.confidence == Confidence::Low, is_azure, "{row:?}");
        assert!(row.not_comparable.ends_with('.'), "{row:?}");
    }
}

#[test]
fn a_list_of_ones_own_replaces_a_provider_with_all_its_regions() {
    let before = book();
    let book = before
        .clone()
        .with_cards(&[("offer.toml", PROVIDER)])
        .unwrap();
    let prices: Vec<(&str, i16, Decimal)> = book
        .competitor_prices()
        .iter()
        .filter(|row| row.provider == "Fastly")
        .map(|row| (&*row.region, row.tier, row.usd_per_gb))
        .collect();
    assert_eq!(
        prices,
        [("EU", 1, usd("0.12")), ("EU", 2, usd("0.08"))],
        "the other regions of the list are gone"
    );
    assert_eq!(
        book.competitor_prices().len(),
        before.competitor_prices().len() - 1
    );
    assert_eq!(
        PriceBook::from_cards(&[("a.toml", PROVIDER), ("b.toml", PROVIDER)])
            .unwrap_err()
            .to_string(),
        "`provider Fastly Full Site Delivery` appears twice in price card `b.toml`"
    );
}

const PROVIDER: &str = r#"kind = "list-prices"
[[provider]]
name = "Fastly"
plan = "Full Site Delivery"
bytes_per_gb = 1000000000
usd_per_month = "50"
not_comparable = "Nothing is."
[[provider.prices]]
regions = ["EU"]
tiers = [[0, "0.12"], [10000, "0.08"]]
per = 10000
requests = "0.01"
source = "an offer"
seen = "2026-10-01"
confidence = "high"
"#;

const PLAN: &str = r#"kind = "prices"
service = "cloudfront-plans"
name = "ours"
valid_from = "2026-01"
source = "contract"
[[plan]]
name = "pro"
usd_per_month = "15"
requests = 10000000
gb = 51200
source = "contract"
seen = "2025-12-18"
confidence = "high"
"#;

#[test]
fn wrong_plans() {
    let check = |from, to, expected| check_in(PLAN, from, to, expected);
    check(
        "\"15\"",
        "\"1000000\"",
        "price of `plan pro` in price card `c.toml` is `1000000`, not from 0 to below 1000000 USD",
    );
    check(
        "gb = 51200",
        "gb = 0",
        "`gb of plan pro` in price card `c.toml` is `0`, not from 1 to 8589934591",
    );
    check(
        "name = \"pro\"",
        "name = \" \"",
        "`name of plan` in price card `c.toml` is empty",
    );
    check(
        "service = \"cloudfront-plans\"",
        "service = \"s3\"",
        "`plan` in price card `c.toml` is not a price for S3",
    );
    let more = |text: &str| PLAN.to_owned() + text;
    let message = |text: &str| {
        let card = more(text);
        let error = PriceBook::from_cards(&[("c.toml", &card)]).unwrap_err();
        error.to_string()
    };
    let plan = PLAN.split_once("[[plan]]").unwrap().1;
    assert_eq!(
        message(&format!("[[plan]]{plan}")),
        "`plan pro` appears twice in price card `c.toml`"
    );
    assert_eq!(
        message("[free]\nfree_gb = 1\nsource = \"a\"\nseen = \"b\"\nconfidence = \"high\"\n"),
        "`free` in price card `c.toml` is not a price for CloudFront plans"
    );
}

#[test]
fn wrong_list_prices() {
    let check = |from, to, expected| check_in(PROVIDER, from, to, expected);
    check(
        "1000000000",
        "1024",
        "`bytes_per_gb of provider Fastly Full Site Delivery` in price card `c.toml` is `1024`, \
         not 1000000000 or 1073741824",
    );
    check(
        "\"EU\"",
        "\"eu-west-1\"",
        "`regions of provider Fastly Full Site Delivery` in price card `c.toml` names unknown \
         region `eu-west-1`; known are all US CA EU AP JP AU IN SA ME ZA",
    );
    check(
        "[10000,",
        "[0,",
        "`provider Fastly Full Site Delivery EU tier 2` in price card `c.toml` starts at `0` GB, \
         not above the `0` GB of the tier before",
    );
    check(
        "\"0.08\"",
        "\"8 cents\"",
        "price of `provider Fastly Full Site Delivery EU tier 2` in price card `c.toml` is \
         `8 cents`, which is not a decimal number: Invalid decimal: unknown character",
    );
    check(
        "per = 10000\n",
        "",
        "`requests or per of provider Fastly Full Site Delivery` in price card `c.toml` is empty",
    );
    check(
        "\"Nothing is.\"",
        "\"\"",
        "`not_comparable of provider Fastly Full Site Delivery` in price card `c.toml` is empty",
    );
    let twice = PROVIDER.to_owned() + PROVIDER.split_once('\n').unwrap().1;
    let error = PriceBook::from_cards(&[("c.toml", &twice)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`provider Fastly Full Site Delivery` appears twice in price card `c.toml`"
    );
    let no_prices = PROVIDER.split_once("[[provider.prices]]").unwrap().0;
    let error = PriceBook::from_cards(&[("c.toml", no_prices)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`prices of provider Fastly Full Site Delivery` in price card `c.toml` is empty"
    );
}
