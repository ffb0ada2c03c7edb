//! Errors, times, origin load and coverage in hand-made logs.

use edgeledger_query::{Distribution, Origin, Session, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{File, Row, rows, session, sessions_over};

async fn over(traffic: &[Row]) -> Session {
    let book = PriceBook::builtin().unwrap();
    session(traffic, &book, &Settings::default()).await
}

fn timed(first_byte_us: Option<i64>) -> Row {
    Row {
        first_byte_us,
        ..Row::default()
    }
}

#[tokio::test]
async fn quantiles_are_steps_of_the_requests_in_order() {
    // 1 to 100 ms.
    let hits: Vec<Row> = (1..=100).map(|ms| timed(Some(ms * 1000 + 999))).collect();
    let misses = [455_123, 9_999_999, 31_000_000, 250_000_000].map(|us| Row {
        result: "Miss",
        detailed: "Miss",
        // 4 MiB in a second, and in three.
        response_bytes: 4 << 20,
        time_taken_us: Some(if us == 455_123 { 1_000_000 } else { 3_000_000 }),
        ..timed(Some(us))
    });
    let unmeasured = [timed(None)];
    let traffic = [&hits[..], &misses[..], &unmeasured[..]].concat();
    let session = over(&traffic).await;
    let sql = "SELECT outcome, requests, measured_requests, p50_ms, p95_ms, p99_ms, long_requests, \
               long_bytes_per_second FROM slow_responses ORDER BY outcome";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["hit", "101", "100", "50", "95", "99", "0", "NULL"],
            // 16 MiB in 10 seconds.
            ["miss", "4", "4", "9900", "250000", "250000", "4", "1677721"],
        ]
    );
    let sql = "SELECT step_ms FROM response_times WHERE outcome = 'miss' ORDER BY step_ms";
    let steps = rows(&session, sql).await.concat();
    assert_eq!(steps, ["450", "9900", "31000", "250000"]);
    let sql = "SELECT edge_code, city, measured_requests, requests, p50_ms FROM slow_edges";
    assert_eq!(
        rows(&session, sql).await,
        [["IAD", "Ashburn (Washington DC)", "100", "105", "50"]]
    );
    // An edge with 99 measured hits is too few.
    let session = over(&hits[1..]).await;
    let edges = rows(&session, sql).await;
    assert!(edges.is_empty(), "{edges:?}");
}

#[tokio::test]
async fn errors_have_causes() {
    let error = |status, result, detailed| Row {
        status,
        result,
        detailed,
        response_bytes: 10,
        ..Row::default()
    };
    let traffic = [
        error(503, "Error", "OriginCommError"),
        error(503, "Error", "OriginCommError"),
        error(503, "LimitExceeded", "LimitExceeded"),
        error(0, "Error", "ClientCommError"),
        error(404, "Error", "Error"),
        // CloudFront served the error page of a custom error response.
        error(200, "Error", "Error"),
        error(304, "Hit", "Hit"),
        error(200, "Hit", "Hit"),
    ];
    let session = over(&traffic).await;
    let sql = "SELECT status, cause, requests, response_bytes, request_share FROM error_causes \
               ORDER BY status, cause";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["0", "ClientCommError", "1", "10", "0.125000"],
            ["200", "Error", "1", "10", "0.125000"],
            ["404", "Error", "1", "10", "0.125000"],
            ["503", "LimitExceeded", "1", "10", "0.125000"],
            ["503", "OriginCommError", "2", "20", "0.250000"],
        ]
    );
    // The hours count the same errors, and what reached the origin: the two that it did not answer
    // and the 404.
    let sql = "SELECT error_requests, origin_requests, origin_bytes FROM hourly_traffic";
    assert_eq!(rows(&session, sql).await, [["6", "3", "30"]]);
}

#[tokio::test]
async fn every_origin_has_its_load() {
    let at = |distribution, hour: i64, result, response_bytes| Row {
        distribution,
        second: hour * 3600,
        result,
        detailed: result,
        response_bytes,
        ..Row::default()
    };
    let traffic = [
        at("E1", 1, "Hit", 100),
        at("E1", 1, "Miss", 10),
        at("E1", 2, "RefreshHit", 5),
        at("E1", 2, "Hit", 7),
        at("E1", 2, "Redirect", 0),
        at("E2", 2, "Miss", 1),
    ];
    let settings = Settings {
        distributions: vec![Distribution {
            origin: Origin::Server,
            ..Distribution::assumed("E1")
        }],
        ..Settings::default()
    };
    let session = session(&traffic, &PriceBook::builtin().unwrap(), &settings).await;
    let sql = "SELECT distribution, origin, hour_of_day, requests, origin_requests, origin_bytes, \
               kept_off_requests, kept_off_bytes FROM origin_load_hourly \
               ORDER BY distribution, hour_of_day";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["E1", "server", "1", "2", "1", "10", "1", "100"],
            ["E1", "server", "2", "3", "1", "0", "2", "12"],
            ["E2", "s3", "2", "1", "1", "1", "0", "0"],
        ]
    );
    let sql = "SELECT kept_off_requests, kept_off_bytes, kept_off_request_share, \
               to_char(peak_hour, '%H'), to_char(peak_origin_hour, '%H') FROM origin_load_all \
               WHERE distribution = 'E1'";
    assert_eq!(
        rows(&session, sql).await,
        [["3", "112", "0.600000", "02", "01"]]
    );
    // What the servers' own view says.
    let both = "SELECT a.kept_off_requests = o.kept_off_requests AND \
                a.kept_off_bytes = o.kept_off_bytes FROM origin_load o \
                JOIN origin_load_all a ON a.distribution = o.distribution";
    assert_eq!(rows(&session, both).await, [["true"]]);
}

#[tokio::test]
async fn the_map_has_every_hour_of_the_month() {
    let file = |key, distribution, hour, status| File {
        key,
        distribution: Some(distribution),
        hour: Some(hour),
        status,
        ..File::default()
    };
    let [session, _] = sessions_over(
        &[
            file("a", "E1", "2024-02-29-23", "ingested"),
            file("b", "E2", "2024-02-29-23", "quarantined"),
            file("c", "E2", "2024-02-01-00", "empty"),
        ],
        &Settings::default(),
    )
    .await;
    let sql = "SELECT distribution, date, hour_of_day, state, objects, quarantined \
               FROM coverage_hours ORDER BY distribution, date, hour_of_day";
    assert_eq!(
        rows(&session, sql).await,
        [
            ["E1", "2024-02-29", "23", "objects", "1", "0"],
            ["E2", "2024-02-01", "0", "objects", "1", "0"],
            ["E2", "2024-02-29", "23", "objects", "1", "1"],
        ]
    );
    // 29 days of 24 hours.
    let sql = "SELECT count(*), count(DISTINCT date), min(distributions), sum(objects), \
               count(*) FILTER (WHERE objects > 0) FROM coverage_map WHERE month = '2024-02'";
    assert_eq!(rows(&session, sql).await, [["696", "29", "2", "3", "2"]]);
}
