//! One worker's share of a pass: batches in, groups out.

use std::{
    cell::{OnceCell, RefCell},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
    compute::filter_record_batch,
};
use datafusion::{common::exec_err, error::Result};

use super::{
    counts::{Counts, chosen_rows},
    plan::{Plan, RowValue, Slot, SpaceId},
    small,
    spaces::{ByCode, Codes, of_type},
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

    /// Bytes of what grows with the groups.
    pub(super) fn held_bytes(&self) -> usize {
        self.counts.iter().map(Counts::held_bytes).sum()
    }

    /// What was counted, one for each aggregation of the plan.
    pub(super) fn finish(self) -> Vec<Counts> {
        self.counts
    }
}

/// The values of a batch's rows, computed when they are asked for: an aggregation that chose no row
/// needs none.
pub(super) struct Values<'a> {
    plan: &'a Plan,
    batch: &'a RecordBatch,
    spaces: &'a [Codes],
    mapped: &'a [ByCode],
    /// What evaluated values see.
    rows: OnceCell<RecordBatch>,
    known: RefCell<Vec<Option<ArrayRef>>>,
}

impl Values<'_> {
    pub(super) fn get(&self, at: usize) -> Result<ArrayRef> {
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
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.plan.row_schema.fields().len());
        let row_columns = self.plan.row_columns.iter();
        for (at, field) in row_columns.zip(self.plan.row_schema.fields()) {
            let column = Arc::clone(self.batch.column(*at));
            columns.push(of_type(column, field.data_type())?);
        }
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
