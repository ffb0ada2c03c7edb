//! What can be wrong: with a whole object, or with one of its rows.

use std::sync::Arc;

use arrow::error::ArrowError;
use thiserror::Error;

/// Why a whole object is not read. None of its rows may be used then, not even those of batches
/// that were taken before.
#[derive(Debug, Clone, Error)]
pub enum LogError {
    /// Text that is no access log of CloudFront's.
    #[error("not a CloudFront access log: {hint}")]
    NotALog {
        /// What it looks like instead.
        hint: &'static str,
    },
    /// A log of another service, which could be told by its look.
    #[error("not a CloudFront access log but {name}, which is not supported")]
    OtherFormat {
        /// The other format.
        name: &'static str,
    },
    /// A `#Version:` directive other than `1.0`.
    #[error("unsupported log version `{version}` (only `1.0` is known)")]
    UnsupportedVersion {
        /// The version as written, escaped and shortened.
        version: String,
    },
    /// A log of CloudFront's RTMP distributions, which ended in 2020. Its `sc-bytes` is a running
    /// total for each connection, so that summing it would count bytes many times.
    #[error("an RTMP streaming log (field `x-cf-status`), which has no requests to count")]
    Rtmp,
    /// Tab-separated text without a `#Fields:` line, in a width that CloudFront never wrote.
    #[error("no `#Fields:` line, and no known CloudFront layout has {found} columns")]
    UnknownColumnCount {
        /// Columns of the first line.
        found: usize,
    },
    /// A `#Fields:` line over the limit: the rows after it cannot be mapped.
    #[error("`#Fields:` line longer than {max_bytes} bytes")]
    HeaderTooLong {
        /// The limit.
        max_bytes: usize,
    },
    /// Arrow refused a batch. This is a bug.
    #[error("cannot build a batch")]
    Batch {
        /// What Arrow said.
        #[source]
        source: Arc<ArrowError>,
    },
}

/// A row that was not read, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line number, from 1.
    pub line: u64,
    /// Where the line starts in the uncompressed object.
    pub byte_offset: u64,
    /// What is wrong with it.
    pub reason: RejectReason,
    /// The line's first characters (at most 80, then `…`), with control and direction
    /// characters escaped.
    ///
    /// This is log content, as hostile as any. Text that looks like an IP address is `<ip>`
    /// whatever the [`Privacy`](crate::Privacy), and secrets are redacted unless that is off.
    pub preview: String,
}

/// What is wrong with a row. Values are escaped and shortened, and hide what
/// [`Reject::preview`] hides.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RejectReason {
    /// Another number of columns than the header has. Columns are never shifted to fit.
    #[error("expected {expected} columns, found {found}")]
    FieldCount {
        /// Columns of the header, or of the first row when there is none.
        expected: usize,
        /// Columns of this row.
        found: usize,
    },
    /// Neither date and time nor a timestamp.
    #[error("no time")]
    MissingTime,
    /// A time that cannot be read.
    #[error("malformed time `{value}`")]
    BadTime {
        /// The text.
        value: String,
    },
    /// A time outside [`Options`](crate::Options)' `earliest_us..latest_us`.
    #[error("time `{value}` is out of range")]
    TimeOutOfRange {
        /// The text.
        value: String,
    },
    /// Malformed text in a number that money depends on.
    #[error("malformed number `{value}` in `{column}`")]
    BadNumber {
        /// CloudFront's name of the column.
        column: &'static str,
        /// The text.
        value: String,
    },
    /// A line over the limit.
    #[error("line of {bytes} bytes is longer than {max_bytes} bytes")]
    LineTooLong {
        /// Length of the line.
        bytes: u64,
        /// The limit.
        max_bytes: usize,
    },
    /// A line of a JSON log that is not a JSON object.
    #[error("not a JSON object")]
    BadJson,
    /// Tab-separated text in a JSON log, with no `#Fields:` line before it.
    #[error("tab-separated text in a JSON log, with no `#Fields:` line before it")]
    NoHeader,
}

/// The first `max_chars` characters, fit for a terminal and a report: control characters, and
/// those that change the direction of text or hide in it, are escaped.
pub(crate) fn escaped(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    for (n_chars, char) in text.chars().enumerate() {
        if n_chars == max_chars {
            out.push('…');
            break;
        }
        if is_disguise(char) {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}

fn is_disguise(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_could_mislead_a_reader() {
        assert_eq!(
            escaped("a\tb\u{1b}[31m\0\u{202e}x", 80),
            r"a\tb\u{1b}[31m\u{0}\u{202e}x"
        );
        assert_eq!(escaped("grüße 日本", 80), "grüße 日本");
    }

    #[test]
    fn shortens_by_characters() {
        assert_eq!(escaped("äöü", 2), "äö…");
        assert_eq!(escaped("äöü", 3), "äöü");
    }
}
