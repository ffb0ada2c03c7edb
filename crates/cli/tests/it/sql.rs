//! Output formats and ways to ask.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use crate::run::{command, run, sample_lake, text};

const QUERY: &str = "SELECT name, origin, price_class, is_configured FROM distributions ORDER BY distribution LIMIT 2";

fn asked(format: &str, query: &str) -> String {
    run(&[
        "sql",
        "--lake",
        sample_lake(),
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        format,
        query,
    ])
    .expect(0)
}

#[test]
fn every_text_format() {
    assert_eq!(
        asked("table", QUERY),
        "\
┌──────────┬────────┬─────────────┬───────────────┐
│ name     ┆ origin ┆ price_class ┆ is_configured │
╞══════════╪════════╪═════════════╪═══════════════╡
│ releases ┆ s3     ┆ All         ┆ true          │
│ crates   ┆ s3     ┆ All         ┆ true          │
└──────────┴────────┴─────────────┴───────────────┘
"
    );
    assert_eq!(
        asked("csv", QUERY),
        "name,origin,price_class,is_configured\nreleases,s3,All,true\ncrates,s3,All,true\n"
    );
    assert_eq!(
        asked("ndjson", QUERY).lines().next().unwrap(),
        r#"{"name":"releases","origin":"s3","price_class":"All","is_configured":true}"#
    );
    assert_eq!(
        asked("markdown", QUERY).lines().nth(2).unwrap(),
        "| releases | s3 | All | true |"
    );
    let json: serde_json::Value = serde_json::from_str(&asked("json", QUERY)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[test]
fn an_empty_result_keeps_its_header() {
    let none = format!("SELECT * FROM ({QUERY}) WHERE false");
    assert_eq!(
        asked("csv", &none),
        "name,origin,price_class,is_configured\n"
    );
    assert_eq!(asked("json", &none), "[]\n");
    assert_eq!(asked("ndjson", &none), "");
}

#[test]
fn parquet_goes_to_a_file_and_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.parquet");
    let args = [
        "sql",
        "--lake",
        sample_lake(),
        "--format",
        "parquet",
        "--out",
        &text(&file),
        "SELECT * FROM requests",
    ];
    run(&args).expect(0);
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test]
fn a_query_may_come_from_a_file_or_stdin() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("q.sql");
    fs::write(&file, "SELECT 41 + 1 AS answer").unwrap();
    let ran = run(&[
        "sql",
        "--lake",
        sample_lake(),
        "--format",
        "csv",
        "--file",
        &text(&file),
    ]);
    assert_eq!(ran.expect(0), "answer\n42\n");
    let mut child = command(&["sql", "--lake", sample_lake(), "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"SELECT 6 * 7 AS answer")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "answer\n42\n");
}

/// Aws's own names, for queries copied from its documentation.
#[test]
fn the_view_with_the_names_of_the_documentation() {
    let sql = "SELECT SUM(sc_bytes) AS total_bytes FROM cloudfront_logs \
               WHERE \"date\" BETWEEN DATE '2026-10-09' AND DATE '2026-10-11'";
    let by_day = "SELECT sum(response_bytes) AS total_bytes FROM daily_traffic \
                  WHERE date BETWEEN DATE '2026-10-09' AND DATE '2026-10-11'";
    assert_eq!(asked("csv", sql), asked("csv", by_day));
}

/// Log content must not steer a terminal or break a table.
#[test]
fn hostile_text_is_inert_in_tables() {
    let sql = "SELECT chr(27) || '[31m' || chr(8238) AS a, 'x|y' AS b, '<script>' AS c";
    let table = asked("table", sql);
    assert!(
        !table.contains('\u{1b}') && !table.contains('\u{202e}'),
        "{table}"
    );
    let markdown = asked("markdown", sql);
    assert!(
        !markdown.contains('\u{1b}') && !markdown.contains("x|y") && !markdown.contains("<script>"),
        "{markdown}"
    );
}

/// As in `edgeledger sql … | head -1`: some output is read, then the reader goes away.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for lines_read in [0, 1] {
        let mut child = command(&[
            "sql",
            "--lake",
            sample_lake(),
            "--format",
            "csv",
            "SELECT * FROM requests",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        for _ in 0..lines_read {
            reader.read_line(&mut String::new()).unwrap();
        }
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_wrong_query_leaves_the_last_result_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.csv");
    fs::write(&file, "last result").unwrap();
    let ran = run(&[
        "sql",
        "--lake",
        sample_lake(),
        "--out",
        &text(&file),
        "SELEC 1",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "last result");
}

/// More than 32 MiB of stored logs that are asked more than once do not go into memory whole; the
/// answer is the same.
#[test]
fn large_logs_go_through_a_temporary_lake() {
    const ROWS: usize = 350;
    let dir = tempfile::tempdir().unwrap();
    let path = "/".repeat(100_000);
    let row = format!("2026-10-05\t01:02:03\t7\t{path}\n");
    let header = "#Fields: date time sc-bytes cs-uri-stem\n".to_owned();
    fs::write(dir.path().join("large.log"), header + &row.repeat(ROWS)).unwrap();
    let sql = "SELECT count(*) AS rows, sum(response_bytes) AS bytes, min(length(path)) AS path FROM requests \
               WHERE 1 = (SELECT count(*) FROM monthly_traffic)";
    let ran = run(&["sql", "--logs", &text(dir.path()), "--format", "csv", sql]);
    assert_eq!(ran.expect(0), "rows,bytes,path\n350,2450,100000\n");
}
