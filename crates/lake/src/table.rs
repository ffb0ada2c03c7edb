//! One Delta table: open or create, list its files, commit to it.

use std::{collections::HashMap, sync::Arc};

use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};
use deltalake::{
    DeltaTable, DeltaTableError,
    kernel::{
        Action, Add, DataType, PrimitiveType, StructField, Transaction,
        transaction::{CommitBuilder, CommitProperties, TableReference, TransactionError},
    },
    logstore::{LogStoreRef, StorageConfig, default_logstore},
    operations::create::CreateBuilder,
    protocol::{DeltaOperation, SaveMode},
};
use object_store::{ObjectStoreExt, PutPayload, path::Path};

use crate::{LakeError, LogFile, storage::Storage};

/// Name under which ingest numbers its commits in both tables.
const APP_ID: &str = "edgeledger-ingest";

/// A live file of a table's snapshot.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) path: Path,
    pub(crate) size_bytes: u64,
    pub(crate) partition_values: HashMap<String, Option<String>>,
    pub(crate) stats: FileStats,
}

/// What our writers record about a file; foreign writers may record less.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FileStats {
    pub(crate) rows: Option<i64>,
    pub(crate) time_us: Option<(i64, i64)>,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It is in the log.
    Done,
    /// Another writer came first: reload, replay, plan again.
    Lost,
}

#[derive(Debug)]
pub(crate) struct Table {
    name: &'static str,
    delta: DeltaTable,
}

impl Table {
    /// Opens the table's newest version; `None` when there is none.
    pub(crate) async fn open(
        storage: &Storage,
        name: &'static str,
    ) -> Result<Option<Self>, LakeError> {
        const ATTEMPTS: usize = 3;
        let mut delta = DeltaTable::new(log_store(storage, name)?);
        for attempt in 1..=ATTEMPTS {
            let error = match delta.load().await {
                Ok(()) => break,
                Err(DeltaTableError::NotATable(_) | DeltaTableError::InvalidVersion(_)) => {
                    return Ok(None);
                }
                Err(error) => error,
            };
            // The kernel reports an empty or missing log folder in its own words.
            if !delta.verify_deltatable_existence().await? {
                return Ok(None);
            }
            // It may have been missing a moment ago: another run is making the lake.
            if attempt == ATTEMPTS {
                return Err(error.into());
            }
        }
        let table = Self { name, delta };
        table.check_protocol()?;
        Ok(Some(table))
    }

    /// Opens the table, making it first if it is missing; safe beside others doing the same.
    pub(crate) async fn open_or_create(
        storage: &Storage,
        name: &'static str,
        schema: &Schema,
        partition_columns: &[&str],
    ) -> Result<Self, LakeError> {
        if let Some(table) = Self::open(storage, name).await? {
            return Ok(table);
        }
        let created = CreateBuilder::new()
            .with_log_store(log_store(storage, name)?)
            .with_columns(delta_columns(name, schema)?)
            .with_partition_columns(partition_columns.iter().copied())
            .with_save_mode(SaveMode::Ignore)
            .await;
        match (created, Self::open(storage, name).await?) {
            (_, Some(table)) => Ok(table),
            (Err(error), None) => Err(error.into()),
            (Ok(_), None) => Err(LakeError::NotFound {
                location: storage.location().to_owned(),
            }),
        }
    }

    /// Our reader knows plain files only: no deletion vectors, no renamed columns.
    fn check_protocol(&self) -> Result<(), LakeError> {
        let version = self.delta.snapshot()?.protocol().min_reader_version();
        if version > 1 {
            return Err(LakeError::Incompatible {
                table: self.name,
                reason: format!("Delta reader version {version} is asked for, 1 is known"),
            });
        }
        Ok(())
    }

    pub(crate) fn arrow_schema(&self) -> Result<Arc<Schema>, LakeError> {
        Ok(self.delta.snapshot()?.snapshot().arrow_schema())
    }

    /// Number of the last ingest commit in this snapshot; 0 when there is none.
    pub(crate) async fn txn(&self) -> Result<i64, LakeError> {
        let store = self.delta.log_store();
        Ok(self
            .delta
            .snapshot()?
            .transaction_version(store.as_ref(), APP_ID)
            .await?
            .unwrap_or(0))
    }

