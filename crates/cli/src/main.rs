//! The `edgeledger` command: arguments → settings → run. How anything is computed is the other
//! crates' business.

mod access;
mod args;
mod budget;
mod cells;
mod check_args;
mod commands;
mod config;
mod exit;
mod lake_args;
mod output;
mod privacy;
mod private_rates;
mod progress;
mod purges;
mod rates_args;
mod rules;
mod runner;
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
    let stop = Stop::default();
    let mut command = std::pin::pin!(commands::run(cli, &stop));
    let exit = tokio::select! {
        result = &mut command => return result,
        exit = signal() => exit,
    };
    stop.request();
    let ended = async {
        tokio::select! {
            result = &mut command => Some(result),
            _ = signal() => None,
        }
    };
    if let Ok(Some(Err(error))) = tokio::time::timeout(grace, ended).await {
        report(&error);
    }
    Ok(exit)
}

/// Waits for a signal that asks the program to end.
async fn signal() -> Exit {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => Exit::Interrupted,
                _ = terminate.recv() => Exit::Terminated,
            };
        }
    }
    // Without a handler the signal ends the process, which is as safe.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Exit::Interrupted
}

/// Says what failed and why on stderr: `error: …`, one `caused by: …` a cause, and a hint.
fn report(error: &anyhow::Error) -> ExitCode {
    if stdout::reader_is_gone() {
        return Exit::Ok.into();
    }
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
    Exit::of(error).into()
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
