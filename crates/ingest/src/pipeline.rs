//! Batches of objects through the stages, and the loop around the lake's commit protocol.

use std::{
    collections::{BTreeMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgeledger_lake::{
    DataFile, DataFileWriter, Known, Lake, LogFile, Outcome as Commit, Partition, Status, Storage,
    file_schema,
};
use edgeledger_source::{Content, LogObject, Source, SourceError};
use futures::{StreamExt, TryStreamExt, stream};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use tokio::sync::oneshot;

use crate::{
    Event, IngestError, ObjectName, Settings, Summary,
    events::count,
    object::{self, ReadObject},
};

/// Brings the lake up to date with the sources.
///
/// `now_us` gives the time to record (UTC microseconds); `emit` gets every event.
///
/// # Errors
/// When a listing, a fetch (other than of a vanished object) or the lake fails.
pub async fn run(
    sources: &[Source],
    storage: Storage,
    settings: &Settings,
    now_us: impl Fn() -> i64,
    emit: &(dyn Fn(Event) + Sync),
) -> Result<Summary, IngestError> {
    let pool = Arc::new(
        ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .build()?,
    );
    let mut summary = Summary::default();
    let listing = list(sources, settings, &mut summary).await?;
    let parsed_schema = edgeledger_logs::schema();
    let mut lake = Lake::open_or_create(storage, &parsed_schema).await?;
    let mut first = true;
    // Keys of this run: a quarantined object that is retried is retried once.
    let mut done = HashSet::new();
    loop {
        let plan = lake.plan(now_us()).await?;
        let todo = todo(
            &listing,
            lake.known(),
            settings,
            &done,
            first.then_some(&mut summary),
        );
        if std::mem::take(&mut first) {
            let bytes = todo.iter().map(|item| item.object.size_bytes).sum();
            emit(Event::Planned {
                objects: todo.len() as u64,
                bytes,
            });
        }
        if todo.is_empty() {
            return Ok(summary);
        }
        let mut batch = Batch::new(file_schema(&parsed_schema), Arc::clone(&pool));
        batch.fill(sources, &todo, settings, emit).await?;
        let (data, mut log_files) = batch.finish().await?;
        let now = now_us();
        for file in &mut log_files {
            file.ingested_at_us = now;
        }
        let mut staged = edgeledger_lake::Batch::default();
        for file in data {
            staged.files.push(lake.stage(file, now).await?);
        }
        staged.log_files.clone_from(&log_files);
        match lake.commit(&plan, &staged, now).await? {
            Commit::Committed => {
                summary.add(&log_files);
                emit(Event::Committed {
                    objects: log_files.len() as u64,
                    rows: log_files.iter().map(|file| count(file.rows)).sum(),
                });
                done.extend(log_files.into_iter().map(|file| file.key));
            }
            Commit::Lost => emit(Event::LostRace),
        }
    }
}

/// Stored bytes up to which [`read`] holds logs in memory.
const MAX_IN_MEMORY_BYTES: u64 = 32 << 20;

/// Logs read without a lake.
#[derive(Debug)]
pub struct Logs {
    /// Rows by partition.
    pub partitions: BTreeMap<Partition, Vec<RecordBatch>>,
    /// One entry an object.
    pub log_files: Vec<LogFile>,
}

/// Reads sources of up to 32 MiB stored into memory, by the same rules as [`run`]; `None` when there
/// is more: then a temporary lake is the place.
///
/// # Errors
/// As [`run`].
pub async fn read(
    sources: &[Source],
    settings: &Settings,
    now_us: i64,
    emit: &(dyn Fn(Event) + Sync),
) -> Result<Option<(Summary, Logs)>, IngestError> {
    let mut summary = Summary::default();
    let items = list(sources, settings, &mut summary).await?;
    let bytes = items.iter().map(|item| item.object.size_bytes).sum();
    if bytes > MAX_IN_MEMORY_BYTES {
        return Ok(None);
    }
    emit(Event::Planned {
        objects: items.len() as u64,
        bytes,
    });
    let pool = Arc::new(
        ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .build()?,
    );
    let batch = Batch::new(file_schema(&edgeledger_logs::schema()), pool);
    let mut logs = Logs {
        partitions: BTreeMap::new(),
        log_files: Vec::new(),
    };
    for chunk in chunks(&items, settings.chunk_bytes) {
        let fetched = fetch(sources, chunk, settings).await?;
        for object in batch.parse(fetched, settings.max_reject_ratio).await? {
            object.emit(emit);
            for (partition, batches) in object.partitions {
                logs.partitions
                    .entry(partition)
                    .or_default()
                    .extend(batches);
            }
            logs.log_files.push(LogFile {
                ingested_at_us: now_us,
                ..object.log_file
            });
        }
    }
    summary.add(&logs.log_files);
    Ok(Some((summary, logs)))
}

/// An object and the source it came from.
#[derive(Debug, Clone)]
struct Item {
    source: usize,
    object: LogObject,
}

/// Lists every source whole, each key once, in key order.
async fn list(
    sources: &[Source],
    settings: &Settings,
    summary: &mut Summary,
) -> Result<Vec<Item>, IngestError> {
    let mut items = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        let listing = source.list(&[]).await?;
        summary.ignored.extend(listing.ignored);
        for object in listing.objects {
            if in_range(&object, settings) {
                items
                    .entry(object.key.clone())
                    .or_insert(Item { source: at, object });
            } else {
                summary.out_of_range += 1;
            }
        }
    }
    summary.listed = items.len() as u64;
    Ok(items.into_values().collect())
}

/// Objects that name no hour are always in range.
fn in_range(object: &LogObject, settings: &Settings) -> bool {
    let Some(ObjectName { hour, .. }) = ObjectName::parse(object.name()) else {
        return true;
    };
    settings.since.as_ref().is_none_or(|since| hour >= *since)
        && settings.until.as_ref().is_none_or(|until| hour < *until)
}

/// Objects the lake does not have yet. The first plan of a run also fills the summary's counts.
fn todo(
    listing: &[Item],
    known: &Known,
    settings: &Settings,
    done: &HashSet<String>,
    mut summary: Option<&mut Summary>,
) -> Vec<Item> {
    let mut todo = Vec::new();
    for item in listing {
        let object = &item.object;
        let Some(version) = known.get(&object.key) else {
            todo.push(item.clone());
            continue;
        };
        let same = version.etag == object.etag
            && u64::try_from(version.size_bytes) == Ok(object.size_bytes);
        let status = version.status;
        // An object that gave no rows may be read again: when it comes back repaired, or is asked.
        let again = status == Status::Vanished
            || (!matches!(status, Status::Ingested | Status::Forgotten) && !same)
            || (settings.retry_quarantined && status == Status::Quarantined);
        if again && !done.contains(&object.key) {
            todo.push(item.clone());
        } else if let Some(summary) = summary.as_deref_mut() {
            if same {
                summary.known += 1;
            } else {
                summary.changed.push(object.key.clone());
            }
        }
    }
    todo
}

/// Objects on their way into one commit.
struct Batch {
    schema: SchemaRef,
    pool: Arc<ThreadPool>,
    writers: BTreeMap<Partition, DataFileWriter>,
    log_files: Vec<LogFile>,
}

/// An object as fetched, or why there is nothing to read.
type Fetched = (LogObject, Result<Content, String>);

impl Batch {
    fn new(schema: SchemaRef, pool: Arc<ThreadPool>) -> Self {
        Self {
            schema,
            pool,
            writers: BTreeMap::new(),
            log_files: Vec::new(),
        }
    }

    /// Reads objects until the batch is large enough to commit. While one chunk is parsed, the
    /// next is fetched.
    async fn fill(
        &mut self,
        sources: &[Source],
        todo: &[Item],
        settings: &Settings,
        emit: &(dyn Fn(Event) + Sync),
    ) -> Result<(), IngestError> {
        let mut chunks = chunks(todo, settings.chunk_bytes).into_iter();
        let mut fetched = match chunks.next() {
            Some(chunk) => fetch(sources, chunk, settings).await?,
            None => return Ok(()),
        };
        loop {
            let next = if self.is_full(settings) {
                None
            } else {
                chunks.next()
            };
            let fetch_next = async {
                match next {
                    Some(chunk) => fetch(sources, chunk, settings).await.map(Some),
                    None => Ok(None),
                }
            };
            let (parsed, next) =
                futures::join!(self.parse(fetched, settings.max_reject_ratio), fetch_next);
            self.add(parsed?, emit).await?;
            match next? {
                Some(next) => fetched = next,
                None => return Ok(()),
            }
        }
    }

    fn is_full(&self, settings: &Settings) -> bool {
        let bytes: usize = self
            .writers
            .values()
            .map(DataFileWriter::memory_bytes)
            .sum();
        bytes >= settings.commit_bytes || self.log_files.len() >= COMMIT_OBJECTS
    }

    async fn parse(
        &self,
        fetched: Vec<Fetched>,
        max_reject_ratio: f64,
    ) -> Result<Vec<ReadObject>, IngestError> {
        let schema = Arc::clone(&self.schema);
        on_pool(&self.pool, move || {
            fetched
                .into_par_iter()
                .map(|(object, content)| match content {
                    Ok(content) => object::read(&object, content, max_reject_ratio, &schema),
                    Err(reason) => Ok(object::refused(&object, Status::Vanished, reason)),
                })
                .collect()
        })
        .await?
    }

    /// Hands parsed rows to their partitions' files, in listing order: the same input gives the
    /// same files whatever the number of threads.
    async fn add(
        &mut self,
        objects: Vec<ReadObject>,
        emit: &(dyn Fn(Event) + Sync),
    ) -> Result<(), IngestError> {
        let mut rows: BTreeMap<Partition, Vec<RecordBatch>> = BTreeMap::new();
        for object in objects {
            object.emit(emit);
            for (partition, batches) in object.partitions {
                rows.entry(partition).or_default().extend(batches);
            }
            self.log_files.push(object.log_file);
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
                    Ok((partition, writer))
                })
                .collect()
        })
        .await?;
        self.writers.extend(written?);
        Ok(())
    }

    async fn finish(self) -> Result<(Vec<DataFile>, Vec<LogFile>), IngestError> {
        let writers = self.writers;
        let data: Result<Vec<_>, IngestError> = on_pool(&self.pool, move || {
            let writers: Vec<_> = writers.into_values().collect();
            writers
                .into_par_iter()
                .map(|writer| Ok(writer.finish()?))
                .collect()
        })
        .await?;
        Ok((data?, self.log_files))
    }
}

