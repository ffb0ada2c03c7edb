//! Files that nobody needs any more are deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path as FsPath,
};

use deltalake::protocol::checkpoints;
use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStoreExt, path::Path};

use crate::{
    Lake, LakeError, log,
    storage::Storage,
    table::{Table, TableFile},
    upkeep::{Listener, Upkeep},
};

const US_PER_DAY: i64 = 86_400_000_000;
/// Checkpoints forget removed files after a week.
const TOMBSTONES_US: i64 = 7 * US_PER_DAY;

/// What to delete.
#[derive(Debug, Clone, Copy)]
pub struct VacuumOptions {
    /// How long a file must have been out of use. Runs of ingest stage files before the commit
    /// that names them, and readers read files that were removed under them.
    pub grace_us: i64,
    /// Only say what would be done.
    pub dry_run: bool,
}

impl Default for VacuumOptions {
    fn default() -> Self {
        Self {
            grace_us: TOMBSTONES_US,
            dry_run: false,
        }
    }
}

/// What was deleted, as paths below the lake, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Data files that no version of late names, with their bytes.
    pub files: Vec<(String, u64)>,
    /// Left-overs of writes that ended half-way, with their bytes.
    pub temporary: Vec<(String, u64)>,
    /// Expired commits and checkpoints.
    pub log_entries: u64,
    /// Files out of use that are younger than the grace.
    pub kept: u64,
}

impl Lake {
    /// Deletes what was out of use for longer than the grace.
    ///
    /// A file that a live version names never goes, whatever its age.
    ///
    /// # Errors
    /// When the store fails; what was deleted stays so, and another vacuum goes on.
    pub async fn vacuum(
        &mut self,
        options: &VacuumOptions,
        now_us: i64,
        listener: Listener<'_>,
    ) -> Result<Vacuumed, LakeError> {
        let mut vacuumed = Vacuumed::default();
        let before = now_us.saturating_sub(options.grace_us.max(0));
        // What is there is listed before what is live is learned: a file that becomes live in
        // between is in both.
        let stored = (
            self.requests.stored().await?,
            self.log_files.stored().await?,
        );
        self.reload().await?;
        listener(Upkeep::Stage {
            what: "deleting",
            bytes: 0,
        });
        for (table, stored) in [(&self.requests, stored.0), (&self.log_files, stored.1)] {
            let since = options.grace_us > TOMBSTONES_US;
            let removed = table.removed(since.then_some(before)).await?;
            let live = table.files()?;
            let live: BTreeSet<&Path> = live.iter().map(|file| &file.path).collect();
            for meta in stored {
                if live.contains(&meta.location) {
                    continue;
                }
                let written = meta.last_modified.timestamp_micros();
                let idle_since = removed.get(&meta.location).copied().unwrap_or(written);
                if idle_since >= before {
                    vacuumed.kept += 1;
                    continue;
                }
                if !options.dry_run {
                    table.delete_path(&meta.location).await?;
                }
                listener(Upkeep::File { bytes: meta.size });
                let path = format!("{}/{}", table.name(), meta.location);
                vacuumed.files.push((path, meta.size));
            }
        }
        vacuumed.files.sort();
        vacuumed.temporary = temporary(&self.storage, before, options.dry_run).await?;
        for path in self.storage.old_probes(before, options.dry_run).await? {
            vacuumed.temporary.push((path, 0));
        }
        vacuumed.temporary.sort();
        if !options.dry_run {
            vacuumed.log_entries = self.trim_logs().await?;
        }
        Ok(vacuumed)
    }

    /// Deletes commits older than the library keeps them (30 days), which a checkpoint replaces.
    /// Only once `log_files` holds their records.
    async fn trim_logs(&self) -> Result<u64, LakeError> {
        if self.requests.txn().await? != self.log_files.txn().await? {
            return Ok(0);
        }
        let mut trimmed = 0;
        for table in [&self.requests, &self.log_files] {
            let delta = table.delta();
            if delta.version().unwrap_or(0) == 0 {
                continue;
            }
            checkpoints::create_checkpoint(delta, None).await?;
            trimmed += checkpoints::cleanup_metadata(delta, None).await? as u64;
        }
        Ok(trimmed)
    }
}

