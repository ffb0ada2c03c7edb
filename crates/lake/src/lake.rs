//! An opened lake: what is known, and how a batch gets in.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path as FsPath,
    sync::Arc,
};

use datafusion::{
    catalog::TableProvider,
    execution::object_store::ObjectStoreUrl,
    logical_expr::{col, lit},
};
use deltalake::kernel::Add;
use object_store::{ObjectStore, local::LocalFileSystem};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use uuid::Uuid;

use crate::{
    DataFile, Known, LOG_FILES, LakeError, LogFile, MAX_ATTEMPTS, PARTITION_COLUMNS, REQUESTS,
    Storage,
    confined::{Confined, Others},
    log_files,
    provider::LakeTable,
    redo::{Numbered, Record},
    table::{self, Change, Commit, Kind, Table, TableFile},
};

/// An opened lake, as of one version of each table.
#[derive(Debug)]
pub struct Lake {
    pub(crate) storage: Storage,
    pub(crate) requests: Table,
    pub(crate) log_files: Table,
    /// Commits of `requests` that `log_files` does not hold yet.
    pub(crate) pending: Vec<Numbered>,
    /// What was known as of a commit number.
    known: Option<(i64, Known)>,
    /// Records that this lake's plans added to `log_files`.
    replayed: Vec<LogFile>,
}

/// What a writer plans with: the number its commit will have.
#[derive(Debug)]
pub struct Plan {
    pub(crate) next_txn: i64,
}

impl Plan {
    /// Numbered commits that the lake had.
    pub fn commits(&self) -> i64 {
        self.next_txn - 1
    }
}

/// A data file in the store that no commit names yet.
#[derive(Debug, Clone)]
pub struct StagedFile {
    pub(crate) add: Add,
    pub(crate) rows: i64,
}

impl StagedFile {
    /// Size as stored.
    pub fn size_bytes(&self) -> u64 {
        u64::try_from(self.add.size).unwrap_or(0)
    }
}

/// Log objects on their way into one commit, and the files with their rows.
#[derive(Debug)]
pub struct Batch {
    id: Uuid,
    /// Files with the rows of all of `log_files`, and no others.
    pub files: Vec<StagedFile>,
    /// The objects.
    pub log_files: Vec<LogFile>,
    /// Keys whose rows in the lake are taken out by the same commit.
    pub replaced: BTreeSet<String>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            id: Uuid::new_v4(),
            files: Vec::new(),
            log_files: Vec::new(),
            replaced: BTreeSet::new(),
        }
    }
}

/// How [`Lake::commit`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The batch is in the lake.
    Committed,
    /// Another writer came first and nothing of the batch is visible: plan again.
    Lost,
}

impl Lake {
    pub(crate) fn new(storage: Storage, requests: Table, log_files: Table) -> Self {
        Self {
            storage,
            requests,
            log_files,
            pending: Vec::new(),
            known: None,
            replayed: Vec::new(),
        }
    }

    /// Tells this lake from one made later at the same place.
    pub fn id(&self) -> &str {
        self.requests.id()
    }

    /// The place as the user named it.
    pub fn location(&self) -> &str {
        self.storage.location()
    }

    /// Commits whose records the next writer will add to `log_files`: a run ended between the two
    /// tables. Queries see them already.
    pub fn unreplayed(&self) -> usize {
        self.pending.len()
    }

    /// Reloads both tables, replays what `log_files` has not seen, and learns what is known.
    ///
    /// # Errors
    /// When the log no longer holds what must be replayed, or the store fails.
    pub async fn plan(&mut self, now_us: i64) -> Result<Plan, LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            self.reload().await?;
            let (txn, seen) = self.numbers().await?;
            if seen == txn {
                self.learn(txn).await?;
                return Ok(Plan { next_txn: txn + 1 });
            }
            // Lost or done, the next look tells what is left to replay.
            self.replay(seen, now_us).await?;
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Every object the lake has seen, as of the last [`plan`](Self::plan).
    pub fn known(&self) -> &Known {
        static NOTHING: std::sync::LazyLock<Known> = std::sync::LazyLock::new(Known::new);
        self.known.as_ref().map_or(&NOTHING, |(_, known)| known)
    }

