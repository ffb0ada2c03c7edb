//! From one level to another, a row a step: names have room, on phones too.

use super::{
    Drawing, nothing,
    rows::{MOST_ROWS, Rows},
};
use crate::{
    chart::{Step, Unit},
    html::{
        scale::{Scale, size},
        svg::Path,
    },
};

const HEIGHT: f64 = 20.0;

/// The number of a step, with the sign of a change.
fn value(step: &Step) -> String {
    let text = &step.datum.text;
    let has_sign = text.starts_with(['+', '-', '−', '–']);
    let size = size(&step.datum);
    match (step.is_total || size == 0.0, size < 0.0, has_sign) {
        (true, ..) => text.clone(),
        (false, true, true) => format!("▼ {text}"),
        (false, true, false) => format!("▼ −{text}"),
        (false, false, true) => format!("▲ {text}"),
        (false, false, false) => format!("▲ +{text}"),
    }
}

pub(super) fn draw(unit: Unit, steps: &[Step], width: f64) -> Drawing {
    if steps.is_empty() {
        return nothing(width);
    }
    let mut level = 0.0;
    let spans: Vec<(f64, f64)> = steps
        .iter()
        .map(|step| {
            let begin = if step.is_total { 0.0 } else { level };
            level = begin + size(&step.datum);
            (begin, level)
        })
        .collect();
    let names = steps.iter().map(|step| &step.label);
    let values = steps.iter().take(MOST_ROWS).map(value);
    let mut rows = Rows::new(width, names, values, HEIGHT);
    // Changes that are small beside the levels could not be seen on an axis from nothing.
    let levels = spans.iter().map(|(_, end)| *end);
    let scale = Scale::close(unit, levels, 4).over(rows.left, rows.right);
    if scale.begins().is_none() {
        rows.zero(scale.zero(), HEIGHT);
    }
    draw_connectors(&mut rows, &scale, &spans);
    for (at, (step, (begin, end))) in steps.iter().zip(&spans).enumerate().take(rows.len()) {
        let top = rows.top(at);
        let class = if step.is_total { "b" } else { "k" };
        rows.name(class, at, &step.label, HEIGHT / 2.0);
        let (x1, x2) = (scale.at(*begin), scale.at(*end));
        let style = match (step.is_total, end < begin) {
            (true, _) => "w",
            (false, true) => "down",
            (false, false) => "up",
        };
        if (end - begin).abs() > 0.0 {
            let x2 = if (x2 - x1).abs() < 1.0 {
                x1 + 1.0_f64.copysign(end - begin)
            } else {
                x2
            };
            let mut path = Path::default();
            path.rect(x1, top, x2, top + HEIGHT);
            rows.svg.path(style, &path);
            if style == "down" {
                rows.svg.rect("o", x1, top, x2, top + HEIGHT);
            }
        }
        rows.value(class, x1.max(x2), top + HEIGHT / 2.0, &value(step));
    }
    Drawing {
        note: scale
            .begins()
            .map(|begin| format!("The bars of totals begin at {begin}, not at nothing.")),
        svg: rows.finish(),
    }
}

/// From the end of each step to the next one, under names.
fn draw_connectors(rows: &mut Rows, scale: &Scale, spans: &[(f64, f64)]) {
    for (at, (_, end)) in spans.iter().enumerate().take(rows.len().saturating_sub(1)) {
        let x = scale.at(*end);
        let (top, bottom) = (rows.top(at) + HEIGHT, rows.top(at + 1));
        rows.svg.line("a", x, top, x, bottom);
    }
}
