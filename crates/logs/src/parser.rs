//! The parser: feeds lines to the right reader, and counts.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use memchr::{memchr, memrchr};

use crate::block;
use crate::builders::Builders;
use crate::columns::{self, Cells, N_CELLS, is_null};
use crate::errors::{LogError, Reject, RejectReason};
use crate::extra::{Extra, Names};
use crate::header::{self, Directive, Mapping};
use crate::json::Object;
use crate::lines::{Line, Lines};
use crate::privacy::Privacy;
use crate::row;
use crate::sniff;
use crate::summary::{ColumnNames, Format, Summary};

/// Limits of a [`Parser`], and what it hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Longest line in bytes, without its `\n`; at most 64 MiB. A longer line is rejected.
    pub max_line_bytes: usize,
    /// Rows per batch, `1..=1048576`. A batch can have fewer when its text is long.
    pub batch_rows: usize,
    /// How many rejects are recorded; all are counted.
    pub max_recorded_rejects: usize,
    /// Earliest time of a row, in UTC microseconds since 1970.
    pub earliest_us: i64,
    /// End of the time of rows (exclusive), in UTC microseconds since 1970.
    pub latest_us: i64,
    /// What is hidden before a row is stored.
    pub privacy: Privacy,
    /// Whether texts that come often are given as dictionaries, with
    /// [`schema_with_dictionaries`](crate::schema_with_dictionaries).
    pub dictionaries: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            max_line_bytes: 1 << 20,
            batch_rows: 8192,
            max_recorded_rejects: 20,
            // 2008-11-01: CloudFront was launched on 2008-11-18.
            earliest_us: 1_225_497_600_000_000,
            // 2100-01-01.
            latest_us: 4_102_444_800_000_000,
            privacy: Privacy::default(),
            dictionaries: false,
        }
    }
}

/// What was read from one log.
#[derive(Debug)]
pub struct Parsed {
    /// The batches that were not taken before, with [`schema`](crate::schema).
    pub batches: Vec<RecordBatch>,
    /// What was read, taken batches included.
    pub summary: Summary,
}

/// Reads one log, in chunks of any size.
#[derive(Debug)]
pub struct Parser {
    lines: Lines,
    state: State,
    failed: Option<LogError>,
}

impl Parser {
    /// A parser for one log.
    pub fn new(options: Options) -> Self {
        let options = Options {
            max_line_bytes: options.max_line_bytes.min(64 << 20),
            batch_rows: options.batch_rows.clamp(1, 1 << 20),
            ..options
        };
        Parser {
            lines: Lines::new(options.max_line_bytes),
            state: State::new(options),
            failed: None,
        }
    }

    /// Reads the next bytes. How the bytes are cut into chunks makes no difference.
    ///
    /// # Errors
    ///
    /// When this is not a log of a kind that is read. Every later call returns the same error.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        if let Some(err) = &self.failed {
            return Err(err.clone());
        }
        let res = self.read(chunk);
        self.failed = res.as_ref().err().cloned();
        res
    }

    fn read(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let block = rest.get(..BLOCK_BYTES).unwrap_or(rest);
            let lines = match memrchr(b'\n', block) {
                Some(end) if self.lines.is_at_start() => rest.split_at_checked(end + 1),
                _ => None,
            };
            if let Some((lines, after)) = lines {
                rest = after;
                match str::from_utf8(lines) {
                    Ok(text) => self.read_block(text)?,
                    Err(_) => self.read_lines(lines)?,
                }
                continue;
            }
            // A line that goes on from the chunk before, into the next one, or over many blocks.
            let end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.read_lines(line)?;
            rest = after;
        }
        Ok(())
    }

    /// Reads whole lines of valid text.
    fn read_block(&mut self, text: &str) -> Result<(), LogError> {
        let mut rest = text;
        while !rest.is_empty() {
            let Some(taken) = self.state.take(rest, self.lines.count + 1)? else {
                return self.read_lines(rest.as_bytes());
            };
            let (lines, after) = rest.split_at_checked(taken.bytes).unwrap_or((rest, ""));
            if taken.rows > 0 {
                self.lines.skip(taken.rows, taken.bytes);
            } else {
                self.read_lines(lines.as_bytes())?;
            }
            rest = after;
        }
        Ok(())
    }

    fn read_lines(&mut self, lines: &[u8]) -> Result<(), LogError> {
        self.lines.feed(lines, |line| self.state.line(&line))
    }

    /// The batches that are full. Taking them between chunks keeps memory bounded.
    pub fn take_batches(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.state.batches)
    }

    /// Ends the log.
    ///
    /// # Errors
    ///
    /// When this is not a log of a kind that is read.
    pub fn finish(self) -> Result<Parsed, LogError> {
        let Parser {
            mut lines,
            mut state,
            failed,
        } = self;
        if let Some(err) = failed {
            return Err(err);
        }
        lines.finish(|line| state.line(&line))?;
        state.finish(&lines)
    }
}

