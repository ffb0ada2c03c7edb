//! Why a month costs more than another: the waterfall closes, and each step is about one thing.

use edgeledger_query::{Distribution, Session, Settings};
use edgeledger_rates::{Decimal, PriceBook};

use crate::world::{Counted, GB, TB, cell, counted, rows};

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

fn without_free_tiers() -> Settings {
    Settings {
        cloudfront_free_tier: false,
        ..Settings::default()
    }
}

/// Each day of a month alike.
fn daily(month: &'static str, days: u32, traffic: &[Counted]) -> Vec<Counted> {
    let on = |day| {
        let of_day = move |row: &Counted| Counted {
            month,
            day,
            ..row.clone()
        };
        traffic.iter().map(of_day)
    };
    (1..=days).flat_map(on).collect()
}

fn from(edge: &'static str, response_bytes: i64) -> Counted {
    Counted {
        edge,
        response_bytes,
        ..Counted::default()
    }
}

fn requests(result: &'static str, requests: i64) -> Counted {
    Counted {
        result,
        requests,
        ..Counted::default()
    }
}

/// The steps that are not nothing, from September (30 days) to October.
async fn steps(september: &[Counted], october: (u32, &[Counted])) -> Vec<String> {
    steps_with(september, october, &without_free_tiers()).await
}

async fn steps_with(
    september: &[Counted],
    (days, october): (u32, &[Counted]),
    settings: &Settings,
) -> Vec<String> {
    let mut traffic = daily("2026-09", 30, september);
    traffic.extend(daily("2026-10", days, october));
    let session = counted(&traffic, &book(), settings).await;
    assert_closes(&session).await;
    let sql = "SELECT step || ' ' || CAST(usd AS VARCHAR) FROM cost_changes WHERE usd <> 0 ORDER BY position";
    let rows = rows(&session, sql).await;
    rows.into_iter().flatten().collect()
}

/// Every waterfall goes from the one month's cents to the other's, without gaps.
async fn assert_closes(session: &Session) {
    let sql = "SELECT c.month, c.previous_month, count(*), \
               max(c.previous_month_usd) + sum(c.usd) - max(m.usd), max(c.previous_month_usd) - max(p.usd), \
               max(c.usd_so_far) FILTER (WHERE c.position = 7) - max(m.usd), \
               max(abs(c.usd - c.usd_exact)) <= 0.01 \
               FROM cost_changes c \
               JOIN monthly_cost m ON m.month = c.month AND m.side = 'cloudfront' \
               JOIN monthly_cost p ON p.month = c.previous_month AND p.side = 'cloudfront' \
               GROUP BY c.month, c.previous_month";
    let found = rows(session, sql).await;
    assert!(!found.is_empty());
    for row in found {
        assert_eq!(row[2..], ["7", "0.00", "0.00", "0.00", "true"], "{row:?}");
    }
}

#[tokio::test]
async fn only_days_move_days() {
    // 10 GB a day from the US and 1 million requests, a tenth of them read at S3.
    let day = [
        from("IAD", 10 * GB),
        requests("Hit", 900_000),
        requests("Miss", 100_000),
    ];
    // A day more: 10 x 0.085, 1,000,001 requests at a millionth, 100,000 GETs at 0.0000004.
    assert_eq!(steps(&day, (31, &day)).await, ["days 1.89"]);
    // Half of October's days have logs: months are scaled by those.
    assert_eq!(steps(&day, (15, &day)).await, ["days -28.35"]);
}

#[tokio::test]
async fn only_volume_moves_volume() {
    let of = |times: i64| [from("IAD", 10 * times * GB), from("BOM", times * GB)];
    // 30 days of 10 x 0.085 + 1 x 0.109 are 28.77; 30 days of three times as much are 57.54 more.
    assert_eq!(
        steps(&of(1), (30, &of(3))).await,
        ["volume 57.54"],
        "thrice the bytes, the same requests"
    );
    assert_eq!(
        steps(&of(3), (30, &of(1))).await,
        ["volume -57.54"],
        "and back"
    );
    // What was never there has no earlier price: all of it is volume. So has what ends.
    assert_eq!(
        steps(&[from("IAD", 0)], (30, &of(1))).await,
        ["volume 28.77"]
    );
    assert_eq!(
        steps(&of(1), (30, &[from("IAD", 0)])).await,
        ["volume -28.77"]
    );
}

