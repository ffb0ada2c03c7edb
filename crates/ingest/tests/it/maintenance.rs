//! Compaction and vacuum: no row is lost, doubled or changed, whatever runs at the same time.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use edgeledger_ingest::{Settings, Storage};
use edgeledger_lake::{
    CompactOptions, Compacted, Forget, ForgetMode, Lake, RepairKind, Severity, Upkeep,
    VacuumOptions, Vacuumed, repair, verify,
};
use edgeledger_testkit::s3_server::S3Server;

use crate::world::{
    DAY_US, NOW_US, Place, all_rows, check, ingest, ingest_with, log, log_of, name, rows, s3_lake,
    s3_source,
};

pub(crate) async fn compact(storage: &Storage, now_us: i64) -> Vec<Compacted> {
    let mut lake = Lake::open(storage.clone()).await.unwrap();
    lake.compact(&CompactOptions::default(), &|| now_us, &|_| {})
        .await
        .unwrap()
}

pub(crate) async fn vacuum(storage: &Storage, grace_days: i64, now_us: i64) -> Vacuumed {
    let options = VacuumOptions {
        grace_us: grace_days * DAY_US,
        dry_run: false,
    };
    let mut lake = Lake::open(storage.clone()).await.unwrap();
    lake.vacuum(&options, now_us, &|_| {}).await.unwrap()
}

pub(crate) async fn assert_clean(storage: &Storage) {
    let mut found = verify(storage.clone(), &[], false, &|_| {}).await.unwrap();
    found.retain(|difference| difference.kind.severity() == Severity::Damage);
    assert_eq!(found, []);
}

/// Three objects of 25 rows, each in a commit of its own: 9 + 8 + 8 rows on three days.
pub(crate) async fn nine_files() -> Place {
    let place = Place::new();
    for n in 0..3 {
        place.put(&name(n), log(25));
        place.ingest().await;
    }
    assert_eq!(place.data_files("requests").len(), 9);
    place
}

#[tokio::test]
async fn compaction_joins_small_files_and_changes_no_row() {
    let place = nine_files().await;
    let before = all_rows(&place.lake).await;
    let dry = CompactOptions {
        dry_run: true,
        ..CompactOptions::default()
    };
    let mut lake = place.open().await;
    let planned = lake.compact(&dry, &|| NOW_US, &|_| {}).await.unwrap();
    assert_eq!(planned.len(), 3);
    assert_eq!(
        place.data_files("requests").len(),
        9,
        "a dry run writes nothing"
    );

    let done = compact(&place.lake, NOW_US).await;
    let counts: Vec<_> = done
        .iter()
        .map(|part| {
            let date = part.partition.as_ref().unwrap().date();
            (date, part.files_before, part.files_after, part.rows)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("2026-10-01".to_owned(), 3, 1, 27),
            ("2026-10-02".to_owned(), 3, 1, 24),
            ("2026-10-03".to_owned(), 3, 1, 24)
        ]
    );
    assert_eq!(before.len(), 75);
    assert_eq!(all_rows(&place.lake).await, before);
    assert_eq!(
        compact(&place.lake, NOW_US).await,
        [],
        "there is nothing left to join"
    );
    let sql = "SELECT count(*) FROM (SELECT time < lag(time) OVER () AS back FROM requests \
               WHERE date = DATE '2026-10-01') AS times WHERE back";
    assert_eq!(
        rows(&place.lake, sql).await,
        [["0"]],
        "rows are sorted by time"
    );
    assert_eq!(place.ingest().await.new_objects, 0);
    check(&place.lake).await;
    assert_clean(&place.lake).await;
}

#[tokio::test]
async fn only_the_named_distribution_is_compacted() {
    let place = nine_files().await;
    for n in 0..2 {
        place.put(&format!("E2EXAMPLE2WWW.2026-10-01-00.{n:08x}.gz"), log(3));
        place.ingest().await;
    }
    let options = CompactOptions {
        distribution: Some("E2EXAMPLE2WWW".to_owned()),
        ..CompactOptions::default()
    };
    let mut lake = place.open().await;
    let done = lake.compact(&options, &|| NOW_US, &|_| {}).await.unwrap();
    let names: Vec<_> = done
        .iter()
        .map(|part| part.partition.as_ref().unwrap().distribution.as_str())
        .collect();
    assert_eq!(names, ["E2EXAMPLE2WWW"; 3]);
    assert_eq!(
        compact(&place.lake, NOW_US).await.len(),
        3,
        "the others are left"
    );
    let wrong = CompactOptions {
        distribution: Some("../x".to_owned()),
        ..CompactOptions::default()
    };
    assert!(lake.compact(&wrong, &|| NOW_US, &|_| {}).await.is_err());
}

