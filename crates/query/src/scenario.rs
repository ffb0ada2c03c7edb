//! `what_if('knob=value', …)` and `each_distribution('only' | 'without')`: the same views over the
//! same traffic, under other settings.
//!
//! A scenario is a session of its own that has the outer one's `traffic` (computed once) for its
//! only table of requests, and settings with some knobs turned. What it gives is its `savings`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
};

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session as EngineSession, TableFunctionArgs, TableFunctionImpl, TableProvider},
    common::{ScalarValue, plan_datafusion_err, plan_err},
    datasource::{MemTable, TableType},
    error::{DataFusionError, Result},
    execution::runtime_env::RuntimeEnv,
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::ExecutionPlan,
};
use edgeledger_rates::PriceBook;
use tokio::sync::Mutex;

use crate::{
    Allocation, Session, Settings,
    cached::only_month,
    knobs::{self, Scenario},
    session,
    tables::{Scope, all_distributions},
};

/// What every scenario of a session starts from.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) runtime: Arc<RuntimeEnv>,
    pub(crate) traffic: Arc<dyn TableProvider>,
    pub(crate) book: Arc<PriceBook>,
    pub(crate) settings: Settings,
    /// Ids of the distributions with rows.
    pub(crate) with_rows: Vec<String>,
    /// The distributions that count.
    pub(crate) scope: Scope,
    computed: SyncMutex<BTreeMap<String, Arc<Computed>>>,
}

/// A scenario's rows by the month they were narrowed to.
type Computed = Mutex<BTreeMap<Option<String>, Vec<RecordBatch>>>;

impl Base {
    pub(crate) fn new(
        runtime: Arc<RuntimeEnv>,
        traffic: Arc<dyn TableProvider>,
        book: Arc<PriceBook>,
        settings: &Settings,
        with_rows: &[String],
        scope: &Scope,
    ) -> Self {
        Self {
            runtime,
            traffic,
            book,
            settings: settings.clone(),
            with_rows: with_rows.to_vec(),
            scope: scope.clone(),
            computed: SyncMutex::default(),
        }
    }

    /// What a scenario gives, computed once for each month asked.
    pub(crate) async fn ask(
        &self,
        scenario: &Scenario,
        question: &Question,
        month: Option<String>,
    ) -> Result<Vec<RecordBatch>> {
        let computed = {
            let mut all = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
            let key = format!("{} of {}", question.name, scenario.key());
            Arc::clone(all.entry(key).or_default())
        };
        let mut computed = computed.lock().await;
        if let Some(batches) = computed.get(&month) {
            return Ok(batches.clone());
        }
        let outer = |error| DataFusionError::External(Box::new(error));
        let inner = session::of_scenario(self, scenario).await.map_err(outer)?;
        self.check_prices(&inner, month.as_deref()).await?;
        let mut sql = question.sql.to_owned();
        let mut params = Vec::new();
        if let Some(month) = &month {
            sql.push_str(" WHERE s.month = $month");
            params.push(("month", month.as_str()));
        }
        let frame = inner.plan_with(&sql, &params).await.map_err(outer)?;
        let schema = (question.schema)();
        let batches = frame
            .collect()
            .await?
            .into_iter()
            .map(|batch| {
                Ok(RecordBatch::try_new(
                    Arc::clone(&schema),
                    batch.columns().to_vec(),
                )?)
            })
            .collect::<Result<Vec<_>>>()?;
        computed.insert(month, batches.clone());
        Ok(batches)
    }
}

impl Base {
    /// A scenario that no price card covers is an error, as it is in a report.
    async fn check_prices(&self, inner: &Session, month: Option<&str>) -> Result<()> {
        let outer = |error| DataFusionError::External(Box::new(error));
        let mut sql =
            "SELECT CAST(month AS VARCHAR), CAST(item AS VARCHAR), CAST(region AS VARCHAR) \
                       FROM unpriced_usage"
                .to_owned();
        let mut params = Vec::new();
        if let Some(month) = month {
            sql.push_str(" WHERE month = $month");
            params.push(("month", month));
        }
        let frame = inner.plan_with(&sql, &params).await.map_err(outer)?;
        for batch in frame.collect().await? {
            let cell = |at: usize| {
                let column = arrow::compute::cast(batch.column(at), &DataType::Utf8)?;
                Ok::<_, DataFusionError>(column.as_string::<i32>().value(0).to_owned())
            };
            if batch.num_rows() > 0 {
                return plan_err!(
                    "the scenario has no price for `{}` of `{}` in {}",
                    cell(1)?,
                    cell(2)?,
                    cell(0)?
                );
            }
        }
        Ok(())
    }
}

