//! The engine as every session has it.

use std::sync::Arc;

use datafusion::{
    execution::{SessionStateBuilder, object_store::ObjectStoreUrl, runtime_env::RuntimeEnv},
    prelude::{SessionConfig, SessionContext},
};

use edgeledger_lake::ScanWatch;

use crate::{Limits, QueryError, by_partition::ByPartition};

/// The engine within limits, and without files of its own but those of the lake.
pub(crate) fn limited(limits: &Limits) -> Result<SessionContext, QueryError> {
    let ctx = context(Some(limits.runtime()?));
    if !limits.allow_write {
        // What a statement cannot name, it cannot read: there are no formats, and no disk.
        let state = ctx.state_ref();
        state.write().table_factories_mut().clear();
        ctx.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    }
    Ok(ctx)
}

/// Rows in a batch. Twice the engine's default took less processor time for the questions of the
/// benchmark `queries`, and four times no less than that (docs/performance.md).
const BATCH_ROWS: usize = 16 * 1024;

pub(crate) fn context(runtime: Option<Arc<RuntimeEnv>>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_information_schema(true)
        .with_batch_size(BATCH_ROWS)
        .with_extension(Arc::<ScanWatch>::default());
    // The largest of millions of paths: few places are asked for, and few distributions have them.
    config.options_mut().optimizer.enable_window_topn = true;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(ByPartition));
    if let Some(runtime) = runtime {
        state = state.with_runtime_env(runtime);
    }
    SessionContext::new_with_state(state.build())
}
