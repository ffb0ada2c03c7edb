//! The report for a terminal: aligned, at most 100 columns, no colour.

use crate::{
    document::{Block, Detail, Document, Fact, Section, Text},
    escape::visible,
    layout,
};

/// The report as text.
pub fn render(document: &Document) -> String {
    let mut out = heading(&format!("{} (UTC)", document.title), '═');
    for section in &document.sections {
        render_section(&mut out, section);
    }
    out
}

fn heading(title: &str, rule: char) -> String {
    let rule: String = std::iter::repeat_n(rule, layout::display_width(title)).collect();
    format!("{title}\n{rule}\n")
}

fn render_section(out: &mut String, section: &Section) {
    if let Some(title) = section.title {
        out.push('\n');
        out.push_str(&heading(title, '─'));
    }
    let mut is_first = section.title.is_some();
    for block in &section.blocks {
        let rendered = render_block(block);
        if rendered.is_empty() {
            continue;
        }
        if !is_first {
            out.push('\n');
        }
        is_first = false;
        out.push_str(&rendered);
    }
}

fn render_block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => layout::paragraph("", &plain(text)),
        Block::List(items) => items
            .iter()
            .map(|item| layout::paragraph("- ", &plain(item)))
            .collect(),
        Block::Facts(facts) => render_facts(facts),
        // The table behind a chart says the same.
        Block::Chart(_) | Block::Sources(_) => String::new(),
        Block::Table(table) if table.detail == Detail::Extra => String::new(),
        Block::Table(table) => {
            let rows: Vec<Vec<String>> = table
                .rows
                .iter()
                .map(|row| row.iter().map(plain).collect())
                .collect();
            let is_named = table.detail == Detail::Main && !table.caption.is_empty();
            let caption = if is_named {
                layout::paragraph("", table.caption)
            } else {
                String::new()
            };
            caption + &layout::table(&table.columns, &rows, table.totals)
        }
    }
}

fn render_facts(facts: &[Fact]) -> String {
    let width = |of: fn(&Fact) -> &str| {
        let widths = facts.iter().map(|fact| layout::display_width(of(fact)));
        widths.max().unwrap_or(0)
    };
    let (labels, values) = (width(|fact| fact.label), width(|fact| &fact.value));
    let line = |fact: &Fact| {
        let Fact {
            label,
            value,
            remark,
        } = fact;
        let line = format!("  {label:<labels$}  {value:>values$}  {remark}");
        format!("{}\n", line.trim_end())
    };
    facts.iter().map(line).collect()
}

fn plain(text: &Text) -> String {
    match text {
        Text::Own(text) => text.clone(),
        Text::Foreign(_) | Text::Remark(_) => visible(&text.shown()),
    }
}
