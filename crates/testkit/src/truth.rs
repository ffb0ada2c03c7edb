//! What a correct reader must find in `sample-logs/`.
//!
//! The generator counts while it makes rows and never reads a file back, so these numbers are
//! independent of every parser. Structs list their fields in alphabetical order: that is the order
//! of `truth.json`.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

/// Requests and bytes of some group of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Number of rows.
    pub requests: u64,
    /// Sum of `sc-bytes`: edge to viewer, headers included.
    pub response_bytes: u64,
}

impl Tally {
    /// Counts one row.
    pub(crate) fn add(&mut self, response_bytes: u64) {
        self.requests += 1;
        self.response_bytes += response_bytes;
    }
}

/// Like [`Tally`], with what the viewers sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodTally {
    /// Sum of `cs-bytes`; rows of files without that column count 0.
    pub request_bytes: u64,
    /// Number of rows.
    pub requests: u64,
    /// Sum of `sc-bytes`.
    pub response_bytes: u64,
}

/// Requests of an hour of the day, with what the cache did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourTally {
    /// Cache results `Hit`, `RefreshHit` and `OriginShieldHit`.
    pub hits: u64,
    /// Cache result `Miss`.
    pub misses: u64,
    /// Number of rows.
    pub requests: u64,
    /// Sum of `sc-bytes`.
    pub response_bytes: u64,
}

/// One path and what it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathTally {
    /// `cs-uri-stem` as logged.
    pub path: String,
    /// Number of rows.
    pub requests: u64,
    /// Sum of `sc-bytes`.
    pub response_bytes: u64,
}

/// All counters of one distribution, or of all, in the closed month.
///
/// Every map covers all rows: its sums are `requests` and `response_bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthTruth {
    /// By the product that `cs(User-Agent)` begins with, see [`agent_product`](crate::agent_product).
    pub by_agent_product: BTreeMap<String, Tally>,
    /// By AWS's billing region of the edge: `US` `EU` …, `unknown` for an edge no list has.
    pub by_billing_region: BTreeMap<String, Tally>,
    /// By `x-edge-response-result-type`, else `x-edge-result-type`, else `-`.
    pub by_cache_result: BTreeMap<String, Tally>,
    /// By `sc-content-type` as logged, up to a `;`; `-` for none and for files without the column.
    pub by_content_type: BTreeMap<String, Tally>,
    /// By UTC day of the request, `YYYY-MM-DD`; a day without rows is left out.
    pub by_date: BTreeMap<String, Tally>,
    /// By UTC hour of the request, `YYYY-MM-DDTHH`; an hour without rows is left out.
    pub by_hour: BTreeMap<String, Tally>,
    /// By UTC hour of the day, `00` to `23`, over all days; an hour without rows is left out.
    pub by_hour_of_day: BTreeMap<String, HourTally>,
    /// By kind of old URL, see [`legacy_rule`](crate::legacy_rule); `-` for all other rows.
    pub by_legacy_rule: BTreeMap<String, Tally>,
    /// `get_head` (GET, HEAD) and `proxy` (DELETE, OPTIONS, PATCH, POST, PUT).
    pub by_method_class: BTreeMap<String, MethodTally>,
    /// By the first segment of `cs-uri-stem` as logged: `dist` of `/dist/a/b`, `a.sh` of `/a.sh`,
    /// nothing of `/`.
    pub by_path_segment: BTreeMap<String, Tally>,
    /// `http`, `https`, and `-` for files without the column.
    pub by_protocol: BTreeMap<String, Tally>,
    /// By `sc-bytes`, in classes of powers of 4. The key is the smallest size of the class: 0 (which
    /// holds nothing else), 1 (1 to 3), 4 (4 to 15), 16 …
    pub by_size_class: BTreeMap<u64, Tally>,
    /// By `sc-status`, `000` for none.
    pub by_status: BTreeMap<String, Tally>,
    /// `000`, `2xx`, `3xx`, `4xx`, `5xx`.
    pub by_status_class: BTreeMap<String, Tally>,
    /// Number of UTC days with rows.
    pub days_with_rows: u64,
    /// Cache results `Hit`, `RefreshHit` and `OriginShieldHit`.
    pub hits: Tally,
    /// Number of UTC hours (date and hour) with rows.
    pub hours_with_rows: u64,
    /// Cache result `Miss`.
    pub misses: Tally,
    /// The distribution's name, `all` for the sum.
    pub name: String,
    /// Sum of `cs-bytes`.
    pub request_bytes: u64,
    /// Number of rows.
    pub requests: u64,
    /// Sum of `sc-bytes`.
    pub response_bytes: u64,
    /// The 20 paths with most bytes, most first; equal ones by path.
    pub top_paths: Vec<PathTally>,
}

