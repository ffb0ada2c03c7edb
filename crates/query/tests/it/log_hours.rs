//! Log objects by hour, and the hours without any.

use edgeledger_query::{Distribution, Origin, Session, Settings};

use crate::world::{File, rows, sessions_over};

async fn over(files: &[File]) -> [Session; 2] {
    let settings = Settings {
        distributions: vec![Distribution {
            name: "releases".to_owned(),
            origin: Origin::Server,
            ..Distribution::assumed("E1")
        }],
        ..Settings::default()
    };
    sessions_over(files, &settings).await
}

/// The answer of both sessions.
async fn both(sessions: &[Session; 2], sql: &str) -> Vec<Vec<String>> {
    let [in_memory, of_lake] = sessions;
    let found = rows(in_memory, sql).await;
    assert_eq!(rows(of_lake, sql).await, found);
    found
}

fn object(key: &'static str, distribution: &'static str, hour: &'static str) -> File {
    File {
        key,
        distribution: Some(distribution),
        hour: Some(hour),
        rows: 10,
        rejected_rows: 1,
        ..File::default()
    }
}

fn with_status(key: &'static str, hour: &'static str, status: &'static str) -> File {
    File {
        status,
        rows: 0,
        rejected_rows: 0,
        ..object(key, "E1", hour)
    }
}

#[tokio::test]
async fn hours_count_objects_by_status() {
    let (hour, next) = ("2026-10-05-01", "2026-10-05-02");
    let sessions = over(&[
        object("a", "E1", hour),
        object("b", "E1", hour),
        with_status("c1", hour, "empty"),
        with_status("c2", hour, "empty"),
        with_status("d", hour, "quarantined"),
        with_status("e1", next, "skipped"),
        with_status("e2", next, "skipped"),
        with_status("f", next, "vanished"),
        File {
            forgotten_rows: 1,
            ..with_status("g2", next, "forgotten")
        },
        File {
            forgotten_rows: 7,
            ..with_status("g", hour, "forgotten")
        },
        // Only the last word on an object counts.
        with_status("h", hour, "quarantined"),
        File {
            txn: 2,
            ..object("h", "E1", hour)
        },
        object("i", "E2", "2026-09-30-23"),
        // In no hour: they name none, or hours that no calendar has.
        File {
            hour: None,
            distribution: None,
            ..object("joined", "", "")
        },
        object("j", "E1", "2026-02-31-05"),
        object("k", "E1", "2026-04-31-05"),
    ])
    .await;
    let sql = "SELECT month, distribution, name, hour, objects, ingested, empty, quarantined, \
               skipped, vanished, forgotten, rows, rejected_rows, forgotten_rows, size_bytes \
               FROM log_hours ORDER BY distribution, hour";
    assert_eq!(
        both(&sessions, sql).await,
        [
            [
                "2026-10",
                "E1",
                "releases",
                "2026-10-05T01:00:00Z",
                "7",
                "3",
                "2",
                "1",
                "0",
                "0",
                "1",
                "30",
                "3",
                "7",
                "700"
            ],
            [
                "2026-10",
                "E1",
                "releases",
                "2026-10-05T02:00:00Z",
                "4",
                "0",
                "0",
                "0",
                "2",
                "1",
                "1",
                "0",
                "0",
                "1",
                "400"
            ],
            [
                "unnamed", "E1", "releases", "NULL", "2", "2", "0", "0", "0", "0", "0", "20", "2",
                "0", "200"
            ],
            [
                "2026-09",
                "E2",
                "E2",
                "2026-09-30T23:00:00Z",
                "1",
                "1",
                "0",
                "0",
                "0",
                "0",
                "0",
                "10",
                "1",
                "0",
                "100"
            ],
            [
                "unnamed", "NULL", "NULL", "NULL", "1", "1", "0", "0", "0", "0", "0", "10", "1",
                "0", "100"
            ],
        ]
    );
    // The type of `hourly_traffic`'s hour, so that the two join.
    let sql = "SELECT count(*) FROM log_hours h JOIN hourly_traffic t ON t.hour = h.hour";
    assert_eq!(both(&sessions, sql).await, [["0"]]);
}

#[tokio::test]
async fn gaps_lie_between_hours_with_objects() {
    let sessions = over(&[
        object("a", "E1", "2026-10-31-20"),
        // Two objects of an hour, and the hour after it, are no gap.
        object("b", "E1", "2026-10-31-20"),
        object("c", "E1", "2026-10-31-21"),
        // The last hour of the month and the first are missing after this one.
        object("d", "E1", "2026-10-31-22"),
        with_status("e", "2026-11-01-01", "quarantined"),
        object("f", "E1", "2026-11-01-03"),
        // Another distribution's hours fill no gap and have their own.
        object("g", "E2", "2026-10-31-23"),
        object("h", "E2", "2026-11-03-00"),
        object("i", "E3", "2026-10-31-23"),
        object("j", "E3", "2026-11-31-23"),
    ])
    .await;
    let sql = "SELECT month, distribution, name, gap_start, gap_end, hours FROM log_gaps \
               ORDER BY distribution, gap_start";
    assert_eq!(
        both(&sessions, sql).await,
        [
            [
                "2026-10",
                "E1",
                "releases",
                "2026-10-31T23:00:00Z",
                "2026-11-01T01:00:00Z",
                "2"
            ],
            [
                "2026-11",
                "E1",
                "releases",
                "2026-11-01T02:00:00Z",
                "2026-11-01T03:00:00Z",
                "1"
            ],
            [
                "2026-11",
                "E2",
                "E2",
                "2026-11-01T00:00:00Z",
                "2026-11-03T00:00:00Z",
                "48"
            ],
        ]
    );
}

/// Text from outside goes beside the query, never into it.
#[tokio::test]
async fn parameters_are_values() {
    let [session, _] = over(&[
        object("a", "E1", "2026-10-31-20"),
        object("b", "E2", "2026-10-31-20"),
    ])
    .await;
    let sql = "SELECT count(*) FROM log_hours WHERE distribution = $id AND month = $month";
    for (id, found) in [("E1", "1"), ("' OR '' = '", "0"), ("E3", "0")] {
        let params = [("id", id), ("month", "2026-10")];
        let frame = session.plan_with(sql, &params).await.unwrap();
        let batches = frame.collect().await.unwrap();
        let count = arrow::util::display::array_value_to_string(batches[0].column(0), 0);
        assert_eq!(count.unwrap(), found, "{id}");
    }
}