#[tokio::test]
async fn only_the_mix_moves_the_mix() {
    // From 5 and 5 GB a day to 2 and 8: 3 GB cost 0.109 instead of 0.085 on 30 days.
    let before = [from("IAD", 5 * GB), from("BOM", 5 * GB)];
    let after = [from("IAD", 2 * GB), from("BOM", 8 * GB)];
    assert_eq!(steps(&before, (30, &after)).await, ["region_mix 2.16"]);
    // A region that is new, at its own price: 0.110 instead of 0.085 for 5 GB on 30 days, less
    // what India, gone from half of the bytes, cost more: 0.109.
    let after = [from("IAD", 5 * GB), from("GRU", 5 * GB)];
    assert_eq!(steps(&before, (30, &after)).await, ["region_mix 0.15"]);
}

#[tokio::test]
async fn only_tiers_and_prices_move_tiers() {
    let of = |gb: i64| [from("IAD", gb * GB)];
    assert!(steps(&of(300), (30, &of(300))).await.is_empty());
    // 300 GB and 600 GB a day: 9,000 GB x 0.085 more, of which 18,000 - 10,240 GB x 0.005 less.
    assert_eq!(
        steps(&of(300), (30, &of(600))).await,
        ["volume 765.00", "tiers -38.80"]
    );
    // The free terabyte, as a price: 1,000 GB are free, and of 2,000 GB all but 1,024.
    let free = Settings::default();
    let found = steps_with(&of(100), (30, &of(200)), &free).await;
    // 3,000 and 6,000 GB: (3,000 - 1,024) x 0.085 = 167.96 once more, and 1,024 x 0.085 for the
    // terabyte that is there once and not twice.
    assert_eq!(found, ["volume 167.96", "tiers 87.04"]);
}

#[tokio::test]
async fn only_the_hit_ratio_moves_the_hit_ratio() {
    // 30 million requests a month; 3 and 15 million of them are read at S3, at 0.4 USD a million.
    let of = |misses| {
        [
            requests("Hit", 1_000_000 - misses),
            requests("Miss", misses),
        ]
    };
    assert_eq!(
        steps(&of(100_000), (30, &of(500_000))).await,
        ["hit_ratio 4.80"]
    );
    // Twice the requests at the same ratio are requests, at S3 too: 30 + 1.2 million.
    let twice = [requests("Hit", 1_800_000), requests("Miss", 200_000)];
    assert_eq!(steps(&of(100_000), (30, &twice)).await, ["requests 31.20"]);
    // Retrieval is paid by the byte, and so it follows the bytes: 30 x 10 GB x 0.085 more, and
    // 30 x 10 GB more read from infrequent access at 0.01.
    let rare = Settings {
        distributions: vec![Distribution {
            storage_class: "standard-ia".to_owned(),
            ..Distribution::assumed("E1")
        }],
        ..without_free_tiers()
    };
    let missed = |gb: i64| Counted {
        result: "Miss",
        response_bytes: gb * GB,
        ..Counted::default()
    };
    let found = steps_with(&[missed(10)], (30, &[missed(20)]), &rare).await;
    assert_eq!(found, ["volume 28.50"]);
    let hit = from("IAD", 10 * GB);
    let found = steps_with(
        &[missed(10), hit],
        (30, &[missed(20), from("IAD", 0)]),
        &rare,
    )
    .await;
    assert_eq!(found, ["hit_ratio 3.00"]);
}

#[tokio::test]
async fn plans_and_functions_are_other() {
    let function = |requests| Counted {
        result: "FunctionGeneratedResponse",
        requests,
        ..Counted::default()
    };
    let found = steps(&[function(1_000_000)], (30, &[function(2_000_000)])).await;
    // 30 and 60 million requests, and as many calls of which 2 million are free at 0.1 USD a million.
    assert_eq!(found, ["requests 30.00", "other 3.00"]);
}

#[tokio::test]
async fn any_two_months_compare_and_the_first_has_no_other() {
    // July lacks a day.
    let months: Vec<Counted> = [
        ("2026-07", 30, 10),
        ("2026-09", 30, 20),
        ("2026-10", 31, 30),
    ]
    .into_iter()
    .flat_map(|(month, days, gb)| daily(month, days, &[from("IAD", gb * GB)]))
    .collect();
    let session = counted(&months, &book(), &without_free_tiers()).await;
    let sql = "SELECT month, previous_month, is_next, is_comparable, sum(usd) FROM cost_changes \
               GROUP BY month, previous_month, is_next, is_comparable ORDER BY month, previous_month";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["2026-09", "2026-07", "false", "false", "25.50"],
            ["2026-10", "2026-07", "false", "false", "53.55"],
            ["2026-10", "2026-09", "true", "true", "28.05"],
        ]
    );
    let sql =
        "SELECT sum(usd) FROM cost_changes WHERE month = '2026-10' AND previous_month = '2026-07'";
    assert_eq!(cell(&session, sql).await, "53.55");
    // Narrowed the other way round after it: what was kept is not taken for it.
    let sql =
        "SELECT sum(usd) FROM cost_changes WHERE month = '2026-10' AND previous_month = '2026-09'";
    assert_eq!(cell(&session, sql).await, "28.05");
    let sql = "SELECT count(*) FROM cost_changes WHERE month = '2026-07'";
    assert_eq!(cell(&session, sql).await, "0");
}

