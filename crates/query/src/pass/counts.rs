//! One worker's counts of one aggregation.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array},
    buffer::{BooleanBuffer, NullBuffer},
    compute::{prep_null_mask_filter, take},
    datatypes::Int64Type,
};
use datafusion::{common::exec_err, error::Result};

use super::{
    groups::{Groups, Measured},
    layout::Layout,
    plan::{Aggregation, Plan, PlannedMeasure, Slot},
    rows::Names,
    small,
    spaces::{Codes, from_numbers, of_type},
    work::Values,
};

/// Rows that are counted at a time: their groups are still at hand for each of the measures.
const BLOCK_ROWS: usize = 1024;

/// One aggregation of one worker.
#[derive(Debug)]
pub(super) struct Counts {
    groups: Groups,
    layout: Layout,
    pub(super) slots: Vec<SlotCodes>,
    /// Where one space tells the group: by its code, the group and one; 0 is none yet.
    pub(super) group_by_code: Vec<u32>,
}

/// What the codes of a slot mean. Empty for a number.
#[derive(Debug)]
pub(super) struct SlotCodes {
    pub(super) names: Option<Names>,
    /// By code of the slot's space.
    pub(super) by_code: Vec<u32>,
}

/// The rows for which all filters are true; `None` when these are all.
pub(super) fn chosen_rows(
    aggregation: &Aggregation,
    values: &Values<'_>,
    n_rows: usize,
) -> Result<Option<Vec<u32>>> {
    let mut chosen: Option<Vec<u32>> = None;
    for filter in &aggregation.filters {
        if chosen.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
        let filter = values.get(*filter)?;
        let Some(filter) = filter.as_boolean_opt() else {
            return exec_err!("internal error: a filter that is no truth value");
        };
        let is_true = |row: u32| {
            let row = row as usize;
            filter.is_valid(row) && filter.values().value(row)
        };
        match &mut chosen {
            Some(rows) => rows.retain(|row| is_true(*row)),
            None if filter.null_count() == 0 && filter.true_count() == n_rows => {}
            None => chosen = Some((0..small(n_rows)).filter(|row| is_true(*row)).collect()),
        }
    }
    Ok(chosen)
}

impl Counts {
    pub(super) fn new(aggregation: &Aggregation, plan: &Plan) -> Result<Self> {
        let layout = Layout::of(aggregation, plan);
        let ops = aggregation.measures.iter().map(|measure| measure.op);
        let slots = aggregation.slots.iter().map(|slot| {
            let names = match slot {
                Slot::Number(_) => None,
                Slot::Names { mapped, .. } => {
                    let types = mapped.iter();
                    let types =
                        types.filter_map(|at| Some(plan.mapped.get(*at)?.data_type.clone()));
                    Some(Names::new(&types.collect::<Vec<_>>())?)
                }
            };
            Ok(SlotCodes {
                names,
                by_code: Vec::new(),
            })
        });
        Ok(Self {
            groups: Groups::new(layout.n_words, ops.collect()),
            layout,
            slots: slots.collect::<Result<_>>()?,
            group_by_code: Vec::new(),
        })
    }

    pub(super) fn add(
        &mut self,
        aggregation: &Aggregation,
        rows: &[u32],
        values: &Values<'_>,
        spaces: &[Codes],
        keys: &mut Vec<u64>,
        found: &mut Vec<u32>,
    ) -> Result<()> {
        let measures = aggregation.measures.iter();
        let measures = measures.map(|measure| measured(measure, values));
        let measures = measures.collect::<Result<Vec<_>>>()?;
        let space = aggregation.space.and_then(|space| spaces.get(space));
        for rows in rows.chunks(BLOCK_ROWS) {
            if let Some(space) = space {
                let codes = &space.of_rows;
                self.find_by_code(aggregation, rows, codes, values, spaces, keys, found)?;
            } else {
                self.keys(aggregation, rows, values, spaces, keys)?;
                self.groups.find(keys, found);
            }
            for (at, measured) in measures.iter().enumerate() {
                self.groups.add(at, found, rows, measured);
            }
        }
        Ok(())
    }

