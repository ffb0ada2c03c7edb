//! The report as people read it, before it is laid out for a medium: text and Markdown render the
//! same document, so that they say the same.

/// A report as a list of sections.
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) sections: Vec<Section>,
}

/// A part of a report.
pub(crate) struct Section {
    /// None for the first.
    pub(crate) title: Option<&'static str>,
    pub(crate) blocks: Vec<Block>,
}

/// What a section is made of.
pub(crate) enum Block {
    Paragraph(Text),
    List(Vec<Text>),
    Facts(Vec<Fact>),
    Table(Table),
}

/// A line of the headline.
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) remark: String,
}

/// A table.
pub(crate) struct Table {
    pub(crate) caption: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Text>>,
    /// How many of the last rows are totals.
    pub(crate) totals: usize,
    pub(crate) detail: Detail,
}

/// How much a table matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Always shown.
    Main,
    /// Folded away where the medium can fold.
    Folded,
    /// Left out where the medium cannot fold.
    Extra,
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) is_number: bool,
}

/// A column of words, which may be cut to fit.
pub(crate) const fn words(title: &'static str) -> Column {
    Column {
        title,
        is_number: false,
    }
}

/// A column of numbers, right-aligned and never cut.
pub(crate) const fn numbers(title: &'static str) -> Column {
    Column {
        title,
        is_number: true,
    }
}

/// Text by where it comes from, which decides how it is escaped.
#[derive(Clone)]
pub(crate) enum Text {
    /// Our own words and numbers.
    Own(String),
    /// A name or a reason from logs, the lake or the configuration.
    Foreign(String),
    /// A remark of the caller, which may quote such names.
    Remark(String),
}

/// Our own words.
pub(crate) fn own(text: impl Into<String>) -> Text {
    Text::Own(text.into())
}

/// A name from outside.
pub(crate) fn foreign(text: &str) -> Text {
    Text::Foreign(text.to_owned())
}
