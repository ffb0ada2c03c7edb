//! Formats by name, and the files of a report.

use std::{fmt, str::FromStr};

use edgeledger_render::{markdown, text};

use crate::{Report, csv, json, sections::document};

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a terminal: aligned, at most 100 columns, no colour.
    Text,
    /// For an issue, a wiki or a pull request.
    Markdown,
    /// For programs; `docs/report-json.md` documents it.
    Json,
    /// For spreadsheets: the table of distributions.
    Csv,
}

/// What was given is not the name of a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a format; formats are `text`, `markdown`, `json` and `csv`")]
pub struct UnknownFormat {
    given: String,
}

impl Format {
    /// Every format.
    pub fn all() -> [Self; 4] {
        [Self::Text, Self::Markdown, Self::Json, Self::Csv]
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(given: &str) -> Result<Self, UnknownFormat> {
        match given {
            "txt" => return Ok(Self::Text),
            "md" => return Ok(Self::Markdown),
            _ => {}
        }
        Self::all()
            .into_iter()
            .find(|format| format.as_str() == given)
            .ok_or_else(|| UnknownFormat {
                given: given.to_owned(),
            })
    }
}

/// The report in one format. Ends with a line end; as [`Format::Csv`] it is the table of
/// distributions alone.
pub fn render(report: &Report, format: Format) -> String {
    match format {
        Format::Text => text::render(&document(report)),
        Format::Markdown => markdown::render(&document(report)),
        Format::Json => json::render(report),
        Format::Csv => csv::distributions(report),
    }
}

/// Every file of the report, with its name relative to a folder: the report as text, Markdown and
/// JSON, and one CSV a table.
pub fn render_files(report: &Report) -> Vec<(String, String)> {
    let whole = [
        ("report.txt", Format::Text),
        ("report.md", Format::Markdown),
        ("report.json", Format::Json),
    ];
    let whole = whole
        .into_iter()
        .map(|(name, format)| (name.to_owned(), render(report, format)));
    let tables = csv::tables(report)
        .into_iter()
        .map(|(name, table)| (format!("csv/{name}.csv"), table));
    whole.chain(tables).collect()
}
