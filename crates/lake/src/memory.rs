//! The lake's two tables over rows in memory: for logs that are looked at once.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Date32Array, RecordBatch, StringArray},
    datatypes::Schema,
};
use datafusion::{catalog::TableProvider, datasource::MemTable};

use crate::{
    LakeError, LogFile, Partition, log_files,
    redo::{Numbered, Redo},
    requests_schema,
};

/// The two tables.
#[derive(Debug, Clone)]
pub struct MemoryTables {
    /// One row a request.
    pub requests: Arc<dyn TableProvider>,
    /// One row a log object.
    pub log_files: Arc<dyn TableProvider>,
}

/// `requests` and `log_files` of the given rows, as if they had been ingested in one commit.
///
/// # Errors
/// When a batch does not have the columns of `parsed` and `log_file`.
pub fn tables_in_memory(
    parsed: &Schema,
    partitions: BTreeMap<Partition, Vec<RecordBatch>>,
    files: Vec<LogFile>,
) -> Result<MemoryTables, LakeError> {
    let schema = requests_schema(parsed);
    let mut rows = Vec::new();
    for (partition, batches) in partitions {
        for batch in batches {
            let n = batch.num_rows();
            let name = std::iter::repeat_n(partition.distribution.as_str(), n);
            let mut columns = batch.columns().to_vec();
            columns.push(Arc::new(StringArray::from_iter_values(name)) as ArrayRef);
            columns.push(Arc::new(Date32Array::from_value(partition.day, n)));
            rows.push(RecordBatch::try_new(Arc::clone(&schema), columns)?);
        }
    }
    let commit = Numbered {
        txn: 1,
        redo: Redo {
            batch: uuid::Uuid::nil(),
            log_files: files,
        },
    };
    let log_files = log_files::to_batch(&[commit])?;
    let requests = MemTable::try_new(schema, vec![rows]).map_err(memory)?;
    let log_files = MemTable::try_new(log_files.schema(), vec![vec![log_files]]).map_err(memory)?;
    Ok(MemoryTables {
        requests: Arc::new(requests),
        log_files: Arc::new(log_files),
    })
}

fn memory(error: datafusion::error::DataFusionError) -> LakeError {
    LakeError::Arrow(arrow::error::ArrowError::from_external_error(Box::new(
        error,
    )))
}