    /// Adds to `log_files` the records of commits later than `seen`.
    async fn replay(&mut self, seen: i64, now_us: i64) -> Result<(), LakeError> {
        let pending = self.requests.redo_since(seen).await?;
        let Some(last) = pending.last().map(|commit| commit.txn) else {
            return Err(LakeError::Damaged {
                what: REQUESTS.to_owned(),
                reason: format!("no commit after number {seen} is in its log, as there should be"),
            });
        };
        // Not to be read a second time for that.
        if let Some((at, known)) = &mut self.known
            && *at == seen
        {
            log_files::learn(&pending, known);
            *at = last;
        }
        let adds = self.put_records(&pending, now_us).await?;
        let change = Change {
            kind: Kind::Append,
            adds: &adds,
            removes: &[],
            txn: Some(last),
            redo: None,
        };
        if self.log_files.commit(change, now_us).await? == Commit::Done {
            self.log_files.checkpoint_if_due().await;
            let records = pending.into_iter().flat_map(|commit| commit.redo.log_files);
            self.replayed.extend(records);
        }
        Ok(())
    }

    /// Records that [`plan`](Self::plan) brought into `log_files` since this was last asked: those
    /// of this lake's commits, and those of runs that ended before they could tell of them.
    pub fn take_replayed(&mut self) -> Vec<LogFile> {
        std::mem::take(&mut self.replayed)
    }

    /// Writes a file of `log_files` with the records of some commits.
    pub(crate) async fn put_records(
        &self,
        commits: &[Numbered],
        now_us: i64,
    ) -> Result<Vec<Add>, LakeError> {
        let batch = log_files::to_batch(commits)?;
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let rows = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        let mut writer = parquet::arrow::ArrowWriter::try_new_with_options(
            Vec::new(),
            batch.schema(),
            crate::writer::options(),
        )?;
        writer.write(&batch)?;
        let (bytes, stats) = (writer.into_inner()?, table::stats_json(rows, None));
        let add = self
            .log_files
            .put("", bytes.into(), HashMap::new(), stats, now_us);
        Ok(vec![add.await?])
    }