/// Rows that do not compress well.
fn wide_log(n: u64) -> Vec<u8> {
    let lines: Vec<String> = (0..1_000_u64)
        .map(|row| {
            let path = (row + n * 1_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("2026-10-01\t01:02:03\t1\t200\t/{path:x}\t-\t-\n")
        })
        .collect();
    log_of(&lines.concat())
}

#[tokio::test]
async fn large_partitions_become_files_of_about_the_target_and_stay_so() {
    const TARGET: u64 = 64 << 10;
    let place = Place::new();
    for n in 0..40 {
        place.put(&name(n), wide_log(n as u64));
    }
    let settings = Settings {
        chunk_bytes: 1,
        commit_bytes: 1,
        ..Settings::default()
    };
    ingest_with(&place.source().await, &place.lake, &settings).await;
    let before = all_rows(&place.lake).await;
    let options = CompactOptions {
        target_bytes: TARGET,
        ..CompactOptions::default()
    };
    let mut lake = place.open().await;
    let done = lake
        .compact(&options, &|| NOW_US, &|_| {})
        .await
        .unwrap()
        .remove(0);
    // An object larger than a chunk is streamed into files of its own.
    assert_eq!((done.files_before, done.rows), (40, 40_000));
    assert!((2..20).contains(&done.files_after), "{done:?}");
    let average = done.bytes_after.unwrap() / done.files_after as u64;
    assert!((TARGET / 2..TARGET * 2).contains(&average), "{done:?}");
    assert_eq!(all_rows(&place.lake).await, before);
    assert_eq!(
        lake.compact(&options, &|| NOW_US, &|_| {}).await.unwrap(),
        [],
        "what was compacted is not compacted again"
    );
}

#[tokio::test]
async fn records_are_joined_too_and_all_stay() {
    let place = Place::new();
    for n in 0..10 {
        place.put(&name(n), log(3));
        place.ingest().await;
    }
    // The last commit is replayed by the next run.
    place.ingest().await;
    let sql =
        "SELECT key, etag, status, rows, columns, ingested_at, txn FROM log_files ORDER BY txn";
    let before = rows(&place.lake, sql).await;
    assert_eq!(before.len(), 10);
    let done = compact(&place.lake, NOW_US).await;
    let records = done.last().unwrap();
    assert_eq!(
        (
            records.partition.is_none(),
            records.files_before,
            records.files_after,
            records.rows
        ),
        (true, 10, 1, 10)
    );
    assert_eq!(rows(&place.lake, sql).await, before);
    let summary = place.ingest().await;
    assert_eq!((summary.new_objects, summary.known), (0, 10));
    assert_clean(&place.lake).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_beside_ingests_doubles_and_loses_nothing() {
    let place = Place::new();
    for n in 0..30 {
        place.put(&name(n), log(25));
    }
    let settings = Settings {
        chunk_bytes: 1_000,
        commit_bytes: 1,
        ..Settings::default()
    };
    let source = place.source().await;
    ingest_with(
        &source,
        &place.lake,
        &Settings {
            until: Some("2026-10-01-02".to_owned()),
            ..settings.clone()
        },
    )
    .await;
    let left = AtomicUsize::new(3);
    let one = || async {
        ingest_with(&source, &place.lake, &settings).await;
        left.fetch_sub(1, Ordering::SeqCst);
    };
    let compactions = async {
        let mut done = 0;
        while left.load(Ordering::SeqCst) > 0 {
            done += compact(&place.lake, NOW_US).await.len();
        }
        done
    };
    let ((), (), (), done) = futures::join!(one(), one(), one(), compactions);
    assert!(done > 0, "compactions got through");
    compact(&place.lake, NOW_US).await;
    assert_eq!(
        rows(
            &place.lake,
            "SELECT count(*), sum(response_bytes) FROM requests"
        )
        .await,
        [["750", "750"]]
    );
    check(&place.lake).await;
    assert_clean(&place.lake).await;
    assert_eq!(ingest(&source, &place.lake).await.new_objects, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_compactions_at_once_double_nothing() {
    for _ in 0..5 {
        let place = nine_files().await;
        let before = all_rows(&place.lake).await;
        let one = || compact(&place.lake, NOW_US);
        futures::join!(one(), one(), one());
        assert_eq!(all_rows(&place.lake).await, before);
        check(&place.lake).await;
    }
}

#[tokio::test]
async fn a_killed_compaction_keeps_what_it_did() {
    let place = nine_files().await;
    let before = all_rows(&place.lake).await;
    let mut lake = place.open().await;
    let (sender, killed) = futures::channel::oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    let listener = |event| {
        if matches!(event, Upkeep::Done(_))
            && let Some(sender) = sender.lock().unwrap().take()
        {
            sender.send(()).unwrap();
        }
    };
    let options = CompactOptions::default();
    let compaction = lake.compact(&options, &|| NOW_US, &listener);
    futures::future::select(Box::pin(compaction), killed).await;
    assert_eq!(all_rows(&place.lake).await, before);
    let left = compact(&place.lake, NOW_US).await;
    assert_eq!(left.len(), 2, "one partition was done");
    assert_eq!(all_rows(&place.lake).await, before);
}

#[tokio::test]
async fn a_damaged_file_is_not_compacted_into_a_healthy_one() {
    let place = nine_files().await;
    let file = place.data_files("requests").remove(0);
    let mut bytes = fs::read(&file).unwrap();
    bytes[40] ^= 1;
    fs::write(&file, bytes).unwrap();
    let mut lake = place.open().await;
    let error = lake
        .compact(&CompactOptions::default(), &|| NOW_US, &|_| {})
        .await
        .unwrap_err();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(error.to_string().contains(name), "{error}");
    assert_eq!(place.data_files("requests").len(), 9, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn upkeep_in_s3() {
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start(dir.path()).await.unwrap();
    for bucket in ["logs", "lake"] {
        server.create_bucket(bucket).unwrap();
    }
    let lake = s3_lake(&server, "s3://lake/cdn");
    for n in 0..3 {
        let key = format!("cf/{}", name(n));
        server.put("logs", &key, log(25)).unwrap();
        ingest(&s3_source(&server, "s3://logs/cf/").await, &lake).await;
    }
    let before = all_rows(&lake).await;
    futures::join!(compact(&lake, NOW_US), compact(&lake, NOW_US));
    assert_eq!(all_rows(&lake).await, before);
    let done = vacuum(&lake, 7, NOW_US + 400 * DAY_US).await;
    assert!(done.files.len() >= 9, "{done:?}");
    assert_eq!(all_rows(&lake).await, before);
    check(&lake).await;
    assert_clean(&lake).await;

    // Damage, repair, and the object is read again.
    let live = s3_data_files(dir.path());
    fs::remove_file(&live[0]).unwrap();
    let done = repair(lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(done[0].kind, RepairKind::FileDropped);
    assert_clean(&lake).await;
    ingest(&s3_source(&server, "s3://logs/cf/").await, &lake).await;
    assert_eq!(all_rows(&lake).await, before);

    let first_day = Forget {
        before_day: Some(20_728),
        ..Forget::default()
    };
    let files = s3_data_files(dir.path()).len();
    let mut opened = Lake::open(lake.clone()).await.unwrap();
    let done = opened
        .forget(&first_day, ForgetMode::Purge, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(done.rows, 27);
    assert_eq!(
        s3_data_files(dir.path()).len() as u64,
        files as u64 - done.purged
    );
    check(&lake).await;
    assert_clean(&lake).await;
}

/// The data files of `requests` in the server's folder.
fn s3_data_files(root: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    crate::world::walk(
        &root.join("lake/cdn/requests/distribution=E2EXAMPLE1RLS"),
        &mut files,
    );
    files.sort();
    files
}
