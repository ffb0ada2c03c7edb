//! `edgeledger man`: manual pages from the definition of the command line.

use std::{fs, path::Path};

use anyhow::Context;
use clap::CommandFactory;
use edgeledger_report::escape_terminal;

use crate::{
    args::{Cli, Global},
    exit::Exit,
    progress::say,
    setup_args::Man,
};

pub(crate) fn run(args: &Man, global: &Global) -> anyhow::Result<Exit> {
    let out = &args.out;
    fs::create_dir_all(out)
        .with_context(|| format!("cannot make the folder `{}`", out.display()))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let pages = write_pages(command, out)?;
    if !global.quiet {
        let out = escape_terminal(&out.display().to_string());
        say(&format!("wrote {pages} pages to {out}"));
    }
    Ok(Exit::Ok)
}

/// Writes the page of a command and those of its subcommands: `edgeledger-lake-status.1`. No page
/// has a date: the same version gives the same pages.
fn write_pages(command: clap::Command, out: &Path) -> anyhow::Result<usize> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let subcommands: Vec<_> = shown.cloned().collect();
    let man = clap_mangen::Man::new(command)
        .source(concat!("edgeledger ", env!("CARGO_PKG_VERSION")))
        .manual("EdgeLedger");
    let file = out.join(man.get_filename());
    let mut page = Vec::new();
    man.render(&mut page).context("cannot make a manual page")?;
    let page = String::from_utf8(page).context("cannot make a manual page")?;
    fs::write(&file, as_they_stand(&page))
        .with_context(|| format!("cannot write `{}`", file.display()))?;
    let mut pages = 1;
    for command in subcommands {
        pages += write_pages(command, out)?;
    }
    Ok(pages)
}

/// The page with the lines of examples as they stand in the help, not run together.
fn as_they_stand(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut is_example = false;
    for line in page.lines() {
        if line.starts_with(".SH") && is_example {
            text.push_str(".fi\n");
            is_example = false;
        }
        if line == ".SH EXTRA" {
            text.push_str(".SH EXAMPLES AND NOTES\n.nf\n");
            is_example = true;
            continue;
        }
        text.push_str(line);
        text.push('\n');
    }
    if is_example {
        text.push_str(".fi\n");
    }
    text
}
