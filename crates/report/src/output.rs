//! Formats by name, and the files of a report.

use std::{fmt, str::FromStr};

use edgeledger_render::{
    document::Document,
    html, markdown,
    sheet::{self, Sheet},
    text,
};

use crate::{Report, json, sections::document, tables};

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a terminal: aligned, at most 100 columns, no colour.
    Text,
    /// For an issue, a wiki or a pull request.
    Markdown,
    /// For browsers and printers: one file with charts.
    Html,
    /// For programs; `docs/report-json.md` documents it.
    Json,
    /// For spreadsheets: the table of distributions.
    Csv,
    /// For spreadsheets: a workbook with a sheet for each table.
    Xlsx,
}

/// What was given is not the name of a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a format; formats are `text`, `markdown`, `html`, `json`, `csv` and `xlsx`"
)]
pub struct UnknownFormat {
    given: String,
}

/// No such section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this report has no section `{given}`")]
pub struct UnknownSection {
    given: String,
    /// The names of those it has, in order.
    pub known: Vec<&'static str>,
}

/// Why a report cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the workbook")]
pub struct RenderError(#[from] edgeledger_render::RenderError);

impl Format {
    /// Every format.
    pub fn all() -> [Self; 6] {
        [
            Self::Text,
            Self::Markdown,
            Self::Html,
            Self::Json,
            Self::Csv,
            Self::Xlsx,
        ]
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
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

/// What can be rendered: a report, or a series of months.
pub trait Paper {
    /// As people read it.
    #[doc(hidden)]
    fn document(&self) -> Document;
    /// As programs read it.
    #[doc(hidden)]
    fn json(&self) -> String;
    /// As tables; the first is the one that stands for all in CSV on standard output.
    #[doc(hidden)]
    fn tables(&self) -> Vec<Sheet>;
}

impl Paper for Report {
    fn document(&self) -> Document {
        document(self)
    }

    fn json(&self) -> String {
        json::render(self)
    }

    fn tables(&self) -> Vec<Sheet> {
        tables::tables(self)
    }
}

/// A report in one format. Texts end with a line end; as [`Format::Csv`] it is the first table
/// alone.
///
/// # Errors
/// When the workbook cannot be made.
pub fn render(paper: &impl Paper, format: Format) -> Result<Vec<u8>, RenderError> {
    Ok(match format {
        Format::Json => paper.json().into_bytes(),
        Format::Csv => paper
            .tables()
            .first()
            .map_or_else(Vec::new, |table| sheet::csv(table).into_bytes()),
        Format::Xlsx => sheet::xlsx(&paper.document().title, &paper.tables())?,
        Format::Text | Format::Markdown | Format::Html => {
            render_document(&paper.document(), format).into_bytes()
        }
    })
}

/// Some sections of a report, as text, Markdown or HTML: the formats for people.
///
/// # Errors
/// When a section is not in the report.
pub fn render_sections(
    paper: &impl Paper,
    sections: &[String],
    format: Format,
) -> Result<String, UnknownSection> {
    let mut document = paper.document();
    let known: Vec<&str> = document.sections.iter().map(|section| section.id).collect();
    if let Some(given) = sections.iter().find(|id| !known.contains(&id.as_str())) {
        return Err(UnknownSection {
            given: given.clone(),
            known,
        });
    }
    document
        .sections
        .retain(|section| sections.iter().any(|id| id == section.id));
    Ok(render_document(&document, format))
}

fn render_document(document: &Document, format: Format) -> String {
    match format {
        Format::Markdown => markdown::render(document),
        Format::Html => html::render(document),
        Format::Text | Format::Json | Format::Csv | Format::Xlsx => text::render(document),
    }
}

/// Every file of a report, with its name relative to a folder: the report as text, Markdown,
/// HTML, JSON and a workbook, and one CSV a table.
///
/// # Errors
/// When the workbook cannot be made.
pub fn render_files(paper: &impl Paper) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let document = paper.document();
    let tables = paper.tables();
    let mut files: Vec<(String, Vec<u8>)> = [
        ("report.txt", text::render(&document)),
        ("report.md", markdown::render(&document)),
        ("report.html", html::render(&document)),
        ("report.json", paper.json()),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .into();
    files.push((
        "report.xlsx".to_owned(),
        sheet::xlsx(&document.title, &tables)?,
    ));
    files.extend(tables.iter().map(|table| {
        let name = format!("csv/{}.csv", table.name);
        (name, sheet::csv(table).into_bytes())
    }));
    Ok(files)
}
