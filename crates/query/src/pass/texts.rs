//! Small numbers for the values of a column: equal values of one column have equal codes.
//!
//! Values are known by a number of 128 bits each, not kept: of texts a hash whose keys are random
//! in each run. Two different texts share it once in 2^128 pairs.

use std::{hash::BuildHasher, ops::Range};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, ByteView, DictionaryArray, MAX_INLINE_VIEW_LEN, StringArray,
        StringViewArray,
    },
    buffer::Buffer,
    datatypes::{DataType, Date32Type, Int16Type, Int32Type, Int64Type},
};
use datafusion::{common::exec_err, error::Result};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::small;

/// Values after which a dictionary is begun anew, so that columns with millions of values need no
/// more memory than others: as many as a table of a quarter of a million places takes.
const MAX_VALUES: usize = 200_000;
/// Numbers that are looked up by themselves.
const SMALL_NUMBERS: usize = 1024;
/// Texts remembered by where they are; a power of two.
const MEMO: usize = 1 << MEMO_BITS;
const MEMO_BITS: u32 = 14;
/// Bytes of decoded pages that may be kept from being freed: what is remembered lies in them.
const MAX_HELD_BYTES: usize = 16 << 20;

/// The dictionary of one column, or of one column together with codes beside it. Codes are given
/// in the order in which values come.
#[derive(Debug)]
pub(super) struct Coder {
    hashers: [DefaultHashBuilder; 2],
    index: HashTable<Known>,
    /// The codes of texts seen lately, by their place in memory.
    memo: Vec<Seen>,
    /// The pages that places in `memo` are of: as long as they are held, nothing else is there.
    held: Vec<Buffer>,
    /// The codes of the dictionary that was seen last.
    stored: Option<Stored>,
    /// The code of each small number and one; 0 is none yet.
    small_numbers: Vec<u32>,
}

/// What the numbers of a dictionary of a file mean here.
#[derive(Debug)]
struct Stored {
    /// Held, so that nothing else comes to lie in its place.
    texts: StringArray,
    beside: u32,
    /// The code of each text and one; 0 is none yet.
    after_codes: Vec<u32>,
}

impl Stored {
    fn new(texts: &StringArray, beside: u32) -> Self {
        Self {
            texts: texts.clone(),
            beside,
            after_codes: vec![0; texts.len()],
        }
    }

    fn is_of(&self, texts: &StringArray, beside: u32) -> bool {
        self.beside == beside
            && self.texts.len() == texts.len()
            && self.texts.value_data().as_ptr() == texts.value_data().as_ptr()
            && self.texts.value_offsets().as_ptr() == texts.value_offsets().as_ptr()
    }
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// Of the value, and the code beside it.
    hash: u64,
    value: u64,
    beside: u32,
    code: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    place: u128,
    beside: u32,
    /// The code and one; 0 is none.
    after_code: u32,
}

/// What stands for NULL beside all values.
const NULL: u64 = 0x6e75_6c6c;

impl Coder {
    /// Whether columns of the type have codes.
    pub(super) fn is_for(data_type: &DataType) -> bool {
        matches!(
            data_type,
            DataType::Utf8View
                | DataType::Utf8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::Date32
        )
    }

    pub(super) fn new() -> Self {
        Self {
            hashers: [DefaultHashBuilder::default(), DefaultHashBuilder::default()],
            index: HashTable::new(),
            memo: Vec::new(),
            held: Vec::new(),
            stored: None,
            small_numbers: vec![0; SMALL_NUMBERS],
        }
    }

