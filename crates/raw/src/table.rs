//! `requests` over log objects.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    datasource::TableType,
    error::Result,
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::{ExecutionPlan, empty::EmptyExec},
};

use crate::{RawLogs, names, scan::RawScan};

#[derive(Debug)]
pub(crate) struct Requests(pub(crate) Arc<RawLogs>);

#[async_trait]
impl TableProvider for Requests {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Objects are left out by their names; the rows of the others are all asked.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.0.schema.project(columns)?),
            None => Arc::clone(&self.0.schema),
        };
        let objects = names::candidates(&self.0, filters, session)?;
        if objects.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        // A few rows are soon found: not by reading at many places at once.
        let n_partitions = match limit {
            Some(_) => 1,
            None => session.config().target_partitions().max(1),
        };
        let scan = RawScan::new(&self.0, schema, &objects, n_partitions, limit);
        Ok(Arc::new(scan))
    }
}
