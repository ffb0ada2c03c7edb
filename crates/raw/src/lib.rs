//! Log objects as the tables `requests` and `log_files`, without a lake: each query reads the
//! objects it needs, and of those the columns it needs.
//!
//! What an object gives is decided by the rules of ingest: all of its rows or none of them, the
//! same rejects, the same things hidden. What became of each object that was read is remembered,
//! and [`RawLogs::summary`] tells it after a query.
//!
//! Objects are left out by their names: see [`HOURS_OFF`]. The crate must not know views, prices or
//! terminals.

mod external;
mod log_files;
mod logs;
mod names;
mod scan;
mod table;

pub use external::ExternalLogs;
pub use logs::RawLogs;

/// An object names the hour of its requests. Rows of hours near it may be in it as well, and a
/// query that asks for some time reads every object whose hour is not further away than this.
pub const HOURS_OFF: i64 = 24;
