//! Spreadsheets, read back by another library and by their parts.

use std::io::{Cursor, Read as _};

use calamine::{Data, DataType as _, Reader as _, Xlsx};
use edgeledger_render::{
    RenderError,
    sheet::{Cell, Sheet, xlsx},
};
use rust_decimal::Decimal;

use crate::payloads::payloads;

fn read(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap()
}

/// The text of a part of the file.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn costs() -> Sheet {
    Sheet::new(
        "costs",
        [
            "name",
            "requests",
            "egress_bytes",
            "cost_usd",
            "usd_exact",
            "hit_ratio",
            "complete",
        ],
        [
            [
                "releases".into(),
                1234.into(),
                (1_i64 << 53).into(),
                Cell::cents(decimal("-1234.565")),
                Cell::exact_usd(decimal("0.000000440000")),
                Cell::ratio(decimal("0.855581")),
                true.into(),
            ],
            [
                "https://cdn.example.com/".into(),
                Cell::Empty,
                ((1_i64 << 53) + 1).into(),
                Cell::cents(decimal("12345678901234.56")),
                Cell::exact_usd(decimal("1115149.296621793813")),
                Cell::optional(None, Cell::ratio),
                false.into(),
            ],
        ],
    )
}

#[test]
fn spreadsheets_read_back() {
    let bytes = xlsx("October", &[costs()]).unwrap();
    let range = read(&bytes).worksheet_range("costs").unwrap();
    let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(rows[0][0], text("name"));
    assert_eq!(
        rows[1],
        [
            text("releases"),
            Data::Float(1234.0),
            Data::Float(9_007_199_254_740_992.0),
            Data::Float(-1234.57),
            Data::Float(4.4e-7),
            Data::Float(0.855_581),
            Data::Bool(true),
        ]
    );
    // What a double does not hold is text: no digit is lost.
    assert_eq!(
        rows[2],
        [
            text("https://cdn.example.com/"),
            Data::Empty,
            text("9007199254740993"),
            text("12345678901234.56"),
            text("1115149.296621793813"),
            Data::Empty,
            Data::Bool(false),
        ]
    );
}

#[test]
fn spreadsheets_are_formatted_by_column_names() {
    let bytes = xlsx("October", &[costs()]).unwrap();
    let styles = part(&bytes, "xl/styles.xml");
    for format in [
        "numFmtId=\"3\"",
        "numFmtId=\"4\"",
        "numFmtId=\"10\"",
        "#,##0.00##########",
        "<b/>",
    ] {
        assert!(styles.contains(format), "{format} in {styles}");
    }
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains("<pane ySplit=\"1\" topLeftCell=\"A2\""),
        "{sheet}"
    );
    assert!(sheet.contains("<autoFilter ref=\"A1:G3\"/>"), "{sheet}");
    assert!(
        !sheet.contains("<f>") && !sheet.contains("hyperlink"),
        "{sheet}"
    );
}

#[test]
fn the_same_tables_are_the_same_bytes() {
    let bytes = xlsx("October", &[costs()]).unwrap();
    assert_eq!(bytes, xlsx("October", &[costs()]).unwrap());
    let core = part(&bytes, "docProps/core.xml");
    assert_eq!(core.matches("1970-01-01T00:00:00Z").count(), 2, "{core}");
}

#[test]
fn worksheets_have_legal_names() {
    let names = [
        "cost_lines",
        "COST_lines",
        "a/b:c*d?e[f]g\\h'i",
        "a table whose name is far too long for a worksheet",
        "a table whose name is far too long for a worksheet",
        "",
        "History",
    ];
    let sheets: Vec<Sheet> = names
        .iter()
        .map(|name| Sheet::new(name, ["n"], [[1.into()]]))
        .collect();
    let bytes = xlsx("Names", &sheets).unwrap();
    assert_eq!(
        read(&bytes).sheet_names(),
        [
            "cost_lines",
            "COST_lines_2",
            "a_b_c_d_e_f_g_h_i",
            "a table whose name is far too l",
            "a table whose name is far too_2",
            "table",
            "history_",
        ]
    );
    assert!(read(&xlsx("None", &[]).unwrap()).sheet_names().len() <= 1);
}

#[test]
fn a_worksheet_is_not_cut_silently() {
    let rows = (0..1_048_576_i64).map(|n| [n.into()]);
    let error = xlsx("Many", &[Sheet::new("many", ["n"], rows)]).unwrap_err();
    assert!(
        matches!(
            error,
            RenderError::TooManyRows {
                rows: 1_048_576,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn hostile_text_stays_text_in_spreadsheets() {
    let payloads = payloads();
    let rows = payloads.iter().map(|payload| [Cell::from(payload)]);
    let long = [
        Cell::from("好".repeat(100_000)),
        Cell::from("😀".repeat(40_000)),
    ]
    .map(|cell| [cell]);
    let bytes = xlsx(
        "<b>&\u{1b}",
        &[Sheet::new("hostile", ["path"], rows.chain(long))],
    )
    .unwrap();
    let range = read(&bytes).worksheet_range("hostile").unwrap();
    let mut cells = range
        .rows()
        .skip(1)
        .map(|row| row[0].as_string().unwrap_or_default());
    for payload in &payloads {
        // What XML cannot hold is written as `_xFFFE_`, which this reader leaves as it is.
        let cell = cells.next().unwrap();
        let cell = cell
            .replace("_xFFFE_", "\u{fffe}")
            .replace("_xFFFF_", "\u{ffff}");
        assert_eq!(
            cell,
            edgeledger_render::escape::visible(payload),
            "{payload:?}"
        );
    }
    for cell in cells {
        assert!(cell.contains("… (") && cell.encode_utf16().count() <= 32_767);
    }
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>") && !sheet.contains("hyperlink"));
}
