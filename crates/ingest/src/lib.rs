//! The pipeline: list, fetch, gunzip, parse, write Parquet, commit. It emits events and prints
//! nothing; it must not know SQL, prices or terminals.
//!
//! Identity of an object is `(key, etag, size)` against the lake's `log_files`, never a
//! watermark: late objects are found by listing. A damaged object is quarantined alone, with none
//! of its rows visible. Restarting at any point converges, and a second run does nothing.

mod container;
mod events;
mod object;
mod object_name;
mod pipeline;
mod settings;

pub use edgeledger_lake::{Durability, S3Options, Storage};
pub use events::{Event, Outcome, Summary};
pub use object_name::ObjectName;
pub use pipeline::{Logs, read, run};
pub use settings::Settings;

/// Columns of a parsed row, which the lake keeps with where each came from.
pub fn parsed_schema() -> arrow::datatypes::SchemaRef {
    edgeledger_logs::schema()
}

/// Why ingest stopped. What was committed before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// Listing or fetching failed.
    #[error(transparent)]
    Source(#[from] edgeledger_source::SourceError),
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] edgeledger_lake::LakeError),
    /// A local file could not be read to its end; it is not the file's content that is wrong.
    #[error("cannot read `{key}`")]
    Read {
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A batch could not be built.
    #[error("a batch of rows could not be built")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The worker threads could not be started.
    #[error("cannot start worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// An invariant of this program does not hold: a bug.
    #[error("internal error: {0}")]
    Internal(String),
}
