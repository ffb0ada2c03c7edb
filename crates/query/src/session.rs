//! The session.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{DataType, Field, Schema as Fields},
};
use datafusion::{
    catalog::{SchemaProvider, TableProvider},
    common::ScalarValue,
    dataframe::DataFrame,
    datasource::MemTable,
    physical_plan::collect,
    prelude::{SessionContext, col, lit},
};
use edgeledger_lake::Lake;
use edgeledger_rates::PriceBook;
use futures::TryStreamExt;

use crate::{
    Allocation, QueryError, Settings, address_functions,
    cached::{CachedView, compute_together, for_few_rows},
    engine::{context, limited},
    forecast::{CreditsSpent, ForecastCosts},
    functions,
    knobs::Scenario,
    limits::{self, Limits, Writes},
    places, rounding, rule_functions, rule_tables,
    run::execute,
    scenario::{Base, EachDistribution, WhatIf},
    schema::Schema,
    statement::{Params, Statement, bind, statements},
    tables::{self, Scope},
    url_functions,
    views::{BILL_VIEWS, CLASSIFIED, TRAFFIC, VIEWS, View, ViewKind},
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
    pub(crate) ctx: SessionContext,
    /// What writing must leave alone, if writing is allowed.
    pub(crate) writes: Option<Arc<Writes>>,
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
        Self::open_within(lake, book, settings, &Limits::default()).await
    }

    /// A session over a lake, within limits.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_within(
        lake: &Lake,
        book: &PriceBook,
        settings: &Settings,
        limits: &Limits,
    ) -> Result<Self, QueryError> {
        let ctx = limited(limits)?;
        let (url, store) = lake.query_store(limits.allow_write)?;
        ctx.register_object_store(url.as_ref(), store);
        let tables = Tables {
            requests: lake.requests()?,
            log_files: lake.log_files()?,
        };
        let with_rows = lake.distributions()?;
        let session = Self::build(ctx, From::Tables(tables), book, settings, with_rows).await?;
        Ok(session.writing(limits, lake.local_dir()))
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
        let with_rows = distributions(Arc::clone(&tables.requests)).await?;
        let ctx = context(None);
        Self::build(ctx, From::Tables(tables), book, settings, with_rows).await
    }

    /// A session over two tables in memory, within limits.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn new_within(
        tables: Tables,
        book: &PriceBook,
        settings: &Settings,
        limits: &Limits,
    ) -> Result<Self, QueryError> {
        let with_rows = distributions(Arc::clone(&tables.requests)).await?;
        let ctx = limited(limits)?;
        let session = Self::build(ctx, From::Tables(tables), book, settings, with_rows).await?;
        Ok(session.writing(limits, None))
    }

    /// Allows the session to write, if the limits do.
    pub(crate) fn writing(mut self, limits: &Limits, lake: Option<&Path>) -> Self {
        self.writes = limits.allow_write.then(|| {
            Arc::new(Writes {
                own: self
                    .table_names()
                    .into_iter()
                    // Those of a bill come later.
                    .chain(["bill_lines".to_owned()])
                    .chain(BILL_VIEWS.iter().map(|view| view.name.to_owned()))
                    .collect(),
                lake: lake.map(Path::to_path_buf),
            })
        });
        self
    }

    /// A session over traffic that is counted already: a table of the shape of the view `traffic`.
    /// It has no requests, no log objects, and no views that need them.
    ///
    /// # Errors
    /// When a view does not fit the table.
    pub async fn of_traffic(
        traffic: Arc<dyn TableProvider>,
        book: &PriceBook,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let with_rows = distributions(Arc::clone(&traffic)).await?;
        let ctx = context(None);
        Self::build(ctx, From::Traffic(traffic), book, settings, with_rows).await
    }

    pub(crate) async fn build(
        ctx: SessionContext,
        from: From,
        book: &PriceBook,
        settings: &Settings,
        with_rows: Vec<String>,
    ) -> Result<Self, QueryError> {
        let has_logs = matches!(from, From::Tables(_));
        let first = [&CLASSIFIED, &TRAFFIC].into_iter().filter(|_| has_logs);
        let views = VIEWS
            .iter()
            .filter(|view| has_logs || !view.kind.reads_logs());
        set_schema(&ctx, first.chain(views))?;
        match from {
            From::Tables(tables) => {
                ctx.register_table("requests", tables.requests)?;
                ctx.register_table("log_files", tables.log_files)?;
            }
            From::Traffic(traffic) => {
                ctx.register_table(TRAFFIC.name, traffic)?;
            }
        }
        set_up(&ctx, book, settings, &with_rows, &Scope::default())?;
        ctx.register_udf(rule_functions::path_hash());
        for function in rule_functions::lookups(settings) {
            ctx.register_udf(function);
        }
        rule_tables::register_rules(&ctx, settings, &with_rows)?;
        let base = Base::new(
            ctx.runtime_env(),
            ctx.table_provider(SCENARIO_TRAFFIC).await?,
            Arc::new(book.clone()),
            settings,
            &with_rows,
            &Scope::default(),
        );
        register_scenarios(&ctx, base).await?;
        Ok(Self { ctx, writes: None })
    }

    /// Gives the session a bill: the table `bill_lines`, as the room `bill` makes it, and the views
    /// of `queries/bill` over it.
    ///
    /// # Errors
    /// When the table does not have the columns that the views read.
    pub async fn add_bill(&self, lines: RecordBatch) -> Result<(), QueryError> {
        let lines = MemTable::try_new(lines.schema(), vec![vec![lines]])?;
        self.ctx.register_table("bill_lines", Arc::new(lines))?;
        for view in BILL_VIEWS {
            let plan = self.ctx.state().create_logical_plan(view.sql).await?;
            let view_of_bill = Arc::new(CachedView::new(plan, true));
            self.ctx.register_table(view.name, view_of_bill)?;
        }
        Ok(())
    }

    /// Plans one statement, which only reads unless the session may write.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the nearest valid names, or [`QueryError::NotReadOnly`].
    pub async fn plan(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let [statement] =
            statements(sql)?
                .try_into()
                .map_err(|statements: Vec<_>| QueryError::Invalid {
                    message: format!("one statement is wanted, and here are {}", statements.len()),
                    hint: None,
                })?;
        self.plan_statement(statement, &Params::new()).await
    }

    /// Plans a statement with values for its parameters. What changes the session (with
    /// [`Limits::allow_write`]) does so at once; all else happens when the plan is run.
    ///
    /// # Errors
    /// As [`Session::plan`], and [`QueryError::Invalid`] for a value that the statement cannot take.
    pub async fn plan_statement(
        &self,
        statement: Statement,
        params: &Params,
    ) -> Result<DataFrame, QueryError> {
        let explain = |error| self.explain(&error);
        let plan = self.ctx.state().statement_to_plan(statement.0).await;
        let plan = plan.map_err(explain)?;
        limits::check(&plan, self.writes.as_deref())?;
        let plan = bind(plan, params)?;
        self.ctx.execute_logical_plan(plan).await.map_err(explain)
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
        collect_rows(self.plan(sql).await?).await
    }

    /// Runs a query with texts for its parameters, as [`Session::plan_with`], into memory.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub async fn query_with(
        &self,
        sql: &str,
        params: &[(&str, &str)],
    ) -> Result<Vec<RecordBatch>, QueryError> {
        collect_rows(self.plan_with(sql, params).await?).await
    }

    /// Computes what the views count of a month's requests, all in one pass where each alone would
    /// need one. Without it they are computed when they are asked for.
    ///
    /// # Errors
    /// When the requests cannot be read or a view does not fit them.
    pub async fn count_month(&self, month: &str) -> Result<(), QueryError> {
        let views = std::iter::once(&TRAFFIC).chain(VIEWS);
        let mut providers = Vec::new();
        for view in views.filter(|view| view.kind == ViewKind::Pass) {
            let provider = self.ctx.table_provider(view.name).await;
            providers.push(provider.map_err(|error| self.explain(&error))?);
        }
        let views = providers.into_iter().filter_map(|provider| {
            let any: Arc<dyn std::any::Any + Send + Sync> = provider;
            any.downcast::<CachedView>().ok()
        });
        let views: Vec<_> = views.filter(|view| view.reads_requests()).collect();
        let computed = compute_together(&views, month, &self.ctx.state()).await;
        computed.map_err(QueryError::of_run)
    }

    /// Runs a query over summaries with texts for its parameters, as [`Session::query_with`], with
    /// the few rules of the optimizer that such a query needs: for a few rows planning is the work.
    /// Over requests it gives the same, slower.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub async fn ask_with(
        &self,
        sql: &str,
        params: &[(&str, &str)],
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let (state, plan) = self.plan_with(sql, params).await?.into_parts();
        let state = for_few_rows(&state).unwrap_or(state);
        let planned = state.create_physical_plan(&plan).await;
        let physical = planned.map_err(QueryError::of_run)?;
        let rows = collect(physical, state.task_ctx()).await;
        rows.map_err(QueryError::of_run)
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
}

