//! `log_files` over log objects: nothing is read before a query asks for it.

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::runtime::SpawnedTask,
    datasource::TableType,
    error::{DataFusionError, Result},
    logical_expr::Expr,
    physical_plan::ExecutionPlan,
};
use edgeledger_ingest::IngestError;
use edgeledger_lake::{LakeError, LogFile, tables_in_memory};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::{Mutex, mpsc};

use crate::RawLogs;

/// The table.
#[derive(Debug)]
pub(crate) struct LogFiles {
    logs: Arc<RawLogs>,
    schema: SchemaRef,
    /// One query reads for all.
    reading: Mutex<()>,
}

impl LogFiles {
    pub(crate) fn new(logs: Arc<RawLogs>) -> Result<Self, IngestError> {
        Ok(Self {
            logs,
            schema: table(Vec::new())?.schema(),
            reading: Mutex::new(()),
        })
    }

    /// Reads every object that no query has read yet, for nothing but what becomes of it.
    async fn complete(&self, n_lots: usize) -> Result<Vec<LogFile>> {
        let _one = self.reading.lock().await;
        let (_, open) = self.logs.known();
        let lots = self.logs.reader.lots(&open, n_lots);
        let read = stream::iter(lots).map(|lot| read(Arc::clone(&self.logs), lot));
        read.buffer_unordered(n_lots).try_collect::<()>().await?;
        Ok(self.logs.known().0)
    }
}

async fn read(logs: Arc<RawLogs>, lot: Vec<usize>) -> Result<()> {
    let task = SpawnedTask::spawn(async move {
        let asked = logs.reader.asked(&[]);
        let rows = logs.reader.read(&lot, asked.clone()).await;
        let rows = rows.map_err(|error| logs.failed(error))?;
        for (at, log_file) in rows.log_files {
            logs.record(at, log_file);
        }
        for at in rows.large {
            let (sender, mut receiver) = mpsc::channel(1);
            let streamed = logs.reader.stream(at, asked.clone(), sender);
            let (read, ()) =
                futures::join!(streamed, async { while receiver.recv().await.is_some() {} });
            logs.record(at, read.map_err(|error| logs.failed(error))?);
        }
        Ok(())
    });
    let done = task.join_unwind().await;
    done.map_err(|error| DataFusionError::External(Box::new(error)))?
}

fn table(files: Vec<LogFile>) -> Result<Arc<dyn TableProvider>, LakeError> {
    let parsed = edgeledger_ingest::parsed_schema();
    Ok(tables_in_memory(&parsed, BTreeMap::new(), files)?.log_files)
}

#[async_trait]
impl TableProvider for LogFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let n_lots = session.config().target_partitions().max(1);
        let files = self.complete(n_lots).await?;
        let table = table(files).map_err(|error| DataFusionError::External(Box::new(error)))?;
        table.scan(session, projection, filters, limit).await
    }
}
