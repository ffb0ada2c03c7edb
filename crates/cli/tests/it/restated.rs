//! A month that was complete, reported, and then got more rows: the clock is the test's.

use std::{fs, path::Path};

use edgeledger_ingest::{Durability, Settings, Stop, Storage};
use edgeledger_source::{Aws, AwsSettings, Source};
use edgeledger_testkit::gzip;
use serde_json::{Value, json};

use crate::run::{run, text};

fn put(logs: &Path, name: &str, rows: usize) {
    let row = "2026-10-31\t23:02:03\tLHR5-C1\t1\t200\n";
    let header = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes sc-status\n";
    fs::write(logs.join(name), gzip(header.to_owned() + &row.repeat(rows))).unwrap();
}

async fn ingest_at(time: &str, logs: &Path, lake: &Path) {
    let now = time.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let aws = Aws::new(AwsSettings::default());
    let source = Source::open(&text(logs), &aws).await.unwrap();
    let storage = Storage::local(lake, Durability::Temporary).unwrap();
    edgeledger_ingest::run(
        &[source],
        storage,
        &Settings::default(),
        || now,
        &Stop::default(),
        &|_| {},
    )
    .await
    .unwrap();
}

fn report(lake: &Path, format: &str) -> String {
    let lake = text(lake);
    let args = ["report", "2026-10", "--lake", &lake, "--format", format];
    // Words as they follow each other, whatever the width of the line.
    let words = run(&args).expect(0);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_next_report_says_that_a_month_was_restated() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, lake) = (dir.path().join("logs"), dir.path().join("lake"));
    fs::create_dir(&logs).unwrap();
    put(&logs, "E2EXAMPLE1RLS.2026-10-31-23.aa.gz", 3);
    ingest_at("2026-11-02T02:00:00Z", &logs, &lake).await;
    // Within a day of the first commit: still on time.
    put(&logs, "E2EXAMPLE1RLS.2026-10-31-22.bb.gz", 4);
    ingest_at("2026-11-03T01:00:00Z", &logs, &lake).await;
    assert!(!report(&lake, "text").contains("Restated"));

    put(&logs, "E2EXAMPLE1RLS.2026-10-31-23.cc.gz", 2);
    ingest_at("2026-11-12T03:00:00Z", &logs, &lake).await;
    let said = "Restated: 1 log object (2 rows) came or changed after the month was first complete \
                on 2026-11-02, last on 2026-11-12.";
    assert_eq!(report(&lake, "text").matches(said).count(), 2);
    assert_eq!(report(&lake, "markdown").matches(said).count(), 2);
    let json: Value = serde_json::from_str(&report(&lake, "json")).unwrap();
    assert_eq!(json["headline"]["requests"], 9);
    assert_eq!(
        json["quality"]["restated"],
        json!({
            "first_closed_ingest_at": "2026-11-02T02:00:00Z",
            "late_objects": 1,
            "late_rows": 2,
            "last_ingested_at": "2026-11-12T03:00:00Z",
            "forgotten_rows": 0,
        })
    );
}
