//! Makes the folder `sample-logs/`: `make-sample-logs [--seed N] [--check] OUT_DIR`.
//!
//! With `--check` nothing is written: the sample is made in memory and compared with `OUT_DIR` byte
//! for byte; files that differ are listed and the exit code is 1.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use edgeledger_testkit::{DEFAULT_SEED, Sample};

#[expect(clippy::print_stdout, reason = "a command line program for developers")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut seed, mut check, mut folder) = (DEFAULT_SEED, false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seed" => seed = arguments.next().ok_or("--seed needs a number")?.parse()?,
            "--check" => check = true,
            other if other.starts_with('-') => {
                return Err(format!("unknown option `{other}`").into());
            }
            other => folder = Some(PathBuf::from(other)),
        }
    }
    let folder = folder.ok_or("usage: make-sample-logs [--seed N] [--check] OUT_DIR")?;
    let sample = Sample::make(seed)?;
    if check {
        let differences = sample.differences(&folder)?;
        for difference in &differences {
            println!("{difference}");
        }
        return Ok(if differences.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    sample.write(&folder)?;
    let totals = sample.truth.totals;
    println!(
        "{} objects, {} rows, {} rejected, {} bytes compressed",
        totals.objects, totals.rows, totals.rejected_rows, totals.bytes_compressed
    );
    Ok(ExitCode::SUCCESS)
}
