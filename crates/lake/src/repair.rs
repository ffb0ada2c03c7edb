//! What of a damaged lake can be rebuilt from the rest of it.
//!
//! Two rules. Nothing is thrown away on doubt: files of a log that cannot be read are set aside,
//! data files stay until a vacuum. And an object is whole or not there: one that has lost rows
//! loses the others too, and is recorded as vanished, so that it is read again.

use std::collections::BTreeSet;

use datafusion::logical_expr::{col, lit};
use deltalake::{kernel::Add, protocol::checkpoints};
use uuid::Uuid;

use crate::{
    LOG_FILES, Lake, LakeError, MAX_ATTEMPTS, REQUESTS, Storage,
    log::{self, LogFault, Part},
    log_files,
    redo::Record,
    repair_plan::RepairPlan,
    rewrite::{Looked, Rewrite},
    survey::Checked,
    table::{Change, Commit, Kind, Table, TableFile},
    upkeep::{Listener, Upkeep},
};

/// Records in one commit: readers hold them in memory.
const COMMIT_RECORDS: usize = 10_000;
/// The note that says what the last ingest listed; without it the next one lists everything.
const LISTED_NOTE: &str = "listed.json";

/// What kind of repair it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// A file of a table's log was set aside.
    LogSetAside,
    /// `log_files` was made anew.
    TableRebuilt,
    /// A damaged or missing file was taken out of its table.
    FileDropped,
    /// The rows left of an object were taken out; the next ingest reads it again.
    RowsTakenOut,
    /// A record came back from a commit or an older file.
    RecordRestored,
    /// A record was made from the rows.
    RecordRebuilt,
    /// `log_files` can be brought up to date again.
    NumbersMended,
}

impl RepairKind {
    /// The word in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogSetAside => "log set aside",
            Self::TableRebuilt => "table rebuilt",
            Self::FileDropped => "file dropped",
            Self::RowsTakenOut => "rows taken out",
            Self::RecordRestored => "record restored",
            Self::RecordRebuilt => "record rebuilt",
            Self::NumbersMended => "numbers mended",
        }
    }
}

/// One thing that was repaired, or would be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repair {
    /// What kind it is.
    pub kind: RepairKind,
    /// The table, the file as a path below the lake, or the object's key.
    pub what: String,
    /// What was done, and why.
    pub detail: String,
}

impl Repair {
    pub(crate) fn new(
        kind: RepairKind,
        what: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            what: what.into(),
            detail: detail.into(),
        }
    }
}

/// Rebuilds what can be rebuilt; with `dry_run`, only says what. Runs of ingest may work at the
/// same time.
///
/// # Errors
/// When there is no lake, the log of `requests` is damaged beyond its last checkpoint, other
/// writers keep winning, or the store fails. What was done stays; another repair goes on.
pub async fn repair(
    storage: Storage,
    dry_run: bool,
    now_us: &(dyn Fn() -> i64 + Sync),
    listener: Listener<'_>,
) -> Result<Vec<Repair>, LakeError> {
    let (mut done, mut checked) = (Vec::new(), Checked::default());
    let Some(mut lake) = open(&storage, dry_run, now_us, &mut done).await? else {
        // Of a dry run the rest cannot be known.
        return Ok(done);
    };
    for _ in 0..MAX_ATTEMPTS {
        lake.reload().await?;
        if let Err(error) = lake.numbers().await
            && !error.is_damage()
        {
            return Err(error);
        }
        let survey = lake.survey(true, &mut checked, listener).await?;
        let plan = lake.plan_repair(survey).await?;
        if dry_run || plan.is_nothing() {
            done.extend(plan.done);
            done.sort();
            return Ok(done);
        }
        if lake.commit_repair(&plan, now_us, listener).await? == Commit::Lost {
            listener(Upkeep::LostRace);
            continue;
        }
        lake.mend_log_files(&plan, now_us, listener).await?;
        lake.retire_broken_commits().await?;
        lake.storage.set_note(LISTED_NOTE, "{}".into()).await?;
        done.extend(plan.done);
        done.sort();
        return Ok(done);
    }
    Err(LakeError::Contended {
        attempts: MAX_ATTEMPTS,
    })
}

/// Both tables, with files of their logs set aside that keep them from opening.
async fn open(
    storage: &Storage,
    dry_run: bool,
    now_us: &(dyn Fn() -> i64 + Sync),
    done: &mut Vec<Repair>,
) -> Result<Option<Lake>, LakeError> {
    let not_found = || LakeError::NotFound {
        location: storage.location().to_owned(),
    };
    for name in [REQUESTS, LOG_FILES] {
        for fault in log::faults(storage, name).await? {
            // Derived from commits: without it the table opens from those, if they are all there.
            if matches!(fault.part, Part::Checkpoint(_) | Part::Pointer) {
                set_aside(storage, name, &fault, dry_run, now_us(), done).await?;
            }
        }
    }
    if dry_run && !done.is_empty() {
        return Ok(None);
    }
    let Some(requests) = Table::open(storage, REQUESTS).await? else {
        if Table::open(storage, LOG_FILES).await?.is_none() && !storage.has_data(REQUESTS).await? {
            return Err(not_found());
        }
        return Err(LakeError::Damaged {
            what: format!("{REQUESTS}/{}", log::LOG),
            reason: "it is gone; which data files are live, nothing else tells: bring it back \
                     from a copy, or ingest into a new lake"
                .to_owned(),
        });
    };
    let log_files = match Table::open(storage, LOG_FILES).await {
        Ok(Some(table)) => table,
        Err(error) if !error.is_of_the_lake() => return Err(error),
        damaged => {
            let reason = match damaged {
                Err(error) => error.to_string(),
                Ok(_) => "its log is gone".to_owned(),
            };
            done.push(Repair::new(RepairKind::TableRebuilt, LOG_FILES, reason));
            if dry_run {
                return Ok(None);
            }
            storage
                .set_folder_aside(LOG_FILES, log::LOG, now_us())
                .await?;
            Table::open_or_create(storage, LOG_FILES, &log_files::schema(), &[]).await?
        }
    };
    Ok(Some(Lake::new(storage.clone(), requests, log_files)))
}

