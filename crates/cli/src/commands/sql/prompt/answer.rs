//! Where the rows of an answer go: to the screen or to a file.

use std::{
    io::{self, BufWriter, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgeledger_report::escape_terminal;

use super::{
    asking::Rows,
    reader::Screen,
    settings::{Expanded, Out, Settings},
};
use crate::{args::SqlFormat, grid::Grid, output::Sink};

/// Rows for the screen, as many as are shown.
pub(super) struct OnScreen {
    format: SqlFormat,
    limit: Option<usize>,
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    rows: usize,
    is_cut: bool,
}

impl OnScreen {
    pub(super) fn new(format: SqlFormat, limit: Option<usize>) -> Self {
        Self {
            format,
            limit,
            schema: None,
            batches: Vec::new(),
            rows: 0,
            is_cut: false,
        }
    }

    /// Rows that are shown.
    pub(super) fn count(&self) -> usize {
        self.rows
    }

    /// The text of the answer. `end` is its footer.
    pub(super) fn shown(
        self,
        settings: &Settings,
        screen: Screen,
        end: &str,
    ) -> anyhow::Result<String> {
        let Some(schema) = self.schema else {
            return Ok(String::new());
        };
        if schema.fields().is_empty() {
            // A statement like CREATE VIEW says nothing.
            return Ok("done\n".to_owned());
        }
        let mut remarks = String::new();
        let text = if self.format == SqlFormat::Table {
            let mut grid = Grid::new(&schema);
            for batch in &self.batches {
                grid.extend(batch)?;
            }
            let as_blocks = match settings.expanded {
                Expanded::On => true,
                Expanded::Off => false,
                Expanded::Auto => !grid.fits(screen.columns),
            };
            if as_blocks {
                grid.blocks(screen.columns)
            } else {
                let (table, left_out) = grid.table(screen.columns);
                if left_out > 0 {
                    remarks = format!("{left_out} columns had no room: \\x shows them\n");
                }
                table
            }
        } else {
            rendered(self.format, schema, &self.batches)?
        };
        if self.is_cut {
            remarks.push_str("there are more rows: \\limit N shows more, \\o FILE writes all\n");
        }
        let first = if self.is_cut { "first " } else { "" };
        Ok(format!("{text}({first}{end})\n{remarks}"))
    }
}

impl Rows for OnScreen {
    fn begin(&mut self, schema: &SchemaRef) -> anyhow::Result<()> {
        self.schema = Some(Arc::clone(schema));
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<bool> {
        let room = self.limit.map_or(usize::MAX, |limit| limit - self.rows);
        let kept = batch.num_rows().min(room);
        if kept > 0 {
            self.batches.push(batch.slice(0, kept));
            self.rows += kept;
        }
        self.is_cut = kept < batch.num_rows();
        Ok(!self.is_cut)
    }
}

/// An answer in one of the formats for programs, harmless to the terminal.
fn rendered(
    format: SqlFormat,
    schema: SchemaRef,
    batches: &[RecordBatch],
) -> anyhow::Result<String> {
    let written = Shared::default();
    let mut sink = Sink::new(Box::new(written.clone()), format, schema)?;
    for batch in batches {
        sink.write(batch)?;
    }
    sink.finish()?;
    let bytes = mem::take(&mut *written.0.lock().unwrap_or_else(PoisonError::into_inner));
    let text = String::from_utf8(bytes).context("the answer is no text")?;
    Ok(text
        .lines()
        .map(|line| escape_terminal(line) + "\n")
        .collect())
}

/// A buffer that stays in hand while something writes to it.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Rows for a file, all of them, as they come.
pub(super) struct ToFile<'a> {
    out: &'a mut Out,
    format: SqlFormat,
    sink: Option<Sink>,
    rows: usize,
}

impl<'a> ToFile<'a> {
    pub(super) fn new(out: &'a mut Out, format: SqlFormat) -> Self {
        Self {
            out,
            format,
            sink: None,
            rows: 0,
        }
    }

    /// Ends the file, and says how many rows it got.
    pub(super) fn finish(self) -> anyhow::Result<usize> {
        if let Some(sink) = self.sink {
            sink.finish()?;
        }
        Ok(self.rows)
    }

    /// Gives up; whether anything may have been written.
    pub(super) fn undo(self) -> bool {
        self.sink.is_some()
    }
}

impl Rows for ToFile<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> anyhow::Result<()> {
        if schema.fields().is_empty() {
            return Ok(());
        }
        let file = BufWriter::new(self.out.next(self.format)?);
        self.sink = Some(Sink::new(Box::new(file), self.format, Arc::clone(schema))?);
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<bool> {
        if let Some(sink) = &mut self.sink {
            sink.write(batch)?;
        }
        self.rows += batch.num_rows();
        Ok(true)
    }
}
