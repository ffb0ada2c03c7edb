//! One number column of a row group.
//!
//! Parquet's own writer makes levels for every row, and hashes, compares and packs value by value.
//! Here the values of a page are kept as they come, and a page is written of all at once.

use arrow::{
    array::{Array, ArrayRef, AsArray},
    buffer::NullBuffer,
    datatypes::{DataType, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType},
};
use hashbrown::{DefaultHashBuilder, HashTable};
use parquet::{
    basic::{BoundaryOrder, Encoding, Type},
    file::{
        metadata::ColumnIndexBuilder,
        page_index::column_index::ColumnIndexMetaData,
        statistics::{Statistics, ValueStatistics},
    },
    schema::types::ColumnDescPtr,
};
use std::hash::BuildHasher;

use super::{
    delta, hybrid,
    levels::Levels,
    pages::{Finished, Pages},
    text::PAGE_ROWS,
    zstd,
};
use crate::LakeError;

/// Values of a dictionary after which the column goes on plain.
const DICTIONARY_VALUES: usize = 128 << 10;

/// A column of numbers of 16, 32 or 64 bits, or of times.
pub(super) struct NumberColumn {
    /// How a page is written that has no dictionary.
    encoding: Encoding,
    /// Whether the file has 64 bits for a value, and not 32.
    is_long: bool,
    dictionary: Option<Dictionary>,
    /// The dictionary as it was when the column outgrew it.
    outgrown: Option<Dictionary>,
    /// Values of the page under construction.
    values: Vec<i64>,
    levels: Levels,
    /// Smallest and largest value, and nulls, of each page.
    bounds: Vec<(Option<(i64, i64)>, usize)>,
    pages: Pages,
}

/// Every number once, in the order in which they came.
#[derive(Default)]
struct Dictionary {
    values: Vec<i64>,
    table: HashTable<(i64, u32)>,
    hasher: DefaultHashBuilder,
}

impl NumberColumn {
    /// Whether such columns can be written here.
    pub(super) fn writes(data_type: &DataType) -> bool {
        matches!(
            data_type,
            DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::Timestamp(TimeUnit::Microsecond, _)
        )
    }

    /// A column of pages of `encoding`, or with a dictionary.
    pub(super) fn new(column: ColumnDescPtr, encoding: Option<Encoding>) -> Self {
        Self {
            encoding: encoding.unwrap_or(Encoding::PLAIN),
            is_long: column.physical_type() == Type::INT64,
            dictionary: encoding.is_none().then(Dictionary::default),
            outgrown: None,
            values: Vec::new(),
            levels: Levels::new(),
            bounds: Vec::new(),
            pages: Pages::new(column),
        }
    }

    /// Bytes held.
    pub(super) fn memory_bytes(&self) -> usize {
        let dictionaries = self.dictionary.iter().chain(&self.outgrown);
        dictionaries.map(Dictionary::memory_bytes).sum::<usize>()
            + self.values.capacity() * size_of::<i64>()
            + self.levels.memory_bytes()
            + self.pages.data_bytes()
    }

    /// Bytes that the column will take, about.
    pub(super) fn encoded_bytes(&self) -> usize {
        let dictionaries = self.dictionary.iter().chain(&self.outgrown);
        let n_values: usize = dictionaries.map(|numbers| numbers.values.len()).sum();
        let width = match &self.dictionary {
            Some(numbers) => hybrid::width(numbers.values.len()) as usize,
            None => self.value_bytes() * 8,
        };
        n_values * self.value_bytes() + self.values.len() * width / 8 + self.pages.data_bytes()
    }

    fn value_bytes(&self) -> usize {
        if self.is_long { 8 } else { 4 }
    }

