//! One log object: text, rows, partitions. Pure CPU work, run on the rayon pool.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use arrow::{
    array::RecordBatch,
    datatypes::{Field, Schema, SchemaRef},
};
use edgeledger_container::{ContainerError, read_text, read_text_of};
use edgeledger_lake::{LogFile, Partition, Status, file_schema};
use edgeledger_logs::{Columns, LogError, Options, Parser, Reject, Summary};
use edgeledger_source::{Content, LogObject, SourceError};

use crate::{
    Event, IngestError, ObjectName, Outcome, Settings,
    events::count,
    partition::{LOG_FILE, Partitions, dictionary_of_text, split},
};

pub(crate) const US_PER_DAY: i64 = 86_400_000_000;
/// So many rejects alone never quarantine an object that also has good rows: one bad row among
/// five is no wrong file.
const TOLERATED_REJECTS: u64 = 10;

/// How objects are read in one run.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) options: Options,
    max_reject_ratio: f64,
    /// Columns of a data file.
    pub(crate) schema: SchemaRef,
    /// Columns of the batches for it: the same, with dictionaries where there are any.
    pub(crate) batch_schema: SchemaRef,
    /// Parsers that nobody uses now: their columns have room for the next object.
    parsers: Arc<Mutex<Vec<Parser>>>,
}

impl Rules {
    /// No row is from later than two days from now: a far-off date must not make a partition.
    ///
    /// Data files are written from `dictionaries`; queries take plain text.
    pub(crate) fn new(settings: &Settings, now_us: i64, dictionaries: bool) -> Self {
        let options = Options::default();
        let schema = file_schema(&edgeledger_logs::schema());
        let batch_schema = if dictionaries {
            let parsed = file_schema(&edgeledger_logs::schema_with_dictionaries());
            let fields = parsed.fields().iter().map(|field| {
                if field.name() == LOG_FILE {
                    let field = Field::clone(field).with_data_type(dictionary_of_text());
                    Arc::new(field)
                } else {
                    Arc::clone(field)
                }
            });
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        } else {
            Arc::clone(&schema)
        };
        Self {
            options: Options {
                latest_us: options.latest_us.min(now_us + 2 * US_PER_DAY),
                privacy: settings.privacy.clone(),
                dictionaries,
                ..options
            },
            max_reject_ratio: settings.max_reject_ratio,
            schema,
            batch_schema,
            parsers: Arc::default(),
        }
    }
}

impl Rules {
    /// Rules that give only some columns, as plain text. What becomes of an object is the same.
    pub(crate) fn of_columns(settings: &Settings, now_us: i64, names: &[&str]) -> Self {
        let rules = Self::new(settings, now_us, false);
        let columns = Columns::only(names.iter().copied());
        let mut schema = columns.schema(false);
        if names.contains(&LOG_FILE) {
            schema = file_schema(&schema);
        }
        Self {
            options: Options {
                columns,
                ..rules.options
            },
            batch_schema: Arc::clone(&schema),
            schema,
            ..rules
        }
    }

    /// A parser for objects of the run.
    pub(crate) fn parser(&self) -> Parser {
        let kept = self.parsers.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| Parser::new(self.options.clone()))
    }

    /// Keeps a parser, whose batches are ended, for other objects.
    pub(crate) fn keep(&self, parser: Parser) {
        if let Ok(mut kept) = self.parsers.lock() {
            kept.push(parser);
        }
    }
}

/// What one object gave: its row of `log_files`, and its rows by partition.
#[derive(Debug)]
pub(crate) struct ReadObject {
    pub(crate) log_file: LogFile,
    pub(crate) partitions: BTreeMap<Partition, Vec<RecordBatch>>,
}

/// Tells that an object was read.
pub(crate) fn emit_read(file: &LogFile, emit: &(dyn Fn(Event) + Sync)) {
    emit(Event::Read {
        key: file.key.clone(),
        bytes: count(file.size_bytes),
        rows: count(file.rows),
        outcome: file.reason.clone().map_or(Outcome::Done, Outcome::Refused),
    });
}

