//! Published sums, through the shipped views.

use edgeledger_query::{Distribution, Origin, S3FreeTierMethod, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{GB, Row, TB, cell, rows, session};

fn without_free_tiers() -> Settings {
    Settings {
        cloudfront_free_tier: false,
        s3_free_tier: false,
        ..Settings::default()
    }
}

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

/// AWS's S3 FAQ, "Data Transfer Out Example": 62 TB from us-east-1. The example takes the free
/// transfer out of the first tier; the product takes it before the tiers, as the price list says.
#[tokio::test]
async fn e1_s3_faq_egress_in_both_variants() {
    let traffic = |month| {
        let half = Row {
            month,
            response_bytes: 31 * TB,
            ..Row::default()
        };
        [half.clone(), Row { day: 20, ..half }]
    };
    let faq = Settings {
        s3_free_tier_method: S3FreeTierMethod::WithinFirstTier,
        ..Settings::default()
    };
    for (month, settings, usd) in [
        // The example's era: 1 GB free.
        ("2021-06", &faq, "5263.27"),
        ("2021-06", &Settings::default(), "5263.29"),
        // Today's 100 GB.
        ("2026-10", &faq, "5254.36"),
        ("2026-10", &Settings::default(), "5256.36"),
    ] {
        let session = session(&traffic(month), &book(), settings).await;
        let sql = "SELECT round(sum(usd), 2) FROM s3_egress_cost";
        assert_eq!(cell(&session, sql).await, usd, "{month} {settings:?}");
    }
}

/// The tiers of the same example, in its own era and method.
#[tokio::test]
async fn e1_tier_by_tier() {
    let traffic = [Row {
        month: "2021-06",
        response_bytes: 62 * TB,
        ..Row::default()
    }];
    let settings = Settings {
        s3_free_tier_method: S3FreeTierMethod::WithinFirstTier,
        ..Settings::default()
    };
    let session = session(&traffic, &book(), &settings).await;
    let sql =
        "SELECT tier, tier_bytes / 1073741824, round(usd, 2) FROM s3_egress_cost ORDER BY tier";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["1", "10239", "921.51"],
            ["2", "40960", "3481.60"],
            ["3", "12288", "860.16"]
        ]
    );
}

/// AWS's billing guide: Bob's 8 TB and Susan's 4 TB count together.
#[tokio::test]
async fn e4_tiers_count_over_the_organisation() {
    let card = r#"
        kind = "prices"
        service = "s3"
        name = "billing-guide"
        valid_from = "2026-01"
        source = "AWS Billing guide, volume pricing example"
        [[egress]]
        regions = ["us-east-1"]
        tiers = [[0, "0.17"], [10240, "0.13"], [51200, "0.11"]]
        source = "AWS Billing guide"
        seen = "2026-11"
        confidence = "high"
    "#;
    let book = book().with_cards(&[("billing-guide.toml", card)]).unwrap();
    let bob = Row {
        distribution: "BOB",
        response_bytes: 8 * TB,
        ..Row::default()
    };
    let susan = Row {
        distribution: "SUSAN",
        response_bytes: 4 * TB,
        ..Row::default()
    };
    let total = "SELECT round(sum(usd), 2) FROM s3_egress_cost";

    let together = session(&[bob.clone(), susan.clone()], &book, &without_free_tiers()).await;
    assert_eq!(cell(&together, total).await, "2007.04");
    // Shares at the average rate, to the cent.
    let shares = "SELECT distribution, round(usd, 2) FROM allocated_costs \
                  WHERE side = 's3' AND item = 'egress' ORDER BY distribution";
    assert_eq!(
        rows(&together, shares).await,
        [["BOB", "1338.03"], ["SUSAN", "669.01"]]
    );

    let mut apart = Vec::new();
    for one in [bob, susan] {
        apart.push(cell(&session(&[one], &book, &without_free_tiers()).await, total).await);
    }
    assert_eq!(apart, ["1392.64", "696.32"], "2,088.96 without aggregation");
}

