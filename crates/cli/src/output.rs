//! Query results in every format, batch by batch onto one writer.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
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
use edgeledger_query::{Params, QueryError, Session, Statement, execute};
use edgeledger_report::{escape_markdown, escape_terminal};
use futures::{Stream, StreamExt, TryStreamExt};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use crate::{
    args::SqlFormat,
    cells::{for_each_row, is_number},
    exit::UsageError,
    progress::say,
    stdout::Stdout,
};

/// What a result is written to.
pub(crate) type Target = Box<dyn Write + Send>;

/// Where results go.
fn writer(out: Option<&Path>, format: SqlFormat, is_first: bool) -> anyhow::Result<Target> {
    match out {
        Some(path) => {
            let file = if is_first {
                File::create(path)
            } else {
                File::options().append(true).open(path)
            };
            let file = file.with_context(|| format!("cannot write `{}`", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        None if format == SqlFormat::Parquet && io::stdout().is_terminal() => {
            let error = UsageError::new("Parquet is not for a terminal");
            Err(error.with_hint("add --out FILE, or redirect stdout").into())
        }
        None if io::stdout().is_terminal() => Ok(Box::new(ToTerminal::default())),
        None => Ok(Box::new(BufWriter::new(Stdout::new()))),
    }
}

/// Lines on a terminal: nothing that logs hold steers it, in no format.
#[derive(Default)]
struct ToTerminal {
    line: Vec<u8>,
}

impl ToTerminal {
    fn write_line(&mut self, end: &str) -> io::Result<()> {
        let line = escape_terminal(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        let mut out = Stdout::new();
        out.write_all(line.as_bytes())?;
        out.write_all(end.as_bytes())
    }
}

impl Write for ToTerminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(part) = part.strip_suffix(b"\n") {
                self.line.extend_from_slice(part);
                self.write_line("\n")?;
            } else {
                self.line.extend_from_slice(part);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.write_line("")?;
        }
        Stdout::new().flush()
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
    let batches = execute(frame).await?;
    let mut results = Results::new(out, format, 0);
    results
        .write(schema, batches.map_err(QueryError::of_run))
        .await
}

/// The results of statements, one after another.
#[derive(Debug)]
pub(crate) struct Results {
    out: Option<PathBuf>,
    format: SqlFormat,
    /// Rows of each that are shown at most.
    max_rows: Option<usize>,
    written: usize,
}

impl Results {
    /// `max_rows` is for tables on a terminal; 0 is all.
    pub(crate) fn new(out: Option<&Path>, format: SqlFormat, max_rows: usize) -> Self {
        let is_shown = max_rows > 0
            && out.is_none()
            && format == SqlFormat::Table
            && io::stdout().is_terminal();
        Self {
            out: out.map(Path::to_path_buf),
            format,
            max_rows: is_shown.then_some(max_rows),
            written: 0,
        }
    }

    /// Runs a statement and writes its result while it comes.
    pub(crate) async fn run(
        &mut self,
        session: &Session,
        statement: Statement,
        params: &Params,
    ) -> anyhow::Result<()> {
        let frame = session.plan_statement(statement, params).await?;
        let schema = Arc::clone(frame.schema().inner());
        let batches = execute(frame).await?;
        self.write(schema, batches.map_err(QueryError::of_run))
            .await
    }

    async fn write(
        &mut self,
        schema: SchemaRef,
        batches: impl Stream<Item = Result<RecordBatch, QueryError>>,
    ) -> anyhow::Result<()> {
        let mut batches = std::pin::pin!(batches);
        if schema.fields().is_empty() {
            // A statement like CREATE VIEW says nothing.
            while batches.next().await.transpose()?.is_some() {}
            return Ok(());
        }
        let is_first = self.written == 0;
        if !is_first && self.format == SqlFormat::Parquet {
            let error = UsageError::new("a Parquet file holds the result of one statement");
            return Err(error.with_hint("run the statements one by one").into());
        }
        // Only now: a query that is wrong must not cost the last result.
        let mut to = writer(self.out.as_deref(), self.format, is_first)?;
        if !is_first
            && matches!(
                self.format,
                SqlFormat::Table | SqlFormat::Csv | SqlFormat::Markdown
            )
        {
            writeln!(to)?;
        }
        self.written += 1;
        let mut sink = Sink::new(to, self.format, schema)?;
        let mut left = self.max_rows.unwrap_or(usize::MAX);
        let mut is_cut = false;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            is_cut = batch.num_rows() > left;
            let shown = batch.slice(0, batch.num_rows().min(left));
            left -= shown.num_rows();
            sink.write(&shown)?;
            if is_cut {
                break;
            }
        }
        sink.finish()?;
        if let (true, Some(rows)) = (is_cut, self.max_rows) {
            say(&format!(
                "only the first {rows} rows; --max-rows 0 shows all"
            ));
        }
        Ok(())
    }
}

/// Writes a finished table to stdout.
pub(crate) fn write_batch(batch: &RecordBatch, format: SqlFormat) -> anyhow::Result<()> {
    let mut sink = Sink::new(writer(None, format, true)?, format, batch.schema())?;
    sink.write(batch)?;
    sink.finish()
}

/// One format's state. Tables are aligned, so they are held whole.
pub(crate) enum Sink {
    Csv(Box<csv::Writer<Target>>),
    Json(json::Writer<Target, JsonArray>),
    Ndjson(json::Writer<Target, LineDelimited>),
    Parquet(Box<ArrowWriter<Target>>),
    Table(Target, SchemaRef, Vec<RecordBatch>),
    Markdown(Target, SchemaRef, Vec<RecordBatch>),
}

impl Sink {
    pub(crate) fn new(to: Target, format: SqlFormat, schema: SchemaRef) -> anyhow::Result<Self> {
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

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
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

    pub(crate) fn finish(self) -> anyhow::Result<()> {
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
