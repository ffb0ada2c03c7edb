//! Which files the tables consist of, for readers that know no Delta log.

use crate::{Lake, LakeError, table::Table};

/// Names of the live Parquet files of both tables, each below its table's folder. Their folders
/// hold others too: files that were replaced, and files of runs that never got to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveFiles {
    /// Files of `requests`: `distribution=…/date=…/….parquet`.
    pub requests: Vec<String>,
    /// Files of `log_files`.
    pub log_files: Vec<String>,
}

impl Lake {
    /// The files of this version, sorted.
    ///
    /// # Errors
    /// When a table's log cannot be read.
    pub fn live_files(&self) -> Result<LiveFiles, LakeError> {
        let names = |table: &Table| -> Result<Vec<String>, LakeError> {
            let files = table.files()?;
            Ok(files.into_iter().map(|file| file.path.into()).collect())
        };
        Ok(LiveFiles {
            requests: names(&self.requests)?,
            log_files: names(&self.log_files)?,
        })
    }
}
