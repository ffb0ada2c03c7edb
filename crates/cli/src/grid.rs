//! Tables for a terminal: as wide as it is and no wider.
//!
//! Columns of text shrink, and what does not fit is cut with `…`. Numbers are never cut: a part of
//! a number is another number. Columns that do not fit at all are left out from the right.

use arrow::{array::RecordBatch, datatypes::Schema};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use edgeledger_report::escape_terminal;
use unicode_width::UnicodeWidthStr;

use crate::cells::{for_each_row, is_number};

/// Signs beside each column: a line and two blanks.
const AROUND_COLUMN: usize = 3;
/// A column of text is not made narrower than this.
const MIN_TEXT: usize = 8;
const CUT: &str = "…";

/// A column's head.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    name: String,
    is_number: bool,
}

/// Rows to be shown. All texts in it are harmless to a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grid {
    heads: Vec<Head>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid of texts.
    pub(crate) fn of_texts(names: &[&str]) -> Self {
        let heads = names.iter().map(|name| Head {
            name: escape_terminal(name),
            is_number: false,
        });
        Self {
            heads: heads.collect(),
            rows: Vec::new(),
        }
    }

    /// A grid for results with these columns.
    pub(crate) fn new(schema: &Schema) -> Self {
        let heads = schema.fields().iter().map(|field| Head {
            name: escape_terminal(field.name()),
            is_number: is_number(field.data_type()),
        });
        Self {
            heads: heads.collect(),
            rows: Vec::new(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row of texts; a NULL is `None`.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = Option<String>>) {
        let cells = cells.into_iter().map(|cell| match cell {
            Some(text) => escape_terminal(&text),
            None => "NULL".to_owned(),
        });
        self.rows.push(cells.collect());
    }

    /// Adds the rows of a batch.
    pub(crate) fn extend(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        for_each_row(batch, |cells| {
            self.push(cells);
            Ok(())
        })
    }

    /// The table, no line wider than `width`, and how many columns had no room.
    pub(crate) fn table(&self, width: usize) -> (String, usize) {
        let wanted = self.columns();
        let mut shown = wanted.len();
        let widths = loop {
            let is_all = shown == wanted.len();
            // What is left out shows as a narrow column.
            let more = if is_all {
                0
            } else {
                AROUND_COLUMN + CUT.width()
            };
            let room = width.saturating_sub(1 + more + AROUND_COLUMN * shown);
            let columns = wanted.get(..shown).unwrap_or_default();
            match fit(columns, room) {
                Some(widths) => break widths,
                None if shown > 1 => shown -= 1,
                // One column: whatever there is.
                None => break columns.iter().map(|_| room.max(1)).collect(),
            }
        };
        let left_out = wanted.len() - shown;
        (self.drawn(&widths, left_out > 0), left_out)
    }

    /// Whether the table fits without cutting anything.
    pub(crate) fn fits(&self, width: usize) -> bool {
        let columns = self.columns();
        let wanted: usize = columns.iter().map(|column| column.wanted).sum();
        1 + AROUND_COLUMN * columns.len() + wanted <= width
    }

    /// Each row as a block, one line a column; long values go on in the next line.
    pub(crate) fn blocks(&self, width: usize) -> String {
        const LINE: &str = "─";
        let names = self.heads.iter().map(|head| head.name.width()).max();
        let names = names.unwrap_or(0).min(width / 2).max(1);
        let values = width.saturating_sub(names + AROUND_COLUMN).max(1);
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            let title = format!("─[ row {} ]", at + 1);
            let rest = width.min(names + 20).saturating_sub(title.width());
            text.push_str(&title);
            text.push_str(&LINE.repeat(rest));
            text.push('\n');
            for (head, cell) in self.heads.iter().zip(row) {
                let mut name = cut(&head.name, names);
                for piece in pieces(cell, values) {
                    let blanks = " ".repeat(names.saturating_sub(name.width()));
                    text.push_str(&format_line(&name, &blanks, piece));
                    name.clear();
                }
            }
        }
        text
    }

    fn columns(&self) -> Vec<Wanted> {
        let columns = self.heads.iter().enumerate();
        let columns = columns.map(|(at, head)| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let values = cells.map(|cell| cell.width()).max().unwrap_or(0);
            let wanted = values.max(head.name.width()).max(1);
            let needed = wanted.min(MIN_TEXT);
            Wanted {
                wanted,
                needed: if head.is_number {
                    needed.max(values)
                } else {
                    needed
                },
            }
        });
        columns.collect()
    }

    fn drawn(&self, widths: &[usize], is_cut: bool) -> String {
        let mut table = Table::new();
        table
            .load_preset(presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Disabled);
        let more = || is_cut.then(|| CUT.to_owned());
        let heads = self.heads.iter().zip(widths);
        table.set_header(
            heads
                .map(|(head, width)| cut(&head.name, *width))
                .chain(more()),
        );
        for row in &self.rows {
            let cells = row.iter().zip(widths);
            table.add_row(cells.map(|(cell, width)| cut(cell, *width)).chain(more()));
        }
        for (at, (head, _)) in self.heads.iter().zip(widths).enumerate() {
            if let (true, Some(column)) = (head.is_number, table.column_mut(at)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        format!("{table}\n")
    }
}

fn format_line(name: &str, blanks: &str, value: &str) -> String {
    format!("{name}{blanks} │ {value}\n")
}

/// How wide a column is, and how wide it must be at least.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    wanted: usize,
    needed: usize,
}

