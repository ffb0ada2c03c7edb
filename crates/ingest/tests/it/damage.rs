//! Damage is found and named, what can be rebuilt is rebuilt, and nothing is ingested twice.

use std::{
    fs,
    path::{Path, PathBuf},
};

use edgeledger_ingest::{IngestError, Stop};
use edgeledger_lake::{
    Batch, Difference, DifferenceKind as Kind, Lake, LakeError, Listed, LogFile, Outcome, Repair,
    RepairKind, Severity, Status, repair, verify,
};

use crate::world::{NOW_US, Place, all_rows, check, log, name, rows};

pub(crate) async fn found(place: &Place, quick: bool) -> Vec<Difference> {
    verify(place.lake.clone(), &[], quick, &|_| {})
        .await
        .unwrap()
}

/// What is wrong, without what is only noted: kind, and file name or key.
pub(crate) async fn damage(place: &Place) -> Vec<(Kind, String)> {
    let mut found = found(place, false).await;
    found.retain(|difference| difference.kind.severity() == Severity::Damage);
    found
        .into_iter()
        .map(|difference| (difference.kind, last(&difference.what)))
        .collect()
}

pub(crate) fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

pub(crate) async fn mend(place: &Place) -> Vec<(RepairKind, String)> {
    let dry = repair(place.lake.clone(), true, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert!(!dry.is_empty());
    let done = repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    let is_in = |repair: &Repair| done.contains(repair);
    assert!(
        dry.iter().all(is_in),
        "a dry run says what a run does: {dry:?} {done:?}"
    );
    done.into_iter()
        .map(|repair| (repair.kind, last(&repair.what)))
        .collect()
}

/// Two objects of 25 rows on three days, in a commit each.
pub(crate) async fn six_files() -> (Place, Vec<Vec<String>>) {
    let place = Place::new();
    for n in 1..3 {
        place.put(&name(n), log(25));
        place.ingest().await;
    }
    place.ingest().await;
    assert_eq!(damage(&place).await, []);
    let rows = all_rows(&place.lake).await;
    assert_eq!(rows.len(), 50);
    (place, rows)
}

pub(crate) async fn assert_restored(place: &Place, before: &[Vec<String>]) {
    assert_eq!(damage(place).await, []);
    place.ingest().await;
    assert_eq!(all_rows(&place.lake).await, before);
    check(&place.lake).await;
    assert_eq!(damage(place).await, []);
    assert_eq!(place.ingest().await.new_objects, 0);
    let again = repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(again, [], "there is nothing left to repair");
}

pub(crate) fn file_name(path: &Path) -> String {
    last(path.to_str().unwrap())
}

pub(crate) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

/// The file of the first day of the first object.
fn a_file(place: &Place) -> PathBuf {
    place.data_files("requests").remove(0)
}

/// Which object a file holds rows of.
async fn object_of(place: &Place, path: &Path) -> String {
    let before = all_rows(&place.lake).await;
    let aside = path.with_extension("aside");
    fs::rename(path, &aside).unwrap();
    let mut found = found(place, true).await;
    fs::rename(&aside, path).unwrap();
    assert_eq!(all_rows(&place.lake).await, before);
    found.retain(|difference| difference.kind == Kind::RowsMissing);
    last(&found[0].what)
}

#[tokio::test]
async fn a_deleted_file_is_named_and_its_objects_are_read_again() {
    let (place, before) = six_files().await;
    let file = a_file(&place);
    let object = object_of(&place, &file).await;
    fs::remove_file(&file).unwrap();
    assert_eq!(
        damage(&place).await,
        [
            (Kind::File, file_name(&file)),
            (Kind::RowsMissing, object.clone())
        ]
    );
    assert_eq!(
        mend(&place).await,
        [
            (RepairKind::FileDropped, file_name(&file)),
            (RepairKind::RowsTakenOut, object)
        ]
    );
    let sql = "SELECT status, reason FROM log_objects WHERE rows = 0";
    let reason = "rows lost: 16 were there, not 25";
    assert_eq!(rows(&place.lake, sql).await, [["vanished", reason]]);
    assert_eq!(
        rows(&place.lake, "SELECT count(*) FROM requests").await,
        [["25"]]
    );
    assert_restored(&place, &before).await;
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_found_and_mended() {
    let (place, before) = six_files().await;
    let file = a_file(&place);
    let size = fs::read(&file).unwrap().len();
    for at in [
        0,
        4,
        5,
        200,
        size / 3,
        size / 2,
        size - 300,
        size - 9,
        size - 6,
        size - 1,
    ] {
        flip(&file, at);
        let damage = damage(&place).await;
        assert_eq!(damage[0], (Kind::File, file_name(&file)), "offset {at}");
        assert!(
            damage
                .iter()
                .all(|(kind, _)| { matches!(kind, Kind::File | Kind::RowsMissing) })
        );
        flip(&file, at);
    }
    flip(&file, size / 2);
    mend(&place).await;
    assert_restored(&place, &before).await;
}

#[tokio::test]
async fn a_truncated_file_is_found_also_by_a_quick_look() {
    let (place, before) = six_files().await;
    let file = a_file(&place);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let detail = format!(
        "it has {} bytes, the log says {}",
        bytes.len() - 1,
        bytes.len()
    );
    assert_eq!(found(&place, true).await[0].detail, detail);
    mend(&place).await;
    assert_restored(&place, &before).await;
}

#[tokio::test]
async fn lost_records_come_back_from_the_commits() {
    let (place, before) = six_files().await;
    let records = place.data_files("log_files");
    assert_eq!(records.len(), 2);
    fs::remove_file(&records[0]).unwrap();
    flip(&records[1], 100);
    let mut names = [file_name(&records[0]), file_name(&records[1])];
    names.sort();
    let [first, second] = names;
    assert_eq!(
        damage(&place).await,
        [
            (Kind::File, first.clone()),
            (Kind::File, second.clone()),
            (Kind::RowsUnrecorded, name(1)),
            (Kind::RowsUnrecorded, name(2))
        ]
    );
    let sources = place.source().await;
    let storage = place.lake.clone();
    let settings = edgeledger_ingest::Settings::default();
    let ingested = edgeledger_ingest::run(
        &[sources],
        storage,
        &settings,
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await;
    assert!(ingested.is_err(), "nothing is ingested on top of that");
    assert_eq!(
        mend(&place).await,
        [
            (RepairKind::FileDropped, first),
            (RepairKind::FileDropped, second),
            (RepairKind::RecordRestored, name(1)),
            (RepairKind::RecordRestored, name(2))
        ]
    );
    assert_restored(&place, &before).await;
}

/// The log of `log_files`, and with it the table, is gone: records come from the commits.
#[tokio::test]
async fn a_lost_view_is_refused_by_ingest_and_rebuilt() {
    let (place, before) = six_files().await;
    fs::remove_dir_all(place.lake_dir().join("log_files/_delta_log")).unwrap();
    assert_eq!(
        damage(&place).await,
        [(Kind::Table, "log_files".to_owned())]
    );
    refused(&place, "log_files/_delta_log").await;
    let done = repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(done[0].kind, RepairKind::TableRebuilt);
    assert_restored(&place, &before).await;
}

pub(crate) async fn refused(place: &Place, what: &str) {
    let error = edgeledger_ingest::run(
        &[place.source().await],
        place.lake.clone(),
        &edgeledger_ingest::Settings::default(),
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await
    .unwrap_err();
    let IngestError::Lake(error) = error.error else {
        panic!("{error:?}")
    };
    assert!(error.is_damage(), "{error:?}");
    assert!(error.to_string().contains(what), "{error}");
    let opened = Lake::open(place.lake.clone()).await.unwrap_err();
    assert!(opened.is_damage(), "{opened:?}");
}

#[tokio::test]
async fn a_lake_without_the_log_of_its_rows_is_not_made_anew() {
    let (place, _) = six_files().await;
    fs::remove_dir_all(place.lake_dir().join("requests/_delta_log")).unwrap();
    refused(&place, "requests/_delta_log").await;
    let error = repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("requests/_delta_log"), "{error}");
    // Also when both are gone: the data files are still there.
    fs::remove_dir_all(place.lake_dir().join("log_files/_delta_log")).unwrap();
    refused(&place, "requests/_delta_log").await;
    assert_eq!(place.data_files("requests").len(), 6);
}

/// Rows that no record tells of, and more rows than a record tells of.
#[tokio::test]
async fn extra_rows_are_found_and_taken_out() {
    let (place, before) = six_files().await;
    // The rows of the first day of an object a second time, in a commit without a record.
    let extra = place.data_files("requests").remove(0);
    let object = object_of(&place, &extra).await;
    let mut lake = place.open().await;
    let plan = lake.plan(NOW_US).await.unwrap();
    let mut batch = Batch::default();
    batch
        .files
        .push(lake.stage(again(&extra), NOW_US).await.unwrap());
    let outcome = lake.commit(&plan, &batch, NOW_US).await.unwrap();
    assert_eq!(outcome, Outcome::Committed);
    assert_eq!(damage(&place).await, [(Kind::RowsExtra, object.clone())]);
    assert_eq!(mend(&place).await, [(RepairKind::RowsTakenOut, object)]);
    assert_restored(&place, &before).await;
}

/// A data file as if it had been read from its log once more.
fn again(path: &Path) -> edgeledger_lake::DataFile {
    let bytes = bytes::Bytes::from(fs::read(path).unwrap());
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes)
        .unwrap()
        .build()
        .unwrap();
    let partition = edgeledger_lake::Partition::new("E2EXAMPLE1RLS", 20_727).unwrap();
    let schema = edgeledger_lake::file_schema(&edgeledger_logs::schema());
    let mut writer = edgeledger_lake::DataFileWriter::new(partition, schema.clone()).unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        let columns = batch
            .columns()
            .iter()
            .zip(schema.fields())
            .map(|(column, field)| arrow::compute::cast(column, field.data_type()).unwrap());
        let batch = arrow::array::RecordBatch::try_new(schema.clone(), columns.collect());
        writer.write(&batch.unwrap()).unwrap();
    }
    writer.finish().unwrap()
}

/// A lake whose commits are trimmed, and whose `log_files` is as it was when it was made.
async fn set_back(keep_records: bool) -> (Place, Vec<Vec<String>>) {
    let (place, before) = six_files().await;
    let mut lake = place.open().await;
    // So many commits that there is a checkpoint.
    for n in 0..22 {
        let plan = lake.plan(NOW_US).await.unwrap();
        let mut batch = Batch::default();
        batch.log_files.push(empty(n));
        lake.commit(&plan, &batch, NOW_US).await.unwrap();
    }
    let mut commits = place.files("requests/_delta_log");
    commits.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    for path in &commits[..21] {
        fs::remove_file(path).unwrap();
    }
    let records = place.data_files("log_files");
    for path in place.files("log_files") {
        let kept = keep_records && records.contains(&path);
        if !kept && file_name(&path) != "00000000000000000000.json" {
            fs::remove_file(path).unwrap();
        }
    }
    (place, before)
}

/// Commits are trimmed, but files that no version of `log_files` names any more hold its records.
#[tokio::test]
async fn records_come_back_from_older_files() {
    let (place, before) = set_back(true).await;
    let mended = mend(&place).await;
    assert!(
        mended.contains(&(RepairKind::RecordRestored, name(1))),
        "{mended:?}"
    );
    let sql = "SELECT count(*) FROM log_objects WHERE size_bytes > 0 AND rows = 25";
    assert_eq!(rows(&place.lake, sql).await, [["2"]], "with their versions");
    assert_restored(&place, &before).await;
}

/// Neither records nor commits are left: the rows tell of their objects, and nothing is doubled.
#[tokio::test]
async fn records_are_rebuilt_from_the_rows_where_the_log_was_trimmed() {
    let (place, before) = set_back(false).await;
    let difference = found(&place, false).await.remove(0);
    assert_eq!(
        (difference.kind, difference.what.as_str()),
        (Kind::Numbers, "log_files")
    );
    let mut lake = Lake::open_or_create(place.lake.clone(), &edgeledger_logs::schema())
        .await
        .unwrap();
    let error = lake.plan(NOW_US).await.unwrap_err();
    assert!(matches!(error, LakeError::RedoLogGone { .. }), "{error:?}");
    let mended = mend(&place).await;
    assert!(
        mended.contains(&(RepairKind::RecordRebuilt, name(1))),
        "{mended:?}"
    );
    assert!(mended.contains(&(RepairKind::NumbersMended, "log_files".to_owned())));
    let sql = "SELECT status, rows, etag, size_bytes, reason FROM log_objects WHERE rows > 0";
    assert_eq!(
        rows(&place.lake, sql).await,
        vec![["ingested", "25", "", "-1", "rebuilt from the rows"]; 2]
    );
    assert_eq!(damage(&place).await, []);
    place.ingest().await;
    assert_eq!(
        all_rows(&place.lake).await,
        before,
        "nothing is ingested again"
    );
    check(&place.lake).await;
}

pub(crate) fn empty(n: usize) -> LogFile {
    LogFile {
        key: format!("/gone/{n}"),
        etag: "e".to_owned(),
        size_bytes: 1,
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
    }
}

#[tokio::test]
async fn sources_are_compared_by_version() {
    let (place, _) = six_files().await;
    place.put(&name(7), log(3));
    fs::remove_file(place.logs().join(name(1))).unwrap();
    fs::write(place.logs().join(name(2)), log(26)).unwrap();
    let objects = place.source().await.list(&[]).await.unwrap().objects;
    let listing: Vec<Listed> = objects
        .into_iter()
        .map(|object| Listed {
            size_bytes: i64::try_from(object.size_bytes).unwrap(),
            key: object.key,
            etag: object.etag,
        })
        .collect();
    let found = verify(place.lake.clone(), &[listing], false, &|_| {})
        .await
        .unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|difference| (difference.kind, last(&difference.what)))
        .collect();
    assert_eq!(
        found,
        [
            (Kind::ObjectUnknown, name(7)),
            (Kind::ObjectChanged, name(2)),
            (Kind::ObjectUnlisted, name(1))
        ]
    );
}

/// A run that planned before the repair plans again after it.
#[tokio::test]
async fn a_repair_makes_running_ingests_plan_anew() {
    let (place, before) = six_files().await;
    fs::remove_file(a_file(&place)).unwrap();
    let mut writer = Lake::open_or_create(place.lake.clone(), &edgeledger_logs::schema())
        .await
        .unwrap();
    let plan = writer.plan(NOW_US).await.unwrap();
    mend(&place).await;
    let outcome = writer.commit(&plan, &Batch::default(), NOW_US).await;
    assert_eq!(outcome.unwrap(), Outcome::Lost);
    writer.plan(NOW_US).await.unwrap();
    let vanished = writer.known().values();
    let vanished = vanished.filter(|version| version.status == Status::Vanished);
    assert_eq!(vanished.count(), 1);
    assert_restored(&place, &before).await;
}
