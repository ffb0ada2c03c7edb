//! Queries of the shapes that AWS publishes for Athena, on `cloudfront_logs` and
//! `cloudfront_standard_logs`.
//!
//! The files of `queries/` name their source, its licence and what had to change. Their texts are
//! ours: AWS's own are not copied. `EDGELEDGER_ATHENA_QUERIES` names a folder of copies that are
//! to run too, and says nothing about their answers. Expected figures are the sample generator's
//! own counts, or were counted from the log files by a script that knows nothing of this program.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod dialect;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::{repo_root, sample_logs};
use serde_json::Value;

fn edgeledger(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edgeledger"))
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("EDGELEDGER_CONFIG")
        .env_remove("EDGELEDGER_LAKE")
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// A lake of the sample logs, made once.
fn lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, lake) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let lake = dir.path().join("lake").to_str().unwrap().to_owned();
        let output = edgeledger(&["ingest", "sample-logs", "--lake", &lake], "");
        assert!(output.status.success(), "{output:?}");
        (dir, lake)
    });
    lake
}

/// The rows, or what was said on stderr.
fn asked(sql: &str) -> Result<Vec<Value>, String> {
    let output = edgeledger(&["sql", "--lake", lake(), "--format", "ndjson"], sql);
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let stdout = String::from_utf8(output.stdout).unwrap();
    Ok(stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect())
}

fn folder() -> PathBuf {
    repo_root().join("crates/cli/tests/athena/queries")
}

fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    texts.sort();
    texts
}

/// The rows of one file.
#[track_caller]
fn rows(name: &str) -> Vec<Value> {
    let sql = fs::read_to_string(folder().join(format!("{name}.sql"))).unwrap();
    asked(&sql).unwrap()
}

