//! The lake: two Delta tables, `requests` and `log_files`, and the protocol that keeps them true.
//!
//! One commit on `requests` is the only commit point. It carries the batch's Parquet files, the
//! ingest number N+1, and as its metadata the list of log objects of the batch (the redo record).
//! `log_files` is a materialised view of those records: whoever opens the lake for writing first
//! replays the commits that `log_files` has not seen, so a crash between the two tables heals.
//! Every commit conflict means: reload, replay, plan again. Nothing is deleted on doubt.
//!
//! The crate must not know log formats or prices: the columns of `requests` come in as a schema.

mod error;
mod log_files;
mod memory;
mod provider;
mod storage;
mod table;
mod writer;

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::{catalog::TableProvider, execution::object_store::ObjectStoreUrl};
use object_store::ObjectStore;
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

pub use error::LakeError;
pub use log_files::{Known, KnownVersion, LogFile, Status};
pub use memory::{MemoryTables, tables_in_memory};
pub use object_store::aws::{AwsCredential, AwsCredentialProvider};
pub use storage::{Durability, S3Options, Storage};
pub use writer::{DataFile, DataFileWriter, Partition};

use table::{Commit, Table, TableFile};

const REQUESTS: &str = "requests";
const LOG_FILES: &str = "log_files";
const PARTITION_COLUMNS: [&str; 2] = ["distribution", "date"];
/// Lost races after which a writer gives up rather than spin.
const MAX_ATTEMPTS: u32 = 100;

/// An opened lake, as of one version of each table.
#[derive(Debug)]
pub struct Lake {
    storage: Storage,
    requests: Table,
    log_files: Table,
}

/// What a writer plans with: everything known, and the number its commit will have.
#[derive(Debug)]
pub struct Plan {
    /// Every object the lake has seen.
    pub known: Known,
    next_txn: i64,
}

/// How [`Lake::commit`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The batch is in the lake.
    Committed,
    /// Another writer came first and nothing of the batch is visible: plan again.
    Lost,
}

/// Columns of `requests` as stored: the parsed ones, where each row came from, and the partition.
pub fn requests_schema(parsed: &Schema) -> SchemaRef {
    let mut fields: Vec<Field> = file_schema(parsed)
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields.push(Field::new("distribution", DataType::Utf8, false));
    fields.push(Field::new("date", DataType::Date32, false));
    Arc::new(Schema::new(fields))
}

