//! Texts as files store them: each distinct one once, and a small number for each row.

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::{
    common::ScalarValue, datasource::physical_plan::parquet::metadata::DFParquetMetadata,
    error::Result, execution::cache::cache_manager::FileMetadataCache,
};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
    basic::Encoding,
    file::metadata::{ColumnChunkMetaData, ParquetMetaData},
};

/// Asks a session's scans of `requests` for texts as the files store them, as an extension of its
/// configuration. A scan then gives dictionaries where it is not asked to filter by the column,
/// and where most rows lie in dictionaries: its columns can have another type than the table's.
/// Who counts rows looks at each text of a file once that way.
#[derive(Debug, Default)]
pub struct StoredTexts;

/// Footers that are read at a time.
const FOOTERS: usize = 16;

/// The columns of files that are read as dictionaries.
#[derive(Debug)]
pub(crate) struct Dictionaries {
    /// The columns of the table's files, with their types.
    pub(crate) schema: SchemaRef,
    /// The columns of each file, with their types.
    pub(crate) files: Vec<SchemaRef>,
}

/// Which texts of `wanted` columns can be read as dictionaries; `None` if none.
pub(crate) async fn dictionaries(
    table: &Schema,
    wanted: &[String],
    files: &[ObjectMeta],
    store: &Arc<dyn ObjectStore>,
    footers: &Arc<FileMetadataCache>,
) -> Result<Option<Dictionaries>> {
    let is_text = |name: &&String| {
        let field = table.field_with_name(name);
        field.is_ok_and(|field| *field.data_type() == DataType::Utf8View)
    };
    let wanted: Vec<&String> = wanted.iter().filter(is_text).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let read = files.iter().cloned();
    let read = read.map(|file| footer(Arc::clone(store), file, Arc::clone(footers)));
    let read: Vec<_> = read.collect();
    let read: Vec<Arc<ParquetMetaData>> =
        stream::iter(read).buffered(FOOTERS).try_collect().await?;
    let mut chosen: Vec<&str> = Vec::new();
    for name in wanted {
        let (mut rows, mut in_dictionaries) = (0, 0);
        for group in read.iter().flat_map(|footer| footer.row_groups()) {
            let mut chunks = group.columns().iter();
            let chunk = chunks.find(|chunk| chunk.column_path().string() == *name);
            rows += group.num_rows();
            // A file without the column has NULLs, which cost nothing.
            if chunk.is_none_or(is_dictionary) {
                in_dictionaries += group.num_rows();
            }
        }
        if in_dictionaries > rows / 4 * 3 {
            chosen.push(name);
        }
    }
    if chosen.is_empty() {
        return Ok(None);
    }
    let mut schemas = BTreeMap::new();
    let mut of_files = Vec::with_capacity(read.len());
    for footer in read {
        let footer = ArrowReaderMetadata::try_new(footer, ArrowReaderOptions::new())?;
        let fields = footer.schema().fields().iter();
        let names: Vec<(String, DataType)> = fields
            .map(|field| (field.name().clone(), field.data_type().clone()))
            .collect();
        // Most files have the same columns: one schema for them all.
        let key = format!("{names:?}");
        let schema = schemas
            .entry(key)
            .or_insert_with(|| Arc::new(with_dictionaries(footer.schema(), &chosen)));
        of_files.push(Arc::clone(schema));
    }
    Ok(Some(Dictionaries {
        schema: Arc::new(with_dictionaries(table, &chosen)),
        files: of_files,
    }))
}

async fn footer(
    store: Arc<dyn ObjectStore>,
    file: ObjectMeta,
    footers: Arc<FileMetadataCache>,
) -> Result<Arc<ParquetMetaData>> {
    let footer = DFParquetMetadata::new(store.as_ref(), &file);
    let footer = footer.with_file_metadata_cache(Some(footers));
    footer.fetch_metadata().await
}

/// Whether all pages of a chunk are numbers of its dictionary.
fn is_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    let encodings = chunk.page_encoding_stats_mask();
    chunk.dictionary_page_offset().is_some()
        && encodings.is_some_and(|mask| {
            mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY)
        })
}

/// A partition column, as a dictionary if it is a text: of one value in all rows of a file.
pub(crate) fn place_field(field: &FieldRef, wanted: &[String]) -> FieldRef {
    if *field.data_type() != DataType::Utf8 || !wanted.contains(field.name()) {
        return Arc::clone(field);
    }
    Arc::new(field.as_ref().clone().with_data_type(dictionary()))
}

/// A value of such a column.
pub(crate) fn place_value(value: &ScalarValue, field: &FieldRef) -> ScalarValue {
    match field.data_type() {
        DataType::Dictionary(key, _) => {
            ScalarValue::Dictionary(key.clone(), Box::new(value.clone()))
        }
        _ => value.clone(),
    }
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn with_dictionaries(schema: &Schema, names: &[&str]) -> Schema {
    let is_text = |field: &Field| {
        names.contains(&field.name().as_str())
            && matches!(
                field.data_type(),
                DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
            )
    };
    let fields = schema.fields().iter().map(|field| {
        if is_text(field) {
            let field = field.as_ref().clone();
            Arc::new(field.with_data_type(dictionary()))
        } else {
            Arc::clone(field)
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}