/// Infracost's golden file: eight billing regions, seven tiers, no free tier.
#[tokio::test]
async fn e5_infracost_ladders_of_every_region() {
    for (edge, gb, tiers, total) in [
        (
            "IAD89-C3",
            12_340_000,
            [
                "870.40",
                "3276.80",
                "6144.00",
                "14336.00",
                "16097.28",
                "104857.60",
                "141942.40",
            ],
            "287524.48",
        ),
        (
            "FRA56-P4",
            22_340_000,
            [
                "870.40",
                "3276.80",
                "6144.00",
                "14336.00",
                "16097.28",
                "104857.60",
                "341942.40",
            ],
            "487524.48",
        ),
        (
            "JNB50-C1",
            32_340_000,
            [
                "1126.40",
                "4300.80",
                "9216.00",
                "28672.00",
                "32194.56",
                "209715.20",
                "1083884.80",
            ],
            "1369109.76",
        ),
        (
            "GRU3-C1",
            42_340_000,
            [
                "1126.40",
                "4300.80",
                "9216.00",
                "28672.00",
                "32194.56",
                "209715.20",
                "1483884.80",
            ],
            "1769109.76",
        ),
        (
            "NRT57-P1",
            52_340_000,
            [
                "1167.36",
                "3645.44",
                "8806.40",
                "30105.60",
                "42926.08",
                "293601.28",
                "2825827.20",
            ],
            "3206079.36",
        ),
        (
            "SYD62-P2",
            62_340_000,
            [
                "1167.36",
                "4014.08",
                "9625.60",
                "32972.80",
                "48291.84",
                "356515.84",
                "4567769.60",
            ],
            "5020357.12",
        ),
        (
            "SIN52-C2",
            62_340_000,
            [
                "1228.80",
                "4096.00",
                "9728.00",
                "32256.00",
                "42926.08",
                "293601.28",
                "3425827.20",
            ],
            "3809663.36",
        ),
        (
            "BOM78-P1",
            72_340_000,
            [
                "1116.16",
                "3481.60",
                "8396.80",
                "28672.00",
                "41852.93",
                "314572.80",
                "4830992.64",
            ],
            "5229084.93",
        ),
    ] {
        let traffic = [Row {
            edge,
            response_bytes: gb * GB,
            ..Row::default()
        }];
        let session = session(&traffic, &book(), &without_free_tiers()).await;
        let by_tier = rows(
            &session,
            "SELECT round(usd, 2) FROM cloudfront_egress_cost ORDER BY tier",
        )
        .await;
        let by_tier: Vec<&str> = by_tier.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(by_tier, tiers, "{edge}");
        let sum = cell(
            &session,
            "SELECT round(sum(usd), 2) FROM cloudfront_egress_cost",
        )
        .await;
        assert_eq!(sum, total, "{edge}");
    }
}

/// The sum a published article gets wrong: 50 TB from North America is not $4,250.
#[tokio::test]
async fn e9_fifty_terabytes_with_and_without_the_free_tier() {
    let traffic = [Row {
        response_bytes: 50 * TB,
        ..Row::default()
    }];
    let sql = "SELECT round(sum(usd), 2) FROM cloudfront_egress_cost";
    let gross = session(&traffic, &book(), &without_free_tiers()).await;
    assert_eq!(cell(&gross, sql).await, "4147.20");
    let net = session(&traffic, &book(), &Settings::default()).await;
    assert_eq!(cell(&net, sql).await, "4065.28");
}

/// A small real bill: 8,837 HTTPS requests in Europe cost one cent.
#[tokio::test]
async fn e10_requests_of_a_small_bill() {
    let traffic: Vec<Row> = (0..8_837)
        .map(|_| Row {
            edge: "FRA56-P4",
            ..Row::default()
        })
        .collect();
    let session = session(&traffic, &book(), &without_free_tiers()).await;
    assert_eq!(
        cell(&session, "SELECT usd FROM cloudfront_request_cost").await,
        "0.010604400000"
    );
}

