//! `CREATE EXTERNAL TABLE … STORED AS CLOUDFRONT LOCATION '…'`.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider, TableProviderFactory},
    common::plan_err,
    error::{DataFusionError, Result},
    logical_expr::CreateExternalTable,
};
use edgeledger_ingest::Settings;
use edgeledger_source::{Aws, Source};

use crate::RawLogs;

/// Makes tables of the shape of `requests` of any source of logs, and remembers them.
#[derive(Debug)]
pub struct ExternalLogs {
    aws: Arc<Aws>,
    settings: Settings,
    now_us: i64,
    opened: Mutex<Vec<Arc<RawLogs>>>,
}

impl ExternalLogs {
    /// Tables are read with these credentials and settings.
    pub fn new(aws: Arc<Aws>, settings: Settings, now_us: i64) -> Self {
        Self {
            aws,
            settings,
            now_us,
            opened: Mutex::default(),
        }
    }

    /// The logs of all tables that were made.
    pub fn opened(&self) -> Vec<Arc<RawLogs>> {
        let opened = self.opened.lock();
        opened.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[async_trait]
impl TableProviderFactory for ExternalLogs {
    async fn create(
        &self,
        _: &dyn Session,
        table: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        if !table.schema.fields().is_empty() || !table.table_partition_cols.is_empty() {
            return plan_err!("the columns of CloudFront logs are known: leave them out");
        }
        if let Some(option) = table.options.keys().min() {
            return plan_err!("CloudFront logs have no option `{option}`: leave OPTIONS out");
        }
        if !table.order_exprs.is_empty() || table.unbounded {
            return plan_err!("CloudFront logs have neither WITH ORDER nor UNBOUNDED");
        }
        let mut sources = Vec::with_capacity(table.locations.len());
        for location in &table.locations {
            let source = Source::open(location, &self.aws).await;
            sources.push(source.map_err(external)?);
        }
        let logs = RawLogs::open(sources, self.settings.clone(), self.now_us).await;
        let logs = logs.map_err(external)?;
        let requests = logs.requests();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(logs);
        Ok(requests)
    }
}
