//! Retention and erasure.

use std::fs;

use arrow::{array::AsArray, datatypes::DataType};
use edgeledger_ingest::{Settings, Storage};
use edgeledger_lake::{Forget, ForgetMode, Forgotten, Lake, LakeError};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::maintenance::assert_clean;
use crate::world::{NOW_US, Place, all_rows, check, ingest_with, log, log_of, name, rows};

async fn forget(storage: &Storage, what: &Forget, mode: ForgetMode) -> Forgotten {
    let mut lake = Lake::open(storage.clone()).await.unwrap();
    lake.forget(what, mode, &|| NOW_US, &|_| {}).await.unwrap()
}

fn address(ip: &str) -> Forget {
    Forget {
        client_ip: Some(ip.parse().unwrap()),
        ..Forget::default()
    }
}

const RECORDS: &str =
    "SELECT name, status, rows, forgotten_rows, reason FROM log_objects ORDER BY name";

#[tokio::test]
async fn whole_days_go_and_never_come_back() {
    let place = Place::new();
    place.put(&name(1), log(25));
    // All its rows are on the first day.
    place.put(&name(2), log_of("2026-10-01\t00:00:00\t1\t200\t/a\t-\t-\n"));
    place.ingest().await;
    let what = Forget {
        // 2026-10-02 is day 20728 of 1970.
        before_day: Some(20_728),
        ..Forget::default()
    };
    let counted = forget(&place.lake, &what, ForgetMode::DryRun).await;
    assert_eq!((counted.rows, counted.objects), (10, 2));
    assert_eq!(
        all_rows(&place.lake).await.len(),
        26,
        "a dry run changes nothing"
    );
    let done = forget(&place.lake, &what, ForgetMode::Keep).await;
    assert_eq!(
        (done.rows, done.objects, done.files, done.purged),
        (10, 2, 1, 0)
    );
    let sql = "SELECT date, count(*) FROM requests GROUP BY date ORDER BY date";
    assert_eq!(
        rows(&place.lake, sql).await,
        [["2026-10-02", "8"], ["2026-10-03", "8"]]
    );
    let reason = "forgotten on 2026-11-03: requests before 2026-10-02";
    assert_eq!(
        rows(&place.lake, RECORDS).await,
        [
            [name(1).as_str(), "ingested", "16", "9", reason],
            [name(2).as_str(), "forgotten", "0", "1", reason]
        ]
    );
    let summary = place.ingest().await;
    assert_eq!((summary.new_objects, summary.known), (0, 2));
    assert_eq!(forget(&place.lake, &what, ForgetMode::Keep).await.rows, 0);
    check(&place.lake).await;
    assert_clean(&place.lake).await;
}

#[tokio::test]
async fn conditions_are_all_to_hold_and_one_is_needed() {
    let place = Place::new();
    place.put(&name(1), log(25));
    place.put("E2EXAMPLE2WWW.2026-10-01-00.00000001.gz", log(25));
    place.ingest().await;
    let what = Forget {
        distribution: Some("E2EXAMPLE2WWW".to_owned()),
        before_day: Some(20_728),
        // Rows 0, 5, 10, 15 and 20, of which 0 and 15 are on the first day.
        client_ip: Some("198.51.100.0".parse().unwrap()),
    };
    let done = forget(&place.lake, &what, ForgetMode::Keep).await;
    assert_eq!((done.rows, done.objects), (2, 1));
    let sql = "SELECT distribution, count(*) FROM requests GROUP BY 1 ORDER BY 1";
    assert_eq!(
        rows(&place.lake, sql).await,
        [["E2EXAMPLE1RLS", "25"], ["E2EXAMPLE2WWW", "23"]]
    );
    let mut lake = place.open().await;
    let all = lake
        .forget(&Forget::default(), ForgetMode::Keep, &|| NOW_US, &|_| {})
        .await;
    assert!(matches!(all, Err(LakeError::NoCondition)));
    assert_clean(&place.lake).await;
}

/// Everything stored below a folder as text, Parquet files decoded.
fn stored_text(place: &Place) -> String {
    let mut text = String::new();
    for path in place.files("") {
        let bytes = fs::read(&path).unwrap();
        text += &String::from_utf8_lossy(&bytes);
        if path.extension().is_none_or(|ending| ending != "parquet") {
            continue;
        }
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        for batch in reader.build().unwrap() {
            for column in batch.unwrap().columns() {
                if let Ok(column) = arrow::compute::cast(column, &DataType::Utf8) {
                    for cell in column.as_string::<i32>().iter().flatten() {
                        text += cell;
                        text += "\n";
                    }
                }
            }
        }
    }
    text
}

