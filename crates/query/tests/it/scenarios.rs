//! Scenarios, and the views that need them: what-if, unknowns, allocations, plans; and the load
//! kept off servers. Expected amounts are worked out by hand from the price cards.

use edgeledger_query::{Allocation, Distribution, ExtraUsage, Origin, Session, Settings};
use edgeledger_rates::{Decimal, PriceBook};

use crate::world::{Counted, GB, Row, TB, cell, counted, rows, session};

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

fn named(id: &str, name: &str) -> Distribution {
    Distribution {
        name: name.to_owned(),
        ..Distribution::assumed(id)
    }
}

/// Two distributions without free tiers: releases sends 1,000 GB from India, crates 1,000 GB from
/// the US, both to buckets in us-east-1.
fn settings() -> Settings {
    Settings {
        distributions: vec![named("E1", "releases"), named("E2", "crates")],
        cloudfront_free_tier: false,
        s3_free_tier: false,
        ..Settings::default()
    }
}

fn traffic() -> [Counted; 2] {
    let sent = |distribution, edge| Counted {
        distribution,
        edge,
        response_bytes: 1_000 * GB,
        ..Counted::default()
    };
    [sent("E1", "BOM"), sent("E2", "IAD")]
}

async fn two() -> Session {
    counted(&traffic(), &book(), &settings()).await
}

#[tokio::test]
async fn knobs_change_what_they_say_and_nothing_else() {
    let session = two().await;
    for (scenario, expected) in [
        // India 0.109, the US 0.085 a GB; from the bucket 0.09.
        ("", [["E1", "109.00", "90.00"], ["E2", "85.00", "90.00"]]),
        (
            "'price_class=100'",
            [["E1", "85.00", "90.00"], ["E2", "85.00", "90.00"]],
        ),
        (
            "'releases:price_class=PriceClass_100'",
            [["E1", "85.00", "90.00"], ["E2", "85.00", "90.00"]],
        ),
        (
            "'E2:price_class=100'",
            [["E1", "109.00", "90.00"], ["E2", "85.00", "90.00"]],
        ),
        // sa-east-1: 0.15 a GB.
        (
            "'crates:bucket_region=sa-east-1'",
            [["E1", "109.00", "90.00"], ["E2", "85.00", "150.00"]],
        ),
        (
            "'discount=0.5'",
            [["E1", "54.50", "90.00"], ["E2", "42.50", "90.00"]],
        ),
        (
            "'discount=0.5', 'price_class=100'",
            [["E1", "42.50", "90.00"], ["E2", "42.50", "90.00"]],
        ),
        // The free terabyte is half of each; 100 GB of S3's are taken off as well.
        (
            "'cloudfront_free_tier=true'",
            [["E1", "53.19", "90.00"], ["E2", "41.48", "90.00"]],
        ),
        (
            "'s3_free_tier=true'",
            [["E1", "109.00", "85.50"], ["E2", "85.00", "85.50"]],
        ),
        (
            "'releases:plan=pro'",
            [["E1", "15.00", "90.00"], ["E2", "85.00", "90.00"]],
        ),
        // Reads from Standard-IA: 0.01 a GB on S3's side.
        (
            "'crates:storage_class=standard-ia'",
            [["E1", "109.00", "90.00"], ["E2", "85.00", "100.00"]],
        ),
    ] {
        let sql = format!(
            "SELECT distribution, cloudfront_usd, s3_usd FROM what_if({scenario}) ORDER BY distribution"
        );
        assert_eq!(rows(&session, &sql).await, expected, "{scenario}");
    }
    let only = "SELECT name, cloudfront_usd FROM what_if('only=crates')";
    assert_eq!(rows(&session, only).await, [["crates", "85.00"]]);
    let without = "SELECT name, cloudfront_usd FROM what_if('without=crates')";
    assert_eq!(rows(&session, without).await, [["releases", "109.00"]]);
}

#[tokio::test]
async fn the_hit_ratio_moves_requests_to_and_from_the_origin() {
    let requests = |result, requests| Counted {
        result,
        requests,
        ..Counted::default()
    };
    let traffic = [
        requests("Hit", 90_000_000),
        requests("Miss", 10_000_000),
        requests("Redirect", 5_000_000),
    ];
    let session = counted(&traffic, &book(), &settings()).await;
    // 0.0004 USD per 1,000 GETs; 105 million requests over HTTPS at 1 USD a million.
    for (scenario, usd) in [
        ("hit_ratio=0", "109.00"),
        ("hit_ratio=+0.05", "107.00"),
        ("hit_ratio=-0.05", "111.00"),
        ("hit_ratio=0.5", "105.00"),
        ("hit_ratio=-1", "147.00"),
        ("regional_caches=absorb", "105.00"),
    ] {
        let sql =
            format!("SELECT cloudfront_usd FROM what_if('{scenario}') WHERE distribution = 'E1'");
        assert_eq!(cell(&session, &sql).await, usd, "{scenario}");
    }
}

