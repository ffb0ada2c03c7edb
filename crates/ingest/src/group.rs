//! Small objects read together: their rows share batches, so that a row of an object of few costs
//! no more than one of an object of many.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
};

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::TimestampMicrosecondType,
};
use edgeledger_lake::{LogFile, Partition, Status};
use edgeledger_logs::Parser;
use edgeledger_source::{Content, LogObject};

use crate::{
    ObjectName,
    object::{End, Halt, ReadObject, Rules, US_PER_DAY, scan_into},
    partition::{LogFiles, Partitions, partition, split, with_log_files},
};

/// Stored bytes of an object that is read together with others.
pub(crate) const MAX_OBJECT_BYTES: u64 = 32 << 10;
/// Stored bytes of a group: few enough to share the work among threads.
pub(crate) const MAX_GROUP_BYTES: u64 = 256 << 10;
/// Objects of a group.
pub(crate) const MAX_GROUP_OBJECTS: usize = 128;

/// Objects that are read together.
struct Group<'a> {
    rules: &'a Rules,
    used_bytes: &'a AtomicUsize,
    max_bytes: usize,
    parser: Parser,
    batches: Vec<RecordBatch>,
    /// What the batches take of `used_bytes`.
    own_bytes: usize,
    /// Whether there is no room for more rows.
    is_full: bool,
}

/// The rows of a good object among all that were parsed.
struct GoodRows<'a> {
    key: &'a str,
    name: Option<ObjectName>,
    rows: Range<u64>,
    /// Its partitions so far.
    seen: RefCell<Partitions>,
}

type ByPartition = BTreeMap<Partition, Vec<RecordBatch>>;

/// Reads objects one after the other. The rows of all come with the last one that has any.
pub(crate) fn read(
    objects: Vec<(&LogObject, Content)>,
    rules: &Rules,
    used_bytes: &AtomicUsize,
    max_bytes: usize,
) -> Vec<End<ReadObject>> {
    let mut group = Group {
        rules,
        used_bytes,
        max_bytes,
        parser: rules.parser(),
        batches: Vec::new(),
        own_bytes: 0,
        is_full: false,
    };
    let mut ends: Vec<End<LogFile>> = Vec::with_capacity(objects.len());
    let mut good = Vec::new();
    for (object, content) in objects {
        if group.is_full {
            ends.push(End::TooLarge);
            continue;
        }
        let start = group.parser.rows();
        let work = AssertUnwindSafe(|| group.read_one(object, content));
        let end = catch_unwind(work);
        if end.is_err() || group.is_full {
            // Nothing is known of the parser, or there is no room: the objects before are read
            // again, one by one.
            good.clear();
            ends.iter_mut()
                .filter(|end| has_rows(end))
                .for_each(|end| *end = End::TooLarge);
            group.forget();
        }
        let end = end.unwrap_or_else(|_| End::bug("reading it panicked"));
        if has_rows(&end) {
            good.push(GoodRows {
                key: &object.key,
                name: ObjectName::parse(object.name()),
                rows: start..group.parser.rows(),
                seen: RefCell::default(),
            });
        }
        ends.push(end);
    }
    let mut partitions = group.partitions(&good);
    let last = ends.iter().rposition(has_rows);
    let ends = ends.into_iter().enumerate();
    ends.map(|(at, end)| match (end, &mut partitions) {
        (End::Recorded(log_file), Ok(partitions)) => End::Recorded(ReadObject {
            log_file,
            partitions: if Some(at) == last {
                std::mem::take(partitions)
            } else {
                BTreeMap::new()
            },
        }),
        (End::Recorded(log_file), Err(_)) if log_file.status != Status::Ingested => {
            End::Recorded(ReadObject {
                log_file,
                partitions: BTreeMap::new(),
            })
        }
        // One of them is the cause: read one by one, it is told which.
        (End::Recorded(_), Err(_)) | (End::TooLarge, _) => End::TooLarge,
        (End::Stopped, _) => End::Stopped,
        (End::Failed { reason, is_bug }, _) => End::Failed { reason, is_bug },
    })
    .collect()
}

fn has_rows(end: &End<LogFile>) -> bool {
    matches!(end, End::Recorded(file) if file.status == Status::Ingested)
}

