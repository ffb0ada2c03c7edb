//! What keeps a run whole when objects are large, unreadable, changed or late, or it is to stop.

use std::{fmt::Write, fs, path::Path};

use edgeledger_ingest::{Event, IngestError, Settings, Stop, Summary, run};
use edgeledger_testkit::{
    gzip,
    s3_server::{Fault, Operation, Rule, S3Server},
};

use crate::world::{
    NOW_US, check, folder, ingest, ingest_with, local_lake, rows, s3_lake, s3_source,
};

const HEADER: &str = "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem cs(Host)\n";

/// A log with rows of `bytes` bytes each over three days.
fn log(n_rows: usize, bytes: usize) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    for row in 0..n_rows {
        let (day, second) = (1 + row % 3, row % 60);
        writeln!(
            text,
            "2026-10-0{day}\t01:02:{second:02}\t{bytes}\t200\t/{row}\th"
        )
        .unwrap();
    }
    gzip(text)
}

fn name(n: usize) -> String {
    format!(
        "E2EXAMPLE1RLS.2026-10-{:02}-{:02}.{n:08x}.gz",
        1 + n / 24,
        n % 24
    )
}

fn put(dir: &Path, n: usize, bytes: &[u8]) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join(name(n)), bytes).unwrap();
}

fn files_below(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

fn data_files(lake: &Path) -> usize {
    let files = files_below(&lake.join("requests"));
    let is_data = |path: &&String| path.ends_with(".parquet") && !path.contains("_delta_log");
    files.iter().filter(is_data).count()
}

/// Rows that may not be held in memory are streamed, and are the same rows.
#[tokio::test(flavor = "multi_thread")]
async fn objects_too_large_for_memory_are_streamed() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    put(&logs, 0, &log(20_000, 3));
    put(&logs, 1, &log(7, 5));
    let source = folder(&logs).await;
    let sql =
        "SELECT log_line, date, response_bytes, path FROM requests ORDER BY log_file, log_line";
    let mut seen = Vec::new();
    let small = Settings {
        parsed_bytes: 1_000,
        writer_bytes: 200_000,
        ..Settings::default()
    };
    for (at, settings) in [Settings::default(), small].iter().enumerate() {
        let lake = local_lake(&dir.path().join(at.to_string()));
        let summary = ingest_with(&source, &lake, settings).await;
        assert_eq!((summary.new_objects, summary.rows), (2, 20_007));
        check(&lake).await;
        seen.push(rows(&lake, sql).await);
    }
    assert_eq!(seen[0].len(), 20_007);
    assert!(seen[0] == seen[1], "streamed rows are other rows");
    assert_eq!(data_files(&dir.path().join("0")), 3);
    assert!(
        data_files(&dir.path().join("1")) > 3,
        "nothing was streamed"
    );
}

/// Damage at the end of a streamed object takes back all that was written of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_object_that_ends_in_damage_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let mut damaged = log(20_000, 3);
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    put(&logs, 0, &damaged);
    put(&logs, 1, &log(7, 5));
    let lake_dir = dir.path().join("lake");
    let lake = local_lake(&lake_dir);
    let settings = Settings {
        parsed_bytes: 100_000,
        writer_bytes: 200_000,
        ..Settings::default()
    };
    let summary = ingest_with(&folder(&logs).await, &lake, &settings).await;
    assert_eq!((summary.quarantined.len(), summary.rows), (1, 7));
    assert_eq!(
        rows(&lake, "SELECT count(*), sum(response_bytes) FROM requests").await,
        [["7", "35"]]
    );
    assert_eq!(data_files(&lake_dir), 3, "files of the damaged object stay");
    check(&lake).await;
}

#[tokio::test]
async fn rows_of_thousands_of_distributions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let mut text = HEADER.to_owned();
    for row in 0..5_000 {
        writeln!(text, "2026-10-01\t01:02:03\t1\t200\t/\th{row}.example.org").unwrap();
    }
    fs::write(logs.join("access.log"), text).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let summary = ingest(&folder(&logs).await, &lake).await;
    assert_eq!(summary.quarantined.len(), 1);
    assert!(
        summary.quarantined[0]
            .1
            .contains("more than 4000 distributions and days"),
        "{summary:?}"
    );
}

/// A row from far ahead must not make a partition.
#[tokio::test]
async fn rows_from_the_future_are_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    // The run's clock says 2026-11-03T00:00:00Z.
    let dates = [
        "2026-11-03",
        "2026-11-04",
        "2026-11-05",
        "2027-01-01",
        "2099-01-01",
    ];
    let mut text = HEADER.to_owned();
    for date in dates {
        writeln!(text, "{date}\t00:00:00\t1\t200\t/\th").unwrap();
    }
    fs::write(logs.join(name(0)), gzip(text)).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let summary = ingest(&folder(&logs).await, &lake).await;
    assert_eq!((summary.rows, summary.rejected_rows), (2, 3));
    assert_eq!(
        rows(&lake, "SELECT date FROM requests ORDER BY 1").await,
        [["2026-11-03"], ["2026-11-04"]]
    );
}

