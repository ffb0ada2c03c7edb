//! Tables of raw numbers as CSV files and workbooks.

use rust_decimal::Decimal;

use crate::{escape, numbers::fixed};

/// A table.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A count.
    Int(i64),
    /// A decimal with its decimals.
    Decimal(Decimal, u32),
    /// True or false.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T> From<Option<T>> for Cell
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::from)
    }
}

/// The table as CSV.
pub fn csv(sheet: &Sheet) -> String {
    let mut out = sheet.columns.join(",");
    out.push('\n');
    for row in &sheet.rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Text(text) => escape::csv(text),
                Cell::Int(number) => number.to_string(),
                Cell::Decimal(number, decimals) => fixed(*number, *decimals),
                Cell::Flag(flag) => flag.to_string(),
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// A stand-in.
///
/// # Errors
/// Never.
pub fn xlsx(_title: &str, _sheets: &[Sheet]) -> Result<Vec<u8>, crate::RenderError> {
    Ok(Vec::new())
}
