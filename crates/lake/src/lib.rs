//! The lake: two Delta tables, `requests` and `log_files`, and the protocol that keeps them true.
//!
//! One commit on `requests` is the only commit point. It carries the batch's Parquet files, the
//! ingest number N+1, and as its metadata the list of log objects of the batch (the redo record).
//! `log_files` is a materialised view of those records: whoever opens the lake for writing first
//! replays the commits that `log_files` has not seen, so a crash between the two tables heals, and
//! whoever reads sees the records that are still to be replayed. Every commit conflict means:
//! reload, replay, plan again. Nothing is deleted on doubt.
//!
//! The crate must not know log formats or prices: the columns of `requests` come in as a schema.

mod address;
mod compact;
mod confined;
mod difference;
mod digest;
mod engine;
mod error;
mod forget;
mod health;
mod lake;
mod live;
mod log;
mod log_files;
mod memory;
mod open;
mod provider;
mod records;
mod redo;
mod repair;
mod repair_plan;
mod rewrite;
mod seal;
mod storage;
mod stored_texts;
mod survey;
mod synced;
mod table;
mod upkeep;
mod vacuum;
mod verify;
mod watch;
mod writer;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

pub use compact::{CompactOptions, Compacted};
pub use difference::{Difference, DifferenceKind, Listed, Severity};
pub use error::LakeError;
pub use forget::{Forget, ForgetMode, Forgotten};
pub use lake::{Batch, Lake, Outcome, Plan, StagedFile};
pub use live::LiveFiles;
pub use log_files::{Known, KnownVersion, LogFile, Status};
pub use memory::{MemoryTables, tables_in_memory};
pub use object_store::aws::{AwsCredential, AwsCredentialProvider};
pub use repair::{Repair, RepairKind, repair};
pub use storage::{Durability, S3Options, Storage};
pub use stored_texts::StoredTexts;
pub use upkeep::Upkeep;
pub use vacuum::{VacuumOptions, Vacuumed};
pub use verify::verify;
pub use watch::{ScanWatch, Scanned};
pub use writer::{DataFile, DataFileWriter, Partition};

const REQUESTS: &str = "requests";
const LOG_FILES: &str = "log_files";
const PARTITION_COLUMNS: [&str; 2] = ["distribution", "date"];
/// Lost races after which a writer gives up rather than spin.
const MAX_ATTEMPTS: u32 = 100;

/// Columns of `requests` as stored: the parsed ones, where each row came from, and the partition.
pub fn requests_schema(parsed: &Schema) -> SchemaRef {
    let mut fields: Vec<Field> = file_schema(parsed)
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields.push(Field::new("distribution", DataType::Utf8, false));
    fields.push(Field::new("date", DataType::Date32, false));
    Arc::new(Schema::new(fields))
}

/// Columns of one Parquet file of `requests`: the parsed ones plus `log_file`.
pub fn file_schema(parsed: &Schema) -> SchemaRef {
    let mut fields: Vec<Field> = parsed
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields.push(Field::new("log_file", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}
