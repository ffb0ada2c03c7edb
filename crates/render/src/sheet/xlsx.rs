//! Tables as a spreadsheet of one worksheet each. There are no formulas and no links; numbers are
//! numbers only where a spreadsheet keeps all their digits.

use std::collections::BTreeSet;

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

use super::{Cell, Sheet};
use crate::{RenderError, escape, layout, numbers::fixed};

/// Rows of a worksheet with its header.
const MOST_ROWS: usize = 1_048_576;
/// UTF-16 units of a cell.
const MOST_TEXT: usize = 32_767;
/// Of a longer text this many characters are kept, which may be two units each.
const KEPT_TEXT: usize = 16_000;
/// UTF-16 units of a worksheet's name.
const MOST_NAME: usize = 31;
/// Whole numbers up to here are doubles.
const LARGEST: u64 = 1 << 53;
/// Significant digits that a double keeps, and a spreadsheet shows.
const DIGITS: usize = 15;
/// Rows that decide how wide columns are.
const MEASURED_ROWS: usize = 500;

/// All decimals that are there, and at least two.
const EXACT: &str = "#,##0.00##########";

/// Tables as XLSX, the same bytes for the same tables.
///
/// # Errors
/// When a table has more rows than a worksheet.
pub fn xlsx(title: &str, sheets: &[Sheet]) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    // Without a date of ours the file would say when it was made.
    let epoch = ExcelDateTime::from_ymd(1970, 1, 1)?;
    let properties = DocProperties::new()
        .set_title(escape::visible(&escape::shortened(title, 200)))
        .set_creation_datetime(&epoch);
    workbook.set_properties(&properties);
    let mut names = BTreeSet::new();
    for sheet in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(legal_name(&sheet.name, &mut names))?;
        fill(worksheet, sheet)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// How a column shows its numbers.
struct Style {
    whole: Format,
    fraction: Format,
    text: Format,
}

impl Style {
    /// By the unit in the column's name.
    fn of(column: &str) -> Self {
        let is_one_of = |suffixes: &[&str]| suffixes.iter().any(|suffix| column.ends_with(suffix));
        // Built-in formats follow the reader's country.
        let built_in = |index| Format::new().set_num_format_index(index);
        Self {
            whole: built_in(3),
            fraction: if is_one_of(&["_ratio", "_share"]) {
                built_in(10)
            } else if is_one_of(&["_usd"]) {
                built_in(4)
            } else {
                Format::new().set_num_format(EXACT)
            },
            // Text that looks like a number stays text.
            text: built_in(49),
        }
    }
}

fn fill(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), RenderError> {
    if sheet.rows.len() >= MOST_ROWS {
        return Err(RenderError::TooManyRows {
            name: sheet.name.clone(),
            rows: sheet.rows.len(),
        });
    }
    let header = Format::new().set_bold();
    let exact = Format::new().set_num_format(EXACT);
    let digits = Format::new()
        .set_num_format("@")
        .set_align(FormatAlign::Right);
    for (column, name) in (0_u16..).zip(&sheet.columns) {
        worksheet.write_string_with_format(0, column, text(name), &header)?;
        worksheet.set_column_width(column, width(sheet, usize::from(column), name))?;
        let style = Style::of(name);
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            match cells.get(usize::from(column)) {
                None | Some(Cell::Empty) => {}
                Some(Cell::Text(value)) => {
                    worksheet.write_string_with_format(row, column, text(value), &style.text)?;
                }
                Some(Cell::Flag(flag)) => {
                    worksheet.write_boolean(row, column, *flag)?;
                }
                Some(cell) => {
                    let number = number(cell);
                    let format = match cell {
                        // More decimals than cents are there to be seen.
                        Cell::Decimal(_, 3..) if name.ends_with("_usd") => &exact,
                        Cell::Int(_) | Cell::Decimal(_, 0) => &style.whole,
                        _ => &style.fraction,
                    };
                    match number {
                        Ok(number) => {
                            worksheet.write_number_with_format(row, column, number, format)?;
                        }
                        Err(text) => {
                            worksheet.write_string_with_format(row, column, text, &digits)?;
                        }
                    }
                }
            }
        }
    }
    worksheet.set_freeze_panes(1, 0)?;
    let last_row = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    if let Some(last_column) = u16::try_from(sheet.columns.len())
        .ok()
        .and_then(|n| n.checked_sub(1))
    {
        worksheet.autofilter(0, 0, last_row, last_column)?;
    }
    Ok(())
}

/// A number that a spreadsheet keeps, or its digits.
fn number(cell: &Cell) -> Result<f64, String> {
    match cell {
        Cell::Int(number) if number.unsigned_abs() <= LARGEST => {
            number.to_f64().ok_or_else(|| number.to_string())
        }
        Cell::Decimal(number, decimals) => {
            let shown = fixed(*number, *decimals);
            let exact: Option<Decimal> = shown.parse().ok();
            let digits = exact.map_or(usize::MAX, significant_digits);
            let number = shown.parse().ok().filter(|_| digits <= DIGITS);
            number.ok_or(shown)
        }
        Cell::Int(number) => Err(number.to_string()),
        Cell::Text(_) | Cell::Flag(_) | Cell::Empty => Err(String::new()),
    }
}

fn significant_digits(number: Decimal) -> usize {
    let digits = number.normalize().mantissa().unsigned_abs().to_string();
    digits.trim_end_matches('0').len()
}

/// Text as a cell can hold it.
fn text(text: &str) -> String {
    let visible = escape::visible(text);
    if visible.encode_utf16().count() > MOST_TEXT {
        return escape::shortened(&visible, KEPT_TEXT).into_owned();
    }
    visible
}

/// A width that shows most cells whole.
fn width(sheet: &Sheet, column: usize, name: &str) -> f64 {
    let cells = sheet.rows.iter().take(MEASURED_ROWS);
    let cells = cells
        .filter_map(|row| row.get(column))
        .map(|cell| match cell {
            Cell::Empty => 0,
            Cell::Text(text) => layout::display_width(&escape::shortened(text, 60)),
            Cell::Int(number) => number.to_string().len() * 4 / 3,
            Cell::Decimal(number, decimals) => fixed(*number, *decimals).len() * 4 / 3,
            Cell::Flag(_) => 5,
        });
    // The header has a button beside it.
    let header = layout::display_width(name) + 4;
    let widest = cells.max().unwrap_or(0).max(header).clamp(8, 60);
    u8::try_from(widest).map_or(60.0, f64::from) + 1.0
}

/// A name that a worksheet may have, and that no other one has.
fn legal_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let name: String = escape::visible(name)
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { '_' } else { c })
        .collect();
    let name = match name.trim() {
        "" => "table",
        // Spreadsheets keep this name for themselves.
        name if name.eq_ignore_ascii_case("history") => "history_",
        name => name,
    };
    let mut number = 1;
    loop {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!("_{number}")
        };
        let mut legal = String::new();
        for c in name.chars() {
            if legal.encode_utf16().count() + c.len_utf16() + suffix.len() > MOST_NAME {
                break;
            }
            legal.push(c);
        }
        legal.push_str(&suffix);
        // Names differ in more than case.
        if taken.insert(legal.to_lowercase()) {
            return legal;
        }
        number += 1;
    }
}
