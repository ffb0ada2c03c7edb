//! Groups with their running counts and sums.

use std::hash::{BuildHasher, Hasher};

use arrow::{
    array::Int64Array,
    buffer::{BooleanBuffer, NullBuffer},
};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::small;

/// Groups that are merged at a time.
const MERGED_GROUPS: usize = 1 << 14;

/// What a measure does with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Count,
    Sum,
    Min,
    Max,
}

/// Groups by keys of a few words, each with one running value a measure.
#[derive(Debug)]
pub(super) struct Groups {
    /// Words of a key.
    n_words: usize,
    ops: Vec<Op>,
    /// Of each group its key, one cell a measure, and the measures that saw a value, as bits: what
    /// is needed of a group lies together.
    cells: Vec<u64>,
    hasher: DefaultHashBuilder,
    index: HashTable<u32>,
}

impl Groups {
    /// Measures a group can have: one bit each.
    pub(super) const MAX_MEASURES: usize = 63;

    pub(super) fn new(n_words: usize, ops: Vec<Op>) -> Self {
        Self {
            n_words,
            ops,
            cells: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.width()
    }

    fn width(&self) -> usize {
        self.n_words + self.ops.len() + 1
    }

    /// The groups of keys, `n_words` words each; new ones are begun.
    pub(super) fn find(&mut self, keys: &[u64], found: &mut Vec<u32>) {
        found.clear();
        match self.n_words {
            1 => self.find_all(keys.as_chunks::<1>().0, found),
            2 => self.find_all(keys.as_chunks::<2>().0, found),
            3 => self.find_all(keys.as_chunks::<3>().0, found),
            4 => self.find_all(keys.as_chunks::<4>().0, found),
            n => {
                for key in keys.chunks_exact(n) {
                    let hash = self.hasher.hash_one(key);
                    found.push(self.group(key, hash, |known| known.iter().eq(key)));
                }
            }
        }
    }

    /// The same for keys of a length that the compiler knows.
    fn find_all<const N: usize>(&mut self, keys: &[[u64; N]], found: &mut Vec<u32>) {
        let mut last = None;
        for key in keys {
            let group = match last {
                Some((same, group)) if same == key => group,
                _ => {
                    let hash = hash(&self.hasher, key);
                    let is_it = |known: &[u64]| known.first_chunk::<N>() == Some(key);
                    self.group(key, hash, is_it)
                }
            };
            last = Some((key, group));
            found.push(group);
        }
    }

    fn group(&mut self, key: &[u64], hash: u64, is_it: impl Fn(&[u64]) -> bool) -> u32 {
        let (n_words, width) = (self.n_words, self.width());
        let cells = &self.cells;
        let is_it = |group: &u32| is_it(at(cells, width, n_words, *group));
        if let Some(group) = self.index.find(hash, is_it) {
            return *group;
        }
        let group = small(self.len());
        self.cells.extend_from_slice(key);
        self.cells.extend(std::iter::repeat_n(0, width - key.len()));
        let (cells, hasher) = (&self.cells, &self.hasher);
        let hash_of = |group: &u32| hash_of(hasher, at(cells, width, n_words, *group));
        self.index.insert_unique(hash, group, hash_of);
        group
    }

    /// Adds one row to each group of `groups`: `rows` are the rows of the measure's values.
    pub(super) fn add(&mut self, measure: usize, groups: &[u32], rows: &[u32], values: &Measured) {
        let is_let_in = values.is_let_in.as_ref();
        let numbers = values.numbers.as_ref();
        let bit = 1_u64 << measure;
        let value = |row: u32| {
            let numbers = numbers.and_then(|numbers| numbers.values().get(row as usize));
            numbers.copied().unwrap_or(0)
        };
        match self.ops.get(measure) {
            None => {}
            Some(Op::Count) => self.each(measure, groups, rows, is_let_in, |_, cell, _| {
                *cell = cell.wrapping_add(1);
            }),
            // As the engine's own sum.
            Some(Op::Sum) => self.each(measure, groups, rows, is_let_in, |row, cell, seen| {
                *cell = cell.wrapping_add(value(row).cast_unsigned());
                *seen |= bit;
            }),
            Some(op @ (Op::Min | Op::Max)) => {
                let op = *op;
                self.each(measure, groups, rows, is_let_in, |row, cell, seen| {
                    combine(op, bit, cell, seen, value(row));
                });
            }
        }
    }

    /// Gives the measure's cell, and that of the measures that saw a value, to `add` for each row.
    #[inline]
    fn each(
        &mut self,
        measure: usize,
        groups: &[u32],
        rows: &[u32],
        is_let_in: Option<&BooleanBuffer>,
        add: impl Fn(u32, &mut u64, &mut u64),
    ) {
        let (n_words, width) = (self.n_words, self.width());
        let cells = &mut self.cells;
        let mut add_one = |group: u32, row: u32| {
            let start = group as usize * width + n_words;
            let cells = cells.get_mut(start..start + width - n_words);
            if let Some((seen, cells)) = cells.and_then(|cells| cells.split_last_mut())
                && let Some(cell) = cells.get_mut(measure)
            {
                add(row, cell, seen);
            }
        };
        let all = groups.iter().zip(rows);
        match is_let_in {
            None => all.for_each(|(group, row)| add_one(*group, *row)),
            Some(is_let_in) => all
                .filter(|(_, row)| is_let_in.value(**row as usize))
                .for_each(|(group, row)| add_one(*group, *row)),
        }
    }

    /// Takes in the groups of another. `as_ours` makes its keys ours; it gets some at a time, as
    /// there can be millions.
    pub(super) fn merge(&mut self, mut other: Self, as_ours: impl Fn(&mut [u64])) {
        other.end();
        let (n_words, width) = (self.n_words, self.width());
        let (mut keys, mut found) = (Vec::new(), Vec::new());
        for theirs in other.cells.chunks(MERGED_GROUPS * width) {
            keys.clear();
            for group in theirs.chunks_exact(width) {
                keys.extend_from_slice(group.get(..n_words).unwrap_or_default());
            }
            as_ours(&mut keys);
            self.find(&keys, &mut found);
            self.merge_values(&found, theirs);
        }
    }

    fn merge_values(&mut self, found: &[u32], theirs: &[u64]) {
        let (n_words, width) = (self.n_words, self.width());
        for (group, theirs) in found.iter().zip(theirs.chunks_exact(width)) {
            let start = *group as usize * width;
            let ours = self.cells.get_mut(start..start + width);
            let Some((seen, ours)) = ours.and_then(|ours| ours.split_last_mut()) else {
                continue;
            };
            let saw = theirs.last().copied().unwrap_or(0);
            let cells = ours.iter_mut().zip(theirs).skip(n_words);
            for (measure, (op, (ours, theirs))) in self.ops.iter().zip(cells).enumerate() {
                let bit = 1 << measure;
                match op {
                    Op::Count => *ours = ours.wrapping_add(*theirs),
                    op if saw & bit != 0 => combine(*op, bit, ours, seen, theirs.cast_signed()),
                    _ => {}
                }
            }
        }
    }

    /// Lets go of what finds groups: there are no more rows.
    pub(super) fn end(&mut self) {
        self.index = HashTable::new();
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<u64>() + self.index.allocation_size()
    }

    pub(super) fn n_words(&self) -> usize {
        self.n_words
    }

    /// One word of each key.
    pub(super) fn word(&self, word: usize) -> impl Iterator<Item = u64> {
        self.cells.iter().skip(word).step_by(self.width()).copied()
    }

    /// The results of a measure: NULL where a sum or an extreme saw no value.
    pub(super) fn results(&self, measure: usize) -> Int64Array {
        let bit = 1_u64 << measure;
        let numbers = self.word(self.n_words + measure).map(u64::cast_signed);
        let numbers = numbers.collect::<Vec<_>>();
        let is_count = self.ops.get(measure) == Some(&Op::Count);
        let seen = self.word(self.width() - 1);
        let seen = (!is_count).then(|| seen.map(|seen| seen & bit != 0).collect::<NullBuffer>());
        Int64Array::new(numbers.into(), seen)
    }
}

/// The values of a measure's argument, and the rows that it looks at: `None` is all.
pub(super) struct Measured {
    pub(super) numbers: Option<Int64Array>,
    pub(super) is_let_in: Option<BooleanBuffer>,
}

fn combine(op: Op, bit: u64, cell: &mut u64, seen: &mut u64, value: i64) {
    let is_first = *seen & bit == 0;
    let known = cell.cast_signed();
    let combined = match op {
        Op::Count => known.wrapping_add(1),
        // As the engine's own sum.
        Op::Sum => known.wrapping_add(value),
        Op::Min | Op::Max if is_first => value,
        Op::Min => value.min(known),
        Op::Max => value.max(known),
    };
    *cell = combined.cast_unsigned();
    *seen |= bit;
}

/// The key of a group.
fn at(cells: &[u64], width: usize, n_words: usize, group: u32) -> &[u64] {
    let start = group as usize * width;
    cells.get(start..start + n_words).unwrap_or_default()
}

/// Of a key in a slice: the same as of one whose length is known.
fn hash_of(hasher: &DefaultHashBuilder, key: &[u64]) -> u64 {
    match key {
        [one] => hash(hasher, &[*one]),
        [one, two] => hash(hasher, &[*one, *two]),
        [one, two, three] => hash(hasher, &[*one, *two, *three]),
        [one, two, three, four] => hash(hasher, &[*one, *two, *three, *four]),
        key => hasher.hash_one(key),
    }
}

/// An array is hashed behind its length, which all have in common.
fn hash<const N: usize>(hasher: &DefaultHashBuilder, key: &[u64; N]) -> u64 {
    let mut state = hasher.build_hasher();
    for word in key {
        state.write_u64(*word);
    }
    state.finish()
}
