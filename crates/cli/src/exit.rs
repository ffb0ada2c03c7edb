//! Exit codes, and which error has which.

use std::process::ExitCode;

use edgeledger_ingest::IngestError;
use edgeledger_lake::LakeError;
use edgeledger_query::QueryError;
use edgeledger_report::ReportError;

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
                    _ => Self::Failed,
                };
            }
            if let Some(ReportError::UnknownMonth { .. }) = cause.downcast_ref::<ReportError>() {
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
            LakeError::Location { .. } => Self::Usage,
            error if error.is_of_the_lake() => Self::Lake,
            _ => Self::Failed,
        }
    }
}

/// What to try next, if the error knows.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<UsageError>() {
            return error.hint.clone();
        }
        match cause.downcast_ref::<QueryError>() {
            Some(QueryError::Invalid { hint, .. }) => hint.clone(),
            _ => None,
        }
    })
}
