//! The main job against S3, over HTTP.

use std::{fs, path::Path, process::Command};

use edgeledger_testkit::{Truth, s3_server::S3Server, sample_logs};

use crate::run::{Ran, command, ran};

fn on_server(server: &S3Server, args: &[&str]) -> Command {
    let (id, secret) = server.credentials();
    let mut command = command(args);
    command
        .env("AWS_ENDPOINT_URL_S3", server.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret);
    command
}

async fn run(server: &S3Server, args: &[&str]) -> Ran {
    let mut command = on_server(server, args);
    // The server answers on this runtime, so the command must not block it.
    tokio::task::spawn_blocking(move || ran(&mut command))
        .await
        .unwrap()
}

/// Puts the objects of a folder of the sample into a bucket, under the same keys.
pub(crate) fn put(server: &S3Server, bucket: &str, dir: &Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            put(server, bucket, &path);
        } else {
            let key = path
                .strip_prefix(sample_logs())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            server.put(bucket, &key, fs::read(&path).unwrap()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_twice_then_count_and_report() {
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start(dir.path()).await.unwrap();
    for bucket in ["logs", "lake"] {
        server.create_bucket(bucket).unwrap();
    }
    put(&server, "logs", &sample_logs().join("cloudfront"));
    let truth = Truth::load().unwrap();
    let ingest = ["ingest", "s3://logs/cloudfront/", "--lake", "s3://lake/cdn"];
    let first = run(&server, &ingest).await;
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first
            .stderr
            .contains("331 objects listed, 331 new: 28,807 rows"),
        "{}",
        first.stderr
    );
    let second = run(&server, &ingest).await;
    assert_eq!(second.code, 0, "{}", second.stderr);
    // Names within seven days of the newest of their distribution.
    assert!(
        second
            .stderr
            .contains("71 objects listed from the look-back on (--full lists all), 0 new: 0 rows"),
        "{}",
        second.stderr
    );
    let full = run(&server, &[&ingest[..], &["--full"]].concat()).await;
    assert!(
        full.stderr.contains("331 objects listed, 0 new: 0 rows"),
        "{}",
        full.stderr
    );

    let count = run(
        &server,
        &[
            "sql",
            "--lake",
            "s3://lake/cdn",
            "--format",
            "csv",
            "SELECT count(*) AS rows FROM requests",
        ],
    )
    .await;
    assert_eq!(count.expect(0), format!("rows\n{}\n", truth.totals.rows));
    let report = run(
        &server,
        &[
            "report",
            "2026-10",
            "--lake",
            "s3://lake/cdn",
            "--config",
            "sample-logs/edgeledger.toml",
        ],
    )
    .await;
    let golden = edgeledger_testkit::repo_root().join("reports/2026-10/report.txt");
    assert_eq!(
        report.expect(0),
        fs::read_to_string(golden).unwrap(),
        "a lake in S3 gives the same report"
    );
    a_report_goes_to_a_bucket(&server, dir.path()).await;
}

/// All formats and the index go to the bucket; the same again is nothing new, and something else
/// in their place is kept.
async fn a_report_goes_to_a_bucket(server: &S3Server, dir: &Path) {
    let reports = dir.join("lake/reports");
    let args = [
        "report",
        "2026-10",
        "--lake",
        "s3://lake/cdn",
        "--config",
        "sample-logs/edgeledger.toml",
        "--out",
        "s3://lake/reports",
    ];
    let first = run(server, &args).await;
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("wrote s3://lake/reports/2026-10"));
    for name in ["report.html", "report.md", "csv/daily.csv"] {
        let golden = edgeledger_testkit::repo_root()
            .join("reports/2026-10")
            .join(name);
        let written = fs::read(reports.join("2026-10").join(name)).unwrap();
        assert!(written == fs::read(golden).unwrap(), "{name}");
    }
    assert!(reports.join("index.html").is_file());
    let second = run(server, &args).await;
    assert!(
        second
            .stderr
            .contains("nothing new in s3://lake/reports/2026-10")
    );
    server
        .put("lake", "reports/2026-10/report.md", b"a note of ours")
        .unwrap();
    let third = run(server, &args).await;
    assert_eq!(third.code, 2, "{}", third.stderr);
    assert!(
        third.stderr.contains("2026-10/report.md"),
        "{}",
        third.stderr
    );
    let kept = fs::read(reports.join("2026-10/report.md")).unwrap();
    assert_eq!(kept, b"a note of ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_bucket_is_named_with_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start(dir.path()).await.unwrap();
    let ran = run(
        &server,
        &[
            "ingest",
            "s3://nowhere/logs/",
            "--lake",
            "s3://nowhere/lake",
        ],
    )
    .await;
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("cannot list `s3://nowhere/logs/`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("NoSuchBucket"), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains(server.credentials().1),
        "{}",
        ran.stderr
    );
}
