//! A damaged log of a table is named; nothing panics, and nothing is silently begun anew.

use std::{fs, path::PathBuf};

use edgeledger_ingest::IngestError;
use edgeledger_lake::{Batch, DifferenceKind as Kind, Lake, RepairKind, repair, verify};

use crate::{
    damage::{
        assert_restored, damage, empty, file_name, flip, found, last, mend, refused, six_files,
    },
    world::{NOW_US, Place, all_rows, name},
};

fn newest_commit(place: &Place, table: &str) -> PathBuf {
    let mut commits = place.files(&format!("{table}/_delta_log"));
    commits.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    commits.pop().unwrap()
}

/// F32: whatever happens to the last commit, nothing panics and nothing is silently begun anew.
#[tokio::test]
async fn a_damaged_last_commit_is_an_error_that_names_it() {
    let (place, before) = six_files().await;
    let path = newest_commit(&place, "requests");
    let whole = fs::read(&path).unwrap();
    let line_ends = whole
        .iter()
        .enumerate()
        .filter_map(|(at, byte)| (*byte == b'\n').then_some(at));
    let mut cuts: Vec<usize> = line_ends.collect();
    assert_eq!(cuts.len(), 4, "five lines");
    cuts.extend([0, 1, 100, whole.len() / 2, whole.len() - 1]);
    for cut in cuts {
        fs::write(&path, &whole[..cut]).unwrap();
        let damage = damage(&place).await;
        assert!(!damage.is_empty(), "cut at {cut} of {}", whole.len());
        let error = edgeledger_ingest::run(
            &[place.source().await],
            place.lake.clone(),
            &edgeledger_ingest::Settings::default(),
            || NOW_US,
            &edgeledger_ingest::Stop::default(),
            &|_| {},
        )
        .await
        .map(|summary| (cut, summary))
        .unwrap_err();
        let IngestError::Lake(error) = error.error else {
            panic!("{error:?}")
        };
        assert!(error.is_damage(), "cut at {cut}: {error:?}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(all_rows(&place.lake).await, before);
    fs::remove_file(&path).unwrap();
    refused(&place, "requests").await;
}

/// As long as nobody has replayed a commit, only the commit itself tells that its end is missing.
#[tokio::test]
async fn a_commit_without_its_end_is_not_ingested_again() {
    let (place, _) = six_files().await;
    let mut lake = place.open().await;
    let plan = lake.plan(NOW_US).await.unwrap();
    let mut batch = Batch::default();
    batch.log_files.push(empty(1));
    lake.commit(&plan, &batch, NOW_US).await.unwrap();
    let path = newest_commit(&place, "requests");
    let whole = fs::read_to_string(&path).unwrap();
    let (start, number) = whole.rsplit_once('\n').unwrap();
    assert!(number.contains("\"txn\""), "{number}");
    fs::write(&path, start).unwrap();
    let error = lake.plan(NOW_US).await.unwrap_err();
    assert!(error.to_string().contains(&file_name(&path)), "{error}");
    let mut lake = place.open().await;
    let error = lake.plan(NOW_US).await.unwrap_err();
    assert!(error.to_string().contains(&file_name(&path)), "{error}");
}

#[tokio::test]
async fn flipped_bits_in_commits_never_panic_and_never_begin_anew() {
    let (place, before) = six_files().await;
    for table in ["requests", "log_files"] {
        let path = newest_commit(&place, table);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            flip(&path, at);
            // Whatever is found, it is an answer.
            verify(place.lake.clone(), &[], false, &|_| {})
                .await
                .unwrap();
            if let Ok(mut lake) = Lake::open(place.lake.clone()).await {
                let known = lake.plan(NOW_US).await.map(|_| lake.known().len());
                assert!(known.is_err() || known.unwrap() == 2, "{table} offset {at}");
            }
            fs::write(&path, &whole).unwrap();
        }
    }
    assert_eq!(all_rows(&place.lake).await, before);
}

/// One bit, and `add` is a word that no reader knows: the records it added would be gone.
#[tokio::test]
async fn a_commit_that_lost_a_line_is_refused() {
    let (place, _) = six_files().await;
    for table in ["requests", "log_files"] {
        let path = newest_commit(&place, table);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, whole.replace("{\"add\":", "{\"adt\":")).unwrap();
        let error = edgeledger_ingest::run(
            &[place.source().await],
            place.lake.clone(),
            &edgeledger_ingest::Settings::default(),
            || NOW_US,
            &edgeledger_ingest::Stop::default(),
            &|_| {},
        )
        .await
        .unwrap_err();
        let IngestError::Lake(error) = error.error else {
            panic!("{error:?}")
        };
        assert!(error.to_string().contains(&file_name(&path)), "{error}");
        let found = found(&place, true).await;
        assert_eq!(found[0].kind, Kind::Log);
        fs::write(&path, whole).unwrap();
    }
}

