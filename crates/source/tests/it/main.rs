//! S3 over HTTP, against an embedded server.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod fetch;
mod list;
mod local;
mod parts;
mod secrets;
mod skip;
mod world;

use std::io::Read;

use edgeledger_source::{Aws, AwsSettings, Credentials, Source, SourceError};
use edgeledger_testkit::s3_server::S3Server;

fn aws(server: &S3Server, secret: &str) -> Aws {
    let (id, _) = server.credentials();
    Aws::new(AwsSettings {
        endpoint_url: Some(server.endpoint()),
        region: Some("us-east-1".to_owned()),
        credentials: Some(Credentials {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        }),
        ..AwsSettings::default()
    })
}

async fn server(dir: &tempfile::TempDir) -> (S3Server, Aws) {
    let server = S3Server::start(dir.path()).await.unwrap();
    server.create_bucket("logs").unwrap();
    let aws = aws(&server, server.credentials().1);
    (server, aws)
}

#[tokio::test]
async fn lists_past_the_first_thousand_and_keeps_to_the_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let (server, aws) = server(&dir).await;
    for n in 0..2_300 {
        server
            .put("logs", &format!("cloudfront/{n:05}.gz"), b"x")
            .unwrap();
    }
    server.put("logs", "other/00001.gz", b"x").unwrap();
    server.put("logs", "cloudfront/truth.json", b"{}").unwrap();
    let source = Source::open("s3://logs/cloudfront/", &aws).await.unwrap();
    let listing = source.list(&[]).await.unwrap();
    assert_eq!(listing.objects.len(), 2_300);
    assert_eq!(listing.ignored, ["s3://logs/cloudfront/truth.json"]);
    assert!(listing.objects.is_sorted());
    assert_eq!(listing.objects[7].key, "s3://logs/cloudfront/00007.gz");
    assert!(
        listing
            .objects
            .iter()
            .all(|object| !object.etag.is_empty() && object.size_bytes == 1)
    );
    let pages = server
        .requests()
        .iter()
        .filter(|request| request.contains("list-type=2"))
        .count();
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn fetches_exactly_what_was_listed() {
    let dir = tempfile::tempdir().unwrap();
    let (server, aws) = server(&dir).await;
    let odd = "cloudfront/year=2026/a b+c%2Fd.gz";
    server.put("logs", odd, b"first").unwrap();
    let source = Source::open("s3://logs/cloudfront/", &aws).await.unwrap();
    let object = source.list(&[]).await.unwrap().objects.remove(0);
    assert_eq!(object.key, format!("s3://logs/{odd}"));
    let mut text = String::new();
    source
        .fetch(&object)
        .await
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "first");

    server.put("logs", odd, b"other").unwrap();
    assert!(
        matches!(
            source.fetch(&object).await,
            Err(SourceError::Changed { .. })
        ),
        "same size, other bytes"
    );
    server.remove("logs", odd).unwrap();
    assert!(matches!(
        source.fetch(&object).await,
        Err(SourceError::Vanished { .. })
    ));
}

#[tokio::test]
async fn refusals_name_the_bucket_and_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    let (server, good) = server(&dir).await;
    for (aws, spec, cause) in [
        (&good, "s3://nowhere/x/", "NoSuchBucket"),
        (
            &aws(&server, "wrong"),
            "s3://logs/x/",
            "SignatureDoesNotMatch",
        ),
    ] {
        let error = Source::open(spec, aws)
            .await
            .unwrap()
            .list(&[])
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), format!("cannot list `{spec}`"));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(cause), "{source}");
        assert!(!source.contains("testtest"), "{source}");
    }
    let error = Source::open("s3:///x", &good).await.unwrap_err();
    assert!(matches!(error, SourceError::NoBucket { .. }), "{error}");
}
