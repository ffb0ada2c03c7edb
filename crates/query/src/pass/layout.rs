//! Where the slots of a key lie in its few words.

use arrow::datatypes::DataType;

use super::plan::{Aggregation, Plan, RowValue, Slot};

/// Where some bits of a key are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pub(super) word: usize,
    shift: u32,
    /// How many, as a mask.
    mask: u64,
}

impl Bits {
    /// The number in the word that the bits lie in.
    pub(super) fn get(self, word: u64) -> u64 {
        word >> self.shift & self.mask
    }

    /// Enters a number where there is none yet.
    pub(super) fn enter(self, word: &mut u64, number: u64) {
        *word |= (number & self.mask) << self.shift;
    }

    /// Enters a number in place of another.
    pub(super) fn replace(self, word: &mut u64, number: u64) {
        *word &= !(self.mask << self.shift);
        self.enter(word, number);
    }
}

/// One slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SlotAt {
    pub(super) value: Bits,
    /// Set for a number that is NULL, where numbers can be.
    pub(super) null: Option<Bits>,
}

/// Where all slots of an aggregation are.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) slots: Vec<SlotAt>,
    pub(super) n_words: usize,
}

/// Codes of names.
const CODE_BITS: u32 = u32::BITS;

impl Layout {
    pub(super) fn of(aggregation: &Aggregation, plan: &Plan) -> Self {
        let widths = aggregation.slots.iter().map(|slot| match slot {
            Slot::Names { .. } => Width {
                bits: CODE_BITS,
                has_null: false,
            },
            Slot::Number(value) if is_boolean(*value, plan) => Width {
                bits: 1,
                has_null: true,
            },
            Slot::Number(_) => Width {
                bits: u64::BITS,
                has_null: true,
            },
        });
        Self::new(&widths.collect::<Vec<_>>())
    }

    fn new(widths: &[Width]) -> Self {
        // Bits that are taken of each word.
        let mut taken: Vec<u32> = Vec::new();
        let mut place = |bits: u32| {
            let free = taken.iter().position(|taken| taken + bits <= u64::BITS);
            let word = free.unwrap_or(taken.len());
            if free.is_none() {
                taken.push(0);
            }
            let shift = taken.get(word).copied().unwrap_or(0);
            if let Some(taken) = taken.get_mut(word) {
                *taken += bits;
            }
            let mask = u64::MAX >> (u64::BITS - bits);
            Bits { word, shift, mask }
        };
        let slots = widths.iter().map(|width| SlotAt {
            value: place(width.bits),
            null: width.has_null.then(|| place(1)),
        });
        let slots = slots.collect();
        Self {
            slots,
            // A key of nothing is one word, too.
            n_words: taken.len().max(1),
        }
    }
}

struct Width {
    bits: u32,
    has_null: bool,
}

fn is_boolean(value: usize, plan: &Plan) -> bool {
    let data_type = match plan.values.get(value) {
        Some(RowValue::Mapped(at)) => plan.mapped.get(*at).map(|mapped| mapped.data_type.clone()),
        Some(RowValue::Evaluated(expr)) => expr.data_type(&plan.row_schema).ok(),
        None => None,
    };
    data_type == Some(DataType::Boolean)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Width = Width {
        bits: 32,
        has_null: false,
    };
    const FLAG: Width = Width {
        bits: 1,
        has_null: true,
    };
    const NUMBER: Width = Width {
        bits: 64,
        has_null: true,
    };

    #[test]
    fn slots_of_a_key_do_not_touch_each_other() {
        for (widths, n_words) in [
            (vec![], 1),
            (vec![CODE], 1),
            (vec![CODE, CODE], 1),
            (vec![CODE, FLAG, CODE], 2),
            (vec![CODE, NUMBER], 2),
            (vec![CODE, CODE, CODE, CODE, FLAG], 3),
            (vec![NUMBER, NUMBER], 3),
        ] {
            let layout = Layout::new(&widths);
            assert_eq!(layout.n_words, n_words);
            let bits = layout
                .slots
                .iter()
                .flat_map(|slot| [Some(slot.value), slot.null]);
            let bits: Vec<Bits> = bits.flatten().collect();
            for one in &bits {
                let mut words = vec![0_u64; n_words];
                one.enter(&mut words[one.word], u64::MAX);
                for other in &bits {
                    let seen = other.get(words[other.word]);
                    assert_eq!(seen, if one == other { one.mask } else { 0 });
                }
                one.replace(&mut words[one.word], 1);
                assert_eq!(one.get(words[one.word]), 1);
            }
        }
    }
}
