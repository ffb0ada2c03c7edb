//! The fast path gives what the general path gives, and many logs what each gives alone.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it")]

use arrow::array::{Array, RecordBatch};
use arrow::compute::{cast, concat_batches};
use edgeledger_logs::{
    ClientIp, Columns, LogError, Options, Parser, Privacy, PrivacySettings, Redaction, Summary,
    schema,
};
use proptest::{collection::vec, prelude::*, sample::subsequence, test_runner::RngSeed};

const HEADER: &str = "#Fields: date time sc-bytes c-ip cs-uri-stem cs-uri-query cs(Referer) c-port \
                      time-taken sc-status sc-content-len x-edge-request-id\n";

fn names() -> Vec<String> {
    let schema = schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    names.collect()
}

/// All rows as one batch of plain text.
fn rows(batches: Vec<RecordBatch>, columns: &Columns) -> RecordBatch {
    let schema = columns.schema(false);
    let plain = batches.into_iter().map(|batch| {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()).unwrap());
        RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
    });
    concat_batches(&schema, &plain.collect::<Vec<_>>()).unwrap()
}

type Outcome = Result<(RecordBatch, Summary), String>;

fn read(log: &[u8], chunk_bytes: usize, options: &Options) -> Outcome {
    let mut parser = Parser::new(options.clone());
    let mut batches = Vec::new();
    let parsed = log
        .chunks(chunk_bytes)
        .try_for_each(|chunk| {
            parser.feed(chunk)?;
            batches.extend(parser.take_batches());
            Ok::<(), LogError>(())
        })
        .and_then(|()| parser.finish())
        .map_err(|err| err.to_string())?;
    batches.extend(parsed.batches);
    Ok((rows(batches, &options.columns), parsed.summary))
}

/// A cell that the fast path takes, or one that it must leave alone.
fn cell(
    usual: &'static [&'static str],
    odd: &'static [&'static str],
) -> impl Strategy<Value = &'static str> {
    prop_oneof![30 => prop::sample::select(usual), 1 => prop::sample::select(odd)]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let cells = (
        cell(
            &["2024-01-16", "2024-01-17"],
            &[
                "2024-02-30",
                "-",
                "",
                "1999-01-01",
                "\u{feff}2024-01-16",
                "{",
                " ",
            ],
        ),
        cell(&["23:56:42", "00:00:00"], &["24:00:00", "-"]),
        cell(
            &["1352", "0", "12345678", "123456789", "9223372036854775807"],
            &["-", "", "1e3", "-1", "12a45678", "9223372036854775808"],
        ),
        cell(&["192.0.2.7", "2001:db8::1"], &["-", "nobody"]),
        cell(
            &[
                "/a",
                "/b/c",
                "/日本",
                "/index/se/rd/serde",
                "/crates/a-name-that-is-long/0.1.0/download",
                "/crates/a-name-that-is-long/0.1.1/download",
                "/a/path/that/is/longer/than/all/others/and/longer/than/sixty-four/bytes",
            ],
            &[
                "/x;token=s3cret",
                "/x;token=REDACTED",
                "",
                "\0\u{8}\u{b}",
                "http://u:p@release.example.org/",
            ],
        ),
        cell(
            &["-", "a=1", "b", "token=s3cret", "token=REDACTED"],
            &["%74oken=x", "sig=-"],
        ),
        cell(&["-", "https://example.org/?code=1"], &[""]),
        cell(&["443", "-", "65535"], &["65536", "x"]),
        cell(
            &["0.001", "12", "12.345", "1234.567", "12345.678"],
            &["0.", ".123", "-", "0.0x1", "0.12", "1.0000001"],
        ),
        cell(&["200", "404"], &["1000", "ok"]),
        cell(&["-", "26784"], &["many"]),
        // Text at the end: of a line that ends with `\r\n` only the line tells.
        cell(
            &[
                "cFtLVBhw==",
                "goVNqISD==",
                "3Huf3bKWC1uRNFjBBWhXXdtKhbxRfcESWhXxmGTQF1wJPbeL4fWmrw==",
            ],
            &["-"],
        ),
    );
    let end = prop_oneof![60 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\t\n"), 1 => Just("\tx\n"), 1 => Just("\n\n"), 1 => Just("")];
    let plain = (cells, end).prop_map(|((a, b, c, d, e, f, g, h, i, j, k, l), end)| {
        let mut line = [a, b, c, d, e, f, g, h, i, j, k, l].join("\t");
        line.push_str(end);
        line.into_bytes()
    });
    let other = prop::sample::select(vec![
        HEADER.as_bytes(),
        b"#Fields: date time sc-bytes cs-uri-stem x-new\n",
        b"#Fields: date time sc-bytes cs-uri-stem timestamp\n",
        b"# a remark\n",
        b"\n",
        b"   \n",
        b"2024-01-16\t23:56:42\t1\t/a\t7\n",
        b"2024-01-16\t23:56:42\n",
        b"2024-01-16\t23:56:42\t1\t192.0.2.1\t/\xff\t-\t-\t1\t1\t200\t-\tx\n",
        b"{\"sc-bytes\":\"1\",\"date\":\"2024-12-18\",\"time\":\"13:30:45\"}\n",
    ]);
    prop_oneof![40 => plain, 1 => other.prop_map(<[u8]>::to_vec)]
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let lead = prop::sample::select(vec![
        HEADER,
        HEADER,
        HEADER,
        "",
        "#Version: 2.0\n",
        "<xml>\n",
    ]);
    // Some are longer than what is read at a time.
    let n_times = prop_oneof![3 => Just(1), 1 => 2_usize..6];
    (lead, vec(line(), 0..400), n_times)
        .prop_map(|(lead, lines, n)| [lead.as_bytes(), &lines.concat().repeat(n)].concat())
}

