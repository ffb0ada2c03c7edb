//! Maps of cells, such as hours of days.

use super::{Drawing, area, nothing};
use crate::{
    chart::{Datum, Unit},
    html::{
        scale::{float, rough, size},
        svg::{Anchor, Path, Svg, columns as width_of, shown, text_width},
    },
};

const STEPS: usize = 5;
const NAME_COLUMNS: usize = 14;

/// The least and the most of all cells.
fn ends(cells: &[Vec<Option<Datum>>]) -> Option<(f64, f64)> {
    let sizes = cells.iter().flatten().flatten().map(size);
    sizes.fold(None, |ends, size| {
        let (low, high) = ends.unwrap_or((0.0_f64, f64::NEG_INFINITY));
        Some((low.min(size), high.max(size)))
    })
}

/// Where each step ends.
fn bounds((low, high): (f64, f64)) -> Vec<f64> {
    let step = (high - low) / float(STEPS);
    (1..=STEPS).map(|n| low + step * float(n)).collect()
}

pub(super) fn legend(unit: Unit, cells: &[Vec<Option<Datum>>]) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    if let Some((low, high)) = ends(cells) {
        if high <= low {
            keys.push((area("h0"), rough(unit, low)));
        } else {
            let mut begin = low;
            for (at, end) in bounds((low, high)).into_iter().enumerate() {
                let name = format!("{} – {}", rough(unit, begin), rough(unit, end));
                keys.push((area(&format!("h{at}")), name));
                begin = end;
            }
        }
    }
    if cells.iter().flatten().any(Option::is_none) {
        keys.push((area("none"), "no data".to_owned()));
    }
    keys
}

pub(super) fn draw(
    rows: &[String],
    columns: &[String],
    cells: &[Vec<Option<Datum>>],
    width: f64,
) -> Drawing {
    if rows.is_empty() || columns.is_empty() {
        return nothing(width);
    }
    let names = rows.iter().map(|name| width_of(name));
    let name_columns = names.max().unwrap_or(0).min(NAME_COLUMNS);
    let left = text_width(&"0".repeat(name_columns)) + 8.0;
    let slot = (width - left) / float(columns.len());
    let height = if rows.len() > 40 { 12.0 } else { 16.0 };
    // Small cells have no room for gaps.
    let gap = if slot > 6.0 { 1.0 } else { 0.0 };
    let top = 18.0;
    let mut svg = Svg::new(width, top + float(rows.len()) * height + 2.0);
    let bounds = ends(cells).map(bounds).unwrap_or_default();
    let mut steps: Vec<Path> = (0..STEPS).map(|_| Path::default()).collect();
    let mut nothing = Path::default();
    for at in 0..rows.len() {
        let y = top + float(at) * height;
        for column in 0..columns.len() {
            let cell = cells.get(at).and_then(|row| row.get(column));
            let x = left + float(column) * slot;
            let path = match cell.and_then(Option::as_ref).map(size) {
                Some(size) => {
                    let step = bounds
                        .iter()
                        .take(STEPS - 1)
                        .filter(|end| size > **end)
                        .count();
                    steps.get_mut(step)
                }
                None => Some(&mut nothing),
            };
            if let Some(path) = path {
                path.rect(x, y, x + slot - gap, y + height - gap);
            }
        }
    }
    svg.path("none", &nothing);
    for (at, path) in steps.iter().enumerate() {
        svg.path(&format!("h{at}"), path);
    }
    draw_names(&mut svg, rows, columns, (left, slot, top, height));
    svg.into()
}

fn draw_names(
    svg: &mut Svg,
    rows: &[String],
    columns: &[String],
    (left, slot, top, height): (f64, f64, f64, f64),
) {
    // Rows are lower than their names where they are many.
    let every = if height < 14.0 { 2 } else { 1 };
    for (at, name) in rows.iter().enumerate().step_by(every) {
        let y = top + (float(at) + 0.5) * height + 3.5;
        svg.label("", Anchor::End, (left - 8.0, y), name, NAME_COLUMNS);
    }
    let needed = columns
        .iter()
        .map(|name| text_width(&shown(name, NAME_COLUMNS)));
    let needed = needed.fold(0.0, f64::max) + 6.0;
    let mut every = 1;
    while float(every) * slot < needed && every < columns.len() {
        every += 1;
    }
    for (at, name) in columns.iter().enumerate().step_by(every) {
        let half = text_width(&shown(name, NAME_COLUMNS)) / 2.0;
        let x = left + (float(at) + 0.5) * slot;
        let x = x.min(svg.width - half);
        svg.label("", Anchor::Middle, (x, top - 6.0), name, NAME_COLUMNS);
    }
}
