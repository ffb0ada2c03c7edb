//! `log_files`: one row per log object ever seen, and the set that ingest asks.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    },
    datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use serde::{Deserialize, Serialize};

use crate::redo::Numbered;

/// What became of a log object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its rows are in `requests`.
    Ingested,
    /// It holds no rows.
    Empty,
    /// Its container or kind is wrong; none of its rows are in `requests`.
    Quarantined,
    /// It is a known kind that is not ingested (RTMP).
    Skipped,
    /// It was listed, but gone when fetched.
    Vanished,
    /// Its rows were removed on purpose; it is not read again.
    Forgotten,
}

impl Status {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingested => "ingested",
            Self::Empty => "empty",
            Self::Quarantined => "quarantined",
            Self::Skipped => "skipped",
            Self::Vanished => "vanished",
            Self::Forgotten => "forgotten",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        const ALL: [Status; 6] = [
            Status::Ingested,
            Status::Empty,
            Status::Quarantined,
            Status::Skipped,
            Status::Vanished,
            Status::Forgotten,
        ];
        ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// One row of `log_files`; also what a commit of `requests` carries as its redo record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// Full address of the object.
    pub key: String,
    /// Version mark of the object.
    pub etag: String,
    /// Size as stored.
    pub size_bytes: i64,
    /// Distribution named by the object, if it names one.
    pub distribution: Option<String>,
    /// Hour named by the object, `YYYY-MM-DD-HH` UTC, if it names one.
    pub hour: Option<String>,
    /// What became of it.
    pub status: Status,
    /// Why, unless ingested.
    pub reason: Option<String>,
    /// Rows in `requests`.
    pub rows: i64,
    /// Rows rejected.
    pub rejected_rows: i64,
    /// Rows removed on purpose after they were ingested (retention, erasure).
    #[serde(default)]
    pub forgotten_rows: i64,
    /// The first rejects as a JSON list of `{line, byte_offset, reason, preview}`.
    pub first_rejects: Option<String>,
    /// Size of the text.
    pub uncompressed_bytes: i64,
    /// Field names of the object in order, separated by spaces.
    pub columns: Option<String>,
    /// Which parser read it.
    pub parser_version: String,
    /// When its batch was committed, UTC microseconds.
    pub ingested_at_us: i64,
}

/// Identity of the version of an object that the lake knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownVersion {
    /// Version mark.
    pub etag: String,
    /// Size as stored.
    pub size_bytes: i64,
    /// What became of it.
    pub status: Status,
    /// Number of the commit that recorded it.
    pub txn: i64,
}

/// Every object the lake has seen, by key.
pub type Known = HashMap<String, KnownVersion>;

/// Arrow schema of `log_files`.
pub(crate) fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let int = |name: &str| Field::new(name, DataType::Int64, false);
    Arc::new(Schema::new(vec![
        text("key", false),
        text("etag", false),
        int("size_bytes"),
        text("distribution", true),
        text("hour", true),
        text("status", false),
        text("reason", true),
        int("rows"),
        int("rejected_rows"),
        int("forgotten_rows"),
        text("first_rejects", true),
        int("uncompressed_bytes"),
        text("columns", true),
        text("parser_version", false),
        Field::new(
            "ingested_at",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            false,
        ),
        int("txn"),
    ]))
}

/// Rows of `log_files` from the redo records of several commits, each with its number.
pub(crate) fn to_batch(commits: &[Numbered]) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<(i64, &LogFile)> = commits
        .iter()
        .flat_map(|commit| {
            let files = commit.redo.log_files.iter();
            files.map(|file| (commit.txn, file))
        })
        .collect();
    let text = |get: fn(&LogFile) -> Option<&str>| -> ArrayRef {
        Arc::new(
            rows.iter()
                .map(|(_, file)| get(file))
                .collect::<StringArray>(),
        )
    };
    let int = |get: fn(&LogFile) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(
            rows.iter().map(|(_, file)| get(file)),
        ))
    };
    let ingested_at = TimestampMicrosecondArray::from_iter_values(
        rows.iter().map(|(_, file)| file.ingested_at_us),
    );
    RecordBatch::try_new(
        schema(),
        vec![
            text(|file| Some(&file.key)),
            text(|file| Some(&file.etag)),
            int(|file| file.size_bytes),
            text(|file| file.distribution.as_deref()),
            text(|file| file.hour.as_deref()),
            text(|file| Some(file.status.as_str())),
            text(|file| file.reason.as_deref()),
            int(|file| file.rows),
            int(|file| file.rejected_rows),
            int(|file| file.forgotten_rows),
            text(|file| file.first_rejects.as_deref()),
            int(|file| file.uncompressed_bytes),
            text(|file| file.columns.as_deref()),
            text(|file| Some(&file.parser_version)),
            Arc::new(ingested_at.with_timezone("UTC")),
            Arc::new(Int64Array::from_iter_values(
                rows.iter().map(|(txn, _)| *txn),
            )),
        ],
    )
}

/// Names of the columns [`add_known`] needs, in schema order.
pub(crate) const KNOWN_COLUMNS: [&str; 5] = ["key", "etag", "size_bytes", "status", "txn"];

/// Adds the objects of one batch that holds [`KNOWN_COLUMNS`].
pub(crate) fn add_known(batch: &RecordBatch, known: &mut Known) -> Result<(), ArrowError> {
    let column = |name: &str| {
        let array = batch
            .column_by_name(name)
            .ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")))?;
        if matches!(name, "size_bytes" | "txn") {
            Ok(Arc::clone(array))
        } else {
            arrow::compute::cast(array, &DataType::Utf8)
        }
    };
    let (key, etag, size, status) = (
        column("key")?,
        column("etag")?,
        column("size_bytes")?,
        column("status")?,
    );
    let (key, etag, status) = (
        key.as_string::<i32>(),
        etag.as_string::<i32>(),
        status.as_string::<i32>(),
    );
    let txn = column("txn")?;
    let (size, txn) = (
        size.as_primitive::<Int64Type>(),
        txn.as_primitive::<Int64Type>(),
    );
    for row in 0..batch.num_rows() {
        if key.is_null(row) {
            continue;
        }
        let version = KnownVersion {
            etag: etag.value(row).to_owned(),
            size_bytes: size.value(row),
            status: Status::parse(status.value(row)).ok_or_else(|| {
                let word = status.value(row).escape_debug();
                ArrowError::ParseError(format!("unknown status `{word}` in `log_files`"))
            })?,
            txn: txn.value(row),
        };
        remember(key.value(row), version, known);
    }
    Ok(())
}

/// Adds the objects of commits.
pub(crate) fn learn(commits: &[Numbered], known: &mut Known) {
    for commit in commits {
        for file in &commit.redo.log_files {
            let version = KnownVersion {
                etag: file.etag.clone(),
                size_bytes: file.size_bytes,
                status: file.status,
                txn: commit.txn,
            };
            remember(&file.key, version, known);
        }
    }
}

/// An object may have been seen more than once (vanished, then back): the last word counts.
fn remember(key: &str, version: KnownVersion, known: &mut Known) {
    if known.get(key).is_none_or(|other| other.txn <= version.txn) {
        known.insert(key.to_owned(), version);
    }
}
