//! Rows to the folders they belong to: by distribution and day.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray,
        UInt32Array,
    },
    compute::{cast, take_record_batch},
    datatypes::{DataType, Int32Type, TimestampMicrosecondType},
};
use edgeledger_lake::Partition;

use crate::{
    IngestError, ObjectName,
    object::{Halt, Rules, US_PER_DAY},
};

/// Distributions and days in one object. Logs of years hold fewer; every one costs a file.
const MAX_PARTITIONS: usize = 4_000;

/// Counts the partitions of an object.
#[derive(Debug, Default)]
pub(crate) struct Partitions(HashSet<Partition>);

impl Partitions {
    pub(crate) fn see(&mut self, partition: &Partition) -> Result<(), Halt> {
        if self.0.contains(partition) {
            return Ok(());
        }
        self.0.insert(partition.clone());
        check_partitions(self.0.len())
    }
}

fn check_partitions(n: usize) -> Result<(), Halt> {
    if n <= MAX_PARTITIONS {
        return Ok(());
    }
    Err(Halt::Refused(format!(
        "its rows are of more than {MAX_PARTITIONS} distributions and days"
    )))
}

/// Rows of objects that name no distribution and whose host name cannot name a folder.
const UNKNOWN_DISTRIBUTION: &str = "unknown";

/// Cuts a batch into the partitions of its rows: by UTC day, and by host where the object names no
/// distribution.
pub(crate) fn split(
    batch: &RecordBatch,
    name: Option<&ObjectName>,
    key: &str,
    rules: &Rules,
) -> Result<Vec<(Partition, RecordBatch)>, Halt> {
    let times = batch
        .column_by_name("time")
        .and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| IngestError::Internal("a parsed batch has no column `time`".into()))?;
    let hosts = match (name, batch.column_by_name("cdn_host")) {
        (None, Some(hosts)) => Some(cast(hosts, &DataType::Utf8).map_err(IngestError::from)?),
        _ => None,
    };
    let hosts = hosts.as_ref().and_then(|host| host.as_string_opt::<i32>());
    let days = times
        .values()
        .iter()
        .map(|time| time.div_euclid(US_PER_DAY));
    let mut rows: BTreeMap<(i64, &str), Vec<u32>> = BTreeMap::new();
    // Nearly every object is of one distribution and, but for the last hour, of one day.
    let first_day = days.clone().next().unwrap_or_default();
    let is_one = name.is_some() && days.clone().all(|day| day == first_day);
    if let Some(name) = name.filter(|_| is_one) {
        rows.insert((first_day, name.distribution.as_str()), Vec::new());
    } else {
        for (row, day) in (0_u32..).zip(days) {
            let distribution = match name {
                Some(name) => name.distribution.as_str(),
                None => hosts
                    .filter(|host| host.is_valid(row as usize))
                    .map_or("", |host| host.value(row as usize)),
            };
            rows.entry((day, distribution)).or_default().push(row);
        }
    }
    check_partitions(rows.len())?;
    let n_partitions = rows.len();
    let mut parts = Vec::with_capacity(n_partitions);
    for ((day, distribution), indices) in rows {
        let partition = partition(distribution, name.is_some(), day)?;
        let part = if n_partitions == 1 {
            batch.clone()
        } else {
            take_record_batch(batch, &UInt32Array::from(indices)).map_err(IngestError::from)?
        };
        let mut files = LogFiles::default();
        files.push(key, part.num_rows());
        parts.push((partition, with_log_files(&part, &files, rules)?));
    }
    Ok(parts)
}

/// The folder of a day; `is_id` says that the distribution is named by its id.
pub(crate) fn partition(distribution: &str, is_id: bool, day: i64) -> Result<Partition, Halt> {
    let day = i32::try_from(day)
        .map_err(|_| IngestError::Internal(format!("day {day} is out of range")))?;
    // Host names are the same in any case, distribution ids are not.
    let partition = if is_id {
        Partition::new(distribution, day)
    } else {
        Partition::new(&distribution.to_ascii_lowercase(), day)
    };
    let partition = partition.or_else(|_| Partition::new(UNKNOWN_DISTRIBUTION, day));
    Ok(partition.map_err(IngestError::from)?)
}

/// The objects that rows come from, in order.
#[derive(Debug, Default)]
pub(crate) struct LogFiles<'a> {
    keys: Vec<&'a str>,
    /// The place in `keys` for each row.
    by_row: Vec<i32>,
}

impl<'a> LogFiles<'a> {
    pub(crate) fn push(&mut self, key: &'a str, n_rows: usize) {
        let place = i32::try_from(self.keys.len()).unwrap_or(i32::MAX);
        self.keys.push(key);
        self.by_row.resize(self.by_row.len() + n_rows, place);
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.by_row.len()
    }
}

/// Adds the column that says where each row comes from, if it is wanted.
pub(crate) fn with_log_files(
    batch: &RecordBatch,
    files: &LogFiles<'_>,
    rules: &Rules,
) -> Result<RecordBatch, IngestError> {
    if rules.batch_schema.column_with_name(LOG_FILE).is_none() {
        return Ok(batch.clone());
    }
    let keys = Int32Array::from(files.by_row.clone());
    let names = Arc::new(StringArray::from_iter_values(&files.keys));
    let mut log_file: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::try_new(keys, names)?);
    if !rules.options.dictionaries {
        log_file = cast(&log_file, &DataType::Utf8)?;
    }
    let mut columns = batch.columns().to_vec();
    columns.push(log_file);
    let schema = Arc::clone(&rules.batch_schema);
    Ok(RecordBatch::try_new(schema, columns)?)
}

pub(crate) const LOG_FILE: &str = "log_file";

pub(crate) fn dictionary_of_text() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}
