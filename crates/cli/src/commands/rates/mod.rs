//! `edgeledger rates`: one file a subcommand.

mod diff;
mod import;
mod lines;
mod show;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use comfy_table::{CellAlignment, Table, presets};
use edgeledger_rates::{Month, PriceBook, Service};

use crate::{
    args::Global,
    exit::{Exit, UsageError},
    rates_args::Rates,
};

pub(crate) fn run(args: Rates, global: &Global) -> anyhow::Result<Exit> {
    match args {
        Rates::Show(args) => show::run(&args, global),
        Rates::Import(args) => import::run(args, global),
        Rates::Diff(args) => diff::run(&args, global),
    }
}

/// The services without a card in the month, each in words that name the months there are. An error
/// when it is all of them.
fn without_card(book: &PriceBook, month: Month) -> anyhow::Result<Vec<String>> {
    let services = [Service::CloudFront, Service::S3];
    let missing: Vec<String> = services
        .into_iter()
        .filter_map(|service| book.card_for(service, month).err())
        .map(|error| error.to_string())
        .collect();
    if missing.len() == services.len() {
        return Err(UsageError::new(missing.join("; ")).into());
    }
    Ok(missing)
}

fn new_table(header: &[&str], numbers: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_header(header);
    for (at, name) in header.iter().enumerate() {
        if let (true, Some(column)) = (numbers.contains(name), table.column_mut(at)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// One batch of text columns; a cell without a value is NULL.
fn batch(header: &[&'static str], rows: &[Vec<Option<String>>]) -> anyhow::Result<RecordBatch> {
    let columns = header.iter().enumerate().map(|(at, name)| {
        let cells = rows.iter().map(|row| row.get(at).cloned().flatten());
        let column: ArrayRef = Arc::new(cells.collect::<StringArray>());
        (*name, column, true)
    });
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}