    /// Adds a column of a batch, of the type that the column is of.
    pub(super) fn write(&mut self, array: &ArrayRef) -> Result<(), LakeError> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        match array.data_type() {
            DataType::Int16 => {
                self.write_numbers(array.as_primitive::<Int16Type>().values(), nulls)
            }
            DataType::Int32 => {
                self.write_numbers(array.as_primitive::<Int32Type>().values(), nulls)
            }
            DataType::Int64 => {
                self.write_numbers(array.as_primitive::<Int64Type>().values(), nulls)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let times = array.as_primitive::<TimestampMicrosecondType>();
                self.write_numbers(times.values(), nulls)
            }
            other => {
                let error = format!("numbers of type {other}");
                Err(parquet::errors::ParquetError::NYI(error).into())
            }
        }
    }

    fn write_numbers<T: Copy + Into<i64>>(
        &mut self,
        numbers: &[T],
        nulls: Option<&NullBuffer>,
    ) -> Result<(), LakeError> {
        let mut at = 0;
        while at < numbers.len() {
            let n = (numbers.len() - at).min(PAGE_ROWS - self.levels.rows());
            let part = numbers.get(at..at + n).unwrap_or_default();
            if let Some(nulls) = nulls.map(|nulls| nulls.slice(at, n)) {
                let valid = nulls.valid_indices().filter_map(|row| part.get(row));
                self.values.extend(valid.map(|number| (*number).into()));
                self.levels.see(Some(&nulls), n);
            } else {
                self.values
                    .extend(part.iter().map(|number| (*number).into()));
                self.levels.see(None, n);
            }
            at += n;
            if self.levels.rows() >= PAGE_ROWS {
                self.end_page()?;
            }
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), LakeError> {
        let rows = self.levels.rows();
        if rows == 0 {
            return Ok(());
        }
        let mut page = zstd::take_room();
        if self.pages.column().max_def_level() > 0 {
            self.levels.put(&mut page);
        }
        let encoding = if let Some(dictionary) = &mut self.dictionary {
            let keys = dictionary.keys(&self.values);
            let width = hybrid::width(dictionary.values.len());
            page.push(u8::try_from(width).unwrap_or(u8::MAX));
            hybrid::put_keys(&mut page, &keys, width);
            Encoding::RLE_DICTIONARY
        } else {
            match self.encoding {
                Encoding::DELTA_BINARY_PACKED => delta::put(&mut page, &self.values),
                Encoding::BYTE_STREAM_SPLIT => put_split(&mut page, &self.values, self.is_long),
                _ => put_plain(&mut page, &self.values, self.is_long),
            }
            self.encoding
        };
        let nulls = self.levels.nulls();
        self.pages.put_data(&page, encoding, rows, nulls)?;
        zstd::give_room(page);
        let first = self.values.first().copied();
        let bounds = first.map(|first| {
            let bounds = (first, first);
            let values = self.values.iter();
            values.fold(bounds, |(min, max), value| {
                (min.min(*value), max.max(*value))
            })
        });
        self.bounds.push((bounds, nulls));
        self.values.clear();
        self.levels.clear();
        let is_outgrown = |numbers: &mut Dictionary| numbers.values.len() >= DICTIONARY_VALUES;
        if let Some(dictionary) = self.dictionary.take_if(is_outgrown) {
            self.outgrown = Some(dictionary);
        }
        Ok(())
    }

    /// Ends the column.
    pub(super) fn finish(mut self) -> Result<Finished, LakeError> {
        self.end_page()?;
        let index = self.column_index()?;
        if let Some(dictionary) = self.dictionary.take().or(self.outgrown.take())
            && self.pages.rows() > 0
        {
            let mut plain = Vec::with_capacity(dictionary.values.len() * self.value_bytes());
            put_plain(&mut plain, &dictionary.values, self.is_long);
            self.pages.put_dictionary(&plain, dictionary.values.len())?;
        }
        let bounds = self.bounds.iter().filter_map(|(bounds, _)| *bounds);
        let bounds = bounds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let (min, max) = bounds.unzip();
        let nulls = Some(self.pages.nulls());
        let statistics = if self.is_long {
            let statistics = ValueStatistics::new(min, max, None, nulls, false);
            Statistics::Int64(statistics.with_backwards_compatible_min_max(true))
        } else {
            let statistics =
                ValueStatistics::new(min.map(short), max.map(short), None, nulls, false);
            Statistics::Int32(statistics.with_backwards_compatible_min_max(true))
        };
        self.pages.finish(statistics, Some(index))
    }

    /// The bounds of each page: what readers skip by.
    fn column_index(&self) -> Result<ColumnIndexMetaData, LakeError> {
        let mut index = ColumnIndexBuilder::new(self.pages.column().physical_type());
        let bytes = |number: i64| {
            let mut bytes = Vec::with_capacity(8);
            put_plain(&mut bytes, &[number], self.is_long);
            bytes
        };
        for (bounds, nulls) in &self.bounds {
            let (min, max) = bounds.unzip();
            index.append(
                bounds.is_none(),
                min.map(bytes).unwrap_or_default(),
                max.map(bytes).unwrap_or_default(),
                i64::try_from(*nulls).unwrap_or(i64::MAX),
            );
        }
        let bounds = || self.bounds.iter().filter_map(|(bounds, _)| *bounds);
        let order = if bounds().is_sorted_by(|one, next| one.0 <= next.0 && one.1 <= next.1) {
            BoundaryOrder::ASCENDING
        } else if bounds().is_sorted_by(|one, next| one.0 >= next.0 && one.1 >= next.1) {
            BoundaryOrder::DESCENDING
        } else {
            BoundaryOrder::UNORDERED
        };
        index.set_boundary_order(order);
        Ok(index.build()?)
    }
}

impl Dictionary {
    fn memory_bytes(&self) -> usize {
        self.values.capacity() * size_of::<i64>() + self.table.allocation_size()
    }

    /// The numbers of values.
    fn keys(&mut self, values: &[i64]) -> Vec<u32> {
        let mut last = None;
        let keys = values.iter().map(|value| match last {
            Some((same, key)) if same == *value => key,
            _ => {
                let key = self.key(*value);
                last = Some((*value, key));
                key
            }
        });
        keys.collect()
    }

    fn key(&mut self, value: i64) -> u32 {
        let Self {
            values,
            table,
            hasher,
        } = self;
        let hash = hasher.hash_one(value);
        if let Some((_, key)) = table.find(hash, |(other, _)| *other == value) {
            return *key;
        }
        let key = u32::try_from(values.len()).unwrap_or(u32::MAX);
        table.insert_unique(hash, (value, key), |(other, _)| hasher.hash_one(other));
        values.push(value);
        key
    }
}

/// A number of a column of 32 bits, which came from one.
fn short(number: i64) -> i32 {
    i32::try_from(number).unwrap_or_default()
}

/// Appends the bytes of each number.
fn put_plain(out: &mut Vec<u8>, numbers: &[i64], is_long: bool) {
    if is_long {
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    } else {
        let bytes = numbers.iter().map(|number| short(*number).to_le_bytes());
        out.extend(bytes.flatten());
    }
}

/// Appends the lowest bytes of all numbers, then the next ones: of most numbers the high bytes are
/// alike.
fn put_split(out: &mut Vec<u8>, numbers: &[i64], is_long: bool) {
    let all = numbers.iter().fold(0, |all, number| all | number);
    let n_bytes = if is_long { 8 } else { 4 };
    out.reserve(numbers.len() * n_bytes);
    for shift in (0..n_bytes).map(|at| 8 * at) {
        if all >> shift == 0 {
            out.resize(out.len() + numbers.len(), 0);
        } else {
            out.extend(numbers.iter().map(|number| {
                let [low, ..] = (number >> shift).to_le_bytes();
                low
            }));
        }
    }
}
