//! More published sums, through the shipped views: requests, retrieval, fees, break-even sizes.

use edgeledger_query::{Distribution, ExtraUsage, Origin, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{Counted, GB, cell, counted, rows};

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

fn without_free_tiers() -> Settings {
    Settings {
        cloudfront_free_tier: false,
        s3_free_tier: false,
        ..Settings::default()
    }
}

fn in_bucket(id: &str, bucket_region: &str) -> Distribution {
    Distribution {
        origin: Origin::S3 {
            bucket_region: bucket_region.to_owned(),
        },
        ..Distribution::assumed(id)
    }
}

fn extra(item: &str, quantity: i64) -> ExtraUsage {
    ExtraUsage {
        item: item.to_owned(),
        region: "global".to_owned(),
        month: None,
        distribution: None,
        quantity,
    }
}

/// AWS's S3 FAQ: 310,000 PUTs for 1.55 and 620,000 GETs for 0.25.
#[tokio::test]
async fn e2_s3_faq_requests() {
    let puts = ExtraUsage {
        region: "us-east-1".to_owned(),
        ..extra("put", 310_000)
    };
    let settings = Settings {
        extra_usage: vec![puts],
        ..without_free_tiers()
    };
    let gets = Counted {
        requests: 620_000,
        ..Counted::default()
    };
    let session = counted(&[gets], &book(), &settings).await;
    let puts = "SELECT round(usd, 2) FROM other_cost WHERE item = 'put'";
    assert_eq!(cell(&session, puts).await, "1.55");
    let gets = "SELECT usd, round(usd, 2) FROM s3_read_cost WHERE side = 's3'";
    assert_eq!(rows(&session, gets).await, [["0.248000000000", "0.25"]]);
}

/// AWS's S3 FAQ: reads from Standard-IA cost 0.01 USD per GB, also on their way to `CloudFront`.
#[tokio::test]
async fn e3_s3_faq_retrieval() {
    let infrequent = Distribution {
        storage_class: "standard-ia".to_owned(),
        ..Distribution::assumed("E1")
    };
    let settings = Settings {
        distributions: vec![infrequent],
        ..without_free_tiers()
    };
    let read = |result, gb| Counted {
        result,
        response_bytes: gb * GB,
        ..Counted::default()
    };
    let traffic = [read("Hit", 200), read("Miss", 100)];
    let session = counted(&traffic, &book(), &settings).await;
    let sql = "SELECT item, round(usd, 2) FROM s3_read_cost WHERE quantity > 2 ORDER BY item";
    assert_eq!(
        rows(&session, sql).await,
        [["retrieval", "3.00"], ["s3_origin_retrieval", "1.00"]]
    );
}

/// Infracost's golden file: what is not egress.
#[tokio::test]
async fn e5_infracost_fees() {
    let settings = Settings {
        extra_usage: vec![
            extra("invalidation", 12_340),
            extra("dedicated-ip-certificate", 12),
            extra("field-level-encryption", 123_400),
            extra("real-time-log", 12_340_000),
        ],
        ..without_free_tiers()
    };
    let traffic = [
        Counted {
            protocol: "http",
            requests: 123_402,
            ..Counted::default()
        },
        Counted {
            requests: 123_400,
            ..Counted::default()
        },
        Counted {
            method: "PUT",
            request_bytes: 1_234 * GB,
            ..Counted::default()
        },
    ];
    let session = counted(&traffic, &book(), &settings).await;
    let sql = "SELECT item, round(usd, 2) FROM cost_lines WHERE side = 'cloudfront' \
               AND item IN (SELECT item FROM other_usage) ORDER BY item";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["dedicated-ip-certificate", "7200.00"],
            ["field-level-encryption", "0.25"],
            ["invalidation", "56.70"],
            ["real-time-log", "0.12"],
        ]
    );
    let sql = "SELECT billing_protocol, round(usd, 2) FROM cloudfront_request_cost \
               WHERE item = 'requests' ORDER BY billing_protocol";
    assert_eq!(
        rows(&session, sql).await,
        [["http", "0.09"], ["https", "0.12"]]
    );
    let sql = "SELECT round(usd, 2) FROM cloudfront_origin_transfer_cost";
    assert_eq!(cell(&session, sql).await, "24.68");
}