/// More files than may be open, and than go to the store at a time.
#[tokio::test]
async fn rows_of_hundreds_of_days_are_all_there() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    for n in 0..2 {
        let mut text = HEADER.to_owned();
        for day in 0..600 {
            let (year, month, day) = (2020 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
            writeln!(text, "{year}-{month:02}-{day:02}\t00:00:00\t{n}\t200\t/\th").unwrap();
        }
        put(&logs, n, &gzip(text));
    }
    let (source, lake) = (folder(&logs).await, local_lake(&dir.path().join("lake")));
    // An object a chunk.
    let settings = Settings {
        chunk_bytes: 8 << 10,
        ..Settings::default()
    };
    let summary = ingest_with(&source, &lake, &settings).await;
    assert_eq!((summary.rows, summary.commits), (1_200, 1));
    let sql = "SELECT count(*), count(DISTINCT date), sum(response_bytes), \
               count(DISTINCT log_file) FROM requests";
    assert_eq!(rows(&lake, sql).await, [["1200", "600", "600", "2"]]);
    check(&lake).await;
}

#[tokio::test]
async fn a_run_that_is_to_stop_commits_what_it_has_read() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    for n in 0..10 {
        put(&logs, n, &log(5, 1));
    }
    let (source, lake) = (folder(&logs).await, local_lake(&dir.path().join("lake")));
    // An object a chunk, and a commit each.
    let settings = Settings {
        chunk_bytes: 1,
        parsed_bytes: 0,
        commit_bytes: 1,
        ..Settings::default()
    };
    let stop = Stop::default();
    let emit = |event: Event| {
        if matches!(event, Event::Committed { .. }) {
            stop.request();
        }
    };
    let sources = [source.clone()];
    let summary = run(&sources, lake.clone(), &settings, || NOW_US, &stop, &emit)
        .await
        .unwrap();
    assert!(summary.is_stopped && !summary.is_complete(), "{summary:?}");
    // What was fetched and parsed ahead may still be in: three chunks beside the one that was being
    // written.
    assert!((1..=4).contains(&summary.new_objects), "{summary:?}");
    assert_eq!(summary.new_objects + summary.left, 10);
    check(&lake).await;
    let rest = ingest(&source, &lake).await;
    assert_eq!(
        (rest.new_objects, rest.rows, rest.known),
        (summary.left, 5 * summary.left, summary.new_objects)
    );
    check(&lake).await;
}

/// The new version takes the place of the old one; a bad new version does not.
#[tokio::test]
async fn a_changed_object_is_replaced_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    put(&logs, 0, &log(6, 1));
    put(&logs, 1, &log(9, 100));
    let (source, lake) = (folder(&logs).await, local_lake(&dir.path().join("lake")));
    ingest(&source, &lake).await;
    let settings = Settings {
        replace_changed: true,
        ..Settings::default()
    };
    let sum = "SELECT count(*), sum(response_bytes) FROM requests";

    put(&logs, 0, b"\x1f\x8b\x08 no gzip at all");
    let refused = ingest_with(&source, &lake, &settings).await;
    assert_eq!((refused.replaced.len(), refused.failed.len()), (0, 1));
    assert!(refused.failed[0].1.contains("the old rows are kept"));
    assert_eq!(rows(&lake, sum).await, [["15", "906"]]);

    put(&logs, 0, &log(4, 10));
    let replaced = ingest_with(&source, &lake, &settings).await;
    assert_eq!((replaced.replaced.len(), replaced.rows), (1, 4));
    assert_eq!(rows(&lake, sum).await, [["13", "940"]]);
    check(&lake).await;
    let again = ingest_with(&source, &lake, &settings).await;
    assert_eq!((again.new_objects, again.known), (0, 2));
}

async fn bucket(dir: &Path) -> S3Server {
    let server = S3Server::start(dir).await.unwrap();
    for bucket in ["logs", "lake"] {
        server.create_bucket(bucket).unwrap();
    }
    server
}

/// One object out of reach stays open; the others go in.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_out_of_reach_is_left_for_the_next_run() {
    let dir = tempfile::tempdir().unwrap();
    let server = bucket(dir.path()).await;
    for n in 0..5 {
        server
            .put("logs", &format!("cf/{}", name(n)), log(5, 1))
            .unwrap();
    }
    let (source, lake) = (
        s3_source(&server, "s3://logs/cf/").await,
        s3_lake(&server, "s3://lake/cdn"),
    );
    server.inject(
        Rule::new(Fault::Status(403, "AccessDenied"))
            .on(Operation::GetObject)
            .key(&name(2)),
    );
    let first = ingest(&source, &lake).await;
    assert!(server.injected() > 0);
    assert_eq!((first.new_objects, first.failed.len()), (4, 1), "{first:?}");
    assert!(first.failed[0].0.ends_with(&name(2)));
    check(&lake).await;
    server.clear_faults();
    let second = ingest(&source, &lake).await;
    assert_eq!((second.new_objects, second.failed.len()), (1, 0));
    assert_eq!(rows(&lake, "SELECT count(*) FROM requests").await, [["25"]]);
    check(&lake).await;
}

