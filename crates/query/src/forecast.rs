//! `forecast_costs()` and `credits_spent()`: dollars that the views `forecast` and `runway` need of
//! scenarios and of months besides the one they are asked for.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session as EngineSession, TableFunctionArgs, TableFunctionImpl, TableProvider},
    common::{exec_datafusion_err, plan_err},
    datasource::{MemTable, TableType},
    error::Result,
    execution::SessionState,
    logical_expr::{Expr, LogicalPlanBuilder, TableProviderFilterPushDown, col, lit},
    physical_plan::{ExecutionPlan, collect},
};
use edgeledger_rates::{Decimal, Month};

use crate::{
    Allocation, Credits,
    cached::only_month,
    knobs::Scenario,
    scenario::{Base, TOTALS, totals_schema},
};

/// Digits of the factors.
const FACTOR_SCALE: i8 = 9;
/// How far back credits are counted: whoever has not looked at the balance for ten years does not
/// know it.
const MOST_MONTHS: usize = 120;

/// `forecast_costs()`: the running months' cost with their traffic grown as the view
/// `forecast_traffic` says, named by the first column, `bound`: `expected`, `low` or `high`.
#[derive(Debug)]
pub(crate) struct ForecastCosts(pub(crate) Arc<Base>);

impl TableFunctionImpl for ForecastCosts {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        if !args.exprs().is_empty() {
            return plan_err!("forecast_costs wants no arguments");
        }
        let bound = Arc::new(Field::new("bound", DataType::Utf8, true));
        let totals = totals_schema();
        let fields = std::iter::once(bound).chain(totals.fields().iter().cloned());
        Ok(Arc::new(Answers {
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            base: Arc::clone(&self.0),
            question: Question::ForecastCosts,
        }))
    }
}

/// `credits_spent()`: for each month after the credits' balance was taken, what the months between
/// cost, and how many of them the lake does not have.
#[derive(Debug)]
pub(crate) struct CreditsSpent(pub(crate) Arc<Base>);

impl TableFunctionImpl for CreditsSpent {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        if !args.exprs().is_empty() {
            return plan_err!("credits_spent wants no arguments");
        }
        Ok(Arc::new(Answers {
            schema: Arc::new(Schema::new(vec![
                Field::new("month", DataType::Utf8, true),
                Field::new("spent_usd", DataType::Decimal128(20, 2), true),
                Field::new("months_missing", DataType::Int64, true),
            ])),
            base: Arc::clone(&self.0),
            question: Question::CreditsSpent,
        }))
    }
}

#[derive(Debug, Clone, Copy)]
enum Question {
    ForecastCosts,
    CreditsSpent,
}

/// What a function gives, computed when it is scanned.
#[derive(Debug)]
struct Answers {
    schema: SchemaRef,
    base: Arc<Base>,
    question: Question,
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
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return plan_err!("forecasts need a session of their own");
        };
        let month = only_month(filters);
        let rows = match self.question {
            Question::ForecastCosts => self.forecast_costs(state, month).await?,
            Question::CreditsSpent => match &self.base.settings.credits {
                Some(credits) => vec![self.credits_spent(state, credits, month).await?],
                None => Vec::new(),
            },
        };
        let table = MemTable::try_new(Arc::clone(&self.schema), vec![rows])?;
        table.scan(session, projection, &[], limit).await
    }
}

impl Answers {
    async fn forecast_costs(
        &self,
        state: &SessionState,
        month: Option<String>,
    ) -> Result<Vec<RecordBatch>> {
        let columns = ["metric", "expected_factor", "low_factor", "high_factor"];
        // Each month's factors of bytes and of requests.
        let mut factors: BTreeMap<(String, &str), [Option<Decimal>; 2]> = BTreeMap::new();
        for batch in ask(state, "forecast_traffic", &columns, month).await? {
            let (months, metrics) = (text(&batch, 0)?, text(&batch, 1)?);
            for (place, bound) in (2..).zip(["expected", "low", "high"]) {
                let values = decimals(&batch, place, 18, FACTOR_SCALE)?;
                for ((month, metric), value) in months.iter().zip(&metrics).zip(values.iter()) {
                    let scale = u32::from(FACTOR_SCALE.unsigned_abs());
                    let factor = value
                        .and_then(|value| Decimal::try_from_i128_with_scale(value, scale).ok());
                    let [bytes, requests] = factors.entry((month.clone(), bound)).or_default();
                    if metric == "requests" {
                        *requests = factor;
                    } else {
                        *bytes = factor;
                    }
                }
            }
        }
        let mut rows = Vec::new();
        for ((month, bound), factors) in factors {
            let [Some(bytes), Some(requests)] = factors else {
                continue;
            };
            let mut scenario = Scenario::of(&self.base.settings, &self.base.scope);
            // What the month costs in all, and not how it is shared.
            scenario.settings.allocation = Allocation::Average;
            scenario.settings.assumptions.bytes_factor = bytes;
            scenario.settings.assumptions.requests_factor = requests;
            for batch in self.base.ask(&scenario, &TOTALS, Some(month)).await? {
                let bounds: ArrayRef = Arc::new(StringArray::from(vec![bound; batch.num_rows()]));
                let columns = std::iter::once(bounds).chain(batch.columns().iter().cloned());
                rows.push(RecordBatch::try_new(
                    Arc::clone(&self.schema),
                    columns.collect(),
                )?);
            }
        }
        Ok(rows)
    }

