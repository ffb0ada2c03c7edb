//! Good rows around damaged ones keep their values, under headers in any order.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use edgeledger_logs::Options;

use crate::input::Input;
use crate::log::{check_sums, parse_twice};
use crate::row::{FIELDS, Header, Row, Value};

const MAX_LINES: usize = 64;

/// What a line must become.
#[derive(Debug)]
enum Fate {
    Row(Row),
    Reject,
    /// A data line of which nothing else is known.
    Either,
    /// No data line.
    None,
}

/// The lines of a log without their ends, and what becomes of them.
fn lines(input: &mut Input<'_>) -> Vec<(Vec<u8>, Fate)> {
    let mut header = Header::new(input);
    let mut lines = vec![(header.line.clone().into_bytes(), Fate::None)];
    while !input.is_empty() && lines.len() < MAX_LINES {
        let kind = input.below(12);
        let (mut line, fate) = match kind {
            0 => {
                header = Header::new(input);
                (header.line.clone().into_bytes(), Fate::None)
            }
            1 => (
                input.pick(&["", "  ", "#", "#Remark: x"]).into(),
                Fate::None,
            ),
            2 => {
                let n = usize::from(input.byte());
                let mut line = b"r".to_vec();
                line.extend(input.take(n).iter().filter(|byte| **byte != b'\n'));
                (line, Fate::Either)
            }
            3 | 4 => {
                let row = Row::new(&header, input);
                (row.with_other_width(input), Fate::Reject)
            }
            5 | 6 => {
                let row = Row::new(&header, input);
                (row.with_bad_value(&header, input), Fate::Reject)
            }
            _ => {
                let row = Row::new(&header, input);
                let mut line = row.line();
                if kind == 7 {
                    line.push(b'\t');
                }
                (line, Fate::Row(row))
            }
        };
        // Spaces alone are a blank line, whatever their row was meant to be.
        let fate = match fate {
            Fate::Row(_) | Fate::Reject if line.iter().all(|byte| *byte == b' ') => Fate::None,
            fate => fate,
        };
        if input.one_in(8) && !matches!(fate, Fate::Either) {
            line.push(b'\r');
        }
        lines.push((line, fate));
    }
    lines
}

/// Runs one case.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let batch_rows = 1 + input.below(9);
    let (has_limit, limit) = (input.one_in(4), 40 + usize::from(input.byte()));
    let is_ended = input.one_in(2);
    // The sizes of the pieces come from the end, so that more rows do not move them.
    let (body, sizes) = input.0.split_at(input.0.len() - input.0.len() / 8);
    let lines = lines(&mut Input(body));

    let headers = lines.iter().filter(|(line, _)| line.starts_with(b"#"));
    let longest = headers.map(|(line, _)| line.len()).max().unwrap_or(0);
    let options = Options {
        batch_rows,
        // A header over the limit fails the file.
        max_line_bytes: if has_limit {
            limit.max(longest)
        } else {
            1 << 20
        },
        max_recorded_rejects: MAX_LINES,
        ..Options::default()
    };
    let mut log = lines
        .iter()
        .map(|(line, _)| line.as_slice())
        .collect::<Vec<_>>()
        .join(&b'\n');
    if is_ended || log.ends_with(b"\n") {
        log.push(b'\n');
    }
    let (batches, summary) = parse_twice(&log, &options, Input(sizes)).unwrap();
    check_sums(&log, &options, &batches, &summary);

    let rows = by_line(&batches);
    let (mut n_data, mut n_either, mut n_lossy) = (0, 0, 0);
    for ((line, fate), number) in lines.iter().zip(1_u64..) {
        let row = rows.get(&number);
        let reject = summary.rejects.iter().find(|reject| reject.line == number);
        let is_over = line.len() > options.max_line_bytes;
        match fate {
            Fate::None => {
                assert!(row.is_none(), "line {number} is no data");
                assert_eq!(reject, None);
                continue;
            }
            Fate::Either => {
                assert_ne!(row.is_some(), reject.is_some(), "line {number}");
                n_either += 1;
            }
            Fate::Reject => assert!(row.is_none() && reject.is_some(), "line {number}"),
            Fate::Row(_) if is_over => assert!(row.is_none() && reject.is_some(), "line {number}"),
            Fate::Row(expected) => {
                let (batch, at) = row.unwrap_or_else(|| panic!("line {number}: {reject:?}"));
                check_row(expected, batch, *at);
                n_lossy += u64::from(expected.is_lossy);
            }
        }
        n_data += 1;
    }
    assert_eq!(summary.data_lines, n_data);
    if n_either == 0 {
        assert_eq!(summary.lossy_rows, n_lossy);
    }
}

/// Where the row of each line is.
fn by_line(batches: &[RecordBatch]) -> HashMap<u64, (&RecordBatch, usize)> {
    let mut rows = HashMap::new();
    for batch in batches {
        let lines = batch.column_by_name("log_line").unwrap();
        for (at, line) in lines
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .enumerate()
        {
            rows.insert(u64::try_from(*line).unwrap(), (batch, at));
        }
    }
    rows
}

/// Every column of a row: those of the header as made, all others null.
fn check_row(expected: &Row, batch: &RecordBatch, at: usize) {
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if name == "log_line" {
            continue;
        }
        if name == "time" {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            assert_eq!(times.value(at), expected.time_us, "time");
            continue;
        }
        let found = value(column, at);
        if name == "extra" {
            let object: HashMap<String, String> = match &found {
                Value::Text(text) => serde_json::from_str(text).unwrap(),
                _ => HashMap::new(),
            };
            let extra = expected.extra.iter().cloned().collect();
            assert_eq!(object, extra, "extra");
            continue;
        }
        let known = FIELDS.iter().position(|(_, column, _)| *column == name);
        let expected = known.map_or(&Value::Null, |known| &expected.values[known]);
        assert_eq!(&found, expected, "{name}");
    }
}

fn value(column: &dyn Array, at: usize) -> Value {
    if column.is_null(at) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Int16 => Value::Number(column.as_primitive::<Int16Type>().value(at).into()),
        DataType::Int32 => Value::Number(column.as_primitive::<Int32Type>().value(at).into()),
        DataType::Int64 => Value::Number(column.as_primitive::<Int64Type>().value(at)),
        _ => Value::Text(column.as_string::<i32>().value(at).to_owned()),
    }
}