#[tokio::test]
async fn traffic_grows_and_shrinks() {
    let traffic = [
        Counted {
            requests: 100_000_000,
            response_bytes: 10 * TB,
            ..Counted::default()
        },
        Counted {
            result: "Miss",
            requests: 10_000_000,
            ..Counted::default()
        },
    ];
    let session = counted(&traffic, &book(), &settings()).await;
    // 110 million requests at 1 USD, 10 million GETs at 0.4 USD a million; 10 TB at 0.085 USD a GB,
    // and beyond them 0.080 USD.
    for (scenario, usd) in [
        ("traffic=1", "984.40"),
        ("traffic=+50%", "1451.00"),
        ("traffic=1.5", "1451.00"),
        ("traffic=-50%", "492.20"),
        ("traffic=0", "0.00"),
    ] {
        let sql = format!(
            "SELECT CAST(coalesce(sum(cloudfront_usd), 0) AS DECIMAL(20, 2)) FROM what_if('{scenario}') WHERE distribution = 'E1'"
        );
        assert_eq!(cell(&session, &sql).await, usd, "{scenario}");
    }
}

#[tokio::test]
async fn wrong_knobs_are_named_with_the_right_ones() {
    let session = two().await;
    for (scenario, message) in [
        ("price_class", "a scenario is written knob=value"),
        (
            "prise_class=100",
            "there is no knob `prise_class`: did you mean `price_class`?",
        ),
        ("price_class=300", "`300` is no price_class"),
        (
            "bucket_region=us-east-11",
            "`us-east-11` is no bucket_region: did you mean `us-east-1`",
        ),
        (
            "relases:plan=pro",
            "no distribution is called `relases`: did you mean `releases`?",
        ),
        (
            "releases:discount=0.1",
            "`discount` is not a setting of one distribution",
        ),
        ("discount=1.5", "`1.5` is not a share such as 0.25"),
        ("hit_ratio=5%", "`5%` is not a change such as +0.05"),
        (
            "traffic=35%",
            "`35%` is not a factor such as 1.35 or a change such as +35%",
        ),
        ("traffic=-101%", "`-101%` is not a factor"),
        ("plan=gold", "`gold` is no plan"),
        ("waf=maybe", "waf is `billed` or `unbilled`, not `maybe`"),
    ] {
        let sql = format!("SELECT * FROM what_if('{scenario}')");
        let error = session.plan(&sql).await.unwrap_err().to_string();
        assert!(error.contains(message), "{scenario}: {error}");
    }
    for sql in [
        "SELECT * FROM what_if(100)",
        "SELECT * FROM each_distribution('both')",
    ] {
        assert!(session.plan(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn negative_savings_say_why() {
    let small = Counted {
        distribution: "E2",
        edge: "IAD",
        requests: 100_000_000,
        response_bytes: GB,
        ..Counted::default()
    };
    let [from_india, _] = traffic();
    let lambda = ExtraUsage {
        item: "lambda-edge-duration".to_owned(),
        region: "global".to_owned(),
        month: None,
        distribution: Some("E3".to_owned()),
        quantity: 1_000_000,
    };
    let settings = Settings {
        extra_usage: vec![lambda],
        ..settings()
    };
    let with_lambda = Counted {
        distribution: "E3",
        edge: "IAD",
        response_bytes: 100 * GB,
        ..Counted::default()
    };
    let session = counted(&[from_india, small, with_lambda], &book(), &settings).await;
    let sql = "SELECT distribution, savings_usd < 0, reason FROM savings ORDER BY distribution";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["E1", "true", "edge_dearer"],
            ["E2", "true", "small_objects"],
            ["E3", "true", "fees"]
        ]
    );
}

/// Alone, releases would fill the first tiers by itself; the three methods share 20 TB of Indian
/// egress and 10 TB of it differently.
#[tokio::test]
async fn the_three_methods_share_a_ladder_as_they_say() {
    let sent = |distribution, tb| Counted {
        distribution,
        edge: "BOM",
        requests: 1,
        response_bytes: tb * TB,
        ..Counted::default()
    };
    let traffic = [sent("E1", 10), sent("E2", 10)];
    // 10 TB at 0.109 and 10 at 0.085: 1,116.16 + 870.40. Alone each costs 1,116.16, at the margin
    // 870.40: all three share evenly. The request fees are a millionth.
    for allocation in [
        Allocation::Average,
        Allocation::Standalone,
        Allocation::Marginal,
    ] {
        let settings = Settings {
            allocation,
            ..settings()
        };
        let session = counted(&traffic, &book(), &settings).await;
        let sql =
            "SELECT distribution, usd FROM distribution_cost WHERE side = 'cloudfront' ORDER BY 1";
        assert_eq!(
            rows(&session, sql).await,
            [["E1", "993.28"], ["E2", "993.28"]],
            "{allocation:?}"
        );
    }
    // 10 TB and 1 TB: average 1,116.16 + 87.04 in shares of 10:1; alone 1,116.16 and 111.616; at
    // the margin 1,091.584 (what is left is 1 TB in the first tier) and 87.04.
    let traffic = [sent("E1", 10), sent("E2", 1)];
    for (allocation, shares) in [
        (Allocation::Average, ["1093.82", "109.38"]),
        (Allocation::Standalone, ["1093.82", "109.38"]),
        (Allocation::Marginal, ["1114.35", "88.85"]),
    ] {
        let settings = Settings {
            allocation,
            ..settings()
        };
        let session = counted(&traffic, &book(), &settings).await;
        let sql =
            "SELECT usd FROM distribution_cost WHERE side = 'cloudfront' ORDER BY distribution";
        let usd = rows(&session, sql).await.concat();
        assert_eq!(usd, shares, "{allocation:?}");
        // Scenarios share as the report does.
        let sql = "SELECT cloudfront_usd FROM what_if() ORDER BY distribution";
        assert_eq!(rows(&session, sql).await.concat(), shares, "{allocation:?}");
    }
}

#[tokio::test]
async fn a_plan_replaces_the_fees_of_its_distribution() {
    let mut settings = settings();
    settings.distributions[0].plan = Some("business".to_owned());
    let session = counted(&traffic(), &book(), &settings).await;
    let sql =
        "SELECT item, region, usd FROM cost_lines WHERE side = 'cloudfront' ORDER BY item, region";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["egress", "US", "85.000000000000"],
            ["plan", "business", "200.000000000000"],
            ["requests", "US", "0.000001000000"],
        ]
    );
    let sql = "SELECT distribution, cloudfront_usd, s3_usd FROM savings ORDER BY distribution";
    assert_eq!(
        rows(&session, sql).await,
        [["E1", "200.00", "90.00"], ["E2", "85.00", "90.00"]]
    );
    // Days, regions and requests carry the plan too.
    assert_eq!(
        cell(&session, "SELECT sum(cloudfront_usd) FROM daily_cost").await,
        "285.00"
    );
    let sql = "SELECT name, plan, plan_usd, marginal_usd, covers FROM plan_options \
               WHERE plan IN ('free', 'pro') ORDER BY plan";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["crates", "free", "0.00", "85.00", "false"],
            ["crates", "pro", "15.00", "85.00", "true"]
        ]
    );
}

