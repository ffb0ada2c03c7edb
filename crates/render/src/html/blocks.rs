//! Prose, the headline and queries.

use std::fmt::Write as _;

use super::{Page, charts, svg, tables, words};
use crate::{
    document::{Block, Fact, Section, Source},
    escape,
};

impl Page {
    pub(super) fn block(&mut self, section: &Section, block: &Block) -> String {
        match block {
            Block::Paragraph(text) => format!("<p>{}</p>\n", words(text)),
            Block::List(items) => {
                let items = items
                    .iter()
                    .map(|item| format!("<li>{}</li>\n", words(item)));
                format!("<ul>\n{}</ul>\n", items.collect::<String>())
            }
            Block::Facts(facts) => render_facts(facts),
            Block::Chart(chart) => {
                self.charts += 1;
                charts::figure(chart, self.charts)
            }
            Block::Table(table) => tables::render(table, section.title.unwrap_or("Summary")),
            Block::Sources(sources) => render_sources(sources),
        }
    }
}

/// Tiles; a fact without a label is a further line of the tile above.
fn render_facts(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let mut out = String::from("<dl class=\"facts\">\n");
    for (at, fact) in facts.iter().enumerate() {
        let value = escape::html(&fact.value);
        let remark = escape::html(&fact.remark);
        // Writing to a String cannot fail.
        if fact.label.is_empty() && at > 0 {
            writeln!(out, "<dd><b>{value}</b> {remark}</dd>").unwrap_or_default();
            continue;
        }
        if at > 0 {
            out.push_str("</div>\n");
        }
        let label = escape::html(fact.label);
        // The longest values would not fit a tile in the largest type.
        let size = match svg::columns(&fact.value) {
            0..=12 => "",
            13..=18 => " long",
            _ => " longer",
        };
        writeln!(
            out,
            "<div>\n<dt>{label}</dt>\n<dd class=\"value{size}\">{value}</dd>"
        )
        .unwrap_or_default();
        if !remark.is_empty() {
            writeln!(out, "<dd>{remark}</dd>").unwrap_or_default();
        }
    }
    out.push_str("</div>\n</dl>\n");
    out
}

fn render_sources(sources: &[Source]) -> String {
    let source = |source: &Source| {
        // Lines and indents are the only hidden characters that a query keeps.
        let lines = source.sql.trim_end().split('\n');
        let lines: Vec<String> = lines
            .map(|line| escape::html(&line.trim_end_matches('\r').replace('\t', "    ")))
            .collect();
        format!(
            "<details class=\"sql\"><summary>SQL: {}</summary>\n<pre><code>{}</code></pre>\n</details>\n",
            escape::html(source.name),
            lines.join("\n")
        )
    };
    sources.iter().map(source).collect()
}
