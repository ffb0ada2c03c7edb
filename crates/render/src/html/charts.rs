//! Charts: a title, a legend and a drawing, once for wide pages and once for phones, because text
//! that shrinks with a drawing cannot be read.
//!
//! No chart tells anything by colour alone: series have patterns and dashes, and signs are written.

mod columns;
mod heat;
mod ladders;
mod lines;
mod plot;
mod ranges;
mod rows;
mod waterfall;

use super::{
    svg::{self, Svg},
    words,
};
use crate::{
    chart::{Chart, ChartKind, Mark},
    document::Text,
    escape,
};

/// How wide a drawing is on wide pages and on paper.
const WIDE: f64 = 800.0;
/// How wide it is on phones.
const NARROW: f64 = 328.0;

/// A drawing with what belongs around it.
struct Drawing {
    svg: Svg,
    /// A sentence below it, such as where its axis begins.
    note: Option<String>,
}

impl From<Svg> for Drawing {
    fn from(svg: Svg) -> Self {
        Self { svg, note: None }
    }
}

/// A chart. `number` is its place on the page.
pub(super) fn figure(chart: &Chart, number: usize) -> String {
    let wide = draw(chart, WIDE);
    let narrow = draw(chart, NARROW);
    let note = wide.note.map_or_else(String::new, |note| {
        format!("<p class=\"note\">{}</p>\n", escape::html(&note))
    });
    let finish = |svg: Svg, class: &str, letter: char| {
        let id = format!("c{number}{letter}");
        svg.finish(class, &id, &chart.title, &chart.summary)
    };
    format!(
        "<figure class=\"chart\">\n<figcaption>{}</figcaption>\n{}{}{}{}{note}</figure>\n",
        escape::html(&chart.title),
        legend(chart),
        finish(wide.svg, "wide", 'w'),
        finish(narrow.svg, "narrow", 'n'),
        remarks(chart),
    )
}

fn draw(chart: &Chart, width: f64) -> Drawing {
    let unit = chart.unit;
    match &chart.kind {
        ChartKind::Columns {
            labels,
            series,
            is_stacked,
            marks,
        } => columns::draw(unit, labels, series, *is_stacked, marks, width),
        ChartKind::Lines {
            labels,
            series,
            band,
            marks,
        } => lines::draw(unit, labels, series, band, marks, width),
        ChartKind::Bars {
            series,
            bars,
            is_stacked,
        } => rows::draw(unit, series, bars, *is_stacked, width),
        ChartKind::Waterfall { steps } => waterfall::draw(unit, steps, width),
        ChartKind::Heat {
            rows,
            columns,
            cells,
        } => heat::draw(rows, columns, cells, width),
        ChartKind::Ranges { ranges } => ranges::draw(unit, ranges, width),
        ChartKind::Ladders { ladders } => ladders::draw(unit, ladders, width),
    }
}

/// What the patterns and dashes mean. A single series has the chart's title as its name.
fn legend(chart: &Chart) -> String {
    let keys: Vec<(String, String)> = match &chart.kind {
        ChartKind::Columns { series, .. } if series.len() > 1 => {
            let names = series.iter().map(|series| &series.name);
            names
                .enumerate()
                .map(|(at, name)| (area(&svg::style("s", at)), words(name)))
                .collect()
        }
        ChartKind::Lines { series, band, .. } if series.len() > 1 || !band.is_empty() => {
            let names = series.iter().map(|series| &series.name).enumerate();
            let lines = names.map(|(at, name)| {
                let key = format!("<path class=\"{}\" d=\"M0,6H20\"/>", svg::style("x", at));
                (key, words(name))
            });
            let band = band.iter().any(Option::is_some);
            let band = band.then(|| (area("band"), "range".to_owned()));
            lines.chain(band).collect()
        }
        ChartKind::Bars { series, .. } if series.len() > 1 => {
            let names = series.iter().enumerate();
            names
                .map(|(at, name)| (area(&svg::style("s", at)), words(name)))
                .collect()
        }
        ChartKind::Heat { cells, .. } => heat::legend(chart.unit, cells),
        _ => Vec::new(),
    };
    if keys.is_empty() {
        return String::new();
    }
    let item = |(key, name): &(String, String)| {
        format!("<li><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\">{key}</svg>{name}</li>\n")
    };
    let keys: String = keys.iter().map(item).collect();
    format!("<ul class=\"legend\">\n{keys}</ul>\n")
}

/// A patch of a legend.
fn area(class: &str) -> String {
    format!("<path class=\"{class}\" d=\"M0,0h20v12h-20z\"/>")
}

/// The remarks at places of an axis, by their numbers in the drawing.
fn remarks(chart: &Chart) -> String {
    let (ChartKind::Columns { labels, marks, .. } | ChartKind::Lines { labels, marks, .. }) =
        &chart.kind
    else {
        return String::new();
    };
    let remark = |(number, mark): (usize, &Mark)| {
        let label = labels.get(mark.at)?;
        Some(format!(
            "<li><b>{number}</b> {}: {}</li>\n",
            escape::html(&escape::shortened(label, svg::MOST_TEXT)),
            words(&mark.text)
        ))
    };
    let remarks: String = (1..).zip(marks).filter_map(remark).collect();
    if remarks.is_empty() {
        return String::new();
    }
    format!("<ul class=\"marks\">\n{remarks}</ul>\n")
}

/// A drawing of nothing.
fn nothing(width: f64) -> Drawing {
    let mut svg = Svg::new(width, 40.0);
    svg.rect("o", 0.5, 0.5, width - 0.5, 39.5);
    svg.text("", svg::Anchor::Middle, width / 2.0, 24.0, "No data");
    svg.into()
}

/// A name and a number for whoever points at a part of a drawing.
fn hint(name: &Text, text: &str) -> Vec<String> {
    vec![svg::plain(name), text.to_owned()]
}
