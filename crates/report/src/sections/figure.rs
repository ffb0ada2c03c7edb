//! Tables and sources of figures, by the names of their columns.

use crate::{
    Report,
    document::{Block, Column, Detail, Source, Table, Text, foreign, numbers, own, words},
    figures::{Named, Rows, Value, query},
    format::{bytes, count, dash, percent, small_usd, usd},
};

/// A table of some columns of a figure, given by name and title. What a value is follows from the
/// column's name: `_bytes`, `_usd`, `_ratio` and `_share` are numbers of their kind, texts are
/// foreign.
pub(crate) fn table(
    caption: &'static str,
    rows: &Rows,
    columns: &[(&str, &'static str)],
    detail: Detail,
) -> Table {
    Table {
        caption,
        columns: columns
            .iter()
            .map(|(name, title)| column(rows, name, title))
            .collect(),
        rows: rows
            .iter()
            .map(|row| columns.iter().map(|(name, _)| cell(row, name)).collect())
            .collect(),
        totals: 0,
        detail,
    }
}

/// The queries behind the blocks before, to be shown where the medium can fold.
pub(super) fn sources(report: &Report, names: &[&'static str]) -> Block {
    let queries = names.iter().filter_map(|name| query(name));
    let sources = queries.map(|query| Source {
        name: query.name,
        sql: query.example(report.month, report.distribution.as_deref()),
    });
    Block::Sources(sources.collect())
}

/// Columns by the names of a figure's, for tables of its own.
pub(crate) fn columns(columns: &[(&str, &'static str)]) -> Vec<Column> {
    let columns = columns.iter();
    columns
        .map(|(name, title)| column(&Rows::default(), name, title))
        .collect()
}

fn column(rows: &Rows, name: &str, title: &'static str) -> Column {
    let is_number = rows
        .iter()
        .find_map(|row| match row.value(name) {
            None | Some(Value::Null) => None,
            Some(Value::Text(_) | Value::Flag(_)) => Some(false),
            Some(Value::Int(_) | Value::Decimal(..)) => Some(true),
        })
        .unwrap_or_else(|| {
            ["_bytes", "_usd", "_ratio", "_share", "requests"]
                .iter()
                .any(|end| name.ends_with(end))
        });
    if is_number {
        numbers(title)
    } else {
        words(title)
    }
}

/// A value of a figure as a cell of a table.
pub(super) fn cell(row: Named<'_>, name: &str) -> Text {
    match row.value(name) {
        None | Some(Value::Null) => own(dash()),
        Some(Value::Flag(flag)) => own(if *flag { "yes" } else { "no" }),
        Some(Value::Text(text)) => foreign(text),
        Some(Value::Int(number)) if name.ends_with("_bytes") => own(bytes(*number)),
        Some(Value::Int(number)) => own(count(*number)),
        Some(Value::Decimal(number, _)) if name.ends_with("_ratio") || name.ends_with("_share") => {
            own(percent(Some(*number), 2))
        }
        Some(Value::Decimal(number, 2)) => own(usd(*number)),
        Some(Value::Decimal(number, _)) => own(small_usd(*number)),
    }
}
