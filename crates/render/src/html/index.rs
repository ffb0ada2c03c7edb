//! A page that lists reports, for the folder that holds them.

use super::{STYLE, policy};
use crate::escape;

/// A report in a list.
#[derive(Debug, Clone)]
pub struct IndexRow {
    /// Its folder beside the page: letters, digits, `-`, `_` and `.`.
    pub folder: String,
    /// Numbers about it.
    pub cells: Vec<String>,
}

/// What tells a page of ours.
pub const INDEX_MARK: &str = "<meta name=\"generator\" content=\"edgeledger index\">";

/// A page that links to the formats of each report.
pub fn index(title: &str, columns: &[&str], rows: &[IndexRow]) -> String {
    let title = escape::html(title);
    let head = |column: &&str| {
        let column = escape::html(column);
        format!("<th scope=\"col\" class=\"n\">{column}</th>")
    };
    let heads: String = columns.iter().map(head).collect();
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\" dir=\"ltr\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         {INDEX_MARK}\n\
         <title>{title}</title>\n\
         <style>{STYLE}</style>\n\
         </head>\n\
         <body>\n\
         <header class=\"top\">\n<h1>{title}</h1>\n</header>\n\
         <main>\n<section>\n<div class=\"table\" role=\"region\" aria-label=\"Reports\" tabindex=\"0\">\n\
         <table>\n<thead><tr><th scope=\"col\">Report</th>{heads}<th scope=\"col\">As</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</div>\n</section>\n</main>\n\
         </body>\n\
         </html>\n",
        policy = policy(),
    )
}

fn row(row: &IndexRow) -> String {
    // Nothing but a plain name becomes an address.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !row.folder.chars().all(is_plain) || row.folder.starts_with('.') {
        return String::new();
    }
    let folder = escape::html(&row.folder);
    let cell = |cell: &String| format!("<td class=\"n\">{}</td>", escape::html(cell));
    let cells: String = row.cells.iter().map(cell).collect();
    let formats: Vec<String> = [
        ("xlsx", "workbook"),
        ("md", "Markdown"),
        ("json", "JSON"),
        ("txt", "text"),
    ]
    .iter()
    .map(|(end, name)| format!("<a href=\"{folder}/report.{end}\">{name}</a>"))
    .collect();
    format!(
        "<tr><th scope=\"row\"><a href=\"{folder}/report.html\">{folder}</a></th>{cells}<td>{}</td></tr>\n",
        formats.join(", ")
    )
}