#[tokio::test]
async fn tiers_meet_at_the_byte() {
    for (extra, second_tier) in [(-1, None), (0, None), (1, Some("1"))] {
        let traffic = [Row {
            response_bytes: 10_240 * GB + extra,
            ..Row::default()
        }];
        let session = session(&traffic, &book(), &without_free_tiers()).await;
        let found = rows(
            &session,
            "SELECT tier_bytes FROM cloudfront_egress_cost WHERE tier = 2",
        )
        .await;
        assert_eq!(
            found.first().map(|row| row[0].as_str()),
            second_tier,
            "{extra}"
        );
    }
}

#[tokio::test]
async fn free_tier_is_shared_to_the_byte() {
    // Three regions whose shares of 1 TB are no whole numbers.
    let traffic = [
        Row {
            edge: "IAD89-C3",
            response_bytes: TB,
            ..Row::default()
        },
        Row {
            edge: "FRA56-P4",
            response_bytes: TB - 1,
            ..Row::default()
        },
        Row {
            edge: "NRT57-P1",
            response_bytes: TB + 5,
            ..Row::default()
        },
    ];
    let session = session(&traffic, &book(), &Settings::default()).await;
    let billable = cell(
        &session,
        "SELECT sum(tier_bytes) FROM cloudfront_egress_cost",
    )
    .await;
    assert_eq!(billable, (2 * TB + 4).to_string());
}

#[tokio::test]
async fn an_edge_outside_the_price_class_costs_as_the_cheapest_inside() {
    let settings = Settings {
        distributions: vec![Distribution {
            price_class: "100".to_owned(),
            ..Distribution::assumed("E1")
        }],
        ..without_free_tiers()
    };
    let traffic = [
        Row {
            edge: "GRU3-C1",
            response_bytes: GB,
            ..Row::default()
        },
        Row {
            edge: "QQX1-C1",
            response_bytes: GB,
            ..Row::default()
        },
    ];
    let session = session(&traffic, &book(), &settings).await;
    let sql = "SELECT edge_code, edge_region, region, edge_known FROM usage ORDER BY edge_code";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["GRU", "SA", "US", "true"],
            ["QQX", "unknown", "EU", "false"]
        ],
        "an unknown edge costs as the dearest inside"
    );
    assert_eq!(
        rows(
            &session,
            "SELECT edge_code, billed_as, requests FROM unknown_edges"
        )
        .await,
        [["QQX", "EU", "1"]]
    );
}

#[tokio::test]
async fn proxy_methods_pay_for_bytes_to_the_origin() {
    let traffic = [
        Row {
            method: "POST",
            request_bytes: 1_234 * GB,
            ..Row::default()
        },
        Row {
            method: "GET",
            request_bytes: 50 * GB,
            ..Row::default()
        },
    ];
    let session = session(&traffic, &book(), &without_free_tiers()).await;
    // Infracost's golden file: 1,234 GB to the origin in the US cost $24.68.
    assert_eq!(
        cell(
            &session,
            "SELECT round(sum(usd), 2) FROM cloudfront_origin_transfer_cost"
        )
        .await,
        "24.68"
    );
}

#[tokio::test]
async fn s3_is_not_charged_for_what_only_an_edge_answers() {
    let one = |result, detailed, status| Row {
        result,
        detailed,
        status,
        response_bytes: GB,
        ..Row::default()
    };
    let traffic = [
        one("Hit", "Hit", 200),
        one("Miss", "Miss", 200),
        one("Error", "Error", 404),
        one("Redirect", "Redirect", 301),
        one("LambdaGeneratedResponse", "LambdaGeneratedResponse", 302),
        one(
            "FunctionGeneratedResponse",
            "FunctionGeneratedResponse",
            301,
        ),
        one("LimitExceeded", "LimitExceeded", 429),
        one("CapacityExceeded", "CapacityExceeded", 503),
        one("Miss", "MissGeneratedResponse", 200),
        one("Error", "OriginConnectError", 502),
    ];
    let session = session(&traffic, &book(), &without_free_tiers()).await;
    assert_eq!(
        cell(
            &session,
            "SELECT sum(requests) FROM usage WHERE s3_would_serve"
        )
        .await,
        "3"
    );
    assert_eq!(
        cell(
            &session,
            "SELECT sum(requests) FROM usage WHERE reaches_origin"
        )
        .await,
        // Both misses, the 404 that the bucket may have answered, and the origin's failure.
        "4"
    );
}

