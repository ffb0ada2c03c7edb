//! Query results in every format, onto one writer.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
};

use anyhow::Context;
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use edgeledger_report::{escape_markdown, escape_terminal};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use crate::{
    args::SqlFormat,
    cells::{for_each_row, is_number},
    exit::UsageError,
};

/// Where results go.
pub(crate) fn writer(
    out: Option<&Path>,
    format: SqlFormat,
) -> anyhow::Result<Box<dyn Write + Send>> {
    match out {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        None if format == SqlFormat::Parquet && io::stdout().is_terminal() => {
            let error = UsageError::new("Parquet is not for a terminal");
            Err(error.with_hint("add --out FILE, or redirect stdout").into())
        }
        None => Ok(Box::new(BufWriter::new(io::stdout()))),
    }
}

/// Writes a whole result.
pub(crate) fn write(
    mut to: impl Write + Send,
    format: SqlFormat,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> anyhow::Result<()> {
    match format {
        SqlFormat::Table => to.write_all(table(schema, batches)?.as_bytes())?,
        SqlFormat::Markdown => to.write_all(markdown(schema, batches)?.as_bytes())?,
        SqlFormat::Csv => {
            let mut writer = arrow::csv::WriterBuilder::new()
                .with_header(true)
                .with_timestamp_format("%Y-%m-%d %H:%M:%S%.f".to_owned())
                .with_timestamp_tz_format("%Y-%m-%d %H:%M:%S%.f".to_owned())
                .build(&mut to);
            writer.write(&RecordBatch::new_empty(schema.clone()))?;
            for batch in batches {
                writer.write(batch)?;
            }
        }
        SqlFormat::Ndjson => {
            let mut writer = arrow::json::LineDelimitedWriter::new(&mut to);
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.finish()?;
        }
        SqlFormat::Json => {
            let mut writer = arrow::json::ArrayWriter::new(&mut to);
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.finish()?;
            writeln!(to)?;
        }
        SqlFormat::Parquet => {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let mut writer = ArrowWriter::try_new(&mut to, schema.clone(), Some(properties))?;
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.close()?;
        }
    }
    to.flush()?;
    Ok(())
}

/// An aligned table. Log content is escaped: it must not steer the terminal.
fn table(schema: &SchemaRef, batches: &[RecordBatch]) -> anyhow::Result<String> {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        schema
            .fields()
            .iter()
            .map(|field| escape_terminal(field.name())),
    );
    for batch in batches {
        for_each_row(batch, |cells| {
            table.add_row(
                cells.into_iter().map(|cell| {
                    cell.map_or_else(|| "NULL".to_owned(), |cell| escape_terminal(&cell))
                }),
            );
            Ok(())
        })?;
    }
    for (at, field) in schema.fields().iter().enumerate() {
        if let (true, Some(column)) = (is_number(field.data_type()), table.column_mut(at)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Ok(format!("{table}\n"))
}

fn markdown(schema: &SchemaRef, batches: &[RecordBatch]) -> anyhow::Result<String> {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(
        schema
            .fields()
            .iter()
            .map(|field| escape_markdown(field.name()))
            .collect(),
    );
    let rules = schema.fields().iter().map(|field| {
        if is_number(field.data_type()) {
            "---:"
        } else {
            "---"
        }
    });
    text.push_str(&line(rules.map(str::to_owned).collect()));
    for batch in batches {
        for_each_row(batch, |cells| {
            text.push_str(&line(
                cells
                    .into_iter()
                    .map(|cell| escape_markdown(&cell.unwrap_or_default()))
                    .collect(),
            ));
            Ok(())
        })?;
    }
    Ok(text)
}
