//! Dictionaries of rows: equal rows of any types have equal codes.

use std::sync::Arc;

use arrow::{
    array::ArrayRef,
    row::{RowConverter, SortField},
};
use datafusion::{arrow::datatypes::DataType, error::Result};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use super::small;

/// Distinct rows, in the order in which they came.
#[derive(Debug)]
pub(super) struct Names {
    converter: RowConverter,
    rows: Vec<Box<[u8]>>,
    hasher: DefaultHashBuilder,
    index: HashTable<u32>,
}

impl Names {
    pub(super) fn new(types: &[DataType]) -> Result<Self> {
        let fields = types.iter().cloned().map(SortField::new).collect();
        Ok(Self {
            converter: RowConverter::new(fields)?,
            rows: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
        })
    }

    /// The codes of the rows of columns.
    pub(super) fn codes(&mut self, columns: &[ArrayRef]) -> Result<Vec<u32>> {
        let rows = self.converter.convert_columns(columns)?;
        Ok(rows.iter().map(|row| self.code(row.as_ref())).collect())
    }

    fn code(&mut self, row: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(row);
        let rows = &self.rows;
        let at = |code: &u32| rows.get(*code as usize).map_or(&[][..], |row| row);
        if let Some(code) = self.index.find(hash, |code| at(code) == row) {
            return *code;
        }
        let code = small(self.rows.len());
        self.rows.push(row.into());
        let rows = &self.rows;
        let at = |code: &u32| rows.get(*code as usize).map_or(&[][..], |row| row);
        let hash_of = |code: &u32| self.hasher.hash_one(at(code));
        self.index.insert_unique(hash, code, hash_of);
        code
    }

    /// Takes the rows of another dictionary in: our code of each of its codes.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        other.rows.iter().map(|row| self.code(row)).collect()
    }

    /// The columns of all rows, by code.
    pub(super) fn columns(&self) -> Result<Vec<ArrayRef>> {
        let parser = self.converter.parser();
        let rows = self.rows.iter().map(|row| parser.parse(row));
        Ok(self.converter.convert_rows(rows)?)
    }
}

/// A set of rows without NULL.
#[derive(Debug)]
pub(super) struct RowSet {
    converter: RowConverter,
    rows: std::collections::HashSet<Box<[u8]>>,
}

impl RowSet {
    pub(super) fn new(types: &[DataType]) -> Result<Self> {
        let fields = types.iter().cloned().map(SortField::new).collect();
        Ok(Self {
            converter: RowConverter::new(fields)?,
            rows: std::collections::HashSet::new(),
        })
    }

    pub(super) fn extend(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let rows = self.converter.convert_columns(columns)?;
        let is_whole = |row: &usize| columns.iter().all(|column| column.is_valid(*row));
        let whole = (0..rows.num_rows()).filter(is_whole);
        self.rows
            .extend(whole.map(|row| rows.row(row).as_ref().into()));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Which rows of the columns are in the set: none with a NULL.
    pub(super) fn contains(&self, columns: &[ArrayRef]) -> Result<Vec<bool>> {
        let rows = self.converter.convert_columns(columns)?;
        let is_in = |row: usize| {
            columns.iter().all(|column| column.is_valid(row))
                && self.rows.contains(rows.row(row).as_ref())
        };
        Ok((0..rows.num_rows()).map(is_in).collect())
    }
}

/// What a set is shared by.
pub(super) type SharedRows = Arc<RowSet>;