#[tokio::test]
async fn parts_sum_to_the_month_to_the_cent() {
    // Seven equal shares of an amount that seven does not divide, twice over.
    let names = ["E1", "E2", "E3", "E4", "E5", "E6", "E7"];
    let traffic: Vec<Row> = names
        .iter()
        .flat_map(|distribution| {
            let row = Row {
                distribution,
                response_bytes: 100 * GB,
                ..Row::default()
            };
            [
                row.clone(),
                Row {
                    edge: "GRU3-C1",
                    response_bytes: 33 * GB + 7,
                    result: "Miss",
                    ..row
                },
            ]
        })
        .collect();
    let session = session(&traffic, &book(), &Settings::default()).await;
    for side in ["cloudfront", "s3"] {
        let parts = cell(
            &session,
            &format!("SELECT sum(usd) FROM distribution_cost WHERE side = '{side}'"),
        )
        .await;
        let whole = cell(
            &session,
            &format!("SELECT usd FROM monthly_cost WHERE side = '{side}'"),
        )
        .await;
        assert_eq!(parts, whole, "{side}");
    }
    let headline = rows(
        &session,
        "SELECT cloudfront_usd, s3_usd, savings_usd FROM headline",
    )
    .await;
    let savings = rows(
        &session,
        "SELECT sum(cloudfront_usd), sum(s3_usd), sum(savings_usd) FROM savings",
    )
    .await;
    assert_eq!(headline, savings);
}

#[tokio::test]
async fn a_server_origin_has_no_s3_side() {
    let settings = Settings {
        distributions: vec![Distribution {
            origin: Origin::Server,
            ..Distribution::assumed("E2")
        }],
        ..without_free_tiers()
    };
    let traffic = [
        Row {
            response_bytes: 100 * GB,
            ..Row::default()
        },
        Row {
            distribution: "E2",
            response_bytes: 100 * GB,
            ..Row::default()
        },
    ];
    let session = session(&traffic, &book(), &settings).await;
    assert_eq!(
        rows(
            &session,
            "SELECT distribution, cloudfront_usd, s3_usd, savings_usd FROM savings ORDER BY 1"
        )
        .await,
        [
            ["E1", "8.50", "9.00", "0.50"],
            ["E2", "8.50", "NULL", "NULL"]
        ]
    );
    assert_eq!(
        rows(
            &session,
            "SELECT cloudfront_usd, cloudfront_s3_usd, s3_usd, savings_usd FROM headline"
        )
        .await,
        [["17.00", "8.50", "9.00", "0.50"]]
    );
}

#[tokio::test]
async fn a_month_without_prices_is_listed_and_not_free() {
    let traffic = [Row {
        month: "2019-03",
        response_bytes: GB,
        ..Row::default()
    }];
    let session = session(&traffic, &book(), &Settings::default()).await;
    assert_eq!(
        rows(
            &session,
            "SELECT side, item, region, unit, quantity FROM unpriced_usage ORDER BY side, item"
        )
        .await,
        [
            ["cloudfront", "egress", "US", "bytes", "1073741824"],
            ["cloudfront", "requests", "US", "requests", "1"],
            ["s3", "egress", "us-east-1", "bytes", "1073741824"],
            ["s3", "requests", "us-east-1", "requests", "1"]
        ]
    );
}

/// A region whose GET price is not on the card is priced at the dearest known, and listed.
#[tokio::test]
async fn an_unknown_get_price_is_assumed_and_listed() {
    let origin = Origin::S3 {
        bucket_region: "eu-north-1".to_owned(),
    };
    let settings = Settings {
        distributions: vec![Distribution {
            origin,
            ..Distribution::assumed("E1")
        }],
        ..without_free_tiers()
    };
    let session = session(
        &[Row {
            response_bytes: 1,
            ..Row::default()
        }],
        &book(),
        &settings,
    )
    .await;
    assert_eq!(
        rows(
            &session,
            "SELECT bucket_region, is_assumed, usd_per_request FROM s3_get_prices"
        )
        .await,
        [["eu-north-1", "true", "0.000000560000"]]
    );
}
