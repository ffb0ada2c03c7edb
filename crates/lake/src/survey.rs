//! A look at everything that both tables say, and at every file they name.

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;

use crate::{
    Lake, LakeError, LogFile, Status,
    health::Fault,
    records::{Records, remember_all},
    rewrite::RowsByKey,
    table::{Table, TableFile},
    upkeep::{Listener, Upkeep},
};

/// Files that are read at the same time.
const FILES_AT_A_TIME: usize = 8;

/// A live file and what is wrong with it.
pub(crate) type BadFile = (TableFile, Fault);

/// What `log_files` says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) txn: i64,
    pub(crate) etag: String,
    pub(crate) size_bytes: i64,
    pub(crate) status: Status,
    pub(crate) rows: i64,
}

impl Word {
    pub(crate) fn of(txn: i64, record: &LogFile) -> Self {
        Self {
            txn,
            etag: record.etag.clone(),
            size_bytes: record.size_bytes,
            status: record.status,
            rows: record.rows,
        }
    }
}

/// Commits of `requests` that `log_files` has not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pending {
    /// So many can be replayed.
    Commits(usize),
    /// They cannot: why.
    Gone(String),
    /// `log_files` has seen a later commit than `requests` has.
    Behind { seen: i64, txn: i64 },
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) bad_requests: Vec<BadFile>,
    pub(crate) bad_log_files: Vec<BadFile>,
    /// Rows by object in the files that are whole.
    pub(crate) rows: RowsByKey,
    /// The last word on each object, in files that are whole and commits that can be replayed.
    pub(crate) words: BTreeMap<String, Word>,
    pub(crate) pending: Pending,
}

/// Files of which is known what they are; files never change.
#[derive(Debug, Default)]
pub(crate) struct Checked(HashSet<Path>);

impl Lake {
    /// Looks at everything; without `bytes`, not at whether files are as they were written.
    pub(crate) async fn survey(
        &self,
        bytes: bool,
        checked: &mut Checked,
        listener: Listener<'_>,
    ) -> Result<Survey, LakeError> {
        let (requests, log_files) = (self.requests.files()?, self.log_files.files()?);
        let all = requests.iter().chain(&log_files);
        listener(Upkeep::Stage {
            what: "reading files",
            bytes: all.map(|file| file.size_bytes).sum(),
        });
        let mut bad_requests = self
            .requests
            .bad_files(requests.clone(), bytes, checked, listener)
            .await?;
        let mut bad_log_files = self
            .log_files
            .bad_files(log_files.clone(), bytes, checked, listener)
            .await?;
        let (rows, unreadable) = self.count_rows(whole(requests, &bad_requests)).await?;
        bad_requests.extend(unreadable);
        let (mut words, unreadable) = self.words(whole(log_files, &bad_log_files)).await?;
        bad_log_files.extend(unreadable);

        let (txn, seen) = (self.requests.txn().await?, self.log_files.txn().await?);
        let pending = if seen > txn {
            Pending::Behind { seen, txn }
        } else {
            match self.requests.redo_since(seen).await {
                Ok(commits) => {
                    let mut records = Records::new();
                    remember_all(&mut records, &commits);
                    for (key, (txn, record)) in records {
                        words.insert(key, Word::of(txn, &record));
                    }
                    // Nothing is pending only where both have the same number.
                    let last = commits.last().map_or(seen, |commit| commit.txn);
                    if last == txn {
                        Pending::Commits(commits.len())
                    } else {
                        Pending::Gone(format!("commit number {txn} is not in the log"))
                    }
                }
                // With nothing to replay the log may be trimmed.
                Err(LakeError::RedoLogGone { .. }) if seen == txn => Pending::Commits(0),
                Err(error @ (LakeError::RedoLogGone { .. } | LakeError::Damaged { .. })) => {
                    Pending::Gone(error.to_string())
                }
                Err(error) => return Err(error),
            }
        };
        Ok(Survey {
            bad_requests,
            bad_log_files,
            rows,
            words,
            pending,
        })
    }

    /// Rows by object, and the files that cannot be read although they look well.
    async fn count_rows(
        &self,
        files: Vec<TableFile>,
    ) -> Result<(RowsByKey, Vec<BadFile>), LakeError> {
        let engine = self.engine()?;
        let (mut rows, mut bad) = (RowsByKey::new(), Vec::new());
        for file in files {
            match self.rows_by_key(&engine, &file, None).await {
                Ok(found) => {
                    for (key, count) in found {
                        *rows.entry(key).or_default() += count;
                    }
                }
                Err(error) => bad.push(unreadable(file, error)?),
            }
        }
        Ok((rows, bad))
    }

    async fn words(
        &self,
        files: Vec<TableFile>,
    ) -> Result<(BTreeMap<String, Word>, Vec<BadFile>), LakeError> {
        let (mut words, mut bad) = (BTreeMap::<String, Word>::new(), Vec::new());
        for file in files {
            match self.log_files.all_records(&file).await {
                Ok(records) => {
                    for (txn, record) in records {
                        let known = words.get(&record.key);
                        if known.is_none_or(|known| known.txn <= txn) {
                            words.insert(record.key.clone(), Word::of(txn, &record));
                        }
                    }
                }
                Err(error) => bad.push(unreadable(file, error)?),
            }
        }
        Ok((words, bad))
    }
}

impl Table {
    /// Files that are not as they should be.
    pub(crate) async fn bad_files(
        &self,
        files: Vec<TableFile>,
        bytes: bool,
        checked: &mut Checked,
        listener: Listener<'_>,
    ) -> Result<Vec<BadFile>, LakeError> {
        let new: Vec<TableFile> = files
            .into_iter()
            .filter(|file| !checked.0.contains(&file.path))
            .collect();
        let results: Vec<(TableFile, Option<Fault>)> = stream::iter(new)
            .map(|file| async move {
                let fault = self.check_file(&file, bytes).await?;
                listener(Upkeep::File {
                    bytes: file.size_bytes,
                });
                Ok::<_, LakeError>((file, fault))
            })
            .buffered(FILES_AT_A_TIME)
            .try_collect()
            .await?;
        let mut bad = Vec::new();
        for (file, fault) in results {
            match fault {
                Some(fault) => bad.push((file, fault)),
                None => {
                    checked.0.insert(file.path);
                }
            }
        }
        Ok(bad)
    }
}

/// The files that nothing is wrong with.
pub(crate) fn whole(files: Vec<TableFile>, bad: &[BadFile]) -> Vec<TableFile> {
    let bad: HashSet<&Path> = bad.iter().map(|(file, _)| &file.path).collect();
    files
        .into_iter()
        .filter(|file| !bad.contains(&file.path))
        .collect()
}

/// A failure to decode is the file's; a failure of the store is nobody's finding.
fn unreadable(file: TableFile, error: LakeError) -> Result<BadFile, LakeError> {
    let reason = match &error {
        LakeError::Damaged { reason, .. } => reason.clone(),
        LakeError::Parquet(error) => error.to_string(),
        LakeError::Arrow(error) => error.to_string(),
        LakeError::Engine(engine) => match engine.find_root() {
            datafusion::error::DataFusionError::ObjectStore(source)
                if !matches!(**source, object_store::Error::NotFound { .. }) =>
            {
                return Err(error);
            }
            root => root.to_string(),
        },
        LakeError::Store(object_store::Error::NotFound { .. }) => Fault::Missing.to_string(),
        _ => return Err(error),
    };
    Ok((file, Fault::Unreadable(reason)))
}
