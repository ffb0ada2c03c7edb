//! Rows whose columns are known before they are parsed: made here, by other code than reads them.

use crate::input::Input;

/// What the parser is to make of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Text(String),
    Number(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A number that rejects the row when it is malformed, up to this.
    Essential(i64),
    /// A number that is left out when it is malformed, up to this.
    Number(i64),
    Seconds,
}

/// CloudFront's name, ours, and what is in it.
pub const FIELDS: [(&str, &str, Kind); 20] = [
    ("sc-bytes", "response_bytes", Kind::Essential(i64::MAX)),
    ("cs-uri-stem", "path", Kind::Text),
    ("sc-status", "status", Kind::Essential(999)),
    ("c-port", "client_port", Kind::Number(65_535)),
    ("time-taken", "time_taken_us", Kind::Seconds),
    ("cs-bytes", "request_bytes", Kind::Essential(i64::MAX)),
    ("cs-uri-query", "query", Kind::Text),
    ("x-edge-location", "edge_location", Kind::Text),
    ("cs-method", "method", Kind::Text),
    ("cs(Host)", "cdn_host", Kind::Text),
    ("cs(Referer)", "referrer", Kind::Text),
    ("cs(User-Agent)", "user_agent", Kind::Text),
    ("cs(Cookie)", "cookie", Kind::Text),
    ("x-edge-result-type", "result_type", Kind::Text),
    ("x-edge-request-id", "request_id", Kind::Text),
    ("time-to-first-byte", "first_byte_us", Kind::Seconds),
    ("sc-content-type", "content_type", Kind::Text),
    ("sc-content-len", "content_length", Kind::Number(i64::MAX)),
    ("asn", "asn", Kind::Number(i64::MAX)),
    ("c-country", "country", Kind::Text),
];
const UNKNOWN: [&str; 3] = ["x-new", "x-newer", "cs-header-names"];

/// What a column of a header is.
#[derive(Debug, Clone)]
pub enum Column {
    Date,
    Clock,
    Millis,
    /// The first of its name, by its place in [`FIELDS`].
    Known(usize),
    /// Kept in `extra` under this name.
    Extra(String),
}

/// A `#Fields:` line.
#[derive(Debug, Clone, Default)]
pub struct Header {
    pub line: String,
    pub columns: Vec<Column>,
}

impl Header {
    pub fn new(input: &mut Input<'_>) -> Self {
        let by_date = !input.one_in(4);
        let mut names = if by_date {
            vec!["date", "time"]
        } else {
            vec!["timestamp(ms)"]
        };
        if by_date && input.one_in(2) {
            names.swap(0, 1);
        }
        for _ in 0..input.below(32) {
            let n = input.below(FIELDS.len() + UNKNOWN.len());
            let name = FIELDS
                .get(n)
                .map_or_else(|| UNKNOWN[n - FIELDS.len()], |field| field.0);
            names.insert(input.below(names.len() + 1), name);
        }
        let mut columns = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let n_before = names[..at].iter().filter(|before| *before == name).count();
            let known = FIELDS.iter().position(|(field, ..)| field == name);
            columns.push(match (*name, known, n_before) {
                ("date", ..) => Column::Date,
                ("time", ..) => Column::Clock,
                ("timestamp(ms)", ..) => Column::Millis,
                (_, Some(known), 0) => Column::Known(known),
                (name, None, 0) => Column::Extra(name.to_owned()),
                (name, _, n) => Column::Extra(format!("{name}#{}", n + 1)),
            });
        }
        let separator = input.pick(&[" ", " ", "\t", "  "]);
        Self {
            line: format!("#Fields: {}", names.join(separator)),
            columns,
        }
    }
}

/// A row of a header.
#[derive(Debug, Clone)]
pub struct Row {
    pub cells: Vec<Vec<u8>>,
    pub time_us: i64,
    /// By the place in [`FIELDS`].
    pub values: Vec<Value>,
    pub extra: Vec<(String, String)>,
    pub is_lossy: bool,
}

impl Row {
    pub fn new(header: &Header, input: &mut Input<'_>) -> Self {
        let (date, clock, date_us) = date_and_clock(input);
        let mut row = Self {
            cells: Vec::new(),
            time_us: date_us,
            values: vec![Value::Null; FIELDS.len()],
            extra: Vec::new(),
            is_lossy: false,
        };
        for column in &header.columns {
            let cell = match column {
                Column::Date => date.clone().into_bytes(),
                Column::Clock => clock.clone().into_bytes(),
                Column::Millis => {
                    let millis = date_us / 1000 + i64::from(input.byte());
                    row.time_us = millis * 1000;
                    millis.to_string().into_bytes()
                }
                Column::Known(at) => {
                    let (field, _, kind) = FIELDS[*at];
                    let (cell, value) = cell(kind, input);
                    let shown = String::from_utf8_lossy(&cell).into_owned();
                    match value {
                        Some(value) => row.values[*at] = value,
                        None => row.extra.push((field.to_owned(), shown)),
                    }
                    cell
                }
                Column::Extra(name) => {
                    let cell = text(input);
                    if let Value::Text(shown) = as_text(&cell) {
                        row.extra.push((name.clone(), shown));
                    }
                    cell
                }
            };
            row.is_lossy |= std::str::from_utf8(&cell).is_err();
            row.cells.push(cell);
        }
        row
    }

