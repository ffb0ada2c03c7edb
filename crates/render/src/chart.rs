//! What a chart shows; `html` draws it. A chart has a sentence that says the same, and the table
//! behind it follows it in the document.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::{document::Text, numbers};

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Our own words.
    pub title: String,
    /// What the chart shows, in a sentence or two, for readers who do not see it.
    pub summary: String,
    /// What its sizes are, for the axis.
    pub unit: Unit,
    /// What is drawn.
    pub kind: ChartKind,
}

impl Chart {
    /// A chart.
    pub fn new(
        title: impl Into<String>,
        summary: impl Into<String>,
        unit: Unit,
        kind: ChartKind,
    ) -> Self {
        Self {
            title: title.into(),
            summary: summary.into(),
            unit,
            kind,
        }
    }
}

/// What sizes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown in KiB to EiB.
    Bytes,
    /// A count.
    Count,
    /// US dollars.
    Usd,
    /// A share from 0 to 1, shown as percents.
    Ratio,
}

/// A number as it is drawn and as it is written. Only lengths of bars come from `size`.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// Size in the chart's unit; what is not finite counts as 0.
    pub size: f64,
    /// The exact number for people.
    pub text: String,
}

impl Datum {
    /// A number as it is drawn and as it is written.
    pub fn new(size: f64, text: impl Into<String>) -> Self {
        Self {
            size,
            text: text.into(),
        }
    }

    /// A count.
    pub fn count(count: i64) -> Self {
        Self::new(length(count), numbers::count(count))
    }

    /// Bytes.
    pub fn bytes(bytes: i64) -> Self {
        Self::new(length(bytes), numbers::bytes(bytes))
    }

    /// USD to the cent; what is smaller than half a cent shows.
    pub fn usd(usd: Decimal) -> Self {
        Self::new(usd.to_f64().unwrap_or(0.0), numbers::small_usd(usd))
    }

    /// A ratio as percents with `decimals` decimals.
    pub fn ratio(ratio: Decimal, decimals: u32) -> Self {
        let size = ratio.to_f64().unwrap_or(0.0);
        Self::new(size, numbers::percent(Some(ratio), decimals))
    }
}

/// A whole number as a length, which a drawing rounds anyway.
fn length(n: i64) -> f64 {
    Decimal::from(n).to_f64().unwrap_or(0.0)
}

/// A named row of numbers.
#[derive(Debug, Clone)]
pub struct Series {
    /// Our own words or a foreign name.
    pub name: Text,
    /// One for each place on the axis; `None` where there is nothing.
    pub values: Vec<Option<Datum>>,
}

/// A remark at a place of the axis.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Index on the axis.
    pub at: usize,
    /// A few words.
    pub text: Text,
}

/// A bar of a horizontal chart, one part for each series.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it is of.
    pub label: Text,
    /// One for each series, in order.
    pub parts: Vec<Option<Datum>>,
}

/// A step of a waterfall.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is.
    pub label: Text,
    /// A level for a total, else a change.
    pub datum: Datum,
    /// Whether the step is a level to stand on.
    pub is_total: bool,
}

/// A value in its interval.
#[derive(Debug, Clone)]
pub struct Range {
    /// What it is of.
    pub label: Text,
    /// The lower end.
    pub low: Datum,
    /// The value.
    pub value: Datum,
    /// The higher end.
    pub high: Datum,
}

/// A place on a ladder of tiers.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// What it is of.
    pub label: Text,
    /// How far it got.
    pub position: Datum,
    /// The tiers in order; the last may have no end.
    pub tiers: Vec<Tier>,
}

/// A tier of a ladder.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Where it ends; `None` for the last.
    pub end: Option<f64>,
    /// Its price for people.
    pub text: String,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub enum ChartKind {
    /// Columns over time, beside or upon each other.
    Columns {
        /// Places on the axis, such as days.
        labels: Vec<String>,
        /// Up to six.
        series: Vec<Series>,
        /// Upon each other.
        is_stacked: bool,
        /// Remarks at places.
        marks: Vec<Mark>,
    },
    /// Lines over time.
    Lines {
        /// Places on the axis.
        labels: Vec<String>,
        /// Up to six.
        series: Vec<Series>,
        /// The lower and the higher end of a band, by place.
        band: Vec<Option<(Datum, Datum)>>,
        /// Remarks at places.
        marks: Vec<Mark>,
    },
    /// Horizontal bars, by name.
    Bars {
        /// Names of the parts.
        series: Vec<Text>,
        /// One a name.
        bars: Vec<Bar>,
        /// Parts upon each other rather than beside.
        is_stacked: bool,
    },
    /// From one level to another.
    Waterfall {
        /// In order.
        steps: Vec<Step>,
    },
    /// A map of cells, such as hours of days.
    Heat {
        /// Names of the rows.
        rows: Vec<String>,
        /// Names of the columns.
        columns: Vec<String>,
        /// By row and column; `None` where there is nothing.
        cells: Vec<Vec<Option<Datum>>>,
    },
    /// Values in their intervals.
    Ranges {
        /// In order.
        ranges: Vec<Range>,
    },
    /// Places on ladders of tiers.
    Ladders {
        /// In order.
        ladders: Vec<Ladder>,
    },
}

impl Datum {
    /// A count or a number of bytes.
    pub fn int(size: i64, text: impl Into<String>) -> Self {
        Self::decimal(Decimal::from(size), text)
    }

    /// An amount or a ratio.
    pub fn decimal(size: Decimal, text: impl Into<String>) -> Self {
        Self {
            size: size.to_f64().unwrap_or(0.0),
            text: text.into(),
        }
    }
}
