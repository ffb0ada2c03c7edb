//! Public log files against counts that an independent reader made of them.
//!
//! The files are not part of this repository: `EDGELEDGER_FIXTURES` names their folder, and
//! without it the tests pass with a note.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests may fail them and say that they are skipped"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int16Type, Int64Type};
use edgeledger_logs::{Format, LogError, Options, Parsed, Parser};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

#[expect(
    clippy::disallowed_methods,
    reason = "the files are outside the repository: only the environment can say where"
)]
fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var("EDGELEDGER_FIXTURES").ok().map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: EDGELEDGER_FIXTURES is not set");
    }
    folder
}

/// Unpacks by content, not by name: several `.gz` files are plain text.
fn parse(path: &Path) -> Result<Parsed, LogError> {
    let packed = std::fs::read(path).unwrap();
    let mut reader: Box<dyn Read + '_> = match packed.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(packed.as_slice())),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::new(packed.as_slice()).unwrap()),
        _ => Box::new(packed.as_slice()),
    };
    let mut parser = Parser::new(Options::default());
    let mut chunk = vec![0; 64 << 10];
    loop {
        let n_bytes = reader.read(&mut chunk).unwrap();
        if n_bytes == 0 {
            return parser.finish();
        }
        parser.feed(&chunk[..n_bytes])?;
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Counts {
    rows: u64,
    rejected_rows: u64,
    response_bytes: i64,
    by_result_type: BTreeMap<String, u64>,
    by_status: BTreeMap<String, u64>,
}

fn counts(parsed: &Parsed) -> Counts {
    let mut counts = Counts {
        rows: parsed.summary.rows,
        rejected_rows: parsed.summary.rejected_rows,
        response_bytes: response_bytes(&parsed.batches),
        by_result_type: BTreeMap::new(),
        by_status: BTreeMap::new(),
    };
    for batch in &parsed.batches {
        for result_type in batch
            .column_by_name("result_type")
            .unwrap()
            .as_string::<i32>()
            .iter()
            .flatten()
        {
            *counts
                .by_result_type
                .entry(result_type.to_owned())
                .or_default() += 1;
        }
        for status in batch
            .column_by_name("status")
            .unwrap()
            .as_primitive::<Int16Type>()
            .iter()
            .flatten()
        {
            *counts.by_status.entry(status.to_string()).or_default() += 1;
        }
    }
    counts
}

fn response_bytes(batches: &[RecordBatch]) -> i64 {
    let columns = batches
        .iter()
        .map(|batch| batch.column_by_name("response_bytes").unwrap());
    columns
        .flat_map(|column| column.as_primitive::<Int64Type>().iter().flatten())
        .sum()
}

/// The independent counts. `by_status` is not there for JSON files.
fn expected(file: &Value) -> Counts {
    let number = |key: &str| file.get(key).map_or(0, |number| number.as_u64().unwrap());
    let groups = |key: &str| {
        let groups = file.get(key).and_then(Value::as_object);
        groups
            .into_iter()
            .flatten()
            .map(|(name, rows)| (name.clone(), rows.as_u64().unwrap()))
            .collect()
    };
    Counts {
        rows: number("rows_ok"),
        rejected_rows: number("rows") - number("rows_ok"),
        response_bytes: i64::try_from(number("sum_sc_bytes")).unwrap(),
        by_result_type: groups("by_result_type"),
        by_status: groups("by_status"),
    }
}

#[test]
fn public_logs_have_the_independent_counts() {
    let Some(folder) = fixtures() else { return };
    let files: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut n_compared = 0;
    for (name, file) in &files {
        let kind = file.get("kind").and_then(Value::as_str).unwrap();
        let parsed = parse(&folder.join(name));
        if kind == "fastly-syslog-json" {
            // The first line of one file lacks its syslog prefix, so that it is only "not a log".
            let is_named = matches!(parsed, Err(LogError::OtherFormat { .. }));
            let is_refused = matches!(parsed, Err(LogError::NotALog { .. }));
            assert!(
                if name.contains("recoverable-errors") {
                    is_refused
                } else {
                    is_named
                },
                "{name}"
            );
            continue;
        }
        if name == "crates.io/cloudfront/unknown-version.log.gz" {
            // `#Version: 2.0`: the independent reader ignores the version, we refuse the file.
            assert!(
                matches!(parsed, Err(LogError::UnsupportedVersion { version }) if version == "2.0")
            );
            continue;
        }
        let parsed = parsed.unwrap_or_else(|err| panic!("{name}: {err}"));
        let (mut expected, mut found) = (expected(file), counts(&parsed));
        if kind == "cloudfront-v2-json" {
            expected.by_status.clone_from(&found.by_status);
        }
        if name == "crates.io/cloudfront/recoverable-errors.log.gz" {
            // The independent reader only checks the width. We also reject line 12, which has
            // neither date nor time, and line 14, whose date is `foo`; both have status 200.
            let lines: Vec<_> = parsed
                .summary
                .rejects
                .iter()
                .map(|reject| reject.line)
                .collect();
            assert_eq!(lines, [4, 12, 14]);
            found.rows += 2;
            found.rejected_rows -= 2;
            *found.by_status.entry("200".to_owned()).or_default() += 2;
        }
        assert_eq!(found, expected, "{name}");
        assert_eq!(
            parsed.summary.bytes,
            file.get("bytes_uncompressed").unwrap().as_u64().unwrap(),
            "{name}"
        );
        n_compared += 1;
    }
    assert_eq!(n_compared, 16, "CloudFront files compared");
}

#[test]
fn load_balancer_log_is_refused() {
    let Some(folder) = fixtures() else { return };
    let err = parse(&folder.join("aws-samples/sample-alb-logs.gz")).unwrap_err();
    assert!(
        matches!(err, LogError::NotALog { hint } if hint.contains("Load Balancer")),
        "{err}"
    );
}

/// The outcomes that concern the text. Whether a container is whole is not known here.
#[test]
fn hostile_texts_have_the_expected_outcome() {
    let Some(folder) = fixtures() else { return };
    let parse = |name: &str| parse(&folder.join("nasty").join(name));
    for (name, rows, rejected_rows) in [
        ("01-header-only.gz", 0, 0),
        ("02b-zero-byte-file.gz", 0, 0),
        ("04a-plain-text-named.gz", 3, 0),
        ("05a-multi-member.gz", 9, 0),
        ("06a-one-short-row.gz", 4, 1),
        ("06b-one-long-row.gz", 4, 1),
        ("06c-blank-lines.gz", 2, 0),
        ("08a-invalid-utf8.gz", 3, 0),
        ("08b-nul-byte.gz", 1, 0),
        ("08c-raw-utf8-not-encoded.gz", 1, 0),
        ("09a-crlf.gz", 3, 0),
        ("10b-v2-w3c-41-fields.gz", 3, 0),
        ("11a-reordered-fields.gz", 3, 0),
        ("11b-v2-subset-fields-no-version.gz", 3, 0),
        ("12-huge-uri-10mb.gz", 2, 1),
        ("13a-bomb-512mib-no-newline.gz", 0, 1),
        ("14a-duplicate-header-midfile.gz", 4, 0),
        ("14b-header-changes-midfile.gz", 4, 0),
        ("14c-unknown-directive.gz", 3, 0),
        ("15-no-header.gz", 3, 0),
        ("16a-fields-without-version.gz", 3, 0),
        ("16e-utf8-bom.gz", 3, 0),
        ("17-all-dashes.gz", 0, 2),
        ("19-no-final-newline.gz", 3, 0),
        ("26a-v2-json.gz", 4, 0),
        ("26b-v2-json-bad-line.gz", 2, 3),
        ("26c-v2-json-with-hash-header.gz", 1, 0),
    ] {
        let summary = parse(name)
            .unwrap_or_else(|err| panic!("{name}: {err}"))
            .summary;
        assert_eq!(
            (summary.rows, summary.rejected_rows),
            (rows, rejected_rows),
            "{name}: {summary:?}"
        );
    }

    assert!(matches!(
        parse("04c-s3-xml-error.gz"),
        Err(LogError::NotALog { .. })
    ));
    assert!(matches!(
        parse("16b-version-2.gz"),
        Err(LogError::UnsupportedVersion { .. })
    ));
    // "No header and unknown column count": commas do not make columns, so it is no log at all.
    assert!(matches!(
        parse("27a-v2-plain-comma.gz"),
        Err(LogError::NotALog { .. })
    ));
    assert!(matches!(parse("28-rtmp-17-fields.gz"), Err(LogError::Rtmp)));

    assert_eq!(
        parse("02b-zero-byte-file.gz").unwrap().summary.format,
        Format::Empty
    );
    assert_eq!(parse("08a-invalid-utf8.gz").unwrap().summary.lossy_rows, 1);
    assert_eq!(
        response_bytes(&parse("11a-reordered-fields.gz").unwrap().batches),
        33
    );
    assert_eq!(
        parse("13a-bomb-512mib-no-newline.gz")
            .unwrap()
            .summary
            .bytes,
        536_871_383
    );
    let v2 = parse("10b-v2-w3c-41-fields.gz").unwrap();
    let asn = v2.batches[0].column_by_name("asn").unwrap();
    assert_eq!(asn.as_primitive::<Int64Type>().values(), &[16509; 3]);
    let crlf = parse("09a-crlf.gz").unwrap();
    assert_eq!(
        crlf.batches[0]
            .column_by_name("range_end")
            .unwrap()
            .null_count(),
        3
    );
    assert_eq!(
        crlf.batches[0]
            .column_by_name("extra")
            .unwrap()
            .null_count(),
        3
    );
}
