//! One log object: text, rows, partitions. Pure CPU work, run on the rayon pool.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array},
    compute::take_record_batch,
    datatypes::{SchemaRef, TimestampMicrosecondType},
};
use edgeledger_lake::{LogFile, Partition, Status};
use edgeledger_logs::{LogError, Options, Parsed, Parser, Reject, Summary};
use edgeledger_source::{Content, LogObject};

use crate::{
    Event, IngestError, ObjectName, Outcome,
    container::{ContainerError, read_text},
    events::count,
};

const US_PER_DAY: i64 = 86_400_000_000;
/// Rows of objects that name no distribution and whose host name cannot name a folder.
const UNKNOWN_DISTRIBUTION: &str = "unknown";
/// So many rejects alone never quarantine an object that also has good rows: one bad row among
/// five is no wrong file.
const TOLERATED_REJECTS: u64 = 10;

/// What one object gave: its row of `log_files`, and its rows by partition.
#[derive(Debug)]
pub(crate) struct ReadObject {
    pub(crate) log_file: LogFile,
    pub(crate) partitions: BTreeMap<Partition, Vec<RecordBatch>>,
}

impl ReadObject {
    /// Tells that the object was read.
    pub(crate) fn emit(&self, emit: &(dyn Fn(Event) + Sync)) {
        let file = &self.log_file;
        emit(Event::Read {
            key: file.key.clone(),
            bytes: count(file.size_bytes),
            rows: count(file.rows),
            outcome: file.reason.clone().map_or(Outcome::Done, Outcome::Refused),
        });
    }
}

/// Reads a whole object. Damage and wrong kinds end in its row of `log_files`, not in an error.
pub(crate) fn read(
    object: &LogObject,
    content: Content,
    max_reject_ratio: f64,
    schema: &SchemaRef,
) -> Result<ReadObject, IngestError> {
    let mut parser = Parser::new(Options::default());
    let mut batches = Vec::new();
    let text = read_text(content, |piece| {
        parser.feed(piece)?;
        batches.extend(parser.take_batches());
        Ok::<(), LogError>(())
    });
    let parsed = match text {
        Err(ContainerError::Read(source)) => {
            return Err(IngestError::Read {
                key: object.key.clone(),
                source,
            });
        }
        Err(container) => return Ok(refused(object, Status::Quarantined, container.to_string())),
        Ok(Err(error)) => Err(error),
        Ok(Ok(_)) => parser.finish(),
    };
    let Parsed {
        batches: rest,
        summary,
    } = match parsed {
        Ok(parsed) => parsed,
        Err(error @ LogError::Rtmp) => {
            return Ok(refused(object, Status::Skipped, error.to_string()));
        }
        Err(error) => return Ok(refused(object, Status::Quarantined, error.to_string())),
    };
    batches.extend(rest);
    if too_many_rejects(&summary, max_reject_ratio) {
        let log_file = LogFile {
            status: Status::Quarantined,
            reason: Some(format!(
                "{} of {} rows rejected",
                summary.rejected_rows, summary.data_lines
            )),
            rows: 0,
            ..accepted(object, ObjectName::parse(object.name()), &summary)
        };
        return Ok(ReadObject {
            log_file,
            partitions: BTreeMap::new(),
        });
    }
    let name = ObjectName::parse(object.name());
    let mut partitions = BTreeMap::new();
    for batch in &batches {
        split(batch, name.as_ref(), &object.key, schema, &mut partitions)?;
    }
    Ok(ReadObject {
        log_file: accepted(object, name, &summary),
        partitions,
    })
}

/// The row for an object whose rows are not ingested.
pub(crate) fn refused(object: &LogObject, status: Status, reason: String) -> ReadObject {
    let summary_row = LogFile {
        status,
        reason: Some(reason),
        ..blank(object, ObjectName::parse(object.name()))
    };
    ReadObject {
        log_file: summary_row,
        partitions: BTreeMap::new(),
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

/// Adds a batch to the partitions of its rows: by UTC day, and by host where the object names no
/// distribution.
fn split(
    batch: &RecordBatch,
    name: Option<&ObjectName>,
    key: &str,
    schema: &SchemaRef,
    partitions: &mut BTreeMap<Partition, Vec<RecordBatch>>,
) -> Result<(), IngestError> {
    let times = batch
        .column_by_name("time")
        .and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| IngestError::Internal("a parsed batch has no column `time`".into()))?;
    let hosts = batch
        .column_by_name("cdn_host")
        .and_then(|host| host.as_string_opt::<i32>());
    let mut rows: BTreeMap<(i64, &str), Vec<u32>> = BTreeMap::new();
    for (row, time) in (0_u32..).zip(times.values()) {
        let distribution = match name {
            Some(name) => name.distribution.as_str(),
            None => hosts
                .filter(|host| host.is_valid(row as usize))
                .map_or("", |host| host.value(row as usize)),
        };
        rows.entry((time.div_euclid(US_PER_DAY), distribution))
            .or_default()
            .push(row);
    }
    for ((day, distribution), indices) in rows {
        let day = i32::try_from(day)
            .map_err(|_| IngestError::Internal(format!("day {day} is out of range")))?;
        let partition =
            Partition::new(&distribution.to_ascii_lowercase_unless(name.is_some()), day)
                .or_else(|_| Partition::new(UNKNOWN_DISTRIBUTION, day))?;
        let part = if indices.len() == batch.num_rows() {
            batch.clone()
        } else {
            take_record_batch(batch, &UInt32Array::from(indices))?
        };
        partitions
            .entry(partition)
            .or_default()
            .push(with_log_file(&part, key, schema)?);
    }
    Ok(())
}

trait HostCase {
    fn to_ascii_lowercase_unless(&self, keep: bool) -> String;
}

impl HostCase for str {
    /// Host names are the same in any case, distribution ids are not.
    fn to_ascii_lowercase_unless(&self, keep: bool) -> String {
        if keep {
            self.to_owned()
        } else {
            self.to_ascii_lowercase()
        }
    }
}

fn with_log_file(
    batch: &RecordBatch,
    key: &str,
    schema: &SchemaRef,
) -> Result<RecordBatch, IngestError> {
    let log_file: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
        key,
        batch.num_rows(),
    )));
    let mut columns = batch.columns().to_vec();
    columns.push(log_file);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
