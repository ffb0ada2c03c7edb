//! Views are counted in shared passes over the requests; the engine alone must count the same.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int32Array, RecordBatch,
        StringArray,
    },
    compute::{SortColumn, cast, lexsort_to_indices, nullif, take_record_batch},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::TableProvider,
    datasource::{MemTable, TableType},
    error::Result,
    logical_expr::Expr,
    physical_plan::ExecutionPlan,
};
use edgeledger_lake::StoredTexts;
use edgeledger_query::{Distribution, Origin, Session, Settings, Tables};
use edgeledger_rates::PriceBook;

use crate::world::{Row, engine_rows, log_files, requests, rows, table};

/// Views that count requests in one round of passes or more.
const VIEWS: [&str; 11] = [
    "months",
    "traffic",
    "hourly_traffic",
    "origin_peaks",
    "prefix_quarters",
    "response_times",
    "served_traffic",
    "country_traffic",
    "top_path_traffic",
    "object_sizes",
    "error_causes",
];

const MONTH: &str = "2026-10";

/// A view's SQL as a query of its own.
fn sql_of(view: &str) -> String {
    let path = format!("queries/views/{view}.sql");
    std::fs::read_to_string(edgeledger_testkit::repo_root().join(path)).unwrap()
}

async fn assert_engine_agrees(session: &Session) {
    for view in VIEWS {
        let asked = format!("SELECT * FROM {view} WHERE month = '{MONTH}'");
        let own = sql_of(view);
        let engine = format!("SELECT * FROM ({own}) AS v WHERE month = '{MONTH}'");
        let mut found = rows(session, &asked).await;
        let mut expected = engine_rows(session, &engine).await;
        found.sort();
        expected.sort();
        assert!(!expected.is_empty(), "{view} has no rows to compare");
        assert!(found == expected, "{view} differs: {found:?} {expected:?}");
    }
}

/// Requests of all kinds, the same in every run. Every eleventh or so value is missing.
fn mixed(n_rows: usize, path: impl Fn(usize) -> String) -> RecordBatch {
    let pick = |from: &[&'static str], at: usize| from[at % from.len()];
    let all: Vec<Row> = (0..n_rows)
        .map(|at| {
            // Neighbours differ, and repeat.
            let mixed = at.wrapping_mul(2_654_435_761) >> 7;
            Row {
                distribution: pick(&["E1", "E2", "E3"], mixed / 3),
                month: pick(&["2026-09", MONTH, MONTH, MONTH], mixed / 5),
                day: i32::try_from(1 + mixed % 4).unwrap(),
                edge: pick(&["IAD89-C3", "FRA56-P1", "XXX1-C1", "-"], mixed / 7),
                method: pick(&["GET", "HEAD", "POST", "BREW"], mixed / 2),
                protocol: pick(&["https", "http", "wss"], mixed / 11),
                status: [200, 206, 304, 403, 404, 503, 0][mixed % 7],
                result: pick(&["Hit", "Miss", "RefreshHit", "Error"], mixed / 13),
                detailed: pick(
                    &["Hit", "Miss", "OriginShieldHit", "Error", "OriginDnsError"],
                    mixed,
                ),
                path: path(mixed).leak(),
                user_agent: pick(
                    &[
                        "cargo 1.9",
                        "Mozilla/5.0 (a text longer than a view holds)",
                        "curl/8",
                    ],
                    mixed / 17,
                ),
                second: i64::try_from(mixed % 86_400).unwrap(),
                response_bytes: i64::try_from(mixed % 3_000_000).unwrap(),
                request_bytes: 300,
                content_type: Some(pick(
                    &["text/html;%20charset=utf-8", "application/gzip"],
                    mixed,
                )),
                country: Some(pick(&["DE", "US", "-"], mixed / 3)),
                content_length: Some(i64::try_from(mixed % 2_999_000).unwrap()),
                first_byte_us: Some(i64::try_from(mixed % 20_000_000).unwrap()),
                time_taken_us: Some(i64::try_from(mixed % 30_000_000).unwrap()),
            }
        })
        .collect();
    let whole = requests(&all);
    let columns = whole.columns().iter().enumerate().map(|(at, column)| {
        if !whole.schema().field(at).is_nullable() {
            return Arc::clone(column);
        }
        let is_missing = |row: usize| (row + at).is_multiple_of(11);
        let missing: BooleanArray = (0..n_rows).map(|row| Some(is_missing(row))).collect();
        nullif(column, &missing).unwrap()
    });
    RecordBatch::try_new(whole.schema(), columns.collect()).unwrap()
}

/// The rows with texts as the lake's files give them: as views, in batches of several partitions.
pub(crate) fn as_views(batch: &RecordBatch) -> Arc<MemTable> {
    let schema = batch.schema();
    let is_view =
        |field: &Field| *field.data_type() == DataType::Utf8 && field.name() != "distribution";
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let field = field.as_ref().clone();
            if is_view(&field) {
                field.with_data_type(DataType::Utf8View)
            } else {
                field
            }
        })
        .collect();
    let columns: Vec<ArrayRef> = fields
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| cast(column, field.data_type()).unwrap())
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let slice = |at: usize, n: usize| batch.slice(at, n.min(batch.num_rows() - at));
    let third = batch.num_rows().div_ceil(3);
    let partitions = (0..3).map(|part| {
        let rows = slice(part * third, third);
        let starts = (0..rows.num_rows()).step_by(1000);
        starts
            .map(|at| rows.slice(at, 1000.min(rows.num_rows() - at)))
            .collect()
    });
    Arc::new(MemTable::try_new(schema, partitions.collect()).unwrap())
}