#[tokio::test]
async fn unknowns_add_up_to_the_range() {
    let session = two().await;
    let sql =
        "SELECT unknown, change_usd FROM savings_unknowns WHERE change_usd <> 0 ORDER BY unknown";
    assert_eq!(rows(&session, sql).await, Vec::<Vec<String>>::new());
    // With both free tiers on, each is an unknown: 1,024 GB shared evenly are 512 × (0.109 + 0.085)
    // and 100 GB 9.00.
    let with_free_tiers = Settings {
        cloudfront_free_tier: true,
        s3_free_tier: true,
        ..settings()
    };
    let session = counted(&traffic(), &book(), &with_free_tiers).await;
    assert_eq!(
        rows(&session, sql).await,
        [["cloudfront_free_tier", "-99.33"], ["s3_free_tier", "9.00"]]
    );
    let sql = "SELECT low_usd, savings_usd, high_usd FROM savings_range";
    assert_eq!(rows(&session, sql).await, [["-23.00", "76.33", "85.33"]]);
}

#[tokio::test]
async fn competitors_are_priced_as_far_as_they_say_a_price() {
    let session = two().await;
    // Cloudflare R2: no egress fee, and 10 million reads are free.
    let sql = "SELECT usd, unpriced_bytes FROM competitor_cost WHERE provider LIKE '%R2%'";
    assert_eq!(rows(&session, sql).await, [["0.00", "0"]]);
    // bunny.net: 0.01 in North America, 0.03 in Asia, GB of 10^9.
    let sql = "SELECT usd, unpriced_bytes FROM competitor_cost \
               WHERE provider LIKE 'bunny.net%' AND plan = 'Standard'";
    assert_eq!(rows(&session, sql).await, [["42.95", "0"]]);
    let sql = "SELECT count(*) FROM competitor_cost WHERE not_comparable IS NULL OR seen IS NULL";
    assert_eq!(cell(&session, sql).await, "0");
}

