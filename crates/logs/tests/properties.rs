//! What must hold for any bytes.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it")]

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int16Type, Int64Type, TimestampMicrosecondType};
use edgeledger_logs::{Options, Parser, Summary, schema};
use proptest::collection::vec;
use proptest::{prelude::*, test_runner::RngSeed};

/// The outcome of a log fed in chunks: its rows as one batch and its summary, or its error.
fn outcome(
    log: &[u8],
    chunk_sizes: &[usize],
    options: Options,
) -> Result<(RecordBatch, Summary), String> {
    let mut parser = Parser::new(options);
    let mut batches = Vec::new();
    let mut rest = log;
    for size in chunk_sizes {
        let (chunk, after) = rest.split_at(rest.len().min(*size));
        parser.feed(chunk).map_err(|err| err.to_string())?;
        batches.extend(parser.take_batches());
        rest = after;
    }
    parser.feed(rest).map_err(|err| err.to_string())?;
    let parsed = parser.finish().map_err(|err| err.to_string())?;
    batches.extend(parsed.batches);
    Ok((concat_batches(&schema(), &batches).unwrap(), parsed.summary))
}

/// Pieces from which odd logs are likely: random bytes alone rarely get past the first line.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "\n",
        "\n",
        "\n",
        "\t",
        "\t",
        "\t",
        "\r",
        " ",
        "-",
        "#",
        "\u{feff}",
        "#Version: 1.0\n",
        "#Fields: date time sc-bytes cs-uri-stem x-new\n",
        "#Fields: timestamp(ms) sc-status sc-bytes sc-bytes\n",
        "#Fields:",
        "#Fields: \n",
        "#Version: 2.0",
        "x-cf-status",
        "2024-01-16\t23:56:42",
        "1705449402123",
        "2024-01-16\t23:56:42\t1\t/a\t-\n",
        "1705449402123\t200\t1\t2\n",
        "2024-02-30",
        "9223372036854775808",
        "{",
        "}",
        "\"",
        ":",
        ",",
        "{\"sc-bytes\":\"1\",\"date\":\"2024-12-18\",\"time\":\"13:30:45\"}\n",
        "{\"timestamp(ms)\":1705449402123,\"x\":{\"a\":[null]},\"x\":\"\\u0000\"}\n",
        "{\"timestamp(ms)\":1705449402123,\"x\":\"\\ud800\"}\n",
        "<134>",
        "日本",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..20),
        1 => (1_usize..90).prop_map(|n| vec![b'x'; n]),
    ]
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let lead = prop::sample::select(vec![
        "",
        "",
        "#Fields: date time sc-bytes cs-uri-stem x-new\n",
        "#Fields: timestamp(ms) sc-status sc-bytes sc-bytes\n",
        "{\"sc-bytes\":\"1\",\"date\":\"2024-12-18\",\"time\":\"13:30:45\"}\n",
    ]);
    (lead, vec(piece(), 0..60))
        .prop_map(|(lead, pieces)| [lead.as_bytes(), &pieces.concat()].concat())
}