/// The rows with texts as views, and for a pass as the lake's files store them: as dictionaries,
/// each of some batches, with texts in any order and some that no row has.
#[derive(Debug)]
struct AsStored {
    views: Arc<MemTable>,
    stored: MemTable,
}

impl AsStored {
    fn new(batch: &RecordBatch) -> Arc<Self> {
        // Rows of a file are of one day of one distribution.
        let by_place = ["distribution", "date"].map(|name| SortColumn {
            values: Arc::clone(batch.column_by_name(name).unwrap()),
            options: None,
        });
        let order = lexsort_to_indices(&by_place, None).unwrap();
        let batch = take_record_batch(batch, &order).unwrap();
        let n_files = 7;
        let rows_of_file = batch.num_rows().div_ceil(n_files);
        let mut batches = Vec::new();
        for file in (0..batch.num_rows()).step_by(rows_of_file) {
            let file = batch.slice(file, rows_of_file.min(batch.num_rows() - file));
            let columns = file.columns().iter().map(|column| {
                if *column.data_type() != DataType::Utf8 {
                    return Arc::clone(column);
                }
                let texts = column.as_string::<i32>();
                let mut distinct: Vec<&str> = texts.iter().flatten().collect();
                distinct.push("no row has this text");
                distinct.sort_unstable_by(|one, other| other.cmp(one));
                distinct.dedup();
                let key = |text: &str| distinct.iter().position(|known| *known == text).unwrap();
                let key = |text| i32::try_from(key(text)).unwrap();
                let keys = texts.iter().map(|text| text.map(key));
                let texts = Arc::new(StringArray::from(distinct.clone()));
                Arc::new(DictionaryArray::new(keys.collect::<Int32Array>(), texts)) as ArrayRef
            });
            let columns: Vec<ArrayRef> = columns.collect();
            let fields = batch.schema();
            let fields = fields.fields().iter().zip(&columns).map(|(field, column)| {
                let field = field.as_ref().clone();
                field.with_data_type(column.data_type().clone())
            });
            let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
            let file = RecordBatch::try_new(schema, columns).unwrap();
            let parts = (0..file.num_rows()).step_by(100);
            batches.extend(parts.map(|at| file.slice(at, 100.min(file.num_rows() - at))));
        }
        let partitions = batches.chunks(batches.len().div_ceil(2)).map(<[_]>::to_vec);
        Arc::new(Self {
            views: as_views(&batch),
            stored: MemTable::try_new(batches[0].schema(), partitions.collect()).unwrap(),
        })
    }
}

