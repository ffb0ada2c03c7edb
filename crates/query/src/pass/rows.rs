//! Dictionaries of rows: equal rows of any types have equal codes.

use std::{hash::BuildHasher, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder, UInt32Array},
    buffer::Buffer,
    compute::take,
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

/// What a row is made of.
#[derive(Debug)]
enum Kind {
    /// Texts as they are, each behind its length, and before them the code of all other columns.
    Packed {
        n_columns: usize,
        /// Which columns are texts.
        texts: Vec<usize>,
        /// The others, of which there are few.
        rest: Option<Box<Names>>,
    },
    Rows(RowConverter),
}

const CODE_BYTES: usize = 4;

impl Names {
    pub(super) fn new(types: &[DataType]) -> Result<Self> {
        let is_text = |data_type: &DataType| *data_type == DataType::Utf8View;
        let texts = types.iter().enumerate();
        let texts: Vec<usize> = texts
            .filter_map(|(at, data_type)| is_text(data_type).then_some(at))
            .collect();
        let rest = types.iter().filter(|data_type| !is_text(data_type));
        let rest: Vec<DataType> = rest.cloned().collect();
        let kind = if texts.is_empty() {
            Kind::Rows(RowConverter::new(
                rest.into_iter().map(SortField::new).collect(),
            )?)
        } else {
            Kind::Packed {
                n_columns: types.len(),
                texts,
                rest: if rest.is_empty() {
                    None
                } else {
                    Some(Box::new(Names::new(&rest)?))
                },
            }
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
        let (texts, rest) = match &mut self.kind {
            Kind::Rows(converter) => {
                let rows = converter.convert_columns(columns)?;
                return Ok(rows.iter().map(|row| self.code(row.as_ref())).collect());
            }
            Kind::Packed { texts, rest, .. } => {
                let is_rest = |(at, _): &(usize, &ArrayRef)| !texts.contains(at);
                let others = columns.iter().enumerate().filter(is_rest);
                let others: Vec<_> = others.map(|(_, column)| Arc::clone(column)).collect();
                let rest = rest.as_mut().map(|rest| rest.codes(&others)).transpose()?;
                let texts = texts
                    .iter()
                    .map(|at| columns.get(*at)?.as_string_view_opt());
                (texts.collect::<Option<Vec<_>>>(), rest)
            }
        };
        let (Some(texts), Some(first)) = (texts, columns.first()) else {
            return exec_err!("internal error: texts of another kind");
        };
        let mut packed = Vec::new();
        let codes = (0..first.len()).map(|row| {
            packed.clear();
            if let Some(code) = rest.as_ref().and_then(|rest| rest.get(row)) {
                packed.extend_from_slice(&code.to_le_bytes());
            }
            for texts in &texts {
                let text = texts.is_valid(row).then(|| texts.value(row));
                put_text(&mut packed, text);
            }
            self.code(&packed)
        });
        Ok(codes.collect())
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
        let rest = match &self.kind {
            Kind::Packed { rest, .. } => rest.as_ref().map_or(0, |rest| rest.held_bytes()),
            Kind::Rows(_) => 0,
        };
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.index.allocation_size()
            + rest
    }

    /// Takes the rows of another dictionary in: our code of each of its codes.
    pub(super) fn merge(&mut self, other: Self) -> Vec<u32> {
        let Self {
            kind,
            bytes,
            ends,
            index,
            ..
        } = other;
        // Of millions of rows it is large, and not needed any more.
        drop(index);
        let rest = match (&mut self.kind, kind) {
            (
                Kind::Packed {
                    rest: Some(rest), ..
                },
                Kind::Packed {
                    rest: Some(other), ..
                },
            ) => Some(rest.merge(*other)),
            _ => None,
        };
        let mut ours = Vec::new();
        let codes = (0..ends.len()).map(|code| {
            let row = at(&bytes, &ends, code);
            let Some((rest, (theirs, texts))) = rest.as_ref().zip(row.split_first_chunk()) else {
                return self.code(row);
            };
            let theirs = u32::from_le_bytes(*theirs) as usize;
            let code = rest.get(theirs).copied().unwrap_or_default();
            ours.clear();
            ours.extend_from_slice(&code.to_le_bytes());
            ours.extend_from_slice(texts);
            self.code(&ours)
        });
        codes.collect()
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
    let (n_columns, texts, rest) = match kind {
        Kind::Rows(converter) => {
            let parser = converter.parser();
            let rows = (0..ends.len()).map(|code| parser.parse(at(&bytes, ends, code)));
            return Ok(converter.convert_rows(rows)?);
        }
        Kind::Packed {
            n_columns,
            texts,
            rest,
        } => (*n_columns, texts, rest),
    };
    let mut others = match rest {
        Some(rest) => {
            let codes = (0..ends.len()).map(|code| at(&bytes, ends, code).first_chunk());
            let codes = codes.map(|code| code.map_or(0, |code| u32::from_le_bytes(*code)));
            let codes: UInt32Array = codes.collect::<Vec<_>>().into();
            let columns = rest.columns()?.into_iter();
            let columns = columns.map(|column| Ok(take(&column, &codes, None)?));
            columns.collect::<Result<Vec<_>>>()?
        }
        None => Vec::new(),
    }
    .into_iter();
    let head_bytes = if rest.is_some() { CODE_BYTES } else { 0 };
    let mut columns = unpacked(bytes, ends, head_bytes, texts.len())?.into_iter();
    let column = |at| {
        let column = if texts.contains(&at) {
            columns.next().map(|texts| Arc::new(texts) as ArrayRef)
        } else {
            others.next()
        };
        column.ok_or_else(|| exec_datafusion_err!("internal error: a column too few"))
    };
    (0..n_columns).map(column).collect()
}

/// The texts of packed rows as columns that have them as they are: no copy is made.
fn unpacked(
    bytes: Vec<u8>,
    ends: &[usize],
    head_bytes: usize,
    n_texts: usize,
) -> Result<Vec<StringViewArray>> {
    let far = |_| exec_datafusion_err!("more than 4 GiB of texts");
    // The builder takes no larger block.
    u32::try_from(bytes.len() + 1).map_err(far)?;
    let bytes = Buffer::from(bytes);
    let mut columns = Vec::with_capacity(n_texts);
    for _ in 0..n_texts {
        let mut column = StringViewBuilder::with_capacity(ends.len());
        let block = column.append_block(bytes.clone());
        columns.push((column, block));
    }
    let mut start = 0;
    for end in ends {
        let mut at = start + head_bytes;
        for (column, block) in &mut columns {
            let (length, n_bytes) = text_length(bytes.get(at..*end).unwrap_or_default());
            at += n_bytes;
            let Some(length) = length else {
                column.append_null();
                continue;
            };
            let offset = u32::try_from(at).map_err(far)?;
            column.try_append_view(*block, offset, u32::try_from(length).map_err(far)?)?;
            at += length;
        }
        start = *end;
    }
    Ok(columns
        .into_iter()
        .map(|(mut column, _)| column.finish())
        .collect())
}

/// Appends a text behind its length: one more, seven bits a byte; nothing is the length of NULL.
fn put_text(packed: &mut Vec<u8>, text: Option<&str>) {
    let mut rest = text.map_or(0, |text| text.len() + 1);
    while rest > 0x7f {
        let [low, ..] = rest.to_le_bytes();
        packed.push(low | 0x80);
        rest >>= 7;
    }
    let [low, ..] = rest.to_le_bytes();
    packed.push(low);
    packed.extend_from_slice(text.unwrap_or_default().as_bytes());
}

/// The length of the text at the start, `None` for NULL, and the bytes that tell it.
fn text_length(packed: &[u8]) -> (Option<usize>, usize) {
    let (mut length, mut n_bytes) = (0, 0);
    for byte in packed {
        length |= usize::from(byte & 0x7f) << (7 * n_bytes);
        n_bytes += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (length.checked_sub(1), n_bytes)
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

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray};

    use super::*;

    type Row = (
        Option<i64>,
        Option<&'static str>,
        &'static str,
        Option<String>,
    );

    fn columns_of(rows: &[Row]) -> Vec<ArrayRef> {
        let texts = rows.iter().map(|row| row.3.as_deref());
        vec![
            Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| row.1).collect::<StringViewArray>()),
            Arc::new(rows.iter().map(|row| Some(row.2)).collect::<StringArray>()),
            Arc::new(texts.collect::<StringViewArray>()),
        ]
    }

