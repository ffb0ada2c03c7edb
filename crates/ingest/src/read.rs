//! Logs read into memory, without a lake: for a look at a few of them.

use std::{collections::BTreeMap, sync::Arc};

use arrow::array::RecordBatch;
use edgeledger_lake::{LogFile, Partition};
use edgeledger_source::Source;

use crate::{
    Event, IngestError, Settings, Stop, Summary,
    listing::list,
    marks::Marks,
    object::{End, emit_read},
    stages::{Pipeline, chunks},
};

/// Stored bytes up to which logs are held in memory.
const MAX_STORED_BYTES: u64 = 32 << 20;
/// Bytes of rows up to which they are.
const MAX_PARSED_BYTES: usize = 1 << 30;

/// Logs read without a lake.
#[derive(Debug)]
pub struct Logs {
    /// Rows by partition.
    pub partitions: BTreeMap<Partition, Vec<RecordBatch>>,
    /// One entry an object.
    pub log_files: Vec<LogFile>,
}

/// Reads sources of up to 32 MiB stored into memory, by the same rules as [`run`](crate::run);
/// `None` when there is more: then a temporary lake is the place.
///
/// # Errors
/// When a source cannot be listed, or an object cannot be read.
pub async fn read(
    sources: &[Source],
    settings: &Settings,
    now_us: i64,
    emit: &(dyn Fn(Event) + Sync),
) -> Result<Option<(Summary, Logs)>, IngestError> {
    let mut summary = Summary::default();
    let listed = list(sources, &Marks::default(), settings, now_us, &mut summary).await?;
    let bytes = listed.items.iter().map(|item| item.object.size_bytes).sum();
    if bytes > MAX_STORED_BYTES {
        return Ok(None);
    }
    emit(Event::Planned {
        objects: listed.items.len() as u64,
        bytes,
    });
    let settings = Settings {
        chunk_bytes: MAX_STORED_BYTES,
        parsed_bytes: MAX_PARSED_BYTES,
        ..settings.clone()
    };
    let pipeline = Pipeline::new(sources, &settings, Stop::default(), now_us, emit, false)?;
    let mut logs = Logs {
        partitions: BTreeMap::new(),
        log_files: Vec::new(),
    };
    let used_bytes = Arc::default();
    for chunk in chunks(&listed.items, settings.chunk_bytes) {
        let fetched = pipeline.fetch(chunk).await;
        for (item, end) in pipeline
            .parse(fetched, Arc::clone(&used_bytes), settings.parsed_bytes)
            .await?
        {
            let object = match end {
                End::Recorded(object) => object,
                End::TooLarge | End::Stopped => return Ok(None),
                End::Failed { reason, .. } => {
                    return Err(IngestError::Unreadable {
                        key: item.object.key,
                        reason,
                    });
                }
            };
            emit_read(&object.log_file, emit);
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
