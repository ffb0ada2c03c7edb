//! Groups with their running counts and sums.

use std::hash::BuildHasher;

use arrow::{
    array::{BooleanArray, Int64Array},
    buffer::NullBuffer,
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

/// Groups by rows of numbers, each with one running value a measure.
#[derive(Debug)]
pub(super) struct Groups {
    /// Numbers of a key.
    n_slots: usize,
    ops: Vec<Op>,
    keys: Vec<u64>,
    /// One a measure and group; behind them the measures that saw a value, as bits.
    values: Vec<i64>,
    hasher: DefaultHashBuilder,
    index: HashTable<u32>,
}

impl Groups {
    /// Measures a group can have: one bit each.
    pub(super) const MAX_MEASURES: usize = 63;

    pub(super) fn new(n_slots: usize, ops: Vec<Op>) -> Self {
        Self {
            n_slots,
            ops,
            keys: Vec::new(),
            values: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
        }
    }

    fn width(&self) -> usize {
        self.ops.len() + 1
    }

    /// The groups of keys, `n_slots` numbers each; new ones are begun.
    pub(super) fn find(&mut self, keys: &[u64], found: &mut Vec<u32>) {
        found.clear();
        let mut last: (&[u64], u32) = (&[], 0);
        for key in keys.chunks_exact(self.n_slots) {
            // Not `==`: a call for a few words.
            if !key.iter().eq(last.0) {
                last = (key, self.group(key));
            }
            found.push(last.1);
        }
    }

    fn group(&mut self, key: &[u64]) -> u32 {
        let (n_slots, width) = (self.n_slots, self.width());
        let hash = hash(&self.hasher, key);
        let keys = &self.keys;
        if let Some(group) = self
            .index
            .find(hash, |group| at(keys, n_slots, *group).iter().eq(key))
        {
            return *group;
        }
        let group = small(self.values.len() / width);
        self.keys.extend_from_slice(key);
        self.values.extend(std::iter::repeat_n(0, width));
        let (keys, hasher) = (&self.keys, &self.hasher);
        let hash_of = |group: &u32| self::hash(hasher, at(keys, n_slots, *group));
        self.index.insert_unique(hash, group, hash_of);
        group
    }

    /// Adds one row to each group of `groups`: `rows` are the rows of the measure's values.
    pub(super) fn add(
        &mut self,
        measure: usize,
        groups: &[u32],
        rows: &[u32],
        values: Option<&Measured>,
        filter: Option<&BooleanArray>,
    ) {
        let width = self.width();
        let Some(op) = self.ops.get(measure).copied() else {
            return;
        };
        let bit = 1_i64 << measure;
        let filter = filter.map(BooleanArray::values);
        let cells = &mut self.values;
        let is_let_in = |row: u32| filter.is_none_or(|filter| filter.value(row as usize));
        let Some(values) = values else {
            for (group, row) in groups.iter().zip(rows) {
                if is_let_in(*row)
                    && let Some(cell) = cells.get_mut(*group as usize * width + measure)
                {
                    *cell += 1;
                }
            }
            return;
        };
        let (numbers, nulls) = (values.numbers.values(), values.nulls.as_ref());
        for (group, row) in groups.iter().zip(rows) {
            let row_at = *row as usize;
            if !is_let_in(*row) || nulls.is_some_and(|nulls| nulls.is_null(row_at)) {
                continue;
            }
            let start = *group as usize * width;
            let Some(cells) = cells.get_mut(start..start + width) else {
                continue;
            };
            let value = numbers.get(row_at).copied().unwrap_or(0);
            combine(op, measure, bit, cells, value);
        }
    }

    /// Takes in the groups of another. `as_ours` makes its keys ours; it gets some at a time, as
    /// there can be millions.
    pub(super) fn merge(&mut self, mut other: Self, as_ours: impl Fn(&mut [u64])) {
        other.end();
        let (mut keys, mut found) = (Vec::new(), Vec::new());
        let values = other.values.chunks(MERGED_GROUPS * other.width());
        for (theirs, values) in other.keys.chunks(MERGED_GROUPS * other.n_slots).zip(values) {
            keys.clear();
            keys.extend_from_slice(theirs);
            as_ours(&mut keys);
            self.find(&keys, &mut found);
            self.merge_values(&found, values);
        }
    }

    fn merge_values(&mut self, found: &[u32], values: &[i64]) {
        let width = self.width();
        for (group, theirs) in found.iter().zip(values.chunks_exact(width)) {
            let start = *group as usize * width;
            let Some(cells) = self.values.get_mut(start..start + width) else {
                continue;
            };
            let seen = theirs.last().copied().unwrap_or(0);
            for (measure, (op, value)) in self.ops.iter().zip(theirs).enumerate() {
                let bit = 1_i64 << measure;
                match op {
                    Op::Count => {
                        if let Some(cell) = cells.get_mut(measure) {
                            *cell += value;
                        }
                    }
                    op if seen & bit != 0 => combine(*op, measure, bit, cells, *value),
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
        (self.keys.capacity() + self.values.capacity()) * size_of::<u64>()
            + self.index.allocation_size()
    }

    pub(super) fn n_slots(&self) -> usize {
        self.n_slots
    }

    /// One number of each key.
    pub(super) fn slot(&self, slot: usize) -> impl Iterator<Item = u64> {
        self.keys.iter().skip(slot).step_by(self.n_slots).copied()
    }

    /// The results of a measure: NULL where a sum or an extreme saw no value.
    pub(super) fn results(&self, measure: usize) -> Int64Array {
        let width = self.width();
        let bit = 1_i64 << measure;
        let values = self.values.iter().skip(measure).step_by(width).copied();
        let numbers = values.collect::<Vec<_>>();
        let is_count = self.ops.get(measure) == Some(&Op::Count);
        let seen = self.values.iter().skip(width - 1).step_by(width);
        let seen = (!is_count).then(|| seen.map(|seen| seen & bit != 0).collect::<NullBuffer>());
        Int64Array::new(numbers.into(), seen)
    }
}

/// The values of a measure's argument.
pub(super) struct Measured {
    pub(super) numbers: Int64Array,
    pub(super) nulls: Option<NullBuffer>,
}

fn combine(op: Op, measure: usize, bit: i64, cells: &mut [i64], value: i64) {
    let [cells @ .., seen] = cells else {
        return;
    };
    let Some(cell) = cells.get_mut(measure) else {
        return;
    };
    let is_first = *seen & bit == 0;
    *cell = match op {
        Op::Count => *cell + 1,
        // As the engine's own sum.
        Op::Sum => cell.wrapping_add(value),
        Op::Min | Op::Max if is_first => value,
        Op::Min => value.min(*cell),
        Op::Max => value.max(*cell),
    };
    *seen |= bit;
}

fn at(keys: &[u64], n_slots: usize, group: u32) -> &[u64] {
    let start = group as usize * n_slots;
    keys.get(start..start + n_slots).unwrap_or_default()
}

fn hash(hasher: &DefaultHashBuilder, key: &[u64]) -> u64 {
    match key {
        [only] => hasher.hash_one(only),
        key => hasher.hash_one(key),
    }
}
