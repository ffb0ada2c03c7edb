//! Many small files become few large ones, with the same rows.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    dataframe::DataFrame,
    logical_expr::{SortExpr, col},
};
use deltalake::kernel::Add;
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;

use crate::{
    LOG_FILES, Lake, LakeError, MAX_ATTEMPTS, Partition, REQUESTS,
    rewrite::partition,
    table::{self, Change, Commit, Kind, Table, TableFile},
    upkeep::{Listener, Upkeep},
};

/// Files of `log_files` from which on they are joined: every reader opens each of them.
const MANY_LOG_FILES: usize = 8;

/// What to compact, and how far.
#[derive(Debug, Clone)]
pub struct CompactOptions {
    /// Size of a file as it should be. Files under half of it count as small.
    pub target_bytes: u64,
    /// Only this distribution; `log_files` is left alone then.
    pub distribution: Option<String>,
    /// Only say what would be done.
    pub dry_run: bool,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self {
            target_bytes: 128 << 20,
            distribution: None,
            dry_run: false,
        }
    }
}

/// What became of one partition, or of `log_files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// The partition; `None` for `log_files`.
    pub partition: Option<Partition>,
    /// Files before.
    pub files_before: usize,
    /// Their bytes.
    pub bytes_before: u64,
    /// Files after; of a dry run, about so many.
    pub files_after: usize,
    /// Their bytes; `None` of a dry run.
    pub bytes_after: Option<u64>,
    /// Rows, the same before and after.
    pub rows: i64,
}

