//! Makes the plan of a pass out of the aggregations that are asked for.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::{
    catalog::Session,
    common::{
        Column, DFSchema,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    error::Result,
    logical_expr::{Expr, ExprSchemable, cast},
};

use super::{
    find::{Counting, Measure},
    groups::Op,
    plan::{
        Aggregation, CLASS, KeyAt, MAX_SLOTS, Mapped, PLACE, Plan, PlannedMeasure, RowValue, Slot,
        Space, SpaceId, is_number, is_of_the_place,
    },
    texts::Coder,
};

/// Plans the aggregations that a pass can compute: `None` for one it cannot.
pub(super) fn plan(countings: &[Counting], session: &dyn Session) -> Result<(Plan, Vec<bool>)> {
    let Some(first) = countings.first() else {
        return datafusion::common::exec_err!("internal error: a pass without an aggregation");
    };
    let mut builder = Builder::new(first.requests.schema(), session)?;
    let mut is_planned = Vec::with_capacity(countings.len());
    for counting in countings {
        let planned = builder.aggregation(counting)?;
        is_planned.push(planned.is_some());
        builder.aggregations.extend(planned);
    }
    Ok((builder.finish()?, is_planned))
}

struct Builder<'a> {
    session: &'a dyn Session,
    table: SchemaRef,
    df_table: DFSchema,
    spaces: Vec<SpaceId>,
    /// Of a space: expressions of the place that are looked up with it.
    companions: HashMap<usize, Vec<usize>>,
    mapped: Vec<(usize, Expr)>,
    values: Vec<Expr>,
    aggregations: Vec<Aggregation>,
}

impl<'a> Builder<'a> {
    fn new(table: SchemaRef, session: &'a dyn Session) -> Result<Self> {
        Ok(Self {
            session,
            df_table: DFSchema::try_from(Arc::clone(&table))?,
            table,
            spaces: vec![SpaceId::Place],
            companions: HashMap::new(),
            mapped: Vec::new(),
            values: Vec::new(),
            aggregations: Vec::new(),
        })
    }

    fn aggregation(&mut self, counting: &Counting) -> Result<Option<Aggregation>> {
        let mut filters = Vec::with_capacity(counting.filters.len());
        for filter in &counting.filters {
            filters.push(self.value(filter));
        }
        let mut slots: Vec<Slot> = Vec::new();
        let mut keys = Vec::with_capacity(counting.keys.len());
        for key in &counting.keys {
            let data_type = key.get_type(&self.df_table)?;
            let space = self.space_of(key);
            let is_wide = |id: &SpaceId| matches!(id, SpaceId::Text(_)) && is_number(&data_type);
            match space {
                Some(space) if !self.spaces.get(space).is_some_and(is_wide) => {
                    let expr = self.mapped(space, key)?;
                    let is_it =
                        |slot: &Slot| matches!(slot, Slot::Names { space: of, .. } if *of == space);
                    let at = slots.iter().position(is_it);
                    let slot = at.unwrap_or_else(|| {
                        slots.push(Slot::Names {
                            space,
                            mapped: Vec::new(),
                        });
                        slots.len() - 1
                    });
                    let Some(Slot::Names { mapped, .. }) = slots.get_mut(slot) else {
                        return Ok(None);
                    };
                    keys.push(KeyAt {
                        slot,
                        column: mapped.len(),
                    });
                    mapped.push(expr);
                }
                _ if is_number(&data_type) => {
                    slots.push(Slot::Number(self.value(key)));
                    keys.push(KeyAt {
                        slot: slots.len() - 1,
                        column: 0,
                    });
                }
                _ => return Ok(None),
            }
        }
        if slots.len() >= MAX_SLOTS {
            return Ok(None);
        }
        let mut measures = Vec::with_capacity(counting.measures.len());
        for measure in &counting.measures {
            let Some(measure) = self.measure(measure)? else {
                return Ok(None);
            };
            measures.push(measure);
        }
        let space = self.only_space(&counting.keys)?;
        Ok(Some(Aggregation {
            filters,
            slots,
            space,
            keys,
            measures,
            schema: Arc::clone(&counting.schema),
        }))
    }

    /// The space that all keys depend on, those of the place becoming known to it.
    fn only_space(&mut self, keys: &[Expr]) -> Result<Option<usize>> {
        let mut spaces = BTreeSet::new();
        for key in keys {
            match self.space_of(key) {
                Some(space) => spaces.insert(space),
                None => return Ok(None),
            };
        }
        // The place is the first of all spaces.
        let others: Vec<usize> = spaces.iter().copied().filter(|space| *space != 0).collect();
        match others.as_slice() {
            [] => Ok(Some(0)),
            [only] if spaces.len() == 1 => Ok(Some(*only)),
            [only] if matches!(self.spaces.get(*only), Some(SpaceId::Text(_))) => {
                for key in keys {
                    if is_of_the_place(key) {
                        self.with_companions(*only, key)?;
                    }
                }
                Ok(Some(*only))
            }
            _ => Ok(None),
        }
    }

