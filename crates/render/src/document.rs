//! The report as people read it, before it is laid out for a medium: text and Markdown render the
//! same document, so that they say the same.

use std::borrow::Cow;

use crate::{chart::Chart, escape};

/// A report as a list of sections.
#[derive(Debug, Clone)]
pub struct Document {
    /// Our own words.
    pub title: String,
    /// In the order of reading.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name in links and on the command line: lower case letters and `-`.
    pub id: &'static str,
    /// None for the first.
    pub title: Option<&'static str>,
    /// In the order of reading.
    pub blocks: Vec<Block>,
}

/// What a section is made of.
#[derive(Debug, Clone)]
pub enum Block {
    /// A paragraph.
    Paragraph(Text),
    /// A list without order.
    List(Vec<Text>),
    /// A few numbers that matter most.
    Facts(Vec<Fact>),
    /// A chart, where the medium can draw; the table behind it follows.
    Chart(Chart),
    /// A table.
    Table(Table),
    /// The queries behind the figures above, where the medium can fold.
    Sources(Vec<Source>),
}

/// A query behind a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it answers: the name of the table in JSON, CSV and spreadsheets.
    pub name: &'static str,
    /// The query, ready to be run.
    pub sql: String,
}

/// A line of the headline.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Empty for a further line of the fact above.
    pub label: &'static str,
    /// Our own numbers.
    pub value: String,
    /// Our own words.
    pub remark: String,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// May be empty where the section says it.
    pub caption: &'static str,
    /// As many as each row has cells.
    pub columns: Vec<Column>,
    /// Cells by row.
    pub rows: Vec<Vec<Text>>,
    /// How many of the last rows are totals.
    pub totals: usize,
    /// How much it matters.
    pub detail: Detail,
}

/// How much a table matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Always shown.
    Main,
    /// Folded away where the medium can fold.
    Folded,
    /// Left out where the medium cannot fold.
    Extra,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Our own words; may be empty.
    pub title: &'static str,
    /// Right-aligned and never cut.
    pub is_number: bool,
}

impl Table {
    /// A table without totals that is always shown.
    pub fn new(caption: &'static str, columns: Vec<Column>, rows: Vec<Vec<Text>>) -> Self {
        Self {
            caption,
            columns,
            rows,
            totals: 0,
            detail: Detail::Main,
        }
    }

    /// The same table with its last rows as totals.
    #[must_use]
    pub fn with_totals(mut self, totals: usize) -> Self {
        self.totals = totals;
        self
    }

    /// The same table, folded away where the medium can fold.
    #[must_use]
    pub fn folded(mut self) -> Self {
        self.detail = Detail::Folded;
        self
    }

    /// The same table, left out where the medium cannot fold.
    #[must_use]
    pub fn extra(mut self) -> Self {
        self.detail = Detail::Extra;
        self
    }
}

impl Fact {
    /// A line of the headline; with an empty label a further line of the fact above.
    pub fn new(label: &'static str, value: impl Into<String>, remark: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
            remark: remark.into(),
        }
    }
}

impl Source {
    /// A query behind a figure.
    pub fn new(name: &'static str, sql: impl Into<String>) -> Self {
        Self {
            name,
            sql: sql.into(),
        }
    }
}

/// A column of words, which may be cut to fit.
pub const fn words(title: &'static str) -> Column {
    Column {
        title,
        is_number: false,
    }
}

/// A column of numbers, right-aligned and never cut.
pub const fn numbers(title: &'static str) -> Column {
    Column {
        title,
        is_number: true,
    }
}

/// Text by where it comes from, which decides how it is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Our own words and numbers.
    Own(String),
    /// A name or a reason from logs, the lake or the configuration.
    Foreign(String),
    /// A remark of the caller, which may quote such names.
    Remark(String),
}

impl Text {
    /// As much of the text as a page shows: a name of 100,000 characters from a log must not drown
    /// a report. It is not escaped yet.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Own(text) => Cow::Borrowed(text),
            Self::Foreign(text) => escape::shortened(text, 300),
            Self::Remark(text) => escape::shortened(text, 3000),
        }
    }
}

/// Our own words.
pub fn own(text: impl Into<String>) -> Text {
    Text::Own(text.into())
}

/// A name from outside.
pub fn foreign(text: &str) -> Text {
    Text::Foreign(text.to_owned())
}
