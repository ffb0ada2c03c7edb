//! The plan node that reads objects.

use std::{fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, Date32Array, RecordBatch, RecordBatchOptions, StringArray},
    datatypes::SchemaRef,
};
use datafusion::{
    common::{internal_err, runtime::SpawnedTask, tree_node::TreeNodeRecursion},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        metrics::{BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet},
        stream::RecordBatchStreamAdapter,
    },
};
use edgeledger_ingest::Asked;
use edgeledger_lake::Partition;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::RawLogs;

/// Lots that each partition reads at the same time: while one is looked at, the next is read.
const LOTS_AHEAD: usize = 2;
/// Batches of a large object that wait to be looked at.
const BATCHES_AHEAD: usize = 2;

/// Reads the asked columns of objects.
#[derive(Debug)]
pub(crate) struct RawScan {
    logs: Arc<RawLogs>,
    schema: SchemaRef,
    /// The lots of each partition.
    lots: Vec<Vec<Vec<usize>>>,
    n_objects: usize,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RawScan {
    pub(crate) fn new(
        logs: &Arc<RawLogs>,
        schema: SchemaRef,
        objects: &[usize],
        n_partitions: usize,
        limit: Option<usize>,
    ) -> Self {
        let lots = logs.reader.lots(objects, n_partitions);
        let mut shares = vec![(0, Vec::new()); n_partitions.min(lots.len()).max(1)];
        for lot in lots {
            if let Some((bytes, share)) = shares.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                // An empty object takes time, too.
                *bytes += logs.reader.stored_bytes(&lot) + 1;
                share.push(lot);
            }
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(shares.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            logs: Arc::clone(logs),
            schema,
            lots: shares.into_iter().map(|(_, share)| share).collect(),
            n_objects: objects.len(),
            limit,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    fn asked(&self) -> Asked {
        let fields = self.schema.fields().iter();
        let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
        self.logs.reader.asked(&names)
    }
}

impl DisplayAs for RawScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.schema.fields().iter();
        let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
        write!(
            f,
            "RawScan: objects={} of {}, columns=[{}]",
            self.n_objects,
            self.logs.n_objects(),
            names.join(", ")
        )?;
        match self.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for RawScan {
    fn name(&self) -> &'static str {
        "RawScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(lots) = self.lots.get(partition).cloned() else {
            return internal_err!("a scan of logs has no partition {partition}");
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let lot = Lot {
            logs: Arc::clone(&self.logs),
            schema: Arc::clone(&self.schema),
            asked: self.asked(),
            objects_read: MetricBuilder::new(&self.metrics).counter("objects_read", partition),
        };
        let ahead = if self.limit.is_some() { 1 } else { LOTS_AHEAD };
        let batches = stream::iter(lots)
            .map(move |objects| lot.clone().read(objects))
            .buffered(ahead)
            .try_flatten()
            .inspect_ok(move |batch| metrics.record_output(batch.num_rows()));
        let batches = first_rows(batches, self.limit);
        let schema = Arc::clone(&self.schema);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// Stops reading once there are as many rows as wanted.
fn first_rows(
    batches: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
    limit: Option<usize>,
) -> impl Stream<Item = Result<RecordBatch>> + Send {
    let start = (Box::pin(batches), limit);
    stream::try_unfold(start, |(mut batches, left)| async move {
        if left == Some(0) {
            return Ok(None);
        }
        let Some(batch) = batches.try_next().await? else {
            return Ok(None);
        };
        let n_rows = left.map_or(batch.num_rows(), |left| left.min(batch.num_rows()));
        let left = left.map(|left| left - n_rows);
        Ok(Some((batch.slice(0, n_rows), (batches, left))))
    })
}

type Batches = stream::BoxStream<'static, Result<RecordBatch>>;

/// What reading a lot needs.
#[derive(Clone)]
struct Lot {
    logs: Arc<RawLogs>,
    schema: SchemaRef,
    asked: Asked,
    objects_read: Count,
}

impl Lot {
    /// Reads objects; what is too large for memory is read while it is looked at.
    async fn read(self, objects: Vec<usize>) -> Result<Batches> {
        // Goes on while this partition looks at other rows, and ends with it.
        let task = SpawnedTask::spawn(async move {
            let rows = self.logs.reader.read(&objects, self.asked.clone()).await;
            let rows = rows.map_err(|error| self.logs.failed(error))?;
            self.objects_read.add(rows.log_files.len());
            for (at, log_file) in rows.log_files {
                self.logs.record(at, log_file);
            }
            let mut batches = Vec::new();
            for (partition, of_partition) in rows.partitions {
                for batch in of_partition {
                    batches.push(with_partition(&batch, &partition, &self.schema)?);
                }
            }
            let large = stream::iter(rows.large);
            let large = large.flat_map(move |at| self.clone().stream(at));
            let batches = stream::iter(batches).map(Ok::<_, DataFusionError>);
            Ok(batches.chain(large).boxed())
        });
        task.join_unwind()
            .await
            .map_err(|error| DataFusionError::External(Box::new(error)))?
    }

    /// One large object.
    fn stream(self, at: usize) -> Batches {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let schema = Arc::clone(&self.schema);
        let task = SpawnedTask::spawn(async move {
            let read = self
                .logs
                .reader
                .stream(at, self.asked.clone(), sender)
                .await;
            let log_file = read.map_err(|error| self.logs.failed(error))?;
            self.objects_read.add(1);
            self.logs.record(at, log_file);
            Ok(())
        });
        let start = (receiver, Some(task));
        let batches = stream::try_unfold(start, move |(mut receiver, mut task)| {
            let schema = Arc::clone(&schema);
            async move {
                if let Some((partition, batch)) = receiver.recv().await {
                    let batch: RecordBatch = batch;
                    let batch = with_partition(&batch, &partition, &schema)?;
                    return Ok(Some((batch, (receiver, task))));
                }
                // How it ended is known only now.
                match task.take() {
                    Some(task) => task
                        .join_unwind()
                        .await
                        .map_err(|error| DataFusionError::External(Box::new(error)))?
                        .map(|()| None),
                    None => Ok(None),
                }
            }
        });
        batches.boxed()
    }
}

/// The asked columns, with those that are the same in all rows of a partition.
fn with_partition(
    batch: &RecordBatch,
    partition: &Partition,
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let n_rows = batch.num_rows();
    let columns = schema.fields().iter().map(|field| -> Result<ArrayRef> {
        Ok(match field.name().as_str() {
            "distribution" => {
                let name = std::iter::repeat_n(partition.distribution.as_str(), n_rows);
                Arc::new(StringArray::from_iter_values(name))
            }
            "date" => Arc::new(Date32Array::from_value(partition.day, n_rows)),
            name => match batch.column_by_name(name) {
                Some(column) => Arc::clone(column),
                None => return internal_err!("no column `{name}` was read"),
            },
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    // Without a column the number of rows is all that is asked for.
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    let schema = Arc::clone(schema);
    Ok(RecordBatch::try_new_with_options(
        schema, columns, &options,
    )?)
}