/// Why a line is not a row.
enum Failure {
    Row(RejectReason),
    File(LogError),
}

impl From<RejectReason> for Failure {
    fn from(reason: RejectReason) -> Self {
        Failure::Row(reason)
    }
}

impl From<LogError> for Failure {
    fn from(err: LogError) -> Self {
        Failure::File(err)
    }
}

/// All but the splitting into lines.
#[derive(Debug)]
struct State {
    options: Options,
    format: Option<Format>,
    /// Of the last `#Fields:` line, or of the layout of a log without one.
    mapping: Option<Mapping>,
    /// Its lines as the fast path reads them.
    plan: Option<block::Plan>,
    scratch: block::Scratch,
    /// The text of that `#Fields:` line: repeated headers are not mapped again.
    header: Option<String>,
    json_names: JsonNames,
    /// Whether an object with a field of CloudFront's was read.
    is_json_told: bool,
    columns: ColumnNames,
    extra: Extra,
    builders: Builders,
    batches: Vec<RecordBatch>,
    rejects: Vec<Reject>,
    data_lines: u64,
    rows: u64,
    rejected_rows: u64,
    lossy_rows: u64,
}

/// Text that is checked and read at a time: it stays in a near cache.
const BLOCK_BYTES: usize = 64 << 10;

const BOM: &[u8] = b"\xef\xbb\xbf";

impl State {
    fn new(options: Options) -> Self {
        State {
            builders: Builders::new(options.batch_rows, options.dictionaries),
            extra: Extra::new(options.privacy.clone()),
            options,
            format: None,
            mapping: None,
            plan: None,
            scratch: block::Scratch::default(),
            header: None,
            json_names: JsonNames::default(),
            is_json_told: false,
            columns: ColumnNames::default(),
            batches: Vec::new(),
            rejects: Vec::new(),
            data_lines: 0,
            rows: 0,
            rejected_rows: 0,
            lossy_rows: 0,
        }
    }

    /// Reads lines at the start of a text by the fast path, if there is one for them: says how
    /// many rows they are, or how much is for the general path.
    fn take(&mut self, text: &str, first_line: u64) -> Result<Option<block::Taken>, LogError> {
        let Some(plan) = &self.plan else {
            return Ok(None);
        };
        let limits = block::Limits {
            max_line_bytes: self.options.max_line_bytes,
            times_us: self.options.earliest_us..self.options.latest_us,
            privacy: &self.options.privacy,
        };
        let taken = block::take(
            text,
            first_line,
            plan,
            &limits,
            &mut self.scratch,
            &mut self.builders,
        );
        if taken.rows > 0 {
            self.format.get_or_insert(Format::W3c);
            let rows = u64::try_from(taken.rows).unwrap_or(u64::MAX);
            self.data_lines += rows;
            self.rows += rows;
            if self.builders.is_full() {
                self.end_batch()?;
            }
        }
        Ok(Some(taken))
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), LogError> {
        // Not only at the start: logs are concatenated.
        let bytes = line.bytes.strip_prefix(BOM).unwrap_or(line.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let max_bytes = self.options.max_line_bytes;
        let is_too_long = usize::try_from(line.full_bytes).map_or(true, |bytes| bytes > max_bytes);
        if bytes.first() == Some(&b'#') {
            if is_too_long {
                return if header::is_fields(bytes) {
                    Err(LogError::HeaderTooLong { max_bytes })
                } else {
                    Ok(())
                };
            }
            return self.directive(&String::from_utf8_lossy(bytes));
        }
        let res = if is_too_long {
            Err(RejectReason::LineTooLong {
                bytes: line.full_bytes,
                max_bytes,
            }
            .into())
        } else if bytes.iter().all(|byte| *byte == b' ') {
            return Ok(());
        } else {
            self.data(bytes, line.number)
        };
        self.data_lines += 1;
        match res {
            Ok(()) => self.rows += 1,
            Err(Failure::Row(reason)) => {
                self.rejected_rows += 1;
                self.record_reject(line, bytes, reason);
            }
            Err(Failure::File(err)) => return Err(err),
        }
        if self.builders.is_full() {
            self.end_batch()?;
        }
        Ok(())
    }

    fn directive(&mut self, line: &str) -> Result<(), LogError> {
        let Directive::Fields(fields) = header::directive(line, &self.options.privacy)? else {
            return Ok(());
        };
        if self.header.as_deref() != Some(fields) {
            self.map(header::names(fields));
            self.header = Some(fields.to_owned());
        }
        Ok(())
    }

    fn map<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let privacy = &self.options.privacy;
        let names: Vec<_> = names.map(|name| privacy.field_name(name)).collect();
        for name in &names {
            self.columns.see(name);
        }
        let mapping = Mapping::new(names.iter().map(|name| &**name));
        self.plan = block::Plan::new(&mapping);
        self.mapping = Some(mapping);
    }

