//! The sample logs, whose generator counted what it wrote.

use std::{fs, path::Path};

use edgeledger_ingest::Settings;
use edgeledger_testkit::{Truth, s3_server::S3Server, sample_logs};

use crate::world::{check, folder, ingest, ingest_with, local_lake, rows, s3_lake, s3_source};

/// Every object of the sample, by its path below `sample-logs`.
fn objects() -> Vec<(String, Vec<u8>)> {
    fn walk(dir: &Path, root: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &sample_logs().join("cloudfront"),
        &sample_logs(),
        &mut found,
    );
    found.sort();
    found
}

#[tokio::test]
async fn a_folder_twice_the_second_time_nothing() {
    let truth = Truth::load().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (source, lake) = (folder(&sample_logs()).await, local_lake(dir.path()));
    let first = ingest(&source, &lake).await;
    assert_eq!(first.new_objects, truth.totals.objects);
    assert_eq!(
        (first.rows, first.rejected_rows),
        (truth.totals.rows, truth.totals.rejected_rows)
    );
    assert_eq!(first.stored_bytes, truth.totals.bytes_compressed);
    assert_eq!(first.text_bytes, truth.totals.bytes_uncompressed);
    assert!(first.is_complete(), "{first:?}");
    check(&lake).await;

    let second = ingest(&source, &lake).await;
    assert_eq!(
        (second.new_objects, second.known, second.commits),
        (0, truth.totals.objects, 0)
    );
    check(&lake).await;
}

#[tokio::test]
async fn rows_are_the_generators_by_distribution_and_day() {
    let truth = Truth::load().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let lake = local_lake(dir.path());
    ingest(&folder(&sample_logs()).await, &lake).await;
    let found = rows(
        &lake,
        "SELECT distribution, date, count(*), sum(response_bytes) FROM requests GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .await;
    let wanted: Vec<Vec<String>> = truth
        .all_days
        .iter()
        .flat_map(|(distribution, days)| {
            days.iter().map(move |(date, tally)| {
                vec![
                    distribution.clone(),
                    date.clone(),
                    tally.requests.to_string(),
                    tally.response_bytes.to_string(),
                ]
            })
        })
        .collect();
    assert_eq!(found, wanted);
    // Rejects are where the generator put them.
    let found = rows(
        &lake,
        "SELECT name, rejected_rows FROM log_objects WHERE rejected_rows > 0 ORDER BY name",
    )
    .await;
    let mut wanted = std::collections::BTreeMap::new();
    for reject in &truth.rejects {
        *wanted
            .entry(reject.file.rsplit('/').next().unwrap().to_owned())
            .or_insert(0) += 1;
    }
    let wanted: Vec<Vec<String>> = wanted
        .into_iter()
        .map(|(file, n)| vec![file, n.to_string()])
        .collect();
    assert_eq!(found, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_s3_into_s3_twice_the_second_time_nothing_is_fetched() {
    let truth = Truth::load().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start(dir.path()).await.unwrap();
    for bucket in ["logs", "lake"] {
        server.create_bucket(bucket).unwrap();
    }
    for (name, bytes) in objects() {
        server.put("logs", &name, bytes).unwrap();
    }
    let (source, lake) = (
        s3_source(&server, "s3://logs/cloudfront/").await,
        s3_lake(&server, "s3://lake/cdn"),
    );
    let first = ingest(&source, &lake).await;
    assert_eq!(
        (first.new_objects, first.rows),
        (truth.totals.objects, truth.totals.rows)
    );
    assert_eq!(
        rows(&lake, "SELECT count(*) FROM requests").await,
        [[truth.totals.rows.to_string()]]
    );
    check(&lake).await;

    server.clear_requests();
    let second = ingest(&source, &lake).await;
    assert_eq!((second.new_objects, second.known), (0, 71));
    let logs_fetched: Vec<_> = server
        .fetched()
        .into_iter()
        .filter(|key| key.starts_with("logs/"))
        .collect();
    assert_eq!(logs_fetched, Vec::<String>::new());
}

#[tokio::test]
async fn a_late_object_is_picked_up() {
    let truth = Truth::load().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (logs, lake) = (
        dir.path().join("logs"),
        local_lake(&dir.path().join("lake")),
    );
    let late = &truth.late_file;
    for (name, bytes) in objects() {
        if name != late.file {
            let path = logs.join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let source = folder(&logs).await;
    let before = ingest(&source, &lake).await;
    assert_eq!(before.rows, truth.totals.rows - late.rows);
    fs::copy(sample_logs().join(&late.file), logs.join(&late.file)).unwrap();
    let after = ingest(&source, &lake).await;
    assert_eq!(
        (after.new_objects, after.rows, after.known),
        (1, late.rows, truth.totals.objects - 1)
    );
    let sql = format!(
        "SELECT sum(response_bytes) FROM requests WHERE log_file LIKE '%{}'",
        late.file.rsplit('/').next().unwrap()
    );
    assert_eq!(rows(&lake, &sql).await, [[late.response_bytes.to_string()]]);
    check(&lake).await;
}

/// Small chunks and batches make many commits; one thread or two, the rows are the same.
#[tokio::test]
async fn the_same_rows_in_many_commits_and_with_one_thread() {
    let dir = tempfile::tempdir().unwrap();
    let source = folder(&sample_logs().join("cloudfront/crates")).await;
    let sql = "SELECT distribution, date, log_file, log_line, time, path, response_bytes, extra FROM requests \
               ORDER BY log_file, log_line";
    let mut seen = Vec::new();
    for (name, threads, chunk_bytes, commit_bytes) in [
        ("whole", 2, u64::MAX, u64::MAX),
        ("pieces", 1, 150_000, 300_000),
    ] {
        let lake = local_lake(&dir.path().join(name));
        let settings = Settings {
            threads,
            chunk_bytes,
            commit_bytes,
            ..Settings::default()
        };
        let summary = ingest_with(&source, &lake, &settings).await;
        assert_eq!(
            summary.commits > 1,
            name == "pieces",
            "{name}: {} commits",
            summary.commits
        );
        check(&lake).await;
        seen.push(rows(&lake, sql).await);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn since_and_until_go_by_the_hour_in_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let source = folder(&sample_logs()).await;
    let settings = Settings {
        since: Some("2026-10-05-00".to_owned()),
        until: Some("2026-10-06-00".to_owned()),
        ..Settings::default()
    };
    let lake = local_lake(dir.path());
    let summary = ingest_with(&source, &lake, &settings).await;
    assert!(
        summary.new_objects > 0 && summary.out_of_range > 0,
        "{summary:?}"
    );
    assert_eq!(
        rows(&lake, "SELECT DISTINCT date FROM requests").await,
        [["2026-10-05"]]
    );
}
