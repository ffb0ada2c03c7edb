//! The forecast of a running month, budget and credits, and the series of months. Expected values
//! are worked out by hand.

use edgeledger_query::{Credits, Distribution, Settings};
use edgeledger_rates::{Decimal, PriceBook};

use crate::world::{Counted, GB, TB, cell, counted, rows};

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

fn day(month: &'static str, day: u32, gb: i64) -> Counted {
    Counted {
        month,
        day,
        requests: gb,
        response_bytes: gb * GB,
        ..Counted::default()
    }
}

const FORECAST: &str = "SELECT metric, so_far, expected, low, high, method, history_days, remaining_days \
                        FROM forecast WHERE month = '2026-10' ORDER BY metric";

/// February 2026 begins on a Sunday and has four weeks. Two weeks: Sundays 10 and 14 GB, Mondays to
/// Fridays 20 GB, Saturdays 10 GB.
fn two_weeks() -> Vec<Counted> {
    (1..=14)
        .map(|at| {
            let gb = match (at - 1) % 7 {
                0 if at == 1 => 10,
                0 => 14,
                6 => 10,
                _ => 20,
            };
            day("2026-02", at, gb)
        })
        .collect()
}

#[tokio::test]
async fn weekdays_are_expected_to_be_like_themselves() {
    let session = counted(&two_weeks(), &book(), &without_free_tiers()).await;
    let sql = "SELECT so_far, expected, daily_deviation, low, high, method, as_of, days_with_data, \
               days_in_month, remaining_days, history_days \
               FROM forecast_traffic WHERE metric = 'requests'";
    // 244 GB so far, and two more weeks of 12 + 5 x 20 + 10 GB. Sundays lie 2 off their mean, each
    // way: 8 / (14 - 7) is a variance of 1.142857, a deviation of 1.069045. Fourteen days to come
    // after fourteen: 1.2816 x 1.069045 x sqrt(14 + 14) = 7.2497.
    assert_eq!(
        rows(&session, sql).await,
        [[
            "244",
            "488",
            "1",
            "481",
            "495",
            "weekdays",
            "2026-02-14",
            "14",
            "28",
            "14",
            "14"
        ]]
    );
    let sql =
        "SELECT expected, expected_factor FROM forecast_traffic WHERE metric = 'egress_bytes'";
    let bytes = (488 * GB).to_string();
    assert_eq!(rows(&session, sql).await, [[bytes.as_str(), "2.000000000"]]);
    // Twice the traffic, at 0.085 a GB and 0.000001 a request.
    let sql = "SELECT so_far, expected FROM forecast WHERE metric = 'cloudfront_usd'";
    assert_eq!(rows(&session, sql).await, [["20.74", "41.48"]]);
    let sql = "SELECT so_far, expected FROM forecast WHERE metric = 's3_usd'";
    assert_eq!(rows(&session, sql).await, [["21.96", "43.92"]]);
}

#[tokio::test]
async fn dollars_go_through_allowance_and_tiers() {
    // Ten days of 1 TB each, alike: 31 TB are expected, 1 TB is free, 10 TB cost 0.085 and 20 TB
    // 0.080 a GB. What is alike has no band.
    let days: Vec<Counted> = (1..=10).map(|at| day("2026-10", at, 1_024)).collect();
    let session = counted(&days, &book(), &Settings::default()).await;
    let found = rows(&session, FORECAST).await;
    let bytes = |tb: i64| format!("{}.00", tb * TB);
    assert_eq!(
        found,
        [
            // 9 TB x 0.085 so far; 870.40 + 1,638.40.
            [
                "cloudfront_usd",
                "783.36",
                "2508.80",
                "2508.80",
                "2508.80",
                "weekdays",
                "10",
                "21"
            ],
            [
                "egress_bytes",
                &bytes(10),
                &bytes(31),
                &bytes(31),
                &bytes(31),
                "weekdays",
                "10",
                "21"
            ],
            [
                "requests", "10240.00", "31744.00", "31744.00", "31744.00", "weekdays", "10", "21"
            ],
            // 10,140 GB x 0.09; 10,240 x 0.09 + 21,404 x 0.085; GETs at 0.0000004.
            [
                "s3_usd", "912.60", "2740.95", "2740.95", "2740.95", "weekdays", "10", "21"
            ],
        ]
    );
}