async fn collect_rows(frame: DataFrame) -> Result<Vec<RecordBatch>, QueryError> {
    let rows = execute(frame).await?;
    rows.try_collect().await.map_err(QueryError::of_run)
}

/// What a session counts.
pub(crate) enum From {
    Tables(Tables),
    Traffic(Arc<dyn TableProvider>),
}

/// The session of a scenario: the views that price, over the traffic of the outer session.
pub(crate) async fn of_scenario(base: &Base, scenario: &Scenario) -> Result<Session, QueryError> {
    let ctx = context(Some(Arc::clone(&base.runtime)));
    set_schema(
        &ctx,
        VIEWS.iter().filter(|view| view.kind == ViewKind::Money),
    )?;
    ctx.register_table(TRAFFIC.name, Arc::clone(&base.traffic))?;
    set_up(
        &ctx,
        &base.book,
        &scenario.settings,
        &base.with_rows,
        &scenario.scope,
    )?;
    let inner = Base::new(
        Arc::clone(&base.runtime),
        Arc::clone(&base.traffic),
        Arc::clone(&base.book),
        &scenario.settings,
        &base.with_rows,
        &scenario.scope,
    );
    register_scenarios(&ctx, inner).await?;
    Ok(Session { ctx, writes: None })
}

/// Makes the views those of the session.
fn set_schema(
    ctx: &SessionContext,
    views: impl Iterator<Item = &'static View>,
) -> Result<(), QueryError> {
    let schema = Arc::new(Schema::new(ctx, views));
    for name in ctx.catalog_names() {
        if let Some(catalog) = ctx.catalog(&name) {
            catalog.register_schema("public", Arc::clone(&schema) as Arc<dyn SchemaProvider>)?;
        }
    }
    Ok(())
}

