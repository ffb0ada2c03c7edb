//! What is served and to whom: parts that sum to the whole, rules that meet nothing, names that
//! anyone can send.

use edgeledger_query::{Distribution, Rules, Session, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{GB, Row, cell, rows, session};

const RULES: &str = r#"
[[legacy_url]]
id = "old"
title = "Old pages"
path = '^/old/'
kind = "redirect"
[[legacy_url]]
id = "older"
title = "Older pages"
path = '^/o'
distribution = "docs"
kind = "rewrite"
[[legacy_url]]
id = "gone"
title = "Pages of a distribution that nobody described"
path = '^/old/'
distribution = "E9UNSEEN"
kind = "rewrite"
[[path_group]]
name = "archives"
path = '\.tar$'
immutable = true
[[path_group]]
name = "pages"
path = '^/[a-z]+/'
"#;

async fn over(traffic: &[Row]) -> Session {
    let mut rules = Rules::default();
    rules.add("rules.toml", RULES).unwrap();
    let settings = Settings {
        distributions: vec![Distribution {
            name: "docs".to_owned(),
            ..Distribution::assumed("E2")
        }],
        cloudfront_free_tier: false,
        rules,
        ..Settings::default()
    };
    session(traffic, &PriceBook::builtin().unwrap(), &settings).await
}

/// Requests that differ in everything that decides a price or a part.
fn mixed() -> Vec<Row> {
    let mut traffic = Vec::new();
    for (number, edge) in (0_i32..).zip(["IAD89-C3", "FRA56-P1", "GRU1-C1", "ZZZ50-P1"]) {
        for (count, (method, path)) in (0_i64..).zip([
            ("GET", "/a/b.tar"),
            ("GET", "/old/x"),
            ("POST", "/form/"),
            ("HEAD", "/a/b.tar"),
            ("GET", "/%252Bplain"),
        ]) {
            for (distribution, result) in [("E1", "Hit"), ("E1", "Miss"), ("E2", "Error")] {
                traffic.push(Row {
                    distribution,
                    day: 1 + number * 7,
                    edge,
                    method,
                    protocol: if count == 1 { "http" } else { "https" },
                    status: if result == "Error" { 502 } else { 200 },
                    result,
                    detailed: result,
                    path,
                    user_agent: ["cargo/1.98.0", "ci-fetch/0.3", "Mozilla/5.0 Firefox/143.0"]
                        [usize::try_from(number).unwrap() % 3],
                    response_bytes: 7 * GB + 1_234_567 * count + 891 * i64::from(number),
                    request_bytes: 1_000 + 37 * count,
                    content_type: (count != 2).then_some("Text/HTML;%20charset=utf-8"),
                    country: (count < 2).then_some("DE"),
                    ..Row::default()
                });
            }
        }
    }
    traffic
}

#[tokio::test]
async fn parts_sum_to_the_month() {
    let session = over(&mixed()).await;
    let cents = cell(
        &session,
        "SELECT usd FROM monthly_cost WHERE side = 'cloudfront'",
    )
    .await;
    let exact = "(SELECT usd_exact FROM monthly_cost WHERE side = 'cloudfront')";
    for view in [
        "path_group_traffic",
        "content_types",
        "user_agents",
        "client_kinds",
        "countries",
    ] {
        let sums = format!(
            "SELECT sum(requests), sum(response_bytes), sum(cloudfront_usd), \
             abs(sum(cloudfront_usd_exact) - {exact}) < 0.00000000005 FROM {view}"
        );
        let bytes = mixed().iter().map(|row| row.response_bytes).sum::<i64>();
        assert_eq!(
            rows(&session, &sums).await,
            [["60", &bytes.to_string(), &cents, "true"]],
            "{view}"
        );
    }
    // Both sides of the comparison.
    let s3 = "SELECT sum(s3_usd) - (SELECT usd FROM monthly_cost WHERE side = 's3') \
              FROM path_group_traffic";
    assert_eq!(cell(&session, s3).await, "0.00");
    // Few enough paths for top_paths to hold them all.
    let paths = format!(
        "SELECT sum(requests), abs(sum(cloudfront_usd_exact) - {exact}) < 0.00000000005, \
         abs(sum(s3_usd_exact) - (SELECT usd_exact FROM monthly_cost WHERE side = 's3')) \
             < 0.00000000005 FROM top_paths"
    );
    assert_eq!(rows(&session, &paths).await, [["60", "true", "true"]]);
}

/// A part's dollars are those of its requests: `request_costs` prices each by itself.
#[tokio::test]
async fn a_part_costs_what_its_requests_cost() {
    let session = over(&mixed()).await;
    for (view, column, of_request) in [
        (
            "path_group_traffic",
            "path_group",
            "path_group(distribution, path)",
        ),
        (
            "user_agents",
            "user_agent_family",
            "client_family(user_agent)",
        ),
        ("countries", "country", "coalesce(country, '-')"),
        ("top_paths", "path", "path"),
    ] {
        let wrong = format!(
            "SELECT count(*) FROM (SELECT {column} AS part, sum(cloudfront_usd_exact) AS usd \
             FROM {view} GROUP BY 1) v FULL JOIN (SELECT {of_request} AS part, \
             sum(cloudfront_usd) AS usd FROM request_costs GROUP BY 1) r ON r.part = v.part \
             WHERE v.usd IS NULL OR r.usd IS NULL OR abs(v.usd - r.usd) > 0.00000000005"
        );
        assert_eq!(cell(&session, &wrong).await, "0", "{view}");
    }
}

#[tokio::test]
async fn rules_are_seen_also_where_they_meet_nothing() {
    let session = over(&[
        Row {
            distribution: "E2",
            path: "/old/a",
            status: 301,
            result: "FunctionGeneratedResponse",
            detailed: "FunctionGeneratedResponse",
            response_bytes: 300,
            ..Row::default()
        },
        Row {
            distribution: "E2",
            path: "/other",
            result: "Miss",
            detailed: "Miss",
            response_bytes: 50,
            ..Row::default()
        },
        Row {
            path: "/old/a",
            response_bytes: 7,
            ..Row::default()
        },
    ])
    .await;
    let found = rows(
        &session,
        "SELECT name, legacy_rule, kind, requests, response_bytes, edge_requests, \
         forwarded_requests, hit_requests, miss_requests, cloudfront_usd_exact > 0 FROM legacy_urls \
         ORDER BY distribution, rule_order",
    )
    .await;
    assert_eq!(
        found,
        [
            [
                "E1", "old", "redirect", "1", "7", "0", "0", "1", "0", "true"
            ],
            [
                "docs", "old", "redirect", "1", "300", "1", "0", "0", "0", "true"
            ],
            [
                "docs", "older", "rewrite", "1", "50", "0", "1", "0", "1", "true"
            ],
            [
                "E9UNSEEN", "gone", "rewrite", "0", "0", "0", "0", "0", "0", "false"
            ],
        ]
    );
}

#[tokio::test]
async fn functions_answer_for_columns_and_literals() {
    let session = over(&[Row::default()]).await;
    for (call, expected) in [
        ("legacy_rule('E1', '/old/x')", "old"),
        ("legacy_rule('E1', '/oh')", "NULL"),
        ("legacy_rule('E2', '/oh')", "older"),
        ("legacy_rule('E1', NULL)", "NULL"),
        ("path_group('E1', '/x/y.tar')", "archives"),
        ("path_group('E1', '/x/y')", "pages"),
        ("path_group('E1', '/%25')", "other"),
        ("path_group('E1', NULL)", "other"),
        ("client_family('ci-fetch/0.3')", "other-ci"),
        ("client_family(NULL)", "none"),
        // SipHash 1-3 of the text and 0xff, keys 0: the same in every run.
        ("path_hash('/a') = path_hash('/a')", "true"),
        ("path_hash('/a') = path_hash('/b')", "false"),
    ] {
        let sql = format!("SELECT {call} FROM requests");
        assert_eq!(cell(&session, &sql).await, expected, "{call}");
        let sql = format!("SELECT {call}");
        assert_eq!(cell(&session, &sql).await, expected, "{call}");
    }
}

/// 60 paths, of which the 50 that sent most stay, and each distribution has its own 50.
#[tokio::test]
async fn the_top_paths_are_the_largest() {
    let mut traffic = Vec::new();
    for number in 1..=60_u16 {
        for distribution in ["E1", "E2"] {
            let path: &'static str = Box::leak(format!("/file/{number}").into_boxed_str());
            let half = Row {
                distribution,
                path,
                response_bytes: i64::from(number) * GB / 2,
                ..Row::default()
            };
            // In two halves, on two days: a path is large by all its requests.
            traffic.push(half.clone());
            traffic.push(Row {
                day: 20,
                edge: "FRA56-P1",
                ..half
            });
        }
    }
    let session = over(&traffic).await;
    let found = rows(
        &session,
        "SELECT distribution, count(*), min(response_bytes), max(response_bytes), sum(requests), \
         max(place) FROM top_paths GROUP BY 1 ORDER BY 1",
    )
    .await;
    let (least, most) = ((11 * GB).to_string(), (60 * GB).to_string());
    assert_eq!(
        found,
        [
            ["E1", "50", &least, &most, "100", "50"],
            ["E2", "50", &least, &most, "100", "50"],
        ]
    );
    let first = "SELECT path FROM top_paths WHERE place = 1 AND distribution = 'E1'";
    assert_eq!(cell(&session, first).await, "/file/60");
}

#[tokio::test]
async fn content_types_lose_their_parameters() {
    let of = |content_type| Row {
        content_type,
        ..Row::default()
    };
    let session = over(&[
        of(Some("Text/HTML;%20charset=utf-8")),
        of(Some("text/html")),
        of(Some(";")),
        of(None),
    ])
    .await;
    let found = rows(
        &session,
        "SELECT content_type, requests FROM content_types ORDER BY 1",
    )
    .await;
    assert_eq!(found, [["-", "2"], ["text/html", "2"]]);
}

#[tokio::test]
async fn sizes_fall_into_classes_of_four_times_the_last() {
    let of = |response_bytes| Row {
        response_bytes,
        ..Row::default()
    };
    let mut traffic: Vec<Row> = [0, 1_023, 1_024, 4_095, 4_096, GB - 1, GB, 4 * GB, 40 * GB]
        .map(of)
        .into();
    traffic.push(Row {
        status: 206,
        ..of(1_024)
    });
    let found = rows(
        &over(&traffic).await,
        "SELECT from_bytes, to_bytes, requests, response_bytes FROM object_sizes ORDER BY 1",
    )
    .await;
    assert_eq!(
        found,
        [
            ["0", "1024", "2", "1023"],
            ["1024", "4096", "2", "5119"],
            ["4096", "16384", "1", "4096"],
            ["268435456", "1073741824", "1", "1073741823"],
            ["1073741824", "4294967296", "1", "1073741824"],
            ["4294967296", "NULL", "2", "47244640256"],
        ]
    );
}

/// Anyone can send any name: what is kept of them does not grow with their number.
#[tokio::test]
async fn names_of_clients_are_out_of_a_closed_list() {
    let traffic: Vec<Row> = (0..500)
        .map(|number| Row {
            user_agent: Box::leak(format!("tool-{number}x/1.0").into_boxed_str()),
            ..Row::default()
        })
        .collect();
    let session = over(&traffic).await;
    let found = rows(
        &session,
        "SELECT user_agent_family, requests FROM user_agents",
    )
    .await;
    assert_eq!(found, [["other", "500"]]);
    assert_eq!(
        cell(&session, "SELECT count(*) FROM served_traffic").await,
        "1"
    );
}

#[tokio::test]
async fn countries_are_there_when_they_are_logged() {
    let of = |country, month| Row {
        month,
        country,
        ..Row::default()
    };
    let session = over(&[
        of(None, "2026-09"),
        of(Some("DE"), "2026-10"),
        of(None, "2026-10"),
        of(None, "2026-10"),
    ])
    .await;
    let found = rows(
        &session,
        "SELECT month, country, requests FROM countries ORDER BY 1, 2",
    )
    .await;
    assert_eq!(found, [["2026-10", "-", "2"], ["2026-10", "DE", "1"]]);
}