/// A lake with checkpoints of both tables.
async fn with_checkpoints() -> (Place, Vec<Vec<String>>) {
    let (place, before) = six_files().await;
    let mut lake = place.open().await;
    for n in 0..22 {
        let plan = lake.plan(NOW_US).await.unwrap();
        let mut batch = Batch::default();
        batch.log_files.push(empty(n));
        lake.commit(&plan, &batch, NOW_US).await.unwrap();
    }
    place.ingest().await;
    (place, before)
}

fn in_log(place: &Place, table: &str, name: &str) -> PathBuf {
    let mut files = place.files(&format!("{table}/_delta_log"));
    files.retain(|path| file_name(path).contains(name));
    files.pop().unwrap()
}

#[tokio::test]
async fn checkpoints_may_be_missing() {
    for names in [
        vec!["_last_checkpoint"],
        vec!["checkpoint.parquet", "_last_checkpoint"],
    ] {
        let (place, before) = with_checkpoints().await;
        for name in &names {
            fs::remove_file(in_log(&place, "requests", name)).unwrap();
        }
        assert_eq!(all_rows(&place.lake).await, before, "{names:?}");
        assert_eq!(place.ingest().await.new_objects, 0);
    }
    // A pointer to nowhere is named, and set aside.
    let (place, before) = with_checkpoints().await;
    fs::remove_file(in_log(&place, "requests", "checkpoint.parquet")).unwrap();
    refused(&place, "requests/_delta_log/_last_checkpoint").await;
    assert_eq!(
        repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
            .await
            .unwrap()
            .len(),
        1
    );
    assert_restored(&place, &before).await;
}

#[tokio::test]
async fn a_damaged_checkpoint_is_named_and_set_aside() {
    let (place, before) = with_checkpoints().await;
    let path = in_log(&place, "requests", "checkpoint.parquet");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        flip(&path, at);
        verify(place.lake.clone(), &[], false, &|_| {})
            .await
            .unwrap();
        if let Ok(mut lake) = Lake::open(place.lake.clone()).await {
            let known = lake.plan(NOW_US).await.map(|_| lake.known().len());
            assert!(known.is_err() || known.unwrap() >= 2, "offset {at}");
        }
        fs::write(&path, &whole).unwrap();
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(&place, &file_name(&path)).await;
    let found = found(&place, false).await;
    assert!(found.iter().any(|difference| {
        difference.kind == Kind::Log && last(&difference.what) == file_name(&path)
    }));
    let done = repair(place.lake.clone(), false, &|| NOW_US, &|_| {})
        .await
        .unwrap();
    assert_eq!(done[0].kind, RepairKind::LogSetAside);
    assert_restored(&place, &before).await;
    assert!(!place.files("_edgeledger/set-aside").is_empty());
}

/// `requests` lost its last commit, `log_files` knows it: what it told of is read again.
#[tokio::test]
async fn a_lake_that_lost_its_last_commit_is_mended() {
    let (place, before) = six_files().await;
    fs::remove_file(newest_commit(&place, "requests")).unwrap();
    refused(&place, "requests").await;
    assert_eq!(
        damage(&place).await,
        [
            (Kind::Numbers, "requests".to_owned()),
            (Kind::RowsMissing, name(2))
        ]
    );
    assert_eq!(
        mend(&place).await,
        [
            (RepairKind::RowsTakenOut, name(2)),
            (RepairKind::NumbersMended, "requests".to_owned())
        ]
    );
    assert_restored(&place, &before).await;
}
