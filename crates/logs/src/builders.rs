//! Rows into Arrow batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringBuilder, TimestampMicrosecondArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::columns::{COLUMNS, Cells, Kind, is_null};
use crate::numbers::{Numbers, Width};
use crate::row;
use crate::texts::{Texts, Uniques};
use crate::wanted::Columns;

/// A batch ends early when its rows hold this much text, so that long lines need no more memory
/// than short ones, and no column comes near the 2 GiB that 32-bit offsets can reach.
const MAX_BATCH_TEXT_BYTES: usize = 32 << 20;

/// Rows of the fast path, column by column.
pub(crate) enum Column<'a> {
    Text(&'a mut Texts),
    Unique(&'a mut Uniques),
    Number(&'a mut Numbers),
}

/// The columns of the batch under construction.
#[derive(Debug)]
pub(crate) struct Builders {
    batch_rows: usize,
    /// Whether batches have dictionaries.
    dictionaries: bool,
    schema: SchemaRef,
    times_us: Vec<i64>,
    values: Vec<Values>,
    extra: Option<StringBuilder>,
    log_lines: Option<Vec<i64>>,
    n_rows: usize,
    text_bytes: usize,
    /// Rows of all batches.
    total_rows: u64,
}

#[derive(Debug)]
enum Values {
    Text(Texts),
    /// Text that hardly ever comes twice.
    Unique(Uniques),
    Number(Numbers),
    /// Of a column that is not wanted.
    None,
}

impl Builders {
    pub(crate) fn new(batch_rows: usize, dictionaries: bool, columns: &Columns) -> Self {
        let values = COLUMNS.iter().enumerate();
        let values = values.map(|(slot, column)| match column.kind {
            _ if !columns.has(slot) => Values::None,
            Kind::Text if column.is_unique() => Values::Unique(Uniques::new()),
            Kind::Text => Values::Text(Texts::new()),
            Kind::Integer | Kind::Bytes | Kind::Seconds => Values::Number(Numbers::new(Width::I64)),
            Kind::Port => Values::Number(Numbers::new(Width::I32)),
            Kind::Status => Values::Number(Numbers::new(Width::I16)),
        });
        Builders {
            batch_rows,
            dictionaries,
            schema: columns.schema(dictionaries),
            times_us: Vec::new(),
            values: values.collect(),
            extra: columns
                .has_extra()
                .then(|| StringBuilder::with_capacity(0, 0)),
            log_lines: columns.has_log_line().then(Vec::new),
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
        numbers: &row::Numbers,
        extra: Option<&str>,
        log_line: u64,
    ) {
        self.times_us.push(time_us);
        for ((values, text), number) in self.values.iter_mut().zip(cells.values).zip(*numbers) {
            match values {
                Values::Text(texts) if is_null(text.as_bytes()) => texts.append_nulls(1),
                Values::Text(texts) => {
                    texts.append(text.as_bytes(), 1);
                    self.text_bytes += text.len();
                }
                Values::Unique(texts) if is_null(text.as_bytes()) => texts.append_nulls(1),
                Values::Unique(texts) => {
                    texts.append(text.as_bytes());
                    self.text_bytes += text.len();
                }
                Values::Number(numbers) => match number {
                    Some(number) => numbers.append(number),
                    None => numbers.append_nulls(1),
                },
                Values::None => {}
            }
        }
        if let Some(builder) = &mut self.extra {
            builder.append_option(extra);
            self.text_bytes += extra.map_or(0, str::len);
        }
        if let Some(log_lines) = &mut self.log_lines {
            log_lines.push(i64::try_from(log_line).unwrap_or(i64::MAX));
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
            Values::Text(texts) => Column::Text(texts),
            Values::Unique(texts) => Column::Unique(texts),
            Values::Number(numbers) => Column::Number(numbers),
            Values::None => return None,
        })
    }

    /// Takes numbers out again of rows that were not added to the end.
    pub(crate) fn forget_numbers(&mut self) {
        for values in &mut self.values {
            if let Values::Number(numbers) = values {
                numbers.truncate(self.n_rows);
            }
        }
    }

    /// Adds what is not in the columns of slots, of rows whose slots are added one by one.
    pub(crate) fn push_rows(&mut self, times_us: &[i64], first_line: u64, text_bytes: usize) {
        self.times_us.extend_from_slice(times_us);
        if let Some(builder) = &mut self.extra {
            builder.append_nulls(times_us.len());
        }
        if let Some(log_lines) = &mut self.log_lines {
            let first_line = i64::try_from(first_line).unwrap_or(i64::MAX);
            let lines = times_us.iter().zip(0..);
            log_lines.extend(lines.map(|(_, n)| first_line.saturating_add(n)));
        }
        self.n_rows += times_us.len();
        self.total_rows += u64::try_from(times_us.len()).unwrap_or(u64::MAX);
        self.text_bytes += text_bytes;
    }

    /// Counts rows from none again.
    pub(crate) fn start_over(&mut self) {
        self.total_rows = 0;
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
        let times_us = std::mem::replace(&mut self.times_us, Vec::with_capacity(n_rows));
        let times = TimestampMicrosecondArray::try_new(times_us.into(), None)?;
        columns.push(Arc::new(times.with_timezone("UTC")));
        for values in &mut self.values {
            columns.push(match values {
                Values::Text(texts) => texts.finish(self.dictionaries)?,
                Values::Unique(texts) => texts.finish()?,
                Values::Number(numbers) => numbers.finish()?,
                Values::None => continue,
            });
        }
        if let Some(builder) = &mut self.extra {
            columns.push(end_text(builder, n_rows));
        }
        if let Some(log_lines) = &mut self.log_lines {
            let log_lines = std::mem::replace(log_lines, Vec::with_capacity(n_rows));
            columns.push(Arc::new(Int64Array::try_new(log_lines.into(), None)?));
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
