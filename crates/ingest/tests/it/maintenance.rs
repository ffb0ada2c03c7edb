//! Compaction and vacuum: no row is lost, doubled or changed, whatever runs at the same time.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

use edgeledger_ingest::{Settings, Storage};
use edgeledger_lake::{
    Batch, CompactOptions, Compacted, DataFileWriter, Lake, Outcome, Partition, Severity, Upkeep,
    VacuumOptions, Vacuumed, verify,
};
use edgeledger_testkit::s3_server::S3Server;

use crate::world::{
    DAY_US, NOW_US, Place, all_rows, check, ingest, ingest_with, log, name, rows, s3_lake,
    s3_source,
};

async fn compact(storage: &Storage, now_us: i64) -> Vec<Compacted> {
    let mut lake = Lake::open(storage.clone()).await.unwrap();
    lake.compact(&CompactOptions::default(), &|| now_us, &|_| {})
        .await
        .unwrap()
}

async fn vacuum(storage: &Storage, grace_days: i64, now_us: i64) -> Vacuumed {
    let options = VacuumOptions {
        grace_us: grace_days * DAY_US,
        dry_run: false,
    };
    let mut lake = Lake::open(storage.clone()).await.unwrap();
    lake.vacuum(&options, now_us, &|_| {}).await.unwrap()
}

async fn assert_clean(storage: &Storage) {
    let mut found = verify(storage.clone(), &[], false, &|_| {}).await.unwrap();
    found.retain(|difference| difference.kind.severity() == Severity::Damage);
    assert_eq!(found, []);
}

