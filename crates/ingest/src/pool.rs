//! The one bridge from async to CPU work.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::ThreadPool;
use tokio::sync::oneshot;

use crate::IngestError;

/// Runs `work` on the pool. A panic there becomes an error here.
pub(crate) async fn on_pool<T: Send + 'static>(
    pool: &ThreadPool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IngestError> {
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        // The receiver is gone only when the run was dropped: then nobody wants the result.
        drop(sender.send(result));
    });
    match receiver.await {
        Ok(Ok(value)) => Ok(value),
        _ => Err(IngestError::Internal("a worker panicked".into())),
    }
}
