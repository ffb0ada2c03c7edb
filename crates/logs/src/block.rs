//! The fast path: rows of plain lines, many at a time and column by column.
//!
//! It takes what nearly all lines are: as many cells as the header has, each with a column of its
//! own, and every number well-formed. Of all others nothing is taken, so that the general path
//! reads them as if there were no other.

use std::borrow::Cow;

use crate::builders::{Builders, Column};
use crate::columns::{self, COLUMNS, Kind, N_VALUES, is_null};
use crate::header::{Mapping, Target};
use crate::numbers::Numbers;
use crate::privacy::{Privacy, Stored};
use crate::scan;
use crate::texts::{Texts, is_same};
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
    /// The date read last, and its day.
    date: Vec<u8>,
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
    n_rows: usize,
}

impl<'a> Found<'a> {
    /// Where the cells of a column begin and end.
    #[inline]
    fn places(self, at: usize) -> impl Iterator<Item = std::ops::Range<usize>> + use<'a> {
        let bounds = self.starts.get(at..).unwrap_or_default();
        // Between two cells is a tab or a line end.
        let rows = bounds.chunks(self.n_columns).take(self.n_rows);
        rows.map(|bounds| match bounds {
            [start, next, ..] => *start..next - 1,
            _ => 0..0,
        })
    }

    /// The cells of a column.
    #[inline]
    fn column(self, at: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let text = self.text.as_bytes();
        self.places(at)
            .map(move |place| text.get(place).unwrap_or_default())
    }

    /// The cells of a column as texts.
    fn texts(self, at: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        self.places(at)
            .map(move |place| self.text.get(place).unwrap_or_default())
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
    if bytes == 0 {
        return Taken::line(text);
    }
    let Scratch {
        starts,
        times_us,
        date,
        day,
    } = scratch;
    let found = Found {
        text,
        starts,
        n_columns: plan.n_columns,
        n_rows: starts.len() / plan.n_columns,
    };
    let are_plain = put_times(found, plan, limits, times_us, (date, day)).is_some()
        && put_numbers(found, plan, limits, builders).is_some();
    if !are_plain {
        builders.forget_numbers();
        return Taken { rows: 0, bytes };
    }
    let text_bytes = put_texts(found, plan, limits.privacy, builders);
    builders.push_rows(times_us, first_line, text_bytes);
    Taken {
        rows: found.n_rows,
        bytes,
    }
}

/// Reads times, which may be refused.
fn put_times(
    found: Found<'_>,
    plan: &Plan,
    limits: &Limits<'_>,
    times_us: &mut Vec<i64>,
    (last_date, day): (&mut Vec<u8>, &mut i64),
) -> Option<()> {
    times_us.clear();
    for (date, clock) in found.column(plan.date).zip(found.column(plan.clock)) {
        // At first there is no date before.
        if !is_same(date, last_date) || date.is_empty() {
            *day = values::days(date)?;
            last_date.clear();
            last_date.extend_from_slice(date);
        }
        let second = values::second_of_day(clock)?;
        let time_us = (*day * SECONDS_PER_DAY + second) * MICROS_PER_SECOND;
        if !limits.times_us.contains(&time_us) {
            return None;
        }
        times_us.push(time_us);
    }
    Some(())
}

/// Adds the rows to the columns of numbers, which may be refused: then some have them already.
fn put_numbers(
    found: Found<'_>,
    plan: &Plan,
    limits: &Limits<'_>,
    builders: &mut Builders,
) -> Option<()> {
    for (slot, (column, cell)) in COLUMNS.iter().zip(&plan.cells).enumerate() {
        let cells = cell
            .filter(|_| is_parsed(slot, limits))
            .map(|cell| found.column(cell));
        let into = match builders.column(slot) {
            Some(Column::Number(numbers)) => Some(numbers),
            _ => None,
        };
        match (cells, into) {
            (Some(cells), into) => put_numbers_of(column.kind, cells, into)?,
            (None, Some(numbers)) => numbers.append_nulls(found.n_rows),
            (None, None) => {}
        }
    }
    Some(())
}

#[inline]
fn put_numbers_of<'a>(
    kind: Kind,
    cells: impl Iterator<Item = &'a [u8]>,
    into: Option<&mut Numbers>,
) -> Option<()> {
    match kind {
        Kind::Text => Some(()),
        Kind::Integer | Kind::Bytes => put_each(cells, into, values::integer),
        Kind::Status => put_each(cells, into, |text| {
            values::integer(text).filter(|status| *status <= 999)
        }),
        Kind::Port => put_each(cells, into, |text| {
            values::integer(text).filter(|port| *port <= 65_535)
        }),
        Kind::Seconds => put_each(cells, into, |text| values::scaled(text, 6)),
    }
}

/// Adds numbers, or only looks whether all are well-formed.
#[inline]
fn put_each<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    mut into: Option<&mut Numbers>,
    number: impl Fn(&'a [u8]) -> Option<i64>,
) -> Option<()> {
    for cell in cells {
        let number = if is_null(cell) {
            None
        } else {
            Some(number(cell)?)
        };
        match (&mut into, number) {
            (Some(numbers), Some(number)) => numbers.append(number),
            (Some(numbers), None) => numbers.append_nulls(1),
            (None, _) => {}
        }
    }
    Some(())
}

/// Adds the rows to the columns of text; returns the bytes of their text.
fn put_texts(found: Found<'_>, plan: &Plan, privacy: &Privacy, builders: &mut Builders) -> usize {
    let mut text_bytes = 0;
    for (slot, cell) in plan.cells.iter().enumerate() {
        let is_treated = privacy.treats(slot);
        match (builders.column(slot), cell) {
            (None | Some(Column::Number(_)), _) => {}
            (Some(Column::Text(texts)), None) => texts.append_nulls(found.n_rows),
            (Some(Column::Unique(texts)), None) => texts.append_nulls(found.n_rows),
            (Some(Column::Text(texts)), Some(cell)) if is_treated => {
                text_bytes += put_treated(texts, found.texts(*cell), slot, privacy);
            }
            (Some(Column::Text(texts)), Some(cell)) => {
                text_bytes += put(texts, found.column(*cell));
            }
            (Some(Column::Unique(texts)), Some(cell)) => {
                for text in found.texts(*cell) {
                    match stored(slot, text, is_treated, privacy) {
                        Some(text) => {
                            texts.append(text.as_bytes());
                            text_bytes += text.len();
                        }
                        None => texts.append_nulls(1),
                    }
                }
            }
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
        Stored::Text(stored) => Some(stored)
            .filter(|stored| !is_null(stored))
            .map(Cow::Owned),
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

/// Whether the cells of a slot are read as numbers.
fn is_parsed(slot: usize, limits: &Limits<'_>) -> bool {
    let is_read = |column: &columns::Column| limits.columns.reads_number(slot, column.kind);
    COLUMNS.get(slot).is_some_and(is_read) && !limits.privacy.treats(slot)
}

/// Adds texts that are stored as they are; returns their bytes.
#[inline]
fn put<'a>(texts: &mut Texts, cells: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut n_bytes = 0;
    // The text of the row before that has one.
    let mut last: &[u8] = b"";
    for text in cells {
        if is_null(text) {
            texts.append_nulls(1);
            continue;
        }
        n_bytes += text.len();
        if is_same(text, last) {
            texts.append_last();
        } else {
            texts.append(text);
            last = text;
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
        } else if is_same(text.as_bytes(), last.as_bytes()) {
            texts.append_last();
            n_bytes += text.len();
        } else if let Some(stored) = stored(slot, text, true, privacy) {
            texts.append(stored.as_bytes());
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
