//! CloudFront log bytes in, typed Arrow batches and rejected rows out.
//!
//! Reads standard logs in every form CloudFront has delivered as text: tab-separated lines with
//! a `#Fields:` header (v1, and v2's `w3c`), the same without a header (v2's `plain`), and JSON
//! lines (v2's `json`). The crate is pure: it must not know files, gzip, S3, tokio, DataFusion,
//! the clock or prices. It holds at most one line and one batch, whatever the size of the log.
//!
//! ```
//! use edgeledger_logs::{Options, Parser};
//!
//! let log = b"#Version: 1.0\n\
//!     #Fields: date time sc-bytes cs-uri-stem sc-status\n\
//!     2024-01-16\t23:56:42\t1352\t/index.html\t200\n\
//!     2024-01-16\t23:56:43\t1352\t/index.html\n";
//! let mut parser = Parser::new(Options::default());
//! for chunk in log.chunks(16) {
//!     parser.feed(chunk)?;
//!     for _batch in parser.take_batches() { /* write it */ }
//! }
//! let parsed = parser.finish()?;
//! assert_eq!((parsed.summary.rows, parsed.summary.rejected_rows), (1, 1));
//! assert_eq!(parsed.summary.rejects[0].reason.to_string(), "expected 5 columns, found 4");
//! # Ok::<(), edgeledger_logs::LogError>(())
//! ```
//!
//! # Rules
//!
//! *Rows.* A line is blank (nothing but spaces), a directive (starts with `#`), or a data line;
//! every data line is a row or a [`Reject`]. A row is rejected when its number of columns is not
//! the header's (one empty column at the end is tolerated), when its time is missing, malformed
//! or out of range, when `sc-bytes`, `cs-bytes` or `sc-status` is malformed (money depends on
//! them: counted, never guessed), or when its line is too long. Any other malformed value is null
//! and its text is kept in `extra` under CloudFront's name: the value is rejected, not the row.
//!
//! *Values.* `-` and nothing are null. Text is kept as logged, percent-encoding included; invalid
//! UTF-8 becomes U+FFFD. Numbers are digits without a sign. Seconds become microseconds exactly;
//! digits after the sixth decimal are dropped.
//!
//! *Columns.* Each `#Fields:` line maps the rows after it by name. A field that is not known goes
//! to `extra`. When a field is named twice, the first is the field and the second goes to `extra`
//! as `name#2`. Names are cut to 128 bytes.
//!
//! *Without a header* the first data line decides: its width must be one that CloudFront has
//! written, and the rows after it must have the same.
//!
//! *Privacy.* What [`Privacy`] hides is hidden before a row is built: it is in no column, in no
//! reject and in no error. By default the values of parameters that are secrets are redacted.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod address;
mod block;
mod builders;
mod columns;
mod errors;
mod extra;
mod header;
mod json;
mod lines;
mod nested;
mod nulls;
mod numbers;
mod parser;
mod privacy;
mod redact;
mod row;
mod scan;
mod sniff;
mod state;
mod summary;
mod texts;
mod values;
mod wanted;

pub use crate::columns::{schema, schema_with_dictionaries};
pub use crate::errors::{LogError, Reject, RejectReason};
pub use crate::parser::{Options, Parsed, Parser};
pub use crate::privacy::{
    ClientIp, Privacy, PrivacyError, PrivacySettings, REDACTED_PARAMETERS, Redaction,
    droppable_columns,
};
pub use crate::summary::{Format, Summary};
pub use crate::wanted::Columns;
