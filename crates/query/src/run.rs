//! Running a query of the user's.

use datafusion::{
    dataframe::DataFrame, error::Result, execution::SendableRecordBatchStream,
    logical_expr::LogicalPlan, physical_plan::execute_stream,
};

use crate::{QueryError, pass};

/// Groups of an aggregation, a worker, up to which a query's aggregations are computed as those of
/// views are: in memory. The engine can put more on disk.
const MAX_GROUPS: usize = 2_000_000;

/// Runs a planned query, as [`Session::plan`](crate::Session::plan) gives it, and gives its rows while they come. What it aggregates of the requests is
/// computed by a pass (see [`pass`]) and then lies in memory.
///
/// # Errors
/// When the query fails before its first row.
pub async fn execute(frame: DataFrame) -> Result<SendableRecordBatchStream, QueryError> {
    run(frame).await.map_err(QueryError::Failed)
}

async fn run(frame: DataFrame) -> Result<SendableRecordBatchStream> {
    let (state, plan) = frame.into_parts();
    // What a plan is to be explained of must stay in it.
    if matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        let physical = state.create_physical_plan(&plan).await?;
        return execute_stream(physical, state.task_ctx());
    }
    let mut plans = [state.optimize(&plan)?];
    // What a pass fails at, the engine does.
    while pass::round(&mut plans, true, MAX_GROUPS, &state)
        .await
        .unwrap_or(false)
    {}
    let [plan] = plans;
    let physical = state.query_planner().create_physical_plan(&plan, &state);
    execute_stream(physical.await?, state.task_ctx())
}