fn options() -> impl Strategy<Value = Options> {
    let client_ip = prop::sample::select(vec![ClientIp::Keep, ClientIp::Truncate, ClientIp::Drop]);
    let redaction = prop_oneof![
        Just(Redaction::Off),
        Just(Redaction::On {
            extra_names: vec!["a".to_owned()]
        }),
    ];
    let drops = prop::sample::select(vec!["", "path", "request_id", "time_taken_us", "extra"]);
    let limits = (60_usize..300, 1_usize..300, any::<bool>());
    (client_ip, redaction, drops, limits).prop_map(
        |(client_ip, redaction, drop, (max_line_bytes, batch_rows, dictionaries))| {
            let drop_columns = Some(drop).filter(|name| !name.is_empty());
            let settings = PrivacySettings {
                client_ip,
                redaction,
                drop_columns: drop_columns.map(str::to_owned).into_iter().collect(),
            };
            Options {
                max_line_bytes,
                batch_rows,
                dictionaries,
                privacy: Privacy::new(&settings).unwrap(),
                ..Options::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(200) })]

    /// One byte at a time no line is ever seen whole, and the fast path has nothing to take.
    #[test]
    fn fast_path_gives_what_the_general_path_gives(log in log(), options in options(), chunk_bytes in 500_usize..20_000) {
        let general = Options { dictionaries: false, ..options.clone() };
        let expected = read(&log, 1, &general);
        prop_assert_eq!(&read(&log, usize::MAX, &options), &expected);
        prop_assert_eq!(&read(&log, chunk_bytes, &options), &expected);
    }

    /// What is a row, what is a reject and what stands in a column depends on no other column.
    #[test]
    fn some_columns_are_those_of_all(log in log(), options in options(), wanted in subsequence(names(), 0..41), by_byte in any::<bool>()) {
        let some = Options { columns: Columns::only(wanted.iter().map(String::as_str)), ..options.clone() };
        let chunk = if by_byte { 1 } else { usize::MAX };
        match (read(&log, chunk, &some), read(&log, chunk, &options)) {
            (Ok((found, summary)), Ok((all, expected))) => {
                prop_assert_eq!(summary, expected);
                prop_assert_eq!(found.num_rows(), all.num_rows());
                for field in found.schema().fields() {
                    let name = field.name();
                    prop_assert!(name == "time" || wanted.contains(name), "{}", name);
                    prop_assert_eq!(found.column_by_name(name), all.column_by_name(name));
                }
                let is_there = |name: &String| found.column_by_name(name).is_some();
                prop_assert!(wanted.iter().all(is_there));
            }
            (found, all) => prop_assert_eq!(found.map(drop), all.map(drop)),
        }
    }

    #[test]
    fn logs_read_in_a_row_are_as_if_read_alone(logs in vec(log(), 0..6), options in options()) {
        let mut parser = Parser::new(options.clone());
        let mut ends = Vec::new();
        for log in &logs {
            let start = parser.rows();
            // After an error, `next_log` gives the same.
            drop(parser.feed(log));
            let summary = parser.next_log().map_err(|err| err.to_string());
            ends.push((start, parser.rows(), summary));
        }
        let all = rows(parser.end_batches().unwrap(), &options.columns);
        for (log, (start, end, summary)) in logs.iter().zip(ends) {
            let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
            let found = summary.map(|summary| (all.slice(start, end - start), summary));
            prop_assert_eq!(found, read(log, usize::MAX, &options));
        }
    }
}

#[test]
fn texts_that_come_often_are_given_once() {
    let line = "2024-01-16\t23:56:42\t1\t192.0.2.1\t/a\t-\t-\t1\t1\t200\t-\tx\n";
    let log = format!("{HEADER}{}", line.repeat(1000));
    let options = Options {
        dictionaries: true,
        ..Options::default()
    };
    let mut parser = Parser::new(options);
    parser.feed(log.as_bytes()).unwrap();
    let batch = parser.finish().unwrap().batches.remove(0);
    assert_eq!(batch.schema(), edgeledger_logs::schema_with_dictionaries());
    let path = batch.column_by_name("path").unwrap();
    let path = path
        .as_any()
        .downcast_ref::<arrow::array::Int32DictionaryArray>()
        .unwrap();
    assert_eq!((path.len(), path.values().len()), (1000, 1));
}