    /// Reads one data line into a row.
    fn data(&mut self, bytes: &[u8], number: u64) -> Result<(), Failure> {
        // Replacing invalid bytes before the split is the same as after: a tab is never part of
        // a multi-byte sequence.
        let text = String::from_utf8_lossy(bytes);
        let is_lossy = matches!(text, Cow::Owned(_));
        self.extra.clear();
        let is_object = text.trim_start_matches(' ').starts_with('{');
        if self.mapping.is_none() && self.format.is_none() && !is_object {
            let layout = header::headerless(&text)
                .ok_or_else(|| sniff::not_a_log(&text, header::n_columns(&text)))?;
            self.map(layout.iter().copied());
            self.format = Some(Format::Headerless);
        }
        match &self.mapping {
            // JSON has no raw tab in its strings, and tab-separated text has one per column.
            Some(_) if is_object && !text.contains('\t') => self.json(&text, number)?,
            Some(_) => self.tab_separated(&text, number)?,
            None if is_object => self.json(&text, number)?,
            None if text.contains('\t') => return Err(RejectReason::NoHeader.into()),
            None => return Err(RejectReason::BadJson.into()),
        }
        self.lossy_rows += u64::from(is_lossy);
        Ok(())
    }

    fn tab_separated(&mut self, text: &str, number: u64) -> Result<(), RejectReason> {
        self.format.get_or_insert(Format::W3c);
        let Some(mapping) = &self.mapping else {
            return Err(RejectReason::NoHeader);
        };
        let mut cells = Cells::new();
        row::split(text, mapping, &mut cells, &mut self.extra)?;
        self.push(&cells, number)
    }

    fn json(&mut self, text: &str, number: u64) -> Result<(), Failure> {
        self.format.get_or_insert(Format::Json);
        let Object(members) = Object::parse(text).ok_or(RejectReason::BadJson)?;
        let mut cells = Cells::new();
        let mut is_set = [false; N_CELLS];
        let mut names = Names::default();
        for (idx, member) in members.iter().enumerate() {
            let privacy = &self.options.privacy;
            let slot = self
                .json_names
                .slot(idx, &member.name, &mut self.columns, privacy);
            self.is_json_told |= slot.is_some_and(columns::is_telling);
            let name = match slot.and_then(|slot| Some((slot, is_set.get_mut(slot)?))) {
                Some((slot, is_set)) if !*is_set => {
                    *is_set = true;
                    cells.set(slot, &member.text);
                    continue;
                }
                _ if is_null(&member.text) => continue,
                Some((slot, _)) => names.copy_of(columns::field(slot)),
                None => names.unknown(&privacy.field_name(&member.name)),
            };
            self.extra.push_json(&name, slot, member);
        }
        if !self.is_json_told && self.mapping.is_none() {
            return Err(sniff::other_json().into());
        }
        Ok(self.push(&cells, number)?)
    }

