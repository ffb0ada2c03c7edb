//! Hand-made reports.

mod figures;
mod hostile;
mod huge;
mod money;
mod parts;

use edgeledger_rates::Decimal;

use self::money::{origin_load, unknowns, what_if};
use self::parts::{
    card, coverage, decimal, distribution, headline, items, line, method, optional, pair, region,
    result, status, totals,
};
pub(super) use self::{hostile::hostile, huge::huge};
use crate::figures::Figures;
use crate::model::{
    AssumedItemPrice, AssumedPrice, Day, ExcludedObject, Headline, Method, ObjectTotals, Quality,
    Reject, RejectedObject, Report, Restatement, SCHEMA, UnknownEdge,
};

pub(super) fn all() -> [Report; 7] {
    [
        typical(),
        empty(),
        one(),
        only_servers(),
        huge(),
        hostile(),
        many(),
    ]
}

/// Five distributions, one dearer than S3 would be, one without an S3 side; a hole on the 20th.
pub(super) fn typical() -> Report {
    let mut distributions = vec![
        distribution(
            ("E2EXAMPLE1RLS", "releases", "us-west-1"),
            (51_112_907_105_152, 2_412_650),
            ("0.962341", "0.948812"),
            ("4231.18", "4480.02"),
        ),
        distribution(
            ("E2EXAMPLE2CRT", "crates", "us-west-1"),
            (19_784_510_320_441, 612_440_918),
            ("0.991200", "0.990001"),
            ("2297.40", "2011.90"),
        ),
        distribution(
            ("E2EXAMPLE5DOC", "docs", "eu-west-1"),
            (512_345_678_901, 31_220_187),
            ("0.874400", "0.801234"),
            ("66.07", "58.23"),
        ),
        distribution(
            ("E2EXAMPLE4WWW", "www", "server"),
            (88_123_456_789, 9_104_221),
            ("0.412000", "0.377700"),
            ("18.44", ""),
        ),
        distribution(
            ("E2EXAMPLE3IDX", "index", "us-east-1"),
            (1_234_567_890, 4_000_112),
            ("0.999990", "0.999990"),
            ("4.31", "1.71"),
        ),
    ];
    // One reason of each kind.
    distributions[0].storage_class = Some("standard-ia".to_owned());
    distributions[2].plan = Some("business".to_owned());
    for (row, reason, egress, requests) in [
        (1, "edge_dearer", "-301.20", "15.70"),
        (2, "fees", "0.01", "0.02"),
        (4, "small_objects", "0.07", "-2.67"),
    ] {
        distributions[row].reason = Some(reason.to_owned());
        distributions[row].egress_savings_usd = optional(egress);
        distributions[row].request_savings_usd = optional(requests);
    }
    let headline = headline(&distributions, "0.978451", "0.956789");
    let cost_lines = vec![
        line(
            ("cloudfront", "egress", "EU", ""),
            "bytes",
            31_000_000_000_000,
            "2455.110000000000",
        ),
        line(
            ("cloudfront", "egress", "US", ""),
            "bytes",
            40_499_121_131_173,
            "3341.271234567890",
        ),
        line(
            ("cloudfront", "function", "global", ""),
            "invocation",
            2_000_000,
            "0.200000000000",
        ),
        line(
            ("cloudfront", "made-up-item", "global", ""),
            "unit",
            1,
            "0.100000000000",
        ),
        line(
            ("cloudfront", "origin_transfer", "US", ""),
            "bytes",
            81_920_003,
            "0.001525878900",
        ),
        line(
            ("cloudfront", "plan", "business", ""),
            "plans",
            1,
            "200.000000000000",
        ),
        line(
            ("cloudfront", "proxy_requests", "US", "https"),
            "requests",
            1_200,
            "0.001200000000",
        ),
        line(
            ("cloudfront", "requests", "EU", "https"),
            "requests",
            259_000_000,
            "310.800000000000",
        ),
        line(
            ("cloudfront", "requests", "US", "http"),
            "requests",
            178_088,
            "0.133566000000",
        ),
        line(
            ("cloudfront", "requests", "US", "https"),
            "requests",
            400_000_000,
            "400.000000000000",
        ),
        line(
            ("cloudfront", "s3_origin_requests", "us-west-1", ""),
            "requests",
            250_121_000,
            "110.083673553210",
        ),
        line(
            ("cloudfront", "s3_origin_retrieval", "us-west-1", ""),
            "bytes",
            5_400_000_000_000,
            "50.291419029236",
        ),
        line(
            ("s3", "egress", "us-west-1", ""),
            "bytes",
            70_897_417_425_593,
            "6201.660000000000",
        ),
        line(
            ("s3", "requests", "us-west-1", ""),
            "requests",
            614_853_568,
            "350.200000000000",
        ),
        line(
            ("s3", "retrieval", "us-west-1", ""),
            "bytes",
            51_112_907_105_152,
            "476.025390625000",
        ),
    ];
    let objects = vec![
        status("empty", 2, 812, 0, 0),
        status("forgotten", 1, 1_024, 0, 0),
        status("ingested", 14_302, 41_223_998_112, 659_178_088, 6),
        status("quarantined", 1, 65_536, 0, 0),
        status("vanished", 1, 4096, 0, 0),
    ];
    let days = (1..=31)
        .filter(|day| *day != 20)
        .map(|day| Day {
            date: format!("2026-10-{day:02}"),
            egress_bytes: 1_200_000_000_000 + 83_000_000_000 * ((day * 7) % 31),
            requests: 21_000_000 + 111_111 * ((day * 5) % 31),
            request_hit_ratio: optional("0.978000"),
        })
        .collect();
    Report {
        schema: SCHEMA,
        month: "2026-10".parse().unwrap(),
        compared_month: "2026-09".parse().unwrap(),
        distribution: None,
        unknowns: unknowns(&headline),
        cost_items: items(&cost_lines),
        cost_lines,
        origin_load: vec![origin_load(&distributions[3])],
        break_even: vec![
            pair(
                ("US", "us-west-1", "standard-ia"),
                (40_499_121_131_173, 400_178_088),
                "above",
                Some(120_259),
            ),
            pair(
                ("EU", "us-west-1", "standard-ia"),
                (30_000_000_000_000, 258_000_000),
                "below",
                Some(1_024),
            ),
            pair(
                ("EU", "us-east-1", "standard"),
                (1_234_567_890, 4_000_112),
                "never",
                None,
            ),
            pair(("IN", "us-east-1", "standard"), (1, 1), "always", None),
        ],
        what_if: Some(what_if(&headline, &distributions)),
        regions: vec![
            region("US", 40_499_121_131_173, 400_178_088, "0.566421"),
            region("EU", 31_000_000_000_000, 259_000_000, "0.433579"),
        ],
        days,
        figures: figures::typical(),
        cache_results: vec![
            result(
                "Hit",
                (612_000_000, "0.928430"),
                (64_000_000_000_000, "0.895114"),
            ),
            result(
                "RefreshHit",
                (9_000_000, "0.013653"),
                (2_000_000_000_000, "0.027972"),
            ),
            result(
                "Miss",
                (24_178_000, "0.036679"),
                (5_400_000_000_000, "0.075525"),
            ),
            result(
                "Redirect",
                (13_900_000, "0.021087"),
                (99_121_131_000, "0.001386"),
            ),
            result("-", (100_088, "0.000151"), (173, "0.000000")),
        ],
        quality: Quality {
            complete: false,
            restated: Some(Restatement {
                first_closed_ingest_at: "2026-11-02T02:00:05Z".to_owned(),
                late_objects: 3,
                late_rows: 1_204,
                last_ingested_at: Some("2026-11-12T03:00:00Z".to_owned()),
                forgotten_rows: 110,
            }),
            totals: ObjectTotals {
                forgotten_rows: 115,
                ..totals(&objects, 1)
            },
            objects,
            rejected_objects: vec![
                RejectedObject {
                    key: "logs/crates/E2EXAMPLE2CRT.2026-10-05-12.8a2ec79d.gz".to_owned(),
                    name: "E2EXAMPLE2CRT.2026-10-05-12.8a2ec79d.gz".to_owned(),
                    status: "ingested".to_owned(),
                    rows: 46_001,
                    rejected_rows: 4,
                    first_reject: Some(Reject {
                        line: Some(68),
                        byte_offset: Some(20_311),
                        reason: "expected 33 columns, found 12".to_owned(),
                    }),
                },
                RejectedObject {
                    key: "logs/releases/E2EXAMPLE1RLS.2026-10-16-18.4cca1243.gz".to_owned(),
                    name: "E2EXAMPLE1RLS.2026-10-16-18.4cca1243.gz".to_owned(),
                    status: "ingested".to_owned(),
                    rows: 181,
                    rejected_rows: 2,
                    first_reject: None,
                },
            ],
            excluded_objects: vec![
                ExcludedObject {
                    key: "logs/releases/E2EXAMPLE1RLS.2026-10-21-03.00c0ffee.gz".to_owned(),
                    name: "E2EXAMPLE1RLS.2026-10-21-03.00c0ffee.gz".to_owned(),
                    status: "quarantined".to_owned(),
                    reason: Some("gzip: checksum of member 1 does not match".to_owned()),
                    size_bytes: 65_536,
                },
                ExcludedObject {
                    key: "logs/docs/readme.txt".to_owned(),
                    name: "readme.txt".to_owned(),
                    status: "vanished".to_owned(),
                    reason: None,
                    size_bytes: 4096,
                },
            ],
            coverage: vec![
                coverage("E2EXAMPLE1RLS", "releases", 720, 24),
                coverage("E2EXAMPLE2CRT", "crates", 744, 0),
                coverage("E2EXAMPLE5DOC", "docs", 741, 2),
            ],
            unknown_edges: vec![UnknownEdge {
                edge_code: "QQX".to_owned(),
                billed_as: "AP".to_owned(),
                requests: 49,
                egress_bytes: 2_817_701_687,
            }],
            assumed_s3_get_prices: vec![AssumedPrice {
                bucket_region: "ap-southeast-7".to_owned(),
                storage_class: "standard-ia".to_owned(),
                usd_per_request: decimal("0.000000560000"),
                usd_per_gb: decimal("0.010000000000"),
            }],
            assumed_item_prices: vec![AssumedItemPrice {
                item: "origin-shield".to_owned(),
                region: "ap-southeast-7".to_owned(),
                usd_per_unit: decimal("0.000000900000"),
            }],
        },
        method: Method {
            price_cards: vec![
                card("cloudfront", "cloudfront-2024-07", "2024-07", None),
                card("s3", "our-s3-2026", "2026-01", Some("2027-01")),
            ],
            cloudfront_discount: decimal("0.125000"),
            ..method()
        },
        headline,
        distributions,
        notes: vec![
            "logs of 2026-10-31 were still arriving when this report was made".to_owned(),
            "the distribution E2EXAMPLE4WWW has no settings: an S3 origin in us-east-1 and Price \
             Class All are assumed"
                .to_owned(),
        ],
    }
}

