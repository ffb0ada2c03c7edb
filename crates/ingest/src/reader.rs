//! Objects read for a query, some of them and some of their columns, again for each.
//!
//! By the same rules as ingest: an object's rows are given whole or not at all, and its record says
//! which. Nothing is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicUsize},
};

use arrow::array::RecordBatch;
use edgeledger_lake::{LogFile, Partition, Status};
use edgeledger_source::{LogObject, Source};
use futures::{StreamExt, stream};
use tokio::{sync::mpsc::Sender, task::spawn_blocking};

use crate::{
    IngestError, ObjectName, Settings, Summary,
    group::{MAX_GROUP_BYTES, MAX_GROUP_OBJECTS, MAX_OBJECT_BYTES},
    listing::{Item, list},
    marks::Marks,
    object::{End, Halt, Rules, scan},
    partition::{Partitions, split},
    stages::{Fetched, fetched, no_source, parse_group},
};

/// Objects of a bucket that are fetched at the same time for one lot.
const FETCHES: usize = 16;

/// What was listed, to be read as often as it is asked for.
#[derive(Debug)]
pub struct Reader {
    sources: Vec<Source>,
    settings: Settings,
    items: Vec<Item>,
    names: Vec<Option<ObjectName>>,
    listed: Summary,
    now_us: i64,
}

/// The columns that a query asks for.
#[derive(Debug, Clone)]
pub struct Asked(Arc<Rules>);

/// What a lot of objects gave. Objects are told by their place among those listed.
#[derive(Debug, Default)]
pub struct Rows {
    /// Their rows: the asked columns, `time`, and perhaps others.
    pub partitions: BTreeMap<Partition, Vec<RecordBatch>>,
    /// What became of each.
    pub log_files: Vec<(usize, LogFile)>,
    /// Those that hold too much for memory, of which nothing was read: [`Reader::stream`] is for
    /// them.
    pub large: Vec<usize>,
}

impl Reader {
    /// Lists the sources: each key once, as ingest does. Nothing is read.
    ///
    /// # Errors
    /// When a source cannot be listed.
    pub async fn open(
        sources: Vec<Source>,
        settings: Settings,
        now_us: i64,
    ) -> Result<Self, IngestError> {
        let (mut summary, marks) = (Summary::default(), Marks::default());
        let listed = list(&sources, &marks, &settings, now_us, &mut summary);
        let items = listed.await?.items;
        let names = items.iter();
        let names = names.map(|item| ObjectName::parse(item.object.name()));
        Ok(Self {
            sources,
            settings,
            names: names.collect(),
            items,
            listed: summary,
            now_us,
        })
    }