/// Whatever the traffic, every waterfall between any two of the months closes.
#[tokio::test]
async fn every_waterfall_closes_to_the_cent() {
    let traffic = crate::properties::random_traffic(5);
    let few = ["2024-07", "2024-08", "2025-02", "2025-12", "2026-06"];
    let traffic: Vec<Counted> = traffic
        .into_iter()
        .filter(|row| few.contains(&row.month))
        .collect();
    let discounted = Settings {
        cloudfront_discount: Decimal::new(333_333_333, 9),
        ..crate::properties::described()
    };
    for settings in [crate::properties::described(), discounted] {
        let session = counted(&traffic, &book(), &settings).await;
        assert_closes(&session).await;
        let sql = "SELECT count(DISTINCT month || previous_month) FROM cost_changes";
        assert_eq!(cell(&session, sql).await, "10");
        // Cents are what exact steps were cut to, and no more.
        let sql = "SELECT max(abs(exact - usd)) < 0.0101 FROM \
                   (SELECT sum(usd_exact) AS exact, sum(usd) AS usd FROM cost_changes GROUP BY month, previous_month) AS s";
        assert_eq!(cell(&session, sql).await, "true");
    }
}

/// A ladder stands in the tier of its next byte.
#[tokio::test]
async fn tiers_end_at_the_byte() {
    let first = 10 * TB;
    for (bytes, expected) in [
        (1, ["1", "10995116277759", "0.085000000", "0.080000000"]),
        (first - 1, ["1", "1", "0.085000000", "0.080000000"]),
        // 50 TB is the second tier's end.
        (first, ["2", "43980465111040", "0.080000000", "0.060000000"]),
        (
            first + 1,
            ["2", "43980465111039", "0.080000000", "0.060000000"],
        ),
        (5 * 1_024 * TB - 1, ["6", "1", "0.025000000", "0.020000000"]),
        (5 * 1_024 * TB, ["7", "NULL", "0.020000000", "NULL"]),
    ] {
        let traffic = [from("IAD", bytes), from("FRA", 1)];
        let session = counted(&traffic, &book(), &without_free_tiers()).await;
        let sql = "SELECT tier, bytes_to_next_tier, usd_per_gb, next_usd_per_gb FROM tier_positions \
                   WHERE side = 'cloudfront' AND region = 'US'";
        let found = rows(&session, sql).await;
        assert_eq!(found, [expected], "{bytes}");
    }
}

/// Both sides' ladders and allowances, with what is free taken off first.
#[tokio::test]
async fn allowances_come_before_ladders() {
    // All from the US: 1 TB is free at CloudFront, 100 GB at S3.
    let session = counted(&[from("IAD", 11 * TB)], &book(), &Settings::default()).await;
    let sql = "SELECT side, region, free_bytes / 1073741824, ladder_bytes / 1073741824, tier, tiers \
               FROM tier_positions ORDER BY side";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["cloudfront", "US", "1024", "10240", "2", "7"],
            ["s3", "us-east-1", "100", "11164", "2", "4"],
        ]
    );
    let traffic = [from("IAD", 512 * GB), requests("Hit", 24_999_999)];
    let session = counted(&traffic, &book(), &Settings::default()).await;
    let sql = "SELECT side, item, quantity, used, unused, used_share FROM allowance_use ORDER BY side, item";
    let gb = |gb: i64| (gb * GB).to_string();
    assert_eq!(
        rows(&session, sql).await,
        [
            [
                "cloudfront",
                "egress",
                &gb(512),
                &gb(512),
                &gb(512),
                "0.500000"
            ],
            [
                "cloudfront",
                "requests",
                "25000000",
                "10000000",
                "0",
                "1.000000"
            ],
            ["s3", "egress", &gb(512), &gb(100), "0", "1.000000"],
        ]
    );
    let session = counted(&traffic, &book(), &without_free_tiers()).await;
    let sql = "SELECT is_available, used, unused FROM allowance_use WHERE side = 'cloudfront' AND item = 'egress'";
    assert_eq!(rows(&session, sql).await, [["false", "0", "0"]]);
}
