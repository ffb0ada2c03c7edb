//! One file a subcommand.

mod check;
mod config;
mod doctor;
mod ingest;
mod init;
mod lake;
mod man;
mod rates;
mod reconcile;
mod report;
mod sql;

use std::io::Write;

use clap::CommandFactory;
use edgeledger_ingest::Stop;

use crate::{
    args::{Cli, Command},
    exit::Exit,
    stdout::Stdout,
};

/// Whether a command talks with someone at a terminal.
pub(crate) fn opens_prompt(command: &Command) -> bool {
    matches!(command, Command::Sql(args) if sql::opens_prompt(args))
}

pub(crate) async fn run(cli: Cli, stop: &Stop) -> anyhow::Result<Exit> {
    let global = cli.global;
    match cli.command {
        Command::Ingest(args) => ingest::run(args, &global, stop).await,
        Command::Report(args) => report::run(args, &global).await,
        Command::Reconcile(args) => reconcile::run(args, &global).await,
        Command::Sql(args) => sql::run(args, &global).await,
        Command::Check(args) => check::run(args, &global).await,
        Command::Lake(args) => lake::run(args, &global).await,
        Command::Rates(args) => rates::run(args, &global),
        Command::Init(args) => init::run(&args, &global),
        Command::Doctor(args) => doctor::run(args, &global).await,
        Command::Config(args) => config::run(&args, &global),
        Command::Man(args) => man::run(&args, &global),
        Command::Completions(args) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "edgeledger", &mut script);
            Stdout::new().write_all(&script)?;
            Ok(Exit::Ok)
        }
    }
}
