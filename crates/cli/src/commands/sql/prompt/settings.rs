//! What backslash commands change.

use std::{
    fs::{File, OpenOptions},
    path::PathBuf,
};

use anyhow::Context;

use crate::{args::SqlFormat, exit::UsageError};

/// When rows are shown as blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expanded {
    Off,
    On,
    /// When the table is wider than the terminal.
    Auto,
}

impl Expanded {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Auto => "auto",
        }
    }
}

/// The file that answers go to.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) path: PathBuf,
    file: File,
    answers: usize,
    /// How long it was before the answer that is written.
    length: u64,
}

impl Out {
    pub(super) fn open(path: PathBuf) -> anyhow::Result<Self> {
        // Not emptied yet: a query that is wrong must not cost the last answer.
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let file = file.with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(Self {
            path,
            file,
            answers: 0,
            length: 0,
        })
    }

    /// The file for one more answer; the first begins it anew.
    pub(super) fn next(&mut self, format: SqlFormat) -> anyhow::Result<File> {
        let failed = || format!("cannot write `{}`", self.path.display());
        if self.answers == 0 {
            self.file.set_len(0).with_context(failed)?;
        } else if format == SqlFormat::Parquet {
            let error = UsageError::new("a Parquet file holds one answer");
            return Err(error.with_hint("name another file with \\o FILE").into());
        }
        self.answers += 1;
        self.length = self.file.metadata().with_context(failed)?.len();
        self.file.try_clone().with_context(failed)
    }

    /// Takes back what was written of an answer that has no end.
    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        let undone = self.file.set_len(self.length);
        undone.with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

/// How answers are shown.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) expanded: Expanded,
    pub(super) timing: bool,
    pub(super) limit: Option<usize>,
    pub(super) format: SqlFormat,
    pub(super) pager: bool,
    pub(super) out: Option<Out>,
}

impl Settings {
    /// `max_rows` is the first limit; 0 is none.
    pub(super) fn new(format: SqlFormat, max_rows: usize) -> Self {
        Self {
            expanded: Expanded::Off,
            timing: false,
            limit: Some(max_rows).filter(|rows| *rows > 0),
            format,
            pager: true,
            out: None,
        }
    }
}
