//! One Delta table: open or create, list its files, commit to it.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use uuid::Uuid;

use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};
use deltalake::{
    DeltaTable, DeltaTableError,
    kernel::{
        Action, Add, DataType, PrimitiveType, Remove, StructField, Transaction,
        transaction::{CommitBuilder, CommitProperties, TableReference, TransactionError},
    },
    logstore::{LogStoreRef, StorageConfig, default_logstore},
    operations::create::CreateBuilder,
    protocol::{DeltaOperation, SaveMode, checkpoints},
};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};

use crate::{
    LakeError, digest, log,
    redo::{APP_ID, Record},
    seal,
    storage::Storage,
};

/// Versions after which a checkpoint is written: a reader reads at most so many commits.
const CHECKPOINT_EVERY: u64 = 20;

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

/// What a commit does to a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) kind: Kind,
    pub(crate) adds: &'a [Add],
    /// Live files of the snapshot that the change is made to.
    pub(crate) removes: &'a [TableFile],
    /// Number of the commit among those of ours.
    pub(crate) txn: Option<i64>,
    pub(crate) redo: Option<Record<'a>>,
}

/// What a commit is called in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// New rows.
    Append,
    /// Rows taken out or exchanged.
    Rewrite,
    /// The same rows in other files.
    Compact,
}

impl Kind {
    fn changes_data(self) -> bool {
        self != Self::Compact
    }

    fn operation(self) -> DeltaOperation {
        match self {
            Self::Append => DeltaOperation::Write {
                mode: SaveMode::Append,
                partition_by: None,
                predicate: None,
            },
            Self::Rewrite => DeltaOperation::Delete { predicate: None },
            Self::Compact => DeltaOperation::Optimize {
                predicate: None,
                target_size: 0,
            },
        }
    }
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
        let mut attempt = 1;
        loop {
            let (loaded, result) = load(delta).await;
            delta = loaded;
            let Err(error) = result else {
                let table = Self { name, delta };
                table.check_protocol()?;
                return Ok(Some(table));
            };
            // The kernel reports an empty or missing log folder in its own words, and a damaged
            // one as no table: what lies there tells them apart.
            if !delta.verify_deltatable_existence().await? {
                return Ok(None);
            }
            // It may have been missing a moment ago: another run is making the lake.
            if attempt == ATTEMPTS {
                return Err(log::explain(storage, name, error).await);
            }
            attempt += 1;
        }
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
            // Where somebody was first, or the reply was lost, the table is there: another commit
            // of the same would only get in the way of commits of rows.
            .with_commit_properties(CommitProperties::default().with_max_retries(0))
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

