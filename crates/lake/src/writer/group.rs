//! A row group under construction: our own columns, and Parquet's for types that a log has none of.

use std::io::Write;

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, Field, FieldRef, Schema},
};
use parquet::{
    arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves},
    file::writer::SerializedRowGroupWriter,
    schema::types::SchemaDescriptor,
};

use rayon::prelude::*;

use super::{NUMBERS, PLAIN_TEXTS, number::NumberColumn, pages::Finished, text::TextColumn};
use crate::LakeError;

pub(super) struct RowGroup {
    columns: Vec<Column>,
    rows: usize,
}

enum Column {
    Text(Box<TextColumn>),
    Number(Box<NumberColumn>),
    Other(Box<ArrowColumnWriter>),
}

/// The columns that Parquet's own writers write.
pub(super) fn others(schema: &Schema) -> Schema {
    let is_other = |field: &Field| !is_text(field) && !NumberColumn::writes(field.data_type());
    let fields = schema.fields().iter().filter(|field| is_other(field));
    Schema::new(fields.cloned().collect::<Vec<_>>())
}

fn is_text(field: &Field) -> bool {
    let texts = [DataType::Utf8, DataType::Utf8View, DataType::LargeUtf8];
    texts.contains(field.data_type())
}

impl RowGroup {
    /// Starts a group; `writers` are Parquet's own, of [`others`].
    pub(super) fn new(
        columns: &SchemaDescriptor,
        schema: &Schema,
        writers: Vec<ArrowColumnWriter>,
    ) -> Self {
        let mut writers = writers.into_iter();
        let columns = schema.fields().iter().zip(columns.columns());
        let columns = columns.filter_map(|(field, column)| {
            if is_text(field) {
                let has_dictionary = !PLAIN_TEXTS.contains(&field.name().as_str());
                let column = TextColumn::new(column.clone(), has_dictionary);
                Some(Column::Text(Box::new(column)))
            } else if NumberColumn::writes(field.data_type()) {
                let mut encodings = NUMBERS.iter();
                let encoding = encodings.find(|(name, _)| name == field.name());
                let column = NumberColumn::new(column.clone(), encoding.map(|(_, it)| *it));
                Some(Column::Number(Box::new(column)))
            } else {
                writers.next().map(|writer| Column::Other(Box::new(writer)))
            }
        });
        Self {
            columns: columns.collect(),
            rows: 0,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds batches. Columns know nothing of each other: each is written by itself, beside others.
    pub(super) fn write(
        &mut self,
        batches: &[RecordBatch],
        schema: &Schema,
    ) -> Result<(), LakeError> {
        let write = |(at, (column, field)): (usize, (&mut Column, &FieldRef))| {
            let mut arrays = batches.iter().filter_map(|batch| batch.columns().get(at));
            arrays.try_for_each(|array| column.write(array, field))
        };
        let fields = schema.fields();
        if is_on_pool() {
            let columns = self.columns.par_iter_mut().zip(fields.par_iter());
            columns.enumerate().try_for_each(write)?;
        } else {
            let mut columns = self.columns.iter_mut().zip(fields).enumerate();
            columns.try_for_each(write)?;
        }
        self.rows += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        Ok(())
    }

    /// Lets go of the batches written last.
    pub(super) fn rest(&mut self) {
        for column in &mut self.columns {
            if let Column::Text(column) = column {
                column.rest();
            }
        }
    }

    /// Bytes that the group will take, about.
    pub(super) fn encoded_bytes(&self) -> usize {
        let columns = self.columns.iter();
        columns
            .map(|column| match column {
                Column::Text(column) => column.encoded_bytes(),
                Column::Number(column) => column.encoded_bytes(),
                Column::Other(column) => column.get_estimated_total_bytes(),
            })
            .sum()
    }

    /// Bytes held.
    pub(super) fn memory_bytes(&self) -> usize {
        let columns = self.columns.iter();
        columns
            .map(|column| match column {
                Column::Text(column) => column.memory_bytes(),
                Column::Number(column) => column.memory_bytes(),
                Column::Other(column) => column.memory_size(),
            })
            .sum()
    }

    /// Ends the group and puts it into its place in the file.
    pub(super) fn finish<W: Write + Send>(
        self,
        place: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), LakeError> {
        let columns: Result<Vec<_>, LakeError> = if is_on_pool() {
            let columns = self.columns.into_par_iter();
            columns.map(Column::finish).collect()
        } else {
            self.columns.into_iter().map(Column::finish).collect()
        };
        for column in columns? {
            match column {
                Ended::Ours(column) => place.append_column(&column.pages, column.close)?,
                Ended::Other(column) => column.append_to_row_group(place)?,
            }
        }
        Ok(())
    }
}

/// Whether there are threads to share the work with: whoever has none is not to get them here.
fn is_on_pool() -> bool {
    rayon::current_thread_index().is_some()
}

/// A column that is finished.
enum Ended {
    Ours(Finished),
    Other(ArrowColumnChunk),
}

impl Column {
    fn write(&mut self, array: &ArrayRef, field: &Field) -> Result<(), LakeError> {
        match self {
            Self::Text(column) => column.write(array)?,
            Self::Number(column) => column.write(array)?,
            Self::Other(column) => {
                for leaf in compute_leaves(field, array)? {
                    column.write(&leaf)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Ended, LakeError> {
        Ok(match self {
            Self::Text(column) => Ended::Ours(column.finish()?),
            Self::Number(column) => Ended::Ours(column.finish()?),
            Self::Other(column) => Ended::Other(column.close()?),
        })
    }
}
