//! Finished pages of a column, and what the file has to know about them.

use std::io::{Chain, Read};

use bytes::{Buf, Bytes, buf::Reader};
use parquet::{
    basic::{Compression, Encoding, PageType, ZstdLevel},
    column::writer::ColumnCloseResult,
    errors::{ParquetError, Result},
    file::{
        metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats},
        page_index::column_index::ColumnIndexMetaData,
        reader::{ChunkReader, Length},
        statistics::Statistics,
    },
    schema::types::ColumnDescPtr,
};

use super::{hybrid::put_varint, zstd};
use crate::LakeError;

/// A finished column: its pages in two pieces, and what the file has to know about them.
pub(super) struct Finished {
    pub(super) pages: Pieces,
    pub(super) close: ColumnCloseResult,
}

/// The dictionary page and the data pages. They are put into the file one behind the other.
pub(super) struct Pieces {
    dictionary: Bytes,
    data: Bytes,
}

/// Finished pages in a row.
pub(super) struct Pages {
    column: ColumnDescPtr,
    dictionary: Vec<u8>,
    data: Vec<u8>,
    uncompressed_bytes: usize,
    /// Start, length and rows of each data page.
    places: Vec<(usize, usize, usize)>,
    rows: usize,
    nulls: usize,
    encodings: Vec<PageEncodingStats>,
}

impl Pages {
    pub(super) fn new(column: ColumnDescPtr) -> Self {
        Self {
            column,
            dictionary: Vec::new(),
            data: Vec::new(),
            uncompressed_bytes: 0,
            places: Vec::new(),
            rows: 0,
            nulls: 0,
            encodings: Vec::new(),
        }
    }

    pub(super) fn column(&self) -> &ColumnDescPtr {
        &self.column
    }

    /// Bytes of the data pages.
    pub(super) fn data_bytes(&self) -> usize {
        self.data.len()
    }

    /// Rows of the data pages.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn nulls(&self) -> u64 {
        self.nulls as u64
    }

    /// Packs and adds a page of rows; `nulls` of them have no value.
    pub(super) fn put_data(
        &mut self,
        page: &[u8],
        encoding: Encoding,
        rows: usize,
        nulls: usize,
    ) -> Result<(), LakeError> {
        let start = self.data.len();
        self.uncompressed_bytes += put_page(&mut self.data, page, rows, Some(encoding))?;
        self.places.push((start, self.data.len() - start, rows));
        self.rows += rows;
        self.nulls += nulls;
        self.see(PageType::DATA_PAGE, encoding);
        Ok(())
    }

    /// Packs and adds the page of a dictionary of `n` values.
    pub(super) fn put_dictionary(&mut self, plain: &[u8], n: usize) -> Result<(), LakeError> {
        self.uncompressed_bytes += put_page(&mut self.dictionary, plain, n, None)?;
        self.see(PageType::DICTIONARY_PAGE, Encoding::PLAIN);
        Ok(())
    }

    fn see(&mut self, page_type: PageType, encoding: Encoding) {
        let mut seen = self.encodings.iter_mut();
        let seen = seen.find(|seen| (seen.page_type, seen.encoding) == (page_type, encoding));
        if let Some(seen) = seen {
            seen.count += 1;
        } else {
            self.encodings.push(PageEncodingStats {
                page_type,
                encoding,
                count: 1,
            });
        }
    }

    /// Ends the column.
    pub(super) fn finish(
        self,
        statistics: Statistics,
        column_index: Option<ColumnIndexMetaData>,
    ) -> Result<Finished, LakeError> {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let dictionary_bytes = self.dictionary.len();
        let mut index = OffsetIndexBuilder::new();
        for (start, length, rows) in &self.places {
            index.append_row_count(count(*rows));
            let length = i32::try_from(*length).map_err(external)?;
            index.append_offset_and_size(count(start + dictionary_bytes), length);
        }
        let mut encodings = vec![Encoding::RLE];
        for seen in &self.encodings {
            if !encodings.contains(&seen.encoding) {
                encodings.push(seen.encoding);
            }
        }
        let n_bytes = dictionary_bytes + self.data.len();
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(self.encodings)
            .set_total_compressed_size(count(n_bytes))
            .set_total_uncompressed_size(count(self.uncompressed_bytes))
            .set_num_values(count(self.rows))
            .set_data_page_offset(count(dictionary_bytes))
            .set_dictionary_page_offset((dictionary_bytes > 0).then_some(0))
            .set_statistics(statistics)
            .build()?;
        Ok(Finished {
            close: ColumnCloseResult {
                bytes_written: n_bytes as u64,
                rows_written: self.rows as u64,
                metadata,
                bloom_filter: None,
                column_index,
                offset_index: Some(index.build()),
            },
            pages: Pieces {
                dictionary: self.dictionary.into(),
                data: self.data.into(),
            },
        })
    }
}

