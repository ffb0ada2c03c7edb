//! The fast path: rows of plain lines, many at a time and column by column.
//!
//! It takes what nearly all lines are: as many cells as the header has, each with a column of its
//! own, and every number well-formed. Of all others nothing is taken, so that the general path
//! reads them as if there were no other.

use std::borrow::Cow;
use std::ops::Range;

use crate::builders::{Builders, Column};
use crate::columns::{self, COLUMNS, Kind, N_VALUES, is_null};
use crate::header::{Mapping, Target};
use crate::privacy::{Privacy, Stored};
use crate::scan;
use crate::texts::{Texts, Uniques, each_run, is_same};
use crate::values::{self, MICROS_PER_SECOND, SECONDS_PER_DAY};
use crate::wanted::Columns;

/// Rows read together: their text stays in the nearest cache while it is read column by column.
const ROWS: usize = 256;
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
    pub(crate) fn line(text: &[u8]) -> Self {
        let end = memchr::memchr(b'\n', text);
        Self {
            rows: 0,
            bytes: end.map_or(text.len(), |end| end + 1),
        }
    }
}

/// What is used again for every block.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// See [`scan::lines`].
    starts: Vec<u32>,
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
    /// Of valid UTF-8, so that every cell is valid.
    text: &'a [u8],
    starts: &'a [u32],
    n_columns: usize,
    n_rows: usize,
}

impl<'a> Found<'a> {
    /// Where the cells of a column begin and end.
    #[inline]
    fn places(self, at: usize) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let bounds = self.starts.get(at..at + self.n_rows * self.n_columns);
        let rows = bounds.unwrap_or_default().chunks_exact(self.n_columns);
        rows.map(|bounds| match bounds {
            [start, next, ..] => scan::wide(*start)..scan::wide(*next) - 1,
            _ => 0..0,
        })
    }

    /// The cells of a column.
    #[inline]
    fn column(self, at: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.places(at)
            .map(move |place| self.text.get(place).unwrap_or_default())
    }
}

/// Reads lines at the start of `text`, which is valid UTF-8 and ends with a line end, into rows: as
/// many as there are plain ones in a row, up to some limit. `first_line` is the number of the first.
pub(crate) fn take(
    text: &[u8],
    first_line: u64,
    plan: &Plan,
    limits: &Limits<'_>,
    scratch: &mut Scratch,
    builders: &mut Builders,
) -> Taken {
    let max_rows = builders.room(text.len()).min(ROWS);
    let (n_rows, bytes) = find(text, max_rows, plan, limits, &mut scratch.starts);
    if n_rows == 0 {
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
        n_rows,
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
        rows: n_rows,
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
        let cell = cell.filter(|_| is_parsed(slot, limits));
        let into = builders.column(slot);
        match (cell, into) {
            (Some(cell), into) => put_numbers_of(found, cell, column.kind, into)?,
            (None, Some(Column::Number(numbers))) => numbers.append_nulls(found.n_rows),
            (None, _) => {}
        }
    }
    Some(())
}

fn put_numbers_of(
    found: Found<'_>,
    cell: usize,
    kind: Kind,
    into: Option<Column<'_>>,
) -> Option<()> {
    let up_to = |max: i64| {
        move |place| values::integer_at(found.text, place).filter(|number| *number <= max)
    };
    match kind {
        Kind::Text => Some(()),
        Kind::Integer | Kind::Bytes => put_each(found, cell, into, up_to(i64::MAX)),
        Kind::Status => put_each(found, cell, into, up_to(999)),
        Kind::Port => put_each(found, cell, into, up_to(65_535)),
        Kind::Seconds => put_each(found, cell, into, |place| {
            values::micros_at(found.text, place)
        }),
    }
}

