//! Opening a lake, and refusing one that has lost a part of itself.

use arrow::datatypes::Schema;

use crate::{
    LOG_FILES, Lake, LakeError, PARTITION_COLUMNS, REQUESTS, Storage, log, log_files,
    requests_schema, table::Table,
};

/// Looks after which a missing table is not just being made.
const LOOKS: u32 = 5;

/// `log_files` knows commits that `requests` has lost.
fn ahead(seen: i64, txn: i64) -> LakeError {
    LakeError::Damaged {
        what: REQUESTS.to_owned(),
        reason: format!(
            "its last commit of ours is number {txn}, and `log_files` has seen number {seen}"
        ),
    }
}

/// Both tables as far as they are there. A lake that has lost one is no new lake: made anew, it
/// would ingest everything again.
async fn found_or_none(storage: &Storage) -> Result<(Option<Table>, Option<Table>), LakeError> {
    let lost = |what: &str, reason: &str| LakeError::Damaged {
        what: format!("{what}/{}", log::LOG),
        reason: reason.to_owned(),
    };
    let mut error = None;
    // Between two looks another run may be making the lake.
    for _ in 0..LOOKS {
        let requests = Table::open(storage, REQUESTS).await?;
        let log_files = Table::open(storage, LOG_FILES).await?;
        error = Some(match (&requests, &log_files) {
            (Some(_), Some(_)) => return Ok((requests, log_files)),
            // `requests` is made first.
            (Some(table), None) if table.txn().await? == 0 => return Ok((requests, None)),
            (Some(_), None) => lost(LOG_FILES, "it is gone, and `requests` has commits"),
            (None, Some(_)) => lost(REQUESTS, "it is gone, and `log_files` is there"),
            (None, None) if !storage.has_data(REQUESTS).await? => return Ok((None, None)),
            (None, None) => lost(REQUESTS, "it is gone, and data files are there"),
        });
    }
    Err(error.unwrap_or_else(|| lost(REQUESTS, "it is gone")))
}

impl Lake {
    /// Opens an existing lake to read it.
    ///
    /// # Errors
    /// [`LakeError::NotFound`] when there is none.
    pub async fn open(storage: Storage) -> Result<Self, LakeError> {
        let mut lake = Self::open_as_is(storage).await?;
        let (txn, seen) = lake.numbers().await?;
        if seen < txn {
            // What a crashed run left to be replayed is true already: it is only read here.
            lake.pending = lake.requests.redo_since(seen).await?;
        }
        Ok(lake)
    }

    /// Numbers of the last commits of `requests` and that `log_files` has seen, which is never the
    /// higher one.
    pub(crate) async fn numbers(&mut self) -> Result<(i64, i64), LakeError> {
        let seen = self.log_files.txn().await?;
        if self.requests.txn().await? < seen {
            // A commit came between the two loads. What is loaded after has it.
            self.requests = self.reopen(REQUESTS).await?;
        }
        let txn = self.requests.txn().await?;
        if txn < seen {
            return Err(ahead(seen, txn));
        }
        Ok((txn, seen))
    }

    /// Opens an existing lake without asking whether its tables agree.
    pub(crate) async fn open_as_is(storage: Storage) -> Result<Self, LakeError> {
        match found_or_none(&storage).await? {
            (Some(requests), Some(log_files)) => Ok(Self::new(storage, requests, log_files)),
            _ => Err(LakeError::NotFound {
                location: storage.location().to_owned(),
            }),
        }
    }

    /// Opens a lake to write to it, making its tables if they are missing.
    ///
    /// # Errors
    /// When the store ignores conditional PUT, or the tables have other columns than `parsed`.
    pub async fn open_or_create(storage: Storage, parsed: &Schema) -> Result<Self, LakeError> {
        storage.probe_conditional_put().await?;
        let schema = requests_schema(parsed);
        let (requests, log_files) = found_or_none(&storage).await?;
        let requests = match requests {
            Some(table) => table,
            None => Table::open_or_create(&storage, REQUESTS, &schema, &PARTITION_COLUMNS).await?,
        };
        requests.check_columns(&schema)?;
        let log_files = match log_files {
            Some(table) => table,
            None => Table::open_or_create(&storage, LOG_FILES, &log_files::schema(), &[]).await?,
        };
        log_files.check_columns(&log_files::schema())?;
        Ok(Self::new(storage, requests, log_files))
    }
}