/// The client that downloads too much on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// UTC day, the only one the client was there.
    pub date: String,
    /// Id of the distribution.
    pub distribution: String,
    /// Its rows.
    pub requests: u64,
    /// Sum of `sc-bytes` of its rows.
    pub response_bytes: u64,
    /// Its `cs(User-Agent)`, which nobody else has.
    pub user_agent: String,
}

/// One night of the purge: rows under its prefix on one UTC day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeNight {
    /// Misses in the window.
    pub misses: Tally,
    /// Those of them whose path names a day before this night (`/dist/2026-10-01/…`): such objects
    /// never change, so their purge was avoidable.
    pub misses_of_older_days: Tally,
    /// All rows in the window, whatever the cache did.
    pub requests: Tally,
    /// Misses of the same UTC day outside the window.
    pub rest_misses: Tally,
    /// All rows of the same UTC day outside the window.
    pub rest_requests: Tally,
}

/// The nightly purge of one distribution's cache, in the closed month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// Id of the distribution.
    pub distribution: String,
    /// By UTC day; a day without rows under the prefix is left out.
    pub nights: BTreeMap<String, PurgeNight>,
    /// What is purged: every path that starts with it.
    pub prefix: String,
    /// UTC time of day, `HH:MM:SS`.
    pub time: String,
    /// The window: from `time` on, so many hours, its end exclusive.
    pub window_hours: u64,
}

/// Why a line is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Too few or too many cells.
    FieldCount,
    /// A date that no calendar has.
    Date,
    /// A number that is none.
    Number,
}

/// A line that must be rejected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reject {
    /// Path below `sample-logs/`.
    pub file: String,
    /// 1-based line number in the decompressed file, header and blank lines counted.
    pub line: u64,
    /// What is wrong with it.
    pub reason: RejectReason,
}

/// The object that tests can withhold from a first ingest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFile {
    /// UTC day of its requests.
    pub date: String,
    /// Id of its distribution.
    pub distribution: String,
    /// Path below `sample-logs/`.
    pub file: String,
    /// Sum of `sc-bytes` of its rows.
    pub response_bytes: u64,
    /// Its rows.
    pub rows: u64,
}

/// Hours for which a distribution has no logs although it had traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Id of the distribution.
    pub distribution: String,
    /// First moment without logs, RFC 3339 UTC.
    pub from: String,
    /// End of the gap, exclusive, RFC 3339 UTC.
    pub until: String,
}

/// Sums over every day of the sample, not only the month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Sum of the sizes of the `.gz` objects.
    pub bytes_compressed: u64,
    /// Sum of their decompressed sizes.
    pub bytes_uncompressed: u64,
    /// Lines that are neither blank nor start with `#`: rows and rejected rows.
    pub data_lines: u64,
    /// Number of `.gz` objects.
    pub objects: u64,
    /// Lines that must be rejected.
    pub rejected_rows: u64,
    /// Sum of `cs-bytes` of the rows.
    pub request_bytes: u64,
    /// Sum of `sc-bytes` of the rows.
    pub response_bytes: u64,
    /// Good rows.
    pub rows: u64,
}

/// `sample-logs/truth.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Over all days: distribution id, then UTC date.
    pub all_days: BTreeMap<String, BTreeMap<String, Tally>>,
    /// The client that downloads too much.
    pub anomaly: Anomaly,
    /// The hole in one distribution's logs.
    pub gap: Gap,
    /// The late object.
    pub late_file: LateFile,
    /// The closed month, `YYYY-MM`.
    pub month: String,
    /// The month by distribution id.
    pub month_by_distribution: BTreeMap<String, MonthTruth>,
    /// The month over all distributions.
    pub month_total: MonthTruth,
    /// The nightly purge.
    pub purge: Purge,
    /// All lines to be rejected, by file and line.
    pub rejects: Vec<Reject>,
    /// The generator's seed.
    pub seed: u64,
    /// Objects that are not plain 33-column files: kind, then paths below `sample-logs/`.
    pub special_files: BTreeMap<String, Vec<String>>,
    /// Sums over all days.
    pub totals: Totals,
}

impl Truth {
    /// Reads `sample-logs/truth.json`.
    ///
    /// # Errors
    /// When the file is missing or not of this shape.
    pub fn load() -> io::Result<Self> {
        let bytes = std::fs::read(crate::sample_logs().join("truth.json"))?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}
