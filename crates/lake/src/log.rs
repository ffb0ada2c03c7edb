//! The health of a table's own log: commits, checkpoints and the pointer to the newest one.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use deltalake::DeltaTableError;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectStoreExt, path::Path};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{LakeError, Storage, redo, seal, table::Table};

/// The log's folder below a table's.
pub(crate) const LOG: &str = "_delta_log";
const LAST_CHECKPOINT: &str = "_last_checkpoint";
/// Commits that are read at the same time.
const COMMITS_AT_A_TIME: usize = 8;

/// What a file of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The commit of a version.
    Commit(u64),
    /// The whole state as of a version, derived from commits.
    Checkpoint(u64),
    /// The pointer to the newest checkpoint.
    Pointer,
}

/// Something wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFault {
    pub(crate) part: Part,
    /// Path below the table's folder.
    pub(crate) path: String,
    pub(crate) reason: String,
}

pub(crate) fn commit_path(version: u64) -> String {
    format!("{LOG}/{version:020}.json")
}

/// Why a table does not open: the damaged file if there is one, else the library's own words.
pub(crate) async fn explain(storage: &Storage, name: &str, error: DeltaTableError) -> LakeError {
    match faults(storage, name).await {
        Ok(faults) => match faults.into_iter().next() {
            Some(fault) => LakeError::Damaged {
                what: format!("{name}/{}", fault.path),
                reason: fault.reason,
            },
            None => error.into(),
        },
        Err(_) => error.into(),
    }
}

