//! Text columns under construction: every text once and a key for each row, or row by row.
//!
//! Texts are given as bytes of valid text, cut at ASCII characters; Arrow checks them once more
//! when a column ends.

use std::borrow::Cow;
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
/// How many texts are kept at hand, as a power of two.
const RECENT_BITS: u32 = 3;
/// Length of a request's id: a copy of known length is quicker.
const ID_BYTES: usize = 56;
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

/// Whether two texts are the same. Most texts that are compared are short, and the same: to call
/// what compares long ones costs more than to compare them.
#[inline]
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && match one.len() {
            0..4 => one.iter().eq(other),
            4..8 => are_ends_same::<4>(one, other),
            8..=16 => are_ends_same::<8>(one, other),
            17..=32 => are_ends_same::<16>(one, other),
            33..=64 => are_ends_same::<32>(one, other),
            _ => one == other,
        }
}

/// Whether the first and last `N` bytes are the same, of texts that have as many.
#[inline]
fn are_ends_same<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    one.first_chunk::<N>() == other.first_chunk() && one.last_chunk::<N>() == other.last_chunk()
}

/// Calls `each` with every text that is another than the one before, and how often it comes in a
/// row.
#[inline]
pub(crate) fn each_run<'a>(
    mut texts: impl Iterator<Item = &'a [u8]>,
    mut each: impl FnMut(&'a [u8], usize),
) {
    let mut next = texts.next();
    while let Some(text) = next {
        let texts = &mut texts;
        let n;
        // How to compare is asked once a run: most are long.
        (n, next) = match text.len() {
            0 | 1 => run(text, texts, |one, other| one.first() == other.first()),
            4..8 => run(text, texts, are_ends_same::<4>),
            8..=16 => run(text, texts, are_ends_same::<8>),
            17..=32 => run(text, texts, are_ends_same::<16>),
            33..=64 => run(text, texts, are_ends_same::<32>),
            _ => run(text, texts, is_same),
        };
        each(text, n);
    }
}

/// How often a text comes in a row, which is given once, and the text after that.
#[inline]
fn run<'a>(
    text: &'a [u8],
    texts: &mut impl Iterator<Item = &'a [u8]>,
    is_same: impl Fn(&[u8], &[u8]) -> bool,
) -> (usize, Option<&'a [u8]>) {
    let mut n = 1;
    for next in texts {
        if next.len() != text.len() || !is_same(next, text) {
            return (n, Some(next));
        }
        n += 1;
    }
    (n, None)
}

/// Where a text is among those that were looked up last: nothing depends on it but time.
#[inline]
fn recent_place(text: &[u8]) -> usize {
    let eight = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let four = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u32::from_le_bytes(*bytes));
    let mixed = if let (Some(start), Some(end)) =
        (eight(text.first_chunk()), eight(text.last_chunk()))
    {
        start.rotate_left(32) ^ end
    } else if let (Some(start), Some(end)) = (four(text.first_chunk()), four(text.last_chunk())) {
        (u64::from(start) << 32) | u64::from(end)
    } else {
        text.iter()
            .fold(0, |mixed, byte| (mixed << 8) | u64::from(*byte))
    };
    let n_bytes = u64::try_from(text.len()).unwrap_or_default();
    let mixed = (mixed ^ n_bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (u64::BITS - RECENT_BITS)).unwrap_or_default()
}

/// A text in the table.
#[derive(Debug, Clone, Copy)]
struct Known {
    key: i32,
    /// Whether this text is stored as it is, when something is hidden of others.
    is_own: bool,
}

