//! One text column of a row group: dictionary, pages, statistics.
//!
//! Parquet's own writer hashes every value and compares it with the smallest and the largest so
//! far. Here only the values that a batch's dictionary names are looked at, once each: the keys of
//! the batch become keys of the file by a table. A column that outgrows its dictionary goes on
//! plain.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray},
    compute::cast,
    datatypes::{DataType, Int32Type},
};
use parquet::{
    basic::Encoding,
    data_type::ByteArray,
    errors::ParquetError,
    file::statistics::{Statistics, ValueStatistics},
    schema::types::ColumnDescPtr,
};

use super::{
    delta, hybrid,
    interner::Interner,
    levels::Levels,
    pages::{Finished, Pages, external},
    zstd,
};
use crate::LakeError;

/// Rows of a page: what readers skip by.
pub(super) const PAGE_ROWS: usize = 20_000;
/// Bytes of a page of plain values, about: what is packed stays in a near cache.
const PAGE_BYTES: usize = 256 << 10;
/// Bytes of a dictionary after which a column whose texts hardly come twice goes on plain.
const DICTIONARY_BYTES: usize = 1 << 20;
/// Bytes after which every column does: readers hold dictionaries whole.
const MAX_DICTIONARY_BYTES: usize = 4 << 20;
/// Rows after which the limits are looked at.
const STEP_ROWS: usize = 1024;
/// Longest text in the statistics.
const STATISTICS_BYTES: usize = 64;
const NO_KEY: u32 = u32::MAX;
/// The mark of a key that is being asked for.
const AWAITED: u32 = u32::MAX - 1;

/// A text column of the row group under construction.
pub(super) struct TextColumn {
    dictionary: Option<Interner>,
    /// The dictionary as it was when the column outgrew it.
    outgrown: Option<Interner>,
    /// Keys of the page under construction.
    keys: Vec<u32>,
    /// Or its values, one behind the other, and their lengths.
    plain: Vec<u8>,
    lengths: Vec<u32>,
    levels: Levels,
    /// Smallest and largest plain value.
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// Keys of the file by keys of the batch's dictionary, which is kept to know it again.
    translated: Option<(ArrayRef, Vec<u32>)>,
    /// Finished data pages.
    pages: Pages,
}

impl TextColumn {
    pub(super) fn new(column: ColumnDescPtr, has_dictionary: bool) -> Self {
        Self {
            dictionary: has_dictionary.then(Interner::default),
            outgrown: None,
            keys: Vec::new(),
            plain: Vec::new(),
            lengths: Vec::new(),
            levels: Levels::new(),
            bounds: None,
            translated: None,
            pages: Pages::new(column),
        }
    }

    /// Bytes held.
    pub(super) fn memory_bytes(&self) -> usize {
        let dictionaries = self.dictionary.iter().chain(&self.outgrown);
        let translated = self.translated.as_ref();
        dictionaries.map(Interner::memory_bytes).sum::<usize>()
            + self.keys.capacity() * size_of::<u32>()
            + self.plain.capacity()
            + self.lengths.capacity() * size_of::<u32>()
            + translated.map_or(0, |(_, keys)| keys.capacity() * size_of::<u32>())
            + self.levels.memory_bytes()
            + self.pages.data_bytes()
    }

    /// Lets go of the dictionary of the batch written last.
    pub(super) fn rest(&mut self) {
        self.translated = None;
    }

    /// Bytes that the column will take, about.
    pub(super) fn encoded_bytes(&self) -> usize {
        let dictionaries = self.dictionary.iter().chain(&self.outgrown);
        let texts: usize = dictionaries.map(|texts| texts.plain().len()).sum();
        let keys = self.dictionary.as_ref().map_or(0, |texts| {
            self.keys.len() * hybrid::width(texts.len()) as usize / 8
        });
        texts + keys + self.plain.len() + self.pages.data_bytes()
    }

    /// Adds a column of a batch.
    pub(super) fn write(&mut self, array: &ArrayRef) -> Result<(), LakeError> {
        if let Some(array) = array.as_dictionary_opt::<Int32Type>()
            && array.values().as_string_opt::<i32>().is_some()
        {
            let mut keys = match self.translated.take() {
                Some((values, keys)) if Arc::ptr_eq(&values, array.values()) => keys,
                _ => vec![NO_KEY; array.values().len()],
            };
            self.write_keys(array, &mut keys)?;
            self.translated = Some((Arc::clone(array.values()), keys));
            return Ok(());
        }
        if let Some(texts) = array.as_string_opt::<i32>() {
            return self.write_texts(texts);
        }
        let texts = cast(array, &DataType::Utf8)?;
        self.write_texts(texts.as_string())
    }

