//! The axes that columns and lines share.

use crate::{
    chart::{Mark, Series},
    html::{
        scale::{Scale, float},
        svg::{Anchor, Svg, columns, plain, shown, text_width},
    },
};

const PLOT_HEIGHT: f64 = 230.0;
const LABEL_COLUMNS: usize = 12;
/// More places have no hints: they would be thinner than a pixel, and a page is kept small.
const MOST_HINTS: usize = 400;

/// A drawing with a vertical axis at its left and places along its bottom.
pub(super) struct Plot {
    pub(super) svg: Svg,
    /// The vertical axis.
    pub(super) scale: Scale,
    left: f64,
    /// Between two places.
    slot: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    pub(super) fn new(width: f64, scale: Scale, labels: &[String], marks: &[Mark]) -> Self {
        let names = scale.ticks().into_iter().map(|(_, name)| text_width(&name));
        let left = names.fold(0.0, f64::max).ceil() + 10.0;
        let top = if marks.is_empty() { 8.0 } else { 24.0 };
        let bottom = top + PLOT_HEIGHT;
        let mut plot = Self {
            svg: Svg::new(width, bottom + 24.0),
            scale: scale.over(bottom, top),
            left,
            slot: (width - left) / float(labels.len().max(1)),
            top,
            bottom,
        };
        plot.draw_axis();
        plot.draw_labels(labels);
        plot
    }

    /// The middle of a place.
    pub(super) fn middle(&self, at: usize) -> f64 {
        self.left + (float(at) + 0.5) * self.slot
    }

    /// The width of a place.
    pub(super) fn slot(&self) -> f64 {
        self.slot
    }

    fn draw_axis(&mut self) {
        for (y, name) in self.scale.ticks() {
            self.svg.line("g", self.left, y, self.svg.width, y);
            self.svg
                .text("", Anchor::End, self.left - 8.0, y + 4.0, &name);
        }
    }

    /// As many labels as there is room for, at even distances.
    fn draw_labels(&mut self, labels: &[String]) {
        let columns = labels.iter().map(|label| columns(label)).max();
        let columns = columns.unwrap_or(0).min(LABEL_COLUMNS);
        let needed = text_width(&"0".repeat(columns)) + 8.0;
        let mut every = 1;
        while float(every) * self.slot < needed && every < labels.len() {
            every += 1;
        }
        let mut free = 0.0;
        for (at, label) in labels.iter().enumerate().step_by(every) {
            let half = text_width(&shown(label, columns)) / 2.0;
            let x = self.middle(at).min(self.svg.width - half).max(half);
            // The last may have been moved towards the one before.
            if x - half < free {
                continue;
            }
            free = x + half;
            let place = (x, self.bottom + 18.0);
            self.svg.label("", Anchor::Middle, place, label, columns);
        }
    }

    /// What lies over everything else: the line of nothing, numbered remarks and hints.
    pub(super) fn finish(mut self, labels: &[String], series: &[Series], marks: &[Mark]) -> Svg {
        let zero = self.scale.zero();
        self.svg.line("a", self.left, zero, self.svg.width, zero);
        if labels.len() <= MOST_HINTS {
            self.draw_hints(labels, series);
        }
        for (number, mark) in (1..).zip(marks).filter(|(_, mark)| mark.at < labels.len()) {
            let x = self.middle(mark.at);
            self.svg.line("q", x, self.top - 8.0, x, self.bottom);
            self.svg.circle("w", x, self.top - 14.0, 8.0);
            let text: String = format!("{number}");
            self.svg
                .text("i", Anchor::Middle, x, self.top - 10.5, &text);
        }
        self.svg
    }

    fn draw_hints(&mut self, labels: &[String], series: &[Series]) {
        for (at, label) in labels.iter().enumerate() {
            let value = |series: &Series| {
                let datum = series.values.get(at)?.as_ref()?;
                Some([plain(&series.name), datum.text.clone()])
            };
            let values = series.iter().filter_map(value).flatten();
            let lines: Vec<String> = std::iter::once(label.clone()).chain(values).collect();
            let x = self.left + float(at) * self.slot;
            self.svg
                .hint(x, self.top, x + self.slot, self.bottom, &lines);
        }
    }
}
