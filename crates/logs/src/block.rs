//! The fast path: rows of plain lines, many at a time and column by column.
//!
//! It takes what nearly all lines are: as many cells as the header has, each with a column of its
//! own, and every number well-formed. Of all others nothing is taken, so that the general path
//! reads them as if there were no other.

use std::borrow::Cow;

use crate::builders::{Builders, Column};
use crate::columns::{self, COLUMNS, Kind, N_VALUES, is_null};
use crate::header::{Mapping, Target};
use crate::privacy::{Privacy, Stored};
use crate::scan;
use crate::texts::Texts;
use crate::values::{self, MICROS_PER_SECOND, SECONDS_PER_DAY};
use crate::wanted::Columns;

/// Rows read together: their text stays in the nearest cache while it is read column by column.
const ROWS: usize = 128;
/// Narrower lines may be blank ones, or no log at all.
const MIN_COLUMNS: usize = 4;

/// How a line's cells become columns, for headers of which every field has a column.
#[derive(Debug)]
pub(crate) struct Plan {
    n_columns: usize,
    date: usize,
    clock: usize,
    /// The cell of each value column.
    cells: [Option<usize>; N_VALUES],
}

impl Plan {
    /// `None` when a line may hold what only the general path knows.
    pub(crate) fn new(mapping: &Mapping) -> Option<Self> {
        let n_columns = mapping.targets.len();
        let (mut date, mut clock, mut cells) = (None, None, [None; N_VALUES]);
        for (at, target) in mapping.targets.iter().enumerate() {
            let Target::Slot(slot) = *target else {
                return None;
            };
            match slot.checked_sub(N_VALUES) {
                None => *cells.get_mut(slot)? = Some(at),
                Some(0) => date = Some(at),
                Some(1) => clock = Some(at),
                Some(_) => return None,
            }
        }
        let (date, clock) = (date?, clock?);
        (n_columns >= MIN_COLUMNS).then_some(Self {
            n_columns,
            date,
            clock,
            cells,
        })
    }
}

/// What was read of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Rows taken; none when the lines are for the general path.
    pub(crate) rows: usize,
    /// Bytes of the lines.
    pub(crate) bytes: usize,
}

impl Taken {
    /// The first line of a text, for the general path.
    pub(crate) fn line(text: &str) -> Self {
        let end = memchr::memchr(b'\n', text.as_bytes());
        Self {
            rows: 0,
            bytes: end.map_or(text.len(), |end| end + 1),
        }
    }
}

/// What is used again for every block.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Where the cells of all rows start, and where the next one would.
    starts: Vec<usize>,
    times_us: Vec<i64>,
    /// The numbers of all rows, column by column.
    numbers: Vec<Option<i64>>,
    /// The date read last, and its day.
    date: String,
    day: i64,
}

/// What decides whether a row may be taken.
pub(crate) struct Limits<'a> {
    pub(crate) max_line_bytes: usize,
    pub(crate) times_us: std::ops::Range<i64>,
    pub(crate) privacy: &'a Privacy,
    pub(crate) columns: &'a Columns,
}

/// The cells of the rows that were found.
#[derive(Clone, Copy)]
struct Found<'a> {
    text: &'a str,
    starts: &'a [usize],
    n_columns: usize,
}

impl<'a> Found<'a> {
    /// The cells of a column.
    #[inline]
    fn column(self, at: usize) -> impl Iterator<Item = &'a str> {
        let bounds = self.starts.get(at..).unwrap_or_default();
        bounds
            .windows(2)
            .step_by(self.n_columns)
            .map(move |bounds| match bounds {
                // Between two cells is a tab or a line end.
                [start, next] => self.text.get(*start..next - 1).unwrap_or_default(),
                _ => "",
            })
    }
}