/// Columns of one Parquet file of `requests`: the parsed ones plus `log_file`.
pub fn file_schema(parsed: &Schema) -> SchemaRef {
    let mut fields: Vec<Field> = parsed
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields.push(Field::new("log_file", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

impl Lake {
    /// Opens an existing lake to read it.
    ///
    /// # Errors
    /// [`LakeError::NotFound`] when there is none.
    pub async fn open(storage: Storage) -> Result<Self, LakeError> {
        let missing = || LakeError::NotFound {
            location: storage.location().to_owned(),
        };
        let requests = Table::open(&storage, REQUESTS).await?.ok_or_else(missing)?;
        let log_files = Table::open(&storage, LOG_FILES)
            .await?
            .ok_or_else(missing)?;
        Ok(Self {
            storage,
            requests,
            log_files,
        })
    }

    /// Opens a lake to write to it, making its tables if they are missing.
    ///
    /// # Errors
    /// When the store ignores conditional PUT, or the tables have other columns than `parsed`.
    pub async fn open_or_create(storage: Storage, parsed: &Schema) -> Result<Self, LakeError> {
        storage.probe_conditional_put().await?;
        let schema = requests_schema(parsed);
        let requests =
            Table::open_or_create(&storage, REQUESTS, &schema, &PARTITION_COLUMNS).await?;
        let have = requests.arrow_schema()?;
        if let Some(field) = schema
            .fields()
            .iter()
            .find(|field| have.field_with_name(field.name()).is_err())
        {
            let reason = format!("it has no column `{}`", field.name());
            return Err(LakeError::Incompatible {
                table: REQUESTS,
                reason,
            });
        }
        let log_files =
            Table::open_or_create(&storage, LOG_FILES, &log_files::schema(), &[]).await?;
        Ok(Self {
            storage,
            requests,
            log_files,
        })
    }

    /// The place as the user named it.
    pub fn location(&self) -> &str {
        self.storage.location()
    }

    /// Reloads both tables, replays what `log_files` has not seen, and reads what is known.
    ///
    /// # Errors
    /// When the log no longer holds what must be replayed, or the store fails.
    pub async fn plan(&mut self, now_us: i64) -> Result<Plan, LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            self.reload().await?;
            let (txn, seen) = (self.requests.txn().await?, self.log_files.txn().await?);
            match seen.cmp(&txn) {
                Ordering::Equal => {
                    return Ok(Plan {
                        known: self.known().await?,
                        next_txn: txn + 1,
                    });
                }
                // Lost or done, the next look tells what is left to replay.
                Ordering::Less => self.replay(seen, now_us).await?,
                // Another writer committed between the two loads: look again.
                Ordering::Greater => {}
            }
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Adds to `log_files` the records of commits later than `seen`.
    async fn replay(&self, seen: i64, now_us: i64) -> Result<(), LakeError> {
        let pending = self.requests.redo_since(seen).await?;
        let last = pending.last().map_or(seen, |(txn, _)| *txn);
        let batch = log_files::to_batch(&pending)?;
        let rows = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        let mut adds = Vec::new();
        if rows > 0 {
            let mut writer =
                parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None)?;
            writer.write(&batch)?;
            let path = format!("{}.parquet", uuid::Uuid::new_v4());
            let stats = table::stats_json(rows, None);
            let (bytes, values) = (writer.into_inner()?, HashMap::new());
            let add = self
                .log_files
                .put(&self.storage, path, bytes, values, stats, now_us);
            adds.push(add.await?);
        }
        self.log_files
            .commit(adds, last, None, &self.storage, now_us)
            .await?;
        Ok(())
    }

    /// Writes the batch's files and commits them with the list of its log objects.
    ///
    /// # Errors
    /// When a file cannot be written or the store fails; then nothing of the batch is visible,
    /// unless the store applied the commit and lost the reply: the next [`Lake::plan`] shows it.
    pub async fn commit(
        &mut self,
        plan: &Plan,
        data: Vec<DataFile>,
        log_files: &[LogFile],
        now_us: i64,
    ) -> Result<Outcome, LakeError> {
        let mut adds = Vec::with_capacity(data.len());
        for file in data {
            let (distribution, date) = (file.partition.distribution.clone(), file.partition.date());
            let path = format!(
                "distribution={distribution}/date={date}/{}.zstd.parquet",
                uuid::Uuid::new_v4()
            );
            let values = HashMap::from([
                ("distribution".to_owned(), Some(distribution)),
                ("date".to_owned(), Some(date)),
            ]);
            let time_us = (file.min_time_us <= file.max_time_us)
                .then_some((file.min_time_us, file.max_time_us));
            let stats = table::stats_json(file.rows, time_us);
            adds.push(
                self.requests
                    .put(&self.storage, path, file.bytes, values, stats, now_us)
                    .await?,
            );
        }
        match self
            .requests
            .commit(adds, plan.next_txn, Some(log_files), &self.storage, now_us)
            .await?
        {
            Commit::Done => Ok(Outcome::Committed),
            Commit::Lost => Ok(Outcome::Lost),
        }
    }

    /// `requests` as a table of this version.
    ///
    /// # Errors
    /// When the table's log cannot be read.
    pub fn requests(&self) -> Result<Arc<dyn TableProvider>, LakeError> {
        self.provider(REQUESTS, &self.requests, &PARTITION_COLUMNS)
    }

    /// `log_files` as a table of this version.
    ///
    /// # Errors
    /// When the table's log cannot be read.
    pub fn log_files(&self) -> Result<Arc<dyn TableProvider>, LakeError> {
        self.provider(LOG_FILES, &self.log_files, &[])
    }

    /// Distributions that have rows, sorted.
    ///
    /// # Errors
    /// When the table's log cannot be read.
    pub fn distributions(&self) -> Result<Vec<String>, LakeError> {
        let files = self.requests.files()?;
        let mut names: Vec<String> = files
            .into_iter()
            .filter_map(|mut file| file.partition_values.remove("distribution").flatten())
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Where the tables' files lie: register this store for DataFusion under this address.
    ///
    /// # Errors
    /// When the lake's address is not one DataFusion takes.
    pub fn object_store(&self) -> Result<(ObjectStoreUrl, Arc<dyn ObjectStore>), LakeError> {
        Ok((self.store_url()?, Arc::clone(self.storage.root())))
    }

    fn store_url(&self) -> Result<ObjectStoreUrl, LakeError> {
        let mut url = self.storage.table_url(REQUESTS)?;
        url.set_path("/");
        ObjectStoreUrl::parse(url).map_err(|error| LakeError::Location {
            location: self.storage.location().to_owned(),
            reason: error.to_string(),
        })
    }

    fn provider(
        &self,
        name: &'static str,
        table: &Table,
        partition_columns: &[&str],
    ) -> Result<Arc<dyn TableProvider>, LakeError> {
        let dir = self.storage.table_path(name)?;
        let schema = table.arrow_schema()?;
        let provider = provider::LakeTable::new(
            self.store_url()?,
            &dir,
            &schema,
            partition_columns,
            table.files()?,
        );
        Ok(Arc::new(provider))
    }

    async fn reload(&mut self) -> Result<(), LakeError> {
        // `requests` first: `log_files` must not be older than what it is compared with.
        self.requests = self.reopen(REQUESTS).await?;
        self.log_files = self.reopen(LOG_FILES).await?;
        Ok(())
    }

    async fn reopen(&self, name: &'static str) -> Result<Table, LakeError> {
        Table::open(&self.storage, name)
            .await?
            .ok_or_else(|| LakeError::NotFound {
                location: self.storage.location().to_owned(),
            })
    }

    async fn known(&self) -> Result<Known, LakeError> {
        let mut known = Known::new();
        for TableFile { path, .. } in self.log_files.files()? {
            let builder =
                ParquetRecordBatchReaderBuilder::try_new(self.log_files.read(&path).await?)?;
            let mask = ProjectionMask::columns(builder.parquet_schema(), log_files::KNOWN_COLUMNS);
            for batch in builder.with_projection(mask).build()? {
                log_files::add_known(&batch?, &mut known)?;
            }
        }
        Ok(known)
    }
}