impl Group<'_> {
    fn read_one(&mut self, object: &LogObject, content: Content) -> End<LogFile> {
        let Self {
            rules,
            used_bytes,
            max_bytes,
            parser,
            batches,
            own_bytes,
            is_full,
        } = self;
        scan_into(parser, object, content, rules, |batch| {
            if *is_full {
                return Err(Halt::TooLarge);
            }
            let bytes = batch.get_array_memory_size();
            batches.push(batch);
            *own_bytes += bytes;
            *is_full = used_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > *max_bytes;
            if *is_full {
                Err(Halt::TooLarge)
            } else {
                Ok(())
            }
        })
    }

    /// Drops all rows, which makes room for other objects.
    fn forget(&mut self) {
        self.batches.clear();
        self.parser = self.rules.parser();
        let bytes = std::mem::take(&mut self.own_bytes);
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The rows of good objects by partition.
    fn partitions(self, good: &[GoodRows<'_>]) -> Result<ByPartition, Halt> {
        let (used_bytes, max_bytes) = (self.used_bytes, self.max_bytes);
        let mut own_bytes = self.own_bytes;
        let mut batches = self.batches;
        let mut parser = self.parser;
        let last = parser.end_batches();
        let last = last.map_err(|error| Halt::Internal(error.to_string()))?;
        self.rules.keep(parser);
        let bytes: usize = last.iter().map(RecordBatch::get_array_memory_size).sum();
        own_bytes += bytes;
        let is_full = used_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > max_bytes;
        batches.extend(last);
        let partitions = if is_full {
            Err(Halt::TooLarge)
        } else {
            Self::split(&batches, good, self.rules)
        };
        if partitions.is_err() {
            used_bytes.fetch_sub(own_bytes, Ordering::Relaxed);
        }
        partitions
    }

    fn split(
        batches: &[RecordBatch],
        good: &[GoodRows<'_>],
        rules: &Rules,
    ) -> Result<ByPartition, Halt> {
        let mut partitions = BTreeMap::new();
        let mut start = 0;
        for batch in batches {
            let end = start + batch.num_rows() as u64;
            // Those that have rows in the batch.
            let first = good.partition_point(|object| object.rows.end <= start);
            let objects = good.get(first..).unwrap_or_default();
            let objects = objects.iter().take_while(|object| object.rows.start < end);
            let objects = objects.filter_map(|object| {
                let rows = object.rows.start.max(start)..object.rows.end.min(end);
                let place = |row: u64| usize::try_from(row - start).unwrap_or(usize::MAX);
                (!rows.is_empty()).then(|| (object, place(rows.start)..place(rows.end)))
            });
            split_batch(batch, objects, rules, &mut partitions)?;
            start = end;
        }
        Ok(partitions)
    }
}

/// Rows of one partition and of several objects, in a row.
struct Run<'a> {
    partition: Partition,
    day: i64,
    distribution: &'a str,
    start: usize,
    files: LogFiles<'a>,
}

fn split_batch<'a>(
    batch: &RecordBatch,
    objects: impl Iterator<Item = (&'a GoodRows<'a>, Range<usize>)>,
    rules: &Rules,
    partitions: &mut ByPartition,
) -> Result<(), Halt> {
    let times = batch.column_by_name("time");
    let times = times.and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>());
    let times = times.map_or(&[][..], |times| &**times.values());
    let mut run = None::<Run<'_>>;
    let end = |run: &mut Option<Run<'_>>, partitions: &mut ByPartition| {
        let Some(run) = run.take() else {
            return Ok(());
        };
        let rows = batch.slice(run.start, run.files.n_rows());
        let rows = with_log_files(&rows, &run.files, rules)?;
        partitions.entry(run.partition).or_default().push(rows);
        Ok::<(), Halt>(())
    };
    for (object, rows) in objects {
        let days = times.get(rows.clone()).unwrap_or_default();
        let mut days = days.iter().map(|time| time.div_euclid(US_PER_DAY));
        let day = days.next().unwrap_or_default();
        let is_one_day = days.all(|other| other == day);
        let Some(name) = object.name.as_ref().filter(|_| is_one_day) else {
            end(&mut run, partitions)?;
            let part = batch.slice(rows.start, rows.len());
            for (partition, part) in split(&part, object.name.as_ref(), object.key, rules)? {
                object.seen.borrow_mut().see(&partition)?;
                partitions.entry(partition).or_default().push(part);
            }
            continue;
        };
        let goes_on = run.as_ref().is_some_and(|run| {
            run.day == day
                && run.distribution == name.distribution
                && run.start + run.files.n_rows() == rows.start
        });
        if !goes_on {
            end(&mut run, partitions)?;
            run = Some(Run {
                partition: partition(&name.distribution, true, day)?,
                day,
                distribution: &name.distribution,
                start: rows.start,
                files: LogFiles::default(),
            });
        }
        if let Some(run) = &mut run {
            object.seen.borrow_mut().see(&run.partition)?;
            run.files.push(object.key, rows.len());
        }
    }
    end(&mut run, partitions)
}