    /// Puts a data file in the store, where it is invisible until [`commit`](Self::commit).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stage(&self, file: DataFile, now_us: i64) -> Result<StagedFile, LakeError> {
        let (distribution, date) = (file.partition.distribution.clone(), file.partition.date());
        let folder = format!("distribution={distribution}/date={date}/");
        let values = HashMap::from([
            ("distribution".to_owned(), Some(distribution)),
            ("date".to_owned(), Some(date)),
        ]);
        let time_us =
            (file.min_time_us <= file.max_time_us).then_some((file.min_time_us, file.max_time_us));
        let rows = file.rows;
        let stats = table::stats_json(rows, time_us);
        let add = self
            .requests
            .put(&folder, file.bytes, values, stats, now_us)
            .await?;
        Ok(StagedFile { add, rows })
    }

    /// Removes staged files that no commit was ever tried with.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn discard(&self, files: Vec<StagedFile>) -> Result<(), LakeError> {
        let paths: Vec<String> = files.into_iter().map(|file| file.add.path).collect();
        self.requests.discard(&paths).await
    }

    /// Commits a batch. After [`Outcome::Lost`] the same batch may be committed with a new plan, as
    /// long as nothing it holds became known meanwhile.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch is visible, unless the store applies the
    /// commit later: the next [`Lake::plan`] shows it.
    pub async fn commit(
        &mut self,
        plan: &Plan,
        batch: &Batch,
        now_us: i64,
    ) -> Result<Outcome, LakeError> {
        let mut adds: Vec<Add> = batch.files.iter().map(|file| file.add.clone()).collect();
        let mut removes = Vec::new();
        if !batch.replaced.is_empty() {
            let keys = batch.replaced.iter().map(|key| lit(key.as_str())).collect();
            let gone = col("log_file").in_list(keys, false);
            let rewritten = self.rewrite_without(gone, now_us).await?;
            adds.extend(rewritten.adds);
            removes = rewritten.removes;
        }
        let change = Change {
            kind: if removes.is_empty() {
                Kind::Append
            } else {
                Kind::Rewrite
            },
            adds: &adds,
            removes: &removes,
            txn: Some(plan.next_txn),
            redo: Some(Record {
                batch: batch.id,
                log_files: &batch.log_files,
            }),
        };
        match self.requests.commit(change, now_us).await? {
            Commit::Done => {
                self.requests.checkpoint_if_due().await;
                Ok(Outcome::Committed)
            }
            Commit::Lost => Ok(Outcome::Lost),
        }
    }

    /// `requests` as a table of this version.
    ///
    /// # Errors
    /// When the table's log cannot be read.
    pub fn requests(&self) -> Result<Arc<dyn TableProvider>, LakeError> {
        Ok(Arc::new(self.requests_of(self.requests.files()?)?))
    }

    /// Some files of `requests` as a table.
    pub(crate) fn requests_of(&self, files: Vec<TableFile>) -> Result<LakeTable, LakeError> {
        self.provider(REQUESTS, &self.requests, &PARTITION_COLUMNS, files)
    }

    /// `log_files` as a table of this version, records that are still to be replayed included.
    ///
    /// # Errors
    /// When the table's log cannot be read.
    pub fn log_files(&self) -> Result<Arc<dyn TableProvider>, LakeError> {
        let files = self.log_files.files()?;
        let table = self.provider(LOG_FILES, &self.log_files, &[], files)?;
        Ok(Arc::new(
            table.with_rows(&log_files::to_batch(&self.pending)?)?,
        ))
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

    /// The same store for statements of users: they read the lake's files and write none of them.
    /// With `others`, files of the disk beside a local lake may be read and written.
    ///
    /// # Errors
    /// As [`Lake::object_store`].
    pub fn query_store(
        &self,
        others: bool,
    ) -> Result<(ObjectStoreUrl, Arc<dyn ObjectStore>), LakeError> {
        let (url, store) = self.object_store()?;
        let dir = self.local_dir().filter(|_| others);
        let others = dir.map(|dir| Others {
            store: Arc::new(LocalFileSystem::new()),
            lake: dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf()),
        });
        let store = Confined::new(store, self.storage.path()?, others);
        Ok((url, Arc::new(store)))
    }

    /// The folder of a lake on the local disk.
    pub fn local_dir(&self) -> Option<&FsPath> {
        self.storage.local_dir()
    }

    fn store_url(&self) -> Result<ObjectStoreUrl, LakeError> {
        let mut url = self.storage.table_url(REQUESTS)?;
        url.set_path("/");
        ObjectStoreUrl::parse(url).map_err(|error| LakeError::Location {
            location: self.storage.location().to_owned(),
            reason: error.to_string(),
        })
    }

    pub(crate) fn provider(
        &self,
        name: &'static str,
        table: &Table,
        partition_columns: &[&str],
        files: Vec<TableFile>,
    ) -> Result<LakeTable, LakeError> {
        let dir = self.storage.table_path(name)?;
        let schema = table.arrow_schema()?;
        let url = self.store_url()?;
        Ok(LakeTable::new(url, &dir, &schema, partition_columns, files))
    }

    pub(crate) async fn reload(&mut self) -> Result<(), LakeError> {
        // `requests` first: `log_files` must not be older than what it is compared with.
        self.requests = self.reopen(REQUESTS).await?;
        self.log_files = self.reopen(LOG_FILES).await?;
        Ok(())
    }

    pub(crate) async fn reopen(&self, name: &'static str) -> Result<Table, LakeError> {
        Table::open(&self.storage, name)
            .await?
            .ok_or_else(|| LakeError::NotFound {
                location: self.storage.location().to_owned(),
            })
    }

    /// Brings what is known up to commit `txn`: the first time from the table, then from commits.
    async fn learn(&mut self, txn: i64) -> Result<(), LakeError> {
        if let Some((at, known)) = &mut self.known {
            match self.requests.redo_since(*at).await {
                Ok(commits) => {
                    log_files::learn(&commits, known);
                    *at = txn;
                    return Ok(());
                }
                // The log was trimmed meanwhile; the table has it all.
                Err(LakeError::RedoLogGone { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // A commit that lost a line would be ingested again, in part or whole.
        self.requests.check_newest_commits().await?;
        self.log_files.check_newest_commits().await?;
        let mut known = Known::new();
        for TableFile { path, .. } in self.log_files.files()? {
            let builder =
                ParquetRecordBatchReaderBuilder::try_new(self.log_files.read(&path).await?)?;
            let mask = ProjectionMask::columns(builder.parquet_schema(), log_files::KNOWN_COLUMNS);
            for batch in builder.with_projection(mask).build()? {
                log_files::add_known(&batch?, &mut known)?;
            }
        }
        self.known = Some((txn, known));
        Ok(())
    }
}
