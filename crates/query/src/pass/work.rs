//! One worker's share of a pass: batches in, groups out.

use std::{
    cell::{OnceCell, RefCell},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions,
        UInt32Array,
    },
    compute::{filter_record_batch, prep_null_mask_filter, take},
    datatypes::Int64Type,
};
use datafusion::{common::exec_err, error::Result};

use super::{
    groups::{Groups, Measured},
    plan::{Aggregation, Plan, RowValue, Slot, SpaceId},
    rows::Names,
    small,
    spaces::{ByCode, Codes, from_numbers},
};

/// The state of one worker.
#[derive(Debug)]
pub(super) struct Worker {
    plan: Arc<Plan>,
    spaces: Vec<Codes>,
    mapped: Vec<ByCode>,
    counts: Vec<Counts>,
    keys: Vec<u64>,
    found: Vec<u32>,
}

/// One aggregation of one worker.
#[derive(Debug)]
pub(super) struct Counts {
    groups: Groups,
    slots: Vec<SlotCodes>,
    /// Where one space tells the group: by its code, the group and one; 0 is none yet.
    group_by_code: Vec<u32>,
}

/// What the codes of a slot mean. Empty for a number.
#[derive(Debug)]
struct SlotCodes {
    names: Option<Names>,
    /// By code of the slot's space.
    by_code: Vec<u32>,
}

impl Worker {
    pub(super) fn new(plan: Arc<Plan>) -> Result<Self> {
        let spaces = plan.spaces.iter();
        let spaces = spaces.map(|space| Codes::new(space, &plan.mapped));
        let is_looked_up = |at: usize| {
            let is_it =
                |value: &RowValue| matches!(value, RowValue::Mapped(mapped) if *mapped == at);
            plan.row_lookups.contains(&at) || plan.values.iter().any(is_it)
        };
        let mapped = plan.mapped.iter().enumerate();
        let mapped = mapped.map(|(at, mapped)| {
            if is_looked_up(at) {
                ByCode::new(&mapped.data_type)
            } else {
                ByCode::Unused
            }
        });
        let counts = plan.aggregations.iter();
        Ok(Self {
            spaces: spaces.collect::<Result<_>>()?,
            mapped: mapped.collect(),
            counts: counts
                .map(|aggregation| Counts::new(aggregation, &plan))
                .collect::<Result<_>>()?,
            keys: Vec::new(),
            found: Vec::new(),
            plan,
        })
    }

