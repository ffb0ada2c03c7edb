//! How fast logs become a committed lake: `cargo bench -p edgeledger --bench ingest -- [LOGS]`.
//!
//! LOGS is a folder of logs; without it the sample logs are read some times over. Each round reads
//! all of it into a new lake on disk. Prints JSON: objects, rows, bytes of text, the median round.
#![expect(clippy::print_stdout, reason = "the result of a benchmark")]

use std::{path::Path, time::Instant};

use anyhow::bail;
use serde_json::json;

mod support;

/// How often the sample logs are read when no folder is given.
const COPIES: usize = 10;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sample;
    let given = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let logs = if let Some(logs) = &given {
        Path::new(logs)
    } else {
        sample = support::sample_logs(COPIES)?;
        sample.path()
    };
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let lake = tempfile::tempdir()?;
        let before = support::processor_ms();
        let start = Instant::now();
        let summary = support::ingest(logs, lake.path()).await?;
        let seconds = start.elapsed().as_secs_f64();
        let spent = support::processor_ms().zip(before);
        let spent = spent.map(|(after, before)| (after - before) / 1000.0);
        rounds.push((seconds, spent, summary));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((seconds, processor, summary)) = rounds.into_iter().nth(ROUNDS / 2) else {
        bail!("no round");
    };
    let count = |number: u64| u32::try_from(number).map(f64::from);
    let line = json!({
        "objects": summary.new_objects,
        "rows": summary.rows,
        "text_mb": summary.text_bytes / 1_000_000,
        "seconds": round(seconds),
        "processor_seconds": processor.map(round),
        "rows_per_second": (count(summary.rows)? / seconds).round(),
        "text_mb_per_second": round(count(summary.text_bytes / 1000)? / 1000.0 / seconds),
    });
    println!("{line:#}");
    Ok(())
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
