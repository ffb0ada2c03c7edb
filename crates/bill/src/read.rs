//! Files to lines, in pieces: neither a file nor its text is held whole.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Cursor, Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{Array, AsArray, RecordBatch, StringArray},
    compute::cast,
    csv::{
        ReaderBuilder,
        reader::{Decoder, Format},
    },
    datatypes::{DataType, Field as ArrowField, Schema},
    error::ArrowError,
};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

use crate::{
    Bill, BillError,
    columns::{Columns, Field},
    files::{BillFile, files, unreadable},
    line::{Line, Row},
};

const PARQUET_MAGIC: &[u8; 4] = b"PAR1";
const BATCH_ROWS: usize = 8_192;
/// No header is as long.
const MAX_HEADER_BYTES: usize = 4 << 20;

/// Reads a bill out of files and folders, all parts of one export.
///
/// # Errors
/// When a file is no export, or one of its lines of CloudFront's cannot be understood.
pub fn read(paths: &[PathBuf]) -> Result<Bill, BillError> {
    let mut reading = Reading::default();
    for file in files(paths)? {
        reading.file(&file)?;
    }
    reading.bill.map(|(bill, _)| bill).ok_or_else(|| {
        let path = paths.first().cloned().unwrap_or_default();
        BillError::NoFiles { path }
    })
}

#[derive(Default)]
struct Reading {
    /// The bill with the first file of its kind.
    bill: Option<(Bill, PathBuf)>,
    /// By month, the folder in which lines were found.
    folders: BTreeMap<String, PathBuf>,
}

