//! Writes the Parquet files of `requests`: one partition, one file at a time, in memory.

mod delta;
mod group;
mod hybrid;
mod interner;
mod levels;
mod number;
mod pages;
#[cfg(test)]
mod round_trip;
mod text;
mod zstd;

use std::sync::Arc;

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{SchemaRef, TimestampMicrosecondType},
};
use bytes::Bytes;
use parquet::{
    arrow::{
        ArrowSchemaConverter,
        arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriterOptions},
    },
    basic::{Compression, Encoding, ZstdLevel},
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::ColumnPath,
};

use crate::LakeError;
use group::RowGroup;

/// Encoded bytes after which a row group is ended.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Rows after which it is.
const ROW_GROUP_ROWS: usize = 256 * 1024;

/// Rows after which both are looked at.
const STEP_ROWS: usize = 64 * 1024;

/// One folder of `requests`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// Distribution id; see [`Partition::new`].
    pub distribution: String,
    /// UTC day of the requests, in days since 1970-01-01.
    pub day: i32,
}

impl Partition {
    /// Checks that the distribution can name a folder: nothing from a log becomes a path unseen.
    ///
    /// # Errors
    /// When the name is empty, too long or holds other characters than `[A-Za-z0-9._-]`.
    pub fn new(distribution: &str, day: i32) -> Result<Self, LakeError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let fits = (1..=128).contains(&distribution.len());
        if !fits || distribution.starts_with('.') || !distribution.bytes().all(plain) {
            return Err(LakeError::DistributionName {
                name: distribution.escape_debug().to_string(),
            });
        }
        Ok(Self {
            distribution: distribution.to_owned(),
            day,
        })
    }

    /// The day as `YYYY-MM-DD`.
    pub fn date(&self) -> String {
        date(self.day)
    }
}

/// A day since 1970-01-01 as `YYYY-MM-DD`.
pub(crate) fn date(day: i32) -> String {
    chrono::DateTime::from_timestamp(i64::from(day) * 86_400, 0).map_or_else(
        || "0000-00-00".to_owned(),
        |time| time.format("%Y-%m-%d").to_string(),
    )
}

/// The UTC day of a time.
pub(crate) fn date_of(us: i64) -> String {
    date(i32::try_from(us.div_euclid(86_400_000_000)).unwrap_or(0))
}

/// A finished Parquet file, not yet in the store.
#[derive(Debug)]
pub struct DataFile {
    /// Where it belongs.
    pub partition: Partition,
    /// The file.
    pub bytes: Bytes,
    /// Its rows.
    pub rows: i64,
    /// Smallest event time, UTC microseconds.
    pub min_time_us: i64,
    /// Largest event time, UTC microseconds.
    pub max_time_us: i64,
}

/// Collects batches of one partition into a Parquet file.
pub struct DataFileWriter {
    partition: Partition,
    schema: SchemaRef,
    writer: SerializedFileWriter<Vec<u8>>,
    columns: ArrowRowGroupWriterFactory,
    group: Option<RowGroup>,
    row_group_bytes: usize,
    rows: i64,
    min_time_us: i64,
    max_time_us: i64,
}