/// Objects in one commit: its redo record is held in memory and read again by each replay.
const COMMIT_OBJECTS: usize = 10_000;

/// Objects read and parsed at a time, however small they are.
const CHUNK_OBJECTS: usize = 4_096;

/// Cuts the work into pieces of about `chunk_bytes`, at least one object each.
fn chunks(todo: &[Item], chunk_bytes: u64) -> Vec<&[Item]> {
    let (mut chunks, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, item) in todo.iter().enumerate() {
        let full = bytes + item.object.size_bytes > chunk_bytes || at - start >= CHUNK_OBJECTS;
        if at > start && full {
            chunks.extend(todo.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += item.object.size_bytes;
    }
    chunks.extend(todo.get(start..).filter(|rest| !rest.is_empty()));
    chunks
}

async fn fetch(
    sources: &[Source],
    items: &[Item],
    settings: &Settings,
) -> Result<Vec<Fetched>, IngestError> {
    stream::iter(items)
        .map(|item| async move {
            let source = sources
                .get(item.source)
                .ok_or_else(|| IngestError::Internal("an object without a source".into()))?;
            match source.fetch(&item.object).await {
                Ok(content) => Ok((item.object.clone(), Ok(content))),
                Err(error @ (SourceError::Vanished { .. } | SourceError::Changed { .. })) => {
                    Ok((item.object.clone(), Err(error.to_string())))
                }
                Err(error) => Err(IngestError::from(error)),
            }
        })
        .buffered(settings.fetches.max(1))
        .try_collect()
        .await
}

/// The one bridge from async to CPU work. A panic there becomes an error here.
async fn on_pool<T: Send + 'static>(
    pool: &ThreadPool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IngestError> {
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        // The receiver is gone only when the run was dropped: then nobody wants the result.
        drop(sender.send(result));
    });
    match receiver.await {
        Ok(Ok(value)) => Ok(value),
        _ => Err(IngestError::Internal("a worker panicked".into())),
    }
}
