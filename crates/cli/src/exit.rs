//! Exit codes, and which error has which.

use std::{io, path::Path, process::ExitCode};

use edgeledger_ingest::IngestError;
use edgeledger_lake::LakeError;
use edgeledger_query::QueryError;
use edgeledger_report::{ReportError, escape_terminal};
use edgeledger_source::SourceError;

use crate::paths;

/// How a command ended. Printed by `edgeledger --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, and the data is whole.
    Ok = 0,
    /// Failed.
    Failed = 1,
    /// Wrong arguments, configuration or query.
    Usage = 2,
    /// A check or budget failed.
    CheckFailed = 3,
    /// Done, but objects are quarantined or missing.
    Incomplete = 4,
    /// The lake is contended, damaged or of another version.
    Lake = 5,
    /// A bug.
    Bug = 70,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error of the user's: wrong arguments or configuration.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UsageError {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl UsageError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// The error and its causes in one message: `could not read x: line 3 …`.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message}: {}", error.to_string().trim_end());
            cause = error.source();
        }
        Self::new(message)
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl Exit {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            if cause.is::<UsageError>() {
                return Self::Usage;
            }
            if let Some(error) = cause.downcast_ref::<QueryError>() {
                return match error {
                    QueryError::Invalid { .. } | QueryError::NotReadOnly(_) => Self::Usage,
                    QueryError::Lake(error) => Self::of_lake(error),
                    QueryError::Failed(error) if is_damaged_file(error) => Self::Lake,
                    _ => Self::Failed,
                };
            }
            if let Some(
                ReportError::UnknownMonth { .. }
                | ReportError::UnknownDistribution { .. }
                | ReportError::NotComparable { .. },
            ) = cause.downcast_ref::<ReportError>()
            {
                return Self::Usage;
            }
            if let Some(IngestError::Internal(_)) = cause.downcast_ref::<IngestError>() {
                return Self::Bug;
            }
            if let Some(IngestError::Lake(error)) = cause.downcast_ref::<IngestError>() {
                return Self::of_lake(error);
            }
            if let Some(error) = cause.downcast_ref::<LakeError>() {
                return Self::of_lake(error);
            }
        }
        Self::Failed
    }

    fn of_lake(error: &LakeError) -> Self {
        match error {
            LakeError::Location { .. }
            | LakeError::NoCondition
            | LakeError::DistributionName { .. } => Self::Usage,
            error if error.is_of_the_lake() => Self::Lake,
            _ => Self::Failed,
        }
    }
}

/// What to try next, if the error knows.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(ReportError::UnknownDistribution { given, known }) =
            cause.downcast_ref::<ReportError>()
        {
            let close = edgeledger_query::nearest(given, known.clone());
            let close =
                close.map_or_else(String::new, |close| format!("{} ", escape_terminal(&close)));
            let known: Vec<String> = known.iter().map(|name| escape_terminal(name)).collect();
            return Some(format!(
                "{close}distributions with requests in the month: {}",
                known.join(", ")
            ));
        }
        if let Some(ReportError::NotComparable { month, earlier, .. }) =
            cause.downcast_ref::<ReportError>()
        {
            let month = escape_terminal(month);
            return Some(if earlier.is_empty() {
                format!("no month before {month} has requests: leave --compare out")
            } else {
                let earlier: Vec<String> = earlier.iter().map(|m| escape_terminal(m)).collect();
                format!(
                    "months before {month} with requests: {}",
                    earlier.join(", ")
                )
            });
        }
        if let Some(error) = cause.downcast_ref::<UsageError>() {
            return error.hint.clone();
        }
        if let Some(error) = lake_error(cause) {
            if let LakeError::NotFound { location } = error {
                return paths::nearest(Path::new(location));
            }
            return error.is_damage().then(|| LAKE_HINT.to_owned());
        }
        if let Some(SourceError::Local { path, source }) = cause.downcast_ref::<SourceError>()
            && source.kind() == io::ErrorKind::NotFound
        {
            return paths::nearest(path);
        }
        match cause.downcast_ref::<QueryError>() {
            Some(QueryError::Invalid { hint, .. }) => hint.clone(),
            Some(QueryError::NotReadOnly(why)) => {
                let permitted = ["COPY", "CREATE EXTERNAL TABLE", "CREATE VIEW"];
                let is_permitted = permitted.iter().any(|what| why.ends_with(what));
                is_permitted.then(|| WRITE_HINT.to_owned())
            }
            Some(QueryError::OutOfMemory(_)) => Some(MEMORY_HINT.to_owned()),
            Some(QueryError::Failed(error)) => is_damaged_file(error).then(|| LAKE_HINT.to_owned()),
            _ => None,
        }
    })
}

const LAKE_HINT: &str = "run `edgeledger lake verify` to see what is wrong, and \
    `edgeledger lake repair` to rebuild it";

const WRITE_HINT: &str = "`edgeledger sql --allow-write` permits COPY … TO a local file, \
    CREATE EXTERNAL TABLE and CREATE VIEW";

const MEMORY_HINT: &str = "give more with --memory-limit (such as 4GiB), or ask for fewer months, \
    columns or rows";

/// The lake's error, also where another error wraps it.
fn lake_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a LakeError> {
    if let Some(QueryError::Lake(error)) = cause.downcast_ref::<QueryError>() {
        return Some(error);
    }
    if let Some(IngestError::Lake(error)) = cause.downcast_ref::<IngestError>() {
        return Some(error);
    }
    cause.downcast_ref::<LakeError>()
}

/// Queries read no files but the lake's: one that is missing or not readable is its damage.
fn is_damaged_file(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<parquet::errors::ParquetError>()
            || matches!(
                error.downcast_ref::<object_store::Error>(),
                Some(object_store::Error::NotFound { .. })
            )
        {
            return true;
        }
        cause = error.source();
    }
    false
}