/// Widths of columns that fill `room` at most; the widest give first. `None` if they cannot.
fn fit(columns: &[Wanted], room: usize) -> Option<Vec<usize>> {
    let widths = |cap: usize| columns.iter().map(move |c| c.wanted.min(cap).max(c.needed));
    let sum = |cap: usize| widths(cap).sum::<usize>();
    if sum(0) > room {
        return None;
    }
    let widest = columns.iter().map(|c| c.wanted).max().unwrap_or(0);
    // The largest cap that fits: sums grow with the cap.
    let (mut fits, mut over) = (0, widest + 1);
    while fits + 1 < over {
        let cap = fits.midpoint(over);
        if sum(cap) <= room {
            fits = cap;
        } else {
            over = cap;
        }
    }
    let mut left = room - sum(fits);
    let widths = widths(fits).zip(columns).map(|(width, column)| {
        // What is left over after an even cap, one sign each.
        let more = usize::from(left > 0 && width == fits && column.wanted > width);
        left -= more;
        width + more
    });
    Some(widths.collect())
}

/// The text, cut with `…` where it is wider than `width`.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept = begin(text, width.saturating_sub(CUT.width()));
    format!("{kept}{CUT}")
}

/// The longest beginning of a text that is not wider than `width`.
fn begin(text: &str, width: usize) -> &str {
    let mut kept = "";
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    for end in ends {
        let Some(longer) = text.get(..end) else { break };
        // The width of the whole: signs that join change what came before.
        if longer.width() > width {
            break;
        }
        kept = longer;
    }
    kept
}