async fn set_aside(
    storage: &Storage,
    table: &'static str,
    fault: &LogFault,
    dry_run: bool,
    now_us: i64,
    done: &mut Vec<Repair>,
) -> Result<(), LakeError> {
    if !dry_run {
        storage.set_aside(table, &fault.path, now_us).await?;
    }
    let what = format!("{table}/{}", fault.path);
    done.push(Repair::new(RepairKind::LogSetAside, what, &fault.reason));
    Ok(())
}

impl Lake {
    /// Commits the repair of `requests`, and the records, as numbered commits like any other: what
    /// runs at the same time sees them and plans anew.
    async fn commit_repair(
        &mut self,
        plan: &RepairPlan,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<Commit, LakeError> {
        let mut adds: Vec<Add> = Vec::new();
        let mut removes = plan.drop_requests.clone();
        if !plan.take_out.is_empty() {
            let keys = plan.take_out.iter().map(|key| lit(key.as_str())).collect();
            let gone = col("log_file").in_list(keys, false);
            let files = plan.good_requests.clone();
            let rewritten = self
                .rewrite_files(
                    files,
                    &gone,
                    Rewrite::Write,
                    now_us(),
                    &mut Looked::default(),
                )
                .await?;
            adds.extend(rewritten.adds);
            removes.extend(rewritten.removes);
        }
        // Also above what `log_files` has seen, where `requests` has lost commits.
        let last = self.requests.txn().await?.max(self.log_files.txn().await?);
        let mut all = plan.records.clone();
        for record in all.iter_mut().filter(|record| record.ingested_at_us == 0) {
            record.ingested_at_us = now_us();
        }
        let mut chunks = all.chunks(COMMIT_RECORDS);
        let mut log_files = chunks.next().unwrap_or_default();
        let mut txn = last + 1;
        loop {
            let batch = Uuid::new_v4();
            let change = Change {
                kind: if removes.is_empty() {
                    Kind::Append
                } else {
                    Kind::Rewrite
                },
                adds: &adds,
                removes: &removes,
                txn: Some(txn),
                redo: Some(Record { batch, log_files }),
            };
            let outcome = self.requests.commit(change, now_us()).await?;
            if outcome == Commit::Lost {
                return Ok(Commit::Lost);
            }
            self.requests.refresh().await?;
            listener(Upkeep::Done(format!("repair commit {txn}")));
            (adds, removes) = (Vec::new(), Vec::new());
            match chunks.next() {
                Some(chunk) => log_files = chunk,
                None => return Ok(Commit::Done),
            }
            txn += 1;
        }
    }

    /// Takes damaged files out of `log_files` and brings it up to date, also where the log no
    /// longer reaches back: what it told is in the repair's own commits.
    async fn mend_log_files(
        &mut self,
        plan: &RepairPlan,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<(), LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            self.reload().await?;
            let live: BTreeSet<_> = self
                .log_files
                .files()?
                .into_iter()
                .map(|file| file.path)
                .collect();
            let removes: Vec<TableFile> = plan
                .drop_log_files
                .iter()
                .filter(|file| live.contains(&file.path))
                .cloned()
                .collect();
            let seen = self.log_files.txn().await?;
            let commits = match self.requests.redo_since(seen).await {
                Ok(commits) => commits,
                Err(LakeError::RedoLogGone { .. } | LakeError::Damaged { .. }) if plan.gone => {
                    let mut commits = self.requests.redo_there_is().await?;
                    commits.retain(|commit| commit.txn > seen);
                    commits
                }
                Err(error) => return Err(error),
            };
            let txn = commits.last().map(|commit| commit.txn);
            if txn.is_none() && removes.is_empty() {
                return Ok(());
            }
            let adds = self.put_records(&commits, now_us()).await?;
            let change = Change {
                kind: if removes.is_empty() {
                    Kind::Append
                } else {
                    Kind::Rewrite
                },
                adds: &adds,
                removes: &removes,
                txn,
                redo: None,
            };
            if self.log_files.commit(change, now_us()).await? == Commit::Done {
                return self.reload().await;
            }
            listener(Upkeep::LostRace);
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Commits that cannot be read are needed by nobody once a checkpoint stands for them.
    async fn retire_broken_commits(&mut self) -> Result<(), LakeError> {
        for table in [&self.requests, &self.log_files] {
            let newest = table.delta().version().unwrap_or(0);
            let mut broken = log::faults(&self.storage, table.name()).await?;
            broken.retain(|fault| matches!(fault.part, Part::Commit(version) if version < newest));
            if broken.is_empty() {
                continue;
            }
            checkpoints::create_checkpoint(table.delta(), None).await?;
            for fault in broken {
                self.storage.set_aside(table.name(), &fault.path, 0).await?;
            }
        }
        Ok(())
    }
}
