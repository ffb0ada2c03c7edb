//! Runs one query: rows as they come, Ctrl-C, and progress.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use edgeledger_query::{Params, QueryError, Scanned, Session, Statement, execute};
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle, time::MissedTickBehavior};

use crate::progress::count;

/// How long a query runs before it is told how far it is.
const QUIET: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(200);

/// What takes the rows of an answer.
pub(super) trait Rows {
    /// The columns, before any row.
    fn begin(&mut self, schema: &SchemaRef) -> anyhow::Result<()>;
    /// Some rows. No more are wanted when it is not `true`.
    fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<bool>;
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) statement: Statement,
    pub(super) params: Params,
}

/// How a query ended.
#[derive(Debug)]
pub(super) enum Asked {
    /// With an answer, after this long, having read this much.
    Done(Duration, Scanned),
    /// By Ctrl-C.
    Cancelled,
}

enum Part {
    Schema(SchemaRef),
    Rows(RecordBatch),
}

/// A query in a task of its own: a step of it that takes long must not keep Ctrl-C waiting. It ends
/// when this is dropped.
struct Running {
    task: JoinHandle<Result<(), QueryError>>,
    parts: mpsc::Receiver<Part>,
}

impl Running {
    fn new(threads: &Handle, session: &Session, query: Query) -> Self {
        let (to, parts) = mpsc::channel(2);
        let task = threads.spawn(send(session.clone(), query, to));
        Self { task, parts }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(session: Session, query: Query, to: mpsc::Sender<Part>) -> Result<(), QueryError> {
    let Query { statement, params } = query;
    let frame = session.plan_statement(statement, &params).await?;
    let schema = SchemaRef::clone(frame.schema().inner());
    let mut batches = execute(frame).await?;
    if to.send(Part::Schema(schema)).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = batches.next().await {
        let rows = Part::Rows(batch.map_err(QueryError::of_run)?);
        if to.send(rows).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Asks a query on these threads, and gives its rows to `rows`.
pub(super) async fn ask(
    threads: &Handle,
    session: &Session,
    query: Query,
    rows: &mut impl Rows,
    is_quiet: bool,
) -> anyhow::Result<Asked> {
    let begun = Instant::now();
    let watch = session.scan_watch();
    watch.restart();
    let progress = Progress::new(is_quiet);
    let mut running = Running::new(threads, session, query);
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Ctrl-C counts also while rows keep coming.
            biased;
            _ = &mut interrupt => return Ok(Asked::Cancelled),
            _ = ticks.tick() => progress.show(begun.elapsed(), &|| watch.scanned()),
            part = running.parts.recv() => match part {
                Some(Part::Schema(schema)) => rows.begin(&schema)?,
                Some(Part::Rows(batch)) => if !rows.add(&batch)? {
                    break;
                },
                None => {
                    // The task is done: it has an error, or nothing to say.
                    (&mut running.task).await??;
                    break;
                }
            },
        }
    }
    Ok(Asked::Done(begun.elapsed(), watch.scanned()))
}

/// A line on stderr that goes away.
struct Progress(ProgressBar);

impl Progress {
    fn new(is_quiet: bool) -> Self {
        if is_quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg} (Ctrl-C cancels)");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self(bar)
    }

    fn show(&self, elapsed: Duration, scanned: &dyn Fn() -> Scanned) {
        if elapsed < QUIET || self.0.is_hidden() {
            return;
        }
        let read = read(scanned()).unwrap_or_else(|| "working".to_owned());
        self.0
            .set_message(format!("{read}, {} s", elapsed.as_secs()));
        self.0.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What was read, if anything was.
pub(super) fn read(scanned: Scanned) -> Option<String> {
    (scanned != Scanned::default()).then(|| {
        format!(
            "{} rows and {} read",
            count(scanned.rows),
            megabytes(scanned.bytes)
        )
    })
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", count(tenths / 10), tenths % 10)
}

/// A time as people read it.
pub(super) fn seconds(time: Duration) -> String {
    if time < Duration::from_millis(100) {
        format!("{:.3} s", time.as_secs_f64())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Scanned, read, seconds};

    #[test]
    fn what_was_read() {
        let scanned = Scanned {
            rows: 1_234_567,
            bytes: 1_234_560_000,
        };
        let said = read(scanned);
        assert_eq!(said.as_deref(), Some("1,234,567 rows and 1,234.5 MB read"));
        assert_eq!(read(Scanned::default()), None);
    }

    #[test]
    fn times() {
        assert_eq!(seconds(Duration::from_micros(12_345)), "0.012 s");
        assert_eq!(seconds(Duration::from_millis(1_449)), "1.4 s");
    }
}
