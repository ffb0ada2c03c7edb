//! Texts to small numbers: the dictionary of a column.

use std::{hash::BuildHasher, ops::Range};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Every text once, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Interner {
    /// Each text behind its length: what Parquet calls plain.
    plain: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
    table: HashTable<Entry>,
    /// Seeded: nobody who writes logs can choose texts that collide.
    hasher: DefaultHashBuilder,
}

/// A text of the table. Its hash is kept, so that a table that grows and texts that differ are told
/// without a look at the texts, which lie far from each other.
#[derive(Debug)]
struct Entry {
    hash: u32,
    key: u32,
}

/// Bytes of the length before a text.
const LENGTH_BYTES: usize = 4;

impl Interner {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The texts as a dictionary page holds them.
    pub(super) fn plain(&self) -> &[u8] {
        &self.plain
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.plain.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.table.allocation_size()
    }

    /// The texts, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|at| text(&self.plain, &self.ends, at))
    }

    /// The smallest and the largest text.
    pub(super) fn bounds(&self) -> Option<(&[u8], &[u8])> {
        let bounds = self.iter().map(|text| (text, text));
        bounds.reduce(|(min, max), (text, _)| {
            if text < min {
                (text, max)
            } else if text > max {
                (min, text)
            } else {
                (min, max)
            }
        })
    }

    /// The number of a text.
    pub(super) fn key(&mut self, new: &[u8]) -> u32 {
        let hash = self.hash(new);
        self.key_of(new, hash)
    }

    /// The numbers of texts.
    ///
    /// What one text of a large dictionary waits for is memory: its place in the table, where it
    /// lies, and its bytes. Each is asked for all texts before the next, and so they wait together.
    pub(super) fn keys(&mut self, new: &[&[u8]]) -> Vec<u32> {
        let hashes: Vec<_> = new.iter().map(|text| self.hash(text)).collect();
        let found = hashes.iter().map(|hash| {
            let entry = self.table.find(whole(*hash), |entry| entry.hash == *hash);
            entry.map_or(u32::MAX, |entry| entry.key)
        });
        let mut keys: Vec<_> = found.collect();
        let places = keys.iter().map(|key| place(&self.ends, *key as usize));
        let places: Vec<_> = places.collect();
        for ((key, place), text) in keys.iter_mut().zip(places).zip(new) {
            if self.plain.get(place) != Some(*text) {
                *key = u32::MAX;
            }
        }
        for ((key, hash), text) in keys.iter_mut().zip(hashes).zip(new) {
            if *key == u32::MAX {
                *key = self.key_of(text, hash);
            }
        }
        keys
    }

    fn hash(&self, text: &[u8]) -> u32 {
        let [a, b, c, d, ..] = self.hasher.hash_one(text).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    fn key_of(&mut self, new: &[u8], hash: u32) -> u32 {
        let Self {
            plain, ends, table, ..
        } = self;
        let is_same =
            |entry: &Entry| entry.hash == hash && text(plain, ends, entry.key as usize) == new;
        if let Some(entry) = table.find(whole(hash), is_same) {
            return entry.key;
        }
        let key = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        table.insert_unique(whole(hash), Entry { hash, key }, |entry| whole(entry.hash));
        put_plain(plain, new);
        ends.push(plain.len());
        key
    }
}

/// A table looks at the lowest bits of a hash, and at the highest.
fn whole(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

fn text<'a>(plain: &'a [u8], ends: &[usize], at: usize) -> &'a [u8] {
    plain.get(place(ends, at)).unwrap_or_default()
}

/// Where a text lies; nowhere, if there is none.
fn place(ends: &[usize], at: usize) -> Range<usize> {
    let end = ends.get(at).copied().unwrap_or_default();
    let before = at.checked_sub(1).and_then(|before| ends.get(before));
    before.copied().unwrap_or_default() + LENGTH_BYTES..end
}

/// Appends a text behind its length.
pub(super) fn put_plain(out: &mut Vec<u8>, text: &[u8]) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.reserve(LENGTH_BYTES + text.len());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_in_order() {
        let mut interner = Interner::default();
        let keys = ["b", "", "a", "b", "", "ab"].map(|text| interner.key(text.as_bytes()));
        assert_eq!(keys, [0, 1, 2, 0, 1, 3]);
        let texts: Vec<_> = interner.iter().collect();
        assert_eq!(texts, [b"b".as_slice(), b"", b"a", b"ab"]);
        assert_eq!(
            interner.plain(),
            b"\x01\0\0\0b\0\0\0\0\x01\0\0\0a\x02\0\0\0ab"
        );
    }

    #[test]
    fn bounds_are_of_all_texts() {
        let mut interner = Interner::default();
        assert_eq!(interner.bounds(), None);
        interner.key(b"m");
        assert_eq!(interner.bounds(), Some((b"m".as_slice(), b"m".as_slice())));
        interner.keys(&[b"z", b"a", b"ab"]);
        assert_eq!(interner.bounds(), Some((b"a".as_slice(), b"z".as_slice())));
    }

    #[test]
    fn texts_together_are_numbered_as_one_by_one() {
        let texts: Vec<_> = (0..3_000).map(|n| format!("/{}", n * 7 % 1_999)).collect();
        let texts: Vec<_> = texts.iter().map(String::as_bytes).collect();
        let (mut one, mut all) = (Interner::default(), Interner::default());
        for part in texts.chunks(100) {
            let expect: Vec<_> = part.iter().map(|text| one.key(text)).collect();
            assert_eq!(all.keys(part), expect);
        }
        assert_eq!(all.len(), 1_999);
        assert_eq!(all.plain(), one.plain());
    }

    #[test]
    fn texts_of_one_hash_are_told_apart() {
        let mut interner = Interner::default();
        let keys = ["a", "b", "a"].map(|text| interner.key_of(text.as_bytes(), 7));
        assert_eq!(keys, [0, 1, 0]);
        assert_eq!(interner.len(), 2);
    }

    #[test]
    fn many_texts_keep_their_numbers() {
        let mut interner = Interner::default();
        let texts: Vec<_> = (0..10_000).map(|n| format!("/{n}")).collect();
        for _ in 0..2 {
            for (n, text) in (0_u32..).zip(&texts) {
                assert_eq!(interner.key(text.as_bytes()), n);
            }
        }
        assert_eq!(interner.len(), texts.len());
    }
}