#[tokio::test]
async fn peaks_are_of_the_busiest_second() {
    let server = Distribution {
        origin: Origin::Server,
        ..named("E1", "www")
    };
    let settings = Settings {
        distributions: vec![server],
        ..Settings::default()
    };
    let at = |second, result| Row {
        second,
        result,
        detailed: result,
        response_bytes: 1_000,
        ..Row::default()
    };
    let requests = [
        at(10, "Hit"),
        at(10, "Hit"),
        at(10, "Miss"),
        at(11, "Miss"),
        at(11, "Miss"),
        at(12, "RefreshHit"),
    ];
    let session = session(&requests, &book(), &settings).await;
    let sql = "SELECT name, requests, kept_off_requests, kept_off_bytes, peak_requests, \
               peak_origin_requests, peak_kept_off_requests FROM origin_load";
    // The body of a revalidated answer does not come from the origin.
    assert_eq!(
        rows(&session, sql).await,
        [["www", "6", "2", "3000", "3", "2", "2"]]
    );
}

#[tokio::test]
async fn units_of_the_settings_replace_what_logs_show() {
    let shown = |distribution, result, requests| Counted {
        distribution,
        result,
        requests,
        ..Counted::default()
    };
    let traffic = [
        shown("E1", "FunctionGeneratedResponse", 3_000_000),
        shown("E2", "FunctionGeneratedResponse", 1_000_000),
        shown("E2", "LambdaGeneratedResponse", 2_000_000),
    ];
    let sql =
        "SELECT item, distribution, basis, quantity FROM other_usage ORDER BY item, distribution";
    let session = counted(&traffic, &book(), &settings()).await;
    assert_eq!(
        rows(&session, sql).await,
        [
            ["function", "E1", "logs", "3000000"],
            ["function", "E2", "logs", "1000000"],
            ["lambda-edge-request", "E2", "logs", "2000000"],
        ]
    );
    // Two million invocations are free, the others cost 0.10 a million; Lambda@Edge 0.60.
    let usd = "SELECT item, round(usd, 2) FROM other_cost ORDER BY item";
    assert_eq!(
        rows(&session, usd).await,
        [["function", "0.20"], ["lambda-edge-request", "1.20"]]
    );
    let told = ExtraUsage {
        item: "function".to_owned(),
        region: "global".to_owned(),
        month: Some("2026-10".to_owned()),
        distribution: Some("E1".to_owned()),
        quantity: 12_000_000,
    };
    let settings = Settings {
        extra_usage: vec![told],
        cloudfront_discount: Decimal::ZERO,
        ..settings()
    };
    let session = counted(&traffic, &book(), &settings).await;
    assert_eq!(
        rows(&session, sql).await,
        [
            ["function", "E1", "settings", "12000000"],
            ["function", "E2", "logs", "1000000"],
            ["lambda-edge-request", "E2", "logs", "2000000"],
        ]
    );
    assert_eq!(rows(&session, usd).await[0], ["function", "1.10"]);
}

