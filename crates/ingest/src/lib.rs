//! The pipeline: list, fetch, gunzip, parse, write Parquet, commit. It emits events and prints
//! nothing; it must not know SQL, prices or terminals.
//!
//! Identity of an object is `(key, etag, size)` against the lake's `log_files`, never a
//! watermark: late objects are found by listing. A damaged object is quarantined alone, with none
//! of its rows visible. Restarting at any point converges, and a second run does nothing.

mod batch;
mod events;
mod group;
mod large;
mod listing;
mod marks;
mod object;
mod object_name;
mod partition;
mod pipeline;
mod pool;
mod read;
mod reader;
mod settings;
mod stages;
mod stop;

pub use edgeledger_lake::{Durability, S3Options, Storage};
pub use edgeledger_logs::{ClientIp, Privacy, PrivacyError, PrivacySettings, Redaction};
pub use events::{Event, Outcome, Stage, Summary};
pub use object_name::ObjectName;
pub use pipeline::run;
pub use read::{Logs, read};
pub use reader::{Asked, Reader, Rows};
pub use settings::Settings;
pub use stop::Stop;

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
    /// An object could not be read, and there is no lake to leave it open in.
    #[error("cannot read `{key}`: {reason}")]
    Unreadable {
        /// The object.
        key: String,
        /// Why.
        reason: String,
    },
    /// Not the objects are wrong, but the way to them.
    #[error(
        "gave up after {objects} objects in a row that could not be read; `--since` leaves old ones out; the last: {reason}"
    )]
    NothingReadable {
        /// How many.
        objects: u32,
        /// Why the last could not be read.
        reason: String,
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

/// Why ingest stopped, and what it did before.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct IngestFailed {
    /// What was committed, and stays.
    pub summary: Box<Summary>,
    /// Why it stopped.
    #[source]
    pub error: IngestError,
}
