//! Raw tables for machines and spreadsheets: CSV and XLSX.
//!
//! Text is data here: in CSV all of it is kept, and in neither can it become a formula or a link.

mod xlsx;

use rust_decimal::Decimal;

use crate::{escape, numbers::fixed};

pub use xlsx::xlsx;

/// A table of raw values.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Our own word for the table, such as `cost_lines`.
    pub name: String,
    /// Names with their units, such as `egress_bytes`, which decide how a spreadsheet shows numbers.
    pub columns: Vec<String>,
    /// As many cells by row as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A raw value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// What does not exist.
    Empty,
    /// Any text, from logs too.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number and how many decimals it is written with.
    Decimal(Decimal, u32),
    /// Yes or no.
    Flag(bool),
}

impl Sheet {
    /// A table whose rows have as many cells as it has columns.
    pub fn new<const N: usize>(
        name: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Cell; N]>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.map(str::to_owned).into(),
            rows: rows.into_iter().map(Vec::from).collect(),
        }
    }
}

impl Cell {
    /// USD in cents.
    pub fn cents(usd: Decimal) -> Self {
        Self::Decimal(usd, 2)
    }

    /// USD with all the decimals that costs are computed with.
    pub fn exact_usd(usd: Decimal) -> Self {
        Self::Decimal(usd, 12)
    }

    /// A ratio or a share.
    pub fn ratio(ratio: Decimal) -> Self {
        Self::Decimal(ratio, 6)
    }

    /// A number that may not exist.
    pub fn optional(value: Option<Decimal>, cell: fn(Decimal) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }
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

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
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

/// A table as CSV: RFC 4180 with a header row, LF line ends, numbers without separators, empty cells
/// for what does not exist.
pub fn csv(sheet: &Sheet) -> String {
    let columns: Vec<String> = sheet.columns.iter().map(|name| escape::csv(name)).collect();
    let mut out = columns.join(",");
    out.push('\n');
    for row in &sheet.rows {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => out.push_str(&escape::csv(text)),
                Cell::Int(number) => out.push_str(&number.to_string()),
                Cell::Decimal(number, decimals) => out.push_str(&fixed(*number, *decimals)),
                Cell::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Cell, Sheet, csv};

    #[test]
    fn csv_has_raw_numbers_and_harmless_text() {
        let sheet = Sheet::new(
            "costs",
            ["name", "requests", "cost_usd", "hit_ratio", "complete"],
            [
                [
                    "=cmd|'/c calc'!A0".into(),
                    i64::MIN.into(),
                    Cell::cents(Decimal::new(-12_345, 3)),
                    Cell::ratio(Decimal::new(5, 1)),
                    true.into(),
                ],
                [
                    "a,\"b\"\nc".into(),
                    None::<i64>.into(),
                    Cell::optional(None, Cell::cents),
                    Cell::exact_usd(Decimal::new(44, 8)),
                    Some(false).into(),
                ],
            ],
        );
        assert_eq!(
            csv(&sheet),
            "name,requests,cost_usd,hit_ratio,complete\n\
             '=cmd|'/c calc'!A0,-9223372036854775808,-12.35,0.500000,true\n\
             \"a,\"\"b\"\"\\nc\",,,0.000000440000,false\n"
        );
    }

    #[test]
    fn csv_keeps_long_text_whole() {
        let text = "x".repeat(100_000);
        let sheet = Sheet::new("long", ["path"], [[Cell::from(&text)]]);
        assert_eq!(csv(&sheet), format!("path\n{text}\n"));
    }
}