#[async_trait]
impl TableProvider for AsStored {
    fn schema(&self) -> SchemaRef {
        self.views.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn datafusion::catalog::Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if session.config().get_extension::<StoredTexts>().is_some() {
            return self.stored.scan(session, projection, filters, limit).await;
        }
        self.views.scan(session, projection, filters, limit).await
    }
}

async fn session(requests: Arc<dyn TableProvider>) -> Session {
    let tables = Tables {
        requests,
        log_files: table(log_files(&[])),
    };
    let settings = Settings {
        distributions: vec![Distribution {
            origin: Origin::Server,
            ..Distribution::assumed("E2")
        }],
        ..Settings::default()
    };
    Session::new(tables, &PriceBook::builtin().unwrap(), &settings)
        .await
        .unwrap()
}

fn short_path(mixed: usize) -> String {
    let folder = ["dist", "crates", "a", "index.html"][mixed % 4];
    format!("/{folder}/{}", mixed % 50)
}

#[tokio::test]
async fn one_pass_counts_what_the_engine_counts() {
    let all = mixed(4_000, short_path);
    let tables: [Arc<dyn TableProvider>; 3] =
        [table(all.clone()), as_views(&all), AsStored::new(&all)];
    for requests in tables {
        let session = session(requests).await;
        session.count_month(MONTH).await.unwrap();
        assert_engine_agrees(&session).await;
    }
}

#[tokio::test]
async fn a_view_alone_counts_the_same_as_with_others() {
    let session = session(as_views(&mixed(1_000, short_path))).await;
    assert_engine_agrees(&session).await;
}

/// More text than a dictionary holds: it is begun anew, and nothing is lost.
#[tokio::test]
async fn millions_of_texts_need_no_dictionary_of_all() {
    let long = |mixed: usize| format!("/dist/{mixed}/{}", "x".repeat(4_000));
    let session = session(as_views(&mixed(10_000, long))).await;
    session.count_month(MONTH).await.unwrap();
    assert_engine_agrees(&session).await;
}

/// Questions as people ask them: by texts, by numbers, of expressions, of parts.
const QUESTIONS: [&str; 12] = [
    "SELECT distribution, count(*), sum(response_bytes) FROM requests GROUP BY 1",
    "SELECT substr(edge_location, 1, 3), count(*), min(time), max(status) FROM requests GROUP BY 1",
    "SELECT path, sum(response_bytes) AS b, count(*) FROM requests
     WHERE date >= '2026-10-01' AND distribution = 'E1' GROUP BY path ORDER BY b DESC, path LIMIT 7",
    "SELECT date, count(DISTINCT user_agent) FROM requests GROUP BY date",
    "SELECT date_trunc('hour', time), method, count(*) FILTER (WHERE status >= 400)
     FROM requests GROUP BY 1, 2",
    "SELECT time_taken_us, count(*) FROM requests WHERE time_taken_us IS NOT NULL GROUP BY 1",
    "SELECT DISTINCT distribution, method, country FROM requests",
    "SELECT avg(response_bytes), path FROM requests GROUP BY path HAVING count(*) > 3",
    "SELECT a.path, a.n, b.n FROM (SELECT path, count(*) n FROM requests GROUP BY 1) a
     JOIN (SELECT path, count(*) n FROM requests WHERE status >= 400 GROUP BY 1) b
     ON a.path = b.path",
    "SELECT distribution, max(path), min(user_agent) FROM requests GROUP BY 1",
    "SELECT cs_uri_stem, count(*), sum(sc_bytes) FROM cloudfront_logs GROUP BY 1",
    "SELECT status, sum(response_bytes) FROM requests GROUP BY ROLLUP (status)",
];

#[tokio::test]
async fn a_question_of_ones_own_gets_what_the_engine_counts() {
    let all = mixed(4_000, short_path);
    let tables: [Arc<dyn TableProvider>; 3] =
        [table(all.clone()), as_views(&all), AsStored::new(&all)];
    for requests in tables {
        let session = session(requests).await;
        for question in QUESTIONS {
            let mut found = rows(&session, question).await;
            let mut expected = engine_rows(&session, question).await;
            found.sort();
            expected.sort();
            assert!(!expected.is_empty(), "{question} has no rows to compare");
            assert!(found == expected, "{question}: {found:?} {expected:?}");
        }
    }
}
