//! Objects through the stages, and the loop around the lake's commit protocol.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use edgeledger_lake::{Lake, LakeError, LogFile, Outcome as Commit, Status, Storage};
use edgeledger_source::Source;
use futures::{StreamExt, stream};
use tokio::sync::{Semaphore, mpsc};

use crate::{
    Event, IngestError, IngestFailed, Settings, Stop, Summary,
    batch::{Filling, Full, Staged, stage},
    events::{Stage, count, timed},
    large,
    listing::{Item, Listed, list, todo},
    marks::Marks,
    object::{self, End, ReadObject, emit_read},
    pool::on_pool,
    stages::{Fetched, Pipeline, chunks},
};

/// Objects that cannot be read in a row after which something else than the objects is wrong.
const MAX_FAILURES_IN_A_ROW: u32 = 50;
/// Chunks that are fetched and parsed at the same time: one is fetched before a thread waits for it.
const READ_AHEAD: usize = 3;
/// Chunks into which what may be read at a time is cut.
const CHUNKS: usize = 2;
/// Chunks that are being read, wait, or are being written.
const CHUNKS_HELD: usize = 4;
/// Lost races after which a batch is given up rather than spin: each is another's progress.
const MAX_LOST_RACES: u32 = 1_000;

/// Brings the lake up to date with the sources.
///
/// `now_us` gives the time to record (UTC microseconds); `stop` asks it to end early; `emit` gets
/// every event.
///
/// # Errors
/// When a listing or the lake fails, or the sources are out of reach. What was committed stays, and
/// the error holds the summary of it.
pub async fn run(
    sources: &[Source],
    storage: Storage,
    settings: &Settings,
    now_us: impl Fn() -> i64,
    stop: &Stop,
    emit: &(dyn Fn(Event) + Sync),
) -> Result<Summary, IngestFailed> {
    let mut summary = Summary::default();
    let ended = async {
        let pipeline = Pipeline::new(sources, settings, stop.clone(), now_us(), emit, true)?;
        let run = Run {
            pipeline: &pipeline,
            now_us: &now_us,
            summary: &mut summary,
            done: HashSet::new(),
            failures_in_a_row: 0,
            fatal: None,
        };
        run.run(storage).await
    };
    match ended.await {
        Ok(()) => Ok(summary),
        Err(error) => Err(IngestFailed {
            summary: Box::new(summary),
            error,
        }),
    }
}

/// One run.
struct Run<'a, N> {
    pipeline: &'a Pipeline<'a>,
    now_us: &'a N,
    summary: &'a mut Summary,
    /// Keys that were tried in this run: none is tried twice.
    done: HashSet<String>,
    failures_in_a_row: u32,
    /// Why the run ends after what it holds is committed.
    fatal: Option<IngestError>,
}