/// Reads a table's log whole and names what is wrong with it.
pub(crate) async fn faults(storage: &Storage, name: &str) -> Result<Vec<LogFault>, LakeError> {
    let store = storage.table_store(name)?;
    let folder = Path::from(LOG);
    let mut listing = store.list(Some(&folder));
    let mut parts: BTreeMap<Part, Path> = BTreeMap::new();
    while let Some(meta) = listing.try_next().await? {
        if let Some(part) = meta.location.filename().and_then(part) {
            parts.insert(part, meta.location);
        }
    }
    if parts.is_empty() {
        // There is no log: nothing of it can be damaged.
        return Ok(Vec::new());
    }
    let mut faults = Vec::new();
    let (mut commits, mut checkpoints) = (BTreeSet::new(), BTreeSet::new());
    for (part, path) in parts {
        let bytes = match store.get(&path).await {
            Ok(found) => found.bytes().await?,
            // Trimmed since it was listed.
            Err(object_store::Error::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let wrong = match part {
            Part::Commit(version) => {
                commits.insert(version);
                wrong_commit(&bytes, name == crate::REQUESTS)
            }
            Part::Checkpoint(version) => {
                let wrong = wrong_checkpoint(bytes).await;
                if wrong.is_none() {
                    checkpoints.insert(version);
                }
                wrong
            }
            Part::Pointer => wrong_pointer(&bytes, &checkpoints),
        };
        if let Some(reason) = wrong {
            let path = path.to_string();
            faults.push(LogFault { part, path, reason });
        }
    }
    // What is older than the newest whole checkpoint is needed by nobody, and may be trimmed.
    let first = checkpoints.last().map_or(0, |version| version + 1);
    let newest = commits.last().copied().unwrap_or(0);
    let missing: Vec<u64> = (first..=newest)
        .filter(|version| !commits.contains(version))
        .collect();
    if let (Some(version), more) = (missing.first(), missing.len().saturating_sub(1)) {
        let reason = match more {
            0 => "it is missing".to_owned(),
            _ => format!("it is missing, and so are {more} later ones"),
        };
        faults.push(LogFault {
            part: Part::Commit(*version),
            path: commit_path(*version),
            reason,
        });
    }
    Ok(faults)
}

fn part(name: &str) -> Option<Part> {
    if name == LAST_CHECKPOINT {
        return Some(Part::Pointer);
    }
    let (version, ending) = name.split_once('.')?;
    if version.len() != 20 {
        return None;
    }
    let version = version.parse().ok()?;
    if ending == "json" {
        Some(Part::Commit(version))
    } else {
        let checkpoint = ending.starts_with("checkpoint.") && ending.ends_with(".parquet");
        checkpoint.then_some(Part::Checkpoint(version))
    }
}

fn wrong_commit(bytes: &[u8], may_be_ours: bool) -> Option<String> {
    if bytes.is_empty() {
        return Some("it is empty".to_owned());
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    for line in lines.filter(|line| !line.is_empty()) {
        if let Err(error) = serde_json::from_slice::<serde_json::Value>(line) {
            return Some(format!("it is not readable: {error}"));
        }
    }
    if seal::is_broken(bytes) {
        return Some(seal::BROKEN.to_owned());
    }
    let error = redo::parse(bytes).err().filter(|_| may_be_ours)?;
    Some(format!("its record is not readable: {error}"))
}

async fn wrong_checkpoint(bytes: Bytes) -> Option<String> {
    decode(bytes)
        .await
        .err()
        .map(|reason| format!("it is not readable: {reason}"))
}

fn wrong_pointer(bytes: &[u8], checkpoints: &BTreeSet<u64>) -> Option<String> {
    let pointer: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(pointer) => pointer,
        Err(error) => return Some(format!("it is not readable: {error}")),
    };
    let version = pointer["version"].as_u64();
    match version {
        Some(version) if checkpoints.contains(&version) => None,
        Some(version) => Some(format!(
            "it names a checkpoint of version {version}, and no whole one is there"
        )),
        None => Some("it names no version".to_owned()),
    }
}

impl Table {
    /// Looks at the commits that the newest version was read from, as far as no checkpoint stands
    /// for them: one that lost a line would have lost files, and nobody else would say so.
    pub(crate) async fn check_newest_commits(&self) -> Result<(), LakeError> {
        let (store, log) = (self.store(), self.delta().log_store());
        let pointer = Path::from(LOG).join(LAST_CHECKPOINT);
        let checkpoint = match store.get(&pointer).await {
            Ok(found) => {
                // The library takes an unreadable hint for none; `verify` names it.
                let pointer: serde_json::Value =
                    serde_json::from_slice(&found.bytes().await?).unwrap_or_default();
                pointer["version"].as_u64().map_or(0, |version| version + 1)
            }
            Err(object_store::Error::NotFound { .. }) => 0,
            Err(error) => return Err(error.into()),
        };
        let newest = self.delta().version().unwrap_or(0);
        stream::iter(checkpoint..=newest)
            .map(|version| {
                let log = &log;
                async move {
                    match log.read_commit_entry(version).await? {
                        Some(commit) if seal::is_broken(&commit) => Err(LakeError::Damaged {
                            what: format!("{}/{}", self.name(), commit_path(version)),
                            reason: seal::BROKEN.to_owned(),
                        }),
                        // Trimmed meanwhile.
                        _ => Ok(()),
                    }
                }
            })
            .buffer_unordered(COMMITS_AT_A_TIME)
            .try_collect()
            .await
    }
}

/// Decodes a Parquet file whole and counts its rows. The decoder may panic on damage.
pub(crate) async fn decode(bytes: Bytes) -> Result<u64, String> {
    let decoding = tokio::task::spawn_blocking(move || {
        let mut rows = 0;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| error.to_string())?;
        for batch in reader {
            rows += batch.map_err(|error| error.to_string())?.num_rows() as u64;
        }
        Ok(rows)
    });
    match decoding.await {
        Ok(decoded) => decoded,
        Err(_) => Err("the decoder gave up".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, part, wrong_commit};

    #[test]
    fn files_of_the_log_are_told_by_their_names() {
        assert_eq!(part("00000000000000000012.json"), Some(Part::Commit(12)));
        assert_eq!(
            part("00000000000000000040.checkpoint.parquet"),
            Some(Part::Checkpoint(40))
        );
        assert_eq!(part("_last_checkpoint"), Some(Part::Pointer));
        for other in ["12.json", "_commit_1.json.tmp", "00000000000000000012.crc"] {
            assert_eq!(part(other), None, "{other}");
        }
    }

    #[test]
    fn commits_are_lines_of_json() {
        assert_eq!(wrong_commit(b"{\"protocol\":{}}\n{}", true), None);
        for wrong in [
            &b""[..],
            b"{\"protocol\":{}}\n{\"ad",
            b"{\"protocol\":{}}\xff",
        ] {
            assert!(wrong_commit(wrong, true).is_some());
        }
    }
}
