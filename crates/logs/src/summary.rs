//! What was read, in numbers.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::errors::Reject;
use crate::extra::shortened;

/// How a log is written. The first data line decides, or the header when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Tab-separated, with a `#Fields:` line.
    W3c,
    /// One JSON object per line.
    Json,
    /// Tab-separated, without a `#Fields:` line before the first row.
    Headerless,
    /// Nothing that tells a format: no bytes, blank lines, or lines that are too long.
    Empty,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Format::W3c => "w3c",
            Format::Json => "json",
            Format::Headerless => "headerless",
            Format::Empty => "empty",
        })
    }
}

/// What was read. `rows + rejected_rows == data_lines`, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How the log is written.
    pub format: Format,
    /// All lines, blank ones and directives included.
    pub lines: u64,
    /// Lines that are neither blank nor directives.
    pub data_lines: u64,
    /// Rows in the batches.
    pub rows: u64,
    /// Data lines that did not become rows.
    pub rejected_rows: u64,
    /// The first rejects, at most [`Options::max_recorded_rejects`](crate::Options).
    pub rejects: Vec<Reject>,
    /// Bytes read, uncompressed.
    pub bytes: u64,
    /// The field names seen, in the order in which they were first seen: at most 1024, and each
    /// cut to 128 bytes. Names are log content: hostile, like any.
    #[expect(clippy::rc_buffer, reason = "see `ColumnNames`")]
    pub columns: Arc<Vec<String>>,
    /// Rows in which invalid UTF-8 became U+FFFD.
    pub lossy_rows: u64,
}

const MAX_COLUMNS: usize = 1024;

/// The field names seen so far. Logs beside each other have the same ones, and share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnNames {
    #[expect(
        clippy::rc_buffer,
        reason = "a name that is new is added where the others are"
    )]
    pub(crate) in_order: Arc<Vec<String>>,
    seen: Arc<HashSet<String>>,
}

impl ColumnNames {
    pub(crate) fn see(&mut self, name: &str) {
        let name = shortened(name);
        if self.in_order.len() < MAX_COLUMNS && !self.seen.contains(name) {
            Arc::make_mut(&mut self.seen).insert(name.to_owned());
            Arc::make_mut(&mut self.in_order).push(name.to_owned());
        }
    }
}
