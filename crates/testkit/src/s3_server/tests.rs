mod faults;

use s3s::dto::{ETagCondition, GetObjectInput, ListObjectsV2Input, PutObjectInput, StreamingBlob};
use s3s::{Body, S3};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::store::internal;
use super::*;

async fn server() -> (tempfile::TempDir, S3Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = S3Server::start(folder.path()).await.unwrap();
    server.create_bucket("logs").unwrap();
    (folder, server)
}

async fn list(server: &S3Server) -> Vec<(String, i64, String)> {
    let input = ListObjectsV2Input {
        bucket: "logs".to_owned(),
        ..Default::default()
    };
    let output = server
        .store
        .list_objects_v2(internal(input))
        .await
        .unwrap()
        .output;
    output
        .contents
        .unwrap_or_default()
        .into_iter()
        .map(|o| {
            (
                o.key.unwrap(),
                o.size.unwrap(),
                o.e_tag.unwrap().value().to_owned(),
            )
        })
        .collect()
}

async fn etag(server: &S3Server, key: &str) -> String {
    let input = GetObjectInput {
        bucket: "logs".to_owned(),
        key: key.to_owned(),
        ..Default::default()
    };
    let output = server
        .store
        .get_object(internal(input))
        .await
        .unwrap()
        .output;
    output.e_tag.unwrap().value().to_owned()
}

fn put_input(key: &str, body: &'static str) -> PutObjectInput {
    PutObjectInput {
        bucket: "logs".to_owned(),
        key: key.to_owned(),
        body: Some(StreamingBlob::from(Body::from(bytes::Bytes::from_static(
            body.as_bytes(),
        )))),
        ..Default::default()
    }
}

#[tokio::test]
async fn put_objects_are_listed_with_the_etag_that_get_gives() {
    let (_folder, server) = server().await;
    server.put("logs", "cloudfront/a/x.gz", b"one").unwrap();
    server.put("logs", "cloudfront/b/y.gz", b"two").unwrap();
    let before = list(&server).await;
    assert_eq!(before.len(), 2);
    // md5 of "one"
    assert_eq!(
        before[0],
        (
            "cloudfront/a/x.gz".to_owned(),
            3,
            "f97c5d29941bfb1b2fdab0874906ab82".to_owned()
        )
    );
    assert_eq!(etag(&server, "cloudfront/a/x.gz").await, before[0].2);

    server.put("logs", "cloudfront/a/x.gz", b"six").unwrap();
    let after = list(&server).await;
    assert_ne!(after[0].2, before[0].2);
    assert_eq!(after[1], before[1]);
    assert_eq!(server.fetched(), ["logs/cloudfront/a/x.gz"]);
    server.clear_requests();
    assert!(server.requests().is_empty() && server.fetched().is_empty());
}

#[tokio::test]
async fn put_replaces_an_object_that_came_over_the_network() {
    let (_folder, server) = server().await;
    server
        .store
        .put_object(internal(put_input("k", "over the network")))
        .await
        .unwrap();
    let first = etag(&server, "k").await;
    server.put("logs", "k", b"direct").unwrap();
    assert_ne!(etag(&server, "k").await, first);
    assert_eq!(list(&server).await[0].2, etag(&server, "k").await);
    server.remove("logs", "k").unwrap();
    assert!(list(&server).await.is_empty());
}

#[tokio::test]
async fn exactly_one_conditional_put_wins() {
    let (_folder, server) = server().await;
    for round in 0..5 {
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let mut input = put_input(&format!("commit-{round}"), "mine");
            input.if_none_match = Some(ETagCondition::Any);
            let store = server.store.clone();
            tasks.spawn(async move { store.put_object(internal(input)).await.is_ok() });
        }
        let n_won = tasks
            .join_all()
            .await
            .into_iter()
            .filter(|won| *won)
            .count();
        assert_eq!(n_won, 1, "round {round}");
    }
}

#[tokio::test]
async fn get_refuses_another_version_than_asked_for() {
    let (_folder, server) = server().await;
    server.put("logs", "k", b"one").unwrap();
    let get = |etag: &str| GetObjectInput {
        bucket: "logs".to_owned(),
        key: "k".to_owned(),
        if_match: Some(ETagCondition::parse_http_header(etag.as_bytes()).unwrap()),
        ..Default::default()
    };
    let right = get("\"f97c5d29941bfb1b2fdab0874906ab82\"");
    assert!(server.store.get_object(internal(right)).await.is_ok());
    let error = server
        .store
        .get_object(internal(get("\"0\"")))
        .await
        .unwrap_err();
    assert_eq!(*error.code(), s3s::S3ErrorCode::PreconditionFailed);
}

#[tokio::test]
async fn answers_http_refuses_the_unsigned_and_ends_with_its_handle() {
    let (_folder, server) = server().await;
    let address = server.address;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = "GET /logs?list-type=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(server.requests().is_empty());

    drop(server);
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn bad_object_names_are_refused() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_folder, server) = runtime.block_on(server());
    for key in ["../x", "/etc/x", "a//b", "a/../../b"] {
        assert!(server.put("logs", key, b"").is_err(), "{key}");
    }
}
