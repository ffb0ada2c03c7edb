//! What holds for every text, whatever it says.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use edgeledger_logs::{LogError, Options, Parser, Summary, schema};

use crate::input::Input;

/// The batches and the summary of a text fed in pieces, or its error.
pub fn parse(
    text: &[u8],
    options: Options,
    sizes: Option<Input<'_>>,
) -> Result<(Vec<RecordBatch>, Summary), LogError> {
    let mut parser = Parser::new(options);
    let (mut batches, mut rest) = (Vec::new(), text);
    if let Some(mut sizes) = sizes {
        // When all sizes are used, what is left comes at once.
        while !sizes.is_empty() && !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(usize::from(sizes.byte())));
            parser.feed(piece)?;
            batches.extend(parser.take_batches());
            rest = after;
        }
    }
    parser.feed(rest)?;
    let parsed = parser.finish()?;
    batches.extend(parsed.batches);
    Ok((batches, parsed.summary))
}

/// How a text is cut makes no difference. Gives what both ways gave.
pub fn parse_twice(
    text: &[u8],
    options: &Options,
    sizes: Input<'_>,
) -> Result<(Vec<RecordBatch>, Summary), LogError> {
    let at_once = parse(text, options.clone(), None);
    let in_pieces = parse(text, options.clone(), Some(sizes));
    match (&at_once, &in_pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole.1, pieces.1, "summaries");
            assert!(whole.0 == pieces.0, "batches differ by the cuts");
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole.to_string(), pieces.to_string()),
        (whole, pieces) => panic!("at once {}, in pieces {}", whole.is_ok(), pieces.is_ok()),
    }
    at_once
}

/// Counts add up, lines are traced, and nothing quoted can harm a terminal.
pub fn check_sums(text: &[u8], options: &Options, batches: &[RecordBatch], summary: &Summary) {
    assert_eq!(summary.rows + summary.rejected_rows, summary.data_lines);
    let n_lines = text.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(summary.lines, n_lines as u64, "lines");
    assert_eq!(summary.bytes, text.len() as u64, "bytes");
    assert!(summary.data_lines <= summary.lines);
    assert!(summary.lossy_rows <= summary.rows);
    assert!(summary.columns.len() <= 1024);
    assert!(summary.columns.iter().all(|name| name.len() <= 128));
    let n_rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(summary.rows, n_rows as u64, "rows");

    let n_recorded = summary.rejects.len();
    assert!(n_recorded <= options.max_recorded_rejects);
    assert!(n_recorded as u64 <= summary.rejected_rows);
    for reject in &summary.rejects {
        let start = usize::try_from(reject.byte_offset).unwrap();
        let before = &text[..start];
        assert!(before.is_empty() || before.ends_with(b"\n"), "{reject:?}");
        let n_before = before.split_inclusive(|byte| *byte == b'\n').count() as u64;
        assert_eq!(reject.line, n_before + 1, "{reject:?}");
        let shown = format!("{}{}", reject.preview, reject.reason);
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }

    let mut last_line = 0;
    for batch in batches {
        assert!(batch.num_rows() > 0 && batch.num_rows() <= options.batch_rows);
        assert_eq!(batch.schema(), schema());
        let lines = batch.column_by_name("log_line").unwrap();
        for line in lines.as_primitive::<Int64Type>().values() {
            assert!(*line > last_line, "lines in order");
            last_line = *line;
        }
        let times = batch.column_by_name("time").unwrap();
        for time in times.as_primitive::<TimestampMicrosecondType>().values() {
            assert!((options.earliest_us..options.latest_us).contains(time));
        }
        let extra = batch.column_by_name("extra").unwrap().as_string::<i32>();
        for extra in extra.iter().flatten() {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(extra).unwrap();
            assert!(!object.is_empty(), "`extra` is null when there is nothing");
        }
        for column in batch
            .columns()
            .iter()
            .filter_map(|column| column.as_string_opt::<i32>())
        {
            assert!(
                column
                    .iter()
                    .flatten()
                    .all(|text| !text.is_empty() && text != "-")
            );
        }
    }
    assert!(u64::try_from(last_line).unwrap() <= summary.lines);
}
