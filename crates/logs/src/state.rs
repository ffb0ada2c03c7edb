//! What is known of a log while its lines are read, and what they become.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::block;
use crate::builders::Builders;
use crate::columns::{self, Cells, N_CELLS, is_null};
use crate::errors::{LogError, Reject, RejectReason};
use crate::extra::{Extra, Names};
use crate::header::{self, Directive, Mapping};
use crate::json::Object;
use crate::lines::{Line, Lines};
use crate::parser::Options;
use crate::privacy::Privacy;
use crate::row;
use crate::sniff;
use crate::summary::{ColumnNames, Format, Summary};

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
pub(crate) struct State {
    pub(crate) options: Options,
    format: Option<Format>,
    /// Of the last `#Fields:` line, or of the layout of a log without one.
    mapped: Option<Arc<Mapped>>,
    /// The `#Fields:` line that was mapped last, in this log or one before: repeated headers are
    /// not mapped again.
    header: Option<(String, Arc<Mapped>)>,
    scratch: block::Scratch,
    json_names: JsonNames,
    /// Whether an object with a field of CloudFront's was read.
    is_json_told: bool,
    columns: ColumnNames,
    extra: Extra,
    pub(crate) builders: Builders,
    pub(crate) batches: Vec<RecordBatch>,
    rejects: Vec<Reject>,
    data_lines: u64,
    rows: u64,
    rejected_rows: u64,
    lossy_rows: u64,
}

/// What a header says.
#[derive(Debug)]
struct Mapped {
    mapping: Mapping,
    /// Its lines as the fast path reads them.
    plan: Option<block::Plan>,
    names: ColumnNames,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl State {
    pub(crate) fn new(options: Options) -> Self {
        State {
            builders: Builders::new(options.batch_rows, options.dictionaries, &options.columns),
            extra: Extra::new(options.privacy.clone(), options.columns.has_extra()),
            options,
            format: None,
            mapped: None,
            header: None,
            scratch: block::Scratch::default(),
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
    pub(crate) fn take(
        &mut self,
        text: &[u8],
        first_line: u64,
    ) -> Result<Option<block::Taken>, LogError> {
        let Some(plan) = self.mapped.as_ref().and_then(|mapped| mapped.plan.as_ref()) else {
            return Ok(None);
        };
        let limits = block::Limits {
            max_line_bytes: self.options.max_line_bytes,
            times_us: self.options.earliest_us..self.options.latest_us,
            privacy: &self.options.privacy,
            columns: &self.options.columns,
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

    pub(crate) fn line(&mut self, line: &Line<'_>) -> Result<(), LogError> {
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
        let mapped = match &self.header {
            Some((known, mapped)) if known == fields => Arc::clone(mapped),
            _ => Arc::new(self.map(header::names(fields))),
        };
        self.see(&mapped);
        if self
            .header
            .as_ref()
            .is_none_or(|(known, _)| known != fields)
        {
            self.header = Some((fields.to_owned(), mapped));
        }
        Ok(())
    }

    fn map<'a>(&self, names: impl Iterator<Item = &'a str>) -> Mapped {
        let privacy = &self.options.privacy;
        let names: Vec<_> = names.map(|name| privacy.field_name(name)).collect();
        let mut seen = ColumnNames::default();
        for name in &names {
            seen.see(name);
        }
        let mapping = Mapping::new(names.iter().map(|name| &**name));
        Mapped {
            plan: block::Plan::new(&mapping),
            mapping,
            names: seen,
        }
    }

    /// The lines that follow are as a header says.
    fn see(&mut self, mapped: &Arc<Mapped>) {
        if self.columns.in_order.is_empty() {
            self.columns = mapped.names.clone();
        } else if !Arc::ptr_eq(&self.columns.in_order, &mapped.names.in_order) {
            for name in mapped.names.in_order.iter() {
                self.columns.see(name);
            }
        }
        self.mapped = Some(Arc::clone(mapped));
    }

    /// Reads one data line into a row.
    fn data(&mut self, bytes: &[u8], number: u64) -> Result<(), Failure> {
        // Replacing invalid bytes before the split is the same as after: a tab is never part of
        // a multi-byte sequence.
        let text = String::from_utf8_lossy(bytes);
        let is_lossy = matches!(text, Cow::Owned(_));
        self.extra.clear();
        let is_object = text.trim_start_matches(' ').starts_with('{');
        if self.mapped.is_none() && self.format.is_none() && !is_object {
            let layout = header::headerless(&text)
                .ok_or_else(|| sniff::not_a_log(&text, header::n_columns(&text)))?;
            let mapped = Arc::new(self.map(layout.iter().copied()));
            self.see(&mapped);
            self.format = Some(Format::Headerless);
        }
        match &self.mapped {
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
        let Some(mapped) = &self.mapped else {
            return Err(RejectReason::NoHeader);
        };
        let mut cells = Cells::new();
        row::split(text, &mapped.mapping, &mut cells, &mut self.extra)?;
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
                _ if is_null(member.text.as_bytes()) => continue,
                Some((slot, _)) => names.copy_of(columns::field(slot)),
                None => names.unknown(&privacy.field_name(&member.name)),
            };
            self.extra.push_json(&name, slot, member);
        }
        if !self.is_json_told && self.mapped.is_none() {
            return Err(sniff::other_json().into());
        }
        Ok(self.push(&cells, number)?)
    }

    fn push(&mut self, cells: &Cells<'_>, number: u64) -> Result<(), RejectReason> {
        let hidden = self.hidden(cells);
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

    /// What is stored in the place of cells: of those that are read.
    fn hidden(&self, cells: &Cells<'_>) -> Vec<(usize, String)> {
        let columns = &self.options.columns;
        let is_read = |slot| columns.reads_cell(slot);
        self.options.privacy.hide(&cells.values, is_read)
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
        let numbers = row::numbers(cells, &mut self.extra, privacy, &self.options.columns)?;
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

    pub(crate) fn end_batch(&mut self) -> Result<(), LogError> {
        let batch = self
            .builders
            .end_batch()
            .map_err(|source| LogError::Batch {
                source: Arc::new(source),
            })?;
        self.batches.push(batch);
        Ok(())
    }

    /// Says what was read of the log.
    pub(crate) fn end_log(&mut self, lines: &Lines) -> Result<Summary, LogError> {
        if self.format == Some(Format::Json) && !self.is_json_told && self.mapped.is_none() {
            return Err(sniff::no_json());
        }
        debug_assert_eq!(
            self.rows + self.rejected_rows,
            self.data_lines,
            "every data line is one or the other"
        );
        let format = if self.mapped.is_some() {
            Format::W3c
        } else {
            Format::Empty
        };
        Ok(Summary {
            format: self.format.unwrap_or(format),
            lines: lines.count,
            data_lines: self.data_lines,
            rows: self.rows,
            rejected_rows: self.rejected_rows,
            rejects: std::mem::take(&mut self.rejects),
            bytes: lines.bytes(),
            columns: std::mem::take(&mut self.columns.in_order),
            lossy_rows: self.lossy_rows,
        })
    }

    /// Forgets the log, but not the rows and what was learned for them.
    pub(crate) fn start_log(&mut self) {
        self.format = None;
        self.mapped = None;
        self.json_names = JsonNames::default();
        self.is_json_told = false;
        self.columns = ColumnNames::default();
        self.rejects.clear();
        self.data_lines = 0;
        self.rows = 0;
        self.rejected_rows = 0;
        self.lossy_rows = 0;
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
