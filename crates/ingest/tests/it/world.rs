//! Sources, lakes and the shared check.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::array::{Array, AsArray};
use edgeledger_ingest::{Durability, S3Options, Settings, Stop, Storage, Summary, run};
use edgeledger_lake::{AwsCredential, Lake};
use edgeledger_query::Session;
use edgeledger_rates::PriceBook;
use edgeledger_source::{Aws, AwsSettings, Credentials, Source};
use edgeledger_testkit::s3_server::S3Server;
use object_store::StaticCredentialProvider;

/// 2026-11-03T00:00:00Z.
pub(crate) const NOW_US: i64 = 1_793_664_000_000_000;

pub(crate) fn local_lake(dir: &Path) -> Storage {
    Storage::local(dir, Durability::Temporary).unwrap()
}

pub(crate) fn s3_lake(server: &S3Server, location: &str) -> Storage {
    let (id, secret) = server.credentials();
    let credential = AwsCredential {
        key_id: id.to_owned(),
        secret_key: secret.to_owned(),
        token: None,
    };
    let options = S3Options {
        region: Some("us-east-1".to_owned()),
        endpoint_url: Some(server.endpoint()),
        credentials: Arc::new(StaticCredentialProvider::new(credential)),
    };
    Storage::s3(location, options).unwrap()
}

pub(crate) async fn folder(path: &Path) -> Source {
    Source::open(path.to_str().unwrap(), &Aws::new(AwsSettings::default()))
        .await
        .unwrap()
}

pub(crate) async fn s3_source(server: &S3Server, spec: &str) -> Source {
    let (id, secret) = server.credentials();
    let aws = Aws::new(AwsSettings {
        endpoint_url: Some(server.endpoint()),
        region: Some("us-east-1".to_owned()),
        credentials: Some(Credentials {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        }),
        ..AwsSettings::default()
    });
    Source::open(spec, &aws).await.unwrap()
}

pub(crate) async fn ingest(source: &Source, storage: &Storage) -> Summary {
    ingest_with(source, storage, &Settings::default()).await
}

pub(crate) async fn ingest_with(
    source: &Source,
    storage: &Storage,
    settings: &Settings,
) -> Summary {
    run(
        std::slice::from_ref(source),
        storage.clone(),
        settings,
        || NOW_US,
        &Stop::default(),
        &|_| {},
    )
    .await
    .unwrap()
}

pub(crate) async fn session(storage: &Storage) -> Session {
    let lake = Lake::open(storage.clone()).await.unwrap();
    Session::open(
        &lake,
        &PriceBook::builtin().unwrap(),
        &edgeledger_query::Settings::default(),
    )
    .await
    .unwrap()
}

/// The cells of a query as text.
pub(crate) async fn rows(storage: &Storage, sql: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in session(storage)
        .await
        .query(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow::array::ArrayRef| {
                let column = column.as_string::<i32>();
                if column.is_null(row) {
                    "NULL".to_owned()
                } else {
                    column.value(row).to_owned()
                }
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    rows
}

/// What must hold of every lake: no row twice, and `log_files` adds up with the rows.
pub(crate) async fn check(storage: &Storage) {
    let sql = "SELECT count(*) - count(DISTINCT struct(log_file, log_line)) FROM requests";
    assert_eq!(
        rows(storage, sql).await,
        [["0"]],
        "a row is in the lake twice"
    );
    let sql = "SELECT l.key, l.rows, r.rows FROM log_objects l FULL JOIN \
               (SELECT log_file, count(*) AS rows FROM requests GROUP BY log_file) r ON r.log_file = l.key \
               WHERE coalesce(l.rows, -1) <> coalesce(r.rows, 0)";
    assert_eq!(
        rows(storage, sql).await,
        Vec::<Vec<String>>::new(),
        "log_files and requests disagree"
    );
    // Records with a reason tell of objects that changed after they were ingested, and what has
    // vanished is ingested again.
    let sql = "SELECT key, count(*) FROM log_files GROUP BY key, etag \
               HAVING count(*) FILTER (WHERE status = 'ingested' AND reason IS NULL) \
               > 1 + count(*) FILTER (WHERE status = 'vanished')";
    assert_eq!(
        rows(storage, sql).await,
        Vec::<Vec<String>>::new(),
        "an object is recorded twice"
    );
}

/// A folder of logs and a lake beside it.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub(crate) lake: Storage,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("logs")).unwrap();
        let lake = local_lake(&dir.path().join("lake"));
        Self { dir, lake }
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.dir.path().join("logs")
    }

    pub(crate) fn lake_dir(&self) -> PathBuf {
        self.dir.path().join("lake")
    }

    pub(crate) fn put(&self, name: &str, log: impl AsRef<[u8]>) {
        std::fs::write(self.logs().join(name), log).unwrap();
    }

    pub(crate) async fn source(&self) -> Source {
        folder(&self.logs()).await
    }

    pub(crate) async fn ingest(&self) -> Summary {
        ingest(&self.source().await, &self.lake).await
    }

    pub(crate) async fn open(&self) -> Lake {
        Lake::open(self.lake.clone()).await.unwrap()
    }

    /// Files below a folder of the lake, sorted.
    pub(crate) fn files(&self, below: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(&self.lake_dir().join(below), &mut files);
        files.sort();
        files
    }

    /// Parquet files below a table's folder, without its log.
    pub(crate) fn data_files(&self, table: &str) -> Vec<PathBuf> {
        let mut files = self.files(table);
        files.retain(|path| {
            path.extension().is_some_and(|ending| ending == "parquet")
                && !path
                    .components()
                    .any(|part| part.as_os_str() == "_delta_log")
        });
        files
    }

    /// The time by which files were written, UTC microseconds.
    pub(crate) fn clock(&self) -> i64 {
        let path = self.dir.path().join("clock");
        std::fs::write(&path, "").unwrap();
        let modified = std::fs::metadata(path).unwrap().modified().unwrap();
        let age = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(age.as_micros()).unwrap()
    }
}

pub(crate) fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

pub(crate) const DAY_US: i64 = 86_400_000_000;

/// A log of `rows` rows of one byte each, over three days.
pub(crate) fn log(rows: usize) -> Vec<u8> {
    let lines: Vec<String> = (0..rows)
        .map(|row| {
            format!(
                "2026-10-0{}\t01:02:{:02}\t1\t200\t/{row}\t198.51.100.{}\t-\n",
                1 + row % 3,
                row % 60,
                row % 5
            )
        })
        .collect();
    log_of(&lines.concat())
}

/// A log of these lines: date, time, bytes, status, path, client, forwarded-for.
pub(crate) fn log_of(lines: &str) -> Vec<u8> {
    const HEADER: &str = "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem c-ip \
                          x-forwarded-for\n";
    edgeledger_testkit::gzip(HEADER.to_owned() + lines)
}

pub(crate) fn name(n: usize) -> String {
    format!("E2EXAMPLE1RLS.2026-10-01-{:02}.{n:08x}.gz", n % 24)
}

/// Every row of the lake, in an order of its own.
pub(crate) async fn all_rows(storage: &Storage) -> Vec<Vec<String>> {
    let sql = "SELECT distribution, date, log_file, log_line, time, path, response_bytes, \
               client_ip, forwarded_for FROM requests ORDER BY log_file, log_line, date";
    rows(storage, sql).await
}
