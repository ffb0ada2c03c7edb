//! Texts to small numbers: the dictionary of a column.

use std::hash::BuildHasher;

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

    /// The number of a text.
    pub(super) fn key(&mut self, new: &[u8]) -> u32 {
        let Self {
            plain,
            ends,
            table,
            hasher,
        } = self;
        let [a, b, c, d, ..] = hasher.hash_one(new).to_le_bytes();
        let hash = u32::from_le_bytes([a, b, c, d]);
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
    let start = at
        .checked_sub(1)
        .map_or(0, |before| ends.get(before).copied().unwrap_or_default());
    let end = ends.get(at).copied().unwrap_or_default();
    plain.get(start + LENGTH_BYTES..end).unwrap_or_default()
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