/// A text in pieces that are not wider than `width`; an empty text is one piece.
fn pieces(text: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut piece = begin(text, width);
        if piece.is_empty() {
            // A sign wider than the line still has to go somewhere.
            let end = text.chars().next().map_or(0, char::len_utf8);
            piece = text.get(..end).unwrap_or(text);
        }
        rest = text.get(piece.len()..).filter(|rest| !rest.is_empty());
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema},
    };
    use unicode_width::UnicodeWidthStr;

    use super::Grid;

    fn grid(rows: &[(&str, i64, Option<&str>)]) -> Grid {
        let schema = Arc::new(Schema::new(vec![
            Field::new("path", DataType::Utf8, true),
            Field::new("requests", DataType::Int64, false),
            Field::new("agent", DataType::Utf8, true),
        ]));
        let paths: StringArray = rows.iter().map(|row| Some(row.0)).collect();
        let requests: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
        let agents: StringArray = rows.iter().map(|row| row.2).collect();
        let columns: Vec<ArrayRef> = vec![Arc::new(paths), Arc::new(requests), Arc::new(agents)];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        let mut grid = Grid::new(&schema);
        grid.extend(&batch).unwrap();
        grid
    }

    #[test]
    fn a_table_that_fits_is_as_it_is() {
        let grid = grid(&[("/a", 7, Some("curl")), ("/long/path", 1_234, None)]);
        assert_eq!(
            grid.table(80),
            (
                "\
┌────────────┬──────────┬───────┐
│ path       ┆ requests ┆ agent │
╞════════════╪══════════╪═══════╡
│ /a         ┆        7 ┆ curl  │
│ /long/path ┆     1234 ┆ NULL  │
└────────────┴──────────┴───────┘
"
                .to_owned(),
                0
            )
        );
        assert!(grid.fits(33) && !grid.fits(32));
    }

    #[test]
    fn texts_shrink_and_numbers_do_not() {
        let path = "/dist/2026-10-01/rust-nightly-x86_64-unknown-linux-gnu.tar.xz";
        let grid = grid(&[(path, 1_234_567_890_123, Some("Mozilla/5.0 (X11; Linux)"))]);
        let (text, left_out) = grid.table(50);
        assert_eq!(
            text,
            "\
┌────────────────┬───────────────┬───────────────┐
│ path           ┆      requests ┆ agent         │
╞════════════════╪═══════════════╪═══════════════╡
│ /dist/2026-10… ┆ 1234567890123 ┆ Mozilla/5.0 … │
└────────────────┴───────────────┴───────────────┘
"
        );
        assert_eq!(left_out, 0);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let grid = grid(&[
            (
                "/ünïcödé/日本語のとても長いパス名前/index.html",
                123_456,
                Some("🦀🦀🦀🦀🦀🦀🦀🦀"),
            ),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 e\u{301}e\u{301}e\u{301}", -1, None),
            (
                "☁\u{fe0f}☁\u{fe0f}☁\u{fe0f}☁\u{fe0f}☁\u{fe0f}☁\u{fe0f}☁\u{fe0f}",
                0,
                Some(""),
            ),
        ]);
        for width in 12..100 {
            let (text, _) = grid.table(width);
            let lines: Vec<usize> = text.lines().map(UnicodeWidthStr::width).collect();
            assert!(lines.iter().all(|line| *line <= width), "{width}\n{text}");
            assert!(
                lines.iter().all(|line| *line == lines[0]),
                "{width}\n{text}"
            );
            for line in grid.blocks(width).lines() {
                assert!(line.width() <= width, "{width}\n{line}");
            }
        }
    }

    #[test]
    fn columns_without_room_are_left_out_and_counted() {
        let grid = grid(&[("/a/rather/long/path", 12_345_678, Some("a longer name"))]);
        assert_eq!(
            grid.table(27),
            (
                "\
┌──────────┬──────────┬───┐
│ path     ┆ requests ┆ … │
╞══════════╪══════════╪═══╡
│ /a/rath… ┆ 12345678 ┆ … │
└──────────┴──────────┴───┘
"
                .to_owned(),
                1
            )
        );
        let (text, left_out) = grid.table(5);
        assert_eq!(left_out, 2, "{text}");
    }

    #[test]
    fn blocks_wrap_long_values() {
        let grid = grid(&[("/0123456789abcdef", 5, None), ("/b", 6, Some("x"))]);
        assert_eq!(
            grid.blocks(21),
            "\
─[ row 1 ]───────────
path     │ /012345678
         │ 9abcdef
requests │ 5
agent    │ NULL
─[ row 2 ]───────────
path     │ /b
requests │ 6
agent    │ x
"
        );
    }

    #[test]
    fn content_cannot_steer_the_terminal() {
        let grid = grid(&[("\u{1b}[31m\u{202e}", 1, Some("a\nb"))]);
        for text in [grid.table(80).0, grid.blocks(80)] {
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{text}"
            );
            assert!(
                text.contains(r"\u{1b}[31m") && text.contains(r"a\nb"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_grid_without_rows_has_its_heads() {
        let (text, _) = Grid::of_texts(&["a", "b"]).table(80);
        assert_eq!(text.lines().count(), 4, "{text}");
    }
}
