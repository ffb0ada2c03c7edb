//! The `edgeledger` command: arguments → settings → run. How anything is computed is the other
//! crates' business.

mod access;
mod args;
mod budget;
mod cells;
mod check_args;
mod commands;
mod config;
mod ddl;
mod ddl_args;
mod exit;
mod extra_usage;
mod grid;
#[cfg(test)]
mod help_tests;
mod lake_args;
mod months;
mod output;
mod paths;
mod privacy;
mod private_rates;
mod progress;
mod prompt_args;
mod purges;
mod rates_args;
mod rules;
mod runner;
mod setup_args;
mod sql_args;
mod stdout;

use std::{io::Write, process::ExitCode, time::Duration};

use clap::Parser;
use edgeledger_ingest::Stop;

use crate::{
    args::{Cli, Command},
    exit::Exit,
};

/// How long a run that was asked to end may take to commit what it has read.
const GRACE: Duration = Duration::from_secs(8);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return report(&anyhow::Error::new(error).context("cannot start the runtime"));
        }
    };
    let run = std::panic::AssertUnwindSafe(|| runtime.block_on(until_signal(cli)));
    // The panic itself has been told on stderr.
    let result = std::panic::catch_unwind(run).unwrap_or(Ok(Exit::Bug));
    // A worker that is still busy must not keep an interrupted command from ending.
    runtime.shutdown_background();
    match result {
        Ok(exit) => exit.into(),
        Err(error) => report(&error),
    }
}

/// Runs the command until it is done or a signal comes. Ingest may then commit what it has read
/// whole; anything else, and a second signal, ends at once: nothing uncommitted is visible.
async fn until_signal(cli: Cli) -> anyhow::Result<Exit> {
    let grace = if matches!(cli.command, Command::Ingest(_)) {
        GRACE
    } else {
        Duration::ZERO
    };
    // The prompt gives Ctrl-C to the query that runs.
    let is_prompt = commands::opens_prompt(&cli.command);
    let stop = Stop::default();
    let mut command = std::pin::pin!(commands::run(cli, &stop));
    let exit = tokio::select! {
        result = &mut command => return result,
        exit = signal(is_prompt) => exit,
    };
    stop.request();
    let ended = async {
        tokio::select! {
            result = &mut command => Some(result),
            _ = signal(is_prompt) => None,
        }
    };
    if let Ok(Some(Err(error))) = tokio::time::timeout(grace, ended).await {
        report(&error);
    }
    Ok(exit)
}

/// Waits for a signal that asks the program to end. Ctrl-C may mean something else.
async fn signal(is_prompt: bool) -> Exit {
    let interrupt = async {
        if is_prompt {
            std::future::pending::<()>().await;
        }
        tokio::signal::ctrl_c().await
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = interrupt => Exit::Interrupted,
                _ = terminate.recv() => Exit::Terminated,
            };
        }
    }
    // Without a handler the signal ends the process, which is as safe.
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
    Exit::Interrupted
}

/// Says what failed and why on stderr: `error: …`, one `caused by: …` a cause, and a hint.
fn report(error: &anyhow::Error) -> ExitCode {
    if stdout::reader_is_gone() {
        return Exit::Ok.into();
    }
    tell(error);
    Exit::of(error).into()
}

fn tell(error: &anyhow::Error) {
    let mut text = format!("error: {}\n", shown(&error.to_string()));
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Transparent wrappers repeat what was just said.
        if !last.contains(&cause) {
            text.push_str("  caused by: ");
            text.push_str(&shown(&cause));
            text.push('\n');
        }
        last = cause;
    }
    if let Some(hint) = exit::hint(error) {
        text.push_str("  hint: ");
        text.push_str(&shown(&hint));
        text.push('\n');
    }
    // With stderr gone there is nobody left to tell.
    std::io::stderr()
        .write_all(text.as_bytes())
        .unwrap_or_default();
}

/// A message for the terminal: nothing in it steers, is a command or a secret, and an engine's dump
/// of a plan ends early.
fn shown(message: &str) -> String {
    const MAX_CHARS: usize = 2_000;
    let message = access::without_secrets(message);
    let mut short: String = message.chars().take(MAX_CHARS).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    let lines: Vec<String> = short
        .lines()
        .map(|line| runner::inert(&edgeledger_report::escape_terminal(line)).into_owned())
        .collect();
    lines.join("\n")
}
