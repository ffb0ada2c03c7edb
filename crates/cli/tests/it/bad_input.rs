//! Bad input gets a message that names the thing and the fix, and its exit code.

use std::fs;

use edgeledger_testkit::{gzip, sample_logs};

use crate::run::{run, sample_lake, text};

#[test]
fn a_missing_path_is_named() {
    let ran = run(&["report", "--logs", "no/such/folder", "2026-10"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "error: cannot read `no/such/folder`\n  caused by: No such file or directory (os error 2)\n"
    );
}

#[test]
fn a_missing_lake_says_how_to_make_one() {
    let ran = run(&["report", "2026-10", "--lake", "no/such/lake"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("no lake at `no/such/lake`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("edgeledger ingest"), "{}", ran.stderr);
    assert!(
        !edgeledger_testkit::repo_root().join("no").exists(),
        "a reader made a folder"
    );
}

#[test]
fn an_unknown_month_is_answered_with_the_months_there_are() {
    let ran = run(&["report", "2027-01", "--lake", sample_lake()]);
    assert_eq!(ran.code, 2);
    for word in ["2027-01", "2026-09", "2026-10", "2026-11"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    let ran = run(&["report", "2026-13", "--lake", sample_lake()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("2026-13"), "{}", ran.stderr);
}

#[test]
fn an_unknown_column_or_table_is_answered_with_the_nearest() {
    let ran = run(&[
        "sql",
        "--lake",
        sample_lake(),
        "SELECT respons_bytes FROM requests",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("response_bytes"), "{}", ran.stderr);
    let ran = run(&["sql", "--lake", sample_lake(), "SELECT * FROM headlin"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("hint: did you mean `headline`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn sql_only_reads() {
    let out = tempfile::tempdir().unwrap();
    let file = text(&out.path().join("x.csv"));
    let ran = run(&[
        "sql",
        "--lake",
        sample_lake(),
        &format!("COPY (SELECT 1) TO '{file}'"),
    ]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("only reading is allowed"),
        "{}",
        ran.stderr
    );
    assert!(!out.path().join("x.csv").exists());
}

/// A damaged object: quarantined alone, named in the report, exit code 4, everything else kept.
#[test]
fn a_corrupt_object_is_quarantined_and_the_rest_reported() {
    let dir = tempfile::tempdir().unwrap();
    let crates = sample_logs().join("cloudfront/crates");
    let mut names: Vec<_> = fs::read_dir(&crates)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    for path in names
        .iter()
        .filter(|path| text(path).contains(".2026-10-0"))
    {
        fs::copy(path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    let bad = "E2EXAMPLE2CRT.2026-10-05-01.deadbeef.gz";
    let whole = gzip(
        "#Fields: date time sc-bytes\n".to_owned() + &"2026-10-05\t01:00:00\t1\n".repeat(1_000),
    );
    fs::write(dir.path().join(bad), &whole[..whole.len() / 2]).unwrap();
    let ran = run(&[
        "report",
        "--logs",
        &text(dir.path()),
        "2026-10",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(ran.stdout.contains(bad), "{}", ran.stdout);
    assert_eq!(report["quality"]["complete"], false);
    assert!(report["headline"]["requests"].as_u64().unwrap() > 1_000);
    // And a query over the same logs says so too.
    let ran = run(&[
        "sql",
        "--logs",
        &text(dir.path()),
        "SELECT count(*) FROM requests",
    ]);
    assert_eq!(ran.code, 4);
    assert!(
        ran.stderr.contains(bad) && ran.stderr.contains("truncated"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_month_without_prices_is_refused_with_the_fix() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("old.log"),
        "#Fields: date time x-edge-location sc-bytes sc-status\n2018-11-07\t00:11:29\tLHR5\t5\t200\n",
    )
    .unwrap();
    let ran = run(&["report", "--logs", &text(dir.path()), "2018-11"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("2018-11"), "{}", ran.stderr);
    // Everything but money still works.
    let ran = run(&[
        "sql",
        "--logs",
        &text(dir.path()),
        "--format",
        "csv",
        "SELECT requests FROM monthly_traffic",
    ]);
    assert_eq!(ran.expect(0), "requests\n1\n");
}

#[test]
fn mistakes_in_the_settings_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("edgeledger.toml");
    fs::write(
        &file,
        "[[distribution]]\nid = \"E1\"\nbucket_region = \"us-east-11\"\n",
    )
    .unwrap();
    let ran = run(&[
        "report",
        "2026-10",
        "--lake",
        sample_lake(),
        "--config",
        &text(&file),
    ]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("hint: did you mean `us-east-1`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_scheme_that_is_not_known_makes_no_folder() {
    for args in [
        ["ingest", "sample-logs", "--lake", "S3://bucket/lake"],
        ["report", "2026-11", "--out", "S3://bucket/reports"],
    ] {
        let lake = if args[0] == "report" {
            vec!["--lake", sample_lake()]
        } else {
            Vec::new()
        };
        let ran = run(&[args.as_slice(), lake.as_slice()].concat());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
    }
    let root = edgeledger_testkit::repo_root();
    assert!(!root.join("S3:").exists() && !root.join("s3:").exists());
}
