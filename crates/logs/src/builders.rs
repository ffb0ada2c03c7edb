//! Rows into Arrow batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int16Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::columns::{COLUMNS, Cells, Kind, is_null};
use crate::row::Numbers;
use crate::texts::Texts;
use crate::wanted::Columns;

/// A batch ends early when its rows hold this much text, so that long lines need no more memory
/// than short ones, and no column comes near the 2 GiB that 32-bit offsets can reach.
const MAX_BATCH_TEXT_BYTES: usize = 32 << 20;

/// Rows of the fast path, column by column.
pub(crate) enum Column<'a> {
    Text(&'a mut Texts),
    Unique(&'a mut StringBuilder),
    Int64(&'a mut Int64Builder),
    Int32(&'a mut Int32Builder),
    Int16(&'a mut Int16Builder),
}

/// The columns of the batch under construction.
#[derive(Debug)]
pub(crate) struct Builders {
    batch_rows: usize,
    /// Whether batches have dictionaries.
    dictionaries: bool,
    schema: SchemaRef,
    time: TimestampMicrosecondBuilder,
    values: Vec<Values>,
    extra: Option<StringBuilder>,
    log_line: Option<Int64Builder>,
    n_rows: usize,
    text_bytes: usize,
    /// Rows of all batches.
    total_rows: u64,
}

#[derive(Debug)]
enum Values {
    Text(Texts),
    /// Text that hardly ever comes twice.
    Unique(StringBuilder),
    Int64(Int64Builder),
    Int32(Int32Builder),
    Int16(Int16Builder),
    /// Of a column that is not wanted.
    None,
}

impl Builders {
    pub(crate) fn new(batch_rows: usize, dictionaries: bool, columns: &Columns) -> Self {
        let values = COLUMNS.iter().enumerate();
        let values = values.map(|(slot, column)| match column.kind {
            _ if !columns.has(slot) => Values::None,
            Kind::Text if column.is_unique() => Values::Unique(StringBuilder::with_capacity(0, 0)),
            Kind::Text => Values::Text(Texts::new()),
            Kind::Integer | Kind::Bytes | Kind::Seconds => {
                Values::Int64(Int64Builder::with_capacity(0))
            }
            Kind::Port => Values::Int32(Int32Builder::with_capacity(0)),
            Kind::Status => Values::Int16(Int16Builder::with_capacity(0)),
        });
        Builders {
            batch_rows,
            dictionaries,
            schema: columns.schema(dictionaries),
            time: TimestampMicrosecondBuilder::with_capacity(0).with_timezone("UTC"),
            values: values.collect(),
            extra: columns
                .has_extra()
                .then(|| StringBuilder::with_capacity(0, 0)),
            log_line: columns
                .has_log_line()
                .then(|| Int64Builder::with_capacity(0)),
            n_rows: 0,
            text_bytes: 0,
            total_rows: 0,
        }
    }

    /// Appends one row.
    pub(crate) fn push(
        &mut self,
        time_us: i64,
        cells: &Cells<'_>,
        numbers: &Numbers,
        extra: Option<&str>,
        log_line: u64,
    ) {
        self.time.append_value(time_us);
        for ((values, text), number) in self.values.iter_mut().zip(cells.values).zip(*numbers) {
            match values {
                Values::Text(builder) if is_null(text) => builder.append_nulls(1),
                Values::Text(builder) => {
                    builder.append(text);
                    self.text_bytes += text.len();
                }
                Values::Unique(builder) if is_null(text) => builder.append_null(),
                Values::Unique(builder) => {
                    builder.append_value(text);
                    self.text_bytes += text.len();
                }
                Values::Int64(builder) => builder.append_option(number),
                Values::Int32(builder) => {
                    builder.append_option(number.and_then(|n| i32::try_from(n).ok()));
                }
                Values::Int16(builder) => {
                    builder.append_option(number.and_then(|n| i16::try_from(n).ok()));
                }
                Values::None => {}
            }
        }
        if let Some(builder) = &mut self.extra {
            builder.append_option(extra);
            self.text_bytes += extra.map_or(0, str::len);
        }
        if let Some(builder) = &mut self.log_line {
            builder.append_value(i64::try_from(log_line).unwrap_or(i64::MAX));
        }
        self.n_rows += 1;
        self.total_rows += 1;
    }

    /// Rows of `text_bytes` of text that may be added before the batch is full.
    pub(crate) fn room(&self, text_bytes: usize) -> usize {
        if self.text_bytes + text_bytes < MAX_BATCH_TEXT_BYTES {
            self.batch_rows.saturating_sub(self.n_rows)
        } else {
            0
        }
    }

    /// The column of a slot, if it is wanted, to add rows of [`Builders::push_rows`] to.
    pub(crate) fn column(&mut self, slot: usize) -> Option<Column<'_>> {
        Some(match self.values.get_mut(slot)? {
            Values::Text(builder) => Column::Text(builder),
            Values::Unique(builder) => Column::Unique(builder),
            Values::Int64(builder) => Column::Int64(builder),
            Values::Int32(builder) => Column::Int32(builder),
            Values::Int16(builder) => Column::Int16(builder),
            Values::None => return None,
        })
    }

    /// Adds what is not in the columns of slots, of rows whose slots are added one by one.
    pub(crate) fn push_rows(&mut self, times_us: &[i64], first_line: u64, text_bytes: usize) {
        self.time.append_slice(times_us);
        if let Some(builder) = &mut self.extra {
            builder.append_nulls(times_us.len());
        }
        if let Some(builder) = &mut self.log_line {
            for (_, line) in times_us.iter().zip(first_line..) {
                builder.append_value(i64::try_from(line).unwrap_or(i64::MAX));
            }
        }
        self.n_rows += times_us.len();
        self.total_rows += u64::try_from(times_us.len()).unwrap_or(u64::MAX);
        self.text_bytes += text_bytes;
    }

    pub(crate) fn total_rows(&self) -> u64 {
        self.total_rows
    }

    pub(crate) fn is_full(&self) -> bool {
        self.n_rows >= self.batch_rows || self.text_bytes >= MAX_BATCH_TEXT_BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// Ends the batch. The next one starts with room for as much as this one held.
    pub(crate) fn end_batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let n_rows = std::mem::take(&mut self.n_rows);
        self.text_bytes = 0;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(COLUMNS.len() + 3);
        columns.push(Arc::new(self.time.finish()));
        self.time = TimestampMicrosecondBuilder::with_capacity(n_rows).with_timezone("UTC");
        for values in &mut self.values {
            columns.push(match values {
                Values::Text(builder) => builder.finish(self.dictionaries)?,
                Values::Unique(builder) => end_text(builder, n_rows),
                Values::Int64(builder) => {
                    let column = builder.finish();
                    *builder = Int64Builder::with_capacity(n_rows);
                    Arc::new(column)
                }
                Values::Int32(builder) => {
                    let column = builder.finish();
                    *builder = Int32Builder::with_capacity(n_rows);
                    Arc::new(column)
                }
                Values::Int16(builder) => {
                    let column = builder.finish();
                    *builder = Int16Builder::with_capacity(n_rows);
                    Arc::new(column)
                }
                Values::None => continue,
            });
        }
        if let Some(builder) = &mut self.extra {
            columns.push(end_text(builder, n_rows));
        }
        if let Some(builder) = &mut self.log_line {
            columns.push(Arc::new(builder.finish()));
            *builder = Int64Builder::with_capacity(n_rows);
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn end_text(builder: &mut StringBuilder, n_rows: usize) -> ArrayRef {
    let text_bytes = builder.values_slice().len();
    let column = builder.finish();
    *builder = StringBuilder::with_capacity(n_rows, text_bytes + text_bytes / 8);
    Arc::new(column)
}