    fn push(&mut self, cells: &Cells<'_>, number: u64) -> Result<(), RejectReason> {
        let hidden = self.options.privacy.hide(&cells.values);
        if hidden.is_empty() {
            return self.push_visible(cells, number);
        }
        let mut visible = Cells {
            values: cells.values,
            times: cells.times,
        };
        for (slot, text) in &hidden {
            visible.set(*slot, text);
        }
        self.push_visible(&visible, number)
    }

    /// Adds a row of which everything may be stored.
    fn push_visible(&mut self, cells: &Cells<'_>, number: u64) -> Result<(), RejectReason> {
        let privacy = &self.options.privacy;
        let time_us = row::time(cells, &mut self.extra, privacy)?;
        if !(self.options.earliest_us..self.options.latest_us).contains(&time_us) {
            let [date, clock, millis, seconds] = cells.times;
            let value = match (is_null(date) || is_null(clock), is_null(millis)) {
                (false, _) => privacy.short(&format!("{date} {clock}")),
                (true, false) => privacy.short(millis),
                (true, true) => privacy.short(seconds),
            };
            return Err(RejectReason::TimeOutOfRange { value });
        }
        let numbers = row::numbers(cells, &mut self.extra, privacy)?;
        self.builders
            .push(time_us, cells, &numbers, self.extra.end(), number);
        Ok(())
    }

    fn record_reject(&mut self, line: &Line<'_>, bytes: &[u8], reason: RejectReason) {
        if self.rejects.len() < self.options.max_recorded_rejects {
            let head = bytes.get(..4 * PREVIEW_CHARS).unwrap_or(bytes);
            let is_cut = usize::try_from(line.full_bytes).map_or(true, |full| full > bytes.len())
                || head.len() < bytes.len();
            let head = String::from_utf8_lossy(head);
            self.rejects.push(Reject {
                line: line.number,
                byte_offset: line.byte_offset,
                reason,
                preview: self.options.privacy.quoted(&head, PREVIEW_CHARS, is_cut),
            });
        }
    }

    fn end_batch(&mut self) -> Result<(), LogError> {
        let batch = self
            .builders
            .end_batch()
            .map_err(|source| LogError::Batch {
                source: Arc::new(source),
            })?;
        self.batches.push(batch);
        Ok(())
    }

    fn finish(mut self, lines: &Lines) -> Result<Parsed, LogError> {
        if self.format == Some(Format::Json) && !self.is_json_told && self.mapping.is_none() {
            return Err(sniff::no_json());
        }
        if !self.builders.is_empty() {
            self.end_batch()?;
        }
        debug_assert_eq!(
            self.rows + self.rejected_rows,
            self.data_lines,
            "every data line is one or the other"
        );
        let format = if self.mapping.is_some() {
            Format::W3c
        } else {
            Format::Empty
        };
        let summary = Summary {
            format: self.format.unwrap_or(format),
            lines: lines.count,
            data_lines: self.data_lines,
            rows: self.rows,
            rejected_rows: self.rejected_rows,
            rejects: self.rejects,
            bytes: lines.bytes(),
            columns: self.columns.in_order,
            lossy_rows: self.lossy_rows,
        };
        Ok(Parsed {
            batches: self.batches,
            summary,
        })
    }
}

const PREVIEW_CHARS: usize = 80;

/// The slots of JSON names, by their place in the object: objects of one log have the same names
/// in the same order, so that nearly every look-up is one comparison.
#[derive(Debug, Default)]
struct JsonNames {
    by_place: Vec<(String, Option<usize>)>,
}

impl JsonNames {
    const MAX_PLACES: usize = 256;

    fn slot(
        &mut self,
        place: usize,
        name: &str,
        columns: &mut ColumnNames,
        privacy: &Privacy,
    ) -> Option<usize> {
        if let Some((known, slot)) = self.by_place.get(place)
            && known == name
        {
            return *slot;
        }
        columns.see(&privacy.field_name(name));
        let slot = columns::slot(name);
        match self.by_place.get_mut(place) {
            Some(entry) => *entry = (name.to_owned(), slot),
            None if place < Self::MAX_PLACES => self.by_place.push((name.to_owned(), slot)),
            None => {}
        }
        slot
    }
}