/// Infracost's golden file of internet egress: 157,000 GB from each region.
#[tokio::test]
async fn e6_infracost_s3_egress() {
    let settings = Settings {
        distributions: vec![in_bucket("E1", "sa-east-1"), in_bucket("E2", "eu-west-1")],
        ..without_free_tiers()
    };
    let sent = |distribution| Counted {
        distribution,
        response_bytes: 157_000 * GB,
        ..Counted::default()
    };
    let session = counted(&[sent("E1"), sent("E2")], &book(), &settings).await;
    let sql = "SELECT bucket_region, tier, round(usd, 2) FROM s3_egress_cost ORDER BY 1, 2";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["eu-west-1", "1", "921.60"],
            ["eu-west-1", "2", "3481.60"],
            ["eu-west-1", "3", "7168.00"],
            ["eu-west-1", "4", "170.00"],
            ["sa-east-1", "1", "1536.00"],
            ["sa-east-1", "2", "5652.48"],
            ["sa-east-1", "3", "12902.40"],
            ["sa-east-1", "4", "387.60"],
        ]
    );
    let sql = "SELECT sum(round(usd, 2)) FROM s3_egress_cost GROUP BY bucket_region ORDER BY 1";
    assert_eq!(rows(&session, sql).await, [["11741.20"], ["20478.48"]]);
}

/// AWS's documentation: the free invalidation paths are the account's, not each distribution's.
#[tokio::test]
async fn e7_free_invalidations_count_over_the_account() {
    let paths = |id: &str| ExtraUsage {
        distribution: Some(id.to_owned()),
        ..extra("invalidation", 600)
    };
    let settings = Settings {
        extra_usage: vec![paths("E1"), paths("E2"), paths("E3")],
        ..Settings::default()
    };
    let seen = ["E1", "E2", "E3"].map(|distribution| Counted {
        distribution,
        ..Counted::default()
    });
    let session = counted(&seen, &book(), &settings).await;
    let sql = "SELECT quantity - free_quantity, round(usd, 2) FROM other_cost";
    assert_eq!(rows(&session, sql).await, [["800", "4.00"]]);
}

/// AWS's documentation: 600 USD a month for a commitment of 420, and 42 of credit for the WAF;
/// and its announcement: a commitment of 100 covers 142.86 with up to 10 of credit.
#[tokio::test]
async fn e8_security_savings_bundle() {
    // A request over HTTPS from the US costs a millionth of a dollar.
    for (requests, bundle) in [
        (600_000_000, ["600.00", "420.00", "180.00", "42.00"]),
        (142_857_143, ["142.86", "100.00", "42.86", "10.00"]),
    ] {
        let settings = Settings {
            distributions: vec![Distribution {
                origin: Origin::Server,
                ..Distribution::assumed("E1")
            }],
            ..without_free_tiers()
        };
        let traffic = [Counted {
            requests,
            ..Counted::default()
        }];
        let session = counted(&traffic, &book(), &settings).await;
        let sql =
            "SELECT usage_usd, commitment_usd, saving_usd, waf_credit_usd FROM savings_bundle";
        assert_eq!(rows(&session, sql).await, [bundle]);
        let sql = "SELECT cloudfront_usd FROM what_if('discount=0.30')";
        assert_eq!(cell(&session, sql).await, bundle[1]);
        if requests == 600_000_000 {
            let sql = "SELECT 12 * (saving_usd + waf_credit_usd) FROM savings_bundle";
            assert_eq!(cell(&session, sql).await, "2664.00");
        }
    }
}