    fn measure(&mut self, measure: &Measure) -> Result<Option<PlannedMeasure>> {
        let argument = match &measure.argument {
            None => None,
            Some(argument) => {
                let data_type = argument.get_type(&self.df_table)?;
                let fits = match measure.op {
                    Op::Count => true,
                    Op::Sum => data_type == DataType::Int64,
                    Op::Min | Op::Max => is_number(&data_type) && data_type != DataType::Boolean,
                };
                if !fits {
                    return Ok(None);
                }
                Some(self.value(argument))
            }
        };
        let filter = measure.filter.as_ref().map(|filter| self.value(filter));
        Ok(Some(PlannedMeasure {
            op: measure.op,
            argument,
            filter,
        }))
    }

    /// The value of an expression in each row, once however often it is asked for.
    fn value(&mut self, expr: &Expr) -> usize {
        place(&mut self.values, expr)
    }

    fn mapped(&mut self, space: usize, expr: &Expr) -> Result<usize> {
        let expr = if self.spaces.get(space) == Some(&SpaceId::Place) {
            expr.clone()
        } else {
            self.with_companions(space, expr)?
        };
        let key = (space, expr);
        let at = self.mapped.iter().position(|known| *known == key);
        Ok(at.unwrap_or_else(|| {
            self.mapped.push(key);
            self.mapped.len() - 1
        }))
    }

    /// Puts names in place of what the expression asks of the place.
    fn with_companions(&mut self, space: usize, expr: &Expr) -> Result<Expr> {
        let replaced = expr.clone().transform_down(|part| {
            if matches!(part, Expr::Literal(..)) || !is_of_the_place(&part) {
                return Ok(Transformed::no(part));
            }
            let mapped = self.mapped(0, &part)?;
            let companions = self.companions.entry(space).or_default();
            if !companions.contains(&mapped) {
                companions.push(mapped);
            }
            let name = companion_name(mapped);
            Ok(Transformed::new(
                Expr::Column(Column::new_unqualified(name)),
                true,
                TreeNodeRecursion::Jump,
            ))
        })?;
        Ok(replaced.data)
    }

    /// The space that an expression depends on alone, if there is one.
    fn space_of(&mut self, expr: &Expr) -> Option<usize> {
        let columns = expr.column_refs();
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        for name in &names {
            let field = self.table.field_with_name(name).ok()?;
            if !Coder::is_for(field.data_type()) {
                return None;
            }
        }
        let is_text = |name: &str| {
            let field = self.table.field_with_name(name);
            field
                .is_ok_and(|field| matches!(field.data_type(), DataType::Utf8View | DataType::Utf8))
        };
        // What has no column is the same everywhere.
        let id = if names.iter().all(|name| PLACE.contains(name)) {
            SpaceId::Place
        } else if names.iter().all(|name| CLASS.contains(name)) {
            SpaceId::Class
        } else {
            let mut others = names.iter().filter(|name| !PLACE.contains(name));
            match (others.next(), others.next()) {
                (Some(name), None) if is_text(name) && !CLASS.contains(name) => {
                    SpaceId::Text((*name).to_owned())
                }
                _ => return None,
            }
        };
        Some(place(&mut self.spaces, &id))
    }

