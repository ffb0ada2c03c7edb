//! Groups rows one partition of the lake after the other.
//!
//! A partition's columns (distribution, date) are the same in all rows of its files. Grouped by as
//! any other column they are made for every row, hashed and compared, and all the groups of a month
//! lie in one large table. Here the first phase of an aggregation runs for each partition on its
//! own: without the columns that do not change, over few groups that stay in the processor's cache.
//! The second phase, and so every answer, is the engine's.

use std::{cmp::Reverse, collections::HashMap, fmt, sync::Arc};

use arrow::{array::ArrayRef, datatypes::SchemaRef, record_batch::RecordBatch};
use datafusion::{
    common::{
        ScalarValue,
        config::ConfigOptions,
        internal_err,
        stats::Precision,
        tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion},
    },
    datasource::{
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource},
        source::DataSourceExec,
    },
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{
        PhysicalExpr,
        expressions::{Column, lit},
    },
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, InputOrderMode,
        Partitioning, PlanProperties,
        aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy},
        execution_plan::{
            Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
        },
        filter::FilterExec,
        projection::ProjectionExec,
        repartition::RepartitionExec,
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, TryStreamExt, stream};

/// The rule that lets aggregations over the lake run by partition.
#[derive(Debug)]
pub(crate) struct ByPartition;

impl PhysicalOptimizerRule for ByPartition {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let by_partition = node
                .downcast_ref::<AggregateExec>()
                .and_then(|partial| PartitionedAggregate::try_new(partial, &node));
            Ok(match by_partition {
                Some(plan) => Transformed::yes(Arc::new(plan) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(node),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "by_partition"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Where a column of the group comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The same in all rows of a partition: which of its values.
    Partition(usize),
    /// Of each row.
    Row,
}

/// Files with the same partition values.
#[derive(Debug, Clone)]
struct Unit {
    values: Vec<ScalarValue>,
    files: Vec<PartitionedFile>,
}

impl Unit {
    fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.object_meta.size).sum()
    }

    fn has_rows(&self) -> bool {
        self.files.iter().any(|file| {
            let rows = file.statistics.as_ref().map(|known| known.num_rows);
            matches!(rows, Some(Precision::Exact(rows)) if rows > 0)
        })
    }
}

/// The first phase of an aggregation over files of the lake, one partition after the other.
#[derive(Debug)]
struct PartitionedAggregate {
    /// The phase as the engine planned it: what is shown, and the shape of what comes out.
    partial: Arc<dyn ExecutionPlan>,
    keys: Vec<Key>,
    /// The units of each stream.
    streams: Vec<Vec<Unit>>,
    group_by: Arc<PhysicalGroupBy>,
    properties: Arc<PlanProperties>,
}

impl PartitionedAggregate {
    fn try_new(partial: &AggregateExec, node: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let groups = partial.group_expr();
        let plain = *partial.mode() == AggregateMode::Partial
            && groups.is_single()
            && !groups.is_empty()
            && partial.limit_options().is_none()
            && *partial.input_order_mode() == InputOrderMode::Linear;
        if !plain {
            return None;
        }
        let config = scan(partial.input())?;
        let units = units(config);
        if units.len() < 2 {
            return None;
        }
        let keys: Vec<Key> = groups
            .expr()
            .iter()
            .map(|(expr, _)| {
                expr.downcast_ref::<Column>()
                    .and_then(|column| partition_column(partial.input(), column.index()))
                    .map_or(Key::Row, Key::Partition)
            })
            .collect();
        let of_rows: Vec<_> = groups
            .expr()
            .iter()
            .zip(&keys)
            .filter(|(_, key)| **key == Key::Row)
            .map(|(expr, _)| expr.clone())
            .collect();
        // Without a key one row comes out even of no rows: right only where each unit has some. And
        // without any column the engine cannot tell how many rows there are.
        let is_one_row_each = !partial.aggr_expr().is_empty()
            && all_rows_pass(partial.input())
            && units.iter().all(Unit::has_rows);
        let group_by = if of_rows.is_empty() && !is_one_row_each {
            vec![(lit(true), "some".to_owned())]
        } else {
            of_rows
        };
        let count = node.output_partitioning().partition_count();
        let properties = PlanProperties::new(
            node.equivalence_properties().clone(),
            Partitioning::UnknownPartitioning(count),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Some(Self {
            partial: Arc::clone(node),
            keys,
            streams: spread(units, count),
            group_by: Arc::new(PhysicalGroupBy::new_single(group_by)),
            properties: Arc::new(properties),
        })
    }

    fn constants(&self) -> usize {
        let constant = |key: &&Key| **key != Key::Row;
        self.keys.iter().filter(constant).count()
    }
}

/// Units over streams, the largest first to the stream that has least.
fn spread(mut units: Vec<Unit>, count: usize) -> Vec<Vec<Unit>> {
    units.sort_by_key(|unit| Reverse(unit.bytes()));
    let mut streams: Vec<(u64, Vec<Unit>)> = vec![(0, Vec::new()); count.max(1)];
    for unit in units {
        if let Some((bytes, of_stream)) = streams.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            *bytes += unit.bytes();
            of_stream.push(unit);
        }
    }
    streams.into_iter().map(|(_, units)| units).collect()
}

fn units(config: &FileScanConfig) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut known: HashMap<Vec<ScalarValue>, usize> = HashMap::new();
    for file in config.file_groups.iter().flat_map(FileGroup::iter) {
        let at = *known
            .entry(file.partition_values.clone())
            .or_insert_with(|| {
                units.push(Unit {
                    values: file.partition_values.clone(),
                    files: Vec::new(),
                });
                units.len() - 1
            });
        if let Some(unit) = units.get_mut(at) {
            unit.files.push(file.clone());
        }
    }
    units
}

