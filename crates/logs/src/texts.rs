//! Text columns under construction: every text once and a key for each row, or row by row.
//!
//! Texts are given as bytes of valid text, cut at ASCII characters; Arrow checks them once more
//! when a column ends.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::nulls::Nulls;

/// Rows after which it is asked whether looking texts up pays.
const TRIAL_ROWS: usize = 1024;
/// Most room for texts that a column begins with.
const ROOM_BYTES: usize = 256 << 10;

/// Texts one behind the other.
#[derive(Debug)]
struct Run {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
}

impl Run {
    fn new() -> Self {
        Self {
            bytes: Vec::new(),
            offsets: vec![0],
        }
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.end_text();
    }

    #[inline]
    fn end_text(&mut self) {
        // Batches end long before: see the limit of their text.
        let end = i32::try_from(self.bytes.len()).unwrap_or(i32::MAX);
        self.offsets.push(end);
    }

    #[inline]
    fn get(&self, key: i32) -> &[u8] {
        let place = |at: usize| {
            let offset = self.offsets.get(at).copied().unwrap_or_default();
            usize::try_from(offset).unwrap_or_default()
        };
        let at = usize::try_from(key).unwrap_or_default();
        self.bytes.get(place(at)..place(at + 1)).unwrap_or_default()
    }

    /// Ends the texts. The next ones begin with room for about as many.
    fn finish(
        &mut self,
        nulls: Option<arrow::buffer::NullBuffer>,
    ) -> Result<StringArray, ArrowError> {
        let mut next = Vec::with_capacity(self.offsets.len());
        next.push(0);
        let offsets = std::mem::replace(&mut self.offsets, next);
        let room = (self.bytes.len() + self.bytes.len() / 8).min(ROOM_BYTES);
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(room));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        StringArray::try_new(offsets, bytes.into(), nulls)
    }
}

/// Whether two texts are the same. Most texts that are compared are short, and the same.
#[inline]
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        (Some(start), Some(other_start)) if one.len() <= 16 => {
            start == other_start && one.last_chunk::<8>() == other.last_chunk::<8>()
        }
        (Some(_), Some(_)) => one == other,
        _ => match (one.first_chunk::<4>(), other.first_chunk::<4>()) {
            (Some(start), Some(other_start)) => {
                start == other_start && one.last_chunk::<4>() == other.last_chunk::<4>()
            }
            _ => one.iter().eq(other),
        },
    }
}

/// A column of texts that come often.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Zero for null.
    keys: Vec<i32>,
    nulls: Nulls,
    run: Run,
    table: HashTable<i32>,
    /// Seeded: nobody who writes logs can choose texts that collide.
    hasher: DefaultHashBuilder,
    /// Of the row before, if it is not null.
    last: Option<i32>,
    /// Most texts are new: they are only compared with the one before.
    is_loose: bool,
}

impl Texts {
    pub(crate) fn new() -> Self {
        Self {
            keys: Vec::new(),
            nulls: Nulls::default(),
            run: Run::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: None,
            is_loose: false,
        }
    }

    /// Adds the text of the last row that is not null once more.
    #[inline]
    pub(crate) fn append_last(&mut self) {
        match self.last {
            Some(key) => self.keys.push(key),
            None => self.append_nulls(1),
        }
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.keys.len(), n);
        self.keys.resize(self.keys.len() + n, 0);
    }

    #[inline]
    pub(crate) fn append(&mut self, text: &[u8]) {
        let is_last = |last| is_same(self.run.get(last), text);
        if !self.last.is_some_and(is_last) {
            self.last = Some(self.key(text));
        }
        self.append_last();
    }

    fn key(&mut self, new: &[u8]) -> i32 {
        let Self {
            run: texts,
            table,
            hasher,
            ..
        } = self;
        let next = i32::try_from(texts.len()).unwrap_or(i32::MAX);
        if !self.is_loose {
            let hash = hasher.hash_one(new);
            if let Some(key) = table.find(hash, |key| is_same(texts.get(*key), new)) {
                return *key;
            }
            let rehash = |key: &i32| hasher.hash_one(texts.get(*key));
            table.insert_unique(hash, next, rehash);
            let n_rows = self.keys.len();
            self.is_loose = n_rows >= TRIAL_ROWS && texts.len() >= n_rows / 2;
        }
        texts.push(new);
        next
    }

    /// Ends the column: with a dictionary, or with the text of each row.
    pub(crate) fn finish(&mut self, as_dictionary: bool) -> Result<ArrayRef, ArrowError> {
        let n_rows = self.keys.len();
        let keys = std::mem::replace(&mut self.keys, Vec::with_capacity(n_rows));
        let is_all_null = self.nulls.count() == n_rows;
        let keys = Int32Array::try_new(keys.into(), self.nulls.finish(n_rows))?;
        let texts = self.run.finish(None)?;
        self.table.clear();
        self.last = None;
        self.is_loose = false;
        if as_dictionary {
            let column = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(texts))?;
            return Ok(Arc::new(column));
        }
        if texts.value_data().is_empty() && is_all_null {
            return Ok(Arc::new(StringArray::new_null(n_rows)));
        }
        take(&texts, &keys, None)
    }
}

/// A column of texts that hardly ever come twice.
#[derive(Debug)]
pub(crate) struct Uniques {
    run: Run,
    nulls: Nulls,
}

impl Uniques {
    pub(crate) fn new() -> Self {
        Self {
            run: Run::new(),
            nulls: Nulls::default(),
        }
    }

    #[inline]
    pub(crate) fn append(&mut self, text: &[u8]) {
        self.run.push(text);
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.run.len(), n);
        for _ in 0..n {
            self.run.end_text();
        }
    }

    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.nulls.finish(self.run.len());
        Ok(Arc::new(self.run.finish(nulls)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_when_every_byte_is() {
        for n in 0..40 {
            let one: Vec<u8> = (0..n).collect();
            assert!(is_same(&one, &one.clone()));
            for at in 0..one.len() {
                let mut other = one.clone();
                if let Some(byte) = other.get_mut(at) {
                    *byte ^= 1;
                }
                assert!(!is_same(&one, &other), "byte {at} of {n}");
            }
            let longer = [&one[..], &[n]].concat();
            assert!(!is_same(&one, &longer) && !is_same(&longer, &one));
        }
    }
}