    fn finish(mut self) -> Result<Plan> {
        // Values first: they can need more lookups.
        let mut planned = Vec::new();
        let mut lookups: Vec<usize> = Vec::new();
        for expr in self.values.clone() {
            planned.push(match self.space_of(&expr) {
                Some(space) => Planned::Mapped(self.mapped(space, &expr)?),
                None => Planned::Evaluated(self.with_lookups(&expr, &mut lookups)?),
            });
        }
        let mut columns: Vec<usize> = Vec::new();
        let mut spaces = Vec::new();
        for id in self.spaces.clone() {
            let at = spaces.len();
            let names = self.columns_of(at, &id);
            let mut fields = Vec::new();
            let mut of_batch = Vec::new();
            for name in names {
                let in_table = self.table.index_of(&name)?;
                let field = self.table.field(in_table);
                let in_batch = place(&mut columns, &in_table);
                of_batch.push(in_batch);
                fields.push(Field::new(field.name(), field.data_type().clone(), true));
            }
            let companions = self.companions.get(&at).cloned().unwrap_or_default();
            for mapped in &companions {
                let data_type = match self.mapped.get(*mapped) {
                    Some((_, expr)) => expr.get_type(&self.df_table)?,
                    None => DataType::Null,
                };
                fields.push(Field::new(companion_name(*mapped), data_type, true));
            }
            spaces.push(Space {
                id,
                columns: of_batch,
                companions,
                schema: Arc::new(Schema::new(fields)),
            });
        }
        let mut mapped = Vec::with_capacity(self.mapped.len());
        for (space, expr) in &self.mapped {
            let schema = spaces.get(*space).map(|space| Arc::clone(&space.schema));
            let schema = DFSchema::try_from(schema.unwrap_or_else(|| Arc::new(Schema::empty())))?;
            mapped.push(Mapped {
                space: *space,
                data_type: expr.get_type(&schema)?,
                expr: self.session.create_physical_expr(expr.clone(), &schema)?,
            });
        }
        let (mut row_columns, mut row_fields) = (Vec::new(), Vec::new());
        for planned in &planned {
            let Planned::Evaluated(expr) = planned else {
                continue;
            };
            let mut names: Vec<String> =
                expr.column_refs().iter().map(|c| c.name.clone()).collect();
            names.sort_unstable();
            for name in names {
                let Ok(in_table) = self.table.index_of(&name) else {
                    continue;
                };
                let in_batch = place(&mut columns, &in_table);
                if !row_columns.contains(&in_batch) {
                    row_columns.push(in_batch);
                    let field = self.table.field(in_table);
                    row_fields.push(Field::new(&name, field.data_type().clone(), true));
                }
            }
        }
        for lookup in &lookups {
            let data_type = mapped.get(*lookup).map(|mapped| mapped.data_type.clone());
            let data_type = data_type.unwrap_or(DataType::Null);
            row_fields.push(Field::new(companion_name(*lookup), data_type, true));
        }
        let row_schema = Arc::new(Schema::new(row_fields));
        let df_rows = DFSchema::try_from(Arc::clone(&row_schema))?;
        let mut values = Vec::with_capacity(planned.len());
        for planned in planned {
            values.push(match planned {
                Planned::Mapped(at) => RowValue::Mapped(at),
                Planned::Evaluated(expr) => {
                    // Numbers of all kinds are held as 64-bit integers.
                    let data_type = expr.get_type(&df_rows)?;
                    let expr = if is_number(&data_type) && data_type != DataType::Boolean {
                        as_number(expr, &data_type)
                    } else {
                        expr
                    };
                    RowValue::Evaluated(self.session.create_physical_expr(expr, &df_rows)?)
                }
            });
        }
        Ok(Plan {
            prefilter: prefilter(&self.aggregations, &values, &mapped, &spaces),
            projection: columns,
            spaces,
            mapped,
            values,
            row_columns,
            row_lookups: lookups,
            row_schema,
            aggregations: self.aggregations,
        })
    }

    /// Puts names in place of the largest parts that depend on one space.
    fn with_lookups(&mut self, expr: &Expr, lookups: &mut Vec<usize>) -> Result<Expr> {
        let replaced = expr.clone().transform_down(|part| {
            let is_simple = matches!(part, Expr::Literal(..)) || part.column_refs().is_empty();
            let space = if is_simple {
                None
            } else {
                self.space_of(&part)
            };
            let Some(space) = space else {
                return Ok(Transformed::no(part));
            };
            let mapped = self.mapped(space, &part)?;
            let _ = place(lookups, &mapped);
            let name = companion_name(mapped);
            Ok(Transformed::new(
                Expr::Column(Column::new_unqualified(name)),
                true,
                TreeNodeRecursion::Jump,
            ))
        })?;
        Ok(replaced.data)
    }

    /// The columns that the expressions of a space need.
    fn columns_of(&self, at: usize, id: &SpaceId) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, expr) in self.mapped.iter().filter(|(space, _)| *space == at) {
            let columns = expr.column_refs();
            names.extend(columns.iter().map(|column| column.name.clone()));
        }
        names.retain(|name| self.table.index_of(name).is_ok());
        if let SpaceId::Text(name) = id {
            names.retain(|known| known == name);
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Finds a filter that spares most of the work on rows that no aggregation wants.
fn prefilter(
    aggregations: &[Aggregation],
    values: &[RowValue],
    mapped: &[Mapped],
    spaces: &[Space],
) -> Option<(usize, usize)> {
    let (first, others) = aggregations.split_first()?;
    let is_shared = |value: &&usize| others.iter().all(|other| other.filters.contains(value));
    let mut shared = first.filters.iter().filter(is_shared);
    shared.find_map(|value| match values.get(*value) {
        Some(RowValue::Mapped(at)) => {
            let space = mapped.get(*at)?.space;
            let is_text = matches!(spaces.get(space)?.id, SpaceId::Text(_));
            is_text.then_some((*value, space))
        }
        _ => None,
    })
}

enum Planned {
    Mapped(usize),
    Evaluated(Expr),
}

/// The place of an item, which is added if it is new.
fn place<T: Clone + PartialEq>(items: &mut Vec<T>, item: &T) -> usize {
    let at = items.iter().position(|known| known == item);
    at.unwrap_or_else(|| {
        items.push(item.clone());
        items.len() - 1
    })
}

fn companion_name(mapped: usize) -> String {
    format!("looked up {mapped}")
}

fn as_number(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Int64 => expr,
        DataType::Date32 => cast(cast(expr, DataType::Int32), DataType::Int64),
        _ => cast(expr, DataType::Int64),
    }
}
