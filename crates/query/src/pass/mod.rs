//! Many aggregations in one pass over the requests.
//!
//! The report asks a dozen questions of a month's requests. As the engine runs them, each reads the
//! files again, and hashes and compares texts for each row: `Hit`, `GET` and `FRA56-C1` ten million
//! times. Here the aggregations at the bottom of all these plans are computed together: the files
//! are read once, texts become small numbers at once, and whatever an expression makes of one
//! column is computed once for each of its distinct values ([`plan`]). The views stay what they
//! are, SQL over `requests`; nothing here knows any of them. What a pass cannot compute, the engine
//! does.
//!
//! A plan is taken from the engine's optimizer ([`find`]), its aggregations are replaced by tables
//! of their results, and the engine runs what is left over these few rows. Memberships in smaller
//! tables (semi joins) are looked at first, so that a question can depend on the answer of another
//! pass: which paths are the largest, then what they cost.

mod build;
mod counts;
mod find;
mod groups;
mod layout;
mod plan;
mod rows;
mod spaces;
mod texts;
mod work;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use datafusion::{
    arrow::{
        array::{ArrayRef, BooleanArray, RecordBatch},
        datatypes::DataType,
    },
    catalog::TableProvider,
    common::{
        exec_err,
        tree_node::{Transformed, TreeNodeRecursion},
    },
    datasource::{MemTable, provider_as_source},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, SessionState, memory_pool::MemoryConsumer},
    logical_expr::{
        ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF,
        ScalarUDFImpl, Signature, TableScan, Volatility,
        utils::{conjunction, disjunction},
    },
    physical_plan::{ExecutionPlan, collect, execute_stream_partitioned},
};
use edgeledger_lake::StoredTexts;
use futures::StreamExt;
use tokio::task::JoinSet;

use counts::Counts;
pub(crate) use find::reads_requests;
use find::{Counting, Members, countings};
use rows::{RowSet, SharedRows};
use work::Worker;

/// Rows of a batch of results.
const BATCH_ROWS: usize = 8192;

/// The results of aggregations, by the plan node each stands for.
type Results = HashMap<LogicalPlan, Arc<MemTable>>;

/// Computes in one pass what plans aggregate of the requests, and puts the results in place of the
/// aggregations; says whether there were any. The plans are optimized ones. What cannot be computed
/// so stays as it is. An aggregation can depend on the results of another, so that more than one
/// round is needed; and, if `may_read_views`, on views. It fails when its groups need more memory
/// than the session may use: the engine can put them on disk.
pub(crate) async fn round(
    plans: &mut [LogicalPlan],
    may_read_views: bool,
    state: &SessionState,
) -> Result<bool> {
    let asked = asked(plans, may_read_views)?;
    if asked.is_empty() {
        return Ok(false);
    }
    // What asks for some days or distributions alone reads their files alone.
    let (narrow, wide): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .partition(|(_, counting)| counting.is_narrow());
    let mut results = Results::new();
    for asked in [wide, narrow] {
        if !asked.is_empty() {
            results.extend(run(asked, state).await?);
        }
    }
    for plan in plans.iter_mut() {
        *plan = replace(plan.clone(), &results)?;
    }
    Ok(!results.is_empty())
}

/// How many aggregations of the requests a pass could compute at once.
pub(crate) fn aggregations(plans: &[LogicalPlan]) -> Result<usize> {
    Ok(asked(plans, true)?.len())
}

fn asked(plans: &[LogicalPlan], may_read_views: bool) -> Result<Vec<(LogicalPlan, Counting)>> {
    let mut asked: Vec<(LogicalPlan, Counting)> = Vec::new();
    for plan in plans {
        for (node, counting) in countings(plan, may_read_views)? {
            if !asked.iter().any(|(known, _)| *known == node) {
                asked.push((node, counting));
            }
        }
    }
    Ok(asked)
}

fn replace(plan: LogicalPlan, results: &Results) -> Result<LogicalPlan> {
    let replaced = plan.transform_down_with_subqueries(|node| {
        let Some(table) = results.get(&node) else {
            return Ok(Transformed::no(node));
        };
        let scan = LogicalPlan::TableScan(TableScan {
            // No two are equal, as plans are compared by the names of their tables.
            table_name: format!("pass {}", next_number()).into(),
            source: provider_as_source(Arc::clone(table) as Arc<dyn TableProvider>),
            projection: None,
            projected_schema: Arc::clone(node.schema()),
            filters: Vec::new(),
            fetch: None,
            statistics_requests: std::collections::BTreeSet::new(),
        });
        Ok(Transformed::new(scan, true, TreeNodeRecursion::Jump))
    })?;
    Ok(replaced.data)
}