    /// Counts the rows of a batch.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let plan = Arc::clone(&self.plan);
        let Some((value, space)) = plan.prefilter else {
            return self.add_rows(batch);
        };
        self.make_room(&plan);
        // The place is what a text can have beside it.
        self.code(&plan, 0, batch)?;
        self.code(&plan, space, batch)?;
        let wanted = self.values(&plan, batch).get(value)?;
        let Some(wanted) = wanted.as_boolean_opt() else {
            return exec_err!("internal error: a filter that is no truth value");
        };
        self.add_rows(&filter_record_batch(batch, wanted)?)
    }

    fn values<'a>(&'a self, plan: &'a Plan, batch: &'a RecordBatch) -> Values<'a> {
        Values {
            plan,
            batch,
            spaces: &self.spaces,
            mapped: &self.mapped,
            rows: OnceCell::new(),
            known: RefCell::new(vec![None; plan.values.len()]),
        }
    }

    fn add_rows(&mut self, batch: &RecordBatch) -> Result<()> {
        let n_rows = batch.num_rows();
        if n_rows == 0 {
            return Ok(());
        }
        let plan = Arc::clone(&self.plan);
        self.make_room(&plan);
        for at in 0..plan.spaces.len() {
            self.code(&plan, at, batch)?;
        }
        let values = Values {
            plan: &plan,
            batch,
            spaces: &self.spaces,
            mapped: &self.mapped,
            rows: OnceCell::new(),
            known: RefCell::new(vec![None; plan.values.len()]),
        };
        let every_row: Vec<u32> = (0..small(n_rows)).collect();
        for (counts, aggregation) in self.counts.iter_mut().zip(&plan.aggregations) {
            let chosen = chosen_rows(aggregation, &values, n_rows)?;
            let rows = chosen.as_deref().unwrap_or(&every_row);
            if !rows.is_empty() {
                let (keys, found) = (&mut self.keys, &mut self.found);
                counts.add(aggregation, rows, &values, &self.spaces, keys, found)?;
            }
        }
        Ok(())
    }

    /// Begins dictionaries anew that have become large.
    fn make_room(&mut self, plan: &Plan) {
        let is_cleared: Vec<bool> = self.spaces.iter().map(Codes::is_full).collect();
        if !is_cleared.contains(&true) {
            return;
        }
        let place = plan
            .spaces
            .iter()
            .position(|space| space.id == SpaceId::Place);
        let is_of_cleared = |space: usize| is_cleared.get(space).copied().unwrap_or(false);
        if place.is_some_and(is_of_cleared) {
            self.spaces.iter_mut().for_each(Codes::clear_places);
        }
        for (space, cleared) in self.spaces.iter_mut().zip(&is_cleared) {
            if *cleared {
                space.clear();
            }
        }
        for (values, mapped) in self.mapped.iter_mut().zip(&plan.mapped) {
            if is_of_cleared(mapped.space) {
                values.clear();
            }
        }
        for (counts, aggregation) in self.counts.iter_mut().zip(&plan.aggregations) {
            for (codes, slot) in counts.slots.iter_mut().zip(&aggregation.slots) {
                if matches!(slot, Slot::Names { space, .. } if is_of_cleared(*space)) {
                    codes.by_code.clear();
                }
            }
            if aggregation.space.is_some_and(is_of_cleared) {
                counts.group_by_code.clear();
            }
        }
    }

    /// The codes of a batch in one space; what is new there is evaluated.
    fn code(&mut self, plan: &Plan, at: usize, batch: &RecordBatch) -> Result<()> {
        let Some(space) = plan.spaces.get(at) else {
            return Ok(());
        };
        let (before, from_here) = self.spaces.split_at_mut(at);
        let [codes, later @ ..] = from_here else {
            return Ok(());
        };
        let places = before.first().map_or(&[][..], |place| &place.of_rows);
        let first_rows = codes.code(space, batch, places)?;
        if first_rows.is_empty() {
            return Ok(());
        }
        let new = codes.new_values(space, batch, &first_rows)?;
        codes.n_known += first_rows.len();
        let mut fresh: Vec<Option<ArrayRef>> = vec![None; plan.mapped.len()];
        for ((mapped, values), fresh) in plan.mapped.iter().zip(&mut self.mapped).zip(&mut fresh) {
            if mapped.space == at {
                let evaluated = mapped.expr.evaluate(&new)?.into_array(new.num_rows())?;
                values.extend(&evaluated)?;
                *fresh = Some(evaluated);
            }
        }
        if at == 0 {
            for (codes, space) in later.iter_mut().zip(plan.spaces.iter().skip(1)) {
                codes.add_places(space, &fresh)?;
            }
        }
        for (counts, aggregation) in self.counts.iter_mut().zip(&plan.aggregations) {
            for (codes, slot) in counts.slots.iter_mut().zip(&aggregation.slots) {
                let Slot::Names { space, mapped } = slot else {
                    continue;
                };
                if *space != at {
                    continue;
                }
                let columns = mapped.iter().filter_map(|at| fresh.get(*at)?.clone());
                let columns: Vec<ArrayRef> = columns.collect();
                if let Some(names) = &mut codes.names {
                    codes.by_code.extend(names.codes(&columns)?);
                }
            }
        }
        Ok(())
    }

    /// What was counted, one for each aggregation of the plan.
    pub(super) fn finish(self) -> Vec<Counts> {
        self.counts
    }
}

