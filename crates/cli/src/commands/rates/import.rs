//! `edgeledger rates import`.

use std::{fs, io::Write};

use anyhow::Context;
use edgeledger_report::escape_terminal;

use crate::{
    args::Global,
    exit::{Exit, UsageError},
    progress::say,
    rates_args::Import,
    stdout::Stdout,
};

pub(super) fn run(args: Import, global: &Global) -> anyhow::Result<Exit> {
    let mut files = Vec::new();
    for path in &args.files {
        let bytes = fs::read(path).map_err(|error| {
            UsageError::new(format!("cannot read `{}`: {error}", path.display()))
        })?;
        files.push((path.display().to_string(), bytes));
    }
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let imported =
        edgeledger_rates::import(&files, args.from).map_err(|error| UsageError::of(&error))?;
    if !global.quiet {
        for note in &imported.notes {
            say(&escape_terminal(note));
        }
    }
    match args.out {
        Some(path) => fs::write(&path, imported.card)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => Stdout::new().write_all(imported.card.as_bytes())?,
    }
    Ok(Exit::Ok)
}