    fn names() -> Names {
        let types = [
            DataType::Int64,
            DataType::Utf8View,
            DataType::Utf8,
            DataType::Utf8View,
        ];
        Names::new(&types).unwrap()
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let long = |n| Some("x".repeat(n));
        let rows: Vec<Row> = vec![
            (Some(1), Some("a"), "m", long(5)),
            (None, Some(""), "m", None),
            (Some(1), None, "n", long(0)),
            (Some(1), None, "n", None),
            (Some(-7), Some("a"), "m", long(126)),
            (Some(-7), Some("a"), "m", long(127)),
            (Some(-7), Some("a"), "m", long(40_000)),
            (None, Some("ab"), "n", Some("c".into())),
            (None, Some("a"), "n", Some("bc".into())),
        ];
        let columns = columns_of(&rows);
        let mut all = names();
        let codes: Vec<u32> = (0..small(rows.len())).collect();
        assert_eq!(all.codes(&columns).unwrap(), codes);
        assert_eq!(all.codes(&columns).unwrap(), codes);
        assert_eq!(all.columns().unwrap(), columns);

        // Another has some of them in another order, and one more.
        let more: Row = (Some(8), Some("new"), "o", long(3));
        let theirs: Vec<Row> = [&rows[6], &more, &rows[1], &rows[8]]
            .map(Clone::clone)
            .to_vec();
        let mut other = names();
        other.codes(&columns_of(&theirs)).unwrap();
        let n_rows = small(rows.len());
        assert_eq!(all.merge(other), [6, n_rows, 1, 8]);
        let expect = [rows, vec![more]].concat();
        assert_eq!(all.into_columns().unwrap(), columns_of(&expect));
    }
}
