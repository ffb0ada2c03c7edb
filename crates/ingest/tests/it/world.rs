//! Sources, lakes and the shared check.

use std::{path::Path, sync::Arc};

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
    let sql = "SELECT key, count(*) FROM log_files WHERE status = 'ingested' GROUP BY key, etag HAVING count(*) > 1";
    assert_eq!(
        rows(storage, sql).await,
        Vec::<Vec<String>>::new(),
        "an object is recorded twice"
    );
}