/// A column of texts that come often.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Zero for null.
    keys: Vec<i32>,
    nulls: Nulls,
    run: Run,
    table: HashTable<Known>,
    /// Seeded: nobody who writes logs can choose texts that collide.
    hasher: DefaultHashBuilder,
    /// A few of those that came last, at [`recent_place`]: rows of a few clients take turns.
    recent: [Option<i32>; 1 << RECENT_BITS],
    /// Most texts are new: they are only compared with those that came last.
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
            recent: [None; 1 << RECENT_BITS],
            is_loose: false,
        }
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.keys.len(), n);
        self.append_key(0, n);
    }

    #[inline]
    fn append_key(&mut self, key: i32, n: usize) {
        self.keys.extend(std::iter::repeat_n(key, n));
    }

    /// Adds a text `n` times.
    #[inline]
    pub(crate) fn append(&mut self, text: &[u8], n: usize) {
        let place = recent_place(text);
        let key = self.recent(place, text).unwrap_or_else(|| {
            let key = self.look_up(text, false, None);
            if let Some(recent) = self.recent.get_mut(place) {
                *recent = Some(key);
            }
            key
        });
        self.append_key(key, n);
    }

    /// Adds `n` times what is stored of a text, `None` for null; returns how much text that is.
    /// `stored` is asked only of texts that are not known to be stored as they are.
    #[inline]
    pub(crate) fn append_stored<'a>(
        &mut self,
        text: &'a [u8],
        n: usize,
        stored: impl FnOnce() -> Option<Cow<'a, [u8]>>,
    ) -> usize {
        let mut hash = None;
        let mut key = None;
        if !self.is_loose {
            let new = self.hasher.hash_one(text);
            let is_it = |known: &Known| is_same(self.run.get(known.key), text);
            let known = self.table.find(new, is_it).filter(|known| known.is_own);
            key = known.map(|known| known.key);
            hash = Some(new);
        }
        let key = match key {
            Some(key) => key,
            None => match stored() {
                None => {
                    self.append_nulls(n);
                    return 0;
                }
                Some(Cow::Borrowed(_)) => self.look_up(text, true, hash),
                Some(Cow::Owned(stored)) => {
                    self.append(&stored, n);
                    return n * stored.len();
                }
            },
        };
        self.append_key(key, n);
        n * text.len()
    }

    /// The key of a text that came not long before.
    #[inline]
    fn recent(&self, place: usize, text: &[u8]) -> Option<i32> {
        let key = self.recent.get(place).copied().flatten()?;
        is_same(self.run.get(key), text).then_some(key)
    }

    /// The key of a text, which is added if it is not known. The hash need not be given.
    fn look_up(&mut self, text: &[u8], is_own: bool, hash: Option<u64>) -> i32 {
        let Self {
            run, table, hasher, ..
        } = self;
        let key = i32::try_from(run.len()).unwrap_or(i32::MAX);
        if !self.is_loose {
            let hash = hash.unwrap_or_else(|| hasher.hash_one(text));
            if let Some(known) = table.find_mut(hash, |known| is_same(run.get(known.key), text)) {
                known.is_own |= is_own;
                return known.key;
            }
            let rehash = |known: &Known| hasher.hash_one(run.get(known.key));
            table.insert_unique(hash, Known { key, is_own }, rehash);
            let n_rows = self.keys.len();
            self.is_loose = n_rows >= TRIAL_ROWS && run.len() >= n_rows / 2;
        }
        run.push(text);
        key
    }

    /// Ends the column: with a dictionary, or with the text of each row.
    pub(crate) fn finish(&mut self, as_dictionary: bool) -> Result<ArrayRef, ArrowError> {
        let n_rows = self.keys.len();
        let keys = std::mem::replace(&mut self.keys, Vec::with_capacity(n_rows));
        let is_all_null = self.nulls.count() == n_rows;
        let keys = Int32Array::try_new(keys.into(), self.nulls.finish(n_rows))?;
        let texts = self.run.finish(None)?;
        self.table.clear();
        self.recent = [None; 1 << RECENT_BITS];
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
        match text.as_array::<ID_BYTES>() {
            Some(text) => self.run.push(text),
            None => self.run.push(text),
        }
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
    use arrow::array::Array;

    use super::*;

    #[test]
    fn a_text_is_asked_for_until_it_is_known_to_be_stored_as_it_is() {
        let mut texts = Texts::new();
        let mut asked = Vec::new();
        for text in ["a", "b", "c", "c", "d", "b"] {
            let n_bytes = texts.append_stored(text.as_bytes(), 2, || {
                asked.push(text);
                match text {
                    "a" => Some(Cow::Owned(b"b".to_vec())),
                    "b" => Some(Cow::Owned(b"c".to_vec())),
                    "c" => Some(Cow::Borrowed(text.as_bytes())),
                    _ => None,
                }
            });
            assert_eq!(n_bytes, if text == "d" { 0 } else { 2 });
        }
        assert_eq!(asked, ["a", "b", "c", "d", "b"]);
        let column = texts.finish(false).unwrap();
        let expected = [Some("b"), Some("c"), Some("c"), Some("c"), None, Some("c")];
        let expected = expected.into_iter().flat_map(|text| [text; 2]);
        let expected: ArrayRef = Arc::new(expected.collect::<StringArray>());
        assert_eq!(&column, &expected);
    }

    #[test]
    fn runs_are_as_long_as_texts_are_the_same() {
        for n in 0..80 {
            let one = vec![b'x'; n];
            let mut other = one.clone();
            other.extend(b"y".repeat(usize::from(n == 0)));
            if let Some(last) = other.last_mut() {
                *last = b'y';
            }
            let longer = [&one[..], b"x"].concat();
            let texts = [&one[..], &one, &other, &one, &longer, &longer, &longer];
            let mut runs = Vec::new();
            each_run(texts.into_iter(), |text, n| runs.push((text, n)));
            let expected = [(&one[..], 2), (&other, 1), (&one, 1), (&longer, 3)];
            assert_eq!(runs, expected);
        }
        each_run(std::iter::empty(), |_, _| panic!("there is no run"));
    }

    #[test]
    fn columns_without_text_are_null() {
        for is_dictionary in [true, false] {
            let mut texts = Texts::new();
            for n in [3, 5] {
                texts.append_nulls(n);
                let column = texts.finish(is_dictionary).unwrap();
                assert_eq!((column.len(), column.logical_null_count()), (n, n));
            }
            texts.append(b"a", 1);
            texts.append_nulls(1);
            let column = texts.finish(is_dictionary).unwrap();
            assert_eq!((column.len(), column.null_count()), (2, 1));
        }
    }

    #[test]
    fn texts_are_the_same_when_every_byte_is() {
        for n in 0..140 {
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