/// A month without a request.
pub(super) fn empty() -> Report {
    Report {
        schema: SCHEMA,
        month: "2026-02".parse().unwrap(),
        compared_month: "2026-01".parse().unwrap(),
        distribution: None,
        headline: Headline {
            egress_bytes: 0,
            requests: 0,
            request_hit_ratio: None,
            byte_hit_ratio: None,
            cloudfront_usd: Decimal::ZERO,
            cloudfront_s3_usd: Decimal::ZERO,
            s3_usd: None,
            savings_usd: None,
            savings_ratio: None,
            savings_low_usd: None,
            savings_high_usd: None,
        },
        distributions: Vec::new(),
        unknowns: Vec::new(),
        cost_items: Vec::new(),
        cost_lines: Vec::new(),
        origin_load: Vec::new(),
        break_even: Vec::new(),
        what_if: None,
        regions: Vec::new(),
        days: Vec::new(),
        figures: Figures::default(),
        cache_results: Vec::new(),
        quality: Quality {
            complete: true,
            restated: None,
            totals: totals(&[], 0),
            objects: Vec::new(),
            rejected_objects: Vec::new(),
            excluded_objects: Vec::new(),
            coverage: Vec::new(),
            unknown_edges: Vec::new(),
            assumed_s3_get_prices: Vec::new(),
            assumed_item_prices: Vec::new(),
        },
        method: Method {
            version: "0.1.0".to_owned(),
            hit_ratio: "console".to_owned(),
            cloudfront_free_tier: false,
            s3_free_tier: false,
            s3_free_tier_method: "before_tiers".to_owned(),
            allocation: "marginal".to_owned(),
            cloudfront_discount: Decimal::ZERO,
            price_cards: Vec::new(),
        },
        notes: Vec::new(),
    }
}

