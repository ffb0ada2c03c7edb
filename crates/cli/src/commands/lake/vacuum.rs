//! `edgeledger lake vacuum`.

use std::io::Write;

use edgeledger_lake::{Lake, VacuumOptions, Vacuumed};
use edgeledger_report::{escape_terminal, format_count};

use super::{Talk, storage};
use crate::{
    args::Global,
    config::Config,
    exit::{Exit, UsageError},
    lake_args::Vacuum,
    progress::{now_us, say},
    stdout::Stdout,
};

const US_PER_DAY: i64 = 86_400_000_000;

pub(super) async fn run(args: Vacuum, global: &Global) -> anyhow::Result<Exit> {
    if args.grace_days < 1 && !args.force && !args.dry_run {
        let error = UsageError::new(
            "a grace under one day can delete files that a running ingest has put in place but \
             not committed yet, and files that open queries still read",
        );
        return Err(error
            .with_hint("add --force when nothing else uses the lake now")
            .into());
    }
    let config = Config::load(global, &[])?;
    let mut lake = Lake::open(storage(&args.lake, &config).await?).await?;
    let options = VacuumOptions {
        grace_us: i64::from(args.grace_days) * US_PER_DAY,
        dry_run: args.dry_run,
    };
    let talk = Talk::new(global);
    let vacuumed = lake
        .vacuum(&options, now_us(), &|event| talk.on(event))
        .await?;
    talk.finish();
    if args.dry_run || global.verbose {
        let mut out = Stdout::new();
        for (path, _) in vacuumed.files.iter().chain(&vacuumed.temporary) {
            writeln!(out, "{}", escape_terminal(path))?;
        }
    }
    if !global.quiet {
        say(&verdict(&vacuumed, args.dry_run));
    }
    Ok(Exit::Ok)
}

fn verdict(vacuumed: &Vacuumed, dry_run: bool) -> String {
    let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX));
    let bytes: u64 = vacuumed
        .files
        .iter()
        .chain(&vacuumed.temporary)
        .map(|(_, bytes)| bytes)
        .sum();
    format!(
        "{} files and {} left-overs {} ({} bytes), {} commits trimmed; {} files are within the grace",
        count(vacuumed.files.len() as u64),
        count(vacuumed.temporary.len() as u64),
        if dry_run {
            "would be deleted"
        } else {
            "deleted"
        },
        count(bytes),
        count(vacuumed.log_entries),
        count(vacuumed.kept),
    )
}
