//! Threads that statements run on.
//!
//! Some of the engine's operators compute for minutes without a pause. On threads of their own they
//! keep neither the clock of `--timeout` nor Ctrl-C waiting.

use std::time::Duration;

use anyhow::Context;
use tokio::runtime::{Handle, Runtime};

/// The threads; what still runs when they are dropped is left to end with the process.
pub(super) struct Workers(Option<Runtime>);

/// A statement took too long.
#[derive(Debug, thiserror::Error)]
#[error("the statement was cancelled after {0:?} (--timeout)")]
struct TimedOut(Duration);

/// Waits to the end, or until the time is over. What is dropped is cancelled.
pub(super) async fn within<T>(
    timeout: Option<Duration>,
    run: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, run)
            .await
            .map_err(|_| TimedOut(timeout))?,
        None => run.await,
    }
}

impl Workers {
    pub(super) fn new() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start threads")?;
        Ok(Self(Some(runtime)))
    }

    /// Where to start what runs beside its caller.
    pub(super) fn handle(&self) -> anyhow::Result<&Handle> {
        let runtime = self.0.as_ref().context("the threads have ended")?;
        Ok(runtime.handle())
    }

    /// Runs to the end, or until the time is over.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        timeout: Option<Duration>,
        run: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> anyhow::Result<T> {
        let mut task = Cancelled(self.handle()?.spawn(run));
        let ended = within(timeout, async { Ok((&mut task.0).await) }).await?;
        match ended {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Err(anyhow::Error::new(error).context("the statement was cancelled")),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A task that ends with the wait for it.
struct Cancelled<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Cancelled<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