/// What is asked of a scenario: a query whose casts make its types those of the schema.
#[derive(Debug)]
pub(crate) struct Question {
    name: &'static str,
    sql: &'static str,
    schema: fn() -> SchemaRef,
}

pub(crate) const TOTALS: Question = Question {
    name: "totals",
    sql: "SELECT arrow_cast(s.month, 'Utf8'), arrow_cast(s.side, 'Utf8'), s.usd_exact FROM monthly_cost s",
    schema: totals_schema,
};

pub(crate) fn totals_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("month", DataType::Utf8, true),
        Field::new("side", DataType::Utf8, true),
        Field::new("usd_exact", DataType::Decimal128(38, 12), true),
    ]))
}

const SAVINGS: Question = Question {
    name: "savings",
    sql: "
SELECT
    arrow_cast(s.month, 'Utf8'),
    arrow_cast(s.distribution, 'Utf8'),
    arrow_cast(s.name, 'Utf8'),
    arrow_cast(s.origin, 'Utf8'),
    s.cloudfront_usd,
    s.s3_usd,
    s.savings_usd
FROM savings s",
    schema: savings_schema,
};

fn savings_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let cents = |name| Field::new(name, DataType::Decimal128(20, 2), true);
    Arc::new(Schema::new(vec![
        text("month"),
        text("distribution"),
        text("name"),
        text("origin"),
        cents("cloudfront_usd"),
        cents("s3_usd"),
        cents("savings_usd"),
    ]))
}

/// `what_if('knob=value', …)`.
#[derive(Debug)]
pub(crate) struct WhatIf(pub(crate) Arc<Base>);

impl TableFunctionImpl for WhatIf {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let mut scenario = Scenario::of(&self.0.settings, &self.0.scope);
        for text in texts("what_if", &args)? {
            knobs::turn(&mut scenario, &self.0, &text)
                .map_err(|error| plan_datafusion_err!("what_if('{text}'): {error}"))?;
        }
        Ok(Arc::new(Answers {
            base: Arc::clone(&self.0),
            question: SAVINGS,
            scenarios: vec![(None, scenario)],
            schema: savings_schema(),
        }))
    }
}

/// `each_distribution('only' | 'without')`: the month's cost with each distribution alone, or
/// without each, named by the first column, `member`.
#[derive(Debug)]
pub(crate) struct EachDistribution(pub(crate) Arc<Base>);

impl TableFunctionImpl for EachDistribution {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let texts = texts("each_distribution", &args)?;
        let narrow: fn(&mut Scope, String) =
            match texts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["only"] => Scope::only,
                ["without"] => Scope::without,
                _ => return plan_err!("each_distribution wants 'only' or 'without'"),
            };
        let members = all_distributions(&self.0.settings, &self.0.with_rows);
        let in_scope = members
            .into_keys()
            .filter(|id| self.0.scope.keeps(Some(id)));
        let scenarios = in_scope.map(|id| {
            let mut scenario = Scenario::of(&self.0.settings, &self.0.scope);
            // What a distribution costs in all, and not how it is shared.
            scenario.settings.allocation = Allocation::Average;
            narrow(&mut scenario.scope, id.clone());
            (Some(id), scenario)
        });
        let member = Field::new("member", DataType::Utf8, true);
        let fields = totals_schema();
        let fields = std::iter::once(Arc::new(member)).chain(fields.fields().iter().cloned());
        Ok(Arc::new(Answers {
            base: Arc::clone(&self.0),
            question: TOTALS,
            scenarios: scenarios.collect(),
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
        }))
    }
}

/// The arguments, which must be texts.
fn texts(function: &str, args: &TableFunctionArgs<'_, '_>) -> Result<Vec<String>> {
    let text = |expr: &Expr| match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Ok(text.clone()),
        other => plan_err!("{function} wants texts such as 'price_class=100', not {other}"),
    };
    args.exprs().iter().map(text).collect()
}

/// What scenarios give, computed when it is scanned.
#[derive(Debug)]
struct Answers {
    base: Arc<Base>,
    question: Question,
    scenarios: Vec<(Option<String>, Scenario)>,
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for Answers {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let month = only_month(filters);
        let mut rows = Vec::new();
        for (member, scenario) in &self.scenarios {
            for batch in self
                .base
                .ask(scenario, &self.question, month.clone())
                .await?
            {
                let named = member.as_ref().map(|member| -> ArrayRef {
                    Arc::new(StringArray::from(vec![member.as_str(); batch.num_rows()]))
                });
                let columns = named.into_iter().chain(batch.columns().iter().cloned());
                rows.push(RecordBatch::try_new(
                    Arc::clone(&self.schema),
                    columns.collect(),
                )?);
            }
        }
        let table = MemTable::try_new(Arc::clone(&self.schema), vec![rows])?;
        table.scan(session, projection, &[], limit).await
    }
}
