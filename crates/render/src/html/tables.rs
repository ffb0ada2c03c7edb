//! Tables.

use super::{svg, words};
use crate::{
    document::{Column, Detail, Table, Text},
    escape,
};

/// Folded tables of at most so many rows are printed; longer ones stay in the file.
const PRINTED_ROWS: usize = 40;
/// Numbered columns that the style sheet aligns by one class of the table; the cells of others
/// carry a class themselves.
const ALIGNED_COLUMNS: usize = 16;
/// Columns of words that do not wrap: names of regions break at their hyphens otherwise.
const SHORT: usize = 16;
/// Characters of a row that fit a phone.
const NARROW: usize = 36;

/// A table; `section` names it where it has no caption.
pub(super) fn render(table: &Table, section: &str) -> String {
    let name = if table.caption.is_empty() {
        section
    } else {
        table.caption
    };
    let name = escape::html(name);
    let is_folded = table.detail != Detail::Main;
    // The summary of a folded table or the heading of the section shows the name already.
    let caption = if is_folded || table.caption.is_empty() {
        format!("<caption class=\"unseen\">{name}</caption>")
    } else {
        format!("<caption><span>{name}</span></caption>")
    };
    let body = element(table, &caption);
    // A keyboard can scroll only what it can reach.
    let region = if width(table) > NARROW {
        format!(
            "<div class=\"table\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n{body}</div>\n"
        )
    } else {
        format!("<div class=\"table\">\n{body}</div>\n")
    };
    if !is_folded {
        return region;
    }
    let is_printed = table.detail == Detail::Folded && table.rows.len() <= PRINTED_ROWS;
    let class = if is_printed { "fold printed" } else { "fold" };
    let rows = match table.rows.len() {
        1 => "1 row".to_owned(),
        n => format!("{n} rows"),
    };
    format!(
        "<details class=\"{class}\"><summary>{name} <small>({rows})</small></summary>\n{region}</details>\n"
    )
}

/// How many characters the widest row needs, about.
fn width(table: &Table) -> usize {
    let columns = table.columns.iter().enumerate().map(|(at, column)| {
        let is_whole = column.is_number || is_short(table, at);
        let cells = table.rows.iter().filter_map(|row| row.get(at));
        let cells = cells.map(|cell| {
            let shown = escape::visible(&cell.shown());
            longest_word(&shown, is_whole)
        });
        let title = longest_word(column.title, false);
        cells.max().unwrap_or(0).max(title) + 2
    });
    columns.sum()
}

/// Words wrap, numbers and short columns do not.
fn longest_word(text: &str, is_whole: bool) -> usize {
    if is_whole {
        return text.chars().count();
    }
    let words = text.split(' ').map(|word| word.chars().count());
    words.max().unwrap_or(0).min(24)
}

/// Whether all words of a column are short enough to stay in one line.
fn is_short(table: &Table, at: usize) -> bool {
    let mut cells = table.rows.iter().filter_map(|row| row.get(at));
    cells.all(|cell| svg::columns(&cell.shown()) <= SHORT)
}

fn element(table: &Table, caption: &str) -> String {
    let classes: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .take(ALIGNED_COLUMNS)
        .filter_map(|(at, column)| {
            let number = at + 1;
            let is_short = || is_short(table, at);
            (column.is_number.then(|| format!("n{number}")))
                .or_else(|| is_short().then(|| format!("k{number}")))
        })
        .collect();
    let class = match classes.join(" ") {
        classes if classes.is_empty() => String::new(),
        classes => format!(" class=\"{classes}\""),
    };
    let titles: String = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| match column.title {
            // A heading of nothing would be announced for nothing.
            "" => "<td></td>".to_owned(),
            title => format!(
                "<th scope=\"col\"{}>{}</th>",
                class_of(at, *column),
                escape::html(title)
            ),
        })
        .collect();
    let is_named = table.columns.first().is_some_and(|first| !first.is_number);
    let rows = |rows: &[Vec<Text>]| -> String {
        let row = |row: &Vec<Text>| format!("<tr>{}</tr>\n", cells(table, row, is_named));
        rows.iter().map(row).collect()
    };
    let totals = table.totals.min(table.rows.len());
    let (body, foot) = table.rows.split_at(table.rows.len() - totals);
    let foot = match rows(foot) {
        foot if foot.is_empty() => foot,
        foot => format!("<tfoot>\n{foot}</tfoot>\n"),
    };
    format!(
        "<table{class}>{caption}\n<thead>\n<tr>{titles}</tr>\n</thead>\n<tbody>\n{}</tbody>\n{foot}</table>\n",
        rows(body)
    )
}

fn cells(table: &Table, row: &[Text], is_named: bool) -> String {
    let cell = |(at, text): (usize, &Text)| {
        let column = table.columns.get(at).copied();
        let class = column.map_or_else(String::new, |column| class_of(at, column));
        let text = words(text);
        if at == 0 && is_named && !text.is_empty() {
            format!("<th scope=\"row\">{text}</th>")
        } else {
            format!("<td{class}>{text}</td>")
        }
    };
    row.iter().enumerate().map(cell).collect()
}

fn class_of(at: usize, column: Column) -> String {
    let is_own = column.is_number && at >= ALIGNED_COLUMNS;
    String::from(if is_own { " class=\"n\"" } else { "" })
}
