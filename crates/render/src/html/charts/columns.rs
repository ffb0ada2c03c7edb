//! Columns over time.

use super::{Drawing, nothing, plot::Plot};
use crate::{
    chart::{Mark, Series, Unit},
    html::{
        scale::{Scale, float, size},
        svg::{Path, style},
    },
};

pub(super) fn draw(
    unit: Unit,
    labels: &[String],
    series: &[Series],
    is_stacked: bool,
    marks: &[Mark],
    width: f64,
) -> Drawing {
    if labels.is_empty() {
        return nothing(width);
    }
    let value = |series: &Series, at: usize| Some(size(series.values.get(at)?.as_ref()?));
    // Where each column begins and ends; those upon each other go up and down from nothing.
    let spans: Vec<Vec<Option<(f64, f64)>>> = if is_stacked {
        let mut ends = vec![(0.0, 0.0); labels.len()];
        let mut stack = |series: &Series| {
            let places = ends.iter_mut().enumerate();
            let span = |(at, (up, down)): (usize, &mut (f64, f64))| {
                let value = value(series, at)?;
                let end = if value < 0.0 { down } else { up };
                let begin = *end;
                *end += value;
                Some((begin, *end))
            };
            places.map(span).collect()
        };
        series.iter().map(&mut stack).collect()
    } else {
        let span = |series: &Series, at| value(series, at).map(|value| (0.0, value));
        let spans = |series: &Series| (0..labels.len()).map(|at| span(series, at)).collect();
        series.iter().map(spans).collect()
    };
    let all = spans.iter().flatten().flatten();
    let scale = Scale::new(unit, all.flat_map(|(begin, end)| [*begin, *end]), 4);
    let mut plot = Plot::new(width, scale, labels, marks);
    let beside = if is_stacked { 1 } else { series.len().max(1) };
    // Columns of one place stand close, and there is air between places.
    let whole = (plot.slot() * 0.78).min(56.0 * float(beside));
    let each = whole / float(beside);
    let inner = if each > 4.0 { each - 1.0 } else { each };
    for (row, spans) in spans.iter().enumerate() {
        let mut up = Path::default();
        let mut down = Path::default();
        for (at, (begin, end)) in spans
            .iter()
            .enumerate()
            .filter_map(|(at, span)| Some((at, (*span)?)))
        {
            let offset = if is_stacked { 0.0 } else { float(row) * each };
            let x = plot.middle(at) - whole / 2.0 + offset;
            let (y1, y2) = (plot.scale.at(begin), plot.scale.at(end));
            let path = if end < begin { &mut down } else { &mut up };
            if (end - begin).abs() > 0.0 {
                path.rect(x, y1, x + inner, y2);
            }
        }
        plot.svg.path(&style("s", row), &up);
        // Less than nothing shows by its hatch too.
        plot.svg.path(&style("v", row), &down);
    }
    plot.finish(labels, series, marks).into()
}
