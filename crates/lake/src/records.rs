//! Reading `log_files` back: the last word on each key.

use std::collections::BTreeMap;

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, StringArray},
    datatypes::{DataType, Int64Type, TimestampMicrosecondType},
    error::ArrowError,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    LakeError, LogFile, Status,
    redo::Numbered,
    table::{Table, TableFile},
};

/// The last record of each key, with the number of the commit that told it.
pub(crate) type Records = BTreeMap<String, (i64, LogFile)>;

impl Table {
    /// The last records in some files of `log_files`, of the keys that are `wanted`.
    pub(crate) async fn records(
        &self,
        files: &[TableFile],
        wanted: &(dyn Fn(&LogFile) -> bool + Sync),
    ) -> Result<Records, LakeError> {
        let mut records = Records::new();
        for file in files {
            for (txn, record) in self.all_records(file).await? {
                if wanted(&record) {
                    remember(&mut records, txn, record);
                }
            }
        }
        Ok(records)
    }

    /// Every record of a file of `log_files`.
    pub(crate) async fn all_records(
        &self,
        file: &TableFile,
    ) -> Result<Vec<(i64, LogFile)>, LakeError> {
        let bytes = self.read(&file.path).await?;
        // The decoder may panic on damage.
        let reading = tokio::task::spawn_blocking(move || {
            let mut records = Vec::new();
            for batch in ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()? {
                records.extend(from_batch(&batch?)?);
            }
            Ok(records)
        });
        reading.await.unwrap_or_else(|_| {
            Err(LakeError::Damaged {
                what: format!("{}/{}", self.name(), file.path),
                reason: "the decoder gave up".to_owned(),
            })
        })
    }
}

/// Of several records of a key the last one counts.
pub(crate) fn remember(records: &mut Records, txn: i64, record: LogFile) {
    if records
        .get(&record.key)
        .is_none_or(|(other, _)| *other <= txn)
    {
        records.insert(record.key.clone(), (txn, record));
    }
}

pub(crate) fn remember_all(records: &mut Records, commits: &[Numbered]) {
    for commit in commits {
        for record in &commit.redo.log_files {
            remember(records, commit.txn, record.clone());
        }
    }
}

/// The rows of a batch of `log_files`, each with its commit's number.
pub(crate) fn from_batch(batch: &RecordBatch) -> Result<Vec<(i64, LogFile)>, ArrowError> {
    let column = |name: &str, data_type: &DataType| -> Result<ArrayRef, ArrowError> {
        let column = batch
            .column_by_name(name)
            .ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")))?;
        arrow::compute::cast(column, data_type)
    };
    let text = |name: &str| column(name, &DataType::Utf8);
    let int = |name: &str| column(name, &DataType::Int64);
    let texts = [
        text("key")?,
        text("etag")?,
        text("distribution")?,
        text("hour")?,
        text("status")?,
        text("reason")?,
        text("first_rejects")?,
        text("columns")?,
        text("parser_version")?,
    ];
    let [
        key,
        etag,
        distribution,
        hour,
        status,
        reason,
        first_rejects,
        columns,
        parser_version,
    ] = texts.each_ref().map(AsArray::as_string::<i32>);
    let ints = [
        int("size_bytes")?,
        int("rows")?,
        int("rejected_rows")?,
        int("forgotten_rows")?,
        int("uncompressed_bytes")?,
        int("txn")?,
    ];
    let [
        size,
        rows,
        rejected_rows,
        forgotten_rows,
        uncompressed_bytes,
        txn,
    ] = ints.each_ref().map(AsArray::as_primitive::<Int64Type>);
    let times = batch
        .column_by_name("ingested_at")
        .and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| ArrowError::SchemaError("no column `ingested_at`".to_owned()))?;
    let optional = |array: &StringArray, row| {
        let text = array.is_valid(row).then(|| array.value(row));
        text.map(str::to_owned)
    };
    (0..batch.num_rows())
        .map(|row| {
            let word = status.value(row);
            let record = LogFile {
                key: key.value(row).to_owned(),
                etag: etag.value(row).to_owned(),
                size_bytes: size.value(row),
                distribution: optional(distribution, row),
                hour: optional(hour, row),
                status: Status::parse(word).ok_or_else(|| {
                    let word = word.escape_debug();
                    ArrowError::ParseError(format!("unknown status `{word}` in `log_files`"))
                })?,
                reason: optional(reason, row),
                rows: rows.value(row),
                rejected_rows: rejected_rows.value(row),
                forgotten_rows: forgotten_rows.value(row),
                first_rejects: optional(first_rejects, row),
                uncompressed_bytes: uncompressed_bytes.value(row),
                columns: optional(columns, row),
                parser_version: parser_version.value(row).to_owned(),
                ingested_at_us: times.value(row),
            };
            Ok((txn.value(row), record))
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Records, from_batch, remember_all};
    use crate::{
        LogFile, Status, log_files,
        redo::{Numbered, Redo},
    };

    pub(crate) fn record(key: &str, rows: i64) -> LogFile {
        LogFile {
            key: key.to_owned(),
            etag: "e".to_owned(),
            size_bytes: 1,
            distribution: Some("E2".to_owned()),
            hour: None,
            status: Status::Ingested,
            reason: Some("why".to_owned()),
            rows,
            rejected_rows: 2,
            forgotten_rows: 3,
            first_rejects: None,
            uncompressed_bytes: 4,
            columns: Some("date time".to_owned()),
            parser_version: "p".to_owned(),
            ingested_at_us: 5,
        }
    }

    fn commit(txn: i64, log_files: Vec<LogFile>) -> Numbered {
        let batch = uuid::Uuid::nil();
        Numbered {
            txn,
            redo: Redo { batch, log_files },
        }
    }

    #[test]
    fn records_come_back_as_they_were_written_and_the_last_word_counts() {
        let commits = [
            commit(1, vec![record("a", 1), record("b", 2)]),
            commit(2, vec![record("a", 7)]),
        ];
        let rows = from_batch(&log_files::to_batch(&commits).unwrap()).unwrap();
        assert_eq!(
            rows,
            [
                (1, record("a", 1)),
                (1, record("b", 2)),
                (2, record("a", 7))
            ]
        );
        let mut records = Records::new();
        remember_all(&mut records, &commits);
        let last: Vec<_> = records.into_values().collect();
        assert_eq!(last, [(2, record("a", 7)), (1, record("b", 2))]);
    }
}