/// Adds numbers, or only looks whether all are well-formed.
#[inline]
fn put_each(
    found: Found<'_>,
    cell: usize,
    into: Option<Column<'_>>,
    number: impl Fn(Range<usize>) -> Option<i64>,
) -> Option<()> {
    let mut is_malformed = false;
    let numbers = found.places(cell).map(|place| {
        let number = number(place.clone());
        // A null is no number either.
        if number.is_none() {
            is_malformed |= !is_null(found.text.get(place).unwrap_or_default());
        }
        number
    });
    match into {
        Some(Column::Number(into)) => into.extend(numbers),
        _ => numbers.for_each(drop),
    }
    (!is_malformed).then_some(())
}

/// Adds the rows to the columns of text; returns the bytes of their text.
fn put_texts(found: Found<'_>, plan: &Plan, privacy: &Privacy, builders: &mut Builders) -> usize {
    let mut text_bytes = 0;
    for (slot, cell) in plan.cells.iter().enumerate() {
        let treated_by = privacy.treats(slot).then_some(privacy);
        text_bytes += match (builders.column(slot), cell) {
            (None | Some(Column::Number(_)), _) => 0,
            (Some(Column::Text(texts)), None) => {
                texts.append_nulls(found.n_rows);
                0
            }
            (Some(Column::Unique(texts)), None) => {
                texts.append_nulls(found.n_rows);
                0
            }
            (Some(Column::Text(texts)), Some(cell)) => put(texts, found, *cell, slot, treated_by),
            (Some(Column::Unique(texts)), Some(cell)) => {
                put_unique(texts, found, *cell, slot, treated_by)
            }
        };
    }
    text_bytes
}

/// What is stored of a text that is not null; `None` for null.
fn stored<'a>(slot: usize, text: &'a [u8], privacy: &Privacy) -> Option<Cow<'a, [u8]>> {
    if privacy.leaves(slot, text) {
        return Some(Cow::Borrowed(text));
    }
    match privacy.stored_in(slot, str::from_utf8(text).ok()?) {
        Stored::AsIs => Some(Cow::Borrowed(text)),
        Stored::Text(stored) => Some(stored.into_bytes())
            .filter(|stored| !is_null(stored))
            .map(Cow::Owned),
        Stored::Null => None,
    }
}

/// Finds the cells of plain lines; returns how many these are, and their bytes.
fn find(
    text: &[u8],
    max_rows: usize,
    plan: &Plan,
    limits: &Limits<'_>,
    starts: &mut Vec<u32>,
) -> (usize, usize) {
    if max_rows == 0 {
        return (0, 0);
    }
    let mut bytes = 0;
    let n_rows = scan::lines(text, plan.n_columns, max_rows, starts, |place| {
        let end = place.end;
        let is_plain = place.len() <= limits.max_line_bytes
            && may_start_row(text.get(place.start))
            && end.checked_sub(1).and_then(|last| text.get(last)) != Some(&b'\r');
        if is_plain {
            bytes = end + 1;
        }
        is_plain
    });
    (n_rows, bytes)
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

/// Adds texts, of which something may be hidden; returns the bytes of what is stored.
fn put(
    texts: &mut Texts,
    found: Found<'_>,
    cell: usize,
    slot: usize,
    treated_by: Option<&Privacy>,
) -> usize {
    let mut n_bytes = 0;
    each_run(found.column(cell), |text, n| {
        if is_null(text) {
            texts.append_nulls(n);
        } else if let Some(privacy) = treated_by {
            n_bytes += texts.append_stored(text, n, || stored(slot, text, privacy));
        } else {
            texts.append(text, n);
            n_bytes += n * text.len();
        }
    });
    n_bytes
}

/// The same with texts that hardly ever come twice.
fn put_unique(
    texts: &mut Uniques,
    found: Found<'_>,
    cell: usize,
    slot: usize,
    treated_by: Option<&Privacy>,
) -> usize {
    let mut n_bytes = 0;
    for text in found.column(cell) {
        let stored = match treated_by {
            _ if is_null(text) => None,
            None => Some(Cow::Borrowed(text)),
            Some(privacy) => stored(slot, text, privacy),
        };
        match stored {
            Some(text) => {
                texts.append(&text);
                n_bytes += text.len();
            }
            None => texts.append_nulls(1),
        }
    }
    n_bytes
}
