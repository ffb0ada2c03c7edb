//! Fetching and parsing: what stays the same for a whole run.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
};

use edgeledger_lake::Status;
use edgeledger_source::{Content, LogObject, Source, SourceError};
use futures::{StreamExt, stream};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use crate::{
    Event, IngestError, Settings, Stop, group,
    listing::Item,
    object::{self, End, ReadObject, Rules},
    pool::on_pool,
};

/// Objects read and parsed at a time, however small they are.
const CHUNK_OBJECTS: usize = 2048;
/// Objects on a disk of this machine that are read in one go.
const LOT_OBJECTS: usize = 256;
/// An object as fetched.
pub(crate) enum Fetched {
    Content(Content),
    /// To be streamed.
    Large,
    /// Gone, or another version: the reason.
    Vanished(String),
    /// Out of reach: the reason.
    Failed(String),
    /// Everything is out of reach.
    Fatal(SourceError),
}

/// What stays the same for a whole run.
pub(crate) struct Pipeline<'a> {
    pub(crate) sources: &'a [Source],
    pub(crate) settings: &'a Settings,
    pub(crate) rules: Arc<Rules>,
    pub(crate) pool: Arc<ThreadPool>,
    /// Threads of their own for what writes: it would wait behind what parses, and threads that
    /// have parsed all there is room for would wait for it.
    pub(crate) writing: Arc<ThreadPool>,
    pub(crate) stop: Stop,
    pub(crate) emit: &'a (dyn Fn(Event) + Sync),
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(
        sources: &'a [Source],
        settings: &'a Settings,
        stop: Stop,
        now_us: i64,
        emit: &'a (dyn Fn(Event) + Sync),
        dictionaries: bool,
    ) -> Result<Self, IngestError> {
        let pool = || {
            let pool = ThreadPoolBuilder::new().num_threads(settings.threads);
            Ok::<_, IngestError>(Arc::new(pool.build()?))
        };
        Ok(Self {
            sources,
            settings,
            rules: Arc::new(Rules::new(settings, now_us, dictionaries)),
            pool: pool()?,
            writing: pool()?,
            stop,
            emit,
        })
    }

    /// Fetches a chunk, several objects at a time.
    pub(crate) async fn fetch(&self, chunk: &[Item]) -> Vec<(Item, Fetched)> {
        let lots: Vec<Vec<(Item, Fetched)>> = stream::iter(self.lots(chunk))
            .map(|lot| async move {
                let is_small = |item: &&Item| item.object.size_bytes <= self.settings.chunk_bytes;
                let objects = lot.iter().filter(is_small);
                let objects = objects.map(|item| item.object.clone()).collect();
                let source = lot.first().and_then(|item| self.sources.get(item.source));
                let contents = match source {
                    Some(source) => source.fetch_all(objects).await,
                    None => Vec::new(),
                };
                let mut contents = contents.into_iter();
                let fetched = lot.iter().map(|item| {
                    let fetched = match source {
                        Some(_) if !is_small(&item) => Fetched::Large,
                        Some(source) => fetched(source, contents.next()),
                        None => no_source(),
                    };
                    (item.clone(), fetched)
                });
                fetched.collect()
            })
            .buffered(self.settings.fetches.max(1))
            .collect()
            .await;
        lots.into_iter().flatten().collect()
    }

    /// Objects that are fetched one after the other: each by itself where waiting takes longest,
    /// many where they are at hand.
    fn lots<'c>(&self, chunk: &'c [Item]) -> impl Iterator<Item = &'c [Item]> + use<'c> {
        let is_remote: Vec<_> = self.sources.iter().map(Source::is_remote).collect();
        let lots = chunk.chunk_by(move |one, other| {
            one.source == other.source && is_remote.get(one.source) == Some(&false)
        });
        lots.flat_map(|lot| lot.chunks(LOT_OBJECTS))
    }

    pub(crate) async fn fetch_one(&self, item: &Item) -> Fetched {
        match self.sources.get(item.source) {
            Some(source) => fetched(source, Some(source.fetch(&item.object).await)),
            None => no_source(),
        }
    }

    /// Parses a chunk on all threads; `used_bytes` counts what its rows take, at most `max_bytes`.
    pub(crate) async fn parse(
        &self,
        fetched: Vec<(Item, Fetched)>,
        used_bytes: Arc<AtomicUsize>,
        max_bytes: usize,
    ) -> Result<Vec<(Item, End<ReadObject>)>, IngestError> {
        let rules = Arc::clone(&self.rules);
        on_pool(&self.pool, move || {
            let groups = groups(fetched).into_par_iter();
            let ends = groups.map(|group| parse_group(group, &rules, &used_bytes, max_bytes));
            ends.flatten_iter().collect()
        })
        .await
    }
}