/// Appends a page behind its header, a Thrift structure, and tells what both would take without
/// packing. A page without an encoding is a dictionary's.
fn put_page(
    out: &mut Vec<u8>,
    page: &[u8],
    n: usize,
    encoding: Option<Encoding>,
) -> Result<usize, LakeError> {
    let n = u32::try_from(n).map_err(external)?;
    let n_bytes = u32::try_from(page.len()).map_err(external)?;
    let encoding = encoding.map(number).transpose()?;
    zstd::pack(page, |packed| {
        let n_packed = u32::try_from(packed.len()).map_err(external)?;
        let start = out.len();
        // 1 to 3: what page, bytes of it, bytes of it packed.
        put_number(out, if encoding.is_some() { 0 } else { 2 });
        put_number(out, n_bytes);
        put_number(out, n_packed);
        if let Some(encoding) = encoding {
            // 5: a data page: rows, encodings of the values and of the levels.
            out.push(0x2c);
            put_number(out, n);
            put_number(out, encoding);
            put_number(out, LEVELS);
            put_number(out, LEVELS);
        } else {
            // 7: a dictionary page: values, plain, not sorted.
            out.push(0x4c);
            put_number(out, n);
            put_number(out, 0);
            out.push(0x12);
        }
        out.extend_from_slice(&[0, 0]);
        let header = out.len() - start;
        out.extend_from_slice(packed);
        Ok(header + page.len())
    })?
}

/// Appends the next field of a structure, an `i32`.
fn put_number(out: &mut Vec<u8>, n: u32) {
    out.push(0x15);
    put_varint(out, u64::from(n) << 1);
}

/// `RLE` in page headers.
const LEVELS: u32 = 3;

/// An encoding in page headers.
fn number(encoding: Encoding) -> Result<u32, LakeError> {
    Ok(match encoding {
        Encoding::PLAIN => 0,
        Encoding::DELTA_BINARY_PACKED => 5,
        Encoding::DELTA_LENGTH_BYTE_ARRAY => 6,
        Encoding::RLE_DICTIONARY => 8,
        Encoding::BYTE_STREAM_SPLIT => 9,
        other => return Err(ParquetError::NYI(format!("pages of {other}")).into()),
    })
}

/// An error of another library as one of Parquet's.
pub(super) fn external(error: impl std::error::Error + Send + Sync + 'static) -> LakeError {
    ParquetError::External(Box::new(error)).into()
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        (self.dictionary.len() + self.data.len()) as u64
    }
}

impl ChunkReader for Pieces {
    type T = Chain<Reader<Bytes>, Reader<Bytes>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let start = usize::try_from(start)?;
        let (mut dictionary, mut data) = (self.dictionary.clone(), self.data.clone());
        dictionary.advance(start.min(self.dictionary.len()));
        data.advance(start.saturating_sub(self.dictionary.len()).min(data.len()));
        Ok(dictionary.reader().chain(data.reader()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        let n = u64::try_from(length)?;
        self.get_read(start)?.take(n).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}