    /// Groups that the code of one space tells: looked for once a code.
    #[expect(clippy::too_many_arguments, reason = "buffers that are used again")]
    fn find_by_code(
        &mut self,
        aggregation: &Aggregation,
        rows: &[u32],
        codes: &[u32],
        values: &Values<'_>,
        spaces: &[Codes],
        keys: &mut Vec<u64>,
        found: &mut Vec<u32>,
    ) -> Result<()> {
        let code = |row: u32| codes.get(row as usize).map_or(0, |code| *code as usize);
        let mut new_rows = Vec::new();
        for row in rows {
            let code = code(*row);
            if code >= self.group_by_code.len() {
                self.group_by_code.resize(code + 1, 0);
            }
            if let Some(group @ 0) = self.group_by_code.get_mut(code) {
                // Only the first of equal rows is looked for.
                *group = u32::MAX;
                new_rows.push(*row);
            }
        }
        if !new_rows.is_empty() {
            self.keys(aggregation, &new_rows, values, spaces, keys)?;
            self.groups.find(keys, found);
            for (row, group) in new_rows.iter().zip(found.iter()) {
                if let Some(known) = self.group_by_code.get_mut(code(*row)) {
                    *known = *group + 1;
                }
            }
        }
        found.clear();
        let group = |row: &u32| {
            self.group_by_code
                .get(code(*row))
                .map_or(0, |group| group - 1)
        };
        found.extend(rows.iter().map(group));
        Ok(())
    }

