//! The session.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use datafusion::{
    catalog::TableProvider,
    common::ScalarValue,
    dataframe::DataFrame,
    datasource::{MemTable, ViewTable},
    error::DataFusionError,
    execution::context::SQLOptions,
    prelude::{SessionConfig, SessionContext},
};
use edgeledger_lake::Lake;
use edgeledger_rates::PriceBook;

use crate::{
    QueryError, Settings,
    cached::CachedView,
    functions, tables,
    views::{BILL_VIEWS, VIEWS, View, ViewKind},
};

/// The two tables a session reads.
#[derive(Debug, Clone)]
pub struct Tables {
    /// One row a request.
    pub requests: Arc<dyn TableProvider>,
    /// One row a log object.
    pub log_files: Arc<dyn TableProvider>,
}

/// A set-up SQL session. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    ctx: SessionContext,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// A session over a lake. Views are computed when they are first asked, each once.
    ///
    /// # Errors
    /// When the lake cannot be read or a view does not fit it.
    pub async fn open(
        lake: &Lake,
        book: &PriceBook,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let ctx = context();
        let (url, store) = lake.object_store()?;
        ctx.register_object_store(url.as_ref(), store);
        let tables = Tables {
            requests: lake.requests()?,
            log_files: lake.log_files()?,
        };
        Self::build(ctx, tables, book, settings, lake.distributions()?).await
    }

    /// A session over any two tables of the lake's shape (files, if any, on the local disk).
    ///
    /// # Errors
    /// When a view does not fit the tables.
    pub async fn new(
        tables: Tables,
        book: &PriceBook,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let ctx = context();
        ctx.register_table("requests", Arc::clone(&tables.requests))?;
        let with_rows = distributions(&ctx).await?;
        Self::build(context(), tables, book, settings, with_rows).await
    }

    async fn build(
        ctx: SessionContext,
        tables: Tables,
        book: &PriceBook,
        settings: &Settings,
        with_rows: Vec<String>,
    ) -> Result<Self, QueryError> {
        ctx.register_udf(functions::percent_decode());
        ctx.register_table("requests", tables.requests)?;
        ctx.register_table("log_files", tables.log_files)?;
        tables::register_prices(&ctx, book)?;
        tables::register_settings(&ctx, settings, &with_rows)?;
        register_views(&ctx, VIEWS).await?;
        Ok(Self { ctx })
    }

    /// Gives the session a bill: the table `bill_lines`, as the room `bill` makes it, and the views
    /// of `queries/bill` over it.
    ///
    /// # Errors
    /// When the table does not have the columns that the views read.
    pub async fn add_bill(&self, lines: RecordBatch) -> Result<(), QueryError> {
        let lines = MemTable::try_new(lines.schema(), vec![vec![lines]])?;
        self.ctx.register_table("bill_lines", Arc::new(lines))?;
        register_views(&self.ctx, BILL_VIEWS).await
    }

    /// Plans a query that only reads.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the nearest valid names, or [`QueryError::NotReadOnly`].
    pub async fn plan(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let planned = self.ctx.sql_with_options(sql, read_only).await;
        planned.map_err(|error| self.explain(&error))
    }

    /// Plans a query that only reads, with texts for its parameters: `$name` in the query stands
    /// for the text given with `name`. What comes from outside goes here and never into the query.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub async fn plan_with(
        &self,
        sql: &str,
        params: &[(&str, &str)],
    ) -> Result<DataFrame, QueryError> {
        let frame = self.plan(sql).await?;
        if params.is_empty() {
            return Ok(frame);
        }
        let values: Vec<(&str, ScalarValue)> = params
            .iter()
            .map(|(name, text)| (*name, ScalarValue::from(*text)))
            .collect();
        frame
            .with_param_values(values)
            .map_err(|error| self.explain(&error))
    }

    /// Runs a query that only reads, into memory.
    ///
    /// # Errors
    /// As [`Session::plan`], and [`QueryError::Failed`] when it fails while running.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        self.plan(sql)
            .await?
            .collect()
            .await
            .map_err(QueryError::Failed)
    }

    /// Names of all tables and views, sorted.
    pub fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .ctx
            .catalog_names()
            .iter()
            .filter_map(|catalog| self.ctx.catalog(catalog))
            .flat_map(|catalog| {
                catalog
                    .schema("public")
                    .map(|schema| schema.table_names())
                    .unwrap_or_default()
            })
            .collect();
        names.sort();
        names
    }

    /// The engine's message without its wrappers, and the nearest names for one not found.
    fn explain(&self, error: &DataFusionError) -> QueryError {
        let root = error.find_root();
        let message = root.strip_backtrace();
        let message = ["Error during planning: ", "Schema error: ", "SQL error: "]
            .iter()
            .fold(message, |message, prefix| {
                message
                    .strip_prefix(prefix)
                    .map(str::to_owned)
                    .unwrap_or(message)
            });
        if message.contains("DDL not supported")
            || message.contains("DML not supported")
            || message.contains("Statement not supported")
        {
            return QueryError::NotReadOnly(message);
        }
        let hint = message
            .strip_prefix("table '")
            .and_then(|rest| rest.split('\'').next())
            .and_then(|name| name.rsplit('.').next())
            .and_then(|name| nearest(name, self.table_names()));
        QueryError::Invalid { message, hint }
    }
}

/// Plans views and registers them, each for the ones after it.
async fn register_views(ctx: &SessionContext, views: &[View]) -> Result<(), QueryError> {
    for view in views {
        let fail = |source| QueryError::View {
            view: view.name,
            source,
        };
        let plan = ctx
            .state()
            .create_logical_plan(view.sql)
            .await
            .map_err(fail)?;
        let provider: Arc<dyn TableProvider> = match view.kind {
            ViewKind::Rows => Arc::new(ViewTable::new(plan, Some(view.sql.to_owned()))),
            kind => Arc::new(CachedView::new(plan, kind == ViewKind::Summary)),
        };
        ctx.register_table(view.name, provider)?;
    }
    Ok(())
}

/// The names most like `wanted`, as a sentence; `None` when nothing is close.
fn nearest(wanted: &str, names: Vec<String>) -> Option<String> {
    let mut close: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, &name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let names: Vec<String> = close
        .into_iter()
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

fn context() -> SessionContext {
    let config = SessionConfig::new().with_information_schema(true);
    SessionContext::new_with_config(config)
}

/// Distributions that have rows.
async fn distributions(ctx: &SessionContext) -> Result<Vec<String>, QueryError> {
    let batches = ctx
        .sql("SELECT CAST(distribution AS VARCHAR) AS distribution FROM requests GROUP BY 1 ORDER BY 1")
        .await?
        .collect()
        .await?;
    let mut names = Vec::new();
    for batch in &batches {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
        names.extend(
            column
                .as_string::<i32>()
                .iter()
                .flatten()
                .map(str::to_owned),
        );
    }
    Ok(names)
}