impl<N: Fn() -> i64> Run<'_, N> {
    async fn run(mut self, storage: Storage) -> Result<(), IngestError> {
        let settings = self.pipeline.settings;
        let mut marks = Marks::load(&storage).await?;
        let started_us = (self.now_us)();
        let sources = self.pipeline.sources;
        let listing = list(sources, &marks, settings, started_us, self.summary);
        let emit = self.pipeline.emit;
        let mut listed = timed(Stage::List, self.now_us, emit, listing).await?;
        let mut lake = Lake::open_or_create(storage.clone(), &edgeledger_logs::schema()).await?;
        let (mut is_first, mut start) = (true, 0);
        loop {
            let plan = lake.plan((self.now_us)()).await?;
            if is_first && self.summary.is_partial_listing && !marks.are_of(&lake, &plan) {
                marks = Marks::default();
                *self.summary = Summary::default();
                listed = list(sources, &marks, settings, started_us, self.summary).await?;
            }
            let untold = lake.take_replayed();
            let untold: Vec<_> = untold
                .into_iter()
                .filter(|file| file.status == Status::Quarantined && !self.done.contains(&file.key))
                .map(|file| (file.key, file.reason.unwrap_or_default()))
                .collect();
            // Of a run that was killed before it could say so; one that is alive says it too.
            self.summary.quarantined.extend(untold);
            let summary = is_first.then_some(&mut *self.summary);
            let mut todo = todo(&listed.items, lake.known(), settings, &self.done, summary);
            if std::mem::take(&mut is_first) {
                (self.pipeline.emit)(Event::Planned {
                    objects: todo.len() as u64,
                    bytes: todo.iter().map(|item| item.object.size_bytes).sum(),
                });
            }
            if todo.is_empty() || self.is_over() {
                self.summary.left = todo.len() as u64;
                marks.bind(&lake, &plan);
                break;
            }
            // Beside other runs, somewhere else than they are.
            let places = todo.len();
            todo.rotate_left(start % places);
            let mut filling = Filling::new(
                Arc::clone(&self.pipeline.rules.schema),
                Arc::clone(&self.pipeline.writing),
            );
            let filled = match self.fill(&mut filling, &todo, &lake).await {
                Ok(()) => {
                    let rest = filling.finish(&lake, (self.now_us)());
                    timed(Stage::Write, self.now_us, emit, rest).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = filled {
                filling.abandon(&lake).await;
                return Err(error);
            }
            if filling.is_empty() {
                continue;
            }
            let full = filling.into_full();
            let now_us = self.now_us;
            let commit = self.commit(&mut lake, plan, full);
            if !timed(Stage::Commit, now_us, emit, commit).await? {
                start = random();
            }
        }
        self.summary.is_stopped = self.pipeline.stop.is_requested() && self.summary.left > 0;
        self.mark(&mut marks, &listed, &storage, started_us).await;
        self.fatal.map_or(Ok(()), Err)
    }

    fn is_over(&self) -> bool {
        self.fatal.is_some() || self.pipeline.stop.is_requested()
    }

    /// Reads objects until the batch is large enough to commit. While one chunk is written, others
    /// are fetched and parsed, and files that are full go to the store: no core waits for the
    /// slowest object, nor for the store.
    async fn fill(
        &mut self,
        filling: &mut Filling,
        todo: &[Item],
        lake: &Lake,
    ) -> Result<(), IngestError> {
        let (pipeline, settings, now_us) = (self.pipeline, self.pipeline.settings, self.now_us);
        let emit = pipeline.emit;
        let is_enough = AtomicBool::new(false);
        // Whoever reads a chunk has a place for it until it is written: what is being fetched never
        // waits for something else than its bytes.
        let places = Semaphore::new(CHUNKS_HELD);
        let is_over = || is_enough.load(Ordering::Relaxed) || pipeline.stop.is_requested();
        let read = async |chunk| {
            let place = places.acquire().await;
            if is_over() {
                return (Ok(Vec::new()), None, place);
            }
            let mut fetched = timed(Stage::Fetch, now_us, emit, pipeline.fetch(chunk)).await;
            let fatal = take_fatal(&mut fetched);
            let max_bytes = settings.parsed_bytes / CHUNKS;
            let parse = pipeline.parse(fetched, Arc::default(), max_bytes);
            let parsed = timed(Stage::Parse, now_us, emit, parse).await;
            (parsed, fatal, place)
        };
        let chunks = chunks(todo, settings.chunk_bytes / CHUNKS as u64).into_iter();
        let chunks = chunks.take_while(|_| !is_over());
        let (to_files, parsed) = mpsc::channel(CHUNKS_HELD);
        let (to_store, finished) = mpsc::channel(1);
        let read = async {
            let to_files = to_files;
            let chunks = stream::iter(chunks).map(read).buffered(READ_AHEAD);
            let mut chunks = std::pin::pin!(chunks);
            while let Some(chunk) = chunks.next().await {
                if to_files.send(chunk).await.is_err() {
                    break;
                }
            }
        };
        let write = async {
            // Dropped here, whatever ends it: the others end then.
            let (mut parsed, to_store) = (parsed, to_store);
            while let Some((chunk, fatal, place)) = parsed.recv().await {
                self.fatal = self.fatal.take().or(fatal);
                let write = self.take(chunk?, filling, lake);
                timed(Stage::Write, now_us, emit, write).await?;
                drop(place);
                if filling.is_full(settings) || self.is_over() {
                    is_enough.store(true, Ordering::Relaxed);
                }
                if to_store.send(filling.take_finished()).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let store = async {
            let (mut finished, mut staged) = (finished, Staged::default());
            while let Some(files) = finished.recv().await {
                staged.add(stage(files, lake, now_us()).await);
                if staged.failure.is_some() {
                    break;
                }
            }
            staged
        };
        let ((), written, staged) = futures::join!(read, write, store);
        filling.staged(staged)?;
        written
    }

    async fn take(
        &mut self,
        parsed: Vec<(Item, End<ReadObject>)>,
        filling: &mut Filling,
        lake: &Lake,
    ) -> Result<(), IngestError> {
        let (mut read, mut large) = (Vec::with_capacity(parsed.len()), Vec::new());
        for (item, end) in parsed {
            match end {
                End::Recorded(object) => {
                    if self.is_taken(&item, &object.log_file) {
                        read.push((item, object));
                    }
                }
                End::TooLarge => large.push(item),
                End::Stopped => {}
                End::Failed { reason, is_bug } => self.fail(item, reason, is_bug),
            }
        }
        filling.add(read, self.pipeline.settings).await?;
        for item in large {
            if self.is_over() {
                break;
            }
            self.stream(item, filling, lake).await?;
        }
        Ok(())
    }

    /// Whether a record goes into the lake. A new version of a known object that is not good must
    /// not cost the rows of the old one.
    fn is_taken(&mut self, item: &Item, file: &LogFile) -> bool {
        let is_good = matches!(file.status, Status::Ingested | Status::Empty);
        if item.replaces && !is_good {
            let why = file.reason.clone().unwrap_or_default();
            let reason = format!("the new version is refused, the old rows are kept: {why}");
            self.fail(item.clone(), reason, false);
            return false;
        }
        self.failures_in_a_row = 0;
        emit_read(file, self.pipeline.emit);
        true
    }

    fn fail(&mut self, item: Item, reason: String, is_bug: bool) {
        (self.pipeline.emit)(Event::Failed {
            key: item.object.key.clone(),
            bytes: item.object.size_bytes,
            reason: reason.clone(),
        });
        // Objects in an archive class come in thousands, and say nothing of the others.
        if !reason.contains("InvalidObjectState") {
            self.failures_in_a_row += 1;
        }
        self.summary.bugs += u64::from(is_bug);
        self.done.insert(item.object.key.clone());
        self.summary.failed.push((item.object.key, reason.clone()));
        if self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW {
            let objects = self.failures_in_a_row;
            self.fatal
                .get_or_insert(IngestError::NothingReadable { objects, reason });
        }
    }

    /// Reads one large object straight into staged files.
    async fn stream(
        &mut self,
        item: Item,
        filling: &mut Filling,
        lake: &Lake,
    ) -> Result<(), IngestError> {
        let content = match self.pipeline.fetch_one(&item).await {
            Fetched::Content(content) => content,
            Fetched::Vanished(reason) => {
                let record = object::refused(&item.object, Status::Vanished, reason);
                if self.is_taken(&item, &record) {
                    filling.record(&item, record);
                }
                return Ok(());
            }
            Fetched::Fatal(error) => {
                self.fatal.get_or_insert(IngestError::Source(error));
                return Ok(());
            }
            Fetched::Failed(reason) => {
                self.fail(item, reason, false);
                return Ok(());
            }
            Fetched::Large => {
                self.fail(item, "internal error: never fetched".into(), true);
                return Ok(());
            }
        };
        let (sender, mut files) = mpsc::channel(1);
        let (rules, stop) = (Arc::clone(&self.pipeline.rules), self.pipeline.stop.clone());
        let (object, max_bytes) = (item.object.clone(), self.pipeline.settings.writer_bytes / 2);
        let work = on_pool(&self.pipeline.pool, move || {
            large::read(&object, content, &rules, &sender, max_bytes, &stop)
        });
        let (now_us, lake_ref) = (self.now_us, lake);
        // Owns the receiver: when it ends early, the work ends too.
        let stage = async move {
            let mut staged = Vec::new();
            while let Some(file) = files.recv().await {
                match lake_ref.stage(file, now_us()).await {
                    Ok(file) => staged.push(file),
                    Err(error) => return (staged, Err(error)),
                }
            }
            (staged, Ok(()))
        };
        let (end, (staged, stored)) = futures::join!(work, stage);
        let (end, stored) = (end?, stored.map_err(IngestError::from));
        let record = match (end, &stored) {
            (End::Recorded(record), Ok(())) if self.is_taken(&item, &record) => Some(record),
            (End::Failed { reason, is_bug }, Ok(())) => {
                self.fail(item.clone(), reason, is_bug);
                None
            }
            (End::TooLarge, Ok(())) => {
                self.fail(
                    item.clone(),
                    "internal error: too large to stream".into(),
                    true,
                );
                None
            }
            _ => None,
        };
        match record {
            Some(record) if record.status == Status::Ingested => {
                filling.take_files(staged);
                filling.record(&item, record);
            }
            record => {
                // No commit was ever tried with these files; `lake vacuum` finds what stays.
                lake.discard(staged).await.unwrap_or_default();
                if let Some(record) = record {
                    filling.record(&item, record);
                }
            }
        }
        stored
    }

    /// Commits a batch, again after each lost race as long as its objects are still new. Says
    /// whether it is in.
    async fn commit(
        &mut self,
        lake: &mut Lake,
        mut plan: edgeledger_lake::Plan,
        full: Full,
    ) -> Result<bool, IngestError> {
        let emit = self.pipeline.emit;
        for _ in 0..MAX_LOST_RACES {
            let batch = &full.batch;
            if lake.commit(&plan, batch, (self.now_us)()).await? == Commit::Committed {
                self.summary.add(&batch.log_files);
                self.summary.replaced.extend(batch.replaced.iter().cloned());
                emit(Event::Committed {
                    objects: batch.log_files.len() as u64,
                    rows: batch.log_files.iter().map(|file| count(file.rows)).sum(),
                });
                let keys = batch.log_files.iter().map(|file| file.key.clone());
                self.done.extend(keys);
                return Ok(true);
            }
            emit(Event::LostRace);
            plan = lake.plan((self.now_us)()).await?;
            if !full.is_still_new(lake) {
                return Ok(false);
            }
        }
        Err(IngestError::Lake(LakeError::Contended {
            attempts: MAX_LOST_RACES,
        }))
    }

    /// After a run that left nothing open, the next need not list as much.
    async fn mark(&self, marks: &mut Marks, listed: &Listed, lake: &Storage, now_us: i64) {
        let summary = &self.summary;
        // What was refused or gone is to be listed, and named, again.
        let is_done = summary.left == 0
            && summary.failed.is_empty()
            && summary.vanished.is_empty()
            && summary.changed.is_empty()
            && self.fatal.is_none();
        if !is_done || self.pipeline.settings.since.is_some() {
            return;
        }
        let before = marks.clone();
        for (at, source) in self.pipeline.sources.iter().enumerate() {
            if source.is_remote() {
                let items = listed.items.iter().filter(|item| item.source == at);
                let is_whole = listed.whole.get(at).copied().unwrap_or(false);
                marks.add(source, items.map(|item| &item.object), is_whole, now_us);
            }
        }
        if *marks != before {
            // Nothing depends on a mark: without it the next run lists everything.
            marks.save(lake).await.unwrap_or_default();
        }
    }
}

/// An error that is not of one object ends the run, once what was read is committed.
fn take_fatal(fetched: &mut Vec<(Item, Fetched)>) -> Option<IngestError> {
    let is_fatal = |fetched: &Fetched| matches!(fetched, Fetched::Fatal(_));
    let mut fatal = fetched.extract_if(.., |(_, fetched)| is_fatal(fetched));
    let first = fatal.next();
    fatal.for_each(drop);
    match first {
        Some((_, Fetched::Fatal(error))) => Some(IngestError::Source(error)),
        _ => None,
    }
}

fn random() -> usize {
    let number = RandomState::new().build_hasher().finish();
    usize::try_from(number >> 33).unwrap_or(0)
}
