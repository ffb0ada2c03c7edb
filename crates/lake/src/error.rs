//! What can go wrong with the lake.

impl LakeError {
    /// Whether the lake itself is contended, damaged or of another version, rather than the store
    /// out of reach.
    pub fn is_of_the_lake(&self) -> bool {
        match self {
            Self::UnsafeStore { .. }
            | Self::Contended { .. }
            | Self::Incompatible { .. }
            | Self::RedoLogGone { .. }
            | Self::Damaged { .. }
            | Self::Parquet(_)
            | Self::Json(_)
            | Self::Store(object_store::Error::NotFound { .. }) => true,
            Self::Delta(error) => !matches!(error, deltalake::DeltaTableError::ObjectStore { .. }),
            _ => false,
        }
    }

    /// Whether `lake verify` can say more about it.
    pub fn is_damage(&self) -> bool {
        self.is_of_the_lake()
            && !matches!(
                self,
                Self::UnsafeStore { .. } | Self::Contended { .. } | Self::Incompatible { .. }
            )
    }
}

/// A failure of the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// There is no lake at this place.
    #[error("no lake at `{location}` (run `edgeledger ingest SOURCE --lake {location}` first)")]
    NotFound {
        /// Where it was looked for.
        location: String,
    },
    /// The location cannot be a lake.
    #[error("`{location}` cannot be a lake: {reason}")]
    Location {
        /// The location as given.
        location: String,
        /// Why not.
        reason: String,
    },
    /// The folder of a local lake cannot be made or read.
    #[error("cannot use the folder `{path}`")]
    Folder {
        /// The folder.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store overwrites where it was asked to create, so that commits could be lost.
    #[error(
        "the store at `{location}` ignores conditional PUT (If-None-Match), so that two writers could overwrite each other's commits; use a store that honours it"
    )]
    UnsafeStore {
        /// The lake.
        location: String,
    },
    /// Another writer kept winning.
    #[error("gave up after {attempts} lost races for the next commit")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// A table of the lake has another shape than this version writes or reads.
    #[error("the lake's table `{table}` is not readable by this version: {reason}")]
    Incompatible {
        /// Which table.
        table: &'static str,
        /// What is different.
        reason: String,
    },
    /// The redo log does not reach back to what `log_files` holds.
    #[error(
        "commit {version} of `requests` is gone, so `log_files` cannot be brought up to date from the log"
    )]
    RedoLogGone {
        /// The first missing commit.
        version: u64,
    },
    /// Everything would be forgotten.
    #[error("nothing says which rows to forget")]
    NoCondition,
    /// A file of the lake, or what two of its files say of each other, is wrong.
    #[error("the lake is damaged: {what}: {reason}")]
    Damaged {
        /// The file or table, as a path below the lake.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A distribution name that cannot become a folder.
    #[error(
        "`{name}` cannot name a distribution (letters, digits, `.`, `_` and `-` only, at most 128)"
    )]
    DistributionName {
        /// The name, escaped.
        name: String,
    },
    /// The table format's own error.
    #[error("the lake's table log failed")]
    Delta(#[from] deltalake::DeltaTableError),
    /// The store's error.
    #[error("the lake's store failed")]
    Store(#[from] object_store::Error),
    /// A Parquet file could not be written or read.
    #[error("a Parquet file of the lake failed")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Arrow refused a batch.
    #[error("a batch does not fit the lake's schema")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A commit's list of log objects is not readable.
    #[error("the list of log objects in a commit is not readable")]
    Json(#[from] serde_json::Error),
    /// The query engine's error while the lake's own files were read or written.
    #[error("reading or rewriting the lake's rows failed")]
    Engine(#[from] datafusion::error::DataFusionError),
}