#[tokio::test]
async fn few_days_have_a_wide_band_and_one_has_none() {
    let session = counted(&[day("2026-10", 30, 10)], &book(), &without_free_tiers()).await;
    let sql = "SELECT so_far, expected, low, high, method FROM forecast_traffic WHERE metric = 'requests'";
    assert_eq!(
        rows(&session, sql).await,
        [["10", "20", "NULL", "NULL", "days"]]
    );
    let sql = "SELECT expected, low FROM forecast WHERE metric = 'cloudfront_usd'";
    assert_eq!(rows(&session, sql).await, [["1.70", "NULL"]]);
    // 10 and 14 on two weekdays: a deviation of sqrt(8) around 12; one day after two:
    // 1.2816 x 2.828427 x sqrt(1 + 1/2) = 4.4396.
    let days = [day("2026-10", 29, 10), day("2026-10", 30, 14)];
    let session = counted(&days, &book(), &without_free_tiers()).await;
    let sql = "SELECT so_far, expected, low, high, method FROM forecast_traffic WHERE metric = 'requests'";
    assert_eq!(
        rows(&session, sql).await,
        [["24", "36", "32", "40", "days"]]
    );
}

#[tokio::test]
async fn the_month_before_is_history_and_older_days_are_not() {
    // August is of another time; September's days are 10, October's three 40. Of the newest 28
    // days, 25 are September's. 2026-10-03 is a Saturday: Thursday, Friday and Saturday were 40
    // once and 10 three times (17.5), the other weekdays 10 four times. October's other 28 days are
    // four of each.
    let mut days: Vec<Counted> = (1..=31).map(|at| day("2026-08", at, 1_000)).collect();
    days.extend((1..=30).map(|at| day("2026-09", at, 10)));
    days.extend((1..=3).map(|at| day("2026-10", at, 40)));
    let session = counted(&days, &book(), &without_free_tiers()).await;
    let sql = "SELECT month, so_far, expected, history_days FROM forecast_traffic WHERE metric = 'requests'";
    assert_eq!(rows(&session, sql).await, [["2026-10", "120", "490", "28"]]);
    // Asked for alone, the month has the same history.
    let narrowed = format!("{sql} AND month = '2026-10'");
    assert_eq!(rows(&session, &narrowed).await, rows(&session, sql).await);
}

#[tokio::test]
async fn a_closed_month_has_no_forecast() {
    for (days, running) in [(30, "4"), (31, "0")] {
        let days: Vec<Counted> = (1..=days).map(|at| day("2026-10", at, 1)).collect();
        let session = counted(&days, &book(), &without_free_tiers()).await;
        assert_eq!(
            cell(&session, "SELECT count(*) FROM forecast").await,
            running
        );
    }
}

