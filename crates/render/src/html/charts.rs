//! Charts: a title, a legend and a drawing, once for wide pages and once for phones, because text
//! that shrinks with a drawing cannot be read.

use super::svg::Svg;
use crate::{chart::Chart, escape};

/// A chart. `number` is its place on the page.
pub(super) fn figure(chart: &Chart, number: usize) -> String {
    let draw = |class: &str, width: f64| {
        Svg::new(width, 1.0).finish(class, &format!("c{number}"), &chart.title, &chart.summary)
    };
    format!(
        "<figure class=\"chart\">\n<figcaption>{}</figcaption>\n{}</figure>\n",
        escape::html(&chart.title),
        draw("wide", 800.0)
    )
}