    /// The keys of rows, one after the other.
    fn keys(
        &self,
        aggregation: &Aggregation,
        rows: &[u32],
        values: &Values<'_>,
        spaces: &[Codes],
        keys: &mut Vec<u64>,
    ) -> Result<()> {
        let n_words = self.groups.n_words();
        keys.clear();
        keys.resize(rows.len() * n_words, 0);
        let slots = aggregation.slots.iter().zip(&self.slots);
        for ((slot, codes), at) in slots.zip(&self.layout.slots) {
            let cells = keys.iter_mut().skip(at.value.word).step_by(n_words);
            match slot {
                Slot::Names { space, .. } => {
                    let of_rows = spaces.get(*space).map_or(&[][..], |space| &space.of_rows);
                    for (cell, row) in cells.zip(rows) {
                        let code = of_rows.get(*row as usize).map_or(0, |code| *code as usize);
                        let name = codes.by_code.get(code).map_or(0, |name| u64::from(*name));
                        at.value.enter(cell, name);
                    }
                }
                Slot::Number(value) => {
                    let values = values.get(*value)?;
                    let nulls = values.nulls().filter(|nulls| nulls.null_count() > 0);
                    let is_valid =
                        |row: u32| nulls.is_none_or(|nulls| nulls.is_valid(row as usize));
                    if let Some(numbers) = values.as_primitive_opt::<Int64Type>() {
                        for (cell, row) in cells.zip(rows).filter(|(_, row)| is_valid(**row)) {
                            let number = numbers.values().get(*row as usize);
                            let number = number.map_or(0, |number| number.cast_unsigned());
                            at.value.enter(cell, number);
                        }
                    } else if let Some(flags) = values.as_boolean_opt() {
                        for (cell, row) in cells.zip(rows).filter(|(_, row)| is_valid(**row)) {
                            at.value
                                .enter(cell, flags.values().value(*row as usize).into());
                        }
                    }
                    if let Some((null, nulls)) = at.null.zip(nulls) {
                        let cells = keys.iter_mut().skip(null.word).step_by(n_words);
                        for (cell, row) in cells.zip(rows) {
                            null.enter(cell, nulls.is_null(*row as usize).into());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn held_bytes(&self) -> usize {
        let names = self.slots.iter().filter_map(|slot| slot.names.as_ref());
        self.groups.held_bytes() + names.map(Names::held_bytes).sum::<usize>()
    }

    /// Takes in what another worker counted.
    pub(super) fn merge(&mut self, other: Self) {
        let (n_words, at) = (other.groups.n_words(), &self.layout.slots);
        let codes = self.slots.iter_mut().zip(other.slots);
        // Each dictionary of the other goes as soon as it is taken in.
        let codes: Vec<Option<Vec<u32>>> = codes
            .map(|(ours, theirs)| Some(ours.names.as_mut()?.merge(theirs.names?)))
            .collect();
        self.groups.merge(other.groups, |keys| {
            for (at, codes) in at.iter().zip(&codes) {
                let Some(codes) = codes else {
                    continue;
                };
                for cell in keys.iter_mut().skip(at.value.word).step_by(n_words) {
                    let theirs = usize::try_from(at.value.get(*cell)).unwrap_or(usize::MAX);
                    let ours = codes.get(theirs).map_or(0, |code| u64::from(*code));
                    at.value.replace(cell, ours);
                }
            }
        });
    }

    /// The rows of the aggregation.
    pub(super) fn into_batch(mut self, aggregation: &Aggregation) -> Result<RecordBatch> {
        drop(self.group_by_code);
        self.groups.end();
        let names = self.slots.into_iter();
        let names = names.map(|slot| slot.names.map(Names::into_columns).transpose());
        let names = names.collect::<Result<Vec<_>>>()?;
        let schema = Arc::clone(aggregation.schema.inner());
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for key in &aggregation.keys {
            let field = schema.field(columns.len());
            let at = self.layout.slots.get(key.slot).copied().unwrap_or_default();
            let numbers = self.groups.word(at.value.word);
            let numbers = numbers.map(|word| at.value.get(word));
            let column = if let Some(Some(names)) = names.get(key.slot) {
                let codes = numbers.map(|code| small(usize::try_from(code).unwrap_or(0)));
                let codes: UInt32Array = codes.collect::<Vec<_>>().into();
                match names.get(key.column) {
                    // Each name is a group, in the order in which they came: no copy is made.
                    Some(names) if names.len() == codes.len() && are_in_order(&codes) => {
                        Arc::clone(names)
                    }
                    Some(names) => take(names, &codes, None)?,
                    None => arrow::array::new_null_array(field.data_type(), codes.len()),
                }
            } else {
                let nulls = at.null.map(|null| {
                    let words = self.groups.word(null.word);
                    words
                        .map(|word| null.get(word) == 0)
                        .collect::<NullBuffer>()
                });
                let numbers = numbers.map(u64::cast_signed);
                let numbers = Int64Array::new(numbers.collect::<Vec<_>>().into(), nulls);
                from_numbers(numbers, field.data_type())?
            };
            columns.push(of_type(column, field.data_type())?);
        }
        for measure in 0..aggregation.measures.len() {
            let field = schema.field(columns.len());
            columns.push(from_numbers(
                self.groups.results(measure),
                field.data_type(),
            )?);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}

fn are_in_order(codes: &UInt32Array) -> bool {
    codes.values().iter().copied().eq(0..small(codes.len()))
}

/// What a measure takes from the rows of a batch.
fn measured(measure: &PlannedMeasure, values: &Values<'_>) -> Result<Measured> {
    let filter = match measure.filter {
        None => None,
        Some(filter) => {
            let filter = values.get(filter)?;
            let Some(filter) = filter.as_boolean_opt() else {
                return exec_err!("internal error: a filter that is no truth value");
            };
            Some(if filter.null_count() > 0 {
                prep_null_mask_filter(filter).values().clone()
            } else {
                filter.values().clone()
            })
        }
    };
    let Some(argument) = measure.argument else {
        return Ok(Measured {
            numbers: None,
            is_let_in: filter,
        });
    };
    let argument = values.get(argument)?;
    let nulls = argument.logical_nulls();
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    Ok(Measured {
        numbers: argument.as_primitive_opt::<Int64Type>().cloned(),
        is_let_in: both(filter, nulls.map(NullBuffer::into_inner)),
    })
}

fn both(one: Option<BooleanBuffer>, other: Option<BooleanBuffer>) -> Option<BooleanBuffer> {
    match (one, other) {
        (Some(one), Some(other)) => Some(&one & &other),
        (one, other) => one.or(other),
    }
}