/// What the sums of views were once: too small for a bill of millions, and for a share of a ten
/// thousandth of one unit.
#[tokio::test]
async fn bills_of_millions_and_shares_of_nothing_are_priced() {
    let sent = |distribution, requests, gb| Counted {
        distribution,
        requests,
        response_bytes: gb * GB,
        ..Counted::default()
    };
    let certificate = ExtraUsage {
        item: "dedicated-ip-certificate".to_owned(),
        region: "global".to_owned(),
        month: None,
        distribution: None,
        quantity: 1,
    };
    let settings = Settings {
        extra_usage: vec![certificate],
        ..settings()
    };
    // Infracost's 12,340,000 GB from the US, and a distribution with one request in ten million.
    let traffic = [sent("E1", 10_000_000, 12_340_000), sent("E2", 1, 0)];
    let session = counted(&traffic, &book(), &settings).await;
    let sql = "SELECT usage_usd, commitment_usd, waf_credit_usd FROM savings_bundle";
    // 287,524.48 + 10.00 for the requests + 600.
    assert_eq!(
        rows(&session, sql).await,
        [["288134.48", "201694.14", "20169.41"]]
    );
    for view in ["daily_cost", "region_cost"] {
        let sql = format!(
            "SELECT sum(d.cloudfront_usd) - (SELECT usd FROM monthly_cost WHERE side = 'cloudfront') \
             FROM {view} d"
        );
        assert_eq!(cell(&session, &sql).await, "0.00", "{view}");
    }
}

/// A card that calls a unit by another name doubles nothing.
#[tokio::test]
async fn a_unit_of_another_name_counts_once() {
    let card = r#"
        kind = "prices"
        service = "cloudfront"
        name = "later"
        valid_from = "2026-11"
        source = "made up"
        [[other]]
        item = "invalidation"
        region = "global"
        unit = "paths"
        per = 1
        usd = "0.004"
        source = "made up"
        seen = "2026-11"
        confidence = "high"
    "#;
    let book = book().with_cards(&[("later.toml", card)]).unwrap();
    let paths = ExtraUsage {
        item: "invalidation".to_owned(),
        region: "global".to_owned(),
        month: None,
        distribution: None,
        quantity: 5_000,
    };
    let settings = Settings {
        extra_usage: vec![paths],
        ..settings()
    };
    let session = counted(&traffic(), &book, &settings).await;
    let sql = "SELECT sum(usd), (SELECT sum(usd) FROM cost_lines WHERE item = 'invalidation') \
               FROM average_costs WHERE item = 'invalidation'";
    assert_eq!(
        rows(&session, sql).await,
        [["20.000000000000", "20.000000000000"]]
    );
}

#[tokio::test]
async fn a_scenario_without_a_price_is_an_error() {
    let before_plans = Counted {
        month: "2025-03",
        response_bytes: 1_000 * GB,
        ..Counted::default()
    };
    let session = counted(&[before_plans], &book(), &settings()).await;
    let sql = "SELECT * FROM what_if('plan=pro') WHERE month = '2025-03'";
    let error = format!("{:?}", session.query(sql).await.unwrap_err());
    assert!(
        error.contains("no price for `plan` of `pro` in 2025-03"),
        "{error}"
    );
}

/// A distribution that is left out stays out of what is weighed inside the scenario.
#[tokio::test]
async fn scopes_narrow_each_other() {
    let sent = |distribution, tb| Counted {
        distribution,
        edge: "BOM",
        response_bytes: tb * TB,
        ..Counted::default()
    };
    let all = [sent("E1", 10), sent("E2", 1), sent("E3", 30)];
    let settings = Settings {
        allocation: Allocation::Marginal,
        ..settings()
    };
    let with = counted(&all, &book(), &settings).await;
    let two = counted(&all[..2], &book(), &settings).await;
    let sql = "SELECT distribution, cloudfront_usd FROM what_if('without=E3') ORDER BY 1";
    assert_eq!(
        rows(&with, sql).await,
        rows(
            &two,
            "SELECT distribution, cloudfront_usd FROM savings ORDER BY 1"
        )
        .await
    );
    let none = "SELECT count(*) FROM what_if('only=E1', 'only=E2')";
    assert_eq!(cell(&with, none).await, "0");
}

/// Other providers have their own regions: a price class of `CloudFront`'s moves nothing there.
#[tokio::test]
async fn competitors_are_priced_where_the_edge_is() {
    let tokyo = Counted {
        edge: "NRT",
        response_bytes: 20 * TB,
        ..Counted::default()
    };
    let mut cheap = settings();
    cheap.distributions[0].price_class = "100".to_owned();
    let sql = "SELECT provider, plan, usd, unpriced_bytes FROM competitor_cost ORDER BY 1, 2";
    let all = counted(std::slice::from_ref(&tokyo), &book(), &settings()).await;
    let class_100 = counted(&[tokyo], &book(), &cheap).await;
    assert_eq!(rows(&all, sql).await, rows(&class_100, sql).await);
}