impl Lake {
    /// Joins the small files of each partition, and those of `log_files`, sorted by time.
    ///
    /// Rows are never seen twice nor missed, and a killed compaction keeps the partitions it has
    /// done. The old files stay for those who still read them, until a vacuum. Runs of ingest and
    /// other compactions may work at the same time.
    ///
    /// # Errors
    /// When a file is damaged or rows would be lost (then that partition is left as it was), or
    /// the store fails.
    pub async fn compact(
        &mut self,
        options: &CompactOptions,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<Vec<Compacted>, LakeError> {
        if let Some(name) = &options.distribution {
            Partition::new(name, 0)?;
        }
        self.reload().await?;
        let mut partitions: BTreeMap<Partition, Vec<TableFile>> = BTreeMap::new();
        for file in self.requests.files()? {
            let partition = partition(&file)?;
            let wanted = options.distribution.as_ref();
            if wanted.is_none_or(|name| *name == partition.distribution) {
                partitions.entry(partition).or_default().push(file);
            }
        }
        partitions.retain(|_, files| is_worth_it(files, options.target_bytes));
        let log_files = self.log_files.files()?;
        let many = options.distribution.is_none() && log_files.len() > MANY_LOG_FILES;
        if options.dry_run {
            let mut planned: Vec<Compacted> = partitions
                .into_iter()
                .map(|(partition, files)| {
                    let after = expected_files(&files, options.target_bytes);
                    planned(Some(partition), &files, after)
                })
                .collect();
            planned.extend(many.then(|| planned_log_files(&log_files)));
            return Ok(planned);
        }
        listener(Upkeep::Stage {
            what: "compacting",
            bytes: partitions.values().map(|files| bytes(files)).sum(),
        });
        let mut done = Vec::new();
        for (partition, files) in partitions {
            done.extend(
                self.compact_partition(&partition, options.target_bytes, now_us, listener)
                    .await?,
            );
            listener(Upkeep::File {
                bytes: bytes(&files),
            });
        }
        if many {
            done.extend(self.compact_log_files(now_us, listener).await?);
        }
        Ok(done)
    }

    async fn compact_partition(
        &mut self,
        partition: &Partition,
        target_bytes: u64,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<Option<Compacted>, LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            let mut files = Vec::new();
            for file in self.requests.files()? {
                if crate::rewrite::partition(&file)? == *partition {
                    files.push(file);
                }
            }
            if !is_worth_it(&files, target_bytes) {
                return Ok(None);
            }
            let rows = self.rows_of(&self.requests, &files).await?;
            let adds = self.sorted(partition, &files, target_bytes, now_us).await?;
            let written: i64 = adds.iter().map(|(_, rows)| rows).sum();
            if written != rows {
                return Err(lost_rows(
                    REQUESTS,
                    &partition_name(partition),
                    rows,
                    written,
                ));
            }
            let adds: Vec<Add> = adds.into_iter().map(|(add, _)| add).collect();
            if commit(&mut self.requests, &adds, &files, now_us, listener).await? {
                let done = compacted(Some(partition.clone()), &files, &adds, rows);
                listener(Upkeep::Done(format!(
                    "{}: {} files became {}",
                    partition_name(partition),
                    done.files_before,
                    done.files_after
                )));
                return Ok(Some(done));
            }
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// The rows of some files of a partition in new files, by time.
    async fn sorted(
        &self,
        partition: &Partition,
        files: &[TableFile],
        target_bytes: u64,
        now_us: &(dyn Fn() -> i64 + Sync),
    ) -> Result<Vec<(Add, i64)>, LakeError> {
        let engine = self.engine()?;
        let rows = engine
            .read_table(Arc::new(self.requests_of(files.to_vec())?))?
            .sort(ascending(&["time", "log_file", "log_line"]))?;
        let target = usize::try_from(target_bytes).unwrap_or(usize::MAX).max(1);
        let staged = self.write(rows, partition, target, now_us()).await?;
        Ok(staged
            .into_iter()
            .map(|file| (file.add, file.rows))
            .collect())
    }

    /// Joins the files of `log_files`; every record of every commit stays.
    async fn compact_log_files(
        &mut self,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<Option<Compacted>, LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            let files = self.log_files.files()?;
            if files.len() <= MANY_LOG_FILES {
                return Ok(None);
            }
            let rows = self.rows_of(&self.log_files, &files).await?;
            let engine = self.engine()?;
            let table = self.provider(LOG_FILES, &self.log_files, &[], files.clone())?;
            let records = engine
                .read_table(Arc::new(table))?
                .sort(ascending(&["txn", "key"]))?;
            let (add, written) = self.put_log_files(records, now_us()).await?;
            if written != rows {
                return Err(lost_rows(LOG_FILES, "all files", rows, written));
            }
            let adds = [add];
            if commit(&mut self.log_files, &adds, &files, now_us, listener).await? {
                let done = compacted(None, &files, &adds, rows);
                listener(Upkeep::Done(format!(
                    "log_files: {} files became 1",
                    done.files_before
                )));
                return Ok(Some(done));
            }
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Writes rows of `log_files` to one new file.
    pub(crate) async fn put_log_files(
        &self,
        rows: DataFrame,
        now_us: i64,
    ) -> Result<(Add, i64), LakeError> {
        let mut stream = rows.execute_stream().await?;
        let schema = stream.schema();
        let options = crate::writer::options();
        let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
        let mut written = 0;
        while let Some(batch) = stream.try_next().await? {
            written += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
            writer.write(&batch)?;
        }
        let (bytes, stats) = (writer.into_inner()?, table::stats_json(written, None));
        let put = self.log_files.put(
            "",
            bytes.into(),
            std::collections::HashMap::new(),
            stats,
            now_us,
        );
        Ok((put.await?, written))
    }

    /// Rows of some files, each of which must be whole.
    async fn rows_of(&self, table: &Table, files: &[TableFile]) -> Result<i64, LakeError> {
        let mut rows = 0;
        for file in files {
            table.require_whole(file).await?;
            rows += match file.stats.rows {
                Some(rows) => rows,
                None => table.footer_rows(file).await?,
            };
        }
        Ok(rows)
    }
}

/// Exchanges files; `false` when the files are no longer what they were.
async fn commit(
    table: &mut Table,
    adds: &[Add],
    removes: &[TableFile],
    now_us: &(dyn Fn() -> i64 + Sync),
    listener: Listener<'_>,
) -> Result<bool, LakeError> {
    for _ in 0..MAX_ATTEMPTS {
        let change = Change {
            kind: Kind::Compact,
            adds,
            removes,
            txn: None,
            redo: None,
        };
        let outcome = table.commit(change, now_us()).await?;
        table.refresh().await?;
        if outcome == Commit::Done {
            table.checkpoint_if_due().await;
            return Ok(true);
        }
        listener(Upkeep::LostRace);
        let live = table.files()?;
        let is_live = |path: &str| live.iter().any(|file| file.path.as_ref() == path);
        // A commit that landed although the store said otherwise.
        if !adds.is_empty() && adds.iter().all(|add| is_live(&add.path)) {
            return Ok(true);
        }
        // The same exchange holds on the newest version as long as all its files are there.
        if !removes.iter().all(|file| is_live(file.path.as_ref())) {
            return Ok(false);
        }
    }
    Err(LakeError::Contended {
        attempts: MAX_ATTEMPTS,
    })
}

/// Whether joining these files leaves fewer. One small file among large ones stays: it would be
/// there again after.
fn is_worth_it(files: &[TableFile], target_bytes: u64) -> bool {
    let small = files
        .iter()
        .filter(|file| file.size_bytes < target_bytes / 2)
        .count();
    small > 0 && files.len() > expected_files(files, target_bytes)
}

fn expected_files(files: &[TableFile], target_bytes: u64) -> usize {
    let files_of_target = bytes(files).div_ceil(target_bytes.max(1));
    usize::try_from(files_of_target)
        .unwrap_or(usize::MAX)
        .max(1)
}

fn bytes(files: &[TableFile]) -> u64 {
    files.iter().map(|file| file.size_bytes).sum()
}

fn ascending(columns: &[&str]) -> Vec<SortExpr> {
    columns
        .iter()
        .map(|name| col(*name).sort(true, false))
        .collect()
}

fn planned(partition: Option<Partition>, files: &[TableFile], after: usize) -> Compacted {
    Compacted {
        partition,
        files_before: files.len(),
        bytes_before: bytes(files),
        files_after: after,
        bytes_after: None,
        rows: files.iter().filter_map(|file| file.stats.rows).sum(),
    }
}

fn planned_log_files(files: &[TableFile]) -> Compacted {
    planned(None, files, 1)
}

fn compacted(
    partition: Option<Partition>,
    files: &[TableFile],
    adds: &[Add],
    rows: i64,
) -> Compacted {
    let size = |add: &Add| u64::try_from(add.size).unwrap_or(0);
    Compacted {
        bytes_after: Some(adds.iter().map(size).sum()),
        rows,
        ..planned(partition, files, adds.len())
    }
}

fn partition_name(partition: &Partition) -> String {
    format!(
        "distribution={}/date={}",
        partition.distribution,
        partition.date()
    )
}

fn lost_rows(table: &str, what: &str, rows: i64, written: i64) -> LakeError {
    LakeError::Damaged {
        what: format!("{table}/{what}"),
        reason: format!("of {rows} rows {written} were read: nothing was changed"),
    }
}