    /// How many codes there are.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() > MAX_VALUES
    }

    /// The codes of a column, one a row. Values with different codes beside them are different.
    pub(super) fn codes(
        &mut self,
        column: &ArrayRef,
        beside: Option<&[u32]>,
        codes: &mut Vec<u32>,
    ) -> Result<()> {
        codes.clear();
        codes.reserve(column.len());
        match column.data_type() {
            DataType::Utf8View => self.views(column.as_string_view(), beside, codes),
            DataType::Utf8 => {
                let hashers = self.hashers.clone();
                let texts = column.as_string::<i32>().iter();
                self.values(texts, beside, codes, |text: &str| {
                    text_value(&hashers, text)
                });
            }
            DataType::Int16 => {
                let values = column.as_primitive::<Int16Type>().iter();
                self.numbers(values.map(|n| n.map(i64::from)), beside, codes);
            }
            DataType::Int32 => {
                let values = column.as_primitive::<Int32Type>().iter();
                self.numbers(values.map(|n| n.map(i64::from)), beside, codes);
            }
            DataType::Date32 => {
                let values = column.as_primitive::<Date32Type>().iter();
                self.numbers(values.map(|n| n.map(i64::from)), beside, codes);
            }
            DataType::Int64 => {
                self.numbers(column.as_primitive::<Int64Type>().iter(), beside, codes);
            }
            DataType::Dictionary(..) => {
                let dictionary = column.as_dictionary_opt::<Int32Type>();
                let texts = dictionary.and_then(|column| column.values().as_string_opt::<i32>());
                let Some((dictionary, texts)) = dictionary.zip(texts) else {
                    return exec_err!("internal error: a dictionary of another kind");
                };
                self.dictionary(dictionary, texts, beside, codes);
            }
            other => return exec_err!("internal error: a column of {other} has no codes"),
        }
        Ok(())
    }

    fn numbers(
        &mut self,
        values: impl Iterator<Item = Option<i64>>,
        beside: Option<&[u32]>,
        codes: &mut Vec<u32>,
    ) {
        let hasher = self.hashers[0].clone();
        let value_of = |number: i64| (hasher.hash_one(number), number.cast_unsigned());
        if beside.is_some() {
            self.values(values, beside, codes, value_of);
            return;
        }
        let mut of_null = None;
        for value in values {
            let Some(number) = value else {
                codes.push(*of_null.get_or_insert_with(|| self.code(NULL, NULL, 0)));
                continue;
            };
            // Most numbers that have codes are statuses.
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            let known = self.small_numbers.get(at).copied().unwrap_or(0);
            if known != 0 {
                codes.push(known - 1);
                continue;
            }
            let (hash, value) = value_of(number);
            let code = self.code(hash, value, 0);
            if let Some(known) = self.small_numbers.get_mut(at) {
                *known = code + 1;
            }
            codes.push(code);
        }
    }

    /// Codes of values that are cheap to compare with the row before.
    fn values<T: PartialEq + Copy>(
        &mut self,
        values: impl Iterator<Item = Option<T>>,
        beside: Option<&[u32]>,
        codes: &mut Vec<u32>,
        value_of: impl Fn(T) -> (u64, u64),
    ) {
        let mut last = None;
        for (row, value) in values.enumerate() {
            let beside = code_at(beside, row);
            let code = match last {
                Some((same, of, code)) if same == value && of == beside => code,
                _ => {
                    let (hash, known) = value.map_or((NULL, NULL), &value_of);
                    self.code(hash, known, beside)
                }
            };
            last = Some((value, beside, code));
            codes.push(code);
        }
    }

    /// Each text of a dictionary is looked at once, and a row is a number to look up.
    fn dictionary(
        &mut self,
        column: &DictionaryArray<Int32Type>,
        texts: &StringArray,
        beside: Option<&[u32]>,
        codes: &mut Vec<u32>,
    ) {
        let Some(beside) = beside else {
            self.stored(column, texts, 0..column.len(), 0, codes);
            return;
        };
        // Rows of a file have the same beside them.
        let mut start = 0;
        for same in beside.chunk_by(|one, next| one == next) {
            let end = start + same.len();
            let beside = same.first().copied().unwrap_or(0);
            self.stored(column, texts, start..end, beside, codes);
            start = end;
        }
    }

    fn stored(
        &mut self,
        column: &DictionaryArray<Int32Type>,
        texts: &StringArray,
        rows: Range<usize>,
        beside: u32,
        codes: &mut Vec<u32>,
    ) {
        let known = self.stored.take();
        let known = known.filter(|known| known.is_of(texts, beside));
        let mut stored = known.unwrap_or_else(|| Stored::new(texts, beside));
        let nulls = column.keys().nulls();
        let keys = column.keys().values();
        let mut of_null = None;
        for (row, key) in rows.clone().zip(keys.get(rows).unwrap_or_default()) {
            let key = usize::try_from(*key).unwrap_or(usize::MAX);
            let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
            let code = match stored.after_codes.get_mut(key) {
                Some(after_code) if !is_null => {
                    if *after_code == 0 {
                        let (hash, value) = text_value(&self.hashers, texts.value(key));
                        *after_code = self.code(hash, value, beside) + 1;
                    }
                    *after_code - 1
                }
                _ => *of_null.get_or_insert_with(|| self.code(NULL, NULL, beside)),
            };
            codes.push(code);
        }
        self.stored = Some(stored);
    }

    fn views(&mut self, column: &StringViewArray, beside: Option<&[u32]>, codes: &mut Vec<u32>) {
        if self.memo.is_empty() {
            self.memo = vec![Seen::default(); MEMO];
        }
        self.hold(column);
        let starts = column.data_buffers().iter();
        let starts: Vec<usize> = starts.map(|page| page.as_ptr().addr()).collect();
        let nulls = column.nulls();
        let mut last = None;
        for (row, view) in column.views().iter().copied().enumerate() {
            let beside = code_at(beside, row);
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                codes.push(self.code(NULL, NULL, beside));
                continue;
            }
            let code = match last {
                Some((same, of, code)) if same == view && of == beside => code,
                _ => self.view(view, &starts, row, column, beside),
            };
            last = Some((view, beside, code));
            codes.push(code);
        }
    }

    /// Keeps the pages of a column from being freed as long as their texts are remembered.
    fn hold(&mut self, column: &StringViewArray) {
        let is_same = |held: &Buffer, page: &Buffer| {
            held.as_ptr() == page.as_ptr() && held.len() == page.len()
        };
        let new = column.data_buffers().iter();
        let new = new.filter(|page| !self.held.iter().any(|held| is_same(held, page)));
        let new: Vec<Buffer> = new.cloned().collect();
        if new.is_empty() {
            return;
        }
        let held_bytes: usize = self.held.iter().map(Buffer::len).sum();
        if held_bytes > MAX_HELD_BYTES {
            self.memo.fill(Seen::default());
            self.held = column.data_buffers().to_vec();
        } else {
            self.held.extend(new);
        }
    }

    /// Rows of one dictionary page share their texts: most are never looked at.
    fn view(
        &mut self,
        view: u128,
        starts: &[usize],
        row: usize,
        column: &StringViewArray,
        beside: u32,
    ) -> u32 {
        // Of a short text the view is the text itself.
        let parts = ByteView::from(view);
        let place = if parts.length <= MAX_INLINE_VIEW_LEN {
            view
        } else {
            let start = starts.get(parts.buffer_index as usize).copied();
            let at = start.unwrap_or(0) + parts.offset as usize;
            u128::from(parts.length) | (at as u128) << 32
        };
        let (low, high) = halves(place);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = usize::try_from(mixed >> (64 - MEMO_BITS)).unwrap_or(0);
        if let Some(seen) = self.memo.get(at)
            && seen.place == place
            && seen.beside == beside
            && seen.after_code != 0
        {
            return seen.after_code - 1;
        }
        let (hash, value) = text_value(&self.hashers, column.value(row));
        let code = self.code(hash, value, beside);
        if let Some(seen) = self.memo.get_mut(at) {
            *seen = Seen {
                place,
                beside,
                after_code: code + 1,
            };
        }
        code
    }

    fn code(&mut self, hash: u64, value: u64, beside: u32) -> u32 {
        let hash = hash ^ u64::from(beside).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let is_it =
            |known: &Known| known.value == value && known.hash == hash && known.beside == beside;
        if let Some(known) = self.index.find(hash, is_it) {
            return known.code;
        }
        let code = small(self.index.len());
        let known = Known {
            hash,
            value,
            beside,
            code,
        };
        self.index.insert_unique(hash, known, |known| known.hash);
        code
    }
}

fn text_value(hashers: &[DefaultHashBuilder; 2], text: &str) -> (u64, u64) {
    let [first, second] = hashers;
    (first.hash_one(text), second.hash_one(text))
}

fn code_at(beside: Option<&[u32]>, row: usize) -> u32 {
    beside
        .and_then(|codes| codes.get(row))
        .copied()
        .unwrap_or(0)
}

fn halves(view: u128) -> (u64, u64) {
    let low = view & u128::from(u64::MAX);
    let half = |half: u128| u64::try_from(half).unwrap_or(0);
    (half(low), half(view >> 64))
}
