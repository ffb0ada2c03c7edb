//! Horizontal bars, and the frame of every chart with one row a name.

use super::{Drawing, hint, nothing};
use crate::{
    chart::{Bar, Unit},
    document::Text,
    html::{
        scale::{Scale, float, size},
        svg::{Anchor, Path, Svg, columns, plain, shown, style, text_width},
    },
};

/// More rows than this are left to the table.
pub(super) const MOST_ROWS: usize = 60;
const NAME_COLUMNS: usize = 26;
const VALUE_COLUMNS: usize = 34;

/// A drawing of rows: names at the left, or above where it is narrow, and numbers at the right.
pub(super) struct Rows {
    pub(super) svg: Svg,
    /// Where bars are.
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) name_columns: usize,
    pub(super) is_narrow: bool,
    drawn: usize,
    left_out: usize,
    row_height: f64,
}

impl Rows {
    /// `inner` is the height of a row's bars.
    pub(super) fn new<'a>(
        width: f64,
        names: impl Iterator<Item = &'a Text>,
        values: impl Iterator<Item = String>,
        inner: f64,
    ) -> Self {
        let is_narrow = width < 500.0;
        let names: Vec<String> = names.map(plain).collect();
        let rows = names.len().min(MOST_ROWS);
        let left_out = names.len() - rows;
        let columns = names.iter().take(rows).map(|name| columns(name));
        let columns = columns.max().unwrap_or(0);
        let name_columns = if is_narrow {
            44
        } else {
            columns.min(NAME_COLUMNS)
        };
        let values = values.map(|value| text_width(&cut_value(&value)));
        let value_width = values.fold(0.0, f64::max) + 12.0;
        let left = if is_narrow {
            0.0
        } else {
            // Capitals and bold letters are wider than figures.
            text_width(&"0".repeat(name_columns.max(3))) * 1.2 + 12.0
        };
        let row_height = inner + if is_narrow { 26.0 } else { 10.0 };
        let rest = if left_out > 0 { 22.0 } else { 0.0 };
        Self {
            svg: Svg::new(width, float(rows) * row_height + rest + 4.0),
            left,
            right: (width - value_width).max(left + 60.0),
            name_columns,
            is_narrow,
            drawn: rows,
            left_out,
            row_height,
        }
    }

    /// How many rows are drawn.
    pub(super) fn len(&self) -> usize {
        self.drawn
    }

    /// The top of a row's bars.
    pub(super) fn top(&self, at: usize) -> f64 {
        let name = if self.is_narrow { 19.0 } else { 4.0 };
        float(at) * self.row_height + name
    }

    /// A row's name; `middle` is how far the middle of its bars is below their top.
    pub(super) fn name(&mut self, class: &str, at: usize, name: &Text, middle: f64) {
        let name = plain(name);
        let columns = self.name_columns;
        if self.is_narrow {
            let place = (0.0, self.top(at) - 5.0);
            self.svg.label(class, Anchor::Start, place, &name, columns);
        } else {
            let place = (self.left - 12.0, self.top(at) + middle + 4.0);
            self.svg.label(class, Anchor::End, place, &name, columns);
        }
    }

    /// A number at the right end of the row of the name, for what would need the width of a phone.
    pub(super) fn value_beside_name(&mut self, at: usize, value: &str) {
        let place = (self.svg.width, self.top(at) - 5.0);
        self.svg
            .label("k", Anchor::End, place, value, VALUE_COLUMNS);
    }

    /// A line of nothing through all rows; under what is drawn later.
    pub(super) fn zero(&mut self, x: f64, height: f64) {
        let bottom = self.top(self.drawn.saturating_sub(1)) + height + 3.0;
        let top = self.top(0) - 3.0;
        self.svg.line("a", x, top, x, bottom);
    }

    /// A number after a bar that ends at `x`.
    pub(super) fn value(&mut self, class: &str, x: f64, y: f64, value: &str) {
        let place = (x + 6.0, y + 4.0);
        self.svg
            .label(class, Anchor::Start, place, value, VALUE_COLUMNS);
    }

    /// Says how much was not drawn.
    pub(super) fn finish(mut self) -> Svg {
        if self.left_out > 0 {
            let y = self.svg.height - 8.0;
            let text = format!("and {} more in the table", self.left_out);
            self.svg.text("", Anchor::Start, self.left, y, &text);
        }
        self.svg
    }
}