    pub fn line(&self) -> Vec<u8> {
        self.cells.join(&b'\t')
    }

    /// The line with a column too few or too many, which must not move the others.
    pub fn with_other_width(&self, input: &mut Input<'_>) -> Vec<u8> {
        let mut cells = self.cells.clone();
        let at = input.below(cells.len());
        if cells.len() > 1 && input.one_in(2) {
            cells.remove(at);
        } else {
            cells.insert(at, text(input));
            // One empty column at the end is tolerated.
            if cells.last().is_some_and(Vec::is_empty) {
                cells.push(b"-".to_vec());
            }
        }
        cells.join(&b'\t')
    }

    /// The line with a value without which it is no row.
    pub fn with_bad_value(&self, header: &Header, input: &mut Input<'_>) -> Vec<u8> {
        let is_essential = |column: &Column| match column {
            Column::Known(at) => matches!(FIELDS[*at].2, Kind::Essential(_)),
            Column::Extra(_) => false,
            _ => true,
        };
        let all: Vec<_> = (0..header.columns.len())
            .filter(|at| is_essential(&header.columns[*at]))
            .collect();
        let mut cells = self.cells.clone();
        let at = all[input.below(all.len())];
        let bad = [
            "x",
            "1e3",
            "+5",
            " 1",
            "9223372036854775808",
            "2024-02-30",
            "24:00:00",
            "1 ",
        ];
        cells[at] = input.pick(&bad).as_bytes().to_vec();
        cells.join(&b'\t')
    }
}

/// A time from 2009 to 2099.
fn date_and_clock(input: &mut Input<'_>) -> (String, String, i64) {
    let is_leap = |year: i64| year % 4 == 0;
    let year = 2009 + i64::try_from(input.below(91)).unwrap();
    let month = input.below(12);
    let mut lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    lengths[1] += usize::from(is_leap(year));
    let day = input.below(lengths[month]);
    let of_year: usize = lengths[..month].iter().sum::<usize>() + day;
    let years: i64 = (1970..year)
        .map(|year| 365 + i64::from(is_leap(year)))
        .sum();
    let days = years + i64::try_from(of_year).unwrap();
    let (hour, minute, second) = (input.below(24), input.below(60), input.below(60));
    let seconds = i64::try_from((hour * 60 + minute) * 60 + second).unwrap();
    (
        format!("{year}-{:02}-{:02}", month + 1, day + 1),
        format!("{hour:02}:{minute:02}:{second:02}"),
        (days * 86_400 + seconds) * 1_000_000,
    )
}

/// A cell and what it is; `None` for one that is kept as text instead.
fn cell(kind: Kind, input: &mut Input<'_>) -> (Vec<u8>, Option<Value>) {
    if kind == Kind::Text {
        let cell = text(input);
        let value = as_text(&cell);
        return (cell, Some(value));
    }
    let how = input.below(8);
    if how == 0 {
        let cell = input.pick(&["-", ""]);
        return (cell.as_bytes().to_vec(), Some(Value::Null));
    }
    let mut n = 0_i64;
    for byte in input.take(input.0.first().map_or(0, |n| usize::from(n % 9))) {
        n = (n << 8 | i64::from(*byte)) & i64::MAX;
    }
    let (cell, value) = match kind {
        Kind::Essential(max) => {
            let n = if max == i64::MAX { n } else { n % (max + 1) };
            (n.to_string(), Some(n))
        }
        Kind::Number(_) | Kind::Seconds if how == 1 => {
            let bad = input.pick(&["x", "-1", "1e3", "9223372036854775808", " 1", "0x1f", "1."]);
            (bad.to_owned(), None)
        }
        Kind::Seconds => {
            let (whole, micros) = (n / 1_000_000 % 1_000_000, n % 1_000_000);
            let more = input.pick(&["", "0", "9", "999"]);
            (
                format!("{whole}.{micros:06}{more}"),
                Some(whole * 1_000_000 + micros),
            )
        }
        Kind::Number(max) => {
            let n = if max == i64::MAX { n } else { n % (max + 1) };
            (format!("{}{n}", input.pick(&["", "", "00"])), Some(n))
        }
        Kind::Text => (String::new(), None),
    };
    (cell.into_bytes(), value.map(Value::Number))
}

/// Text without tabs and line ends that is neither a secret nor the start of another kind of line.
fn text(input: &mut Input<'_>) -> Vec<u8> {
    const TOKENS: [&[u8]; 28] = [
        b"-",
        b"a",
        b"Z",
        b"7",
        b"/",
        b".",
        b"_",
        b"~",
        b" ",
        b"+",
        b",",
        b"'",
        b"\"",
        b"\\",
        b"}",
        b"<",
        b"%20",
        b"%C3%A9",
        b"%2520",
        "é".as_bytes(),
        "日".as_bytes(),
        "\u{202e}".as_bytes(),
        b"\0",
        b"\x1b[1m",
        b"\x7f",
        b"\xff",
        b"\xe6\x97",
        b"\xc3",
    ];
    let n = input.below(8);
    let mut text = Vec::new();
    for _ in 0..n {
        text.extend_from_slice(input.pick(&TOKENS));
    }
    text
}

fn as_text(cell: &[u8]) -> Value {
    match cell {
        b"" | b"-" => Value::Null,
        cell => Value::Text(String::from_utf8_lossy(cell).into_owned()),
    }
}