/// How reading an object ended.
#[derive(Debug)]
pub(crate) enum End<T> {
    /// Read to its end, or refused for what it holds: either way there is a record.
    Recorded(T),
    /// Its rows do not fit into memory beside the others: it is to be streamed.
    TooLarge,
    /// Asked to stop.
    Stopped,
    /// Its bytes could not be had. It stays open for the next run.
    Failed {
        /// Why.
        reason: String,
        /// Whether the program is at fault.
        is_bug: bool,
    },
}

impl<T> End<T> {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: reason.into(),
            is_bug: false,
        }
    }

    pub(crate) fn bug(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: format!("internal error: {}", reason.into()),
            is_bug: true,
        }
    }
}

/// Why rows are not taken any more.
pub(crate) enum Halt {
    TooLarge,
    Stopped,
    /// It holds what no log holds.
    Refused(String),
    Internal(String),
}

impl From<IngestError> for Halt {
    fn from(error: IngestError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Reads a whole object into memory. `used_bytes` counts the rows of all objects read beside it.
pub(crate) fn read(
    object: &LogObject,
    content: Content,
    rules: &Rules,
    used_bytes: &AtomicUsize,
    max_bytes: usize,
) -> End<ReadObject> {
    let name = ObjectName::parse(object.name());
    let mut partitions: BTreeMap<Partition, Vec<RecordBatch>> = BTreeMap::new();
    let (mut seen, mut own_bytes) = (Partitions::default(), 0);
    let end = scan(object, content, rules, |batch| {
        for (partition, part) in split(&batch, name.as_ref(), &object.key, rules)? {
            seen.see(&partition)?;
            let bytes = part.get_array_memory_size();
            own_bytes += bytes;
            if used_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > max_bytes {
                return Err(Halt::TooLarge);
            }
            partitions.entry(partition).or_default().push(part);
        }
        Ok(())
    });
    let is_kept = matches!(&end, End::Recorded(file) if file.status == Status::Ingested);
    if !is_kept {
        // What is dropped here makes room for the objects beside it.
        partitions.clear();
        used_bytes.fetch_sub(own_bytes, Ordering::Relaxed);
    }
    match end {
        End::Recorded(log_file) => End::Recorded(ReadObject {
            log_file,
            partitions,
        }),
        End::TooLarge => End::TooLarge,
        End::Stopped => End::Stopped,
        End::Failed { reason, is_bug } => End::Failed { reason, is_bug },
    }
}

/// Reads an object and gives its rows away, batch by batch. What was given away may be used only
/// if the record says that the object is ingested. A panic ends here, with this object alone.
pub(crate) fn scan(
    object: &LogObject,
    content: Content,
    rules: &Rules,
    each: impl FnMut(RecordBatch) -> Result<(), Halt>,
) -> End<LogFile> {
    let work = AssertUnwindSafe(|| scan_unguarded(object, content, rules, each));
    catch_unwind(work).unwrap_or_else(|_| End::bug("reading it panicked"))
}

fn scan_unguarded(
    object: &LogObject,
    content: Content,
    rules: &Rules,
    mut each: impl FnMut(RecordBatch) -> Result<(), Halt>,
) -> End<LogFile> {
    let mut parser = rules.parser();
    let end = scan_into(&mut parser, object, content, rules, &mut each);
    if !matches!(&end, End::Recorded(file) if file.status == Status::Ingested) {
        return end;
    }
    let batches = match parser.end_batches() {
        Ok(batches) => batches,
        Err(error) => return End::bug(error.to_string()),
    };
    rules.keep(parser);
    for batch in batches {
        if let Err(halt) = each(batch) {
            return halted(object, halt);
        }
    }
    end
}

/// Reads an object with a parser that may have read others before. Batches that are full are given
/// to `each`.
pub(crate) fn scan_into(
    parser: &mut Parser,
    object: &LogObject,
    content: Content,
    rules: &Rules,
    mut each: impl FnMut(RecordBatch) -> Result<(), Halt>,
) -> End<LogFile> {
    enum Cut {
        Log(LogError),
        Halt(Halt),
    }
    let refuse = |status, reason: String| End::Recorded(refused(object, status, reason));
    let sink = |piece: &[u8]| {
        parser.feed(piece).map_err(Cut::Log)?;
        // All are given, even after an error: rows are counted by who takes them.
        let mut given = Ok(());
        for batch in parser.take_batches() {
            let this = each(batch);
            given = given.and(this);
        }
        given.map_err(Cut::Halt)
    };
    let text = match content.in_memory() {
        Some(bytes) => read_text_of(&bytes, sink),
        None => read_text(content, sink),
    };
    // The parser is made ready for the next object, however this one ended.
    let summary = parser.next_log();
    let summary = match text {
        Err(ContainerError::Read(error)) => {
            return match SourceError::from_io(&error) {
                Some(cause @ (SourceError::Vanished { .. } | SourceError::Changed { .. })) => {
                    refuse(Status::Vanished, cause.to_string())
                }
                Some(cause) => End::failed(cause.to_string()),
                None => End::failed(format!("cannot be read: {error}")),
            };
        }
        Err(container) => return refuse(Status::Quarantined, container.to_string()),
        Ok(Err(Cut::Halt(halt))) => return halted(object, halt),
        Ok(Err(Cut::Log(error))) => Err(error),
        Ok(Ok(_)) => summary,
    };
    let summary = match summary {
        Ok(summary) => summary,
        Err(error @ LogError::Rtmp) => return refuse(Status::Skipped, error.to_string()),
        Err(error @ LogError::Batch { .. }) => return End::bug(error.to_string()),
        Err(error) => return refuse(Status::Quarantined, error.to_string()),
    };
    let read = accepted(object, ObjectName::parse(object.name()), &summary);
    if !too_many_rejects(&summary, rules.max_reject_ratio) {
        return End::Recorded(read);
    }
    End::Recorded(LogFile {
        status: Status::Quarantined,
        reason: Some(format!(
            "{} of {} rows rejected",
            summary.rejected_rows, summary.data_lines
        )),
        rows: 0,
        ..read
    })
}

fn halted(object: &LogObject, halt: Halt) -> End<LogFile> {
    match halt {
        Halt::Refused(reason) => End::Recorded(refused(object, Status::Quarantined, reason)),
        Halt::TooLarge => End::TooLarge,
        Halt::Stopped => End::Stopped,
        Halt::Internal(reason) => End::bug(reason),
    }
}

/// The row for an object whose rows are not ingested.
pub(crate) fn refused(object: &LogObject, status: Status, reason: String) -> LogFile {
    LogFile {
        status,
        reason: Some(reason),
        ..blank(object, ObjectName::parse(object.name()))
    }
}

fn blank(object: &LogObject, name: Option<ObjectName>) -> LogFile {
    let (distribution, hour) = name.map(|name| (name.distribution, name.hour)).unzip();
    LogFile {
        key: object.key.clone(),
        etag: object.etag.clone(),
        size_bytes: i64::try_from(object.size_bytes).unwrap_or(i64::MAX),
        distribution,
        hour,
        status: Status::Ingested,
        reason: None,
        rows: 0,
        rejected_rows: 0,
        forgotten_rows: 0,
        first_rejects: None,
        uncompressed_bytes: 0,
        columns: None,
        parser_version: concat!("edgeledger ", env!("CARGO_PKG_VERSION")).to_owned(),
        ingested_at_us: 0,
    }
}

fn accepted(object: &LogObject, name: Option<ObjectName>, summary: &Summary) -> LogFile {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    LogFile {
        status: if summary.data_lines == 0 {
            Status::Empty
        } else {
            Status::Ingested
        },
        rows: count(summary.rows),
        rejected_rows: count(summary.rejected_rows),
        first_rejects: rejects_json(&summary.rejects),
        uncompressed_bytes: count(summary.bytes),
        columns: (!summary.columns.is_empty()).then(|| summary.columns.join(" ")),
        ..blank(object, name)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio of counts needs no more than 53 bits"
)]
fn too_many_rejects(summary: &Summary, max_reject_ratio: f64) -> bool {
    let over = summary.rejected_rows as f64 > max_reject_ratio * summary.data_lines as f64;
    over && (summary.rows == 0 || summary.rejected_rows > TOLERATED_REJECTS)
}

fn rejects_json(rejects: &[Reject]) -> Option<String> {
    let list: Vec<_> = rejects
        .iter()
        .map(|reject| {
            serde_json::json!({
                "line": reject.line,
                "byte_offset": reject.byte_offset,
                "reason": reject.reason.to_string(),
                "preview": reject.preview,
            })
        })
        .collect();
    (!list.is_empty()).then(|| serde_json::Value::from(list).to_string())
}
