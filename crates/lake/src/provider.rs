//! The lake's tables for DataFusion.
//!
//! Own provider instead of the Delta library's: exact row counts from the commit log, text
//! partition columns instead of dictionaries, files split over all cores, and any predicate on
//! partition columns prunes whole files.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray},
    datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{
        Column, ColumnStatistics, DFSchema, ScalarValue, Statistics, ToDFSchema, internal_err,
        stats::Precision,
    },
    datasource::{
        TableType,
        listing::PartitionedFile,
        memory::MemorySourceConfig,
        physical_plan::{
            FileGroup, FileScanConfigBuilder, FileSource, ParquetSource,
            parquet::CachedParquetFileReaderFactory,
        },
        source::DataSourceExec,
        table_schema::TableSchema,
    },
    error::Result,
    execution::object_store::ObjectStoreUrl,
    logical_expr::{Expr, TableProviderFilterPushDown, utils::conjunction},
    physical_optimizer::pruning::{PruningPredicateBuilder, PruningStatistics},
    physical_plan::{ExecutionPlan, empty::EmptyExec, union::UnionExec},
};

use object_store::{ObjectMeta, path::Path};

use crate::{
    LakeError, ScanWatch, StoredTexts,
    stored_texts::{Dictionaries, dictionaries, place_field, place_value},
    table::TableFile,
};

/// A table of the lake as one snapshot shows it.
#[derive(Debug)]
pub(crate) struct LakeTable {
    store_url: ObjectStoreUrl,
    schema: TableSchema,
    files: Vec<LakeFile>,
    /// Rows that are in no file yet.
    rows: Option<RecordBatch>,
}

#[derive(Debug, Clone)]
struct LakeFile {
    file: TableFile,
    meta: ObjectMeta,
    partition_values: Vec<ScalarValue>,
    rows: Option<usize>,
    time_us: Option<(i64, i64)>,
}

impl LakeTable {
    /// `table_dir` is the table's folder below the store's root.
    pub(crate) fn new(
        store_url: ObjectStoreUrl,
        table_dir: &Path,
        delta_schema: &Schema,
        partition_columns: &[&str],
        files: Vec<TableFile>,
    ) -> Self {
        let file_fields: Vec<FieldRef> = delta_schema
            .fields()
            .iter()
            .filter(|field| !partition_columns.contains(&field.name().as_str()))
            .map(|field| {
                Arc::new(Field::new(
                    field.name(),
                    read_type(field.data_type()),
                    field.is_nullable(),
                ))
            })
            .collect();
        let partition_fields: Vec<FieldRef> = partition_columns
            .iter()
            .filter_map(|name| delta_schema.field_with_name(name).ok())
            .map(|field| {
                // Not a view: partition values are compared and grouped, never sliced.
                let data_type = match read_type(field.data_type()) {
                    DataType::Utf8View => DataType::Utf8,
                    other => other,
                };
                Arc::new(Field::new(field.name(), data_type, false))
            })
            .collect();
        let files = files
            .into_iter()
            .map(|file| LakeFile {
                meta: meta(table_dir, &file),
                partition_values: partition_fields
                    .iter()
                    .map(|field| partition_value(field, file.partition_values.get(field.name())))
                    .collect(),
                rows: file.stats.rows.and_then(|rows| usize::try_from(rows).ok()),
                time_us: file.stats.time_us,
                file,
            })
            .collect();
        let schema = TableSchema::builder(Arc::new(Schema::new(file_fields)))
            .with_table_partition_cols(partition_fields)
            .build();
        Self {
            store_url,
            schema,
            files,
            rows: None,
        }
    }

    /// Adds rows that are in no file yet.
    pub(crate) fn with_rows(self, rows: &RecordBatch) -> Result<Self, LakeError> {
        if rows.num_rows() == 0 {
            return Ok(self);
        }
        let schema = self.schema.table_schema();
        let columns: Result<Vec<ArrayRef>, ArrowError> = schema
            .fields()
            .iter()
            .map(|field| {
                let column = rows.column_by_name(field.name()).ok_or_else(|| {
                    ArrowError::SchemaError(format!("no column `{}`", field.name()))
                })?;
                arrow::compute::cast(column, field.data_type())
            })
            .collect();
        let rows = RecordBatch::try_new(Arc::clone(schema), columns?)?;
        Ok(Self {
            rows: Some(rows),
            ..self
        })
    }

    /// Files that can hold rows for which `filter` is true.
    pub(crate) fn candidates(
        &self,
        filter: &Expr,
        session: &dyn Session,
    ) -> Result<Vec<TableFile>> {
        let files = self.prune(std::slice::from_ref(filter), session)?;
        Ok(files.into_iter().map(|file| file.file.clone()).collect())
    }