/// Figures that were published and are wrong: none of them may be ours.
#[tokio::test]
async fn e9_wrong_figures_are_not_ours() {
    let session = counted(&[Counted::default()], &book(), &Settings::default()).await;
    for (what, sql) in [
        (
            "0.0085 USD per GB, ten times too low",
            "SELECT count(*) FROM cloudfront_egress_prices WHERE tier = 1 AND usd_per_gb < 0.08",
        ),
        (
            "HTTPS from Australia at 0.0140 per 10,000",
            "SELECT count(*) FROM cloudfront_request_prices \
             WHERE region = 'AU' AND protocol = 'https' AND usd_per_request * 10000 <> 0.0125",
        ),
        (
            "HTTP as dear as HTTPS",
            "SELECT count(*) FROM cloudfront_request_prices p JOIN cloudfront_request_prices s \
             ON s.region = p.region AND s.card = p.card AND s.protocol = 'https' \
             WHERE p.protocol = 'http' AND p.usd_per_request >= s.usd_per_request",
        ),
        (
            "0.025 for all above 150 TB",
            "SELECT count(*) FROM cloudfront_egress_prices WHERE region = 'US' AND tier = 4 \
             AND usd_per_gb <> 0.040",
        ),
    ] {
        assert_eq!(cell(&session, sql).await, "0", "{what}");
    }
    // 50 TB from North America at 0.085 USD "is" 4,250.
    let traffic = [Counted {
        response_bytes: 50 * 1024 * GB,
        ..Counted::default()
    }];
    let session = counted(&traffic, &book(), &without_free_tiers()).await;
    let usd = cell(
        &session,
        "SELECT round(sum(usd), 2) FROM cloudfront_egress_cost",
    )
    .await;
    assert_eq!(usd, "4147.20");
}

/// The Rust project's own sum of 2019: (8.3 + 1.4) TB × (0.09 − 0.04) USD, TB of 1,000 GB.
#[tokio::test]
async fn the_rust_projects_sum_of_2019() {
    let cards = r#"
        kind = "prices"
        service = "cloudfront"
        name = "flat-2019"
        valid_from = "2026-01"
        source = "the published sum"
        [[egress]]
        regions = ["US"]
        tiers = [[0, "0.04"]]
        source = "the published sum"
        seen = "2019"
        confidence = "high"
        [[requests]]
        regions = ["US"]
        per = 1
        http = "0"
        https = "0"
        source = "left out of the published sum"
        seen = "2019"
        confidence = "high"
    "#;
    let reads = r#"
        kind = "prices"
        service = "s3"
        name = "no-read-fees"
        valid_from = "2026-01"
        source = "the published sum"
        [[requests]]
        regions = ["us-west-1"]
        per = 1
        any = "0"
        source = "left out of the published sum"
        seen = "2019"
        confidence = "high"
    "#;
    let book = book()
        .with_cards(&[("flat.toml", cards), ("reads.toml", reads)])
        .unwrap();
    let settings = Settings {
        distributions: vec![
            in_bucket("CRATES", "us-west-1"),
            in_bucket("RELEASES", "us-west-1"),
        ],
        ..without_free_tiers()
    };
    let sent = |distribution, gb: i64| Counted {
        distribution,
        response_bytes: gb * GB,
        ..Counted::default()
    };
    let traffic = [sent("CRATES", 8_300), sent("RELEASES", 1_400)];
    let session = counted(&traffic, &book, &settings).await;
    let sql = "SELECT distribution, savings_usd FROM savings ORDER BY 1";
    assert_eq!(
        rows(&session, sql).await,
        [["CRATES", "415.00"], ["RELEASES", "70.00"]]
    );
    assert_eq!(
        cell(&session, "SELECT savings_usd FROM headline").await,
        "485.00"
    );
}

/// The sizes of the price research: where `CloudFront` begins to pay, all hits, first tiers.
#[tokio::test]
async fn break_even_sizes() {
    let buckets = ["us-east-1", "eu-central-1", "sa-east-1", "ap-northeast-1"];
    let settings = Settings {
        distributions: buckets
            .iter()
            .map(|region| in_bucket(&region.to_uppercase(), region))
            .collect(),
        ..Settings::default()
    };
    let traffic =
        ["US-EAST-1", "EU-CENTRAL-1", "SA-EAST-1", "AP-NORTHEAST-1"].map(|distribution| Counted {
            distribution,
            ..Counted::default()
        });
    let session = counted(&traffic, &book(), &settings).await;
    for (edge, bucket, verdict, bytes) in [
        ("US", "us-east-1", "above", "128849"),
        ("EU", "eu-central-1", "above", "165356"),
        ("SA", "sa-east-1", "above", "44023"),
        ("JP", "ap-northeast-1", "never", "NULL"),
        // The edge is dearer than the bucket's region.
        ("IN", "us-east-1", "never", "NULL"),
    ] {
        let sql = format!(
            "SELECT verdict, break_even_bytes FROM break_even \
             WHERE region = '{edge}' AND bucket_region = '{bucket}'"
        );
        assert_eq!(
            rows(&session, &sql).await,
            [[verdict, bytes]],
            "{edge} {bucket}"
        );
    }
}
