//! Damaged, odd and hostile objects: each stands alone.

use std::fs;

use edgeledger_testkit::{fixtures, gzip};

use crate::world::{check, folder, ingest, local_lake, rows};

#[tokio::test]
async fn a_damaged_object_is_quarantined_alone_with_none_of_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let text = "#Version: 1.0\n#Fields: date time sc-bytes\n2026-10-01\t00:00:01\t7\n".to_owned();
    let good = gzip(&text);
    fs::write(logs.join("a-good.gz"), &good).unwrap();
    // Many whole rows come out before the end is missing.
    let long = gzip(text.clone() + &"2026-10-01\t00:00:02\t9\n".repeat(50_000));
    fs::write(logs.join("b-truncated.gz"), &long[..long.len() - 9]).unwrap();
    fs::write(logs.join("c-page.gz"), "<html><body>503</body></html>").unwrap();
    fs::write(logs.join("d-empty.gz"), "").unwrap();
    fs::write(logs.join("e-good.log"), &text).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    let summary = ingest(&folder(&logs).await, &lake).await;
    assert_eq!((summary.new_objects, summary.rows), (5, 2));
    let quarantined: Vec<&str> = summary
        .quarantined
        .iter()
        .map(|(key, _)| key.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(quarantined, ["b-truncated.gz", "c-page.gz"]);
    assert!(!summary.is_complete());
    assert_eq!(
        rows(&lake, "SELECT name, status FROM log_objects ORDER BY name").await,
        [
            ["a-good.gz", "ingested"],
            ["b-truncated.gz", "quarantined"],
            ["c-page.gz", "quarantined"],
            ["d-empty.gz", "empty"],
            ["e-good.log", "ingested"]
        ]
    );
    assert_eq!(
        rows(&lake, "SELECT sum(response_bytes) FROM requests").await,
        [["14"]]
    );
    check(&lake).await;
}

#[tokio::test]
async fn many_rejects_quarantine_an_object_and_few_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let text = |good: usize, bad: usize| {
        let header = "#Fields: date time sc-bytes\n";
        header.to_owned()
            + &"2026-10-01\t00:00:01\t7\n".repeat(good)
            + &"2026-10-01\t00:00:01\tx\n".repeat(bad)
    };
    // One of five is 20 %, but one bad row is no wrong file.
    fs::write(logs.join("few.log"), text(4, 1)).unwrap();
    fs::write(logs.join("one-percent.log"), text(1_980, 20)).unwrap();
    fs::write(logs.join("more.log"), text(1_979, 21)).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    ingest(&folder(&logs).await, &lake).await;
    assert_eq!(
        rows(
            &lake,
            "SELECT name, status, rows, rejected_rows, reason FROM log_objects ORDER BY name"
        )
        .await,
        [
            ["few.log", "ingested", "4", "1", "NULL"],
            [
                "more.log",
                "quarantined",
                "0",
                "21",
                "21 of 2000 rows rejected"
            ],
            ["one-percent.log", "ingested", "1980", "20", "NULL"]
        ]
    );
    check(&lake).await;
}

#[tokio::test]
async fn rows_of_a_nameless_object_belong_to_their_hosts() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let text = "#Fields: date time cs(Host) sc-bytes\n\
                2026-10-01\t00:00:01\td111111abcdef8.cloudfront.net\t1\n\
                2026-10-01\t00:00:01\tD222222abcdef8.cloudfront.net\t2\n\
                2026-10-01\t00:00:01\t../../etc/passwd\t4\n\
                2026-10-02\t00:00:01\t-\t8\n";
    fs::write(logs.join("all.log"), text).unwrap();
    let lake = local_lake(&dir.path().join("lake"));
    ingest(&folder(&logs).await, &lake).await;
    assert_eq!(
        rows(&lake, "SELECT distribution, date, sum(response_bytes) FROM requests GROUP BY 1, 2 ORDER BY 1, 2").await,
        [
            ["d111111abcdef8.cloudfront.net", "2026-10-01", "1"],
            ["d222222abcdef8.cloudfront.net", "2026-10-01", "2"],
            ["unknown", "2026-10-01", "4"],
            ["unknown", "2026-10-02", "8"]
        ]
    );
    check(&lake).await;
}

/// The hostile files, with what their list says a correct reader does.
#[tokio::test]
async fn hostile_files_have_the_listed_outcome() {
    let Some(fixtures) = fixtures() else {
        println!("skipped: EDGELEDGER_FIXTURES names no folder");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (lake, logs) = (
        local_lake(&dir.path().join("lake")),
        dir.path().join("logs"),
    );
    fs::create_dir(&logs).unwrap();
    for entry in fs::read_dir(fixtures.join("nasty")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "gz") {
            fs::copy(&path, logs.join(path.file_name().unwrap())).unwrap();
        }
    }
    ingest(&folder(&logs).await, &lake).await;
    let found = rows(
        &lake,
        "SELECT replace(name, '.gz', ''), status, rows, rejected_rows FROM log_objects ORDER BY name",
    )
    .await;
    let found: Vec<String> = found.iter().map(|row| row.join(" ")).collect();
    // From `nasty/EXPECTED.md`, file by file.
    let wanted = [
        "01-header-only empty 0 0",
        "02b-zero-byte-file empty 0 0",
        "03a-truncated-mid-stream quarantined 0 0",
        "03c-bad-crc quarantined 0 0",
        "03d-truncated-in-gzip-header quarantined 0 0",
        "04a-plain-text-named ingested 3 0",
        "04c-s3-xml-error quarantined 0 0",
        "05a-multi-member ingested 9 0",
        "05c-member-plus-zero-padding ingested 2 0",
        "05d-member-plus-garbage quarantined 0 0",
        "06a-one-short-row ingested 4 1",
        "06b-one-long-row ingested 4 1",
        "06c-blank-lines ingested 2 0",
        "08a-invalid-utf8 ingested 3 0",
        "08b-nul-byte ingested 1 0",
        "08c-raw-utf8-not-encoded ingested 1 0",
        "09a-crlf ingested 3 0",
        "10b-v2-w3c-41-fields ingested 3 0",
        "11a-reordered-fields ingested 3 0",
        "11b-v2-subset-fields-no-version ingested 3 0",
        "12-huge-uri-10mb ingested 2 1",
        "13a-bomb-512mib-no-newline quarantined 0 1",
        "14a-duplicate-header-midfile ingested 4 0",
        "14b-header-changes-midfile ingested 4 0",
        "14c-unknown-directive ingested 3 0",
        "15-no-header ingested 3 0",
        "16a-fields-without-version ingested 3 0",
        "16b-version-2 quarantined 0 0",
        "16e-utf8-bom ingested 3 0",
        "17-all-dashes quarantined 0 2",
        "19-no-final-newline ingested 3 0",
        "26a-v2-json ingested 4 0",
        "26b-v2-json-bad-line ingested 2 3",
        "26c-v2-json-with-hash-header ingested 1 0",
        "27a-v2-plain-comma quarantined 0 0",
        "28-rtmp-17-fields skipped 0 0",
    ];
    assert_eq!(found, wanted);
    check(&lake).await;
    let sql =
        "SELECT sum(response_bytes) FROM requests WHERE log_file LIKE '%11a-reordered-fields.gz'";
    assert_eq!(rows(&lake, sql).await, [["33"]]);
    // CRLF must not end up in the last column.
    let sql = "SELECT count(*) FROM requests WHERE log_file LIKE '%09a-crlf.gz' AND range_end IS NOT NULL";
    assert_eq!(rows(&lake, sql).await, [["0"]]);
}