/// As much of a number as fits a drawing.
pub(super) fn cut_value(value: &str) -> String {
    shown(value, VALUE_COLUMNS)
}

/// The numbers of a bar of parts, in order; never a sum that nobody computed exactly.
fn values(bar: &Bar) -> String {
    let parts: Vec<&str> = bar
        .parts
        .iter()
        .flatten()
        .map(|part| part.text.as_str())
        .collect();
    parts.join(" · ")
}

pub(super) fn draw(
    unit: Unit,
    series: &[Text],
    bars: &[Bar],
    is_stacked: bool,
    width: f64,
) -> Drawing {
    if bars.is_empty() {
        return nothing(width);
    }
    let parts = bars.iter().map(|bar| bar.parts.len()).max().unwrap_or(1);
    let beside = if is_stacked { 1 } else { parts.max(1) };
    let each: f64 = if beside > 1 { 13.0 } else { 16.0 };
    let texts = bars.iter().take(MOST_ROWS).flat_map(|bar| {
        let each = bar.parts.iter().flatten().map(|part| part.text.clone());
        if is_stacked {
            vec![values(bar)]
        } else {
            each.collect()
        }
    });
    let names = bars.iter().map(|bar| &bar.label);
    let mut rows = Rows::new(width, names, texts, each * float(beside));
    let ends = bars.iter().take(MOST_ROWS).flat_map(|bar| {
        let sizes: Vec<f64> = bar.parts.iter().flatten().map(size).collect();
        if is_stacked {
            let (up, down): (Vec<f64>, Vec<f64>) = sizes.iter().partition(|size| **size >= 0.0);
            vec![up.iter().sum(), down.iter().sum()]
        } else {
            sizes
        }
    });
    // No axis is drawn, so the longest bar takes all the room.
    let scale = Scale::exact(unit, ends).over(rows.left, rows.right);
    let zero = scale.zero();
    rows.zero(zero, each * float(beside));
    for (at, bar) in bars.iter().enumerate().take(rows.len()) {
        let top = rows.top(at);
        rows.name("k", at, &bar.label, each * float(beside) / 2.0);
        let (mut up, mut down) = (0.0, 0.0);
        let mut furthest = zero;
        for (row, datum) in bar.parts.iter().enumerate() {
            let Some(datum) = datum else { continue };
            let value = size(datum);
            let y = if is_stacked {
                top
            } else {
                top + float(row) * each
            };
            let end = if value < 0.0 { &mut down } else { &mut up };
            let begin = if is_stacked { *end } else { 0.0 };
            *end = begin + value;
            let (x1, x2) = (scale.at(begin), scale.at(begin + value));
            furthest = furthest.max(x2);
            let mut path = Path::default();
            if value.abs() > 0.0 {
                // What is not nothing is seen.
                let x2 = if (x2 - x1).abs() < 1.0 {
                    x1 + 1.0_f64.copysign(value)
                } else {
                    x2
                };
                path.rect(x1, y, x2, y + each - 1.0);
            }
            let prefix = if value < 0.0 { "v" } else { "s" };
            rows.svg.path(&style(prefix, row), &path);
            if !is_stacked {
                let number = datum.text.as_str();
                rows.value("k", x2.max(zero), y + each / 2.0 - 0.5, number);
            }
            if let Some(name) = series.get(row).filter(|_| series.len() > 1) {
                rows.svg.hint(x1, y, x2, y + each, &hint(name, &datum.text));
            }
        }
        if is_stacked {
            rows.value("k", furthest, top + each / 2.0 - 0.5, &values(bar));
        }
    }
    rows.finish().into()
}
