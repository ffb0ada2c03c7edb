//! Objects on their way into one commit: rows to Parquet files, files to the store.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgeledger_lake::{Batch, DataFile, DataFileWriter, Lake, LogFile, Partition, StagedFile};
use rayon::{ThreadPool, prelude::*};

use crate::{IngestError, Settings, listing::Item, object::ReadObject, pool::on_pool};

/// Objects in one commit: its redo record is held in memory and read again by each replay.
const COMMIT_OBJECTS: usize = 10_000;
/// Files open at a time: each has buffers of its own, however few its rows.
const MAX_OPEN_FILES: usize = 256;

/// A batch that is being filled.
pub(crate) struct Filling {
    schema: SchemaRef,
    pool: Arc<ThreadPool>,
    writers: BTreeMap<Partition, DataFileWriter>,
    batch: Batch,
    /// Key and, as planned, the commit that last recorded it.
    planned: Vec<(String, Option<i64>)>,
}

/// A batch that is ready to be committed.
pub(crate) struct Full {
    pub(crate) batch: Batch,
    planned: Vec<(String, Option<i64>)>,
}

impl Full {
    /// Whether nobody recorded any of its objects since it was planned.
    pub(crate) fn is_still_new(&self, lake: &Lake) -> bool {
        self.planned.iter().all(|(key, txn)| {
            let now = lake.known().get(key).map(|version| version.txn);
            now == *txn
        })
    }
}

impl Filling {
    pub(crate) fn new(schema: SchemaRef, pool: Arc<ThreadPool>) -> Self {
        Self {
            schema,
            pool,
            writers: BTreeMap::new(),
            batch: Batch::default(),
            planned: Vec::new(),
        }
    }

    /// Whether it is large enough to be committed.
    pub(crate) fn is_full(&self, settings: &Settings) -> bool {
        let staged: u64 = self.batch.files.iter().map(StagedFile::size_bytes).sum();
        staged + self.memory_bytes() as u64 >= settings.commit_bytes
            || self.batch.log_files.len() >= COMMIT_OBJECTS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.log_files.is_empty()
    }

    fn memory_bytes(&self) -> usize {
        let writers = self.writers.values();
        writers.map(DataFileWriter::memory_bytes).sum()
    }

    /// Records an object without rows in the open files.
    pub(crate) fn record(&mut self, item: &Item, log_file: LogFile) {
        self.planned.push((item.object.key.clone(), item.known_txn));
        if item.replaces {
            self.batch.replaced.insert(item.object.key.clone());
        }
        self.batch.log_files.push(log_file);
    }

    /// Takes over files that were staged while one large object was read.
    pub(crate) fn take_files(&mut self, files: Vec<StagedFile>) {
        self.batch.files.extend(files);
    }

    /// Hands parsed rows to their partitions' files, in listing order: the same input gives the
    /// same files whatever the number of threads.
    pub(crate) async fn add(
        &mut self,
        objects: Vec<(Item, ReadObject)>,
        lake: &Lake,
        settings: &Settings,
        now_us: i64,
    ) -> Result<(), IngestError> {
        let mut rows: BTreeMap<Partition, Vec<RecordBatch>> = BTreeMap::new();
        for (item, object) in objects {
            for (partition, batches) in object.partitions {
                rows.entry(partition).or_default().extend(batches);
            }
            self.record(&item, object.log_file);
        }
        let mut work = Vec::with_capacity(rows.len());
        for (partition, batches) in rows {
            let writer = match self.writers.remove(&partition) {
                Some(writer) => writer,
                None => DataFileWriter::new(partition.clone(), Arc::clone(&self.schema))?,
            };
            work.push((partition, writer, batches));
        }
        let written: Result<Vec<_>, IngestError> = on_pool(&self.pool, move || {
            work.into_par_iter()
                .map(|(partition, mut writer, batches)| {
                    batches.iter().try_for_each(|batch| writer.write(batch))?;
                    writer.rest();
                    Ok((partition, writer))
                })
                .collect()
        })
        .await?;
        self.writers.extend(written?);
        let mut ready = Vec::new();
        while self.writers.len() > MAX_OPEN_FILES || self.memory_bytes() > settings.writer_bytes {
            let Some(writer) = take_largest(&mut self.writers) else {
                break;
            };
            ready.push(writer);
        }
        self.stage(ready, lake, now_us).await
    }

    async fn stage(
        &mut self,
        writers: Vec<DataFileWriter>,
        lake: &Lake,
        now_us: i64,
    ) -> Result<(), IngestError> {
        // A few at a time: finished files are held whole.
        let mut writers = writers.into_iter().peekable();
        while writers.peek().is_some() {
            let some: Vec<_> = writers.by_ref().take(8).collect();
            let files: Result<Vec<DataFile>, IngestError> = on_pool(&self.pool, move || {
                let files = some.into_par_iter().map(|writer| Ok(writer.finish()?));
                files.collect()
            })
            .await?;
            let staged = files?.into_iter().map(|file| lake.stage(file, now_us));
            // All are waited for: one that is given up half way would leave its file behind.
            let mut failure = None;
            for staged in futures::future::join_all(staged).await {
                match staged {
                    Ok(file) => self.batch.files.push(file),
                    Err(error) => failure = Some(error),
                }
            }
            if let Some(error) = failure {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Stages what is still open.
    pub(crate) async fn finish(&mut self, lake: &Lake, now_us: i64) -> Result<(), IngestError> {
        let writers = std::mem::take(&mut self.writers).into_values().collect();
        self.stage(writers, lake, now_us).await?;
        for file in &mut self.batch.log_files {
            file.ingested_at_us = now_us;
        }
        Ok(())
    }

    /// The batch, once it is finished.
    pub(crate) fn into_full(self) -> Full {
        Full {
            batch: self.batch,
            planned: self.planned,
        }
    }

    /// Removes what was staged: no commit was tried with it.
    pub(crate) async fn abandon(self, lake: &Lake) {
        // The error that led here is the one to tell; `lake vacuum` finds what stays.
        lake.discard(self.batch.files).await.unwrap_or_default();
    }
}

/// Takes out the writer that holds the most.
pub(crate) fn take_largest(
    writers: &mut BTreeMap<Partition, DataFileWriter>,
) -> Option<DataFileWriter> {
    let largest = writers
        .iter()
        .max_by_key(|(_, writer)| writer.memory_bytes())
        .map(|(partition, _)| partition.clone())?;
    writers.remove(&largest)
}