fn usd(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

const RUNWAY: &str = "SELECT month, is_running, spent_usd, forecast_usd, budget_share, over_budget_usd, \
                      credits_usd, credits_left_usd, months_left, exhausted_on, months_missing \
                      FROM runway";

#[tokio::test]
async fn runway_counts_down_credits() {
    let settings = Settings {
        budget_usd: Some(usd("50")),
        credits: Some(Credits {
            balance_usd: usd("200.00"),
            as_of: "2026-07".parse().unwrap(),
        }),
        ..without_free_tiers()
    };
    // 600 GB in September cost 51.00 and 0.0006 for requests; October runs: 20 of 31 days at 30 GB.
    let mut days: Vec<Counted> = (1..=30).map(|at| day("2026-09", at, 20)).collect();
    days.extend((1..=20).map(|at| day("2026-10", at, 30)));
    let session = counted(&days, &book(), &settings).await;
    let september = [
        // August is not in the lake. 200 last 200 / 51 x 30 days: the last credit on the 118th day
        // from September 1.
        "2026-09",
        "false",
        "51.00",
        "51.00",
        "1.020000",
        "1.00",
        "200.00",
        "149.00",
        "2.92",
        "2026-12-27",
        "1",
    ];
    assert_eq!(
        rows(&session, &format!("{RUNWAY} WHERE month = '2026-09'")).await,
        [september]
    );
    // Expected: each weekday's mean of its newest days, so that it lies between 20 and 30 GB.
    let expected = cell(
        &session,
        "SELECT CAST(expected AS DECIMAL(20, 2)) FROM forecast \
         WHERE month = '2026-10' AND metric = 'cloudfront_usd'",
    )
    .await;
    let october = rows(&session, &format!("{RUNWAY} WHERE month = '2026-10'")).await;
    assert_eq!(october[0][..4], ["2026-10", "true", "51.00", &expected]);
    assert_eq!(october[0][6], "149.00");
    assert_eq!(usd(&october[0][7]), usd("149.00") - usd(&expected));
    assert_eq!(october[0][10], "1");
    // All months at once say the same.
    let all = rows(&session, &format!("{RUNWAY} ORDER BY month")).await;
    assert_eq!(all, [&september.map(str::to_owned)[..], &october[0][..]]);
}

#[tokio::test]
async fn runway_ends_within_the_month_or_never() {
    let month: Vec<Counted> = (1..=31).map(|at| day("2026-10", at, 100)).collect();
    let with = |credits: Option<(&str, &str)>, budget: Option<&str>| Settings {
        budget_usd: budget.map(usd),
        credits: credits.map(|(balance, as_of)| Credits {
            balance_usd: usd(balance),
            as_of: as_of.parse().unwrap(),
        }),
        ..without_free_tiers()
    };
    let sql = "SELECT forecast_usd, over_budget_usd, credits_usd, credits_left_usd, months_left, exhausted_on FROM runway";
    for (settings, expected) in [
        // 263.50 a month are 8.50 a day: 85 last to the tenth day, and a cent more to the eleventh.
        (
            with(Some(("85", "2026-09")), None),
            [["263.50", "NULL", "85.00", "0.00", "0.00", "2026-10-10"]],
        ),
        (
            with(Some(("85.01", "2026-09")), None),
            [["263.50", "NULL", "85.01", "0.00", "0.00", "2026-10-11"]],
        ),
        (
            with(Some(("263.50", "2026-09")), Some("300.00")),
            [["263.50", "-36.50", "263.50", "0.00", "0.00", "2026-10-31"]],
        ),
        (
            with(Some(("0", "2026-09")), None),
            [["263.50", "NULL", "0.00", "0.00", "0.00", "NULL"]],
        ),
        // The balance of the month's end says nothing of before.
        (
            with(Some(("85", "2026-10")), Some("0")),
            [["263.50", "263.50", "NULL", "NULL", "NULL", "NULL"]],
        ),
        (
            with(Some(("1000000000", "2026-09")), None),
            [[
                "263.50",
                "NULL",
                "1000000000.00",
                "999999736.50",
                "NULL",
                "NULL",
            ]],
        ),
    ] {
        let session = counted(&month, &book(), &settings).await;
        assert_eq!(rows(&session, sql).await, expected);
    }
    let session = counted(&month, &book(), &with(None, None)).await;
    assert!(rows(&session, sql).await.is_empty());
}

#[tokio::test]
async fn months_stand_side_by_side() {
    let of = |distribution, month, at, gb, result| Counted {
        distribution,
        result,
        requests: 1_000_000,
        ..day(month, at, gb)
    };
    let traffic = [
        of("E1", "2026-09", 1, 1_024, "Hit"),
        of("E1", "2026-10", 1, 2_048, "Hit"),
        of("E1", "2026-10", 2, 0, "Miss"),
        of("E2", "2026-10", 2, 512, "Hit"),
    ];
    let settings = Settings {
        distributions: vec![Distribution {
            name: "docs".to_owned(),
            ..Distribution::assumed("E2")
        }],
        ..without_free_tiers()
    };
    let session = counted(&traffic, &book(), &settings).await;
    let sql = "SELECT month, days, covered_days, last_date, requests, request_hit_ratio, cloudfront_usd, \
               usd_per_tib FROM month_series ORDER BY month";
    assert_eq!(
        rows(&session, sql).await,
        [
            // 87.04 + 1.00 for a terabyte.
            [
                "2026-09",
                "30",
                "1",
                "2026-09-01",
                "1000000",
                "1.000000",
                "88.04",
                "88.040000"
            ],
            // 217.60 + 3.00 + 0.40 of GETs, for 2.5.
            [
                "2026-10",
                "31",
                "2",
                "2026-10-02",
                "3000000",
                "0.666667",
                "221.00",
                "88.400000"
            ],
        ]
    );
    let sql = "SELECT month, name, covered_days, requests, cloudfront_usd, cost_share, usd_per_tib \
               FROM distribution_series ORDER BY month, distribution";
    assert_eq!(
        rows(&session, sql).await,
        [
            [
                "2026-09",
                "E1",
                "1",
                "1000000",
                "88.04",
                "1.000000",
                "88.040000"
            ],
            [
                "2026-10",
                "E1",
                "2",
                "2000000",
                "176.48",
                "0.798552",
                "88.240000"
            ],
            [
                "2026-10",
                "docs",
                "1",
                "1000000",
                "44.52",
                "0.201448",
                "89.040000"
            ],
        ]
    );
}