    /// Files that can hold rows matching every filter.
    fn prune(&self, filters: &[Expr], session: &dyn Session) -> Result<Vec<&LakeFile>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(self.files.iter().collect());
        };
        let schema = self.schema.table_schema();
        let df_schema: DFSchema = Arc::clone(schema).to_dfschema()?;
        let predicate = session.create_physical_expr(filter, &df_schema)?;
        let keep = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(schema))
            .try_build(predicate)?
            .prune(&FileBounds(self))?;
        let kept: Vec<_> = self
            .files
            .iter()
            .zip(keep)
            .filter_map(|(file, keep)| keep.then_some(file))
            .collect();
        self.prune_partitions(kept, filters, session, &df_schema)
    }

    /// Whether a filter says the same of all rows of a file: it looks at partition columns alone.
    fn decides(&self, filter: &Expr) -> bool {
        let columns = filter.column_refs();
        let of_partition = |name: &str| {
            let mut fields = self.schema.table_partition_cols().iter();
            fields.any(|field| field.name() == name)
        };
        // One without columns, too: the optimizer makes `distribution <> NULL` a NULL.
        !filter.is_volatile() && columns.iter().all(|column| of_partition(&column.name))
    }

    /// Range reasoning cannot see through functions (`to_char(date, …) = '2026-10'`), but a file's
    /// partition values are constants: evaluate such filters on them.
    fn prune_partitions<'a>(
        &self,
        files: Vec<&'a LakeFile>,
        filters: &[Expr],
        session: &dyn Session,
        df_schema: &DFSchema,
    ) -> Result<Vec<&'a LakeFile>> {
        let fields = self.schema.table_partition_cols();
        let decided = filters.iter().filter(|filter| self.decides(filter));
        let Some(filter) = conjunction(decided.cloned()) else {
            return Ok(files);
        };
        if files.is_empty() {
            return Ok(files);
        }
        // One row a file: its partition values; the other columns are not looked at.
        let all = self.schema.table_schema();
        let columns = all.fields().iter().map(|field| {
            let position = fields
                .iter()
                .position(|partition| partition.name() == field.name());
            match position {
                Some(at) => ScalarValue::iter_to_array(
                    files
                        .iter()
                        .filter_map(|file| file.partition_values.get(at).cloned()),
                ),
                None => Ok(arrow::array::new_null_array(field.data_type(), files.len())),
            }
        });
        let nullable: Vec<FieldRef> = all
            .fields()
            .iter()
            .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
            .collect();
        let rows = RecordBatch::try_new(
            Arc::new(Schema::new(nullable)),
            columns.collect::<Result<Vec<_>>>()?,
        )?;
        let verdict = session
            .create_physical_expr(filter, df_schema)?
            .evaluate(&rows)?
            .into_array(files.len())?;
        let Some(verdict) = verdict.as_any().downcast_ref::<BooleanArray>() else {
            return internal_err!("a filter that is neither true nor false");
        };
        Ok(files
            .into_iter()
            .zip(verdict)
            .filter_map(|(file, keep)| (keep == Some(true)).then_some(file))
            .collect())
    }

    /// The columns of a scan that none of its filters looks at.
    fn unfiltered(&self, projection: Option<&Vec<usize>>, filters: &[&Expr]) -> Vec<String> {
        let fields = self.schema.table_schema().fields().iter().enumerate();
        let is_read = |at: usize| projection.is_none_or(|columns| columns.contains(&at));
        let names = fields.filter(|(at, _)| is_read(*at));
        let names = names.map(|(_, field)| field.name().clone());
        let is_filtered = |name: &str| {
            let mut columns = filters.iter().flat_map(|filter| filter.column_refs());
            columns.any(|column| column.name == name)
        };
        names.filter(|name| !is_filtered(name)).collect()
    }

    fn partitioned_file(&self, file: &LakeFile) -> PartitionedFile {
        let schema = self.schema.file_schema();
        let mut columns = vec![ColumnStatistics::new_unknown(); schema.fields().len()];
        let time = schema
            .index_of("time")
            .ok()
            .and_then(|at| columns.get_mut(at));
        if let (Some(column), Some((min, max))) = (time, file.time_us) {
            column.min_value = Precision::Exact(timestamp(min));
            column.max_value = Precision::Exact(timestamp(max));
            column.null_count = Precision::Exact(0);
        }
        let statistics = Statistics {
            num_rows: file.rows.map_or(Precision::Absent, Precision::Exact),
            total_byte_size: Precision::Absent,
            column_statistics: columns,
        };
        PartitionedFile::new_from_meta(file.meta.clone())
            .with_partition_values(file.partition_values.clone())
            .with_statistics(Arc::new(statistics))
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // What whole files are dropped by need not be asked of each row again.
        let answer = |filter: &&Expr| {
            if self.rows.is_none() && self.decides(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = match &self.rows {
            Some(rows) => Some(MemorySourceConfig::try_new_exec(
                &[vec![rows.clone()]],
                self.schema(),
                projection.cloned(),
            )?),
            None => None,
        };
        let files = self.prune(filters, session)?;
        if files.is_empty() {
            // A scan without files has no partition, and a plan has at least one.
            if let Some(rows) = rows {
                return Ok(rows);
            }
            let schema = match projection {
                Some(columns) => Arc::new(self.schema().project(columns)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let of_rows: Vec<&Expr> = filters.iter().filter(|f| !self.decides(f)).collect();
        // Footers are read once a session: a file never changes under its name.
        let runtime = session.runtime_env();
        let store = runtime.object_store(&self.store_url)?;
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let mut partitioned: Vec<PartitionedFile> = files
            .iter()
            .map(|file| self.partitioned_file(file))
            .collect();
        let mut schema = self.schema.clone();
        if rows.is_none() && session.config().get_extension::<StoredTexts>().is_some() {
            let wanted = self.unfiltered(projection, &of_rows);
            let metas: Vec<ObjectMeta> = files.iter().map(|file| file.meta.clone()).collect();
            let table = self.schema.file_schema();
            let found = dictionaries(table, &wanted, &metas, &store, &footers).await?;
            if let Some(Dictionaries {
                schema: of_table,
                files,
            }) = found
            {
                for (file, schema) in partitioned.iter_mut().zip(files) {
                    file.arrow_schema = Some(schema);
                }
                let of_places = self.schema.table_partition_cols().iter();
                let of_places = of_places.map(|field| place_field(field, &wanted));
                let of_places: Vec<FieldRef> = of_places.collect();
                for file in &mut partitioned {
                    for (value, field) in file.partition_values.iter_mut().zip(&of_places) {
                        *value = place_value(value, field);
                    }
                }
                schema = TableSchema::builder(of_table)
                    .with_table_partition_cols(of_places)
                    .build();
            }
        }
        let files = FileGroup::new(partitioned);
        let options = session.default_table_options().parquet;
        let mut source = ParquetSource::new(schema.clone()).with_table_parquet_options(options);
        if let Some(filter) = conjunction(of_rows.into_iter().cloned()) {
            let df_schema: DFSchema = Arc::clone(schema.table_schema()).to_dfschema()?;
            source = source.with_predicate(session.create_physical_expr(filter, &df_schema)?);
        }
        let readers = CachedParquetFileReaderFactory::new(store, footers);
        source = source.with_parquet_file_reader_factory(Arc::new(readers));
        if let Some(watch) = session.config().get_extension::<ScanWatch>() {
            watch.add(source.metrics());
        }
        let groups = files.split_files(session.config().target_partitions());
        let config = FileScanConfigBuilder::new(self.store_url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        let files = DataSourceExec::from_data_source(config);
        match rows {
            None => Ok(files),
            Some(rows) => UnionExec::try_new(vec![files, rows]),
        }
    }
}

/// Where a file is. Paths are the store's own, never encoded a second time.
fn meta(table_dir: &Path, file: &TableFile) -> ObjectMeta {
    ObjectMeta {
        location: table_dir.parts().chain(file.path.parts()).collect(),
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size: file.size_bytes,
        e_tag: None,
        version: None,
    }
}

/// What is known of each file without opening it.
struct FileBounds<'a>(&'a LakeTable);

impl FileBounds<'_> {
    fn column(&self, column: &Column, bound: fn((i64, i64)) -> i64) -> Option<ArrayRef> {
        let files = &self.0.files;
        let partitions = self.0.schema.table_partition_cols();
        if let Some(at) = partitions
            .iter()
            .position(|field| *field.name() == column.name)
        {
            let values = files
                .iter()
                .filter_map(|file| file.partition_values.get(at).cloned());
            return ScalarValue::iter_to_array(values).ok();
        }
        (column.name == "time").then(|| {
            let bounds = files.iter().map(|file| file.time_us.map(bound));
            Arc::new(
                bounds
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ) as ArrayRef
        })
    }
}

impl PruningStatistics for FileBounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.column(column, |(min, _)| min)
    }
    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.column(column, |(_, max)| max)
    }
    fn num_containers(&self) -> usize {
        self.0.files.len()
    }
    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }
    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }
    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// Text is read as views into the decoded pages, without copying.
fn read_type(stored: &DataType) -> DataType {
    match stored {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        other => other.clone(),
    }
}

fn partition_value(field: &Field, text: Option<&Option<String>>) -> ScalarValue {
    let text = text.cloned().flatten();
    match field.data_type() {
        DataType::Date32 => {
            let day =
                text.and_then(|text| chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok());
            ScalarValue::Date32(day.map(|day| day.to_epoch_days()))
        }
        _ => ScalarValue::Utf8(text),
    }
}

fn timestamp(us: i64) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into()))
}
