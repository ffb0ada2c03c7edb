//! Writes the Parquet files of `requests`: one partition, one file at a time, in memory.

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{SchemaRef, TimestampMicrosecondType},
};
use bytes::Bytes;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};

use crate::LakeError;

/// Encoded bytes after which a row group is ended.
const ROW_GROUP_BYTES: usize = 32 << 20;

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
#[derive(Debug)]
pub struct DataFileWriter {
    partition: Partition,
    writer: ArrowWriter<Vec<u8>>,
    row_group_bytes: usize,
    rows: i64,
    min_time_us: i64,
    max_time_us: i64,
}

impl DataFileWriter {
    /// Starts a file for batches of `schema` (the table's columns without the partition's).
    ///
    /// # Errors
    /// When the schema cannot be written as Parquet.
    pub fn new(partition: Partition, schema: SchemaRef) -> Result<Self, LakeError> {
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options())?;
        Ok(Self {
            partition,
            writer,
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
        self.writer.write(batch)?;
        // Rows are of any width: a group is ended by its size, and not only by its rows.
        if self.writer.in_progress_size() >= self.row_group_bytes {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Bytes of the file so far, without what is still being encoded.
    pub fn file_bytes(&self) -> usize {
        self.writer.bytes_written()
    }

    /// Bytes this file holds in memory now: finished pages and what is still being encoded.
    pub fn memory_bytes(&self) -> usize {
        self.writer.bytes_written() + self.writer.memory_size()
    }

    /// Finishes the file.
    ///
    /// # Errors
    /// When encoding fails.
    pub fn finish(self) -> Result<DataFile, LakeError> {
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

/// Request ids are unique and times nearly so: a dictionary of them is built only to be dropped.
fn properties() -> WriterProperties {
    let plain = |name: &str| ColumnPath::from(name);
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(256 * 1024))
        .set_column_dictionary_enabled(plain("request_id"), false)
        .set_column_dictionary_enabled(plain("time"), false)
        .set_column_dictionary_enabled(plain("log_line"), false)
        .build()
}

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
