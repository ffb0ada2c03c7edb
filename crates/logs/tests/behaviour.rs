//! One file under `testdata/` per behaviour: its rows, its rejects and its summary as a snapshot.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it")]

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use edgeledger_logs::{LogError, Options, Parsed, Parser, RejectReason};

fn parse(log: &[u8], options: Options) -> Result<Parsed, LogError> {
    let mut parser = Parser::new(options);
    parser.feed(log)?;
    parser.finish()
}

/// One block per row, with the columns that are not null.
fn write_rows(out: &mut String, batch: &RecordBatch) {
    let options = FormatOptions::default();
    for row in 0..batch.num_rows() {
        out.push_str("row\n");
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            if column.is_valid(row) {
                let column = without_time_zone(column);
                let text = ArrayFormatter::try_new(&column, &options).unwrap();
                writeln!(
                    out,
                    "  {}: {}",
                    field.name(),
                    text.value(row).to_string().replace('\0', "\\0")
                )
                .unwrap();
            }
        }
    }
}

/// Arrow shows named time zones only with its `chrono-tz` feature.
fn without_time_zone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let column = column.as_primitive::<TimestampMicrosecondType>().clone();
            Arc::new(column.with_timezone_opt(None::<&str>))
        }
        _ => Arc::clone(column),
    }
}

fn render(parsed: &Parsed) -> String {
    let mut out = String::new();
    for batch in &parsed.batches {
        write_rows(&mut out, batch);
    }
    let summary = &parsed.summary;
    for reject in &summary.rejects {
        writeln!(
            out,
            "reject line {} at byte {}: {}",
            reject.line, reject.byte_offset, reject.reason
        )
        .unwrap();
        writeln!(out, "  {}", reject.preview).unwrap();
    }
    writeln!(
        out,
        "{}: {} lines, {} data = {} rows + {} rejected, {} bytes, {} lossy",
        summary.format,
        summary.lines,
        summary.data_lines,
        summary.rows,
        summary.rejected_rows,
        summary.bytes,
        summary.lossy_rows,
    )
    .unwrap();
    writeln!(out, "columns: {}", summary.columns.join(" ")).unwrap();
    out
}

macro_rules! behaviours {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let log = include_bytes!(concat!("../testdata/", stringify!($name), ".log"));
            let parsed = parse(log, Options::default()).unwrap();
            insta::assert_snapshot!(stringify!($name), render(&parsed));
        }
    )*};
}

behaviours! {
    escapes_the_preview_of_a_reject
    first_of_two_columns_of_a_name_wins
    keeps_unknown_columns_in_extra
    maps_columns_by_each_header
    never_shifts_columns
    reads_every_column_of_v1
    reads_headerless_layouts_by_width
    reads_json_after_a_header
    reads_json_lines
    reads_the_columns_of_v2
    rejects_lines_that_are_not_json_objects
    rejects_malformed_value_not_row
    rejects_rows_that_money_depends_on
    rejects_rows_without_a_time
    replaces_invalid_utf8
    takes_time_from_timestamps
    tolerates_bom_crlf_blank_lines_and_no_final_newline
}

#[test]
fn refuses_what_is_not_a_log() {
    let check = |log: &str, expect: &str| {
        let err = parse(log.as_bytes(), Options::default()).unwrap_err();
        assert_eq!(err.to_string(), expect, "{log}");
    };
    check(
        "#Version: 2.0\n",
        "unsupported log version `2.0` (only `1.0` is known)",
    );
    check(
        "#Fields: date x-cf-status\n",
        "an RTMP streaming log (field `x-cf-status`), which has no requests to count",
    );
    check(
        "a\tb\tc\n",
        "no `#Fields:` line, and no known CloudFront layout has 3 columns",
    );
    check(
        "2024-01-16,23:56:42\n",
        "not a CloudFront access log: its first line is neither a `#` directive, nor JSON, nor tab-separated",
    );
    check(
        "<Error><Code>NoSuchKey</Code></Error>",
        "not a CloudFront access log: it is XML or HTML, perhaps an error page stored in its place",
    );
    check(
        "<134>x {\"bytes\":1}",
        "not a CloudFront access log but a Fastly log (syslog with JSON), which is not supported",
    );
    check(
        "{\"time\":\"x\",\"level\":\"info\"}\n",
        "not a CloudFront access log: its JSON has no field of CloudFront's",
    );
    check(
        "{\"sc-bytes\n{\n",
        "not a CloudFront access log: it starts as JSON but none of its lines is a JSON object",
    );
}

