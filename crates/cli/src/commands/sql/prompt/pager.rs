//! Showing texts, through a pager if they are taller than the terminal.

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

use anyhow::Context;

use super::reader::Screen;
use crate::{progress::say, stdout::Stdout};

/// Shows a text. `pager` is a command and its arguments, or nothing.
pub(super) async fn show(text: String, pager: Vec<String>, screen: Screen) -> anyhow::Result<()> {
    // The prompt takes a line too.
    let fits = text.lines().count() < screen.rows;
    if fits || pager.is_empty() {
        return print(&text);
    }
    // The pager has the terminal until it ends.
    let paged = tokio::task::spawn_blocking(move || page(&text, &pager));
    paged.await.context("the pager's thread broke")?
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut to = Stdout::new();
    to.write_all(text.as_bytes())?;
    Ok(to.flush()?)
}

fn page(text: &str, pager: &[String]) -> anyhow::Result<()> {
    let Some((program, arguments)) = pager.split_first() else {
        return print(text);
    };
    let mut command = Command::new(program);
    let child = command.args(arguments).stdin(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            print(text)?;
            say(&format!("the pager `{program}` did not start: {error}"));
            return Ok(());
        }
    };
    // It may be left before it has read everything.
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(text.as_bytes()),
        None => Ok(()),
    };
    child
        .wait()
        .with_context(|| format!("cannot wait for `{program}`"))?;
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