    /// What was listed, in order of the keys, and what each name says.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = (&LogObject, Option<&ObjectName>)> {
        let items = self.items.iter().zip(&self.names);
        items.map(|(item, name)| (&item.object, name.as_ref()))
    }

    /// What the listing found.
    pub fn listed(&self) -> &Summary {
        &self.listed
    }

    /// Makes ready to read columns of `requests`. `distribution` and `date` are in the partition of
    /// each row, and need not be asked for.
    pub fn asked(&self, columns: &[&str]) -> Asked {
        // Who the row is for stands in its host where the object does not say it.
        let host = Some("cdn_host").filter(|_| self.names.contains(&None));
        let columns: Vec<&str> = columns.iter().copied().chain(host).collect();
        let rules = Rules::of_columns(&self.settings, self.now_us, &columns);
        Asked(Arc::new(rules))
    }

    /// Cuts objects into lots that are read in one go: small ones together. The first lots are
    /// small, so that a query that wants few rows reads few objects.
    pub fn lots(&self, objects: &[usize], side_by_side: usize) -> Vec<Vec<usize>> {
        let mut lots: Vec<Vec<usize>> = Vec::new();
        let (mut bytes, mut may_go_on) = (0, false);
        for at in objects {
            let Some(item) = self.items.get(*at) else {
                continue;
            };
            let size = item.object.size_bytes;
            let is_small = size <= MAX_OBJECT_BYTES;
            bytes += size;
            let doublings = lots.len().saturating_sub(1) / side_by_side.max(1);
            let max_objects = MAX_GROUP_OBJECTS.min(1 << doublings.min(16));
            match lots.last_mut() {
                Some(lot)
                    if is_small
                        && may_go_on
                        && bytes <= MAX_GROUP_BYTES
                        && lot.len() < max_objects =>
                {
                    lot.push(*at);
                }
                _ => {
                    bytes = size;
                    lots.push(vec![*at]);
                }
            }
            may_go_on = is_small;
        }
        lots
    }

    /// Stored bytes of objects.
    pub fn stored_bytes(&self, objects: &[usize]) -> u64 {
        let items = objects.iter().filter_map(|at| self.items.get(*at));
        items.map(|item| item.object.size_bytes).sum()
    }

    /// Reads a lot.
    ///
    /// # Errors
    /// [`IngestError::Unreadable`] when the bytes of one cannot be had: an answer may not leave a
    /// part out.
    pub async fn read(&self, lot: &[usize], asked: Asked) -> Result<Rows, IngestError> {
        let fetched = self.fetch(lot).await;
        let places: BTreeMap<String, usize> = fetched
            .iter()
            .map(|(at, item, _)| (item.object.key.clone(), *at))
            .collect();
        let fetched = fetched.into_iter().map(|(_, item, got)| (item, got));
        let fetched: Vec<_> = fetched.collect();
        let (rules, max_bytes) = (Arc::clone(&asked.0), self.settings.parsed_bytes);
        let work = move || parse_group(fetched, &rules, &AtomicUsize::new(0), max_bytes);
        let ends = on_thread(work).await?;
        let mut rows = Rows::default();
        for (item, end) in ends {
            let Some(at) = places.get(&item.object.key).copied() else {
                continue;
            };
            match end {
                End::Recorded(object) => {
                    for (partition, batches) in object.partitions {
                        let of_all = rows.partitions.entry(partition).or_default();
                        of_all.extend(batches);
                    }
                    rows.log_files.push((at, self.recorded(object.log_file)));
                }
                End::TooLarge => rows.large.push(at),
                End::Stopped => return Err(IngestError::Internal("never asked to stop".into())),
                End::Failed { reason, .. } => return Err(unreadable(item, reason)),
            }
        }
        Ok(rows)
    }

    /// Reads an object twice: to its end, to know whether it is good, and then for its rows, which
    /// are sent away. Memory holds a batch or two, whatever it holds.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn stream(
        &self,
        at: usize,
        asked: Asked,
        rows: Sender<(Partition, RecordBatch)>,
    ) -> Result<LogFile, IngestError> {
        let none = self.asked(&[]);
        let is_gone = rows.clone();
        let judged = self.scan_once(at, none, move |_, _| !is_gone.is_closed());
        let judged = judged.await?;
        if judged.status != Status::Ingested {
            return Ok(judged);
        }
        let send = move |partition, batch| rows.blocking_send((partition, batch)).is_ok();
        let read = self.scan_once(at, asked, send).await?;
        match self.items.get(at) {
            // Its rows were given away before it was known.
            Some(item) if read.status != Status::Ingested => Err(unreadable(
                item.clone(),
                read.reason.unwrap_or_else(|| "changed".to_owned()),
            )),
            _ => Ok(read),
        }
    }

    /// Reads one object batch by batch, as long as `each` wants more.
    async fn scan_once(
        &self,
        at: usize,
        asked: Asked,
        each: impl Fn(Partition, RecordBatch) -> bool + Send + 'static,
    ) -> Result<LogFile, IngestError> {
        let Some((_, item, got)) = self.fetch(&[at]).await.pop() else {
            return Err(IngestError::Internal(
                "an object that was not listed".into(),
            ));
        };
        let content = match got {
            Fetched::Content(content) => content,
            got => {
                let rules = Arc::clone(&asked.0);
                let ends = parse_group(vec![(item.clone(), got)], &rules, &AtomicUsize::new(0), 0);
                return match ends.into_iter().next() {
                    Some((_, End::Recorded(object))) => Ok(self.recorded(object.log_file)),
                    Some((_, End::Failed { reason, .. })) => Err(unreadable(item, reason)),
                    _ => Err(IngestError::Internal("an object was not fetched".into())),
                };
            }
        };
        let (rules, object) = (Arc::clone(&asked.0), item.object.clone());
        let name = self.names.get(at).cloned().flatten();
        let work = move || {
            let mut seen = Partitions::default();
            scan(&object, content, &rules, |batch| {
                for (partition, part) in split(&batch, name.as_ref(), &object.key, &rules)? {
                    seen.see(&partition)?;
                    if !each(partition, part) {
                        return Err(Halt::Stopped);
                    }
                }
                Ok(())
            })
        };
        match on_thread(work).await? {
            End::Recorded(log_file) => Ok(self.recorded(log_file)),
            End::Failed { reason, .. } => Err(unreadable(item, reason)),
            End::TooLarge | End::Stopped => Err(IngestError::Internal("nobody wants more".into())),
        }
    }

    /// Whether the name of each object says whose it is.
    pub fn are_named(&self) -> bool {
        self.names.iter().all(Option::is_some)
    }

    /// Distributions that have rows, found by as few objects as can be: of each one that names it,
    /// the first that has rows; of those that name none, all. What cannot be read has none.
    pub async fn distributions(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let asked = self.asked(&[]);
        for (at, name) in self.names.iter().enumerate() {
            if name
                .as_ref()
                .is_some_and(|name| found.contains(&name.distribution))
            {
                continue;
            }
            let Ok(rows) = self.read(&[at], asked.clone()).await else {
                continue;
            };
            let names = rows.partitions.into_keys();
            found.extend(names.map(|partition| partition.distribution));
            for at in rows.large {
                let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
                let streamed = self.stream(at, asked.clone(), sender);
                let taken = async {
                    let mut names = BTreeSet::new();
                    while let Some((partition, _)) = receiver.recv().await {
                        names.insert(partition.distribution);
                    }
                    names
                };
                let (ended, names) = futures::join!(streamed, taken);
                if ended.is_ok() {
                    found.extend(names);
                }
            }
        }
        found
    }

    async fn fetch(&self, lot: &[usize]) -> Vec<(usize, Item, Fetched)> {
        let item = |at: &usize| Some((*at, self.items.get(*at)?.clone()));
        let items: Vec<(usize, Item)> = lot.iter().filter_map(item).collect();
        let source = |item: &Item| self.sources.get(item.source);
        // Files of this machine in one go; others several at a time.
        if let Some((_, first)) = items.first()
            && let Some(at_hand) = source(first).filter(|source| !source.is_remote())
            && items.iter().all(|(_, item)| item.source == first.source)
        {
            let objects = items.iter().map(|(_, item)| item.object.clone());
            let contents = at_hand.fetch_all(objects.collect()).await;
            let all = items.into_iter().zip(contents);
            let all = all.map(|((at, item), content)| (at, item, fetched(at_hand, Some(content))));
            return all.collect();
        }
        stream::iter(items)
            .map(|(at, item)| async move {
                let got = match source(&item) {
                    Some(source) => fetched(source, Some(source.fetch(&item.object).await)),
                    None => no_source(),
                };
                (at, item, got)
            })
            .buffered(FETCHES)
            .collect()
            .await
    }

    fn recorded(&self, log_file: LogFile) -> LogFile {
        LogFile {
            ingested_at_us: self.now_us,
            ..log_file
        }
    }
}

fn unreadable(item: Item, reason: String) -> IngestError {
    IngestError::Unreadable {
        key: item.object.key,
        reason,
    }
}

/// Runs work that takes the processor, or waits for the bytes of an object, on a thread where it
/// keeps nobody waiting.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IngestError> {
    let done = spawn_blocking(work).await;
    done.map_err(|_| IngestError::Internal("a worker panicked".into()))
}
