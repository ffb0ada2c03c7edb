//! The `edgeledger` command: arguments → settings → run. How anything is computed is the other
//! crates' business.

mod access;
mod args;
mod cells;
mod commands;
mod config;
mod exit;
mod lake_args;
mod output;
mod progress;
mod stdout;

use std::{io::Write, process::ExitCode};

use clap::Parser;

use crate::{args::Cli, exit::Exit};

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
    let run = std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            tokio::select! {
                result = commands::run(cli) => result,
                _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
            }
        })
    });
    // The panic itself has been told on stderr.
    let result = std::panic::catch_unwind(run).unwrap_or(Ok(Exit::Bug));
    // A worker that is still busy must not keep an interrupted command from ending.
    runtime.shutdown_background();
    match result {
        Ok(exit) => exit.into(),
        Err(error) => report(&error),
    }
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

/// A message for the terminal: nothing in it steers, and an engine's dump of a plan ends early.
fn shown(message: &str) -> String {
    const MAX_CHARS: usize = 2_000;
    let mut short: String = message.chars().take(MAX_CHARS).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    let lines: Vec<String> = short
        .lines()
        .map(edgeledger_report::escape_terminal)
        .collect();
    lines.join("\n")
}
