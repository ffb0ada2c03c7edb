//! What a repair would do: rows against records, and records from wherever they still are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    LOG_FILES, Lake, LakeError, LogFile, REQUESTS, Repair, RepairKind, Status,
    records::{Records, remember, remember_all},
    rewrite::RowsByKey,
    survey::{Pending, Survey, Word, whole},
    table::{FileStats, TableFile},
};

/// The size of an object of which only the rows are left.
const SIZE_UNKNOWN: i64 = -1;

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct RepairPlan {
    pub(crate) done: Vec<Repair>,
    /// Live files of `requests` that stay.
    pub(crate) good_requests: Vec<TableFile>,
    pub(crate) drop_requests: Vec<TableFile>,
    pub(crate) drop_log_files: Vec<TableFile>,
    /// Objects whose rows go.
    pub(crate) take_out: BTreeSet<String>,
    /// What the records say from now on.
    pub(crate) records: Vec<LogFile>,
    /// `log_files` cannot be replayed from the log.
    pub(crate) gone: bool,
}

impl RepairPlan {
    pub(crate) fn is_nothing(&self) -> bool {
        self.done.is_empty()
    }
}

impl Lake {
    pub(crate) async fn plan_repair(&self, survey: Survey) -> Result<RepairPlan, LakeError> {
        let mut plan = RepairPlan {
            good_requests: whole(self.requests.files()?, &survey.bad_requests),
            ..RepairPlan::default()
        };
        let bad = [
            (REQUESTS, &survey.bad_requests, &mut plan.drop_requests),
            (LOG_FILES, &survey.bad_log_files, &mut plan.drop_log_files),
        ];
        for (table, bad, drop) in bad {
            for (file, fault) in bad {
                let what = format!("{table}/{}", file.path);
                let detail = fault.to_string();
                plan.done
                    .push(Repair::new(RepairKind::FileDropped, what, detail));
                drop.push(file.clone());
            }
        }
        if let Pending::Gone(reason) = &survey.pending {
            plan.gone = true;
            plan.done
                .push(Repair::new(RepairKind::NumbersMended, LOG_FILES, reason));
        }
        if let Pending::Behind { seen, txn } = survey.pending {
            let detail = format!("commit {txn} was the last, `log_files` has seen {seen}");
            plan.done
                .push(Repair::new(RepairKind::NumbersMended, REQUESTS, detail));
        }
        let words = self.restore(&survey, &mut plan).await?;
        self.compare(&survey.rows, &words, &mut plan).await?;
        plan.done.sort();
        Ok(plan)
    }

    /// Records that `log_files` has lost, and that older files or the log of `requests` still hold.
    async fn restore(
        &self,
        survey: &Survey,
        plan: &mut RepairPlan,
    ) -> Result<BTreeMap<String, Word>, LakeError> {
        let mut words = survey.words.clone();
        for (key, (txn, record)) in self.salvage().await? {
            if words.get(&key).is_none_or(|known| known.txn < txn) {
                words.insert(key.clone(), Word::of(txn, &record));
                plan.done.push(Repair::new(
                    RepairKind::RecordRestored,
                    key,
                    format!("{} rows ({})", record.rows, record.status.as_str()),
                ));
                plan.records.push(record);
            }
        }
        Ok(words)
    }

    /// Every record there is outside the live files of `log_files`.
    async fn salvage(&self) -> Result<Records, LakeError> {
        let mut records = Records::new();
        remember_all(&mut records, &self.requests.redo_there_is().await?);
        let live: BTreeSet<_> = self
            .log_files
            .files()?
            .into_iter()
            .map(|file| file.path)
            .collect();
        for meta in self.log_files.stored().await? {
            if live.contains(&meta.location) {
                continue;
            }
            let file = TableFile {
                path: meta.location,
                size_bytes: meta.size,
                partition_values: HashMap::new(),
                stats: FileStats::default(),
            };
            if self.log_files.check_file(&file, true).await?.is_some() {
                continue;
            }
            for (txn, record) in self.log_files.all_records(&file).await? {
                remember(&mut records, txn, record);
            }
        }
        Ok(records)
    }

