//! Days off their baseline in hand-made traffic.

use edgeledger_query::{Session, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{Row, rows, session};

const MB: i64 = 1_000_000;

/// October 2026 with as many requests of 1 MB as a day should have in each of two hours, one in ten
/// of them a miss.
fn month(requests: impl Fn(i32, i64) -> i64) -> Vec<Row> {
    let mut traffic = Vec::new();
    for day in 1..=31 {
        for hour in [1, 2] {
            for at in 0..requests(day, hour) {
                let result = if at % 10 == 0 { "Miss" } else { "Hit" };
                traffic.push(Row {
                    day,
                    second: hour * 3600 + at,
                    path: "/files/usual",
                    result,
                    detailed: result,
                    response_bytes: MB,
                    ..Row::default()
                });
            }
        }
    }
    traffic
}

/// The 3rd and 4th of October 2026 are a Saturday and a Sunday.
fn usual(day: i32) -> i64 {
    if day % 7 == 3 || day % 7 == 4 {
        60
    } else {
        100
    }
}

async fn over(traffic: &[Row]) -> Session {
    let book = PriceBook::builtin().unwrap();
    session(traffic, &book, &Settings::default()).await
}

const FOUND: &str = "SELECT rank, date, metric, value, baseline, ratio, missing_hours, is_gap, \
                     dimension, member, member_share FROM anomalies ORDER BY rank";

#[tokio::test]
async fn a_quiet_month_has_none() {
    // A weekend is no anomaly, nor is a fifth more.
    let quiet = month(|day, _| if day == 14 { 120 } else { usual(day) });
    let session = over(&quiet).await;
    let found = rows(&session, FOUND).await;
    assert!(found.is_empty(), "{found:?}");
    let few = month(|day, _| if day < 6 { usual(day) } else { 0 });
    let found = rows(&over(&few).await, FOUND).await;
    assert!(found.is_empty(), "five days tell nothing: {found:?}");
}

#[tokio::test]
async fn one_client_is_found() {
    let mut traffic = month(|day, _| usual(day));
    traffic.extend((0..200).map(|at| Row {
        day: 14,
        second: 3600 + at,
        path: "/files/usual",
        user_agent: "ci-fetch/0.3",
        response_bytes: 2 * MB,
        ..Row::default()
    }));
    let session = over(&traffic).await;
    // Bytes: 200 + 400 MB; requests: 200 + 200.
    let common = ["0", "false", "user_agent_family", "ci-fetch", "1.000000"];
    let with = |first: [&str; 6]| [&first[..], &common[..]].concat().join(" ");
    let found: Vec<String> = rows(&session, FOUND)
        .await
        .iter()
        .map(|row| row.join(" "))
        .collect();
    assert_eq!(
        found,
        [
            with(["1", "2026-10-14", "requests", "400", "200", "2.000000"]),
            with([
                "2",
                "2026-10-14",
                "bytes",
                "600000000",
                "200000000",
                "3.000000"
            ]),
        ]
    );
}

#[tokio::test]
async fn missing_hours_are_a_gap_and_an_hour_explains_the_rest() {
    let traffic = month(|day, hour| match (day, hour) {
        (20, 2) => 0,
        // Half of the requests, in both hours: a drop.
        (21, _) => 50,
        // More in the second hour alone.
        (22, 2) => 300,
        _ => usual(day),
    });
    let session = over(&traffic).await;
    let sql = "SELECT date, value, missing_hours, is_gap, dimension, member \
               FROM anomalies WHERE metric = 'requests' ORDER BY date";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["2026-10-20", "100", "1", "true", "NULL", "NULL"],
            ["2026-10-21", "100", "0", "false", "NULL", "NULL"],
            ["2026-10-22", "400", "0", "false", "hour_of_day", "02:00"],
        ]
    );
}

/// Twenty a month, the dearest first, with the month's average prices.
#[tokio::test]
async fn the_dearest_come_first() {
    let traffic = month(|day, _| match day {
        7 => 300,
        8 => 500,
        _ => usual(day),
    });
    let session = over(&traffic).await;
    let sql = "SELECT rank, date, metric FROM anomalies WHERE metric <> 'misses' ORDER BY rank";
    let found = rows(&session, sql).await;
    // Within CloudFront's free tier only S3's GETs cost something, which go by the request; bytes
    // cost nothing, and the larger of two comes first.
    let dates: Vec<(&str, &str)> = found
        .iter()
        .map(|row| (row[1].as_str(), row[2].as_str()))
        .collect();
    assert_eq!(
        dates,
        [
            ("2026-10-08", "requests"),
            ("2026-10-07", "requests"),
            ("2026-10-08", "bytes"),
            ("2026-10-07", "bytes"),
        ]
    );
}
