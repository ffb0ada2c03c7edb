//! A number column under construction.

use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;

use crate::nulls::Nulls;

/// Which integers a column holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Width {
    I64,
    I32,
    I16,
}

/// The column. Its kind of cell never gives a number that is too wide for it.
#[derive(Debug)]
pub(crate) struct Numbers {
    width: Width,
    /// Zero for null.
    values: Vec<i64>,
    nulls: Nulls,
}

impl Numbers {
    pub(crate) fn new(width: Width) -> Self {
        Self {
            width,
            values: Vec::new(),
            nulls: Nulls::default(),
        }
    }

    #[inline]
    pub(crate) fn append(&mut self, number: i64) {
        self.values.push(number);
    }

    /// Adds a row for each number; `None` is null.
    #[inline]
    pub(crate) fn extend(&mut self, numbers: impl Iterator<Item = Option<i64>>) {
        let rows = self.values.len()..;
        let nulls = &mut self.nulls;
        self.values.extend(numbers.zip(rows).map(|(number, row)| {
            number.unwrap_or_else(|| {
                nulls.add(row, 1);
                0
            })
        }));
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.values.len(), n);
        self.values.resize(self.values.len() + n, 0);
    }

    /// Takes the rows from `n_rows` on out again.
    pub(crate) fn truncate(&mut self, n_rows: usize) {
        self.values.truncate(n_rows);
        self.nulls.truncate(n_rows);
    }

    /// Ends the column.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let n_rows = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(n_rows));
        match self.width {
            Width::I64 => array::<Int64Type>(values, &mut self.nulls),
            Width::I32 => array::<Int32Type>(narrow(&values), &mut self.nulls),
            Width::I16 => array::<Int16Type>(narrow(&values), &mut self.nulls),
        }
    }
}

fn narrow<T: TryFrom<i64> + Default>(values: &[i64]) -> Vec<T> {
    let values = values.iter().map(|value| T::try_from(*value));
    values.map(Result::unwrap_or_default).collect()
}

fn array<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    nulls: &mut Nulls,
) -> Result<ArrayRef, ArrowError> {
    let nulls = nulls.finish(values.len());
    Ok(Arc::new(PrimitiveArray::<T>::try_new(
        values.into(),
        nulls,
    )?))
}
