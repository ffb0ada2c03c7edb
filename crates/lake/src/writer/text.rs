//! One text column of a row group: dictionary, pages, statistics.
//!
//! Parquet's own writer hashes every value and compares it with the smallest and the largest so
//! far. Here only the values that a batch's dictionary names are looked at, once each: the keys of
//! the batch become keys of the file by a table. A column that outgrows its dictionary goes on
//! plain.

use std::{io::Write, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanBufferBuilder, DictionaryArray, StringArray},
    compute::cast,
    datatypes::{DataType, Int32Type},
};
use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, PageType, ZstdLevel},
    column::{
        page::{CompressedPage, Page, PageWriter},
        writer::ColumnCloseResult,
    },
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats},
        statistics::{Statistics, ValueStatistics},
        writer::{SerializedPageWriter, TrackedWrite},
    },
    schema::types::ColumnDescPtr,
};

use super::{delta, hybrid, interner::Interner};
use crate::LakeError;

/// Rows of a page: what readers skip by.
const PAGE_ROWS: usize = 20_000;
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

/// A finished column: its pages, and what the file has to know about them.
pub(super) struct Finished {
    pub(super) pages: Bytes,
    pub(super) close: ColumnCloseResult,
}

/// A text column of the row group under construction.
pub(super) struct TextColumn {
    column: ColumnDescPtr,
    dictionary: Option<Interner>,
    /// The dictionary as it was when the column outgrew it.
    outgrown: Option<Interner>,
    /// Keys of the page under construction.
    keys: Vec<u32>,
    /// Or its values, one behind the other, and their lengths.
    plain: Vec<u8>,
    lengths: Vec<u32>,
    is_valid: BooleanBufferBuilder,
    page_nulls: usize,
    /// Smallest and largest plain value.
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// Keys of the file by keys of the batch's dictionary, which is kept to know it again.
    translated: Option<(ArrayRef, Vec<u32>)>,
    /// Finished data pages.
    pages: Pages,
}

/// Finished pages in a row.
struct Pages {
    bytes: TrackedWrite<Vec<u8>>,
    uncompressed_bytes: usize,
    /// Start, length and rows of each.
    places: Vec<(usize, usize, usize)>,
    rows: usize,
    nulls: usize,
    by_key: i32,
    by_length: i32,
    plain: i32,
}

