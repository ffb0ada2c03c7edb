//! `edgeledger init`: a settings file with every key in it.
//!
//! Reading what Terraform and AWS tell is pure: bytes in, a [`found::Catalog`] out. Only this file
//! touches the disk.

mod aws;
mod found;
mod kept;
mod origin;
mod terraform;
mod write;

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use edgeledger_rates::PriceBook;
use edgeledger_report::escape_terminal;

use self::{
    found::Catalog,
    write::{Counts, settings},
};
use crate::{
    args::Global,
    config::FILE_NAME,
    exit::{Exit, UsageError},
    progress::say,
    setup_args::Init,
    stdout::Stdout,
};

type Reader = fn(&[u8], &mut Catalog) -> Result<(), String>;

pub(crate) fn run(args: &Init, global: &Global) -> anyhow::Result<Exit> {
    let from_stdin = |files: &[PathBuf]| files.iter().filter(|file| is_stdin(file)).count();
    if from_stdin(&args.from_aws) + from_stdin(&args.from_terraform) > 1 {
        return Err(UsageError::new("standard input can be read only once").into());
    }
    let mut catalog = Catalog::default();
    // AWS tells what is, Terraform what it last saw: the first file that says something stands.
    let files = args.from_aws.iter().map(|file| (file, aws::read as Reader));
    let states = args.from_terraform.iter();
    let files = files.chain(states.map(|file| (file, terraform::read as Reader)));
    for (file, read) in files {
        let bytes = bytes(file)?;
        let wrong = |error| UsageError::new(format!("`{}` {error}", file.display()));
        read(&bytes, &mut catalog).map_err(wrong)?;
    }
    let book = PriceBook::builtin()?;
    let (text, counts) = settings(&catalog, &book.s3_regions());
    let is_import = !(args.from_aws.is_empty() && args.from_terraform.is_empty());
    if args.stdout || is_stdin(&args.dir) {
        Stdout::new().write_all(text.as_bytes())?;
    } else {
        let path = args.dir.join(FILE_NAME);
        write(&path, &text, args.force)?;
        if !global.quiet {
            say(&escape_terminal(&format!("wrote {}", path.display())));
        }
    }
    if !global.quiet {
        for note in &catalog.notes {
            say(&format!("note: {}", escape_terminal(note)));
        }
        if is_import {
            say(&told(counts));
        }
    }
    Ok(Exit::Ok)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    if is_stdin(file) {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    let fail = |error| UsageError::new(format!("cannot read `{}`: {error}", file.display()));
    Ok(fs::read(file).map_err(fail)?)
}

fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let error = UsageError::new(format!("`{}` is there already", path.display()));
            let hint = "add --force to replace it, or --stdout to only look";
            return Err(error.with_hint(hint).into());
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write `{}`", path.display()));
        }
    };
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write `{}`", path.display()))
}

fn told(counts: Counts) -> String {
    let plural = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    let off = match counts.without_logs {
        0 => String::new(),
        n => format!(" ({n} without logs, as comments)"),
    };
    format!(
        "{}{off}, {} of logs; `edgeledger doctor` tells whether they can be read",
        plural(counts.distributions, "distribution"),
        plural(counts.sources, "source")
    )
}