impl Table {
    /// Data files below the table's folder, live or not. What else somebody put there is theirs.
    pub(crate) async fn stored(&self) -> Result<Vec<ObjectMeta>, LakeError> {
        let store = self.store();
        let mut listing = store.list(None);
        let mut stored = Vec::new();
        while let Some(meta) = listing.try_next().await? {
            let folder = meta.location.parts().next();
            let in_log = folder.is_some_and(|folder| folder.as_ref() == log::LOG);
            if !in_log && meta.location.extension() == Some("parquet") {
                stored.push(meta);
            }
        }
        Ok(stored)
    }

    /// When files were removed, by path: as far as the snapshot knows, and with `since` also from
    /// commits, since checkpoints forget earlier.
    async fn removed(&self, since_us: Option<i64>) -> Result<BTreeMap<Path, i64>, LakeError> {
        let mut removed: BTreeMap<Path, i64> = BTreeMap::new();
        let mut add = |path: &str, at_ms: i64| {
            let at = removed.entry(Path::from(path)).or_default();
            *at = (*at).max(at_ms.saturating_mul(1_000));
        };
        let delta = self.delta();
        let store = delta.log_store();
        let mut tombstones = delta.snapshot()?.all_tombstones(store.as_ref());
        while let Some(tombstone) = tombstones.try_next().await? {
            if let Some(at) = tombstone.deletion_timestamp() {
                add(&tombstone.path(), at);
            }
        }
        drop(tombstones);
        let Some(since_us) = since_us else {
            return Ok(removed);
        };
        for version in (0..=delta.version().unwrap_or(0)).rev() {
            let Some(commit) = store.read_commit_entry(version).await? else {
                break;
            };
            let mut newest = None;
            for line in commit.split(|byte| *byte == b'\n') {
                let Ok(action) = serde_json::from_slice::<serde_json::Value>(line) else {
                    continue;
                };
                let removal = &action["remove"];
                if let (Some(path), Some(at)) = (
                    removal["path"].as_str(),
                    removal["deletionTimestamp"].as_i64(),
                ) {
                    add(path, at);
                }
                newest = newest.max(action["commitInfo"]["timestamp"].as_i64());
            }
            if newest.is_some_and(|at| at.saturating_mul(1_000) < since_us) {
                break;
            }
        }
        Ok(removed)
    }

    /// Deletes files that are no longer live; those that are gone already do not count.
    pub(crate) async fn delete(
        &self,
        files: impl Iterator<Item = &TableFile>,
    ) -> Result<u64, LakeError> {
        let mut deleted = 0;
        for file in files {
            deleted += u64::from(self.delete_path(&file.path).await?);
        }
        Ok(deleted)
    }

    async fn delete_path(&self, path: &Path) -> Result<bool, LakeError> {
        match self.store().delete(path).await {
            Ok(()) => Ok(true),
            // Another vacuum was here.
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Left-overs `name#digits` of a local lake, which its store never lists.
async fn temporary(
    storage: &Storage,
    before_us: i64,
    dry_run: bool,
) -> Result<Vec<(String, u64)>, LakeError> {
    let Some(dir) = storage.local_dir().map(FsPath::to_path_buf) else {
        return Ok(Vec::new());
    };
    let fail = |source: io::Error| LakeError::Folder {
        path: storage.location().to_owned(),
        source,
    };
    let walking = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        walk(&dir, &dir, before_us, dry_run, &mut found).map(|()| found)
    });
    let walked = walking.await.map_err(|join| fail(io::Error::other(join)))?;
    walked.map_err(fail)
}

fn walk(
    root: &FsPath,
    dir: &FsPath,
    before_us: i64,
    dry_run: bool,
    found: &mut Vec<(String, u64)>,
) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            walk(root, &path, before_us, dry_run, found)?;
            continue;
        }
        let name = entry.file_name();
        if !kind.is_file() || !is_temporary(&name.to_string_lossy()) {
            continue;
        }
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Put in place meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let written = chrono::DateTime::<chrono::Utc>::from(metadata.modified()?);
        if written.timestamp_micros() >= before_us {
            continue;
        }
        match (!dry_run).then(|| fs::remove_file(&path)) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let shown = path.strip_prefix(root).unwrap_or(&path);
        found.push((shown.to_string_lossy().into_owned(), metadata.len()));
    }
    Ok(())
}

/// The names that local writes have until they are in place.
fn is_temporary(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(name, digits)| {
        !name.is_empty() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::is_temporary;

    #[test]
    fn only_names_of_unfinished_writes_are_temporary() {
        assert!(is_temporary("a.parquet#123"));
        for name in ["a.parquet", "#123", "a#", "a#12b", "a#1.parquet"] {
            assert!(!is_temporary(name), "{name}");
        }
    }
}