impl Reading {
    fn file(&mut self, file: &BillFile) -> Result<(), BillError> {
        let path = file.path.as_path();
        let mut stored = File::open(path).map_err(|source| unreadable(path, source))?;
        let mut magic = Vec::new();
        stored
            .by_ref()
            .take(PARQUET_MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .and_then(|_| stored.rewind())
            .map_err(|source| unreadable(path, source))?;
        if magic == PARQUET_MAGIC {
            self.parquet(file, stored)?;
        } else {
            self.csv(file, stored)?;
        }
        if let Some((bill, _)) = &mut self.bill {
            bill.files += 1;
        }
        Ok(())
    }

    fn parquet(&mut self, file: &BillFile, stored: File) -> Result<(), BillError> {
        let path = file.path.as_path();
        let fail = |source| BillError::Parquet {
            path: path.to_owned(),
            source,
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(stored).map_err(fail)?;
        let names: Vec<String> = builder
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let columns = self.columns(path, &names)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.read());
        let reader = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(fail)?;
        let mut first_row = 1;
        for batch in reader {
            let batch = batch.map_err(|source| fail(source.into()))?;
            self.batch(file, &columns, &batch, first_row)?;
            first_row += batch.num_rows() as u64;
        }
        Ok(())
    }

    fn csv(&mut self, file: &BillFile, stored: File) -> Result<(), BillError> {
        let path = file.path.as_path();
        let mut csv = Csv {
            reading: self,
            file,
            head: Vec::new(),
            body: None,
        };
        edgeledger_container::read_text(stored, |piece| csv.piece(piece)).map_err(|source| {
            BillError::Container {
                path: path.to_owned(),
                source,
            }
        })??;
        csv.finish()
    }

    /// The columns of a file, which must be of the kind of the files before it.
    fn columns(&mut self, path: &Path, names: &[String]) -> Result<Columns, BillError> {
        let columns = Columns::find(path, names)?;
        let (bill, first) = self
            .bill
            .get_or_insert_with(|| (Bill::new(columns.kind), path.to_owned()));
        if bill.kind != columns.kind {
            return Err(BillError::MixedKinds {
                path: path.to_owned(),
                kind: columns.kind.as_str(),
                other: first.clone(),
                other_kind: bill.kind.as_str(),
            });
        }
        Ok(columns)
    }

    fn batch(
        &mut self,
        file: &BillFile,
        columns: &Columns,
        batch: &RecordBatch,
        first_row: u64,
    ) -> Result<(), BillError> {
        let texts = batch
            .columns()
            .iter()
            .map(as_text)
            .collect::<Result<Vec<StringArray>, ArrowError>>()?;
        for at in 0..batch.num_rows() {
            let cell = |field: Field| {
                let found = columns.found.iter().find(|found| found.field == field)?;
                let texts = texts.get(found.place)?;
                let text = texts.is_valid(at).then(|| texts.value(at));
                Some((found.name.as_str(), text))
            };
            let row = Row {
                path: &file.path,
                number: first_row + at as u64,
                kind: columns.kind,
                cell: &cell,
            };
            if let Some(line) = row.line()? {
                self.line(file, line)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, file: &BillFile, line: Line) -> Result<(), BillError> {
        if file.is_found {
            let folder = file.path.parent().unwrap_or(Path::new(""));
            match self.folders.get(&line.key.month) {
                Some(first) if first == folder => {}
                Some(first) => {
                    return Err(BillError::Versions {
                        month: line.key.month,
                        first: first.clone(),
                        second: folder.to_owned(),
                    });
                }
                None => {
                    self.folders
                        .insert(line.key.month.clone(), folder.to_owned());
                }
            }
        }
        match &mut self.bill {
            Some((bill, _)) => bill.add(&file.path, line),
            None => Ok(()),
        }
    }
}

/// A column as texts. Floating-point numbers become their shortest decimal that reads back the
/// same: no arithmetic is done on them.
fn as_text(column: &arrow::array::ArrayRef) -> Result<StringArray, ArrowError> {
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// A CSV file whose text comes in pieces.
struct Csv<'a> {
    reading: &'a mut Reading,
    file: &'a BillFile,
    /// The text until the header is whole.
    head: Vec<u8>,
    body: Option<Body>,
}

struct Body {
    decoder: Decoder,
    columns: Columns,
    next_row: u64,
}

impl Csv<'_> {
    fn fail(&self, source: ArrowError) -> BillError {
        BillError::Csv {
            path: self.file.path.clone(),
            source,
        }
    }

    fn piece(&mut self, piece: &[u8]) -> Result<(), BillError> {
        if self.body.is_some() {
            return self.decode(piece);
        }
        self.head.extend_from_slice(piece);
        if !has_whole_line(&self.head) {
            if self.head.len() > MAX_HEADER_BYTES {
                let error = ArrowError::CsvError("the first line does not end".to_owned());
                return Err(self.fail(error));
            }
            return Ok(());
        }
        self.begin()
    }

    fn begin(&mut self) -> Result<(), BillError> {
        let head = std::mem::take(&mut self.head);
        let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&head);
        let format = Format::default().with_header(true);
        let (schema, _) = format
            .infer_schema(Cursor::new(head), Some(0))
            .map_err(|error| self.fail(error))?;
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let columns = self.reading.columns(&self.file.path, &names)?;
        let fields: Vec<ArrowField> = names
            .iter()
            .map(|name| ArrowField::new(name, DataType::Utf8, true))
            .collect();
        let decoder = ReaderBuilder::new(Arc::new(Schema::new(fields)))
            .with_header(true)
            .with_batch_size(BATCH_ROWS)
            .with_projection(columns.read())
            .build_decoder();
        self.body = Some(Body {
            decoder,
            columns,
            next_row: 2,
        });
        self.decode(head)
    }

    fn decode(&mut self, mut text: &[u8]) -> Result<(), BillError> {
        while !text.is_empty() {
            let Some(body) = &mut self.body else {
                return Ok(());
            };
            let n = body.decoder.decode(text);
            let n = n.map_err(|error| self.fail(error))?;
            if n == 0 {
                self.flush()?;
                continue;
            }
            text = text.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BillError> {
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        let flushed = body.decoder.flush();
        let Some(batch) = flushed.map_err(|error| self.fail(error))? else {
            return Ok(());
        };
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        let first_row = body.next_row;
        body.next_row += batch.num_rows() as u64;
        let columns = body.columns.clone();
        self.reading.batch(self.file, &columns, &batch, first_row)
    }

    fn finish(mut self) -> Result<(), BillError> {
        if self.body.is_none() {
            // A header without a line end, or nothing at all.
            self.head.push(b'\n');
            self.begin()?;
        }
        // Nothing more to read: the last row may lack its line end.
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        let ended = body.decoder.decode(&[]);
        ended.map_err(|error| self.fail(error))?;
        self.flush()
    }
}

/// Whether the text holds a line end outside quotes.
fn has_whole_line(text: &[u8]) -> bool {
    let mut in_quotes = false;
    text.iter().any(|&byte| {
        in_quotes ^= byte == b'"';
        byte == b'\n' && !in_quotes
    })
}