impl TextColumn {
    pub(super) fn new(column: ColumnDescPtr, has_dictionary: bool) -> Self {
        Self {
            column,
            dictionary: has_dictionary.then(Interner::default),
            outgrown: None,
            keys: Vec::new(),
            plain: Vec::new(),
            lengths: Vec::new(),
            is_valid: BooleanBufferBuilder::new(0),
            page_nulls: 0,
            bounds: None,
            translated: None,
            pages: Pages {
                bytes: TrackedWrite::new(Vec::new()),
                uncompressed_bytes: 0,
                places: Vec::new(),
                rows: 0,
                nulls: 0,
                by_key: 0,
                by_length: 0,
                plain: 0,
            },
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
            + self.pages.bytes.bytes_written()
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
        texts + keys + self.plain.len() + self.pages.bytes.bytes_written()
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
        let mut at = 0;
        while at < array.len() {
            let n = self.step(array.len() - at);
            let (before, part) = (self.keys.len(), array.keys().slice(at, n));
            let nulls = part.nulls().filter(|nulls| nulls.null_count() > 0);
            self.see_validity(
                nulls.map(arrow::buffer::NullBuffer::inner),
                part.null_count(),
                n,
            );
            let keys = part.values().iter().enumerate();
            let mut valid = keys
                .filter(|(row, _)| nulls.is_none_or(|nulls| nulls.is_valid(*row)))
                .map(|(_, key)| usize::try_from(*key).unwrap_or(usize::MAX));
            if let Some(dictionary) = &mut self.dictionary {
                self.keys.reserve(n);
                for key in valid {
                    let Some(place) = translated.get_mut(key) else {
                        continue;
                    };
                    if *place == NO_KEY {
                        *place = dictionary.key(texts.value(key).as_bytes());
                    }
                    self.keys.push(*place);
                }
                debug_assert!(self.keys.len() - before == n - part.null_count());
            } else {
                let mut last = usize::MAX;
                valid.try_for_each(|key| {
                    let text = texts.value(key).as_bytes();
                    if key != last {
                        self.see_bounds(text);
                        last = key;
                    }
                    self.put(text)
                })?;
            }
            at += n;
            self.end_step()?;
        }
        Ok(())
    }

    fn write_texts(&mut self, texts: &StringArray) -> Result<(), LakeError> {
        let mut at = 0;
        while at < texts.len() {
            let n = self.step(texts.len() - at);
            let part = texts.slice(at, n);
            let nulls = part.nulls().filter(|nulls| nulls.null_count() > 0);
            self.see_validity(
                nulls.map(arrow::buffer::NullBuffer::inner),
                part.null_count(),
                n,
            );
            let mut last = None::<(&str, u32)>;
            for text in part.iter().flatten() {
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
            at += n;
            self.end_step()?;
        }
        Ok(())
    }

    /// Rows that may be written before the limits are looked at.
    fn step(&self, n_left: usize) -> usize {
        let room = PAGE_ROWS.saturating_sub(self.is_valid.len());
        n_left.min(STEP_ROWS).min(room.max(1))
    }

    fn see_validity(
        &mut self,
        bits: Option<&arrow::buffer::BooleanBuffer>,
        n_nulls: usize,
        n: usize,
    ) {
        self.page_nulls += n_nulls;
        match bits {
            Some(bits) => self.is_valid.append_buffer(bits),
            None => self.is_valid.append_n(n, true),
        }
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
        let length = u32::try_from(text.len());
        if u32::try_from(self.plain.len()).is_err() {
            let error = ParquetError::General("a page of text is too large".to_owned());
            return Err(error.into());
        }
        self.lengths.push(length.map_err(parquet_error)?);
        Ok(())
    }

    fn end_step(&mut self) -> Result<(), LakeError> {
        let is_outgrown = self.dictionary.as_ref().is_some_and(|texts| {
            let n_bytes = texts.plain().len();
            let n_rows = self.pages.rows + self.is_valid.len();
            let hardly_pays = texts.len() > n_rows / 2;
            n_bytes >= MAX_DICTIONARY_BYTES || (n_bytes >= DICTIONARY_BYTES && hardly_pays)
        });
        if is_outgrown || self.is_valid.len() >= PAGE_ROWS || self.plain.len() >= PAGE_BYTES {
            self.end_page()?;
        }
        if is_outgrown {
            self.outgrown = self.dictionary.take();
            self.keys = Vec::new();
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), LakeError> {
        let n = self.is_valid.len();
        if n == 0 {
            return Ok(());
        }
        let mut page = Vec::with_capacity(
            self.plain.len() + self.lengths.len() / 8 + self.keys.len() * 2 + 64,
        );
        if self.column.max_def_level() > 0 {
            hybrid::put_levels(&mut page, self.is_valid.as_slice(), n, self.page_nulls);
        }
        let encoding = if let Some(dictionary) = &self.dictionary {
            let width = hybrid::width(dictionary.len());
            page.push(u8::try_from(width).unwrap_or(u8::MAX));
            hybrid::put_keys(&mut page, &self.keys, width);
            self.pages.by_key += 1;
            Encoding::RLE_DICTIONARY
        } else if self.lengths.is_empty() {
            self.pages.plain += 1;
            Encoding::PLAIN
        } else {
            delta::put(&mut page, &self.lengths);
            page.extend_from_slice(&self.plain);
            self.pages.by_length += 1;
            Encoding::DELTA_LENGTH_BYTE_ARRAY
        };
        self.pages.put_data(&page, encoding, n, self.page_nulls)?;
        self.keys.clear();
        self.plain.clear();
        self.lengths.clear();
        self.is_valid.truncate(0);
        self.page_nulls = 0;
        Ok(())
    }

    /// Ends the column.
    pub(super) fn finish(mut self) -> Result<Finished, LakeError> {
        self.end_page()?;
        let dictionary = self.dictionary.take().or(self.outgrown.take());
        let mut bounds = self.bounds.take();
        let mut first = self.pages.with_counts();
        if let Some(dictionary) = dictionary.filter(|_| self.pages.by_key > 0) {
            first.put_dictionary(&dictionary)?;
            let texts = || bounds.iter().flat_map(|(min, max)| [&**min, &**max]);
            let min = dictionary.iter().chain(texts()).min().map(<[u8]>::to_vec);
            let max = dictionary.iter().chain(texts()).max().map(<[u8]>::to_vec);
            bounds = min.zip(max);
        }
        let dictionary_bytes = first.bytes.bytes_written();
        let data = self.pages.bytes.into_inner().map_err(parquet_error)?;
        first.bytes.write_all(&data).map_err(parquet_error)?;
        let bytes = first.bytes.into_inner().map_err(parquet_error)?;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let mut index = OffsetIndexBuilder::new();
        for (start, length, rows) in &self.pages.places {
            index.append_row_count(count(*rows));
            let length = i32::try_from(*length).map_err(parquet_error)?;
            index.append_offset_and_size(count(start + dictionary_bytes), length);
        }
        let nulls = self.pages.nulls as u64;
        let (min, max) = bounds.unzip();
        let statistics = match (min.map(lower_bound), max.map(upper_bound)) {
            (Some((min, is_min)), Some((max, is_max))) => {
                ValueStatistics::<ByteArray>::new(Some(min), Some(max), None, Some(nulls), false)
                    .with_min_is_exact(is_min)
                    .with_max_is_exact(is_max)
            }
            _ => ValueStatistics::new(None, None, None, Some(nulls), false),
        };
        let has_dictionary = dictionary_bytes > 0;
        let mut encodings = vec![Encoding::RLE];
        let mut pages = Vec::new();
        let mut see = |page_type, encoding, count| {
            if count > 0 {
                encodings.push(encoding);
                pages.push(PageEncodingStats {
                    page_type,
                    encoding,
                    count,
                });
            }
        };
        see(
            PageType::DICTIONARY_PAGE,
            Encoding::PLAIN,
            i32::from(has_dictionary),
        );
        see(
            PageType::DATA_PAGE,
            Encoding::RLE_DICTIONARY,
            self.pages.by_key,
        );
        see(
            PageType::DATA_PAGE,
            Encoding::DELTA_LENGTH_BYTE_ARRAY,
            self.pages.by_length,
        );
        see(PageType::DATA_PAGE, Encoding::PLAIN, self.pages.plain);
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(pages)
            .set_total_compressed_size(count(bytes.len()))
            .set_total_uncompressed_size(count(first.uncompressed_bytes))
            .set_num_values(count(self.pages.rows))
            .set_data_page_offset(count(dictionary_bytes))
            .set_dictionary_page_offset(has_dictionary.then_some(0))
            .set_statistics(Statistics::ByteArray(statistics))
            .build()?;
        Ok(Finished {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: self.pages.rows as u64,
                metadata,
                bloom_filter: None,
                column_index: None,
                offset_index: Some(index.build()),
            },
            pages: bytes.into(),
        })
    }
}

impl Pages {
    /// No pages, but what is known of all.
    fn with_counts(&self) -> Self {
        Self {
            bytes: TrackedWrite::new(Vec::new()),
            places: Vec::new(),
            ..*self
        }
    }

    fn put_data(
        &mut self,
        page: &[u8],
        encoding: Encoding,
        rows: usize,
        nulls: usize,
    ) -> Result<(), LakeError> {
        let data = Page::DataPage {
            buf: super::zstd::packed(page)?,
            num_values: u32::try_from(rows).map_err(parquet_error)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let start = self.bytes.bytes_written();
        self.put(CompressedPage::new(data, page.len()))?;
        let length = self.bytes.bytes_written() - start;
        self.places.push((start, length, rows));
        self.rows += rows;
        self.nulls += nulls;
        Ok(())
    }

    fn put_dictionary(&mut self, texts: &Interner) -> Result<(), LakeError> {
        let page = Page::DictionaryPage {
            buf: super::zstd::packed(texts.plain())?,
            num_values: u32::try_from(texts.len()).map_err(parquet_error)?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.put(CompressedPage::new(page, texts.plain().len()))
    }

    fn put(&mut self, page: CompressedPage) -> Result<(), LakeError> {
        let written = SerializedPageWriter::new(&mut self.bytes).write_page(page)?;
        self.uncompressed_bytes += written.uncompressed_size;
        Ok(())
    }
}

fn parquet_error(error: impl std::error::Error + Send + Sync + 'static) -> LakeError {
    ParquetError::External(Box::new(error)).into()
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
