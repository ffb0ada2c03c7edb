//! Writing reports into a folder or a bucket, and the page that lists them.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::Context;
use edgeledger_report::{IndexEntry, index};
use edgeledger_source::Aws;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, path::Path};

use crate::{access, exit::UsageError};

/// How many files are compared and written at once.
const AT_ONCE: usize = 16;

/// The page that lists all reports of a place.
const INDEX: &str = "index.html";

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    New,
    Same,
    Different,
}

/// Writes the files of a report below `place`, in the folder `name`, and the index of all reports
/// there. A different file of an earlier report is replaced only if asked to. Whether there was
/// anything to write.
pub(super) async fn write(
    place: &str,
    name: &str,
    files: Vec<(String, Vec<u8>)>,
    overwrite: bool,
    aws: &Arc<Aws>,
) -> anyhow::Result<bool> {
    let store = access::storage(place, aws).await?.files()?;
    let paths = files
        .into_iter()
        .map(|(file, bytes)| (Path::from(format!("{name}/{file}")), bytes));
    let compared = futures::stream::iter(paths)
        .map(|(path, bytes)| {
            let store = &store;
            async move {
                let change = compare(store, &path, &bytes).await?;
                anyhow::Ok((change, path, bytes))
            }
        })
        .buffered(AT_ONCE);
    let compared: Vec<(Change, Path, Vec<u8>)> = compared.try_collect().await?;
    let different: Vec<&str> = compared
        .iter()
        .filter(|(change, ..)| *change == Change::Different)
        .map(|(_, path, _)| path.as_ref())
        .collect();
    if let (Some(first), false) = (different.first(), overwrite) {
        let more = match different.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let error = UsageError::new(format!(
            "`{place}` has another report: `{first}`{more} would change"
        ));
        return Err(error
            .with_hint("add --overwrite to replace it, or write into another place with --out")
            .into());
    }
    let page = store.get(&Path::from(INDEX)).await;
    if let (Ok(page), false) = (page, overwrite)
        && !is_index(&page.bytes().await?)
    {
        let error = UsageError::new(format!("`{place}` has an `{INDEX}` that is not ours"));
        let hint = "add --overwrite to replace it, or write into another place with --out";
        return Err(error.with_hint(hint).into());
    }
    let files: BTreeSet<Path> = compared.iter().map(|(_, path, _)| path.clone()).collect();
    let write = compared
        .into_iter()
        .filter(|(change, ..)| *change != Change::Same);
    let written = futures::stream::iter(write)
        .map(|(change, path, bytes)| {
            let store = &store;
            async move {
                let mode = match change {
                    Change::New => PutMode::Create,
                    Change::Same | Change::Different => PutMode::Overwrite,
                };
                put(store, &path, bytes, mode).await
            }
        })
        .buffered(AT_ONCE);
    let mut changed = !written.try_collect::<Vec<()>>().await?.is_empty();
    if overwrite {
        changed |= delete_stale(&store, name, &files).await?;
    }
    let page = index(&entries(&store).await?);
    let path = Path::from(INDEX);
    if compare(&store, &path, page.as_bytes()).await? != Change::Same {
        // It says nothing that is not in the reports.
        put(&store, &path, page.into_bytes(), PutMode::Overwrite).await?;
    }
    Ok(changed)
}

/// Whether a page is a list of reports, made by us.
fn is_index(page: &[u8]) -> bool {
    let mark = edgeledger_report::INDEX_MARK.as_bytes();
    page.windows(mark.len()).any(|part| part == mark)
}

/// Deletes tables of the report before that this one does not have; whether there were any.
async fn delete_stale(
    store: &Arc<dyn ObjectStore>,
    name: &str,
    files: &BTreeSet<Path>,
) -> anyhow::Result<bool> {
    let folder = Path::from(format!("{name}/csv"));
    let listed = store.list_with_delimiter(Some(&folder)).await;
    let listed = listed.with_context(|| format!("cannot list `{folder}`"))?;
    let mut deleted = false;
    for object in listed.objects {
        if !files.contains(&object.location) && object.location.extension() == Some("csv") {
            let path = &object.location;
            let result = store.delete(path).await;
            result.with_context(|| format!("cannot delete `{path}`"))?;
            deleted = true;
        }
    }
    Ok(deleted)
}

async fn compare(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    bytes: &[u8],
) -> anyhow::Result<Change> {
    let found = match store.get(path).await {
        Ok(found) => found.bytes().await,
        Err(object_store::Error::NotFound { .. }) => return Ok(Change::New),
        Err(error) => Err(error),
    };
    let found = found.with_context(|| format!("cannot read `{path}`"))?;
    Ok(if found == bytes {
        Change::Same
    } else {
        Change::Different
    })
}

async fn put(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    bytes: Vec<u8>,
    mode: PutMode,
) -> anyhow::Result<()> {
    let options = PutOptions {
        mode,
        ..PutOptions::default()
    };
    let written = store.put_opts(path, PutPayload::from(bytes), options).await;
    match written {
        Ok(_) => Ok(()),
        Err(object_store::Error::AlreadyExists { .. }) => {
            let error = UsageError::new(format!("`{path}` was written by someone else meanwhile"));
            Err(error.with_hint("run the report again").into())
        }
        Err(error) => Err(error).with_context(|| format!("cannot write `{path}`")),
    }
}

/// The reports of a place, by the folders that hold a `report.json`.
async fn entries(store: &Arc<dyn ObjectStore>) -> anyhow::Result<Vec<IndexEntry>> {
    let listed = store
        .list_with_delimiter(None)
        .await
        .context("cannot list the reports")?;
    let mut entries = Vec::new();
    for folder in &listed.common_prefixes {
        let Some(name) = folder.filename().filter(|name| is_name(name)) else {
            continue;
        };
        let path = folder.clone().join("report.json");
        let report = match store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => continue,
            Err(error) => Err(error),
        };
        let report = report.with_context(|| format!("cannot read `{path}`"))?;
        entries.extend(IndexEntry::read(name, &report));
    }
    Ok(entries)
}

/// Names that `--out` gives to folders: `2026-10`, `2026-01_2026-10`, and a distribution after it.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