    /// The table must have at least these columns.
    pub(crate) fn check_columns(&self, schema: &Schema) -> Result<(), LakeError> {
        let have = self.arrow_schema()?;
        let missing = schema
            .fields()
            .iter()
            .find(|field| have.field_with_name(field.name()).is_err());
        match missing {
            None => Ok(()),
            Some(field) => Err(LakeError::Incompatible {
                table: self.name,
                reason: format!("it has no column `{}`", field.name()),
            }),
        }
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

    /// Writes a data file; it is invisible until a commit names it. Its name ends in its digest, so
    /// that damage can be told later whatever happens to the log.
    pub(crate) async fn put(
        &self,
        folder: &str,
        bytes: Bytes,
        partition_values: HashMap<String, Option<String>>,
        stats: String,
        now_us: i64,
    ) -> Result<Add, LakeError> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let path = format!("{folder}{}", digest::file_name(Uuid::new_v4(), &bytes));
        self.delta
            .object_store()
            .put(&Path::from(path.as_str()), PutPayload::from(bytes))
            .await?;
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

    /// Removes files that no commit was ever asked to name.
    pub(crate) async fn discard(&self, paths: &[String]) -> Result<(), LakeError> {
        let store = self.delta.object_store();
        for path in paths {
            store.delete(&Path::from(path.as_str())).await?;
        }
        Ok(())
    }

    /// Commits a change to this snapshot. A commit that landed although the store said otherwise
    /// is told by its batch.
    pub(crate) async fn commit(
        &mut self,
        change: Change<'_>,
        now_us: i64,
    ) -> Result<Commit, LakeError> {
        let before = self.delta.version();
        match self.try_commit(&change, now_us).await {
            Ok(()) => Ok(Commit::Done),
            Err(error) => {
                let landed = match change.redo {
                    Some(redo) => self.has_landed(redo.batch, before).await,
                    None => Ok(false),
                };
                match (landed, error) {
                    (Ok(true), _) => Ok(Commit::Done),
                    // Nobody knows: neither done nor lost may be said.
                    (Err(unknown), _) => Err(unknown),
                    (
                        _,
                        // The last: the log was trimmed up to a later version.
                        DeltaTableError::VersionAlreadyExists(_)
                        | DeltaTableError::InvalidVersion(_)
                        | DeltaTableError::Transaction {
                            source:
                                TransactionError::CommitConflict(_)
                                | TransactionError::VersionAlreadyExists(_)
                                | TransactionError::MaxCommitAttempts(_),
                        },
                    ) => Ok(Commit::Lost),
                    (_, error) => Err(error.into()),
                }
            }
        }
    }

    async fn try_commit(&self, change: &Change<'_>, now_us: i64) -> Result<(), DeltaTableError> {
        let mut properties = CommitProperties::default()
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false));
        let txn = change
            .txn
            .map(|txn| Transaction::new_with_last_update(APP_ID, txn, Some(now_us / 1000)));
        properties = properties.with_application_transactions(txn.iter().cloned().collect());
        if !change.removes.is_empty() {
            // The Delta library does not see that a compaction removed the same files (it looks at
            // changes of data only): rows would be there twice. So the snapshot must be the newest.
            properties = properties.with_max_retries(0);
        }
        let mut actions: Vec<Action> = Vec::new();
        for file in change.removes {
            actions.push(Action::Remove(Remove {
                path: file.path.to_string(),
                data_change: change.kind.changes_data(),
                deletion_timestamp: Some(now_us / 1000),
                extended_file_metadata: Some(true),
                partition_values: Some(file.partition_values.clone()),
                size: i64::try_from(file.size_bytes).ok(),
                ..Remove::default()
            }));
        }
        actions.extend(change.adds.iter().cloned().map(|add| {
            Action::Add(Add {
                data_change: change.kind.changes_data(),
                ..add
            })
        }));
        // The library writes the number behind the other actions.
        let mut sealed = actions.clone();
        sealed.extend(txn.map(Action::Txn));
        let redo = match change.redo {
            Some(redo) => redo.to_text()?,
            None => String::new(),
        };
        let mut metadata = vec![(seal::SEAL.to_owned(), seal::seal(&sealed, &redo)?.into())];
        if change.redo.is_some() {
            metadata.push(("userMetadata".to_owned(), redo.into()));
        }
        properties = properties.with_metadata(metadata);
        CommitBuilder::from(properties)
            .with_actions(actions)
            .build(
                Some(self.delta.snapshot()? as &dyn TableReference),
                self.delta.log_store(),
                change.kind.operation(),
            )
            .await?;
        Ok(())
    }

    /// Writes a checkpoint when it is time: it makes opening fast and is not needed otherwise, so
    /// that its failure is left for the next commit to mend.
    pub(crate) async fn checkpoint_if_due(&self) {
        let Some(version) = self.delta.version() else {
            return;
        };
        if version.is_multiple_of(CHECKPOINT_EVERY) && version > 0 {
            checkpoints::create_checkpoint(&self.delta, None)
                .await
                .unwrap_or_default();
        }
    }

    /// The bytes of a data file, which must be those that were written.
    pub(crate) async fn read(&self, path: &Path) -> Result<Bytes, LakeError> {
        let bytes = self.delta.object_store().get(path).await?.bytes().await?;
        let wanted = path.filename().and_then(digest::in_name);
        if wanted.is_some_and(|wanted| wanted != digest::digest(&bytes)) {
            return Err(LakeError::Damaged {
                what: format!("{}/{path}", self.name),
                reason: "its bytes have another digest than its name says".to_owned(),
            });
        }
        Ok(bytes)
    }

    /// The identity that the table was made with.
    pub(crate) fn id(&self) -> &str {
        self.delta
            .snapshot()
            .map_or("", |snapshot| snapshot.metadata().id())
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The store, rooted at the table's folder.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.delta.object_store()
    }

    /// Brings the snapshot up to the newest version.
    pub(crate) async fn refresh(&mut self) -> Result<(), LakeError> {
        Ok(self.delta.update_state().await?)
    }

    pub(crate) fn delta(&self) -> &DeltaTable {
        &self.delta
    }
}

/// Loads the newest version. A damaged log must not end the program, whatever the library does.
async fn load(mut delta: DeltaTable) -> (DeltaTable, Result<(), DeltaTableError>) {
    let spare = DeltaTable::new(delta.log_store());
    let loading = tokio::spawn(async move {
        let result = delta.load().await;
        (delta, result)
    });
    match loading.await {
        Ok(loaded) => loaded,
        Err(panic) => (spare, Err(DeltaTableError::Generic(panic.to_string()))),
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

#[cfg(test)]
mod tests {
    use super::{parse_stats, stats_json};

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
