//! The report as one HTML file: no script, nothing from the network, charts as SVG.
//!
//! Whatever comes from outside is text and nothing else: it never becomes an element, an attribute
//! name, an id, a class or an address. The policy in the head forbids everything but the one style
//! sheet, which it knows by its digest, should an escape fail nevertheless.

mod blocks;
mod charts;
mod index;
mod scale;
mod svg;
mod tables;

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{
    document::{Document, Section, Text},
    escape,
};

pub use index::{INDEX_MARK, IndexRow, index};

/// The style sheet. What is drawn in SVG takes its colours from it, so that dark and print work.
const STYLE: &str = include_str!("html/style.css");

/// The report as HTML.
pub fn render(document: &Document) -> String {
    let ids = ids(&document.sections);
    let mut page = Page::default();
    let sections: Vec<String> = document
        .sections
        .iter()
        .zip(&ids)
        .map(|(section, id)| page.section(section, id))
        .collect();
    let title = escape::html(&document.title);
    let policy = policy();
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\" dir=\"ltr\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n\
         <style>{STYLE}</style>\n\
         </head>\n\
         <body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the report</a>\n\
         {patterns}\
         <header class=\"top\">\n<h1>{title}</h1>\n<p>All times are UTC.</p>\n</header>\n\
         {contents}\
         <main id=\"content\" tabindex=\"-1\">\n{sections}</main>\n\
         </body>\n\
         </html>\n",
        patterns = svg::PATTERNS,
        contents = contents(&document.sections, &ids),
        sections = sections.concat(),
    )
}

/// Forbids everything but the style sheet.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    )
}

/// The ids of the sections, each once. Ids of headings and charts hold letters after digits or before
/// them, which these do not.
fn ids(sections: &[Section]) -> Vec<String> {
    let mut taken = BTreeSet::from(["content".to_owned()]);
    let mut unique = |wanted: &str| {
        let mut id = wanted.to_owned();
        let mut number = 1;
        while !taken.insert(id.clone()) {
            number += 1;
            id = format!("{wanted}-{number}");
        }
        id
    };
    sections.iter().map(|section| unique(section.id)).collect()
}

fn contents(sections: &[Section], ids: &[String]) -> String {
    let link = |(section, id): (&Section, &String)| {
        let title = escape::html(section.title?);
        Some(format!(
            "<li><a href=\"#{}\">{title}</a></li>\n",
            escape::html(id)
        ))
    };
    let links: String = sections.iter().zip(ids).filter_map(link).collect();
    if links.is_empty() {
        return String::new();
    }
    format!("<nav aria-label=\"Contents\">\n<ol>\n{links}</ol>\n</nav>\n")
}

/// What the parts of a page need to know of each other.
#[derive(Default)]
struct Page {
    charts: usize,
}

impl Page {
    fn section(&mut self, section: &Section, id: &str) -> String {
        let id = escape::html(id);
        let blocks: String = section
            .blocks
            .iter()
            .map(|block| self.block(section, block))
            .collect();
        match section.title {
            Some(title) => format!(
                "<section id=\"{id}\" aria-labelledby=\"{id}-h2\">\n\
                 <h2 id=\"{id}-h2\">{}</h2>\n{blocks}</section>\n",
                escape::html(title)
            ),
            None => format!("<section id=\"{id}\">\n{blocks}</section>\n"),
        }
    }
}

/// Text as HTML; what is foreign cannot turn the direction of what is around it.
fn words(text: &Text) -> String {
    let shown = escape::html(&text.shown());
    match text {
        Text::Own(_) => shown,
        Text::Foreign(_) | Text::Remark(_) => format!("<bdi>{shown}</bdi>"),
    }
}

#[cfg(test)]
mod tests;
