//! A document of every kind of block and chart.

mod money;
mod traffic;

use edgeledger_render::{
    chart::{Chart, ChartKind, Datum, Unit},
    document::{Block, Document, Fact, Section, Source, Text, foreign, own},
};

const GIB: f64 = 1_073_741_824.0;

/// What each string of the document becomes.
pub(crate) type Change<'a> = &'a dyn Fn(&str) -> String;

/// The document as it is meant.
pub(crate) fn kitchen_sink() -> Document {
    document(&str::to_owned)
}

/// The document with every string changed that is not part of the program.
pub(crate) fn document(change: Change<'_>) -> Document {
    let sink = Sink { change };
    Document {
        title: change("CDN report for October 2026"),
        sections: vec![
            sink.summary(),
            sink.changes(),
            sink.places(),
            sink.egress(),
            sink.origins(),
            sink.forecast(),
            sink.edges(),
            sink.names(),
        ],
    }
}

/// The document with every string changed, and a few rows of everything.
pub(crate) fn small_document(change: Change<'_>) -> Document {
    let mut document = document(change);
    let blocks = document
        .sections
        .iter_mut()
        .flat_map(|section| &mut section.blocks);
    for block in blocks {
        match block {
            Block::Table(table) => table.rows.truncate(3),
            Block::Chart(chart) => shorten(&mut chart.kind),
            _ => {}
        }
    }
    document
}

fn shorten(kind: &mut ChartKind) {
    match kind {
        ChartKind::Columns {
            labels,
            series,
            marks,
            ..
        }
        | ChartKind::Lines {
            labels,
            series,
            marks,
            ..
        } => {
            labels.truncate(2);
            series.truncate(2);
            marks.truncate(1);
            for mark in marks {
                mark.at = 1;
            }
        }
        ChartKind::Bars { bars, .. } => bars.truncate(2),
        ChartKind::Waterfall { steps } => steps.truncate(3),
        ChartKind::Heat {
            rows,
            columns,
            cells,
        } => {
            rows.truncate(2);
            columns.truncate(3);
            cells.truncate(2);
        }
        ChartKind::Ranges { ranges } => ranges.truncate(2),
        ChartKind::Ladders { ladders } => ladders.truncate(2),
    }
}

/// Noise that is the same each time, from 0 to 1.
fn noise(n: u32) -> f64 {
    let mixed = n
        .wrapping_mul(2_654_435_761)
        .rotate_left(13)
        .wrapping_mul(2_246_822_519);
    f64::from(mixed >> 12) / f64::from(1_u32 << 20)
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section {
        id,
        title: Some(title),
        blocks,
    }
}

struct Sink<'a> {
    change: Change<'a>,
}

impl Sink<'_> {
    fn own(&self, text: &str) -> Text {
        own((self.change)(text))
    }

    fn foreign(&self, text: &str) -> Text {
        foreign(&(self.change)(text))
    }

    fn remark(&self, text: &str) -> Text {
        Text::Remark((self.change)(text))
    }

    fn days(&self) -> Vec<String> {
        (1..=31)
            .map(|day| (self.change)(&format!("{day} Oct")))
            .collect()
    }

    fn datum(&self, size: f64, text: &str) -> Datum {
        Datum::new(size, (self.change)(text))
    }

    fn gib(&self, gib: f64) -> Datum {
        self.datum(gib * GIB, &format!("{gib:.1} GiB"))
    }

    fn usd(&self, usd: f64) -> Datum {
        let sign = if usd < 0.0 { "-" } else { "" };
        self.datum(usd, &format!("{sign}${:.2}", usd.abs()))
    }

    fn percent(&self, share: f64) -> Datum {
        self.datum(share, &format!("{:.1}%", share * 100.0))
    }

    fn count(&self, count: u32) -> Datum {
        self.datum(f64::from(count), &count.to_string())
    }

    fn row(&self, name: &str, cells: &[&str]) -> Vec<Text> {
        let cells = cells.iter().map(|cell| self.own(cell));
        std::iter::once(self.foreign(name)).chain(cells).collect()
    }

    fn chart(&self, title: &str, summary: &str, unit: Unit, kind: ChartKind) -> Block {
        Block::Chart(Chart::new(
            (self.change)(title),
            (self.change)(summary),
            unit,
            kind,
        ))
    }

    fn sources(&self, names: &[&'static str]) -> Block {
        let source = |name: &&'static str| {
            let sql = format!(
                "SELECT date, sum(egress_bytes) AS egress_bytes\nFROM {name}\nWHERE month = '2026-10'\n  AND distribution <> 'a<b'\nGROUP BY date\nORDER BY date"
            );
            Source::new(name, (self.change)(&sql))
        };
        Block::Sources(names.iter().map(source).collect())
    }

    fn fact(&self, label: &'static str, value: &str, remark: &str) -> Fact {
        Fact::new(label, (self.change)(value), (self.change)(remark))
    }
}