#[test]
fn error_is_final() {
    let mut parser = Parser::new(Options::default());
    let first = parser.feed(b"#Version: 2.0\n").unwrap_err();
    let second = parser.feed(b"#Version: 1.0\n").unwrap_err();
    assert_eq!(first.to_string(), second.to_string());
    assert!(parser.finish().is_err());
}

#[test]
fn empty_log_has_no_rows() {
    for (log, format) in [
        ("", "empty"),
        ("\n\r\n", "empty"),
        ("#Version: 1.0\n", "empty"),
        ("#Fields: date time\n", "w3c"),
    ] {
        let parsed = parse(log.as_bytes(), Options::default()).unwrap();
        assert_eq!(parsed.summary.format.to_string(), format, "{log:?}");
        assert_eq!((parsed.summary.data_lines, parsed.batches.len()), (0, 0));
    }
}

#[test]
fn rejects_a_long_line_and_keeps_the_next() {
    let options = Options {
        max_line_bytes: 40,
        ..Options::default()
    };
    let row = "2024-01-16\t23:56:42\t1";
    let long = "y".repeat(41);
    let log = format!("#Fields: date time sc-bytes\n{row}\n{long}\n#{long}\n{row}\n");
    let parsed = parse(log.as_bytes(), options.clone()).unwrap();
    assert_eq!(
        (
            parsed.summary.rows,
            parsed.summary.rejected_rows,
            parsed.summary.lines
        ),
        (2, 1, 5)
    );
    let reject = parsed.summary.rejects.first().unwrap();
    assert_eq!(
        reject.reason,
        RejectReason::LineTooLong {
            bytes: 41,
            max_bytes: 40
        }
    );
    assert_eq!((reject.line, reject.byte_offset), (3, 50));
    assert_eq!(reject.preview, long);

    let log = format!("#Fields: {long}\n{row}\n");
    let err = parse(log.as_bytes(), options.clone()).unwrap_err();
    assert!(
        matches!(err, LogError::HeaderTooLong { max_bytes: 40 }),
        "{err}"
    );
}

#[test]
fn batches_are_bounded_by_rows_and_by_text() {
    let options = Options {
        batch_rows: 2,
        ..Options::default()
    };
    let log =
        b"#Fields: date time\n2024-01-16\t00:00:01\n2024-01-16\t00:00:02\n2024-01-16\t00:00:03\n";
    let mut parser = Parser::new(options);
    parser.feed(log).unwrap();
    let sizes = |batches: &[RecordBatch]| {
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(sizes(&parser.take_batches()), [2]);
    assert_eq!(sizes(&parser.take_batches()), [0_usize; 0]);
    assert_eq!(sizes(&parser.finish().unwrap().batches), [1]);

    let row = format!("2024-01-16\t00:00:01\t{}\n", "x".repeat(1_000_000));
    let log = "#Fields: date time cs-uri-stem\n".to_owned() + &row.repeat(40);
    assert_eq!(
        sizes(&parse(log.as_bytes(), Options::default()).unwrap().batches),
        [34, 6]
    );
}

#[test]
fn records_the_first_rejects_and_counts_all() {
    let options = Options {
        max_recorded_rejects: 2,
        ..Options::default()
    };
    let log = "#Fields: date time\n".to_owned() + &"x\n".repeat(5);
    let parsed = parse(log.as_bytes(), options.clone()).unwrap();
    assert_eq!(
        (parsed.summary.rejected_rows, parsed.summary.rejects.len()),
        (5, 2)
    );
}
