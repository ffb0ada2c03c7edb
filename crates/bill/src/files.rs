//! The files of a bill.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::BillError;

/// Folders of exports are as deep as their partitions; a loop of links is deeper.
const MAX_DEPTH: usize = 12;

/// A file of a bill.
#[derive(Debug, Clone)]
pub(crate) struct BillFile {
    pub(crate) path: PathBuf,
    /// Whether it was found in a folder, not named.
    pub(crate) is_found: bool,
}

/// The files named by `paths`, and the files that look like bills below the folders among them, in
/// order. Manifests and the like, which AWS puts beside them, are passed over.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<BillFile>, BillError> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if metadata(path)?.is_dir() {
            below(path, 0, &mut files)?;
            if files.len() == before {
                return Err(BillError::NoFiles { path: path.clone() });
            }
        } else {
            files.push(BillFile {
                path: path.clone(),
                is_found: false,
            });
        }
    }
    let mut seen = BTreeSet::new();
    for file in &files {
        let path = &file.path;
        let real = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        if !seen.insert(real) {
            return Err(BillError::Twice { path: path.clone() });
        }
    }
    Ok(files)
}

fn below(dir: &Path, depth: usize, files: &mut Vec<BillFile>) -> Result<(), BillError> {
    if depth > MAX_DEPTH {
        let source = io::Error::other(format!("more than {MAX_DEPTH} folders deep"));
        return Err(unreadable(dir, source));
    }
    let entries = fs::read_dir(dir).map_err(|source| unreadable(dir, source))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()
        .map_err(|source| unreadable(dir, source))?;
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
        if name.starts_with('.') || name.starts_with('_') {
            continue;
        }
        if metadata(&path)?.is_dir() {
            below(&path, depth + 1, files)?;
        } else if [".csv", ".csv.gz", ".csv.zst", ".parquet"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            files.push(BillFile {
                path,
                is_found: true,
            });
        }
    }
    Ok(())
}

fn metadata(path: &Path) -> Result<fs::Metadata, BillError> {
    fs::metadata(path).map_err(|source| unreadable(path, source))
}

pub(crate) fn unreadable(path: &Path, source: io::Error) -> BillError {
    BillError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
