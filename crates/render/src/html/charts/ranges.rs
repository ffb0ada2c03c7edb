//! Values in their intervals.

use super::{
    Drawing, nothing,
    rows::{MOST_ROWS, Rows},
};
use crate::{
    chart::{Range, Unit},
    html::{
        scale::{Scale, float, size},
        svg::{Anchor, COLUMN, text_width},
    },
};

const HEIGHT: f64 = 18.0;

fn value(range: &Range) -> String {
    let Range {
        low, value, high, ..
    } = range;
    format!("{} ({} to {})", value.text, low.text, high.text)
}

pub(super) fn draw(unit: Unit, ranges: &[Range], width: f64) -> Drawing {
    if ranges.is_empty() {
        return nothing(width);
    }
    let names = ranges.iter().map(|range| &range.label);
    let values: Vec<String> = ranges.iter().take(MOST_ROWS).map(value).collect();
    let mut rows = Rows::new(width, names, values.iter().cloned(), HEIGHT);
    if rows.is_narrow {
        // Numbers stand beside the names.
        rows.right = width;
        let longest = values
            .iter()
            .map(|value| text_width(value))
            .fold(0.0, f64::max);
        let columns = (12..rows.name_columns).rev();
        let fits = |columns: &usize| float(*columns) * COLUMN + longest + 10.0 < width;
        rows.name_columns = columns.into_iter().find(fits).unwrap_or(12);
    }
    let sizes = ranges.iter().take(MOST_ROWS);
    let sizes = sizes.flat_map(|range| [&range.low, &range.value, &range.high].map(size));
    let scale = Scale::new(unit, sizes, 4).over(rows.left + 6.0, rows.right - 6.0);
    let bottom = rows.top(rows.len().saturating_sub(1)) + HEIGHT + 4.0;
    let top = rows.top(0) - 4.0;
    let mut free = f64::NEG_INFINITY;
    for (x, name) in scale.ticks() {
        rows.svg.line("g", x, top, x, bottom);
        // Names of an axis that is narrow may leave each other no room.
        let half = text_width(&name) / 2.0;
        if x - half > free {
            rows.svg
                .text("", Anchor::Middle, x.max(half), bottom + 15.0, &name);
            free = x + half + 4.0;
        }
    }
    rows.zero(scale.zero(), HEIGHT);
    for (at, range) in ranges.iter().enumerate().take(rows.len()) {
        let y = rows.top(at) + HEIGHT / 2.0;
        rows.name("k", at, &range.label, HEIGHT / 2.0);
        let [low, dot, high] =
            [&range.low, &range.value, &range.high].map(|end| scale.at(size(end)));
        rows.svg.line("r", low, y, high, y);
        for end in [low, high] {
            rows.svg.line("r", end, y - 5.0, end, y + 5.0);
        }
        // A hollow dot is less than nothing.
        let class = if size(&range.value) < 0.0 {
            "hollow"
        } else {
            "d"
        };
        rows.svg.circle(class, dot, y, 5.0);
        if rows.is_narrow {
            rows.value_beside_name(at, &value(range));
        } else {
            let end = rows.right;
            rows.value("k", end, y, &value(range));
        }
    }
    rows.svg.height += 22.0;
    rows.finish().into()
}
