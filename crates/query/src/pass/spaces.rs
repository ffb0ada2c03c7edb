//! The codes of a batch's rows in each space, and what was evaluated for each code.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions,
        UInt32Array,
    },
    buffer::{BooleanBuffer, NullBuffer},
    compute::{cast, concat, take},
    datatypes::{DataType, Int64Type},
};
use datafusion::error::Result;

use super::{
    groups::Groups,
    plan::{Mapped, Space, SpaceId, is_number},
    rows::Names,
    small,
    texts::Coder,
};

/// Combinations after which a space is begun anew.
const MAX_TUPLES: usize = 1 << 18;

/// One space of one worker.
#[derive(Debug)]
pub(super) struct Codes {
    /// Of the last batch, one a row.
    pub(super) of_rows: Vec<u32>,
    /// Codes for which everything is evaluated.
    pub(super) n_known: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Combinations of the codes of columns.
    Tuples(Tuples),
    /// A text, and what is asked of the place beside it.
    Text {
        coder: Box<Coder>,
        companions: Option<Companions>,
    },
}

/// What a text's space knows of the place.
#[derive(Debug)]
struct Companions {
    names: Names,
    /// By code of the place.
    by_place: Vec<u32>,
    of_rows: Vec<u32>,
}

impl Codes {
    pub(super) fn new(space: &Space, mapped: &[Mapped]) -> Result<Self> {
        let types = space.companions.iter();
        let types: Vec<DataType> = types
            .filter_map(|at| Some(mapped.get(*at)?.data_type.clone()))
            .collect();
        let kind = if let SpaceId::Text(_) = space.id {
            let companions = if types.is_empty() {
                None
            } else {
                Some(Companions {
                    names: Names::new(&types)?,
                    by_place: Vec::new(),
                    of_rows: Vec::new(),
                })
            };
            Kind::Text {
                coder: Box::new(Coder::new()),
                companions,
            }
        } else {
            Kind::Tuples(Tuples::new(space.columns.len()))
        };
        Ok(Self {
            of_rows: Vec::new(),
            n_known: 0,
            kind,
        })
    }

    pub(super) fn is_full(&self) -> bool {
        match &self.kind {
            Kind::Tuples(tuples) => tuples.is_full(),
            Kind::Text { coder, .. } => coder.is_full(),
        }
    }

    /// Forgets all codes.
    pub(super) fn clear(&mut self) {
        self.n_known = 0;
        match &mut self.kind {
            Kind::Tuples(tuples) => *tuples = Tuples::new(tuples.coders.len()),
            Kind::Text { coder, .. } => **coder = Coder::new(),
        }
    }

    /// Forgets the codes of the place.
    pub(super) fn clear_places(&mut self) {
        if let Kind::Text {
            companions: Some(companions),
            ..
        } = &mut self.kind
        {
            companions.by_place.clear();
        }
    }

    /// Takes in what new codes of the place mean here.
    pub(super) fn add_places(&mut self, space: &Space, fresh: &[Option<ArrayRef>]) -> Result<()> {
        if let Kind::Text {
            companions: Some(companions),
            ..
        } = &mut self.kind
        {
            let columns = space.companions.iter();
            let columns: Vec<ArrayRef> = columns.filter_map(|at| fresh.get(*at)?.clone()).collect();
            let codes = companions.names.codes(&columns)?;
            companions.by_place.extend(codes);
        }
        Ok(())
    }

    /// The codes of a batch. Gives, of each code that is new, the first row with it.
    pub(super) fn code(
        &mut self,
        space: &Space,
        batch: &RecordBatch,
        places: &[u32],
    ) -> Result<Vec<u32>> {
        let columns = space.columns.iter();
        let columns: Vec<&ArrayRef> = columns.map(|at| batch.column(*at)).collect();
        let n_codes = match &mut self.kind {
            Kind::Tuples(tuples) => {
                tuples.codes(&columns, batch.num_rows(), &mut self.of_rows)?;
                tuples.len()
            }
            Kind::Text { coder, companions } => {
                let beside = companions.as_mut().map(|companions| {
                    let by_place = &companions.by_place;
                    let of = |place: &u32| by_place.get(*place as usize).copied().unwrap_or(0);
                    companions.of_rows.clear();
                    companions.of_rows.extend(places.iter().map(of));
                    &*companions.of_rows
                });
                if let [column] = columns.as_slice() {
                    coder.codes(column, beside, &mut self.of_rows)?;
                }
                coder.len()
            }
        };
        let mut first_rows = Vec::new();
        if n_codes > self.n_known {
            for (row, code) in self.of_rows.iter().enumerate() {
                if *code as usize == self.n_known + first_rows.len() {
                    first_rows.push(small(row));
                }
            }
        }
        Ok(first_rows)
    }

    /// The values of the codes that came with these rows, as a batch of the space's schema.
    pub(super) fn new_values(
        &self,
        space: &Space,
        batch: &RecordBatch,
        first_rows: &[u32],
    ) -> Result<RecordBatch> {
        let rows = UInt32Array::from(first_rows.to_vec());
        let mut columns = Vec::with_capacity(space.schema.fields().len());
        for (at, field) in space.columns.iter().zip(space.schema.fields()) {
            let values = take(batch.column(*at), &rows, None)?;
            columns.push(of_type(values, field.data_type())?);
        }
        if let Kind::Text {
            companions: Some(companions),
            ..
        } = &self.kind
        {
            let of = |row: &u32| companions.of_rows.get(*row as usize).copied().unwrap_or(0);
            let codes: UInt32Array = first_rows.iter().map(of).collect::<Vec<_>>().into();
            for column in companions.names.columns()? {
                columns.push(take(&column, &codes, None)?);
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(first_rows.len()));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&space.schema),
            columns,
            &options,
        )?)
    }
}

