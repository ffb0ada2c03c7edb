//! Which closed months are told as restated, from hand-made records of log objects.

use edgeledger_query::Settings;

use crate::world::{File, rows, sessions_over};

const ALL: &str = "SELECT month, first_closed_ingest_at, late_objects, late_rows, \
                   last_ingested_at, forgotten_rows FROM restatements ORDER BY month";

async fn restated(files: &[File]) -> Vec<Vec<String>> {
    let [in_memory, of_lake] = sessions_over(files, &Settings::default()).await;
    let all = rows(&in_memory, ALL).await;
    assert_eq!(rows(&of_lake, ALL).await, all);
    // A filter on the month narrows the answer and nothing else.
    let october = ALL.replace("ORDER BY", "WHERE month = '2026-10' ORDER BY");
    let narrowed = rows(&of_lake, &october).await;
    let of_all: Vec<_> = all.iter().filter(|row| row[0] == "2026-10").collect();
    assert_eq!(narrowed.iter().collect::<Vec<_>>(), of_all);
    all
}

/// An object with 100 rows.
fn object(key: &'static str, hour: &'static str, ingested_at: &'static str) -> File {
    File {
        key,
        hour: Some(hour),
        rows: 100,
        ingested_at,
        ..File::default()
    }
}

/// A daily ingest at 02:00 that has read October by November 2nd, and goes on.
fn daily() -> Vec<File> {
    vec![
        object("oct-05", "2026-10-05-01", "2026-10-06T02:00:00Z"),
        object("oct-31", "2026-10-31-23", "2026-11-01T02:00:00Z"),
        object("nov-01", "2026-11-01-20", "2026-11-02T02:00:00Z"),
        object("nov-11", "2026-11-11-20", "2026-11-12T02:00:00Z"),
    ]
}

#[tokio::test]
async fn a_month_that_is_read_in_time_is_not_restated() {
    assert!(restated(&daily()).await.is_empty());
}

#[tokio::test]
async fn late_objects_restate_their_month() {
    let mut files = daily();
    files.extend([
        // Within 24 hours of the first commit after the close, to the second.
        object("oct-30a", "2026-10-30-10", "2026-11-03T02:00:00Z"),
        // A second later, and days later: late.
        object("oct-30b", "2026-10-30-11", "2026-11-03T02:00:01Z"),
        File {
            rows: 1_104,
            ..object("oct-30c", "2026-10-30-12", "2026-11-12T02:00:00Z")
        },
        // Late too, but they change no number.
        File {
            rows: 0,
            status: "empty",
            ..object("oct-30d", "2026-10-30-13", "2026-11-13T02:00:00Z")
        },
        File {
            rows: 0,
            status: "quarantined",
            ..object("oct-30e", "2026-10-30-14", "2026-11-13T02:00:00Z")
        },
        // Names no hour, so no month.
        File {
            hour: None,
            distribution: None,
            ..object("joined", "", "2026-11-13T02:00:00Z")
        },
    ]);
    assert_eq!(
        restated(&files).await,
        [[
            "2026-10",
            "2026-11-02T02:00:00Z",
            "2",
            "1204",
            "2026-11-12T02:00:00Z",
            "0"
        ]]
    );
}

/// The hours between a month's end and its close are for deliveries that are a day late.
#[tokio::test]
async fn a_commit_before_the_close_does_not_count_as_the_first() {
    let files = [
        object("oct-31", "2026-10-31-22", "2026-11-01T23:59:59Z"),
        object("oct-31b", "2026-10-31-23", "2026-11-20T00:00:00Z"),
    ];
    assert!(restated(&files).await.is_empty());
    let mut files = files.to_vec();
    files.push(object("nov", "2026-11-02-00", "2026-11-02T00:00:00Z"));
    let found = restated(&files).await;
    assert_eq!(found[0][..3], ["2026-10", "2026-11-02T00:00:00Z", "1"]);
}

