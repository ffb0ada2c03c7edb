//! Dictionaries of rows: equal rows of any types have equal codes.

use std::{hash::BuildHasher, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, StringViewArray, StringViewBuilder},
    buffer::Buffer,
    row::{RowConverter, SortField},
};
use datafusion::{
    arrow::datatypes::DataType,
    common::{exec_datafusion_err, exec_err},
    error::Result,
};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::small;

/// Distinct rows, in the order in which they came: one after the other, as there can be millions.
#[derive(Debug)]
pub(super) struct Names {
    kind: Kind,
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
    hasher: DefaultHashBuilder,
    index: HashTable<u32>,
}

#[derive(Debug)]
enum Kind {
    /// One column of texts: a row is a mark that it is no NULL, and the text as it is.
    Texts,
    Rows(RowConverter),
}

/// The row of a text that is NULL; any other begins with [`TEXT`].
const NULL: &[u8] = &[0];
const TEXT: u8 = 1;

impl Names {
    pub(super) fn new(types: &[DataType]) -> Result<Self> {
        let kind = if types == [DataType::Utf8View] {
            Kind::Texts
        } else {
            let fields = types.iter().cloned().map(SortField::new).collect();
            Kind::Rows(RowConverter::new(fields)?)
        };
        Ok(Self {
            kind,
            bytes: Vec::new(),
            ends: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
        })
    }

    /// The codes of the rows of columns.
    pub(super) fn codes(&mut self, columns: &[ArrayRef]) -> Result<Vec<u32>> {
        if let (Kind::Texts, [column]) = (&self.kind, columns)
            && let Some(texts) = column.as_string_view_opt()
        {
            let mut row = Vec::new();
            let codes = texts.iter().map(|text| {
                row.clear();
                match text {
                    Some(text) => {
                        row.push(TEXT);
                        row.extend_from_slice(text.as_bytes());
                    }
                    None => row.extend_from_slice(NULL),
                }
                self.code(&row)
            });
            return Ok(codes.collect());
        }
        let Kind::Rows(converter) = &self.kind else {
            return exec_err!("internal error: texts of another kind");
        };
        let rows = converter.convert_columns(columns)?;
        Ok(rows.iter().map(|row| self.code(row.as_ref())).collect())
    }

    fn code(&mut self, row: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(row);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let is_it = |code: &u32| at(bytes, ends, *code as usize) == row;
        if let Some(code) = self.index.find(hash, is_it) {
            return *code;
        }
        let code = small(self.ends.len());
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        let hash_of = |code: &u32| hasher.hash_one(at(bytes, ends, *code as usize));
        self.index.insert_unique(hash, code, hash_of);
        code
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.index.allocation_size()
    }

    /// Takes the rows of another dictionary in: our code of each of its codes.
    pub(super) fn merge(&mut self, other: Self) -> Vec<u32> {
        // Of millions of rows it is large, and not needed any more.
        drop(other.index);
        let rows = (0..other.ends.len()).map(|code| at(&other.bytes, &other.ends, code));
        rows.map(|row| self.code(row)).collect()
    }

    /// The columns of all rows, by code.
    pub(super) fn into_columns(self) -> Result<Vec<ArrayRef>> {
        // Of millions of rows it is large, and not needed any more.
        drop(self.index);
        columns(&self.kind, self.bytes, &self.ends)
    }

    /// The columns of all rows so far, by code.
    pub(super) fn columns(&self) -> Result<Vec<ArrayRef>> {
        columns(&self.kind, self.bytes.clone(), &self.ends)
    }
}

fn at<'a>(bytes: &'a [u8], ends: &[usize], code: usize) -> &'a [u8] {
    let start = code.checked_sub(1).and_then(|before| ends.get(before));
    let start = start.copied().unwrap_or(0);
    let end = ends.get(code).copied().unwrap_or(start);
    bytes.get(start..end).unwrap_or_default()
}

fn columns(kind: &Kind, bytes: Vec<u8>, ends: &[usize]) -> Result<Vec<ArrayRef>> {
    let Kind::Rows(converter) = kind else {
        return Ok(vec![Arc::new(texts(bytes, ends)?)]);
    };
    let parser = converter.parser();
    let rows = (0..ends.len()).map(|code| parser.parse(at(&bytes, ends, code)));
    Ok(converter.convert_rows(rows)?)
}

/// Rows of one text each as a column that has them as they are: no copy is made.
fn texts(bytes: Vec<u8>, ends: &[usize]) -> Result<StringViewArray> {
    let far = |_| exec_datafusion_err!("more than 4 GiB of texts");
    // The builder takes no larger block.
    u32::try_from(bytes.len() + 1).map_err(far)?;
    let bytes = Buffer::from(bytes);
    let mut texts = StringViewBuilder::with_capacity(ends.len());
    let block = texts.append_block(bytes.clone());
    let mut start = 0;
    for end in ends {
        if bytes.get(start) == NULL.first() {
            texts.append_null();
        } else {
            let offset = u32::try_from(start + 1).map_err(far)?;
            let length = u32::try_from(end - start - 1).map_err(far)?;
            texts.try_append_view(block, offset, length)?;
        }
        start = *end;
    }
    Ok(texts.finish())
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
