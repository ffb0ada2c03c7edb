//! Lines over time.

use super::{Drawing, nothing, plot::Plot};
use crate::{
    chart::{Datum, Mark, Series, Unit},
    html::{
        scale::{Scale, size},
        svg::{Path, style},
    },
};

pub(super) fn draw(
    unit: Unit,
    labels: &[String],
    series: &[Series],
    band: &[Option<(Datum, Datum)>],
    marks: &[Mark],
    width: f64,
) -> Drawing {
    if labels.is_empty() {
        return nothing(width);
    }
    let values = series
        .iter()
        .flat_map(|series| series.values.iter().flatten());
    let ends = band.iter().flatten().flat_map(|(low, high)| [low, high]);
    let scale = Scale::close(unit, values.chain(ends).map(size), 4);
    let mut plot = Plot::new(width, scale, labels, marks);
    draw_band(&mut plot, band);
    for (row, series) in series.iter().enumerate() {
        let values = series.values.iter().take(labels.len());
        let mut path = Path::default();
        let mut was_there = false;
        let mut alone = Vec::new();
        for (at, datum) in values.clone().enumerate() {
            let Some(datum) = datum else {
                was_there = false;
                continue;
            };
            let (x, y) = (plot.middle(at), plot.scale.at(size(datum)));
            if was_there {
                path.go(x, y);
            } else {
                path.begin(x, y);
                // A line of one place shows nothing.
                let next = series.values.get(at + 1).filter(|_| at + 1 < labels.len());
                if next.is_none_or(Option::is_none) {
                    alone.push((x, y));
                }
            }
            was_there = true;
        }
        plot.svg.path(&style("x", row), &path);
        for (x, y) in alone {
            plot.svg.circle(&style("c", row), x, y, 3.0);
        }
    }
    let note = plot.scale.begins();
    Drawing {
        svg: plot.finish(labels, series, marks),
        note: note.map(|begin| format!("The axis begins at {begin}.")),
    }
}

/// One area for each stretch of places that has a lower and a higher end.
fn draw_band(plot: &mut Plot, band: &[Option<(Datum, Datum)>]) {
    let mut at = 0;
    let mut path = Path::default();
    for stretch in band.split(Option::is_none) {
        let places: Vec<(f64, f64, f64)> = stretch
            .iter()
            .flatten()
            .zip(at..)
            .map(|((low, high), at)| {
                let low = plot.scale.at(size(low));
                (plot.middle(at), low, plot.scale.at(size(high)))
            })
            .collect();
        at += stretch.len() + 1;
        if let [(x, low, high)] = places.as_slice() {
            path.rect(x - plot.slot() / 3.0, *low, x + plot.slot() / 3.0, *high);
            continue;
        }
        let higher = places.iter().map(|(x, _, high)| (*x, *high));
        let lower = places.iter().rev().map(|(x, low, _)| (*x, *low));
        for (n, (x, y)) in higher.chain(lower).enumerate() {
            if n == 0 {
                path.begin(x, y);
            } else {
                path.go(x, y);
            }
        }
        if !places.is_empty() {
            path.close();
        }
    }
    plot.svg.path("band", &path);
}