/// The functions that run scenarios, and what the chosen allocation makes of them.
async fn register_scenarios(ctx: &SessionContext, base: Base) -> Result<(), QueryError> {
    let allocation = base.settings.allocation;
    let base = Arc::new(base);
    ctx.register_udtf("what_if", Arc::new(WhatIf(Arc::clone(&base))));
    ctx.register_udtf(
        "each_distribution",
        Arc::new(EachDistribution(Arc::clone(&base))),
    );
    ctx.register_udtf("forecast_costs", Arc::new(ForecastCosts(Arc::clone(&base))));
    ctx.register_udtf("credits_spent", Arc::new(CreditsSpent(base)));
    if allocation == Allocation::Average {
        // The average changes nothing, and needs none of the scenarios behind `allocations`.
        return register_no_allocation(ctx);
    }
    register_allocation(ctx, allocation).await
}

/// Functions, price lists and settings.
fn set_up(
    ctx: &SessionContext,
    book: &PriceBook,
    settings: &Settings,
    with_rows: &[String],
    scope: &Scope,
) -> Result<(), QueryError> {
    let of_texts = functions::of_user_agents().into_iter();
    let of_texts = of_texts.chain(url_functions::all());
    let of_texts = of_texts.chain(address_functions::all());
    for function in of_texts.chain(places::all(book)) {
        ctx.register_udf(function);
    }
    ctx.register_udf(functions::next_month());
    ctx.register_udwf(rounding::largest_remainder());
    tables::register_prices(ctx, book)?;
    tables::register_settings(ctx, settings, with_rows, scope)
}

/// The traffic that scenarios price.
const SCENARIO_TRAFFIC: &str = "dateless_traffic";
/// What the chosen method gives each distribution; the view `allocated_costs` reads it.
const CHOSEN_ALLOCATION: &str = "chosen_allocation";
const ALLOCATIONS: &str = "allocations";

fn register_no_allocation(ctx: &SessionContext) -> Result<(), QueryError> {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let schema = Arc::new(Fields::new(vec![
        text("month"),
        text("side"),
        text("distribution"),
        Field::new("share_usd", DataType::Decimal128(38, 12), true),
    ]));
    let none = MemTable::try_new(schema, vec![Vec::new()])?;
    ctx.register_table(CHOSEN_ALLOCATION, Arc::new(none))?;
    Ok(())
}

async fn register_allocation(
    ctx: &SessionContext,
    allocation: Allocation,
) -> Result<(), QueryError> {
    let chosen = ctx
        .table(ALLOCATIONS)
        .await?
        .filter(col("method").eq(lit(allocation.as_str())))?
        .select_columns(&["month", "side", "distribution", "share_usd"])?;
    let view = CachedView::new(chosen.into_unoptimized_plan(), true);
    ctx.register_table(CHOSEN_ALLOCATION, Arc::new(view))?;
    Ok(())
}

/// Distributions that have rows in a table.
async fn distributions(table: Arc<dyn TableProvider>) -> Result<Vec<String>, QueryError> {
    let batches = context(None)
        .read_table(table)?
        .aggregate(vec![col("distribution")], vec![])?
        .sort_by(vec![col("distribution")])?
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
