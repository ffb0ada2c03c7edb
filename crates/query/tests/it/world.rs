//! Hand-made traffic behind a session.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int16Array, Int64Array, RecordBatch,
        StringArray, TimestampMicrosecondArray, new_null_array,
    },
    datatypes::{DataType, SchemaRef, TimeUnit},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session as EngineSession, TableProvider},
    datasource::{MemTable, TableType},
    error::Result,
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::ExecutionPlan,
};
use edgeledger_query::{Session, Settings, Tables};
use edgeledger_rates::{Month, PriceBook};

pub(crate) const GB: i64 = 1 << 30;
pub(crate) const TB: i64 = 1 << 40;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) distribution: &'static str,
    pub(crate) month: &'static str,
    pub(crate) day: i32,
    pub(crate) edge: &'static str,
    pub(crate) method: &'static str,
    pub(crate) protocol: &'static str,
    pub(crate) status: i16,
    pub(crate) result: &'static str,
    pub(crate) detailed: &'static str,
    pub(crate) path: &'static str,
    pub(crate) user_agent: &'static str,
    /// Seconds into the day.
    pub(crate) second: i64,
    pub(crate) response_bytes: i64,
    pub(crate) request_bytes: i64,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) country: Option<&'static str>,
    pub(crate) content_length: Option<i64>,
    pub(crate) first_byte_us: Option<i64>,
    pub(crate) time_taken_us: Option<i64>,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            distribution: "E1",
            month: "2026-10",
            day: 5,
            edge: "IAD89-C3",
            method: "GET",
            protocol: "https",
            status: 200,
            result: "Hit",
            detailed: "Hit",
            path: "/",
            user_agent: "curl/8.5.0",
            second: 3_600,
            response_bytes: 0,
            request_bytes: 0,
            content_type: None,
            country: None,
            content_length: None,
            first_byte_us: None,
            time_taken_us: None,
        }
    }
}

/// One record of a log object.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) key: &'static str,
    pub(crate) etag: &'static str,
    pub(crate) distribution: Option<&'static str>,
    pub(crate) hour: Option<&'static str>,
    pub(crate) status: &'static str,
    pub(crate) rows: i64,
    pub(crate) rejected_rows: i64,
    pub(crate) forgotten_rows: i64,
    /// RFC 3339.
    pub(crate) ingested_at: &'static str,
    pub(crate) txn: i64,
}

impl Default for File {
    fn default() -> Self {
        Self {
            key: "log",
            etag: "e1",
            distribution: Some("E1"),
            hour: Some("2026-10-05-01"),
            status: "ingested",
            rows: 0,
            rejected_rows: 0,
            forgotten_rows: 0,
            ingested_at: "2026-10-05T03:00:00Z",
            txn: 1,
        }
    }
}

/// A session over `rows`, with everything else as shipped.
pub(crate) async fn session(rows: &[Row], book: &PriceBook, settings: &Settings) -> Session {
    let tables = Tables {
        requests: table(requests(rows)),
        log_files: table(log_files(&[])),
    };
    Session::new(tables, book, settings).await.unwrap()
}

/// Two sessions over `files`: with the text type of logs in memory, and with that of a lake.
pub(crate) async fn sessions_over(files: &[File], settings: &Settings) -> [Session; 2] {
    let in_memory = log_files(files);
    let columns = in_memory.schema().fields().clone();
    let of_lake =
        RecordBatch::try_from_iter_with_nullable(columns.iter().zip(in_memory.columns()).map(
            |(field, column)| {
                let column = match field.data_type() {
                    DataType::Utf8 => arrow::compute::cast(column, &DataType::Utf8View).unwrap(),
                    _ => Arc::clone(column),
                };
                (field.name(), column, field.is_nullable())
            },
        ))
        .unwrap();
    let book = PriceBook::builtin().unwrap();
    let open = async |log_files| {
        let tables = Tables {
            requests: table(requests(&[])),
            log_files: table(log_files),
        };
        Session::new(tables, &book, settings).await.unwrap()
    };
    [open(in_memory).await, open(of_lake).await]
}

