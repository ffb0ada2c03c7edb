//! Nothing twice and nothing lost: races, crashes, changed and vanished objects.

use std::fs;

use edgeledger_ingest::{Settings, Stop};
use edgeledger_lake::{Batch, Lake, LogFile, Outcome, Status};
use edgeledger_testkit::{gzip, s3_server::S3Server};

use crate::world::{
    NOW_US, check, folder, ingest, ingest_with, local_lake, rows, s3_lake, s3_source,
};

const HEADER: &str = "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem\n";

/// A log of `rows` rows of one byte each.
fn log(rows: usize) -> Vec<u8> {
    let lines: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                "2026-10-0{}\t01:02:{:02}\t1\t200\t/{row}\n",
                1 + row % 3,
                row % 60
            )
        })
        .collect();
    gzip(HEADER.to_owned() + &lines.concat())
}

fn name(n: usize) -> String {
    format!("E2EXAMPLE1RLS.2026-10-01-{:02}.{n:08x}.gz", n % 24)
}

#[tokio::test]
async fn concurrent_runs_over_overlapping_folders_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    for n in 0..16 {
        fs::write(logs.join(name(n)), log(25)).unwrap();
    }
    let lake = local_lake(&dir.path().join("lake"));
    // Small batches, so that the runs meet in many commits.
    let settings = Settings {
        chunk_bytes: 1_000,
        commit_bytes: 1,
        ..Settings::default()
    };
    let source = folder(&logs).await;
    let one = || ingest_with(&source, &lake, &settings);
    let summaries = futures::join!(one(), one(), one(), one());
    let rows_added = summaries.0.rows + summaries.1.rows + summaries.2.rows + summaries.3.rows;
    assert_eq!(rows_added, 400, "each row was added by one run");
    assert_eq!(
        rows(&lake, "SELECT count(*), sum(response_bytes) FROM requests").await,
        [["400", "400"]]
    );
    check(&lake).await;
    assert_eq!(ingest(&source, &lake).await.new_objects, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_runs_in_s3_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start(dir.path()).await.unwrap();
    for bucket in ["logs", "lake"] {
        server.create_bucket(bucket).unwrap();
    }
    for n in 0..8 {
        server
            .put("logs", &format!("cf/{}", name(n)), log(10))
            .unwrap();
    }
    let lake = s3_lake(&server, "s3://lake/cdn");
    let source = s3_source(&server, "s3://logs/cf/").await;
    let settings = Settings {
        chunk_bytes: 400,
        commit_bytes: 1,
        ..Settings::default()
    };
    let one = || ingest_with(&source, &lake, &settings);
    futures::join!(one(), one(), one());
    assert_eq!(rows(&lake, "SELECT count(*) FROM requests").await, [["80"]]);
    check(&lake).await;
}

/// The crash between the two tables: the commit is there, `log_files` does not know it yet.
#[tokio::test]
async fn a_crash_after_the_commit_heals_in_the_next_run() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join(name(1)), log(5)).unwrap();
    let storage = local_lake(&dir.path().join("lake"));
    let source = folder(&logs).await;
    let object = source.list(&[]).await.unwrap().objects.remove(0);
    let file = LogFile {
        key: object.key.clone(),
        etag: object.etag.clone(),
        size_bytes: i64::try_from(object.size_bytes).unwrap(),
        distribution: None,
        hour: None,
        status: Status::Empty,
        reason: None,
        rows: 0,
        rejected_rows: 0,
        forgotten_rows: 0,
        first_rejects: None,
        uncompressed_bytes: 0,
        columns: None,
        parser_version: "test".to_owned(),
        ingested_at_us: NOW_US,
    };
    let mut lake = Lake::open_or_create(storage.clone(), &edgeledger_logs::schema())
        .await
        .unwrap();
    let plan = lake.plan(NOW_US).await.unwrap();
    assert!(lake.known().is_empty());
    let mut batch = Batch::default();
    batch.log_files.push(file.clone());
    let committed = lake.commit(&plan, &batch, NOW_US).await.unwrap();
    assert_eq!(committed, Outcome::Committed);
    drop(lake);
    assert_eq!(
        rows(&storage, "SELECT key, txn FROM log_files").await,
        [[file.key.clone(), "1".to_owned()]],
        "a reader sees what is still to be replayed"
    );

    let summary = ingest(&source, &storage).await;
    assert_eq!((summary.new_objects, summary.known), (0, 1));
    assert_eq!(
        rows(&storage, "SELECT key, txn FROM log_files").await,
        [[file.key, "1".to_owned()]]
    );
}

/// Of two writers that planned with the same version, one wins; the other sees it and plans anew.
#[tokio::test]
async fn the_loser_of_a_race_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let storage = local_lake(dir.path());
    let parsed = edgeledger_logs::schema();
    let mut first = Lake::open_or_create(storage.clone(), &parsed)
        .await
        .unwrap();
    let mut second = Lake::open_or_create(storage.clone(), &parsed)
        .await
        .unwrap();
    let plans = (
        first.plan(NOW_US).await.unwrap(),
        second.plan(NOW_US).await.unwrap(),
    );
    assert_eq!(
        first
            .commit(&plans.0, &Batch::default(), NOW_US)
            .await
            .unwrap(),
        Outcome::Committed
    );
    assert_eq!(
        second
            .commit(&plans.1, &Batch::default(), NOW_US)
            .await
            .unwrap(),
        Outcome::Lost
    );
    let again = second.plan(NOW_US).await.unwrap();
    assert_eq!(
        second
            .commit(&again, &Batch::default(), NOW_US)
            .await
            .unwrap(),
        Outcome::Committed
    );
}

#[tokio::test]
async fn a_known_object_that_changed_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let path = logs.join(name(1));
    fs::write(&path, log(5)).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let source = folder(&logs).await;
    ingest(&source, &lake).await;
    fs::write(&path, log(7)).unwrap();
    let summary = ingest(&source, &lake).await;
    assert_eq!(summary.new_objects, 0);
    assert_eq!(summary.changed.len(), 1);
    assert!(!summary.is_complete());
    assert_eq!(rows(&lake, "SELECT count(*) FROM requests").await, [["5"]]);
}

#[tokio::test]
async fn a_quarantined_object_that_comes_back_repaired_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let (path, whole) = (logs.join(name(1)), log(5));
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let source = folder(&logs).await;
    assert_eq!(ingest(&source, &lake).await.quarantined.len(), 1);
    assert_eq!(
        ingest(&source, &lake).await.new_objects,
        0,
        "the same damage is not read again"
    );
    fs::write(&path, &whole).unwrap();
    let summary = ingest(&source, &lake).await;
    assert_eq!((summary.new_objects, summary.rows), (1, 5));
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(
        rows(&lake, "SELECT status, rows FROM log_objects").await,
        [["ingested", "5"]],
        "the last word counts"
    );
}

#[tokio::test]
async fn two_sources_that_overlap_give_each_object_once() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir_all(logs.join("sub")).unwrap();
    fs::write(logs.join("sub").join(name(1)), log(5)).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let sources = [folder(&logs).await, folder(&logs.join("sub")).await];
    let summary = edgeledger_ingest::run(
        &sources,
        lake.clone(),
        &Settings::default(),
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await
    .unwrap();
    assert_eq!((summary.listed, summary.rows), (1, 5));
    check(&lake).await;
}