    fn write_keys(
        &mut self,
        array: &DictionaryArray<Int32Type>,
        translated: &mut [u32],
    ) -> Result<(), LakeError> {
        let texts = array.values().as_string::<i32>();
        let (rows, all_nulls) = (array.keys().values(), array.keys().nulls());
        let mut at = 0;
        while at < array.len() {
            let n = self.step(array.len() - at);
            let part = rows.get(at..at + n).unwrap_or_default();
            let nulls = all_nulls.map(|nulls| nulls.slice(at, n));
            let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
            self.levels.see(nulls.as_ref(), n);
            if let Some(nulls) = nulls {
                let valid: Vec<_> = nulls
                    .valid_indices()
                    .filter_map(|row| part.get(row).copied())
                    .collect();
                self.put_batch_keys(&valid, texts, translated)?;
            } else {
                self.put_batch_keys(part, texts, translated)?;
            }
            at += n;
            self.end_step()?;
        }
        Ok(())
    }

    /// Adds values by their keys in the batch.
    fn put_batch_keys(
        &mut self,
        keys: &[i32],
        texts: &StringArray,
        translated: &mut [u32],
    ) -> Result<(), LakeError> {
        let text = |key: i32| texts.value(key.cast_unsigned() as usize).as_bytes();
        let Some(dictionary) = &mut self.dictionary else {
            let mut last = None;
            for key in keys {
                let text = text(*key);
                if last != Some(key) {
                    self.see_bounds(text);
                    last = Some(key);
                }
                self.put(text)?;
            }
            return Ok(());
        };
        let Some(first) = keys.first() else {
            return Ok(());
        };
        // Columns of one text all through are many.
        let is_one = keys.iter().fold(0, |all, key| all | (key ^ first)) == 0;
        let known = if is_one {
            std::slice::from_ref(first)
        } else {
            keys
        };
        let (before, n) = (self.keys.len(), keys.len() / known.len());
        if !put_translated(&mut self.keys, known, n, translated) {
            self.keys.truncate(before);
            let mut new = Vec::new();
            for key in known {
                if let Some(place) = translated.get_mut(key.cast_unsigned() as usize)
                    && *place == NO_KEY
                {
                    *place = AWAITED;
                    new.push(*key);
                }
            }
            let new_texts: Vec<_> = new.iter().map(|key| text(*key)).collect();
            for (key, found) in new.iter().zip(dictionary.keys(&new_texts)) {
                if let Some(place) = translated.get_mut(key.cast_unsigned() as usize) {
                    *place = found;
                }
            }
            put_translated(&mut self.keys, known, n, translated);
        }
        Ok(())
    }

    fn write_texts(&mut self, texts: &StringArray) -> Result<(), LakeError> {
        let mut at = 0;
        while at < texts.len() {
            let n = self.step(texts.len() - at);
            let part = texts.slice(at, n);
            let nulls = part.nulls().filter(|nulls| nulls.null_count() > 0);
            self.levels.see(nulls, n);
            if nulls.is_none() && self.dictionary.is_none() && self.outgrown.is_none() {
                self.put_all(&part)?;
            } else {
                self.put_each(&part)?;
            }
            at += n;
            self.end_step()?;
        }
        Ok(())
    }

