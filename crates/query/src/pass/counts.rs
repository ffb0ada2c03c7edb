//! One worker's counts of one aggregation.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, UInt32Array},
    compute::{prep_null_mask_filter, take},
    datatypes::Int64Type,
};
use datafusion::{common::exec_err, error::Result};

use super::{
    groups::{Groups, Measured},
    plan::{Aggregation, Plan, Slot},
    rows::Names,
    small,
    spaces::{Codes, from_numbers},
    work::Values,
};

/// One aggregation of one worker.
#[derive(Debug)]
pub(super) struct Counts {
    groups: Groups,
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
            filter.is_valid(row) && filter.value(row)
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
        let has_numbers = has_numbers(aggregation);
        let n_slots = aggregation.slots.len() + usize::from(has_numbers);
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
            groups: Groups::new(n_slots, ops.collect()),
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
        if let Some(space) = aggregation.space.and_then(|space| spaces.get(space)) {
            let codes = &space.of_rows;
            self.find_by_code(aggregation, rows, codes, values, spaces, keys, found)?;
        } else {
            self.keys(aggregation, rows, values, spaces, keys)?;
            self.groups.find(keys, found);
        }
        for (at, measure) in aggregation.measures.iter().enumerate() {
            let filter = measure
                .filter
                .map(|filter| values.get(filter))
                .transpose()?;
            let filter = filter.map(|filter| match filter.as_boolean_opt() {
                Some(filter) if filter.null_count() > 0 => Ok(prep_null_mask_filter(filter)),
                Some(filter) => Ok(filter.clone()),
                None => exec_err!("internal error: a filter that is no truth value"),
            });
            let filter: Option<BooleanArray> = filter.transpose()?;
            let argument = measure.argument.map(|argument| values.get(argument));
            let argument = argument.transpose()?.as_ref().map(measured);
            self.groups
                .add(at, found, rows, argument.as_ref(), filter.as_ref());
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
        let n_slots = self.groups.n_slots();
        keys.clear();
        keys.resize(rows.len() * n_slots, 0);
        for (at, (slot, codes)) in aggregation.slots.iter().zip(&self.slots).enumerate() {
            match slot {
                Slot::Names { space, .. } => {
                    let of_rows = spaces.get(*space).map_or(&[][..], |space| &space.of_rows);
                    let cells = keys.iter_mut().skip(at).step_by(n_slots);
                    for (cell, row) in cells.zip(rows) {
                        let code = of_rows.get(*row as usize).map_or(0, |code| *code as usize);
                        *cell = codes.by_code.get(code).map_or(0, |name| u64::from(*name));
                    }
                }
                Slot::Number(value) => {
                    let values = values.get(*value)?;
                    let booleans = values.as_boolean_opt();
                    let numbers = values.as_primitive_opt::<Int64Type>();
                    let nulls = values.nulls();
                    for (key, row) in keys.chunks_exact_mut(n_slots).zip(rows) {
                        let row = *row as usize;
                        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                            if let Some(bits) = key.last_mut() {
                                *bits |= 1 << at;
                            }
                            continue;
                        }
                        let number = match (numbers, booleans) {
                            (Some(numbers), _) => {
                                numbers.values().get(row).map_or(0, |n| n.cast_unsigned())
                            }
                            (None, Some(booleans)) => u64::from(booleans.value(row)),
                            (None, None) => 0,
                        };
                        if let Some(cell) = key.get_mut(at) {
                            *cell = number;
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
        let n_slots = other.groups.n_slots();
        let codes = self.slots.iter_mut().zip(other.slots);
        // Each dictionary of the other goes as soon as it is taken in.
        let codes: Vec<Option<Vec<u32>>> = codes
            .map(|(ours, theirs)| Some(ours.names.as_mut()?.merge(theirs.names?)))
            .collect();
        self.groups.merge(other.groups, |keys| {
            for (at, codes) in codes.iter().enumerate() {
                let Some(codes) = codes else {
                    continue;
                };
                for cell in keys.iter_mut().skip(at).step_by(n_slots) {
                    let theirs = usize::try_from(*cell).unwrap_or(usize::MAX);
                    *cell = codes.get(theirs).map_or(0, |code| u64::from(*code));
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
            let numbers = self.groups.slot(key.slot);
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
                let bits = self.groups.slot(self.groups.n_slots() - 1);
                let is_valid = bits.map(|bits| bits & (1 << key.slot) == 0);
                let numbers = numbers.map(u64::cast_signed);
                let numbers =
                    Int64Array::new(numbers.collect::<Vec<_>>().into(), Some(is_valid.collect()));
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

fn of_type(column: ArrayRef, data_type: &arrow::datatypes::DataType) -> Result<ArrayRef> {
    if column.data_type() == data_type {
        return Ok(column);
    }
    Ok(arrow::compute::cast(&column, data_type)?)
}

fn measured(values: &ArrayRef) -> Measured {
    let numbers = values.as_primitive_opt::<Int64Type>().cloned();
    let numbers = numbers.unwrap_or_else(|| Int64Array::from(Vec::<i64>::new()));
    Measured {
        numbers,
        nulls: values.logical_nulls(),
    }
}

fn has_numbers(aggregation: &Aggregation) -> bool {
    let mut slots = aggregation.slots.iter();
    slots.any(|slot| matches!(slot, Slot::Number(_)))
}