impl std::fmt::Debug for DataFileWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DataFileWriter")
            .field("partition", &self.partition)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl DataFileWriter {
    /// Starts a file for batches of `schema` (the table's columns without the partition's). Text
    /// may come with a dictionary: with keys of 32 bits.
    ///
    /// # Errors
    /// When the schema cannot be written as Parquet.
    pub fn new(partition: Partition, schema: SchemaRef) -> Result<Self, LakeError> {
        let properties = Arc::new(properties());
        let parquet = ArrowSchemaConverter::new().convert(&schema)?;
        let writer = SerializedFileWriter::new(
            Vec::new(),
            parquet.root_schema_ptr(),
            Arc::clone(&properties),
        )?;
        // Parquet makes tables and buffers for every column that it is told of: not for ours.
        let others = Arc::new(group::others(&schema));
        let parquet = ArrowSchemaConverter::new().convert(&others)?;
        let others_writer =
            SerializedFileWriter::new(Vec::new(), parquet.root_schema_ptr(), properties)?;
        let columns = ArrowRowGroupWriterFactory::new(&others_writer, others);
        Ok(Self {
            partition,
            schema,
            writer,
            columns,
            group: None,
            row_group_bytes: ROW_GROUP_BYTES,
            rows: 0,
            min_time_us: i64::MAX,
            max_time_us: i64::MIN,
        })
    }

    /// Ends row groups also at `bytes`, so that a file can end at about that size.
    pub(crate) fn with_row_groups_of(self, bytes: usize) -> Self {
        let row_group_bytes = self.row_group_bytes.min(bytes);
        Self {
            row_group_bytes,
            ..self
        }
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// When the batch does not fit the schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.write_all(std::slice::from_ref(batch))
    }

    /// Adds batches, column by column on the threads at hand: the fewer calls, the better.
    ///
    /// # Errors
    /// When a batch does not fit the schema.
    pub fn write_all(&mut self, batches: &[RecordBatch]) -> Result<(), LakeError> {
        let mut together = Vec::with_capacity(batches.len());
        let mut n_together = 0;
        for batch in batches {
            self.see(batch);
            let mut at = 0;
            while at < batch.num_rows() {
                let n_before = self.group.as_ref().map_or(0, RowGroup::rows) + n_together;
                let n = (batch.num_rows() - at).min(ROW_GROUP_ROWS - n_before);
                together.push(batch.slice(at, n));
                n_together += n;
                at += n;
                if n_together >= STEP_ROWS || n_before + n >= ROW_GROUP_ROWS {
                    self.write_step(&together)?;
                    together.clear();
                    n_together = 0;
                }
            }
        }
        self.write_step(&together)
    }

    /// Takes note of the times and the number of rows.
    fn see(&mut self, batch: &RecordBatch) {
        let time = batch
            .column_by_name("time")
            .and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>());
        if let Some(time) = time {
            self.min_time_us = self
                .min_time_us
                .min(arrow::compute::min(time).unwrap_or(i64::MAX));
            self.max_time_us = self
                .max_time_us
                .max(arrow::compute::max(time).unwrap_or(i64::MIN));
        }
        self.rows += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
    }

    /// Adds batches that fit into the row group.
    fn write_step(&mut self, batches: &[RecordBatch]) -> Result<(), LakeError> {
        if batches.is_empty() {
            return Ok(());
        }
        let group = if let Some(group) = &mut self.group {
            group
        } else {
            let place = self.writer.flushed_row_groups().len();
            let writers = self.columns.create_column_writers(place)?;
            let columns = self.writer.schema_descr();
            self.group
                .insert(RowGroup::new(columns, &self.schema, writers))
        };
        group.write(batches, &self.schema)?;
        // Rows are of any width: a group is ended by its size, and not only by its rows.
        if group.rows() >= ROW_GROUP_ROWS || group.encoded_bytes() >= self.row_group_bytes {
            self.end_row_group()?;
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<(), LakeError> {
        if let Some(group) = self.group.take() {
            // Grown little by little, a file is copied again and again.
            self.writer.inner_mut().reserve(group.encoded_bytes());
            let mut place = self.writer.next_row_group()?;
            group.finish(&mut place)?;
            place.close()?;
        }
        Ok(())
    }

    /// Lets go of what it keeps of the batches written last, when others will come later only.
    pub fn rest(&mut self) {
        if let Some(group) = &mut self.group {
            group.rest();
        }
    }

    /// Bytes of the file so far, without what is still being encoded.
    pub fn file_bytes(&self) -> usize {
        self.writer.bytes_written()
    }

    /// Bytes this file holds in memory now: finished pages and what is still being encoded.
    pub fn memory_bytes(&self) -> usize {
        self.writer.bytes_written() + self.group.as_ref().map_or(0, RowGroup::memory_bytes)
    }

    /// Finishes the file.
    ///
    /// # Errors
    /// When encoding fails.
    pub fn finish(mut self) -> Result<DataFile, LakeError> {
        self.end_row_group()?;
        Ok(DataFile {
            partition: self.partition,
            bytes: self.writer.into_inner()?.into(),
            rows: self.rows,
            min_time_us: self.min_time_us,
            max_time_us: self.max_time_us,
        })
    }
}

/// Without the embedded Arrow schema our files and compacted ones read the same everywhere.
pub(crate) fn options() -> ArrowWriterOptions {
    ArrowWriterOptions::new()
        .with_properties(properties())
        .with_skip_arrow_metadata(true)
}

/// What is nearly unique has no dictionary: it would be built only to be dropped. Lines and times
/// grow little by little, and of other numbers the high bytes are alike.
fn properties() -> WriterProperties {
    let column = |name: &str| ColumnPath::from(name);
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for name in PLAIN_TEXTS {
        builder = builder.set_column_dictionary_enabled(column(name), false);
    }
    for (name, encoding) in NUMBERS {
        builder = builder
            .set_column_dictionary_enabled(column(name), false)
            .set_column_encoding(column(name), encoding);
    }
    builder.build()
}

/// Texts that hardly ever come twice.
const PLAIN_TEXTS: [&str; 3] = ["request_id", "connection_id", "extra"];

/// How numbers are written that are many: the others have a dictionary.
const NUMBERS: [(&str, Encoding); 6] = [
    ("time", Encoding::DELTA_BINARY_PACKED),
    ("log_line", Encoding::DELTA_BINARY_PACKED),
    ("response_bytes", Encoding::BYTE_STREAM_SPLIT),
    ("content_length", Encoding::BYTE_STREAM_SPLIT),
    ("request_bytes", Encoding::BYTE_STREAM_SPLIT),
    ("client_port", Encoding::PLAIN),
];

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn only_plain_names_become_folders() {
        assert!(Partition::new("E2EXAMPLE1RLS", 0).is_ok());
        assert!(Partition::new("d111111abcdef8.cloudfront.net", 0).is_ok());
        for name in [
            "",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "a b",
            "a%2fb",
            "é",
            &"x".repeat(129),
        ] {
            assert!(Partition::new(name, 0).is_err(), "{name}");
        }
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(Partition::new("E", 20_500).unwrap().date(), "2026-02-16");
        assert_eq!(Partition::new("E", -1).unwrap().date(), "1969-12-31");
    }
}