    pub(crate) fn files(&self) -> Result<Vec<TableFile>, LakeError> {
        let snapshot = self.delta.snapshot()?;
        let mut files: Vec<_> = snapshot
            .log_data()
            .iter()
            .map(|view| TableFile {
                path: view.object_store_path(),
                size_bytes: u64::try_from(view.size()).unwrap_or(0),
                partition_values: view.partition_values_map(),
                stats: view
                    .stats()
                    .map(|text| parse_stats(&text))
                    .unwrap_or_default(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Writes a data file and makes it durable; it is invisible until a commit names it.
    pub(crate) async fn put(
        &self,
        storage: &Storage,
        path: String,
        bytes: Vec<u8>,
        partition_values: HashMap<String, Option<String>>,
        stats: String,
        now_us: i64,
    ) -> Result<Add, LakeError> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.delta
            .object_store()
            .put(&Path::from(path.as_str()), PutPayload::from(bytes))
            .await?;
        storage.sync(self.name, &path).await?;
        Ok(Add {
            path,
            size,
            partition_values,
            data_change: true,
            modification_time: now_us / 1000,
            stats: Some(stats),
            ..Add::default()
        })
    }

    /// Commits `adds` as ingest commit number `txn`, carrying the redo record if there is one.
    pub(crate) async fn commit(
        &self,
        adds: Vec<Add>,
        txn: i64,
        redo: Option<&[LogFile]>,
        storage: &Storage,
        now_us: i64,
    ) -> Result<Commit, LakeError> {
        let mut properties = CommitProperties::default().with_application_transaction(
            Transaction::new_with_last_update(APP_ID, txn, Some(now_us / 1000)),
        );
        if let Some(redo) = redo {
            let redo = serde_json::to_string(redo)?;
            properties = properties.with_metadata([("userMetadata".to_owned(), redo.into())]);
        }
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        let snapshot = self.delta.snapshot()?;
        let committed = CommitBuilder::from(properties)
            .with_actions(adds.into_iter().map(Action::Add).collect())
            .build(
                Some(snapshot as &dyn TableReference),
                self.delta.log_store(),
                operation,
            )
            .await;
        match committed {
            Ok(done) => {
                // Nothing may be built on a commit that a power cut could still take back.
                let entry = format!("_delta_log/{:020}.json", done.version());
                storage.sync(self.name, &entry).await?;
                Ok(Commit::Done)
            }
            Err(
                DeltaTableError::VersionAlreadyExists(_)
                | DeltaTableError::Transaction {
                    source:
                        TransactionError::CommitConflict(_)
                        | TransactionError::VersionAlreadyExists(_)
                        | TransactionError::MaxCommitAttempts(_),
                },
            ) => Ok(Commit::Lost),
            Err(error) => Err(error.into()),
        }
    }

    /// The redo records of ingest commits later than `after`, oldest first.
    pub(crate) async fn redo_since(
        &self,
        after: i64,
    ) -> Result<Vec<(i64, Vec<LogFile>)>, LakeError> {
        let store = self.delta.log_store();
        let mut found = Vec::new();
        let newest = self.delta.version().unwrap_or(0);
        for version in (0..=newest).rev() {
            let Some(bytes) = store.read_commit_entry(version).await? else {
                return Err(LakeError::RedoLogGone { version });
            };
            let (txn, files) = parse_redo(&bytes)?;
            match txn {
                Some(txn) if txn <= after => break,
                Some(txn) => found.push((txn, files)),
                None => {}
            }
            if found.last().is_some_and(|(txn, _)| *txn == after + 1) {
                break;
            }
        }
        found.reverse();
        Ok(found)
    }

    pub(crate) async fn read(&self, path: &Path) -> Result<bytes::Bytes, LakeError> {
        Ok(self.delta.object_store().get(path).await?.bytes().await?)
    }
}

fn log_store(storage: &Storage, name: &str) -> Result<LogStoreRef, LakeError> {
    let (store, url) = (storage.table_store(name)?, storage.table_url(name)?);
    Ok(default_logstore(
        store,
        Arc::clone(storage.root()),
        &url,
        &StorageConfig::default(),
    ))
}

/// The few types our tables use, as Delta names them.
fn delta_columns(table: &'static str, schema: &Schema) -> Result<Vec<StructField>, LakeError> {
    let column = |field: &Arc<arrow::datatypes::Field>| {
        let primitive = match field.data_type() {
            ArrowType::Utf8 | ArrowType::Utf8View => PrimitiveType::String,
            ArrowType::Int16 => PrimitiveType::Short,
            ArrowType::Int32 => PrimitiveType::Integer,
            ArrowType::Int64 => PrimitiveType::Long,
            ArrowType::Date32 => PrimitiveType::Date,
            ArrowType::Timestamp(TimeUnit::Microsecond, Some(_)) => PrimitiveType::Timestamp,
            other => {
                let reason = format!(
                    "column `{}` has type {other}, which no table of ours uses",
                    field.name()
                );
                return Err(LakeError::Incompatible { table, reason });
            }
        };
        Ok(StructField::new(
            field.name().clone(),
            DataType::Primitive(primitive),
            field.is_nullable(),
        ))
    };
    schema.fields().iter().map(column).collect()
}

/// Statistics in Delta's own JSON; `time` in ISO 8601.
pub(crate) fn stats_json(rows: i64, time_us: Option<(i64, i64)>) -> String {
    let iso = |us: i64| {
        chrono::DateTime::from_timestamp_micros(us).map_or(serde_json::Value::Null, |time| {
            time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into()
        })
    };
    match time_us {
        Some((min, max)) => serde_json::json!({
            "numRecords": rows,
            "minValues": {"time": iso(min)},
            "maxValues": {"time": iso(max)},
            "nullCount": {"time": 0},
        }),
        None => serde_json::json!({ "numRecords": rows }),
    }
    .to_string()
}

fn parse_stats(text: &str) -> FileStats {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return FileStats::default();
    };
    let time = |which: &str| {
        let text = json.get(which)?.get("time")?.as_str()?;
        Some(
            chrono::DateTime::parse_from_rfc3339(text)
                .ok()?
                .timestamp_micros(),
        )
    };
    FileStats {
        rows: json.get("numRecords").and_then(serde_json::Value::as_i64),
        time_us: time("minValues").zip(time("maxValues")),
    }
}

/// The ingest number and redo record of one commit of `requests`, if it is one of ours.
fn parse_redo(commit: &[u8]) -> Result<(Option<i64>, Vec<LogFile>), LakeError> {
    let (mut txn, mut redo) = (None, None);
    for line in commit
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let action: serde_json::Value = serde_json::from_slice(line)?;
        if action["txn"]["appId"] == APP_ID {
            txn = action["txn"]["version"].as_i64();
        }
        if let Some(text) = action["commitInfo"]["userMetadata"].as_str() {
            redo = Some(text.to_owned());
        }
    }
    // Of a commit of ours the record must be there and readable: taken as empty, its objects would
    // be ingested again.
    let files = match txn {
        Some(_) => serde_json::from_str(&redo.unwrap_or_default())?,
        None => Vec::new(),
    };
    Ok((txn, files))
}

#[cfg(test)]
mod tests {
    use super::{parse_redo, parse_stats, stats_json};

    #[test]
    fn a_commit_of_ours_without_a_readable_record_is_an_error() {
        let ours = br#"{"txn":{"appId":"edgeledger-ingest","version":7}}"#;
        assert!(parse_redo(ours).is_err());
        let broken = [
            ours.as_slice(),
            br#"{"commitInfo":{"userMetadata":"[{}]"}}"#,
        ]
        .join(&b'\n');
        assert!(parse_redo(&broken).is_err());
        let empty = [ours.as_slice(), br#"{"commitInfo":{"userMetadata":"[]"}}"#].join(&b'\n');
        assert_eq!(parse_redo(&empty).unwrap(), (Some(7), Vec::new()));
        let foreign = br#"{"commitInfo":{"userMetadata":"not ours"}}"#;
        assert_eq!(parse_redo(foreign).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn stats_come_back_as_they_were_written() {
        let stats = parse_stats(&stats_json(
            7,
            Some((1_790_812_800_000_000, 1_790_812_801_500_000)),
        ));
        assert_eq!(stats.rows, Some(7));
        assert_eq!(
            stats.time_us,
            Some((1_790_812_800_000_000, 1_790_812_801_500_000))
        );
        assert_eq!(parse_stats("not json").rows, None);
    }
}
