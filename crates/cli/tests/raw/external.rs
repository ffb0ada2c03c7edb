//! `CREATE EXTERNAL TABLE … STORED AS CLOUDFRONT`.

use std::{collections::BTreeSet, sync::Arc};

use arrow::util::display::array_value_to_string;
use edgeledger_ingest::Settings;
use edgeledger_query::{CLOUDFRONT, Limits, QueryError, Session, Tables};
use edgeledger_rates::PriceBook;
use edgeledger_raw::{ExternalLogs, RawLogs};
use edgeledger_source::{Aws, AwsSettings, Credentials};
use edgeledger_testkit::s3_server::S3Server;

use crate::world::{World, name, object};

const NOW_US: i64 = 1_800_000_000_000_000;

async fn session(allow_write: bool) -> Session {
    let logs = RawLogs::open(Vec::new(), Settings::default(), NOW_US);
    let logs = logs.await.unwrap();
    let tables = Tables {
        requests: logs.requests(),
        log_files: logs.log_files().unwrap(),
    };
    let book = PriceBook::builtin().unwrap();
    let settings = edgeledger_query::Settings::default();
    let limits = Limits {
        allow_write,
        ..Limits::default()
    };
    let none = BTreeSet::new();
    let session = Session::with_distributions(tables, none, &book, &settings, &limits);
    session.await.unwrap()
}

fn allow(session: &Session, aws: AwsSettings) -> Arc<ExternalLogs> {
    let aws = Arc::new(Aws::new(aws));
    let tables = Arc::new(ExternalLogs::new(aws, Settings::default(), NOW_US));
    session.allow_external_tables(CLOUDFRONT, Arc::clone(&tables) as _);
    tables
}

async fn one(session: &Session, sql: &str) -> String {
    let batches = session.query(sql).await.unwrap();
    let batch = batches.iter().find(|batch| batch.num_rows() > 0).unwrap();
    array_value_to_string(batch.column(0), 0).unwrap()
}

async fn refusal(session: &Session, sql: &str) -> String {
    session.query(sql).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_a_table_once_that_is_allowed() {
    let world = World::new();
    world.put(
        &name("E2EXAMPLE1RLS", "2026-10-01-00"),
        object(&["2026-10-01 00:30:00"; 3]),
    );
    world.put("bad.gz", b"\x1f\x8b\x08");
    let logs = world.logs();
    let create = format!("CREATE EXTERNAL TABLE old STORED AS CLOUDFRONT LOCATION '{logs}'");
    let read_only = session(false).await;
    allow(&read_only, AwsSettings::default());
    let refused = read_only.query(&create).await.unwrap_err();
    assert!(matches!(refused, QueryError::NotReadOnly(_)), "{refused}");
    let session = session(true).await;
    let tables = allow(&session, AwsSettings::default());
    assert!(session.query(&create).await.unwrap().is_empty());
    assert_eq!(one(&session, "SELECT count(*) FROM old").await, "3");
    assert_eq!(one(&session, "SELECT count(*) FROM requests").await, "0");
    let quarantined: Vec<_> = tables
        .opened()
        .iter()
        .flat_map(|logs| logs.summary().quarantined)
        .collect();
    assert_eq!(quarantined.len(), 1, "{quarantined:?}");
    assert!(quarantined[0].0.ends_with("bad.gz"), "{quarantined:?}");
    let again = refusal(&session, &create).await;
    assert!(again.contains("already exists"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_made() {
    let session = session(true).await;
    allow(&session, AwsSettings::default());
    for sql in [
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 's3://logs/cdn/'",
        "CREATE EXTERNAL TABLE savings STORED AS CLOUDFRONT LOCATION '.'",
        "CREATE TABLE x AS SELECT 1 AS one",
        "DROP TABLE requests",
        "SET datafusion.execution.batch_size = 1",
    ] {
        let refused = session.query(sql).await.unwrap_err();
        assert!(
            matches!(refused, QueryError::NotReadOnly(_)),
            "{sql}: {refused}"
        );
    }
    for (sql, message) in [
        (
            "CREATE EXTERNAL TABLE x (a INT) STORED AS CLOUDFRONT LOCATION '.'",
            "columns of CloudFront logs are known",
        ),
        (
            "CREATE EXTERNAL TABLE x STORED AS CLOUDFRONT LOCATION '.' OPTIONS ('a.b' '1')",
            "no option",
        ),
        (
            "CREATE EXTERNAL TABLE x STORED AS CLOUDFRONT LOCATION 'no/such/folder'",
            "cannot read `no/such/folder`",
        ),
        (
            "CREATE EXTERNAL TABLE x STORED AS CLOUDFRONT LOCATION 'ftp://x/y'",
            "unknown scheme `ftp://`",
        ),
    ] {
        let refused = refusal(&session, sql).await;
        assert!(refused.contains(message), "{sql}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_a_table() {
    let world = World::new();
    let server = S3Server::start(&world.path("s3")).await.unwrap();
    server.create_bucket("logs").unwrap();
    for hour in ["2026-10-01-00", "2026-11-01-00"] {
        let time = format!("{} 00:30:00", hour.strip_suffix("-00").unwrap());
        let key = format!("cdn/{}", name("E2EXAMPLE1RLS", hour));
        server.put("logs", &key, object(&[&time])).unwrap();
    }
    let (id, secret) = server.credentials();
    let session = session(true).await;
    allow(
        &session,
        AwsSettings {
            region: Some("us-east-1".to_owned()),
            endpoint_url: Some(server.endpoint()),
            credentials: Some(Credentials {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: None,
            }),
            ..AwsSettings::default()
        },
    );
    let create = "CREATE EXTERNAL TABLE old STORED AS CLOUDFRONT LOCATION 's3://logs/cdn/'";
    session.query(create).await.unwrap();
    let sql = "SELECT count(*) FROM old WHERE date = '2026-11-01'";
    assert_eq!(one(&session, sql).await, "1");
    assert_eq!(server.fetched().len(), 1);
}