/// Reads lines at the start of `text`, which ends with a line end, into rows: as many as there are
/// plain ones in a row, up to some limit. `first_line` is the number of the first.
pub(crate) fn take(
    text: &str,
    first_line: u64,
    plan: &Plan,
    limits: &Limits<'_>,
    scratch: &mut Scratch,
    builders: &mut Builders,
) -> Taken {
    let max_rows = builders.room(text.len()).min(ROWS);
    let bytes = find(text.as_bytes(), max_rows, plan, limits, &mut scratch.starts);
    let is_taken = bytes > 0 && parse(text, plan, limits, scratch).is_some();
    if !is_taken && bytes > 0 {
        return Taken { rows: 0, bytes };
    }
    if !is_taken {
        return Taken::line(text);
    }
    let found = Found {
        text,
        starts: &scratch.starts,
        n_columns: plan.n_columns,
    };
    let text_bytes = put_columns(found, plan, limits, &scratch.numbers, builders);
    builders.push_rows(&scratch.times_us, first_line, text_bytes);
    Taken {
        rows: scratch.times_us.len(),
        bytes,
    }
}

/// Reads times and numbers, which may be refused.
fn parse(text: &str, plan: &Plan, limits: &Limits<'_>, scratch: &mut Scratch) -> Option<()> {
    let found = Found {
        text,
        starts: &scratch.starts,
        n_columns: plan.n_columns,
    };
    scratch.times_us.clear();
    for (date, clock) in found.column(plan.date).zip(found.column(plan.clock)) {
        // At first there is no date before.
        if date != scratch.date || date.is_empty() {
            scratch.day = values::days(date)?;
            scratch.date.clear();
            scratch.date.push_str(date);
        }
        let second = values::second_of_day(clock)?;
        let time_us = (scratch.day * SECONDS_PER_DAY + second) * MICROS_PER_SECOND;
        if !limits.times_us.contains(&time_us) {
            return None;
        }
        scratch.times_us.push(time_us);
    }
    scratch.numbers.clear();
    for (kind, cell) in numeric(plan, limits) {
        for text in found.column(cell) {
            let number = if is_null(text) {
                None
            } else {
                Some(number(kind, text)?)
            };
            scratch.numbers.push(number);
        }
    }
    Some(())
}

/// Adds the rows to the columns of slots; returns the bytes of their text.
fn put_columns(
    found: Found<'_>,
    plan: &Plan,
    limits: &Limits<'_>,
    numbers: &[Option<i64>],
    builders: &mut Builders,
) -> usize {
    let privacy = limits.privacy;
    let rows = found.starts.len() / plan.n_columns;
    let mut numbers = numbers.chunks_exact(rows);
    let mut text_bytes = 0;
    for (slot, cell) in plan.cells.iter().enumerate() {
        let is_treated = privacy.treats(slot);
        let parsed = match cell {
            Some(_) if is_parsed(slot, limits) => numbers.next(),
            _ => None,
        };
        let cells = cell.map(|cell| found.column(cell));
        let Some(column) = builders.column(slot) else {
            continue;
        };
        match (column, cells, parsed) {
            (Column::Text(texts), None, _) => texts.append_nulls(rows),
            (Column::Text(texts), Some(cells), _) if is_treated => {
                text_bytes += put_treated(texts, cells, slot, privacy);
            }
            (Column::Text(texts), Some(cells), _) => text_bytes += put(texts, cells),
            (Column::Unique(texts), Some(cells), _) => {
                for text in cells {
                    match stored(slot, text, is_treated, privacy) {
                        Some(text) => {
                            texts.append_value(&text);
                            text_bytes += text.len();
                        }
                        None => texts.append_null(),
                    }
                }
            }
            (Column::Unique(texts), None, _) => texts.append_nulls(rows),
            (Column::Int64(column), _, Some(numbers)) => {
                for number in numbers {
                    column.append_option(*number);
                }
            }
            (Column::Int32(column), _, Some(numbers)) => {
                for number in numbers {
                    column.append_option(number.and_then(|n| i32::try_from(n).ok()));
                }
            }
            (Column::Int16(column), _, Some(numbers)) => {
                for number in numbers {
                    column.append_option(number.and_then(|n| i16::try_from(n).ok()));
                }
            }
            (Column::Int64(column), _, None) => column.append_nulls(rows),
            (Column::Int32(column), _, None) => column.append_nulls(rows),
            (Column::Int16(column), _, None) => column.append_nulls(rows),
        }
    }
    text_bytes
}