/// The child of a node that works on each row by itself.
fn below(plan: &Arc<dyn ExecutionPlan>) -> Option<&Arc<dyn ExecutionPlan>> {
    let by_row = plan.is::<ProjectionExec>()
        || plan.is::<RepartitionExec>()
        || plan
            .downcast_ref::<FilterExec>()
            .is_some_and(|filter| filter.fetch().is_none());
    by_row.then(|| plan.children().first().copied()).flatten()
}

/// The scan of partitioned Parquet files below nodes that work on each row by itself.
fn scan(plan: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    if let Some(child) = below(plan) {
        return scan(child);
    }
    let source = plan.downcast_ref::<DataSourceExec>()?;
    let config = source.data_source().downcast_ref::<FileScanConfig>()?;
    let partitioned = !config.table_partition_cols().is_empty()
        && config.limit.is_none()
        && config
            .file_source()
            .downcast_ref::<ParquetSource>()
            .is_some();
    partitioned.then_some(config)
}

/// Whether every row of the files reaches `plan`.
fn all_rows_pass(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.is::<FilterExec>() {
        return false;
    }
    if let Some(child) = below(plan) {
        return all_rows_pass(child);
    }
    scan(plan).is_some_and(|config| config.file_source().filter().is_none())
}

/// Which partition column is column `index` of a node, if it is one.
fn partition_column(plan: &Arc<dyn ExecutionPlan>, index: usize) -> Option<usize> {
    let column = |expr: &Arc<dyn PhysicalExpr>| expr.downcast_ref::<Column>().map(Column::index);
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let index = column(&projection.expr().get(index)?.expr)?;
        return partition_column(projection.input(), index);
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let index = match filter.projection() {
            Some(kept) => *kept.get(index)?,
            None => index,
        };
        return partition_column(filter.input(), index);
    }
    if let Some(child) = below(plan) {
        return partition_column(child, index);
    }
    let config = scan(plan)?;
    let index = match config.file_source().projection() {
        Some(projection) => column(&projection.iter().nth(index)?.expr)?,
        None => index,
    };
    let all = config.file_source().table_schema().table_schema();
    let name = all.fields().get(index)?.name();
    config
        .table_partition_cols()
        .iter()
        .position(|field| field.name() == name)
}

/// The nodes from `plan` down to the scan, over the files of one unit.
fn over(
    plan: &Arc<dyn ExecutionPlan>,
    files: &[PartitionedFile],
) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(child) = below(plan) {
        let child = over(child, files)?;
        if plan.is::<RepartitionExec>() {
            return Ok(child);
        }
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        return Arc::clone(plan).replace_children(vec![child], options);
    }
    let Some(config) = scan(plan) else {
        return internal_err!("no scan below an aggregation by partition");
    };
    let config = FileScanConfigBuilder::from(config.clone())
        .with_file_groups(vec![FileGroup::new(files.to_vec())])
        .with_output_partitioning(None)
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

/// Puts the values of a partition beside what was grouped within it.
fn with_values(
    batch: &RecordBatch,
    keys: &[Key],
    grouped_by: usize,
    values: &[ScalarValue],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let (of_rows, states) = batch
        .columns()
        .split_at(grouped_by.min(batch.num_columns()));
    let mut of_rows = of_rows.iter();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for key in keys {
        let column = match key {
            Key::Partition(at) => values
                .get(*at)
                .map(|value| value.to_array_of_size(batch.num_rows()))
                .transpose()?,
            Key::Row => of_rows.next().cloned(),
        };
        let Some(column) = column else {
            return internal_err!("a group by partition lacks a column");
        };
        columns.push(column);
    }
    columns.extend(states.iter().cloned());
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

impl DisplayAs for PartitionedAggregate {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units: usize = self.streams.iter().map(Vec::len).sum();
        write!(
            f,
            "PartitionedAggregate: partitions={units}, constant_keys={}",
            self.constants()
        )
    }
}

impl ExecutionPlan for PartitionedAggregate {
    fn name(&self) -> &'static str {
        "PartitionedAggregate"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.partial]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(child) = children.pop() else {
            return internal_err!("an aggregation by partition without its plan");
        };
        let by_partition = child
            .downcast_ref::<AggregateExec>()
            .and_then(|partial| Self::try_new(partial, &child));
        Ok(match by_partition {
            Some(plan) => Arc::new(plan),
            None => child,
        })
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let units = self.streams.get(partition).cloned().unwrap_or_default();
        let (partial, group_by) = (Arc::clone(&self.partial), Arc::clone(&self.group_by));
        let (keys, schema) = (self.keys.clone(), self.schema());
        // The key that stands in for none is no column of what comes out.
        let grouped_by = group_by.expr().len();
        let of_unit = move |unit: Unit| {
            let Some(aggregate) = partial.downcast_ref::<AggregateExec>() else {
                return internal_err!("an aggregation by partition without its plan");
            };
            let aggregate = AggregateExec::try_new(
                AggregateMode::Partial,
                Arc::clone(&group_by),
                aggregate.aggr_expr().to_vec(),
                aggregate.filter_expr().to_vec(),
                over(aggregate.input(), &unit.files)?,
                aggregate.input_schema(),
            )?;
            let batches = aggregate.execute(0, Arc::clone(&context))?;
            let (keys, schema) = (keys.clone(), Arc::clone(&schema));
            Ok(batches
                .map(move |batch| with_values(&batch?, &keys, grouped_by, &unit.values, &schema)))
        };
        let batches = stream::iter(units).map(of_unit).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }
}
