//! Running a query of the user's.

use datafusion::{
    dataframe::DataFrame,
    error::Result,
    execution::{SendableRecordBatchStream, SessionState},
    logical_expr::LogicalPlan,
    physical_plan::execute_stream,
};

use crate::{QueryError, explain, pass};

/// Aggregations from which on one pass for all takes less time than the engine: docs/performance.md
/// has what one takes.
const MIN_SHARED: usize = 3;

/// Runs a planned query, as [`Session::plan`](crate::Session::plan) gives it, and gives its rows
/// while they come. What a query with several aggregations of the requests asks of them is computed
/// by one pass (see [`pass`]) and then lies in memory; of one or two the engine makes less work.
///
/// # Errors
/// [`QueryError::Invalid`] when values in it make no sense, and others when the query fails before
/// its first row.
pub async fn execute(frame: DataFrame) -> Result<SendableRecordBatchStream, QueryError> {
    let (state, plan) = frame.into_parts();
    // What a plan is to be explained of must stay in it.
    if matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        let physical = state.create_physical_plan(&plan).await;
        let physical = physical.map_err(QueryError::of_run)?;
        return execute_stream(physical, state.task_ctx()).map_err(QueryError::of_run);
    }
    // What cannot be optimized is no sense: a LIMIT below zero, a date that no calendar has.
    let plan = state.optimize(&plan).map_err(|error| QueryError::Invalid {
        message: explain::message(&error),
        hint: None,
    })?;
    run(plan, &state).await.map_err(QueryError::of_run)
}

async fn run(plan: LogicalPlan, state: &SessionState) -> Result<SendableRecordBatchStream> {
    let mut plans = [plan];
    if pass::aggregations(&plans).unwrap_or(0) >= MIN_SHARED {
        // What a pass fails at, the engine does.
        while pass::round(&mut plans, true, state).await.unwrap_or(false) {}
    }
    let [plan] = plans;
    let physical = state.query_planner().create_physical_plan(&plan, state);
    execute_stream(physical.await?, state.task_ctx())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatch, StringArray};
    use datafusion::{
        datasource::MemTable,
        execution::{
            memory_pool::{GreedyMemoryPool, PeakRecordingPool, UnboundedMemoryPool},
            runtime_env::RuntimeEnvBuilder,
        },
        prelude::{SessionConfig, SessionContext},
    };

    use crate::pass;

    #[tokio::test]
    async fn a_pass_gives_up_when_groups_need_too_much_memory() {
        for (bytes, is_counted) in [(50_000, false), (5_000_000, true)] {
            let pool = Arc::new(GreedyMemoryPool::new(bytes));
            let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool);
            let runtime = runtime.build_arc().unwrap();
            let ctx = SessionContext::new_with_config_rt(SessionConfig::new(), runtime);
            // 10,000 groups of a text and two numbers.
            let paths = StringArray::from_iter_values((0..10_000).map(|id| format!("path {id}")));
            let sizes = Int64Array::from_iter_values(0..10_000);
            let columns = [
                ("path", Arc::new(paths) as _),
                ("response_bytes", Arc::new(sizes) as _),
            ];
            let rows = RecordBatch::try_from_iter(columns).unwrap();
            ctx.register_batch("requests", rows).unwrap();
            let sql = "SELECT path, sum(response_bytes) FROM requests GROUP BY path";
            let (state, plan) = ctx.sql(sql).await.unwrap().into_parts();
            let mut plans = [state.optimize(&plan).unwrap()];
            let counted = pass::round(&mut plans, true, &state).await;
            assert_eq!(counted.is_ok(), is_counted, "{bytes}");
            assert_eq!(pass::reads_requests(&plans[0]), !is_counted);
            assert_eq!(ctx.runtime_env().memory_pool.reserved(), 0);
        }
    }

    const SQL: &str = "SELECT path, sum(response_bytes) FROM requests GROUP BY path";

    /// Paths of so many ids, each once.
    fn rows(ids: std::ops::Range<i64>) -> RecordBatch {
        let paths = ids.clone().map(|id| format!("path {id}"));
        let paths = StringArray::from_iter_values(paths);
        let sizes = Int64Array::from_iter_values(ids);
        let columns = [
            ("path", Arc::new(paths) as _),
            ("response_bytes", Arc::new(sizes) as _),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    /// The most that a pass over these partitions, each with a worker of its own, ever reserved.
    async fn reserved(partitions: Vec<Vec<RecordBatch>>) -> usize {
        let unbounded = Arc::new(UnboundedMemoryPool::default());
        let pool = Arc::new(PeakRecordingPool::new(unbounded));
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::clone(&pool) as _);
        let runtime = runtime.build_arc().unwrap();
        let config = SessionConfig::new().with_target_partitions(partitions.len());
        let ctx = SessionContext::new_with_config_rt(config, runtime);
        let schema = partitions[0][0].schema();
        let table = MemTable::try_new(schema, partitions).unwrap();
        ctx.register_table("requests", Arc::new(table)).unwrap();
        let (state, plan) = ctx.sql(SQL).await.unwrap().into_parts();
        let mut plans = [state.optimize(&plan).unwrap()];
        assert!(pass::round(&mut plans, true, &state).await.unwrap());
        pool.peak_reserved()
    }

    /// What two workers found is there twice while it becomes one.
    #[tokio::test]
    async fn a_pass_reserves_what_it_merges() {
        let alone = reserved(vec![vec![rows(0..20_000)]]).await;
        let both = reserved(vec![vec![rows(0..10_000)], vec![rows(10_000..20_000)]]).await;
        assert!(both * 4 > alone * 5, "{both} of two, {alone} of one");
    }
}
