//! A row group under construction: our own columns, and Parquet's for types that a log has none of.

use std::io::Write;

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema},
};
use parquet::{
    arrow::arrow_writer::{ArrowColumnWriter, compute_leaves},
    file::writer::SerializedRowGroupWriter,
    schema::types::SchemaDescriptor,
};

use super::{NUMBERS, PLAIN_TEXTS, number::NumberColumn, text::TextColumn};
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

    pub(super) fn write(&mut self, batch: &RecordBatch, schema: &Schema) -> Result<(), LakeError> {
        let arrays = schema.fields().iter().zip(batch.columns());
        for (column, (field, array)) in self.columns.iter_mut().zip(arrays) {
            match column {
                Column::Text(column) => column.write(array)?,
                Column::Number(column) => column.write(array)?,
                Column::Other(column) => {
                    for leaf in compute_leaves(field, array)? {
                        column.write(&leaf)?;
                    }
                }
            }
        }
        self.rows += batch.num_rows();
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
        for column in self.columns {
            let finished = match column {
                Column::Text(column) => column.finish()?,
                Column::Number(column) => column.finish()?,
                Column::Other(column) => {
                    column.close()?.append_to_row_group(place)?;
                    continue;
                }
            };
            place.append_column(&finished.pages, finished.close)?;
        }
        Ok(())
    }
}