    /// Rows against records: objects that are not whole go, rows without a record get one.
    async fn compare(
        &self,
        rows: &RowsByKey,
        words: &BTreeMap<String, Word>,
        plan: &mut RepairPlan,
    ) -> Result<(), LakeError> {
        let mut lost: BTreeMap<&String, String> = BTreeMap::new();
        for key in rows.keys().chain(words.keys()).collect::<BTreeSet<_>>() {
            let there = rows.get(key).copied().unwrap_or(0);
            match words.get(key) {
                Some(word) if word.rows == there => {}
                // It is read again anyway, or never: its rows should not be there.
                Some(word) if matches!(word.status, Status::Vanished | Status::Forgotten) => {
                    plan.take_out.insert(key.clone());
                    let detail =
                        format!("{there} rows of an object that is {}", word.status.as_str());
                    plan.done
                        .push(Repair::new(RepairKind::RowsTakenOut, key, detail));
                }
                Some(word) if word.status == Status::Ingested => {
                    let what = if there < word.rows {
                        "lost"
                    } else {
                        "too many"
                    };
                    let reason = format!("rows {what}: {there} were there, not {}", word.rows);
                    if there > 0 {
                        plan.take_out.insert(key.clone());
                    }
                    let detail = format!("{reason}; `ingest --full` reads the object again");
                    plan.done
                        .push(Repair::new(RepairKind::RowsTakenOut, key, detail));
                    lost.insert(key, reason);
                }
                // The record that told of these rows is lost.
                _ => {
                    plan.done.push(Repair::new(
                        RepairKind::RecordRebuilt,
                        key,
                        format!("from its {there} rows"),
                    ));
                    plan.records.push(from_rows(key, there));
                }
            }
        }
        if lost.is_empty() {
            return Ok(());
        }
        // A record that was just restored is the newer one.
        let mut full: BTreeMap<String, LogFile> = self.live_records(&lost, plan).await?;
        let (newer, records) = std::mem::take(&mut plan.records)
            .into_iter()
            .partition(|record| lost.contains_key(&record.key));
        plan.records = records;
        full.extend(Vec::into_iter(newer).map(|record: LogFile| (record.key.clone(), record)));
        for (key, reason) in lost {
            let record = full.remove(key).unwrap_or_else(|| from_rows(key, 0));
            plan.records.push(LogFile {
                status: Status::Vanished,
                reason: Some(reason),
                rows: 0,
                rejected_rows: 0,
                first_rejects: None,
                ..record
            });
        }
        Ok(())
    }

    async fn live_records(
        &self,
        wanted: &BTreeMap<&String, String>,
        plan: &RepairPlan,
    ) -> Result<BTreeMap<String, LogFile>, LakeError> {
        let dropped: BTreeSet<_> = plan.drop_log_files.iter().map(|file| &file.path).collect();
        let mut files = self.log_files.files()?;
        files.retain(|file| !dropped.contains(&file.path));
        let is_wanted = |record: &LogFile| wanted.contains_key(&record.key);
        let mut records = self.log_files.records(&files, &is_wanted).await?;
        remember_all(&mut records, &self.requests.redo_there_is().await?);
        Ok(records
            .into_iter()
            .map(|(key, (_, record))| (key, record))
            .collect())
    }
}

/// What the rows tell of an object whose record is lost.
fn from_rows(key: &str, rows: i64) -> LogFile {
    LogFile {
        key: key.to_owned(),
        etag: String::new(),
        size_bytes: SIZE_UNKNOWN,
        distribution: None,
        hour: None,
        status: Status::Ingested,
        reason: Some("rebuilt from the rows".to_owned()),
        rows,
        rejected_rows: 0,
        forgotten_rows: 0,
        first_rejects: None,
        uncompressed_bytes: 0,
        columns: None,
        parser_version: String::new(),
        ingested_at_us: 0,
    }
}