    fn put_each(&mut self, texts: &StringArray) -> Result<(), LakeError> {
        let mut last = None::<(&str, u32)>;
        for text in texts.iter().flatten() {
            if let Some(dictionary) = &mut self.dictionary {
                let key = match last {
                    Some((same, key)) if same == text => key,
                    _ => dictionary.key(text.as_bytes()),
                };
                last = Some((text, key));
                self.keys.push(key);
            } else {
                self.see_bounds(text.as_bytes());
                self.put(text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Adds plain values that lie one behind the other already.
    fn put_all(&mut self, texts: &StringArray) -> Result<(), LakeError> {
        let offsets = texts.value_offsets();
        let (first, last) = (offsets.first(), offsets.last());
        let start = usize::try_from(*first.unwrap_or(&0)).map_err(external)?;
        let end = usize::try_from(*last.unwrap_or(&0)).map_err(external)?;
        let bytes = texts.value_data().get(start..end).unwrap_or_default();
        self.plain.extend_from_slice(bytes);
        self.check_length()?;
        let after = offsets.get(1..).unwrap_or_default();
        let lengths = offsets.iter().zip(after);
        self.lengths
            .extend(lengths.map(|(start, end)| start.abs_diff(*end)));
        Ok(())
    }

    /// Rows that may be written before the limits are looked at.
    fn step(&self, n_left: usize) -> usize {
        let room = PAGE_ROWS.saturating_sub(self.levels.rows());
        n_left.min(STEP_ROWS).min(room.max(1))
    }

    fn see_bounds(&mut self, text: &[u8]) {
        // Of texts that all differ the bounds exclude nothing.
        if self.outgrown.is_none() {
            return;
        }
        match &mut self.bounds {
            None => self.bounds = Some((text.to_vec(), text.to_vec())),
            Some((min, max)) => {
                let place = if text < min.as_slice() {
                    min
                } else if text > max.as_slice() {
                    max
                } else {
                    return;
                };
                place.clear();
                place.extend_from_slice(text);
            }
        }
    }

    /// Adds a plain value.
    fn put(&mut self, text: &[u8]) -> Result<(), LakeError> {
        self.plain.extend_from_slice(text);
        self.check_length()?;
        self.lengths
            .push(u32::try_from(text.len()).map_err(external)?);
        Ok(())
    }

    fn check_length(&self) -> Result<(), LakeError> {
        if u32::try_from(self.plain.len()).is_err() {
            let error = ParquetError::General("a page of text is too large".to_owned());
            return Err(error.into());
        }
        Ok(())
    }

    fn end_step(&mut self) -> Result<(), LakeError> {
        let is_outgrown = self.dictionary.as_ref().is_some_and(|texts| {
            let n_bytes = texts.plain().len();
            let n_rows = self.pages.rows() + self.levels.rows();
            let hardly_pays = texts.len() > n_rows / 2;
            n_bytes >= MAX_DICTIONARY_BYTES || (n_bytes >= DICTIONARY_BYTES && hardly_pays)
        });
        if is_outgrown || self.levels.rows() >= PAGE_ROWS || self.plain.len() >= PAGE_BYTES {
            self.end_page()?;
        }
        if is_outgrown {
            self.outgrown = self.dictionary.take();
            self.keys = Vec::new();
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), LakeError> {
        let n = self.levels.rows();
        if n == 0 {
            return Ok(());
        }
        let mut page = zstd::take_room();
        if self.pages.column().max_def_level() > 0 {
            self.levels.put(&mut page);
        }
        let encoding = if let Some(dictionary) = &self.dictionary {
            let width = hybrid::width(dictionary.len());
            page.push(u8::try_from(width).unwrap_or(u8::MAX));
            hybrid::put_keys(&mut page, &self.keys, width);
            Encoding::RLE_DICTIONARY
        } else if self.lengths.is_empty() {
            Encoding::PLAIN
        } else {
            delta::put(&mut page, &self.lengths);
            page.extend_from_slice(&self.plain);
            Encoding::DELTA_LENGTH_BYTE_ARRAY
        };
        self.pages
            .put_data(&page, encoding, n, self.levels.nulls())?;
        zstd::give_room(page);
        self.keys.clear();
        self.plain.clear();
        self.lengths.clear();
        self.levels.clear();
        Ok(())
    }

    /// Ends the column.
    pub(super) fn finish(mut self) -> Result<Finished, LakeError> {
        self.end_page()?;
        let dictionary = self.dictionary.take().or(self.outgrown.take());
        let mut bounds = self.bounds.take();
        if let Some(dictionary) = dictionary.filter(|_| self.pages.rows() > 0) {
            let plain = bounds.as_ref().map(|(min, max)| (&**min, &**max));
            let both = dictionary.bounds().into_iter().chain(plain);
            let both = both.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
            bounds = both.map(|(min, max)| (min.to_vec(), max.to_vec()));
            self.pages
                .put_dictionary(dictionary.plain(), dictionary.len())?;
        }
        let nulls = Some(self.pages.nulls());
        let (min, max) = bounds.unzip();
        let statistics = match (min.map(lower_bound), max.map(upper_bound)) {
            (Some((min, is_min)), Some((max, is_max))) => {
                ValueStatistics::<ByteArray>::new(Some(min), Some(max), None, nulls, false)
                    .with_min_is_exact(is_min)
                    .with_max_is_exact(is_max)
            }
            _ => ValueStatistics::new(None, None, None, nulls, false),
        };
        self.pages.finish(Statistics::ByteArray(statistics), None)
    }
}

/// Appends the keys of the file of keys of the batch, each `n` times, and tells whether all are known.
fn put_translated(out: &mut Vec<u32>, keys: &[i32], n: usize, translated: &[u32]) -> bool {
    let mut largest = 0;
    let found = keys.iter().map(|key| {
        let place = translated.get(key.cast_unsigned() as usize);
        // Arrays hold no keys outside.
        let key = place.copied().unwrap_or_default();
        largest = largest.max(key);
        key
    });
    if n == 1 {
        out.extend(found);
    } else {
        found.for_each(|key| out.resize(out.len() + n, key));
    }
    largest != NO_KEY
}

/// A text that is not larger, short enough for the statistics, and whether it is the same.
fn lower_bound(mut text: Vec<u8>) -> (ByteArray, bool) {
    let is_exact = text.len() <= STATISTICS_BYTES;
    if !is_exact {
        text.truncate(start_of_char(&text, STATISTICS_BYTES));
    }
    (text.into(), is_exact)
}

/// A text that is not smaller, short if there is one, and whether it is the same.
fn upper_bound(text: Vec<u8>) -> (ByteArray, bool) {
    if text.len() <= STATISTICS_BYTES {
        return (text.into(), true);
    }
    let mut head = text.get(..STATISTICS_BYTES).unwrap_or_default().to_vec();
    // The last letter that has a next one is raised, and what follows is cut.
    while let Some(last) = head.pop() {
        if last < 0x7f {
            head.push(last + 1);
            return (head.into(), false);
        }
    }
    (text.into(), true)
}

fn start_of_char(text: &[u8], at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80))
        .unwrap_or(0)
}