pub(crate) fn log_files(files: &[File]) -> RecordBatch {
    let text = |get: fn(&File) -> Option<&'static str>| -> ArrayRef {
        Arc::new(files.iter().map(get).collect::<StringArray>())
    };
    let int = |get: fn(&File) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(files.iter().map(get)))
    };
    let times = StringArray::from_iter_values(files.iter().map(|file| file.ingested_at));
    let time_type = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let ingested_at = arrow::compute::cast(&times, &time_type).unwrap();
    assert_eq!(ingested_at.null_count(), 0, "a time of a test is no time");
    RecordBatch::try_from_iter_with_nullable([
        ("key", text(|file| Some(file.key)), false),
        ("etag", text(|file| Some(file.etag)), false),
        ("size_bytes", int(|_| 100), false),
        ("distribution", text(|file| file.distribution), true),
        ("hour", text(|file| file.hour), true),
        ("status", text(|file| Some(file.status)), false),
        ("reason", text(|_| None), true),
        ("rows", int(|file| file.rows), false),
        ("rejected_rows", int(|file| file.rejected_rows), false),
        ("forgotten_rows", int(|file| file.forgotten_rows), false),
        ("first_rejects", text(|_| None), true),
        ("uncompressed_bytes", int(|_| 1000), false),
        ("columns", text(|_| None), true),
        ("parser_version", text(|_| Some("test")), false),
        ("ingested_at", ingested_at, false),
        ("txn", int(|file| file.txn), false),
    ])
    .unwrap()
}

pub(crate) fn table(batch: RecordBatch) -> Arc<MemTable> {
    Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap())
}

pub(crate) fn requests(rows: &[Row]) -> RecordBatch {
    let parsed = edgeledger_logs::schema();
    let schema = edgeledger_lake::requests_schema(&parsed);
    let text = |get: fn(&Row) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(get)))
    };
    let int = |get: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(get)))
    };
    let optional = |get: fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(get).collect::<Int64Array>())
    };
    let day = |row: &Row| {
        let first = first_day(row.month.parse().unwrap());
        first + row.day - 1
    };
    let columns = schema
        .fields()
        .iter()
        .map(|field| match field.name().as_str() {
            "distribution" => text(|row| row.distribution),
            "date" => Arc::new(Date32Array::from_iter_values(rows.iter().map(day))) as ArrayRef,
            "time" => Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    rows.iter()
                        .map(|row| (i64::from(day(row)) * 86_400 + row.second) * 1_000_000),
                )
                .with_timezone("UTC"),
            ),
            "edge_location" => text(|row| row.edge),
            "method" => text(|row| row.method),
            "protocol" => text(|row| row.protocol),
            "status" => Arc::new(Int16Array::from_iter_values(
                rows.iter().map(|row| row.status),
            )),
            "result_type" | "response_result_type" => text(|row| row.result),
            "detailed_result_type" => text(|row| row.detailed),
            "path" => text(|row| row.path),
            "user_agent" => text(|row| row.user_agent),
            "content_type" => Arc::new(
                rows.iter()
                    .map(|row| row.content_type)
                    .collect::<StringArray>(),
            ),
            "country" => Arc::new(rows.iter().map(|row| row.country).collect::<StringArray>()),
            "response_bytes" => int(|row| row.response_bytes),
            "request_bytes" => int(|row| row.request_bytes),
            "content_length" => optional(|row| row.content_length),
            "first_byte_us" => optional(|row| row.first_byte_us),
            "time_taken_us" => optional(|row| row.time_taken_us),
            "log_file" => text(|_| "log"),
            "log_line" => int(|_| 3),
            _ => new_null_array(field.data_type(), rows.len()),
        });
    let columns = columns.collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// Days from 1970-01-01 to the month's first day.
fn first_day(month: Month) -> i32 {
    let mut days = 0;
    let mut at = Month::new(1970, 1).unwrap();
    while at < month {
        days += i32::from(at.days());
        at = at.next();
    }
    days
}