fn truth() -> Value {
    let text = fs::read_to_string(sample_logs().join("truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Requests and bytes of a day, of one distribution or of all.
fn day(truth: &Value, distribution: Option<&str>, day: &str) -> (u64, u64) {
    let days = truth["all_days"].as_object().unwrap();
    days.iter()
        .filter(|(id, _)| distribution.is_none_or(|wanted| wanted == id.as_str()))
        .filter_map(|(_, days)| days.get(day))
        .fold((0, 0), |(requests, bytes), tally| {
            (
                requests + tally["requests"].as_u64().unwrap(),
                bytes + tally["response_bytes"].as_u64().unwrap(),
            )
        })
}

#[test]
fn every_file_says_where_it_comes_from_and_runs() {
    let texts = texts(&folder());
    assert!(texts.len() >= 16, "{}", texts.len());
    for (name, sql) in texts {
        for key in ["-- source: ", "-- licence: ", "-- change: "] {
            assert!(sql.contains(key), "{name} has no line `{key}`");
        }
        let rows = asked(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!rows.is_empty(), "{name} has no answer");
    }
}

#[test]
fn copies_of_published_queries_run() {
    let Some(folder) = std::env::var_os("EDGELEDGER_ATHENA_QUERIES") else {
        let skipped = b"SKIPPED: copies of AWS's queries: EDGELEDGER_ATHENA_QUERIES is not set\n";
        std::io::stderr().write_all(skipped).unwrap();
        return;
    };
    let texts = texts(Path::new(&folder));
    assert!(!texts.is_empty(), "no *.sql in {}", folder.display());
    for (name, sql) in texts {
        asked(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn bytes_of_days() {
    let truth = truth();
    let days = ["2026-10-09", "2026-10-10", "2026-10-11"];
    let bytes: u64 = days.iter().map(|date| day(&truth, None, date).1).sum();
    for name in ["docs-bytes-of-days", "docs-bytes-of-days-before-2024"] {
        assert_eq!(rows(name)[0]["total_bytes"], bytes, "{name}");
    }
}

#[test]
fn partition_columns_of_the_tables_of_parquet_and_of_the_sample() {
    let truth = truth();
    let (requests, bytes) = day(&truth, Some("E2EXAMPLE1RLS"), "2026-10-09");
    let row = &rows("docs-partitions-of-parquet-logs")[0];
    assert_eq!(
        (&row["requests"], &row["bytes"]),
        (&requests.into(), &bytes.into())
    );
    let (requests, bytes) = day(&truth, None, "2026-10-09");
    let row = &rows("sample-hours-of-the-combined-view")[0];
    assert_eq!(
        (&row["requests"], &row["bytes"]),
        (&requests.into(), &bytes.into())
    );
}

/// As counted from the log files.
#[test]
fn bots_edges_and_viewers() {
    let bots = rows("blog-bots");
    assert_eq!(bots.len(), 1);
    assert_eq!(bots[0]["requests"], 625);
    let truth = truth();
    assert_eq!(
        truth["month_total"]["by_agent_product"]["bot"]["requests"],
        625
    );

    let edges = rows("blog-bandwidth-of-edges");
    assert_eq!(edges[0]["location"], "IAD89-C3");
    assert_eq!(edges[0]["hostheader"], "releases.example.org");
    assert_eq!(edges[0]["bytes"], 123_886_219_905_u64);
    assert_eq!(edges[1]["bytes"], 123_684_888_452_u64);
    let all: u64 = edges.iter().map(|row| row["bytes"].as_u64().unwrap()).sum();
    assert_eq!(truth["month_total"]["response_bytes"], all);

    let viewers = rows("blog-top-viewers");
    assert_eq!(viewers.len(), 50);
    let first: Vec<_> = viewers
        .iter()
        .take(4)
        .map(|row| {
            (
                row["requestip"].as_str().unwrap(),
                row["requests"].as_u64().unwrap(),
            )
        })
        .collect();
    let counted = [
        ("203.0.113.23", 256),
        ("203.0.113.77", 218),
        ("198.51.100.196", 186),
        ("192.0.2.117", 184),
    ];
    assert_eq!(first, counted);
}

/// As counted from the log files.
#[test]
fn probes_bad_bots_and_single_requests() {
    let probes = rows("waf-scanners-and-probes");
    let found: Vec<_> = probes
        .iter()
        .map(|row| {
            let most = row["max_counter_per_min"].as_u64().unwrap();
            (row["client_ip"].as_str().unwrap(), most)
        })
        .collect();
    let counted = [
        ("203.0.113.115", 3),
        ("192.0.2.179", 2),
        ("198.51.100.31", 2),
    ];
    assert_eq!(found, counted);
    assert_eq!(rows("waf-bad-bots").len(), 29);
    assert_eq!(rows("cli-requests-at-an-edge").len(), 2_711);

    let request = &rows("article-one-request")[0];
    assert_eq!(request["sc_bytes"], 214_700_831);
    assert_eq!(request["time"], "00:43:26");
    assert_eq!(request["time_taken"], 38.604);
    assert_eq!(request["time_to_first_byte"], 0.265);
    assert_eq!(request["x_host_header"], "releases.example.org");
    assert_eq!(request["cs_host"], "d111111abcdef8.cloudfront.net");
    assert_eq!(request["ssl_cipher"], "TLS_AES_256_GCM_SHA384");

    let systems = rows("docs-operating-systems");
    assert_eq!(systems[0]["count"], 11_807);
    assert_eq!(systems[1]["count"], 4_350);
}

#[test]
fn errors_by_type() {
    let rows = rows("article-errors-by-type");
    let errors = |wanted: &dyn Fn(&Value) -> bool| -> u64 {
        let found = rows.iter().filter(|row| wanted(row));
        found.map(|row| row["errors"].as_u64().unwrap()).sum()
    };
    let truth = truth();
    for status in [500, 502, 503, 504] {
        let counted = &truth["month_total"]["by_status"][status.to_string()]["requests"];
        assert_eq!(
            *counted,
            errors(&|row| row["sc_status"] == status),
            "{status}"
        );
    }
    let at_the_origin = errors(&|row| row["x_edge_detailed_result_type"] == "OriginCommError");
    assert_eq!(at_the_origin, 113);
}

#[test]
fn rows_are_distinct_and_limited() {
    for name in [
        "docs-distinct-rows",
        "docs-distinct-rows-before-2024",
        "sample-first-rows",
    ] {
        assert_eq!(rows(name).len(), 7, "{name}");
    }
}

/// Names of the columns of AWS's tables, in their order.
const TODAY: &str = "date time x_edge_location sc_bytes c_ip cs_method cs_host cs_uri_stem \
    sc_status cs_referrer cs_user_agent cs_uri_query cs_cookie x_edge_result_type \
    x_edge_request_id x_host_header cs_protocol cs_bytes time_taken x_forwarded_for ssl_protocol \
    ssl_cipher x_edge_response_result_type cs_protocol_version fle_status fle_encrypted_fields \
    c_port time_to_first_byte x_edge_detailed_result_type sc_content_type sc_content_len \
    sc_range_start sc_range_end";
const PARQUET: &str = "cs_referer distributionid year month day hour";
const BEFORE_2024: &str = "date time location bytes request_ip method host uri status referrer \
    user_agent query_string cookie result_type request_id host_header request_protocol \
    request_bytes time_taken xforwarded_for ssl_protocol ssl_cipher response_result_type \
    http_version fle_status fle_encrypted_fields c_port time_to_first_byte \
    x_edge_detailed_result_type sc_content_type sc_content_len sc_range_start sc_range_end";
const FIRST: &str = "date time location bytes requestip method host uri status referrer useragent \
    querystring cookie resulttype requestid hostheader requestprotocol requestbytes timetaken \
    xforwardedfor sslprotocol sslcipher responseresulttype httpversion filestatus encryptedfields";

#[test]
fn the_views_have_the_columns_of_all_of_awss_tables() {
    let columns = |view: &str| -> Vec<String> {
        let rows = asked(&format!("DESCRIBE {view}")).unwrap();
        let name = |row: &Value| row["column_name"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect()
    };
    let today: Vec<&str> = TODAY.split_whitespace().collect();
    let found = columns("cloudfront_standard_logs");
    assert_eq!(found[..today.len()], today);
    let has = |view: &[String], names: &str| {
        let view: BTreeSet<&str> = view.iter().map(String::as_str).collect();
        let names: BTreeSet<&str> = names.split_whitespace().collect();
        let missing: Vec<_> = names.difference(&view).collect();
        assert!(missing.is_empty(), "{missing:?}");
    };
    has(&found, PARQUET);
    let found = columns("cloudfront_logs");
    for names in [TODAY, PARQUET, BEFORE_2024, FIRST] {
        has(&found, names);
    }
}

/// All names of a field give the same values: the position in AWS's tables says which belong
/// together.
#[test]
fn names_of_one_field_agree() {
    let places = |names: &'static str| names.split_whitespace();
    for older in [BEFORE_2024, FIRST] {
        let pairs = places(TODAY).zip(places(older));
        let counts: Vec<String> = pairs
            .map(|(today, name)| {
                format!(
                    "count(*) FILTER (WHERE {today} IS DISTINCT FROM {name}) AS \"{today} {name}\""
                )
            })
            .collect();
        let sql = format!("SELECT {} FROM cloudfront_logs", counts.join(", "));
        for (pair, differences) in asked(&sql).unwrap()[0].as_object().unwrap() {
            assert_eq!(*differences, 0, "{pair}");
        }
    }
}
