//! What `verify` can find, in the order in which it is told.

/// How bad a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The lake is not what was written, or contradicts itself.
    Damage,
    /// A source has what the lake has not.
    Source,
    /// Nothing is wrong.
    Note,
}

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// A table does not open.
    Table,
    /// A commit or checkpoint is missing or not readable.
    Log,
    /// The two tables contradict each other as wholes.
    Numbers,
    /// A live file is missing, or not as it was written.
    File,
    /// Rows of an object that no record tells of.
    RowsUnrecorded,
    /// An object has fewer rows than its record says.
    RowsMissing,
    /// An object has more rows than its record says.
    RowsExtra,
    /// A source lists an object that the lake does not have.
    ObjectUnknown,
    /// A source lists another version of an object than the lake has.
    ObjectChanged,
    /// A source no longer lists an object that the lake has.
    ObjectUnlisted,
    /// Commits that the next ingest replays into `log_files`.
    ReplayPending,
}

impl DifferenceKind {
    /// The word in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Log => "log",
            Self::Numbers => "numbers",
            Self::File => "file",
            Self::RowsUnrecorded => "rows unrecorded",
            Self::RowsMissing => "rows missing",
            Self::RowsExtra => "rows extra",
            Self::ObjectUnknown => "object unknown",
            Self::ObjectChanged => "object changed",
            Self::ObjectUnlisted => "object unlisted",
            Self::ReplayPending => "replay pending",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::Table
            | Self::Log
            | Self::Numbers
            | Self::File
            | Self::RowsUnrecorded
            | Self::RowsMissing
            | Self::RowsExtra => Severity::Damage,
            Self::ObjectUnknown | Self::ObjectChanged => Severity::Source,
            Self::ObjectUnlisted | Self::ReplayPending => Severity::Note,
        }
    }
}

/// One difference. Their order is stable: by kind, then by what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What kind it is.
    pub kind: DifferenceKind,
    /// The table, the file as a path below the lake, or the object's key.
    pub what: String,
    /// What is different.
    pub detail: String,
}

impl Difference {
    pub(crate) fn new(kind: DifferenceKind, what: impl Into<String>, detail: String) -> Self {
        Self {
            kind,
            what: what.into(),
            detail,
        }
    }
}

/// One object as a source lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Full address of the object.
    pub key: String,
    /// Version mark.
    pub etag: String,
    /// Size as stored.
    pub size_bytes: i64,
}
