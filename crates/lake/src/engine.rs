//! A small query engine for the lake's own upkeep: bounded memory, spills to disk.

use std::sync::Arc;

use datafusion::{
    execution::{memory_pool::FairSpillPool, runtime_env::RuntimeEnvBuilder},
    prelude::{SessionConfig, SessionContext},
};

use crate::{Lake, LakeError};

/// Memory for sorting and grouping; more goes to temporary files.
const POOL_BYTES: usize = 128 << 20;

impl Lake {
    pub(crate) fn engine(&self) -> Result<SessionContext, LakeError> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(POOL_BYTES)))
            .build_arc()?;
        // One partition: files are written in the order in which rows come.
        let config = SessionConfig::new()
            .with_target_partitions(1)
            .with_batch_size(4096);
        let engine = SessionContext::new_with_config_rt(config, runtime);
        let (url, store) = self.object_store()?;
        engine.register_object_store(url.as_ref(), store);
        Ok(engine)
    }
}