/// Parses objects that lie beside each other; `used_bytes` counts what all rows take.
pub(crate) fn parse_group(
    group: Vec<(Item, Fetched)>,
    rules: &Rules,
    used_bytes: &AtomicUsize,
    max_bytes: usize,
) -> Vec<(Item, End<ReadObject>)> {
    let (mut items, mut contents, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (item, fetched) in group {
        let object = &item.object;
        let end = match fetched {
            Fetched::Content(content) => {
                contents.push((items.len(), content));
                None
            }
            Fetched::Large => Some(End::TooLarge),
            Fetched::Vanished(reason) => Some(End::Recorded(vanished(object, reason))),
            Fetched::Failed(reason) => Some(End::failed(reason)),
            Fetched::Fatal(error) => Some(End::failed(with_causes(&error))),
        };
        items.push(item);
        ends.push(end);
    }
    let places: Vec<_> = contents.iter().map(|(place, _)| *place).collect();
    let objects = contents
        .into_iter()
        .filter_map(|(place, content)| Some((&items.get(place)?.object, content)));
    let mut objects: Vec<_> = objects.collect();
    let read = match (objects.pop(), objects.is_empty()) {
        (Some((object, content)), true) => {
            vec![object::read(object, content, rules, used_bytes, max_bytes)]
        }
        (last, _) => {
            objects.extend(last);
            group::read(objects, rules, used_bytes, max_bytes)
        }
    };
    for (place, end) in places.into_iter().zip(read) {
        if let Some(place) = ends.get_mut(place) {
            *place = Some(end);
        }
    }
    let ends = ends
        .into_iter()
        .map(|end| end.unwrap_or_else(|| End::bug("an object was read without a result")));
    items.into_iter().zip(ends).collect()
}

/// Small objects beside each other are read together: which ones depends on the listing alone.
fn groups(fetched: Vec<(Item, Fetched)>) -> Vec<Vec<(Item, Fetched)>> {
    let mut groups: Vec<Vec<_>> = Vec::new();
    let (mut bytes, mut may_go_on) = (0, false);
    for (item, fetched) in fetched {
        let size = item.object.size_bytes;
        let is_small = size <= group::MAX_OBJECT_BYTES;
        bytes += size;
        match groups.last_mut() {
            Some(group)
                if is_small
                    && may_go_on
                    && bytes <= group::MAX_GROUP_BYTES
                    && group.len() < group::MAX_GROUP_OBJECTS =>
            {
                group.push((item, fetched));
            }
            _ => {
                bytes = size;
                groups.push(vec![(item, fetched)]);
            }
        }
        may_go_on = is_small;
    }
    groups
}

pub(crate) fn fetched(source: &Source, content: Option<Result<Content, SourceError>>) -> Fetched {
    match content {
        Some(Ok(content)) => Fetched::Content(content),
        Some(Err(error @ (SourceError::Vanished { .. } | SourceError::Changed { .. }))) => {
            Fetched::Vanished(error.to_string())
        }
        Some(Err(error)) if error.is_of_the_object() || !source.is_remote() => {
            Fetched::Failed(with_causes(&error))
        }
        Some(Err(error)) => Fetched::Fatal(error),
        None => Fetched::Failed("internal error: an object was not fetched".into()),
    }
}

pub(crate) fn no_source() -> Fetched {
    Fetched::Failed("internal error: an object without a source".into())
}

fn vanished(object: &LogObject, reason: String) -> ReadObject {
    ReadObject {
        log_file: object::refused(object, Status::Vanished, reason),
        partitions: BTreeMap::new(),
    }
}

/// An error and its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

/// Cuts the work into pieces of about `chunk_bytes`, at least one object each.
pub(crate) fn chunks(todo: &[Item], chunk_bytes: u64) -> Vec<&[Item]> {
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
