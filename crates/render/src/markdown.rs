//! The report as GitHub's Markdown, for an issue or a wiki. Long tables are folded.

use crate::{
    document::{Block, Detail, Document, Fact, Section, Table, Text},
    escape,
};

/// The report as Markdown.
pub fn render(document: &Document) -> String {
    let mut parts = vec![format!("# {}", escape::markdown(&document.title))];
    for section in &document.sections {
        render_section(&mut parts, section);
    }
    parts.join("\n\n") + "\n"
}

fn render_section(parts: &mut Vec<String>, section: &Section) {
    parts.extend(section.title.map(|title| format!("## {title}")));
    for block in &section.blocks {
        match block {
            Block::Paragraph(text) => parts.push(prose(text)),
            Block::List(items) => parts.push(render_list(items)),
            Block::Facts(facts) => parts.push(render_facts(facts)),
            // The table behind a chart says the same.
            Block::Chart(_) | Block::Sources(_) => {}
            Block::Table(table) => render_table(parts, table),
        }
    }
}

fn render_list(items: &[Text]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| format!("- {}", prose(item)))
        .collect();
    items.join("\n")
}

fn render_facts(facts: &[Fact]) -> String {
    let mut lines = vec!["| | | |".to_owned(), "|:--|--:|:--|".to_owned()];
    lines.extend(facts.iter().map(|fact| {
        let label = match fact.label {
            "" => String::new(),
            label => format!("**{label}**"),
        };
        format!("| {label} | {} | {} |", fact.value, fact.remark)
    }));
    lines.join("\n")
}

fn render_table(parts: &mut Vec<String>, table: &Table) {
    let titles: Vec<&str> = table.columns.iter().map(|column| column.title).collect();
    let rules: Vec<&str> = table
        .columns
        .iter()
        .map(|column| if column.is_number { "--:" } else { ":--" })
        .collect();
    let mut lines = vec![
        format!("| {} |", titles.join(" | ")),
        format!("|{}|", rules.join("|")),
    ];
    let first_total = table.rows.len() - table.totals.min(table.rows.len());
    lines.extend(table.rows.iter().enumerate().map(|(at, row)| {
        let cells: Vec<String> = row.iter().map(cell).collect();
        if at < first_total {
            return format!("| {} |", cells.join(" | "));
        }
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| match cell.as_str() {
                "" => String::new(),
                cell => format!("**{cell}**"),
            })
            .collect();
        format!("| {} |", cells.join(" | "))
    }));
    let lines = lines.join("\n");
    if table.detail == Detail::Main {
        if !table.caption.is_empty() {
            parts.push(format!("**{}**", table.caption));
        }
        parts.push(lines);
    } else {
        // Markdown inside HTML needs the empty lines around it.
        parts.push(format!(
            "<details><summary>{} ({} rows)</summary>\n\n{lines}\n\n</details>",
            table.caption,
            table.rows.len()
        ));
    }
}

fn prose(text: &Text) -> String {
    let shown = text.shown();
    match text {
        Text::Own(_) => escape::markdown(&shown),
        Text::Foreign(_) => escape::markdown_code(&shown),
        Text::Remark(_) => escape::markdown_remark(&shown),
    }
}

fn cell(text: &Text) -> String {
    match text {
        // Numbers, amounts and our own words; of what Markdown minds, only `<` is among them.
        Text::Own(text) => text.replace('<', "&lt;"),
        other => prose(other),
    }
}