#[tokio::test]
async fn an_address_is_erased_from_every_byte_of_the_lake() {
    let place = Place::new();
    place.put(&name(1), log(25));
    place.put(
        &name(2),
        log_of(
            "2026-10-01\t00:00:00\t1\t200\t/a\t192.0.2.77\t-\n\
             2026-10-01\t00:00:01\t1\t200\t/b\t192.0.2.7\t-\n\
             2026-10-02\t00:00:02\t1\t200\t/c\t198.51.100.9\t203.0.113.5,%20192.0.2.77\n\
             2026-10-03\t00:00:03\t1\t200\t/d\t198.51.100.9\t-\n\
             bad row\t192.0.2.77\n",
        ),
    );
    // Only a rejected row names it.
    place.put(
        &name(3),
        log_of("2026-10-01\t00:00:00\t1\t200\t/e\t-\t-\nbad\t192.0.2.77\n"),
    );
    place.ingest().await;
    place.ingest().await;
    // Rejects are recorded without addresses.
    let sql = "SELECT count(*) FILTER (WHERE first_rejects LIKE '%192.0.2.77%'), \
               count(*) FILTER (WHERE first_rejects LIKE '%<ip>%') FROM log_objects";
    assert_eq!(rows(&place.lake, sql).await, [["0", "2"]]);
    assert!(stored_text(&place).contains("192.0.2.77"));

    let done = forget(&place.lake, &address("192.0.2.77"), ForgetMode::Purge).await;
    assert_eq!(
        (done.rows, done.objects, done.purged, done.dead_files),
        (2, 1, 2, 0)
    );
    let text = stored_text(&place);
    assert!(!text.contains("192.0.2.77"), "the address is still there");
    assert!(text.contains("192.0.2.7") && text.contains("198.51.100.9"));
    assert_eq!(
        rows(
            &place.lake,
            "SELECT path FROM requests WHERE path < '/z' AND path >= '/a' ORDER BY 1"
        )
        .await,
        [["/b"], ["/d"], ["/e"]]
    );
    let reason = "forgotten on 2026-11-03: one client address";
    assert_eq!(
        rows(&place.lake, RECORDS).await,
        [
            [name(1).as_str(), "ingested", "25", "0", "NULL"],
            [name(2).as_str(), "ingested", "2", "2", reason],
            [name(3).as_str(), "ingested", "1", "0", "NULL"]
        ]
    );
    assert_eq!(place.ingest().await.new_objects, 0);
    check(&place.lake).await;
    assert_clean(&place.lake).await;
}

#[tokio::test]
async fn addresses_are_found_however_they_are_written() {
    let place = Place::new();
    place.put(
        &name(1),
        log_of(
            "2026-10-01\t00:00:00\t1\t200\t/a\t2001:db8::1\t-\n\
             2026-10-01\t00:00:01\t1\t200\t/b\t2001:0DB8:0:0:0:0:0:1\t-\n\
             2026-10-01\t00:00:02\t1\t200\t/c\t2001:db8::11\t-\n\
             2026-10-01\t00:00:03\t1\t200\t/d\t-\t[2001:db8:0::1]:443\n",
        ),
    );
    place.ingest().await;
    let done = forget(&place.lake, &address("2001:db8:0:0::1"), ForgetMode::Keep).await;
    assert_eq!(done.rows, 3);
    assert_eq!(
        rows(&place.lake, "SELECT path FROM requests").await,
        [["/c"]]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_beside_ingests_is_exact() {
    let place = Place::new();
    for n in 0..20 {
        place.put(&name(n), log(25));
    }
    let settings = Settings {
        chunk_bytes: 1_000,
        commit_bytes: 1,
        ..Settings::default()
    };
    let source = place.source().await;
    let until = Settings {
        until: Some("2026-10-01-05".to_owned()),
        ..settings.clone()
    };
    ingest_with(&source, &place.lake, &until).await;
    let first_day = Forget {
        before_day: Some(20_728),
        ..Forget::default()
    };
    let one = || ingest_with(&source, &place.lake, &settings);
    let forgetting = async {
        let mut rows = 0;
        for ip in 0..5 {
            let what = address(&format!("198.51.100.{ip}"));
            rows += forget(&place.lake, &what, ForgetMode::Keep).await.rows;
        }
        rows
    };
    let (_, _, during) = futures::join!(one(), one(), forgetting);
    assert!(
        during >= 125,
        "at least the rows of the first five objects went: {during}"
    );
    check(&place.lake).await;
    assert_clean(&place.lake).await;
    let sql = "SELECT sum(rows + forgotten_rows), sum(forgotten_rows) FROM log_objects";
    assert_eq!(
        rows(&place.lake, sql).await,
        [["500".to_owned(), during.to_string()]],
        "every row is there or was forgotten, once"
    );
    let rest = forget(&place.lake, &first_day, ForgetMode::Keep).await;
    check(&place.lake).await;
    assert!(rest.rows + during <= 500);
}
