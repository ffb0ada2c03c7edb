//! Objects on their way into one commit: rows to Parquet files, files to the store.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgeledger_lake::{
    Batch, DataFile, DataFileWriter, Lake, LakeError, LogFile, Partition, StagedFile,
};
use futures::{StreamExt, stream};
use rayon::{ThreadPool, prelude::*};

use crate::{IngestError, Settings, listing::Item, object::ReadObject, pool::on_pool};

/// Objects in one commit: its redo record is held in memory and read again by each replay.
const COMMIT_OBJECTS: usize = 50_000;
/// Files finished at a time, once there are no more rows, and files on their way to the store.
const FINISHED_FILES: usize = 8;
/// Files open at a time: each has buffers of its own, however few its rows.
const MAX_OPEN_FILES: usize = 256;

/// A batch that is being filled.
pub(crate) struct Filling {
    schema: SchemaRef,
    pool: Arc<ThreadPool>,
    writers: BTreeMap<Partition, DataFileWriter>,
    /// Finished files that wait to be staged.
    finished: Vec<DataFile>,
    /// Bytes of all files that were finished.
    finished_bytes: u64,
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
            finished: Vec::new(),
            finished_bytes: 0,
            batch: Batch::default(),
            planned: Vec::new(),
        }
    }

    /// Whether it is large enough to be committed.
    pub(crate) fn is_full(&self, settings: &Settings) -> bool {
        self.finished_bytes + self.memory_bytes() as u64 >= settings.commit_bytes
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
        self.finished_bytes += files.iter().map(StagedFile::size_bytes).sum::<u64>();
        self.batch.files.extend(files);
    }

    /// Files to stage: while they are written to the store, others are filled.
    pub(crate) fn take_finished(&mut self) -> Vec<DataFile> {
        std::mem::take(&mut self.finished)
    }

    /// Hands parsed rows to their partitions' files, in listing order: the same input gives the
    /// same files whatever the number of threads. Large ones are finished.
    pub(crate) async fn add(
        &mut self,
        objects: Vec<(Item, ReadObject)>,
        settings: &Settings,
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
                    writer.write_all(&batches)?;
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
        self.end(ready).await
    }

    async fn end(&mut self, writers: Vec<DataFileWriter>) -> Result<(), IngestError> {
        let files: Result<Vec<_>, IngestError> = on_pool(&self.pool, move || {
            let files = writers.into_par_iter().map(|writer| Ok(writer.finish()?));
            files.collect()
        })
        .await?;
        let files = files?;
        let n_bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
        self.finished_bytes += n_bytes as u64;
        self.finished.extend(files);
        Ok(())
    }

    /// Takes over what became of files on their way to the store.
    pub(crate) fn staged(&mut self, staged: Staged) -> Result<(), IngestError> {
        self.batch.files.extend(staged.files);
        staged.failure.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Stages what is still open.
    pub(crate) async fn finish(&mut self, lake: &Lake, now_us: i64) -> Result<(), IngestError> {
        let mut writers = std::mem::take(&mut self.writers).into_values();
        loop {
            // A few at a time: finished files are held whole.
            let some = writers.by_ref().take(FINISHED_FILES).collect();
            let files = self.take_finished();
            let is_last = files.is_empty();
            let (staged, ended) = futures::join!(stage(files, lake, now_us), self.end(some));
            self.staged(staged)?;
            ended?;
            if is_last && self.finished.is_empty() {
                break;
            }
        }
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

/// What became of files on their way to the store.
#[derive(Default)]
pub(crate) struct Staged {
    files: Vec<StagedFile>,
    pub(crate) failure: Option<LakeError>,
}

impl Staged {
    pub(crate) fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.failure = self.failure.take().or(other.failure);
    }
}

/// Puts files into the store, a few at a time. All are waited for: one that is given up half way
/// would stay behind.
pub(crate) async fn stage(files: Vec<DataFile>, lake: &Lake, now_us: i64) -> Staged {
    let stage = |file| lake.stage(file, now_us);
    let ends = stream::iter(files.into_iter().map(stage)).buffered(FINISHED_FILES);
    let ends: Vec<_> = ends.collect().await;
    let (mut files, mut failure) = (Vec::with_capacity(ends.len()), None);
    for end in ends {
        match end {
            Ok(file) => files.push(file),
            Err(error) => failure = Some(error),
        }
    }
    Staged { files, failure }
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