/// One request, of an unconfigured distribution, all free.
pub(super) fn one() -> Report {
    let mut only = distribution(
        ("E2EXAMPLE9ONE", "E2EXAMPLE9ONE", "us-east-1"),
        (1, 1),
        ("0.000000", "0.000000"),
        ("0.00", "0.00"),
    );
    only.is_configured = false;
    let distributions = vec![only];
    let cost_lines = vec![
        line(
            ("cloudfront", "requests", "EU", "https"),
            "requests",
            1,
            "0.000000000000",
        ),
        line(
            ("cloudfront", "s3_origin_requests", "us-east-1", ""),
            "requests",
            1,
            "0.000000400000",
        ),
        line(
            ("s3", "requests", "us-east-1", ""),
            "requests",
            1,
            "0.000000400000",
        ),
    ];
    let objects = vec![status("ingested", 1, 412, 1, 0)];
    Report {
        headline: headline(&distributions, "0.000000", "0.000000"),
        distributions,
        cost_items: items(&cost_lines),
        cost_lines,
        regions: vec![region("EU", 1, 1, "1.000000")],
        days: vec![Day {
            date: "2026-02-14".to_owned(),
            egress_bytes: 1,
            requests: 1,
            request_hit_ratio: optional("0.000000"),
        }],
        figures: Figures::default(),
        cache_results: vec![result("Miss", (1, "1.000000"), (1, "1.000000"))],
        quality: Quality {
            totals: totals(&objects, 0),
            objects,
            ..empty().quality
        },
        method: method(),
        ..empty()
    }
}

/// Servers have no S3 side, so there is nothing to save.
pub(super) fn only_servers() -> Report {
    let distributions = vec![distribution(
        ("E2EXAMPLE4WWW", "www", "server"),
        (88_123_456_789, 9_104_221),
        ("0.412000", "0.377700"),
        ("18.44", ""),
    )];
    Report {
        headline: headline(&distributions, "0.412000", "0.377700"),
        origin_load: vec![origin_load(&distributions[0])],
        distributions,
        cost_items: Vec::new(),
        cost_lines: Vec::new(),
        method: Method {
            hit_ratio: "cloudwatch".to_owned(),
            s3_free_tier_method: "within_first_tier".to_owned(),
            allocation: "standalone".to_owned(),
            ..method()
        },
        ..one()
    }
}

/// Lists longer than anyone reads.
pub(super) fn many() -> Report {
    let mut report = typical();
    report.quality.unknown_edges = (0..100)
        .map(|at| UnknownEdge {
            edge_code: format!("Q{at:02}"),
            billed_as: "AP".to_owned(),
            requests: 1,
            egress_bytes: 100 - at,
        })
        .collect();
    report
}
