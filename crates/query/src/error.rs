//! Why a session or a query failed.

use datafusion::error::DataFusionError;

/// A failure of the SQL session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The query cannot be planned: wrong syntax, table, column or function.
    #[error("{message}")]
    Invalid {
        /// What is wrong, in the engine's words.
        message: String,
        /// The nearest valid names, if there are any.
        hint: Option<String>,
    },
    /// The query is not one that only reads, or writes what it must not.
    #[error("{0}")]
    NotReadOnly(String),
    /// The query needs more memory than the session may use.
    #[error("the query needs more memory than it may use: {0}")]
    OutOfMemory(String),
    /// The query failed while it ran.
    #[error("the query failed")]
    Failed(#[source] DataFusionError),
    /// The tables could not be set up.
    #[error("the session cannot be set up")]
    Setup(#[from] DataFusionError),
    /// The lake's tables cannot be read.
    #[error(transparent)]
    Lake(#[from] edgeledger_lake::LakeError),
    /// A price does not fit its column.
    #[error("the price `{0}` does not fit its column")]
    Price(String),
    /// An Arrow array could not be built.
    #[error("a table could not be built")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl QueryError {
    /// The failure of a query that ran.
    pub fn of_run(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(message) => {
                // What follows names the consumers, in words of the engine's.
                let first = message.lines().next().unwrap_or_default();
                let first = first.split(" with top memory consumers").next();
                Self::OutOfMemory(first.unwrap_or_default().to_owned())
            }
            _ => Self::Failed(error),
        }
    }
}

/// A built-in view does not plan: a bug, or a lake of another version.
#[derive(Debug, thiserror::Error)]
#[error("the view `{view}` cannot be built: {source}")]
pub(crate) struct ViewError {
    pub(crate) view: &'static str,
    pub(crate) source: DataFusionError,
}