fn next_number() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// One pass.
async fn run(asked: Vec<(LogicalPlan, Counting)>, state: &SessionState) -> Result<Results> {
    let mut results = Results::new();
    let (mut nodes, mut countings) = (Vec::new(), Vec::new());
    for (node, mut counting) in asked {
        let mut is_empty = false;
        for members in std::mem::take(&mut counting.members) {
            match membership(members, state).await? {
                Some(filter) => counting.filters.push(filter),
                None => is_empty = true,
            }
        }
        if is_empty {
            // Nothing is a member of nothing: there is nothing to read.
            let none = RecordBatch::new_empty(Arc::clone(counting.schema.inner()));
            results.insert(node, Arc::new(table(&none)?));
        } else {
            nodes.push(node);
            countings.push(counting);
        }
    }
    if countings.is_empty() {
        return Ok(results);
    }
    let (plan, is_planned) = build::plan(&countings, state)?;
    let Some(first) = countings.first().filter(|_| !plan.aggregations.is_empty()) else {
        return Ok(results);
    };
    let planned = countings.iter().zip(&is_planned);
    let planned: Vec<&Counting> = planned
        .filter_map(|(counting, is)| is.then_some(counting))
        .collect();
    let scan_filters = scan_filters(&planned);
    let mut reading = state.clone();
    reading.config_mut().set_extension(Arc::new(StoredTexts));
    let scan = first
        .requests
        .scan(&reading, Some(&plan.projection), &scan_filters, None)
        .await?;
    let plan = Arc::new(plan);
    let counts = count(scan, &plan, state).await?;
    let nodes = nodes.into_iter().zip(is_planned);
    let nodes = nodes.filter_map(|(node, is_planned)| is_planned.then_some(node));
    for (node, batch) in nodes.zip(counts) {
        results.insert(node, Arc::new(table(&batch)?));
    }
    Ok(results)
}

/// What prunes files: the filters that all have (a row that one of them refuses, none needs), and
/// the days and distributions that any of them asks for.
fn scan_filters(countings: &[&Counting]) -> Vec<Expr> {
    let Some((first, others)) = countings.split_first() else {
        return Vec::new();
    };
    let is_shared = |filter: &&Expr| {
        others
            .iter()
            .all(|other| other.scan_filters.contains(filter))
    };
    let mut filters: Vec<Expr> = first
        .scan_filters
        .iter()
        .filter(is_shared)
        .cloned()
        .collect();
    let places = countings.iter().map(|counting| {
        let of_the_place = counting
            .filters
            .iter()
            .filter(|filter| plan::is_of_the_place(filter));
        conjunction(of_the_place.cloned())
    });
    // One that asks for all places: nothing to prune by.
    let places: Option<Vec<Expr>> = places.collect();
    filters.extend(places.and_then(disjunction));
    filters
}

/// Parts that each worker reads, one after the other: small ones, taken from all over the files,
/// so that workers end at about the same time.
const PARTS_EACH: usize = 8;