/// Three objects of 25 rows, each in a commit of its own: 9 + 8 + 8 rows on three days.
async fn nine_files() -> Place {
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

#[tokio::test]
async fn large_partitions_become_files_of_about_the_target_and_stay_so() {
    let place = Place::new();
    for n in 0..4 {
        place.put(&name(n), log(30_000));
        place.ingest().await;
    }
    let before = all_rows(&place.lake).await;
    let options = CompactOptions {
        target_bytes: 64 << 10,
        ..CompactOptions::default()
    };
    let mut lake = place.open().await;
    let done = lake.compact(&options, &|| NOW_US, &|_| {}).await.unwrap();
    for part in &done {
        assert!(
            part.files_after > 1 || part.bytes_after.unwrap() < 100 << 10,
            "{part:?}"
        );
        assert_eq!(part.rows, 40_000);
    }
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

#[tokio::test]
async fn vacuum_deletes_what_is_out_of_use_for_longer_than_the_grace() {
    let place = nine_files().await;
    let before = all_rows(&place.lake).await;
    let now = place.clock();
    compact(&place.lake, now).await;
    assert_eq!(place.data_files("requests").len(), 12);
    let young = vacuum(&place.lake, 7, now + 6 * DAY_US).await;
    assert_eq!((young.files, young.kept), (Vec::new(), 9));
    let mut lake = place.open().await;
    let dry = VacuumOptions {
        dry_run: true,
        ..VacuumOptions::default()
    };
    let planned = lake.vacuum(&dry, now + 8 * DAY_US, &|_| {}).await.unwrap();
    assert_eq!(planned.files.len(), 9);
    assert_eq!(
        place.data_files("requests").len(),
        12,
        "a dry run deletes nothing"
    );
    let done = vacuum(&place.lake, 7, now + 8 * DAY_US).await;
    assert_eq!((&done.files, done.kept), (&planned.files, 0));
    assert_eq!(place.data_files("requests").len(), 3);
    assert_eq!(all_rows(&place.lake).await, before);
    assert_eq!(vacuum(&place.lake, 0, now + 9 * DAY_US).await.files, []);
    assert_clean(&place.lake).await;
}

/// Checkpoints forget after a week when a file was removed; the grace may be longer.
#[tokio::test]
async fn a_grace_of_weeks_counts_from_the_removal() {
    let place = nine_files().await;
    let now = place.clock();
    // The files are 20 days old when they are removed.
    for file in place.data_files("requests") {
        let file = fs::File::options().write(true).open(file).unwrap();
        let written = SystemTime::UNIX_EPOCH
            + Duration::from_micros(u64::try_from(now - 20 * DAY_US).unwrap());
        file.set_modified(written).unwrap();
    }
    compact(&place.lake, now - 10 * DAY_US).await;
    // A checkpoint: of tombstones older than a week it keeps none.
    vacuum(&place.lake, 3650, now).await;
    let kept = vacuum(&place.lake, 15, now).await;
    assert_eq!((kept.files, kept.kept), (Vec::new(), 9));
    assert_eq!(vacuum(&place.lake, 9, now).await.files.len(), 9);
}

fn a_file() -> edgeledger_lake::DataFile {
    let schema = edgeledger_lake::file_schema(&edgeledger_logs::schema());
    let partition = Partition::new("E2EXAMPLE2WWW", 20_500).unwrap();
    DataFileWriter::new(partition, schema)
        .unwrap()
        .finish()
        .unwrap()
}

#[tokio::test]
async fn vacuum_never_deletes_live_or_young_files() {
    let place = nine_files().await;
    let before = all_rows(&place.lake).await;
    let now = place.clock();
    let mut writer = place.open().await;
    let mut stale = place.open().await;
    let staged = writer.stage(a_file(), now).await.unwrap();
    // Staged, but not committed yet: within the grace it stays.
    assert_eq!(vacuum(&place.lake, 7, now + 6 * DAY_US).await.files, []);
    let plan = writer.plan(now).await.unwrap();
    let mut batch = Batch::default();
    batch.files.push(staged);
    let outcome = writer.commit(&plan, &batch, now).await.unwrap();
    assert_eq!(outcome, Outcome::Committed);
    // A vacuum that was opened before the commit must not take it for an orphan.
    let none = VacuumOptions {
        grace_us: 0,
        dry_run: false,
    };
    let done = stale
        .vacuum(&none, now + 400 * DAY_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(done.files, []);
    assert_eq!(place.data_files("requests").len(), 10);
    assert_eq!(all_rows(&place.lake).await, before);
    // An orphan goes after the grace.
    writer.stage(a_file(), now).await.unwrap();
    assert_eq!(
        vacuum(&place.lake, 7, now + 8 * DAY_US).await.files.len(),
        1
    );
    assert_clean(&place.lake).await;
}

#[tokio::test]
async fn vacuum_finds_left_overs_that_listings_hide() {
    let place = nine_files().await;
    let now = place.clock();
    let folder = place
        .lake_dir()
        .join("requests/distribution=E2EXAMPLE1RLS/date=2026-10-01");
    let left_over = folder.join("x.parquet#12345");
    let other = folder.join("x#12345y");
    fs::write(&left_over, "half").unwrap();
    fs::write(&other, "not ours").unwrap();
    let probe = place.lake_dir().join("_edgeledger/_probe/1");
    fs::create_dir_all(probe.parent().unwrap()).unwrap();
    fs::write(&probe, "probe").unwrap();
    assert_eq!(vacuum(&place.lake, 7, now + 6 * DAY_US).await.temporary, []);
    let done = vacuum(&place.lake, 7, now + 8 * DAY_US).await;
    let names: Vec<_> = done
        .temporary
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "_edgeledger/_probe/1",
            "requests/distribution=E2EXAMPLE1RLS/date=2026-10-01/x.parquet#12345"
        ]
    );
    assert!(!left_over.exists() && !probe.exists());
    assert!(other.exists(), "what is no data file is somebody's");
}

#[tokio::test]
async fn vacuum_trims_commits_of_over_a_month_and_the_lake_goes_on() {
    let place = nine_files().await;
    place.ingest().await;
    let before = all_rows(&place.lake).await;
    let now = place.clock();
    let commits = |place: &Place| {
        let mut files = place.files("requests/_delta_log");
        files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        files
    };
    assert_eq!(commits(&place).len(), 4);
    assert_eq!(
        vacuum(&place.lake, 7, now).await.log_entries,
        0,
        "they are young"
    );
    for file in place.files("") {
        let file = fs::File::options().write(true).open(file).unwrap();
        let written = SystemTime::UNIX_EPOCH
            + Duration::from_micros(u64::try_from(now - 31 * DAY_US).unwrap());
        file.set_modified(written).unwrap();
    }
    assert!(vacuum(&place.lake, 7, now).await.log_entries > 0);
    assert_eq!(commits(&place).len(), 1, "the newest stays");
    assert_eq!(all_rows(&place.lake).await, before);
    place.put(&name(7), log(4));
    assert_eq!(place.ingest().await.rows, 4);
    assert_eq!(place.ingest().await.known, 4);
    assert_clean(&place.lake).await;
}

/// A commit that is still to be replayed is nowhere but in the log.
#[tokio::test]
async fn vacuum_trims_no_commit_that_is_still_to_be_replayed() {
    let place = nine_files().await;
    let now = place.clock();
    let mut lake = place.open().await;
    let plan = lake.plan(now).await.unwrap();
    let outcome = lake.commit(&plan, &Batch::default(), now).await.unwrap();
    assert_eq!(outcome, Outcome::Committed);
    for file in place.files("") {
        let file = fs::File::options().write(true).open(file).unwrap();
        let written = SystemTime::UNIX_EPOCH
            + Duration::from_micros(u64::try_from(now - 31 * DAY_US).unwrap());
        file.set_modified(written).unwrap();
    }
    assert_eq!(vacuum(&place.lake, 7, now).await.log_entries, 0);
    place.ingest().await;
    assert_clean(&place.lake).await;
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
}
