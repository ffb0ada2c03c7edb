//! Views that are computed once a session.
//!
//! The cost views build on each other, and all of them on `usage`, the one pass over the requests.
//! Inlined, a query on `savings` would plan and run that pass dozens of times. A cached view is a
//! leaf to the queries above it instead: when it is first scanned, its own query runs, and its few
//! rows serve every later scan. A filter `month = '…'` narrows what is computed, and is the key
//! under which it is kept; so does `previous_month = '…'` of a view that compares months.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{Column, ScalarValue, tree_node::TreeNode},
    datasource::{MemTable, TableType},
    error::Result,
    execution::{SessionState, session_state::SessionStateBuilder},
    logical_expr::{
        Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableProviderFilterPushDown, col, lit,
    },
    optimizer::Optimizer,
    physical_optimizer::optimizer::PhysicalOptimizer,
    physical_plan::{ExecutionPlan, collect},
};
use edgeledger_rates::Month;
use tokio::sync::Mutex;

use crate::{functions::NEXT_MONTH, pass};

/// A view over a plan, with its rows once they were asked for.
#[derive(Debug)]
pub(crate) struct CachedView {
    plan: LogicalPlan,
    schema: SchemaRef,
    /// Whether the view reads other summaries only: a few rows, for which planning is the work.
    is_small: bool,
    /// Rows by the months they were narrowed to.
    rows: Arc<Mutex<BTreeMap<Narrowed, Arc<MemTable>>>>,
}

/// What filters ask for by equality: `month`, and the `previous_month` it is compared with. `None`
/// is all months.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Narrowed {
    month: Option<String>,
    previous_month: Option<String>,
}

impl CachedView {
    pub(crate) fn new(plan: LogicalPlan, is_small: bool) -> Self {
        // Whether a computed column can be NULL is not always known alike before and after planning.
        let fields: Vec<Field> = plan
            .schema()
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(true))
            .collect();
        Self {
            plan,
            schema: Arc::new(Schema::new(fields)),
            is_small,
            rows: Arc::default(),
        }
    }

    async fn rows(&self, narrowed: Narrowed, session: &dyn Session) -> Result<Arc<MemTable>> {
        let mut kept = self.rows.lock().await;
        if let Some(rows) = kept.get(&narrowed) {
            return Ok(Arc::clone(rows));
        }
        let rows = if self.is_small {
            let plan = self.narrowed_plan(&narrowed)?;
            let small = for_few_rows(session);
            let session = small
                .as_ref()
                .map_or(session, |state| state as &dyn Session);
            let physical = session.create_physical_plan(&plan).await?;
            self.collect(physical, session).await?
        } else {
            self.pass(&narrowed, session).await?
        };
        kept.insert(narrowed, Arc::clone(&rows));
        Ok(rows)
    }

    /// Whether the view counts requests itself.
    pub(crate) fn reads_requests(&self) -> bool {
        // Views are leaves of the plan only once it is optimized, but tables already are.
        pass::reads_requests(&self.plan)
    }

    /// Whether the view scans a table of that name itself.
    pub(crate) fn reads(&self, table: &str) -> bool {
        let is_it = |node: &LogicalPlan| match node {
            LogicalPlan::TableScan(scan) => scan.table_name.table() == table,
            _ => false,
        };
        self.plan.exists(|node| Ok(is_it(node))).unwrap_or(true)
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    fn narrowed_plan(&self, narrowed: &Narrowed) -> Result<LogicalPlan> {
        let mut plan = LogicalPlanBuilder::from(self.plan.clone());
        for (name, month) in [
            (MONTH, &narrowed.month),
            (PREVIOUS_MONTH, &narrowed.previous_month),
        ] {
            if let Some(month) = month {
                plan = plan.filter(col(name).eq(lit(month)))?;
            }
        }
        plan.build()
    }

    /// The rows by a pass over the requests.
    async fn pass(&self, narrowed: &Narrowed, session: &dyn Session) -> Result<Arc<MemTable>> {
        let plan = self.narrowed_plan(narrowed)?;
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            let physical = session.create_physical_plan(&plan).await?;
            return self.collect(physical, session).await;
        };
        let mut plans = [state.optimize(&plan)?];
        // What a pass fails at, the engine tries alone.
        while pass::round(&mut plans, true, state).await.unwrap_or(false) {}
        let [plan] = plans;
        self.run(&plan, state).await
    }

    /// Runs an optimized plan of the view.
    async fn run(&self, plan: &LogicalPlan, state: &SessionState) -> Result<Arc<MemTable>> {
        let physical = state.query_planner().create_physical_plan(plan, state);
        self.collect(physical.await?, state).await
    }

    async fn collect(
        &self,
        physical: Arc<dyn ExecutionPlan>,
        session: &dyn Session,
    ) -> Result<Arc<MemTable>> {
        let batches = collect(physical, session.task_ctx()).await?;
        let batches = batches
            .into_iter()
            .map(|batch| {
                Ok(RecordBatch::try_new(
                    Arc::clone(&self.schema),
                    batch.columns().to_vec(),
                )?)
            })
            .collect::<Result<Vec<_>>>()?;
        let rows = MemTable::try_new(Arc::clone(&self.schema), vec![batches])?;
        Ok(Arc::new(rows))
    }
}