/// Reads the scan with as many workers as there are cores, and gives the rows of each aggregation.
async fn count(
    scan: Arc<dyn ExecutionPlan>,
    plan: &Arc<plan::Plan>,
    state: &SessionState,
) -> Result<Vec<RecordBatch>> {
    let n_workers = state.config().target_partitions().max(1);
    let parts = scan.repartitioned(n_workers * PARTS_EACH, state.config_options())?;
    let streams = execute_stream_partitioned(parts.unwrap_or(scan), state.task_ctx())?;
    let mut shares: Vec<Vec<SendableRecordBatchStream>> = Vec::new();
    shares.resize_with(n_workers, Vec::new);
    for (at, stream) in streams.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(at % n_workers) {
            share.push(stream);
        }
    }
    let mut workers = JoinSet::new();
    for (at, share) in shares.into_iter().enumerate() {
        let mut worker = Worker::new(Arc::clone(plan))?;
        let held = MemoryConsumer::new("shared pass").register(&state.runtime_env().memory_pool);
        workers.spawn(async move {
            for mut stream in share {
                while let Some(batch) = stream.next().await {
                    worker.add(&batch?)?;
                    held.try_resize(worker.held_bytes())?;
                }
            }
            Ok::<_, DataFusionError>((at, worker.finish(), held))
        });
    }
    let mut done = Vec::with_capacity(workers.len());
    while let Some(counts) = workers.join_next().await {
        done.push(counts.map_err(|error| DataFusionError::External(Box::new(error)))??);
    }
    done.sort_by_key(|(at, _, _)| *at);
    let mut counts: Vec<Vec<Counts>> = Vec::new();
    counts.resize_with(plan.aggregations.len(), Vec::new);
    let mut all_held = Vec::with_capacity(done.len());
    for (_, of_worker, held) in done {
        for (counts, one) in counts.iter_mut().zip(of_worker) {
            counts.push(one);
        }
        all_held.push(held);
    }
    // What workers found becomes one for each aggregation beside the others.
    let merged = counts.into_iter().enumerate().map(|(at, counts)| {
        let plan = Arc::clone(plan);
        async move {
            let mut counts = counts.into_iter();
            let Some((mut all, aggregation)) = counts.next().zip(plan.aggregations.get(at)) else {
                return exec_err!("internal error: a pass without a worker");
            };
            for other in counts {
                all.merge(other);
            }
            let held_bytes = all.held_bytes();
            Ok((all.into_batch(aggregation)?, held_bytes))
        }
    });
    let merged = beside(merged).await?;
    // What was merged is there beside what it was made of.
    if let Some(held) = all_held.first() {
        held.try_resize(merged.iter().map(|(_, held_bytes)| held_bytes).sum())?;
    }
    Ok(merged.into_iter().map(|(batch, _)| batch).collect())
}

/// Does some work on all cores; the results are in the order of the tasks.
pub(crate) async fn beside<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = Result<T>> + Send + 'static>,
) -> Result<Vec<T>> {
    let mut all = JoinSet::new();
    for (at, task) in tasks.into_iter().enumerate() {
        all.spawn(async move { (at, task.await) });
    }
    let mut done = Vec::with_capacity(all.len());
    while let Some(result) = all.join_next().await {
        let (at, result) = result.map_err(|error| DataFusionError::External(Box::new(error)))?;
        done.push((at, result?));
    }
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn table(batch: &RecordBatch) -> Result<MemTable> {
    let starts = (0..batch.num_rows()).step_by(BATCH_ROWS);
    let batches = starts.map(|start| {
        let rows = BATCH_ROWS.min(batch.num_rows() - start);
        batch.slice(start, rows)
    });
    MemTable::try_new(batch.schema(), vec![batches.collect()])
}

/// "These expressions are a row of that table", as a filter; `None` if the table has no row.
async fn membership(members: Members, state: &SessionState) -> Result<Option<Expr>> {
    // By number: two of them can be one column.
    let columns = members.columns.into_iter().enumerate();
    let columns = columns.map(|(at, column)| column.alias(at.to_string()));
    let rows = LogicalPlanBuilder::from(members.plan.as_ref().clone())
        .project(columns)?
        .build()?;
    let rows = state
        .query_planner()
        .create_physical_plan(&rows, state)
        .await?;
    let schema = rows.schema();
    let types: Vec<DataType> = schema
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    let mut set = RowSet::new(&types)?;
    for batch in collect(rows, state.task_ctx()).await? {
        set.extend(batch.columns())?;
    }
    if set.is_empty() {
        return Ok(None);
    }
    let function = ScalarUDF::new_from_impl(IsMember {
        number: next_number(),
        set: Arc::new(set),
        signature: Signature::exact(types, Volatility::Immutable),
    });
    Ok(Some(function.call(members.expressions)))
}

/// Whether a row is in a set.
#[derive(Debug)]
struct IsMember {
    number: u64,
    set: SharedRows,
    signature: Signature,
}

impl PartialEq for IsMember {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for IsMember {}

impl std::hash::Hash for IsMember {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl ScalarUDFImpl for IsMember {
    fn name(&self) -> &'static str {
        "is_member"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.into_iter().map(|arg| arg.into_array(rows));
        let columns: Vec<ArrayRef> = columns.collect::<Result<_>>()?;
        let is_in = self.set.contains(&columns)?;
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(is_in))))
    }
}

/// A count as a code.
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
