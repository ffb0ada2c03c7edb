//! Purges in hand-made traffic, counted by hand.

use edgeledger_query::{Distribution, Origin, Purge, Rules, Session, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{Row, rows, session};

/// The quarter of an hour that begins at 10:00.
const PURGED: i64 = 40;

/// What a miss asks for.
type Path = fn(i64) -> (&'static str, i64);

/// A day of 40 requests each quarter of an hour on `/dist/`, two of them misses; at 10:00 twenty are,
/// then ten, then four.
fn a_day(day: i32, after: Path) -> Vec<Row> {
    let mut traffic = Vec::new();
    for quarter in 0..96 {
        let misses = match quarter - PURGED {
            0 => 20,
            1 => 10,
            2 => 4,
            _ => 2,
        };
        for at in 0..40 {
            let is_miss = at < misses;
            let is_refill = is_miss && misses > 2;
            let (path, size) = if is_refill {
                after(at)
            } else {
                ("/dist/same", 900)
            };
            let result = if is_miss { "Miss" } else { "Hit" };
            traffic.push(Row {
                day,
                // At eight minutes past.
                second: quarter * 900 + 480 + at,
                path,
                result,
                detailed: result,
                response_bytes: 1000,
                content_length: Some(size),
                ..Row::default()
            });
        }
    }
    // Known before the purge; then of another size.
    traffic.push(Row {
        day,
        path: "/dist/changed",
        content_length: Some(500),
        response_bytes: 600,
        ..Row::default()
    });
    traffic
}

/// Half of the misses on a file as it was, a quarter on one that changed, a quarter on a new one.
fn mixed(at: i64) -> (&'static str, i64) {
    match at % 4 {
        0 | 1 => ("/dist/same", 900),
        2 => ("/dist/changed", 501),
        _ => ("/dist/new", 900),
    }
}

async fn over(traffic: &[Row], settings: &Settings) -> Session {
    session(traffic, &PriceBook::builtin().unwrap(), settings).await
}

const FOUND: &str = "SELECT prefix, to_char(purged_at, '%d %H:%M'), to_char(refilled_at, '%d %H:%M'), \
                     source, pattern, miss_requests, refill_requests, refill_bytes, \
                     avoidable_requests, avoidable_bytes, refill_usd FROM purges \
                     ORDER BY month, distribution, prefix, purged_at";

#[tokio::test]
async fn a_single_step_is_a_purge() {
    let session = over(&a_day(5, mixed), &Settings::default()).await;
    // Until 10:45: 34 misses of 120 requests, of which 5 % (one miss in twenty before; the hit on
    // the file that changes later was five hours before) are as usual: 28 more. Of the misses, 5 of
    // every 10 of the first 20 (10), 6 of 10 and 2 of 4 are on a file that stayed the same: 18.
    // S3 standard takes 0.0000004 USD a GET in us-east-1.
    assert_eq!(
        rows(&session, FOUND).await,
        [[
            "/dist/",
            "05 10:00",
            "05 10:45",
            "detected",
            "single",
            "34",
            "28",
            "28000",
            "15",
            "14824",
            "0.000011200000"
        ]]
    );
    let ratios = "SELECT baseline_miss_ratio, miss_ratio_before, miss_ratio_after FROM purges";
    // The first hour: 36 of 160.
    assert_eq!(
        rows(&session, ratios).await,
        [["0.050000", "0.050000", "0.225000"]]
    );
    let nightly = rows(&session, "SELECT * FROM nightly_purges").await;
    assert!(nightly.is_empty(), "{nightly:?}");
}

/// Somebody who fetches what nobody asked for before makes the same step.
#[tokio::test]
async fn cold_objects_are_no_purge() {
    let session = over(&a_day(5, |_| ("/dist/cold", 900)), &Settings::default()).await;
    let found = rows(&session, FOUND).await;
    assert!(found.is_empty(), "{found:?}");
    let steps = rows(&session, "SELECT pattern FROM purge_windows").await;
    assert_eq!(steps, [["single"]], "the step itself is seen");
}

#[tokio::test]
async fn a_step_that_comes_every_day_is_one_pattern() {
    let month: Vec<Row> = (2..12).flat_map(|day| a_day(day, mixed)).collect();
    let session = over(&month, &Settings::default()).await;
    let sql = "SELECT prefix, time_of_day, source, nights, refill_requests, refill_requests_each, \
               avoidable_requests, refill_usd FROM nightly_purges";
    // Each day as above; from the second day on, the new file is known as well, and the one that
    // changes every day is not the same: 26 of 34 misses, 21 of 28, and 15 on the first day.
    assert_eq!(
        rows(&session, sql).await,
        [[
            "/dist/",
            "10:00",
            "detected",
            "10",
            "280",
            "28",
            "204",
            "0.000112000000"
        ]]
    );
    let patterns = rows(&session, "SELECT DISTINCT pattern FROM purges").await;
    assert_eq!(patterns, [["daily"]]);
}

/// What a rule calls immutable needs no size to be known as the same; what nobody asked for before
/// was not in the cache, whatever a rule says.
#[tokio::test]
async fn what_is_immutable_had_not_changed() {
    let traffic: Vec<Row> = a_day(5, mixed)
        .into_iter()
        .map(|row| Row {
            content_length: None,
            ..row
        })
        .collect();
    // As where all sizes are known: half of the misses are on /dist/same.
    for (path, requests, bytes) in [
        ("^/dist/same$", "15", "14824"),
        ("^/dist/new$", "0", "0"),
        ("^/elsewhere/", "0", "0"),
    ] {
        let mut rules = Rules::default();
        let text = format!("[[path_group]]\nname = \"kept\"\npath = '{path}'\nimmutable = true");
        rules.add("rules.toml", &text).unwrap();
        let settings = Settings {
            rules,
            ..Settings::default()
        };
        let session = over(&traffic, &settings).await;
        let sql = "SELECT avoidable_requests, avoidable_bytes FROM purges";
        assert_eq!(rows(&session, sql).await, [[requests, bytes]], "{path}");
    }
}

#[tokio::test]
async fn configured_times_replace_the_search() {
    let purge = |prefix: &str, minute| Purge {
        distribution: "E1".to_owned(),
        prefix: prefix.to_owned(),
        minute,
    };
    let settings = Settings {
        distributions: vec![Distribution {
            origin: Origin::Server,
            ..Distribution::assumed("E1")
        }],
        purges: vec![purge("/", 607), purge("/dist/", 1200)],
        ..Settings::default()
    };
    let session = over(&a_day(5, mixed), &settings).await;
    // At 20:00 there was none, so that nothing was refilled. A server takes nothing for a read.
    assert_eq!(
        rows(&session, FOUND).await,
        [
            [
                "/",
                "05 10:07",
                "05 10:45",
                "configured",
                "configured",
                "34",
                "28",
                "28000",
                "15",
                "14824",
                "NULL"
            ],
            [
                "/dist/",
                "05 20:00",
                "05 20:15",
                "configured",
                "configured",
                "2",
                "0",
                "0",
                "0",
                "0",
                "NULL"
            ],
        ]
    );
}

/// Shards and identifiers are no folders.
#[tokio::test]
async fn prefixes_are_folders() {
    let paths = [
        ("/dist/a/b", "/dist/"),
        ("/dist/", "/dist/"),
        ("/dist", "/"),
        ("/", "/"),
        ("", "/"),
        ("//a/b", "/"),
        ("/se/rd/serde", "/"),
        ("/api/x", "/api/"),
        ("/abcdefghijklmnopqrstuvwx/x", "/abcdefghijklmnopqrstuvwx/"),
        ("/abcdefghijklmnopqrstuvwxy/x", "/"),
        ("/日本語/x", "/日本語/"),
    ];
    for (path, prefix) in paths {
        let traffic = [Row {
            path,
            second: 86_399,
            ..Row::default()
        }];
        let session = over(&traffic, &Settings::default()).await;
        let found = rows(&session, "SELECT prefix, quarter FROM prefix_quarters").await;
        assert_eq!(found, [[prefix, "95"]], "{path}");
    }
}