/// The values of a batch's rows, computed when they are asked for: an aggregation that chose no row
/// needs none.
struct Values<'a> {
    plan: &'a Plan,
    batch: &'a RecordBatch,
    spaces: &'a [Codes],
    mapped: &'a [ByCode],
    /// What evaluated values see.
    rows: OnceCell<RecordBatch>,
    known: RefCell<Vec<Option<ArrayRef>>>,
}

impl Values<'_> {
    fn get(&self, at: usize) -> Result<ArrayRef> {
        let known = self.known.borrow().get(at).cloned().flatten();
        if let Some(known) = known {
            return Ok(known);
        }
        let value = match self.plan.values.get(at) {
            Some(RowValue::Mapped(mapped)) => self.look_up(*mapped, false)?,
            Some(RowValue::Evaluated(expr)) => {
                let rows = self.rows()?;
                expr.evaluate(rows)?.into_array(rows.num_rows())?
            }
            None => return exec_err!("internal error: a value that was not planned"),
        };
        if let Some(known) = self.known.borrow_mut().get_mut(at) {
            *known = Some(Arc::clone(&value));
        }
        Ok(value)
    }

    fn rows(&self) -> Result<&RecordBatch> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows);
        }
        let columns = self.plan.row_columns.iter();
        let columns = columns.map(|at| Arc::clone(self.batch.column(*at)));
        let mut columns: Vec<ArrayRef> = columns.collect();
        for mapped in &self.plan.row_lookups {
            columns.push(self.look_up(*mapped, true)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.batch.num_rows()));
        let schema = Arc::clone(&self.plan.row_schema);
        let rows = RecordBatch::try_new_with_options(schema, columns, &options)?;
        Ok(self.rows.get_or_init(|| rows))
    }

    fn look_up(&self, mapped: usize, is_exact: bool) -> Result<ArrayRef> {
        let space = self
            .plan
            .mapped
            .get(mapped)
            .map_or(0, |mapped| mapped.space);
        let codes = self
            .spaces
            .get(space)
            .map_or(&[][..], |space| &space.of_rows);
        let values = self.mapped.get(mapped).unwrap_or(&ByCode::Unused);
        values.look_up(codes, is_exact)
    }
}

/// The rows for which all filters are true; `None` when these are all.
fn chosen_rows(
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
    fn new(aggregation: &Aggregation, plan: &Plan) -> Result<Self> {
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

    fn add(
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
            let filter = filter.as_ref().and_then(|filter| filter.as_boolean_opt());
            let filter: Option<BooleanArray> = filter.map(|filter| {
                if filter.null_count() > 0 {
                    prep_null_mask_filter(filter)
                } else {
                    filter.clone()
                }
            });
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

    /// Takes in what another worker counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let codes = self.slots.iter_mut().zip(&other.slots);
        let codes: Vec<Option<Vec<u32>>> = codes
            .map(|(ours, theirs)| Some(ours.names.as_mut()?.merge(theirs.names.as_ref()?)))
            .collect();
        let n_slots = other.groups.n_slots();
        let mut keys = other.groups.keys().to_vec();
        for (at, codes) in codes.iter().enumerate() {
            let Some(codes) = codes else {
                continue;
            };
            for cell in keys.iter_mut().skip(at).step_by(n_slots) {
                let theirs = usize::try_from(*cell).unwrap_or(usize::MAX);
                *cell = codes.get(theirs).map_or(0, |code| u64::from(*code));
            }
        }
        self.groups.merge(&other.groups, &keys);
    }

    /// The rows of the aggregation.
    pub(super) fn into_batch(self, aggregation: &Aggregation) -> Result<RecordBatch> {
        let names = self.slots.iter();
        let names = names.map(|slot| slot.names.as_ref().map(Names::columns).transpose());
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