#[tokio::test]
async fn a_backfill_of_months_is_no_restatement() {
    // A lake that is years younger than its logs, read in one run of eleven hours, beside which the
    // daily ingest of another distribution has run for months.
    let mut files = daily();
    files.extend([
        object("a", "2024-01-05-01", "2026-11-10T08:00:00Z"),
        object("b", "2024-02-05-01", "2026-11-10T12:00:00Z"),
        object("c", "2024-01-06-01", "2026-11-10T19:00:00Z"),
        object("d", "2024-02-28-23", "2026-11-10T19:00:00Z"),
    ]);
    assert!(restated(&files).await.is_empty());
    // What comes to a backfilled month days later is late.
    files.push(object("e", "2024-02-28-22", "2026-11-12T02:00:00Z"));
    assert_eq!(
        restated(&files).await,
        [[
            "2024-02",
            "2026-11-10T12:00:00Z",
            "1",
            "100",
            "2026-11-12T02:00:00Z",
            "0"
        ]]
    );
}

#[tokio::test]
async fn a_monthly_batch_on_the_third() {
    let mut files = vec![
        // October's first days came with September's batch.
        object("sep", "2026-09-30-23", "2026-10-03T06:00:00Z"),
        object("oct-1", "2026-10-01-01", "2026-10-03T06:00:00Z"),
        object("oct-2", "2026-10-20-01", "2026-11-03T06:00:00Z"),
        object("oct-3", "2026-10-31-23", "2026-11-03T09:00:00Z"),
        object("nov-1", "2026-11-20-01", "2026-12-03T06:00:00Z"),
    ];
    assert!(restated(&files).await.is_empty());
    files.push(object("oct-4", "2026-10-31-22", "2026-12-03T06:00:00Z"));
    assert_eq!(
        restated(&files).await,
        [[
            "2026-10",
            "2026-11-03T06:00:00Z",
            "1",
            "100",
            "2026-12-03T06:00:00Z",
            "0"
        ]]
    );
}

/// A key that is read again: with other bytes it is a change, with the same bytes it is none,
/// unless its rows come only now.
#[tokio::test]
async fn objects_that_are_read_again() {
    let mut files = daily();
    files.extend([
        File {
            etag: "e2",
            rows: 130,
            txn: 2,
            ..object("oct-05", "2026-10-05-01", "2026-11-08T02:00:00Z")
        },
        File {
            rows: 0,
            status: "quarantined",
            ..object("retried", "2026-10-07-01", "2026-10-08T02:00:00Z")
        },
        File {
            rows: 7,
            txn: 3,
            ..object("retried", "2026-10-07-01", "2026-11-09T02:00:00Z")
        },
        // Before the close: no matter how often.
        File {
            txn: 2,
            etag: "e2",
            ..object("nov-11", "2026-11-11-20", "2026-11-13T02:00:00Z")
        },
    ]);
    assert_eq!(
        restated(&files).await,
        [[
            "2026-10",
            "2026-11-02T02:00:00Z",
            "2",
            "137",
            "2026-11-09T02:00:00Z",
            "0"
        ]]
    );
}

#[tokio::test]
async fn rows_removed_on_purpose_restate_a_closed_month() {
    let mut files = daily();
    files.extend([
        // Erased in part and in whole: records of the same versions, which are no arrivals.
        File {
            rows: 90,
            forgotten_rows: 10,
            txn: 5,
            ..object("oct-05", "2026-10-05-01", "2026-11-20T02:00:00Z")
        },
        File {
            status: "forgotten",
            rows: 0,
            forgotten_rows: 100,
            txn: 5,
            ..object("oct-31", "2026-10-31-23", "2026-11-20T02:00:00Z")
        },
        // November is not closed yet.
        File {
            rows: 99,
            forgotten_rows: 1,
            txn: 5,
            ..object("nov-11", "2026-11-11-20", "2026-11-20T02:00:00Z")
        },
    ]);
    assert_eq!(
        restated(&files).await,
        [["2026-10", "2026-11-02T02:00:00Z", "0", "0", "NULL", "110"]]
    );
}

#[tokio::test]
async fn names_from_no_calendar_break_nothing() {
    let mut files = daily();
    files.extend([
        object("a", "9999-12-31-23", "2026-11-12T02:00:00Z"),
        object("b", "0000-01-01-00", "2026-11-12T02:00:00Z"),
        object("c", "2026-02-31-05", "2026-11-12T02:00:00Z"),
    ]);
    assert!(restated(&files).await.is_empty());
}
