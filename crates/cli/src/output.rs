//! Query results in every format, batch by batch onto one writer.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use arrow::{
    array::RecordBatch,
    csv,
    datatypes::SchemaRef,
    json::{
        self,
        writer::{JsonArray, LineDelimited},
    },
};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use edgeledger_query::{QueryError, Session, execute};
use edgeledger_report::{escape_markdown, escape_terminal};
use futures::StreamExt;
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use crate::{
    args::SqlFormat,
    cells::{for_each_row, is_number},
    exit::UsageError,
    stdout::Stdout,
};

type Target = Box<dyn Write + Send>;

/// Where results go.
fn writer(out: Option<&Path>, format: SqlFormat) -> anyhow::Result<Target> {
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
        None => Ok(Box::new(BufWriter::new(Stdout::new()))),
    }
}

/// Runs a query and writes its result while it comes. `params` are the texts for its `$name`s.
pub(crate) async fn run_query(
    session: &Session,
    query: &str,
    params: &[(&str, &str)],
    out: Option<&Path>,
    format: SqlFormat,
) -> anyhow::Result<()> {
    let frame = session.plan_with(query, params).await?;
    let schema = Arc::clone(frame.schema().inner());
    let mut batches = execute(frame).await?;
    // Only now: a query that is wrong must not cost the last result.
    let mut sink = Sink::new(writer(out, format)?, format, schema)?;
    while let Some(batch) = batches.next().await {
        sink.write(&batch.map_err(QueryError::Failed)?)?;
    }
    sink.finish()
}

/// Writes a finished table to stdout.
pub(crate) fn write_batch(batch: &RecordBatch, format: SqlFormat) -> anyhow::Result<()> {
    let mut sink = Sink::new(writer(None, format)?, format, batch.schema())?;
    sink.write(batch)?;
    sink.finish()
}

/// One format's state. Tables are aligned, so they are held whole.
enum Sink {
    Csv(Box<csv::Writer<Target>>),
    Json(json::Writer<Target, JsonArray>),
    Ndjson(json::Writer<Target, LineDelimited>),
    Parquet(Box<ArrowWriter<Target>>),
    Table(Target, SchemaRef, Vec<RecordBatch>),
    Markdown(Target, SchemaRef, Vec<RecordBatch>),
}

impl Sink {
    fn new(to: Target, format: SqlFormat, schema: SchemaRef) -> anyhow::Result<Self> {
        const TIME: &str = "%Y-%m-%d %H:%M:%S%.f";
        let json = json::WriterBuilder::new().with_explicit_nulls(true);
        Ok(match format {
            SqlFormat::Table => Self::Table(to, schema, Vec::new()),
            SqlFormat::Markdown => Self::Markdown(to, schema, Vec::new()),
            SqlFormat::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .with_header(true)
                    .with_timestamp_format(TIME.to_owned())
                    .with_timestamp_tz_format(TIME.to_owned())
                    .build(to);
                // The header is there also when no row comes.
                writer.write(&RecordBatch::new_empty(schema))?;
                Self::Csv(Box::new(writer))
            }
            SqlFormat::Json => Self::Json(json.build(to)),
            SqlFormat::Ndjson => Self::Ndjson(json.build(to)),
            SqlFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .build();
                Self::Parquet(Box::new(ArrowWriter::try_new(
                    to,
                    schema,
                    Some(properties),
                )?))
            }
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        match self {
            Self::Csv(writer) => writer.write(batch)?,
            Self::Json(writer) => writer.write(batch)?,
            Self::Ndjson(writer) => writer.write(batch)?,
            Self::Parquet(writer) => writer.write(batch)?,
            Self::Table(_, _, batches) | Self::Markdown(_, _, batches) => {
                batches.push(batch.clone());
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        let mut to = match self {
            Self::Csv(writer) => writer.into_inner(),
            Self::Json(mut writer) => {
                writer.finish()?;
                let mut to = writer.into_inner();
                writeln!(to)?;
                to
            }
            Self::Ndjson(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Self::Parquet(writer) => writer.into_inner()?,
            Self::Table(mut to, schema, batches) => {
                to.write_all(table(&schema, &batches)?.as_bytes())?;
                to
            }
            Self::Markdown(mut to, schema, batches) => {
                to.write_all(markdown(&schema, &batches)?.as_bytes())?;
                to
            }
        };
        to.flush()?;
        Ok(())
    }
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
    let names = schema
        .fields()
        .iter()
        .map(|field| escape_markdown(field.name()));
    let mut text = line(names.collect());
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
            let cells = cells
                .into_iter()
                .map(|cell| escape_markdown(&cell.unwrap_or_default()));
            text.push_str(&line(cells.collect()));
            Ok(())
        })?;
    }
    Ok(text)
}
