//! `edgeledger lake`: one file a subcommand.

mod compact;
mod ddl;
mod forget;
mod repair;
mod status;
mod vacuum;
mod verify;

use std::{
    io::{IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use arrow::{
    array::{ArrayRef, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};
use edgeledger_ingest::Storage;
use edgeledger_lake::{LakeError, Upkeep};
use edgeledger_report::escape_terminal;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    access,
    args::{Global, Lake, LakeArg},
    config::Config,
    exit::{Exit, UsageError},
    progress::say,
};

pub(crate) async fn run(args: Lake, global: &Global) -> anyhow::Result<Exit> {
    match args {
        Lake::Status(args) => status::run(args, global).await,
        Lake::Compact(args) => compact::run(args, global).await,
        Lake::Vacuum(args) => vacuum::run(args, global).await,
        Lake::Forget(args) => forget::run(args, global).await,
        Lake::Verify(args) => verify::run(args, global).await,
        Lake::Repair(args) => repair::run(args, global).await,
        Lake::Ddl(args) => ddl::run(args, global).await,
    }
}

/// The place of a lake that exists: nothing here makes one.
async fn storage(lake: &LakeArg, config: &Config) -> anyhow::Result<Storage> {
    let location = config.lake(lake);
    if !location.starts_with("s3://") && !Path::new(&location).is_dir() {
        return Err(LakeError::NotFound { location }.into());
    }
    access::storage(&location, &Arc::new(config.aws())).await
}

/// What upkeep says: a bar on a terminal, lines with --verbose.
struct Talk {
    bar: ProgressBar,
    verbose: bool,
}

impl Talk {
    fn new(global: &Global) -> Self {
        let bar = if std::io::stderr().is_terminal() && !global.quiet {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(
            ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} eta {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self {
            bar,
            verbose: global.verbose,
        }
    }

    fn on(&self, event: Upkeep) {
        match event {
            Upkeep::Stage { what, bytes } => {
                self.bar.set_message(what);
                self.bar.set_position(0);
                self.bar.set_length(bytes);
            }
            Upkeep::File { bytes } => self.bar.inc(bytes),
            Upkeep::Done(what) if self.verbose => {
                self.bar.suspend(|| say(&escape_terminal(&what)));
            }
            Upkeep::LostRace if self.verbose => {
                self.bar
                    .suspend(|| say("another writer committed first; trying again"));
            }
            _ => {}
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Asks on the terminal; `--yes` answers for scripts.
fn confirmed(question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        let error = UsageError::new(format!("{question} Nobody is there to answer"));
        return Err(error
            .with_hint("add --yes to do it, or --dry-run to only look")
            .into());
    }
    // With stderr gone there is nobody left to ask: no answer is no.
    write!(std::io::stderr(), "{} [y/N] ", escape_terminal(question)).unwrap_or_default();
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Lines of text columns as a table.
fn lines(names: [&str; 3], rows: Vec<[String; 3]>) -> anyhow::Result<RecordBatch> {
    let fields = names.map(|name| Field::new(name, DataType::Utf8, false));
    let mut columns: [Vec<String>; 3] = Default::default();
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    let columns = columns.map(|column| Arc::new(StringArray::from(column)) as ArrayRef);
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields.to_vec())),
        columns.to_vec(),
    )?)
}