/// Computes views over requests for a month in as few passes as can be. They are given in an order
/// in which each follows those it reads.
pub(crate) async fn compute_together(
    views: &[Arc<CachedView>],
    month: &str,
    state: &SessionState,
) -> Result<()> {
    let narrowed = Narrowed {
        month: Some(month.to_owned()),
        previous_month: None,
    };
    let mut open = Vec::new();
    for view in views {
        if !view.rows.lock().await.contains_key(&narrowed) {
            open.push(Arc::clone(view));
        }
    }
    let shared = Arc::new(state.clone());
    let plans = open.iter().map(|view| {
        let (view, state, narrowed) = (Arc::clone(view), Arc::clone(&shared), narrowed.clone());
        async move { state.optimize(&view.narrowed_plan(&narrowed)?) }
    });
    let mut plans = pass::beside(plans).await?;
    // What needs no other view comes first, so that nothing is computed twice.
    let mut may_read_views = false;
    while !plans.is_empty() {
        let is_new = pass::round(&mut plans, may_read_views, state).await;
        // What a pass fails at, the engine tries alone, when the view is asked for.
        let is_new = is_new.unwrap_or(false);
        if !is_new && may_read_views {
            break;
        }
        may_read_views = !is_new;
        let mut still_open = Vec::new();
        let mut counted = Vec::new();
        for (view, plan) in open.into_iter().zip(std::mem::take(&mut plans)) {
            if pass::reads_requests(&plan) {
                still_open.push(view);
                plans.push(plan);
            } else {
                // Whoever reads the view meanwhile waits for it; whoever computes it already is
                // not waited for, with other views held.
                if let Ok(rows) = Arc::clone(&view.rows).try_lock_owned() {
                    counted.push((view, plan, rows));
                }
            }
        }
        let runs = counted.into_iter().map(|(view, plan, mut rows)| {
            let (state, narrowed) = (Arc::clone(&shared), narrowed.clone());
            async move {
                let table = view.run(&plan, &state).await?;
                rows.insert(narrowed, table);
                Ok(())
            }
        });
        pass::beside(runs).await?;
        open = still_open;
    }
    Ok(())
}

#[async_trait]
impl TableProvider for CachedView {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

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
        let narrowed = Narrowed {
            month: only_month(filters),
            previous_month: only(PREVIOUS_MONTH, filters),
        };
        let rows = self.rows(narrowed, session).await?;
        rows.scan(session, projection, &[], limit).await
    }
}

/// What a plan over a few rows needs of the optimizer to run at all, and to find its month: the
/// rest of the rules cost more than they save.
const RULES: [&str; 9] = [
    "simplify_expressions",
    "replace_distinct_aggregate",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "extract_equijoin_predicate",
    "eliminate_cross_join",
    "push_down_filter",
    "single_distinct_aggregation_to_group_by",
    "optimize_projections",
];
const PHYSICAL_RULES: [&str; 3] = [
    "OutputRequirements",
    "EnsureRequirements",
    "SanityCheckPlan",
];

/// The session for plans over a few rows: one partition, few rules, and one pass of them.
pub(crate) fn for_few_rows(session: &dyn Session) -> Option<SessionState> {
    let state = session.as_any().downcast_ref::<SessionState>()?.clone();
    let rules = Optimizer::new()
        .rules
        .into_iter()
        .filter(|rule| RULES.contains(&rule.name()))
        .collect();
    let physical = PhysicalOptimizer::new()
        .rules
        .into_iter()
        .filter(|rule| PHYSICAL_RULES.contains(&rule.name()))
        .collect();
    let mut state = SessionStateBuilder::new_from_existing(state)
        .with_optimizer_rules(rules)
        .with_physical_optimizer_rules(physical)
        .build();
    let options = state.config_mut().options_mut();
    options.execution.target_partitions = 1;
    options.optimizer.max_passes = 1;
    Some(state)
}

const MONTH: &str = "month";
const PREVIOUS_MONTH: &str = "previous_month";

/// The month that filters of the form `month = '…'` ask for, if they agree on one.
pub(crate) fn only_month(filters: &[Expr]) -> Option<String> {
    only(MONTH, filters)
}

/// The same of another column of months.
fn only(column: &str, filters: &[Expr]) -> Option<String> {
    let months: BTreeSet<String> = filters
        .iter()
        .filter_map(|filter| month_asked(column, filter))
        .collect();
    if months.len() == 1 {
        months.into_iter().next()
    } else {
        None
    }
}

/// Texts of two kinds meet in a union, and one of them is cast: the month is the same.
fn without_casts(expr: &Expr) -> &Expr {
    let is_text = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
        )
    };
    match expr {
        Expr::Cast(cast) if is_text(cast.field.data_type()) => without_casts(&cast.expr),
        other => other,
    }
}

fn month_asked(column: &str, filter: &Expr) -> Option<String> {
    let Expr::BinaryExpr(comparison) = filter else {
        return None;
    };
    if comparison.op != Operator::Eq {
        return None;
    }
    let ((asked, Expr::Literal(value, _)) | (Expr::Literal(value, _), asked)) =
        (comparison.left.as_ref(), comparison.right.as_ref())
    else {
        return None;
    };
    let (ScalarValue::Utf8(Some(month))
    | ScalarValue::Utf8View(Some(month))
    | ScalarValue::LargeUtf8(Some(month))) = value
    else {
        return None;
    };
    let is_it = |expr: &Expr| matches!(expr, Expr::Column(Column { name, .. }) if name == column);
    match without_casts(asked) {
        asked if is_it(asked) => Some(month.clone()),
        // The month whose next one is asked for.
        Expr::ScalarFunction(call) if call.name() == NEXT_MONTH && call.args.iter().all(is_it) => {
            let month: Month = month.parse().ok()?;
            Some(month.previous().to_string())
        }
        _ => None,
    }
}
