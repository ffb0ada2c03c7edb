//! An object whose rows do not fit into memory: streamed to files that count only if it is good.

use std::{collections::BTreeMap, sync::Arc};

use edgeledger_lake::{DataFile, DataFileWriter, LogFile, Partition, Status};
use edgeledger_source::{Content, LogObject};
use tokio::sync::mpsc::Sender;

use crate::{
    IngestError, ObjectName, Stop,
    batch::take_largest,
    object::{End, Halt, Rules, scan},
    partition::{Partitions, split},
};

/// Files open at a time: each has buffers of its own, however few its rows.
const MAX_OPEN_FILES: usize = 256;

/// Reads an object and sends its rows away as data files. They may be used only if the record says
/// that it is ingested. Runs on the rayon pool and waits there while files are stored.
pub(crate) fn read(
    object: &LogObject,
    content: Content,
    rules: &Rules,
    files: &Sender<DataFile>,
    max_bytes: usize,
    stop: &Stop,
) -> End<LogFile> {
    let name = ObjectName::parse(object.name());
    let mut writers: BTreeMap<Partition, DataFileWriter> = BTreeMap::new();
    let send = |writer: DataFileWriter| -> Result<(), Halt> {
        let file = writer.finish().map_err(IngestError::from)?;
        // The receiver ends first only when storing failed: that error is told there.
        files.blocking_send(file).map_err(|_| Halt::Stopped)
    };
    let mut seen = Partitions::default();
    let end = scan(object, content, rules, |batch| {
        if stop.is_requested() {
            return Err(Halt::Stopped);
        }
        for (partition, part) in split(&batch, name.as_ref(), &object.key, rules)? {
            seen.see(&partition)?;
            let mut writer = match writers.remove(&partition) {
                Some(writer) => writer,
                None => DataFileWriter::new(partition.clone(), Arc::clone(&rules.schema))
                    .map_err(IngestError::from)?,
            };
            writer.write(&part).map_err(IngestError::from)?;
            writers.insert(partition, writer);
            let held = |writers: &BTreeMap<Partition, DataFileWriter>| -> usize {
                writers.values().map(DataFileWriter::memory_bytes).sum()
            };
            while writers.len() > MAX_OPEN_FILES || held(&writers) > max_bytes {
                let Some(writer) = take_largest(&mut writers) else {
                    break;
                };
                send(writer)?;
            }
        }
        Ok(())
    });
    let is_good = matches!(&end, End::Recorded(file) if file.status == Status::Ingested);
    if is_good {
        for writer in writers.into_values() {
            match send(writer) {
                Ok(()) => {}
                Err(Halt::Internal(reason)) => return End::bug(reason),
                Err(Halt::Stopped | Halt::TooLarge | Halt::Refused(_)) => return End::Stopped,
            }
        }
    }
    end
}
