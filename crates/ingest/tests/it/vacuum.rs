//! Vacuum deletes what is out of use, and nothing else.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use edgeledger_lake::{Batch, DataFileWriter, Outcome, Partition, VacuumOptions};

use crate::{
    maintenance::{assert_clean, compact, nine_files, vacuum},
    world::{DAY_US, Place, all_rows, log, name},
};

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