/// What is stored of a text; `None` for null.
#[inline]
fn stored<'a>(
    slot: usize,
    text: &'a str,
    is_treated: bool,
    privacy: &Privacy,
) -> Option<Cow<'a, str>> {
    if is_null(text) {
        return None;
    }
    if !is_treated {
        return Some(Cow::Borrowed(text));
    }
    match privacy.stored_in(slot, text) {
        Stored::AsIs => Some(Cow::Borrowed(text)),
        Stored::Text(stored) => Some(Cow::Owned(stored)).filter(|stored| !is_null(stored)),
        Stored::Null => None,
    }
}

/// Finds the cells of plain lines; returns the bytes of the lines.
fn find(
    text: &[u8],
    max_rows: usize,
    plan: &Plan,
    limits: &Limits<'_>,
    starts: &mut Vec<usize>,
) -> usize {
    starts.clear();
    starts.push(0);
    if max_rows == 0 || !may_start_row(text.first()) {
        return 0;
    }
    // Cells found in the line, where it starts, and the lines before it.
    let (mut n_cells, mut start, mut rows) = (0, 0, 0);
    scan::ends(text, 0, |at| {
        n_cells += 1;
        starts.push(at + 1);
        if text.get(at) == Some(&b'\t') {
            return n_cells < plan.n_columns;
        }
        let is_plain = n_cells == plan.n_columns
            && at - start <= limits.max_line_bytes
            && at.checked_sub(1).and_then(|last| text.get(last)) != Some(&b'\r');
        if !is_plain {
            return false;
        }
        (n_cells, start) = (0, at + 1);
        rows += 1;
        rows < max_rows && may_start_row(text.get(start))
    });
    starts.truncate(rows * plan.n_columns + 1);
    start
}

/// Not a directive, and no byte order mark.
fn may_start_row(byte: Option<&u8>) -> bool {
    byte.is_none_or(|byte| !matches!(byte, b'#' | b' ' | b'{' | 0xef))
}

/// The columns of numbers that are read: kind and cell.
fn numeric(plan: &Plan, limits: &Limits<'_>) -> impl Iterator<Item = (Kind, usize)> {
    let columns = COLUMNS.iter().zip(&plan.cells).enumerate();
    columns.filter_map(|(slot, (column, cell))| {
        is_parsed(slot, limits).then_some((column.kind, (*cell)?))
    })
}

/// Whether the cells of a slot are read as numbers.
fn is_parsed(slot: usize, limits: &Limits<'_>) -> bool {
    let is_read = |column: &columns::Column| limits.columns.reads_number(slot, column.kind);
    COLUMNS.get(slot).is_some_and(is_read) && !limits.privacy.treats(slot)
}

#[inline]
fn number(kind: Kind, text: &str) -> Option<i64> {
    match kind {
        Kind::Text => None,
        Kind::Integer | Kind::Bytes => values::integer(text),
        Kind::Status => values::integer(text).filter(|status| *status <= 999),
        Kind::Port => values::integer(text).filter(|port| *port <= 65_535),
        Kind::Seconds => values::scaled(text, 6),
    }
}

/// Adds texts that are stored as they are; returns their bytes.
fn put<'a>(texts: &mut Texts, cells: impl Iterator<Item = &'a str>) -> usize {
    let mut n_bytes = 0;
    for text in cells {
        if is_null(text) {
            texts.append_nulls(1);
        } else {
            texts.append(text);
            n_bytes += text.len();
        }
    }
    n_bytes
}

/// Adds texts of which something may be hidden; returns the bytes of what is stored.
fn put_treated<'a>(
    texts: &mut Texts,
    cells: impl Iterator<Item = &'a str>,
    slot: usize,
    privacy: &Privacy,
) -> usize {
    let mut n_bytes = 0;
    // A text that was stored as it is.
    let mut last = "";
    for text in cells {
        if is_null(text) {
            texts.append_nulls(1);
        } else if text == last {
            texts.append_last();
            n_bytes += text.len();
        } else if let Some(stored) = stored(slot, text, true, privacy) {
            texts.append(&stored);
            n_bytes += stored.len();
            last = if let Cow::Borrowed(_) = stored {
                text
            } else {
                ""
            };
        } else {
            texts.append_nulls(1);
        }
    }
    n_bytes
}