    async fn credits_spent(
        &self,
        state: &SessionState,
        credits: &Credits,
        month: Option<String>,
    ) -> Result<RecordBatch> {
        let mut spent: BTreeMap<Month, i128> = BTreeMap::new();
        let mut asked = Vec::new();
        if let Some(month) = &month {
            // One month after the other, so that no others are read.
            let until: Option<Month> = month.parse().ok();
            for month in months_between(credits.as_of, until) {
                spent.extend(costs(state, Some(month.to_string())).await?);
            }
            asked.extend(until);
        } else {
            spent = costs(state, None).await?;
            asked.extend(spent.keys().copied());
        }
        asked.retain(|month| *month > credits.as_of);
        let between = |until: &Month| months_between(credits.as_of, Some(*until));
        let sums = asked.iter().map(|until| {
            between(until)
                .filter_map(|month| spent.get(&month))
                .sum::<i128>()
        });
        let missing = asked.iter().map(|until| {
            let missing = between(until).filter(|month| !spent.contains_key(month));
            i64::try_from(missing.count()).unwrap_or(i64::MAX)
        });
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(
                asked.iter().map(ToString::to_string),
            )),
            Arc::new(Decimal128Array::from_iter_values(sums).with_precision_and_scale(20, 2)?),
            Arc::new(Int64Array::from_iter_values(missing)),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// The months after one and before another.
fn months_between(after: Month, until: Option<Month>) -> impl Iterator<Item = Month> {
    std::iter::successors(Some(after.next()), |month| Some(month.next()))
        .take_while(move |month| until.is_some_and(|until| *month < until))
        .take(MOST_MONTHS)
}

/// Cents of `CloudFront`'s side by month.
async fn costs(state: &SessionState, month: Option<String>) -> Result<BTreeMap<Month, i128>> {
    let mut costs = BTreeMap::new();
    for batch in ask(state, "monthly_cost", &["side", "usd"], month).await? {
        let (months, sides) = (text(&batch, 0)?, text(&batch, 1)?);
        let cents = decimals(&batch, 2, 20, 2)?;
        for ((month, side), cents) in months.iter().zip(&sides).zip(cents.iter()) {
            if let (Ok(month), "cloudfront", Some(cents)) = (month.parse(), side.as_str(), cents) {
                costs.insert(month, cents);
            }
        }
    }
    Ok(costs)
}

/// `month` and other columns of a view, of one month or of all.
async fn ask(
    state: &SessionState,
    view: &str,
    columns: &[&str],
    month: Option<String>,
) -> Result<Vec<RecordBatch>> {
    let plan = state
        .create_logical_plan(&format!("SELECT month, {} FROM {view}", columns.join(", ")))
        .await?;
    let plan = match month {
        Some(month) => LogicalPlanBuilder::from(plan)
            .filter(col("month").eq(lit(month)))?
            .build()?,
        None => plan,
    };
    let physical = state.create_physical_plan(&plan).await?;
    collect(physical, EngineSession::task_ctx(state)).await
}

fn text(batch: &RecordBatch, column: usize) -> Result<Vec<String>> {
    let texts = arrow::compute::cast(batch.column(column), &DataType::Utf8)?;
    let texts = texts.as_string::<i32>();
    Ok(texts
        .iter()
        .map(|text| text.unwrap_or_default().to_owned())
        .collect())
}

fn decimals(
    batch: &RecordBatch,
    column: usize,
    precision: u8,
    scale: i8,
) -> Result<Decimal128Array> {
    let values = arrow::compute::cast(
        batch.column(column),
        &DataType::Decimal128(precision, scale),
    )?;
    values
        .as_primitive_opt::<Decimal128Type>()
        .cloned()
        .ok_or_else(|| exec_datafusion_err!("no decimals"))
}