fn options() -> impl Strategy<Value = Options> {
    (1_usize..200, 0_usize..5, 0_usize..5).prop_map(
        |(max_line_bytes, batch_rows, max_recorded_rejects)| Options {
            max_line_bytes,
            batch_rows,
            max_recorded_rejects,
            ..Options::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn random_bytes_never_panic(log in vec(any::<u8>(), 0..300), options in options()) {
        drop(outcome(&log, &[], options));
    }

    #[test]
    fn every_data_line_is_a_row_or_a_reject(log in log(), options in options()) {
        if let Ok((rows, summary)) = outcome(&log, &[], options.clone()) {
            prop_assert_eq!(summary.rows + summary.rejected_rows, summary.data_lines);
            prop_assert_eq!(u64::try_from(rows.num_rows()).unwrap(), summary.rows);
            prop_assert!(summary.data_lines <= summary.lines);
            prop_assert_eq!(u64::try_from(log.len()).unwrap(), summary.bytes);
            let n_lines = log.split_inclusive(|byte| *byte == b'\n').count();
            prop_assert_eq!(u64::try_from(n_lines).unwrap(), summary.lines);
            let recorded = options.max_recorded_rejects.min(usize::try_from(summary.rejected_rows).unwrap());
            prop_assert_eq!(summary.rejects.len(), recorded);
        }
    }

    #[test]
    fn any_split_gives_the_same(log in log(), chunk_sizes in vec(0_usize..40, 0..80), options in options()) {
        prop_assert_eq!(outcome(&log, &[], options.clone()), outcome(&log, &chunk_sizes, options));
    }

    #[test]
    fn reject_points_at_its_line(log in log()) {
        if let Ok((_, summary)) = outcome(&log, &[], Options::default()) {
            let mut byte_offset = 0;
            for (line, number) in log.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
                for reject in summary.rejects.iter().filter(|reject| reject.line == number) {
                    prop_assert_eq!(reject.byte_offset, byte_offset);
                }
                byte_offset += u64::try_from(line.len()).unwrap();
            }
        }
    }

    #[test]
    fn extra_is_a_json_object_and_never_empty(log in log()) {
        if let Ok((rows, _)) = outcome(&log, &[], Options::default()) {
            for extra in rows.column_by_name("extra").unwrap().as_string::<i32>().iter().flatten() {
                let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(extra).unwrap();
                prop_assert!(!members.is_empty());
            }
        }
    }

    #[test]
    fn valid_rows_keep_their_values(
        rows in vec((
            1_225_497_600_i64..4_102_444_800,
            0_i64..=i64::MAX,
            0_i16..=999,
            0_i64..=9_000_000_000_000,
            "[!-~&&[^-]][ -~é日]{0,30}",
        ), 1..20),
        is_json in any::<bool>(),
    ) {
        let mut log = String::from(if is_json { "" } else { "#Fields: timestamp(ms) sc-bytes sc-status time-taken cs-uri-stem\n" });
        for (second, bytes, status, micros, path) in &rows {
            let (millis, taken) = (second * 1000 + 7, format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000));
            let line = if is_json {
                let path = serde_json::to_string(path).unwrap();
                format!("{{\"timestamp(ms)\":{millis},\"sc-bytes\":\"{bytes}\",\"sc-status\":\"{status:03}\",\"time-taken\":{taken},\"cs-uri-stem\":{path}}}\n")
            } else {
                format!("{millis}\t{bytes}\t{status:03}\t{taken}\t{path}\n")
            };
            log.push_str(&line);
        }
        let (batch, summary) = outcome(log.as_bytes(), &[], Options::default()).unwrap();
        prop_assert_eq!(summary.rejects, []);
        let longs = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec();
        let times = batch.column_by_name("time").unwrap().as_primitive::<TimestampMicrosecondType>();
        let expect: Vec<_> = rows.iter().map(|row| row.0 * 1_000_000 + 7_000).collect();
        prop_assert_eq!(times.values(), &expect);
        prop_assert_eq!(longs("response_bytes"), rows.iter().map(|row| row.1).collect::<Vec<_>>());
        let statuses = batch.column_by_name("status").unwrap().as_primitive::<Int16Type>();
        prop_assert_eq!(statuses.values(), &rows.iter().map(|row| row.2).collect::<Vec<_>>());
        prop_assert_eq!(longs("time_taken_us"), rows.iter().map(|row| row.3).collect::<Vec<_>>());
        let paths: Vec<_> = batch.column_by_name("path").unwrap().as_string::<i32>().iter().flatten().collect();
        prop_assert_eq!(paths, rows.iter().map(|row| row.4.as_str()).collect::<Vec<_>>());
        let first_line = i64::from(!is_json) + 1;
        let lines: Vec<_> = (first_line..).take(rows.len()).collect();
        prop_assert_eq!(longs("log_line"), lines);
        prop_assert_eq!(batch.column_by_name("extra").unwrap().null_count(), rows.len());
    }
}