/// Codes of combinations of values.
#[derive(Debug)]
struct Tuples {
    coders: Vec<Coder>,
    /// The codes of one column.
    coded: Vec<u32>,
    /// Combinations, as groups that count nothing: two codes a word.
    known: Groups,
    keys: Vec<u64>,
}

impl Tuples {
    fn new(width: usize) -> Self {
        Self {
            coders: (0..width).map(|_| Coder::new()).collect(),
            coded: Vec::new(),
            // A space without columns has one combination, once there was a row.
            known: Groups::new(width.div_ceil(2).max(1), Vec::new()),
            keys: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.known.len()
    }

    fn is_full(&self) -> bool {
        self.len() > MAX_TUPLES || self.coders.iter().any(Coder::is_full)
    }

    fn codes(&mut self, columns: &[&ArrayRef], n_rows: usize, codes: &mut Vec<u32>) -> Result<()> {
        let n_words = self.known.n_words();
        self.keys.clear();
        self.keys.resize(n_rows * n_words, 0);
        for (at, (coder, column)) in self.coders.iter_mut().zip(columns).enumerate() {
            coder.codes(column, None, &mut self.coded)?;
            let shift = at % 2 * 32;
            let cells = self.keys.iter_mut().skip(at / 2).step_by(n_words);
            for (cell, code) in cells.zip(&self.coded) {
                *cell |= u64::from(*code) << shift;
            }
        }
        self.known.find(&self.keys, codes);
        Ok(())
    }
}

/// The values of an expression by code.
#[derive(Debug)]
pub(super) enum ByCode {
    /// Nobody looks it up.
    Unused,
    Numbers {
        data_type: DataType,
        numbers: Vec<i64>,
        nulls: Vec<bool>,
        has_nulls: bool,
    },
    Other(Option<ArrayRef>),
}

impl ByCode {
    pub(super) fn new(data_type: &DataType) -> Self {
        if is_number(data_type) {
            Self::Numbers {
                data_type: data_type.clone(),
                numbers: Vec::new(),
                nulls: Vec::new(),
                has_nulls: false,
            }
        } else {
            Self::Other(None)
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Unused => {}
            Self::Numbers {
                numbers,
                nulls,
                has_nulls,
                ..
            } => {
                numbers.clear();
                nulls.clear();
                *has_nulls = false;
            }
            Self::Other(values) => *values = None,
        }
    }

    pub(super) fn extend(&mut self, new: &ArrayRef) -> Result<()> {
        match self {
            Self::Unused => {}
            Self::Numbers {
                numbers,
                nulls,
                has_nulls,
                ..
            } => {
                let wide = as_numbers(new)?;
                let wide = wide.as_primitive::<Int64Type>();
                numbers.extend(wide.iter().map(Option::unwrap_or_default));
                nulls.extend((0..wide.len()).map(|at| wide.is_null(at)));
                *has_nulls |= wide.null_count() > 0;
            }
            Self::Other(values) => {
                *values = Some(match values {
                    None => Arc::clone(new),
                    Some(known) => concat(&[&**known, &**new])?,
                });
            }
        }
        Ok(())
    }

    /// A value a row: numbers as 64-bit integers unless `is_exact` asks for their own type.
    pub(super) fn look_up(&self, codes: &[u32], is_exact: bool) -> Result<ArrayRef> {
        match self {
            Self::Numbers {
                data_type,
                numbers,
                nulls,
                has_nulls,
            } => {
                let code = |row: usize| codes.get(row).map_or(0, |code| *code as usize);
                let nulls = has_nulls.then(|| {
                    let is_valid = |row| !nulls.get(code(row)).copied().unwrap_or(true);
                    NullBuffer::new(BooleanBuffer::collect_bool(codes.len(), is_valid))
                });
                if *data_type == DataType::Boolean {
                    let is_true = |row| numbers.get(code(row)).is_some_and(|number| *number != 0);
                    let values = BooleanBuffer::collect_bool(codes.len(), is_true);
                    return Ok(Arc::new(BooleanArray::new(values, nulls)));
                }
                let values = codes.iter();
                let values = values.map(|code| numbers.get(*code as usize).copied().unwrap_or(0));
                let values = Int64Array::new(values.collect::<Vec<_>>().into(), nulls);
                if is_exact {
                    return from_numbers(values, data_type);
                }
                Ok(Arc::new(values))
            }
            Self::Unused | Self::Other(None) => {
                Ok(arrow::array::new_null_array(&DataType::Null, codes.len()))
            }
            Self::Other(Some(values)) => {
                let codes = UInt32Array::from(codes.to_vec());
                Ok(take(values, &codes, None)?)
            }
        }
    }
}

/// A column as the table has it: files may give texts as dictionaries.
pub(super) fn of_type(column: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if column.data_type() == data_type {
        return Ok(column);
    }
    Ok(cast(&column, data_type)?)
}

/// Numbers of any kind as 64-bit integers.
pub(super) fn as_numbers(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Int64 => Arc::clone(array),
        DataType::Date32 => cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(array, &DataType::Int64)?,
    })
}

/// The way back.
pub(super) fn from_numbers(numbers: Int64Array, data_type: &DataType) -> Result<ArrayRef> {
    let numbers: ArrayRef = Arc::new(numbers);
    Ok(match data_type {
        DataType::Int64 => numbers,
        DataType::Date32 => cast(&cast(&numbers, &DataType::Int32)?, &DataType::Date32)?,
        other => cast(&numbers, other)?,
    })
}
