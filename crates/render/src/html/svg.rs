//! Drawing in SVG: shapes with classes, coordinates with at most two decimals.

use std::fmt::Write as _;

use super::scale::float;
use crate::{document::Text, escape, layout};

/// How many classes of series the style sheet has.
const STYLES: usize = 6;
/// Characters of a text that is pointed at.
pub(super) const MOST_TEXT: usize = 300;
/// The width of a column of text, for most fonts rather too much.
pub(super) const COLUMN: f64 = 7.2;

/// The patterns of the style sheet, once a page: series and signs differ in more than colour.
pub(super) const PATTERNS: &str = include_str!("patterns.svg");

/// The class of a series.
pub(super) fn style(prefix: &str, at: usize) -> String {
    format!("{prefix}{}", at % STYLES)
}

/// A coordinate.
pub(super) fn number(x: f64) -> String {
    let x = if x.is_finite() {
        x.clamp(-1e6, 1e6)
    } else {
        0.0
    };
    let text = format!("{x:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// How many columns a text takes, what it hides spelled out.
pub(super) fn columns(text: &str) -> usize {
    layout::display_width(&escape::visible(&escape::shortened(text, MOST_TEXT)))
}

/// How wide a text is, about.
pub(super) fn text_width(text: &str) -> f64 {
    let wide = text
        .chars()
        .take(MOST_TEXT)
        .filter(|c| "%MWm@".contains(*c))
        .count();
    (float(columns(text)) + float(wide) / 2.0) * COLUMN
}

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Lines and areas.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn begin(&mut self, x: f64, y: f64) {
        self.command('M', x, y);
    }

    pub(super) fn go(&mut self, x: f64, y: f64) {
        self.command('L', x, y);
    }

    pub(super) fn close(&mut self) {
        self.0.push('z');
    }

    /// A rectangle from any two corners.
    pub(super) fn rect(&mut self, x1: f64, y1: f64, x2: f64, y2: f64) {
        self.begin(x1.min(x2), y1.min(y2));
        let (width, height) = (number((x2 - x1).abs()), number((y2 - y1).abs()));
        write!(self.0, "h{width}v{height}h-{width}z").unwrap_or_default();
    }

    fn command(&mut self, command: char, x: f64, y: f64) {
        write!(self.0, "{command}{},{}", number(x), number(y)).unwrap_or_default();
    }
}

/// A drawing.
#[derive(Debug)]
pub(super) struct Svg {
    pub(super) width: f64,
    pub(super) height: f64,
    out: String,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            out: String::new(),
        }
    }

    /// Whether it is for phones.
    pub(super) fn is_narrow(&self) -> bool {
        self.width < 500.0
    }

    /// A rectangle from any two corners.
    pub(super) fn rect(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        let mut path = Path::default();
        path.rect(x1, y1, x2, y2);
        self.path(class, &path);
    }

    pub(super) fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        let mut path = Path::default();
        path.begin(x1, y1);
        path.go(x2, y2);
        self.path(class, &path);
    }

    pub(super) fn path(&mut self, class: &str, path: &Path) {
        if !path.is_empty() {
            let Path(path) = path;
            self.put(&format!("<path class=\"{class}\" d=\"{path}\"/>\n"));
        }
    }

    pub(super) fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        let (x, y, radius) = (number(x), number(y), number(radius));
        self.put(&format!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"
        ));
    }

    pub(super) fn text(&mut self, class: &str, anchor: Anchor, x: f64, y: f64, text: &str) {
        self.written(class, anchor, x, y, text, None);
    }

    /// A text that is cut to `columns`; the whole shows when it is pointed at.
    pub(super) fn label(
        &mut self,
        class: &str,
        anchor: Anchor,
        (x, y): (f64, f64),
        text: &str,
        columns: usize,
    ) {
        // Labels are short; one that is not must not be measured to its end time and again.
        let text = escape::visible(&escape::shortened(text, MOST_TEXT));
        let cut = layout::cut(&text, columns);
        let whole = (cut != text).then_some(text.as_str());
        self.written(class, anchor, x, y, &cut, whole);
    }

    fn written(
        &mut self,
        class: &str,
        anchor: Anchor,
        x: f64,
        y: f64,
        text: &str,
        whole: Option<&str>,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => "m",
            Anchor::End => "e",
        };
        let class = match format!("{class} {anchor}").trim() {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let whole = whole.map_or_else(String::new, |whole| {
            format!("<title>{}</title>", escape::html(whole))
        });
        self.put(&format!(
            "<text x=\"{}\" y=\"{}\"{class}>{whole}{}</text>\n",
            number(x),
            number(y),
            escape::html(text)
        ));
    }

    /// What shows when a part of the drawing is pointed at, which nobody does on a phone. Each line
    /// is a paragraph of its own for texts that run backwards.
    pub(super) fn hint(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, lines: &[String]) {
        if self.is_narrow() {
            return;
        }
        let mut path = Path::default();
        path.rect(x1, y1, x2, y2);
        let lines = lines
            .iter()
            .map(|line| escape::html(&escape::shortened(line, MOST_TEXT)));
        let lines: Vec<String> = lines.collect();
        self.put(&format!(
            "<path class=\"t\" d=\"{}\"><title>{}</title></path>\n",
            path.0,
            lines.join("\n")
        ));
    }

    fn put(&mut self, element: &str) {
        self.out.push_str(element);
    }

    /// The drawing as an element with a name and a description.
    pub(super) fn finish(self, class: &str, id: &str, title: &str, summary: &str) -> String {
        format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}t {id}d\">\n\
             <title id=\"{id}t\">{}</title>\n<desc id=\"{id}d\">{}</desc>\n{}</svg>\n",
            number(self.width),
            number(self.height),
            escape::html(title),
            escape::html(summary),
            self.out
        )
    }
}

/// As much of a text as a label of `columns` shows.
pub(super) fn shown(text: &str, columns: usize) -> String {
    layout::cut(
        &escape::visible(&escape::shortened(text, MOST_TEXT)),
        columns,
    )
}

/// A name as a drawing shows it.
pub(super) fn plain(text: &Text) -> String {
    escape::visible(&text.shown())
}
