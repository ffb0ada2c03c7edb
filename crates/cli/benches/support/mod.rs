//! What the benchmarks share.

use std::{fs, path::Path};

use edgeledger_ingest::{Durability, Settings, Stop, Storage, Summary};
use edgeledger_source::{Aws, AwsSettings, Source};
use tempfile::TempDir;

/// The sample logs some times over, under other names so that each copy counts.
pub(crate) fn sample_logs(copies: usize) -> anyhow::Result<TempDir> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs");
    let dir = tempfile::tempdir()?;
    for copy in 0..copies {
        copy_logs(&samples, &dir.path().join(copy.to_string()))?;
    }
    Ok(dir)
}

fn copy_logs(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_logs(&entry.path(), &to)?;
        } else if to.extension().is_some_and(|kind| kind == "gz") {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// 2027-01-01: after all rows of the samples and of made logs, as objects with rows of the future
/// are refused.
const NOW_US: i64 = 1_798_761_600_000_000;

/// Reads a folder of logs into a new lake.
pub(crate) async fn ingest(logs: &Path, lake: &Path) -> anyhow::Result<Summary> {
    let aws = Aws::new(AwsSettings::default());
    let source = Source::open(&logs.display().to_string(), &aws).await?;
    let ended = edgeledger_ingest::run(
        &[source],
        Storage::local(lake, Durability::Synced)?,
        &Settings::default(),
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await;
    let summary = ended.map_err(|failed| failed.error)?;
    // A benchmark of rows that were refused measures nothing.
    anyhow::ensure!(summary.rows > 0, "no row was ingested: {summary:?}");
    Ok(summary)
}

/// Processor time of this process so far, where the system tells: other work on the machine
/// disturbs it less than the clock.
pub(crate) fn processor_ms() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything. The 14th and 15th fields are user and system time
    // in hundredths of a second.
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).flat_map(str::parse).collect();
    Some(ticks.iter().sum::<f64>() * 10.0)
}
