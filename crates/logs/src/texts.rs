//! A text column under construction: every text once, and a key for each row.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Rows after which it is asked whether looking texts up pays.
const TRIAL_ROWS: usize = 1024;

/// The column.
#[derive(Debug)]
pub(crate) struct Texts {
    keys: Vec<i32>,
    is_valid: Vec<bool>,
    n_nulls: usize,
    /// The texts, one behind the other.
    text: String,
    offsets: Vec<i32>,
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
            is_valid: Vec::new(),
            n_nulls: 0,
            text: String::new(),
            offsets: vec![0],
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: None,
            is_loose: false,
        }
    }

    /// Whether the text is that of the last row that is not null.
    #[inline]
    pub(crate) fn is_last(&self, text: &str) -> bool {
        self.last
            .is_some_and(|key| get(&self.text, &self.offsets, key) == text)
    }

    /// Adds the text of the last row that is not null once more.
    #[inline]
    pub(crate) fn append_last(&mut self) {
        match self.last {
            Some(key) => {
                self.keys.push(key);
                self.is_valid.push(true);
            }
            None => self.append_nulls(1),
        }
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.keys.resize(self.keys.len() + n, 0);
        self.is_valid.resize(self.keys.len(), false);
        self.n_nulls += n;
    }

    #[inline]
    pub(crate) fn append(&mut self, text: &str) {
        if !self.is_last(text) {
            self.last = Some(self.key(text));
        }
        self.append_last();
    }

    fn key(&mut self, new: &str) -> i32 {
        let Self {
            text,
            offsets,
            table,
            hasher,
            ..
        } = self;
        let next = i32::try_from(offsets.len() - 1).unwrap_or(i32::MAX);
        if !self.is_loose {
            let hash = hasher.hash_one(new);
            if let Some(key) = table.find(hash, |key| get(text, offsets, *key) == new) {
                return *key;
            }
            let rehash = |key: &i32| hasher.hash_one(get(text, offsets, *key));
            table.insert_unique(hash, next, rehash);
            let n_rows = self.keys.len();
            self.is_loose = n_rows >= TRIAL_ROWS && offsets.len() > n_rows / 2;
        }
        text.push_str(new);
        offsets.push(i32::try_from(text.len()).unwrap_or(i32::MAX));
        next
    }

    /// Ends the column: with a dictionary, or with the text of each row.
    pub(crate) fn finish(&mut self, as_dictionary: bool) -> Result<ArrayRef, ArrowError> {
        let n_rows = self.keys.len();
        let keys = std::mem::replace(&mut self.keys, Vec::with_capacity(n_rows));
        let nulls = (self.n_nulls > 0).then(|| NullBuffer::from(self.is_valid.as_slice()));
        self.is_valid.clear();
        self.n_nulls = 0;
        let keys = Int32Array::try_new(keys.into(), nulls)?;
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let text = std::mem::take(&mut self.text);
        self.text.reserve(text.len() + text.len() / 8);
        let texts = StringArray::try_new(offsets, text.into_bytes().into(), None)?;
        self.table.clear();
        self.last = None;
        if as_dictionary {
            let column = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(texts))?;
            return Ok(Arc::new(column));
        }
        if texts.value_data().is_empty() && keys.null_count() == n_rows {
            return Ok(Arc::new(StringArray::new_null(n_rows)));
        }
        take(&texts, &keys, None)
    }
}

fn get<'a>(text: &'a str, offsets: &[i32], key: i32) -> &'a str {
    let place = |at: usize| {
        let offset = offsets.get(at).copied().unwrap_or_default();
        usize::try_from(offset).unwrap_or_default()
    };
    let at = usize::try_from(key).unwrap_or_default();
    text.get(place(at)..place(at + 1)).unwrap_or_default()
}