/// Counted traffic from the CSV of the view `traffic`.
pub(crate) fn traffic(csv: &str) -> Arc<MemTable> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cells: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = names.iter().enumerate().map(|(at, name)| {
        let text = || cells.iter().map(move |row| row[at]);
        let column: ArrayRef = match *name {
            "date" => {
                let texts: ArrayRef = Arc::new(StringArray::from_iter_values(text()));
                arrow::compute::cast(&texts, &DataType::Date32).unwrap()
            }
            "is_forbidden" | "is_compressible" => Arc::new(
                text()
                    .map(|text| Some(text == "true"))
                    .collect::<BooleanArray>(),
            ),
            "status_class" | "requests" | "response_bytes" | "request_bytes" | "header_bytes"
            | "measured_requests" => Arc::new(Int64Array::from_iter_values(
                text().map(|text| text.parse::<i64>().unwrap()),
            )),
            _ => Arc::new(StringArray::from_iter_values(text())),
        };
        (*name, column, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap())
}

/// Counted traffic: a row of the view `traffic`.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) month: &'static str,
    pub(crate) day: u32,
    pub(crate) distribution: &'static str,
    pub(crate) edge: &'static str,
    pub(crate) method: &'static str,
    pub(crate) protocol: &'static str,
    pub(crate) result: &'static str,
    pub(crate) requests: i64,
    pub(crate) response_bytes: i64,
    pub(crate) request_bytes: i64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            month: "2026-10",
            day: 5,
            distribution: "E1",
            edge: "IAD",
            method: "GET",
            protocol: "https",
            result: "Hit",
            requests: 1,
            response_bytes: 0,
            request_bytes: 0,
        }
    }
}

/// A session over counted traffic, with everything else as shipped.
pub(crate) async fn counted(rows: &[Counted], book: &PriceBook, settings: &Settings) -> Session {
    let mut csv = "month,date,distribution,edge_code,method,billing_protocol,status_class,\
                   is_forbidden,is_compressible,cache_result,detailed_result_type,requests,\
                   response_bytes,request_bytes,header_bytes,measured_requests\n"
        .to_owned();
    for row in rows {
        let Counted {
            month,
            day,
            distribution,
            edge,
            method,
            protocol,
            result,
            requests,
            response_bytes,
            request_bytes,
        } = row;
        writeln!(
            csv,
            "{month},{month}-{day:02},{distribution},{edge},{method},{protocol},2,false,false,\
             {result},{result},{requests},{response_bytes},{request_bytes},0,0"
        )
        .unwrap();
    }
    Session::of_traffic(traffic(&csv), book, settings)
        .await
        .unwrap()
}

/// The cells of a query as text, row by row.
pub(crate) async fn rows(session: &Session, sql: &str) -> Vec<Vec<String>> {
    let batches = session.query(sql).await;
    texts(&batches.unwrap_or_else(|error| panic!("{sql}: {error:?}")))
}

/// The same without the passes that stand in for the engine.
pub(crate) async fn engine_rows(session: &Session, sql: &str) -> Vec<Vec<String>> {
    let frame = session.plan(sql).await;
    let frame = frame.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    texts(&frame.collect().await.unwrap())
}

fn texts(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayRef> = batch
            .columns()
            .iter()
            .map(|column| arrow::compute::cast(column, &DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(
                columns
                    .iter()
                    .map(|column| {
                        let column = column.as_string::<i32>();
                        if column.is_null(row) {
                            "NULL".to_owned()
                        } else {
                            column.value(row).to_owned()
                        }
                    })
                    .collect(),
            );
        }
    }
    rows
}

/// The only cell of a query.
pub(crate) async fn cell(session: &Session, sql: &str) -> String {
    let rows = rows(session, sql).await;
    assert_eq!(
        (rows.len(), rows.first().map(Vec::len)),
        (1, Some(1)),
        "{sql}: {rows:?}"
    );
    rows[0][0].clone()
}

/// A table of requests that notes scans without a filter on the day.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    table: Arc<MemTable>,
    unfiltered: Arc<AtomicUsize>,
}

impl Watched {
    pub(crate) fn over(rows: &[Row]) -> Self {
        Self {
            table: table(requests(rows)),
            unfiltered: Arc::default(),
        }
    }

    pub(crate) fn unfiltered(&self) -> usize {
        self.unfiltered.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TableProvider for Watched {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !filters
            .iter()
            .any(|filter| filter.to_string().contains("date"))
        {
            self.unfiltered.fetch_add(1, Ordering::Relaxed);
        }
        self.table.scan(session, projection, filters, limit).await
    }
}

/// A session over a table of requests, with everything else as shipped.
pub(crate) async fn session_over(requests: Watched, settings: &Settings) -> Session {
    let book = PriceBook::builtin().unwrap();
    let unfiltered = Arc::clone(&requests.unfiltered);
    let tables = Tables {
        requests: Arc::new(requests),
        // Texts as the lake gives them.
        log_files: crate::pass::as_views(&log_files(&[])),
    };
    let session = Session::new(tables, &book, settings).await.unwrap();
    // Opening a session looks which distributions there are.
    unfiltered.store(0, Ordering::Relaxed);
    session
}