/// When nothing can be read the way is wrong, and not the objects.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_can_read_nothing_gives_up() {
    let dir = tempfile::tempdir().unwrap();
    let server = bucket(dir.path()).await;
    for n in 0..120 {
        server
            .put("logs", &format!("cf/{}", name(n)), log(1, 1))
            .unwrap();
    }
    server.inject(
        Rule::new(Fault::Status(403, "AccessDenied"))
            .on(Operation::GetObject)
            .key("cf/"),
    );
    let sources = [s3_source(&server, "s3://logs/cf/").await];
    let lake = s3_lake(&server, "s3://lake/cdn");
    let settings = Settings {
        chunk_bytes: 1_000,
        ..Settings::default()
    };
    let ended = run(
        &sources,
        lake,
        &settings,
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await;
    let failed = ended.unwrap_err();
    assert!(
        matches!(
            failed.error,
            IngestError::NothingReadable { .. } | IngestError::Source(_)
        ),
        "{failed:?}"
    );
    assert_eq!(failed.summary.new_objects, 0);
    assert!(server.fetched().len() < 120, "it tried them all");
}

/// After a complete run a listing starts at the look-back; once a week, and when asked, it is whole.
#[tokio::test(flavor = "multi_thread")]
async fn late_objects_are_found_within_the_look_back_and_by_full_listings() {
    const DAY_US: i64 = 86_400_000_000;
    let dir = tempfile::tempdir().unwrap();
    let server = bucket(dir.path()).await;
    let put = |n: usize| {
        server
            .put("logs", &format!("cf/{}", name(n)), log(1, 1))
            .unwrap();
    };
    // Hours of 2026-10-01 to 2026-10-20.
    for n in (0..480).step_by(8) {
        put(n);
    }
    let sources = [s3_source(&server, "s3://logs/cf/").await];
    let lake = s3_lake(&server, "s3://lake/cdn");
    let at = |settings: Settings, now_us: i64| {
        let (sources, lake) = (&sources, lake.clone());
        async move {
            let stop = Stop::default();
            let ended = run(sources, lake, &settings, || now_us, &stop, &|_| {}).await;
            ended.unwrap()
        }
    };
    let seen = |summary: Summary| (summary.listed, summary.new_objects);
    assert_eq!(seen(at(Settings::default(), NOW_US).await), (60, 60));
    // The newest is 2026-10-20-16: 2026-10-13-16 is in, 2026-10-13-15 is not.
    put(12 * 24 + 17);
    put(12 * 24 + 15);
    assert_eq!(
        seen(at(Settings::default(), NOW_US + DAY_US).await),
        (23, 1)
    );
    let longer = Settings {
        look_back_days: 8,
        ..Settings::default()
    };
    assert_eq!(seen(at(longer, NOW_US + DAY_US).await), (27, 1));
    put(1);
    assert_eq!(
        at(Settings::default(), NOW_US + 2 * DAY_US)
            .await
            .new_objects,
        0
    );
    let full = Settings {
        full: true,
        ..Settings::default()
    };
    assert_eq!(seen(at(full, NOW_US + 2 * DAY_US).await), (63, 1));
    put(2);
    assert_eq!(
        at(Settings::default(), NOW_US + 8 * DAY_US)
            .await
            .new_objects,
        0
    );
    assert_eq!(
        seen(at(Settings::default(), NOW_US + 9 * DAY_US).await),
        (64, 1)
    );
    check(&lake).await;
}

/// Marks of a lake that is no more say nothing of the one made in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_lake_made_anew_lists_everything_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = bucket(dir.path()).await;
    for n in (0..480).step_by(8) {
        server
            .put("logs", &format!("cf/{}", name(n)), log(1, 1))
            .unwrap();
    }
    let source = s3_source(&server, "s3://logs/cf/").await;
    let lake = s3_lake(&server, "s3://lake/cdn");
    assert_eq!(ingest(&source, &lake).await.new_objects, 60);
    assert!(ingest(&source, &lake).await.is_partial_listing);
    for table in ["requests", "log_files"] {
        fs::remove_dir_all(dir.path().join("lake/cdn").join(table)).unwrap();
    }
    let anew = ingest(&source, &lake).await;
    assert_eq!(
        (anew.listed, anew.new_objects, anew.is_partial_listing),
        (60, 60, false)
    );
    check(&lake).await;
}

/// One name from the future must not hide all that comes until then.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_the_future_hides_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = bucket(dir.path()).await;
    let put = |name: &str| {
        server
            .put("logs", &format!("cf/{name}"), log(1, 1))
            .unwrap();
    };
    put(&name(400));
    put("E2EXAMPLE1RLS.2099-01-01-00.ffffffff.gz");
    let source = s3_source(&server, "s3://logs/cf/").await;
    let lake = s3_lake(&server, "s3://lake/cdn");
    assert_eq!(ingest(&source, &lake).await.new_objects, 2);
    put(&name(401));
    assert_eq!(ingest(&source, &lake).await.new_objects, 1);
}
