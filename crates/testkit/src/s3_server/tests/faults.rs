//! Each fault as a client sees it.

use std::time::{Duration, Instant};

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;

use bytes::Bytes;

use super::*;

/// A client that tries once.
fn client(server: &S3Server) -> aws_sdk_s3::Client {
    let (id, secret) = server.credentials();
    let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(server.endpoint())
        .force_path_style(true)
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// A server with the object `logs/k` of ten bytes.
async fn started() -> (tempfile::TempDir, S3Server, aws_sdk_s3::Client) {
    let (folder, server) = server().await;
    server.put("logs", "k", b"0123456789").unwrap();
    let client = client(&server);
    (folder, server, client)
}

fn get(client: &aws_sdk_s3::Client) -> GetObjectFluentBuilder {
    client.get_object().bucket("logs").key("k")
}

/// Status, `Content-Range` and body.
async fn ask(request: GetObjectFluentBuilder) -> Result<(Option<String>, String), String> {
    let answer = request.send().await.map_err(|error| match &error {
        SdkError::ServiceError(refused) => {
            let status = refused.raw().status().as_u16();
            format!("{status} {}", error.code().unwrap_or_default())
        }
        _ => "no answer".to_owned(),
    })?;
    let range = answer.content_range().map(str::to_owned);
    let length = answer.content_length().unwrap();
    let body = answer.body.collect().await;
    let body = body.map_err(|_| "broke off".to_owned())?.into_bytes();
    assert_eq!(i64::try_from(body.len()).unwrap(), length);
    Ok((range, String::from_utf8(body.to_vec()).unwrap()))
}

async fn body(client: &aws_sdk_s3::Client) -> Result<String, String> {
    ask(get(client)).await.map(|(_, body)| body)
}

#[tokio::test]
async fn a_rule_hits_what_it_says_and_no_more() {
    let (_folder, server, client) = started().await;
    server.put("logs", "other", b"x").unwrap();
    server.inject(
        Rule::new(Fault::Status(503, "SlowDown"))
            .on(Operation::GetObject)
            .key("logs/k")
            .skip(1)
            .times(2),
    );
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(body(&client).await.is_ok());
        let other = client.get_object().bucket("logs").key("other");
        assert!(ask(other).await.is_ok());
        let head = client.head_object().bucket("logs").key("k");
        assert!(head.send().await.is_ok());
    }
    assert_eq!(seen, [true, false, false, true]);
    assert_eq!(server.injected(), 2);
    assert_eq!(
        server.injected_requests()[0],
        "Status GET /logs/k?x-id=GetObject"
    );
    let fetched = server.fetched();
    let of_k = fetched.iter().filter(|name| *name == "logs/k").count();
    assert_eq!(
        (of_k, fetched.len()),
        (4, 8),
        "also those that got no object"
    );
}

#[tokio::test]
async fn errors_carry_their_status_and_code() {
    let (_folder, server, client) = started().await;
    for (status, code) in [
        (503, "SlowDown"),
        (500, "InternalError"),
        (403, "AccessDenied"),
        (400, "ExpiredToken"),
        (404, "NoSuchKey"),
    ] {
        server.inject(Rule::new(Fault::Status(status, code)).once());
        assert_eq!(body(&client).await.unwrap_err(), format!("{status} {code}"));
    }
    assert_eq!(body(&client).await.unwrap(), "0123456789");
    assert_eq!(server.injected(), 5);
}

#[tokio::test]
async fn a_seed_decides_which_requests_are_hit() {
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let (_folder, server, client) = started().await;
        server.inject(Rule::new(Fault::Status(503, "SlowDown")).percent(30, 7));
        let mut hits = Vec::new();
        for _ in 0..100 {
            hits.push(body(&client).await.is_err());
        }
        let n_hits = hits.iter().filter(|hit| **hit).count();
        assert!((15..=45).contains(&n_hits), "{n_hits}");
        assert_eq!(server.injected(), n_hits);
        rounds.push(hits);
    }
    assert_eq!(rounds[0], rounds[1]);
}

#[tokio::test]
async fn bodies_break_off_and_lie() {
    let (_folder, server, client) = started().await;
    for (fault, seen) in [
        (Fault::Reset { after: 4 }, Err("broke off")),
        (Fault::Reset { after: 99 }, Err("broke off")),
        (Fault::ShortBody { missing: 3 }, Ok("0123456")),
        (Fault::LongBody { extra: 2 }, Ok("0123456789xx")),
        (Fault::OtherBody(Bytes::from_static(b"abc")), Ok("abc")),
        (Fault::Delay(Duration::from_millis(1)), Ok("0123456789")),
    ] {
        server.inject(Rule::new(fault.clone()).once());
        let found = body(&client).await;
        assert_eq!(found.as_deref().map_err(String::as_str), seen, "{fault:?}");
    }
    assert_eq!(server.injected(), 6);
}

#[tokio::test]
async fn a_reset_comes_after_the_bytes_that_were_promised() {
    let (_folder, server, client) = started().await;
    server.inject(Rule::new(Fault::Reset { after: 4 }));
    let mut answer = get(&client).send().await.unwrap();
    assert_eq!(answer.content_length(), Some(10));
    assert_eq!(&answer.body.next().await.unwrap().unwrap()[..], b"0123");
    assert!(answer.body.next().await.unwrap().is_err());
}

#[tokio::test]
async fn a_trickle_takes_its_time_and_a_hang_ends_with_the_server() {
    let (_folder, server, client) = started().await;
    server.inject(
        Rule::new(Fault::Trickle {
            bytes: 1,
            every: Duration::from_millis(5),
        })
        .once(),
    );
    let start = Instant::now();
    assert_eq!(body(&client).await.unwrap(), "0123456789");
    assert!(start.elapsed() >= Duration::from_millis(50));

    server.inject(Rule::new(Fault::Hang));
    let hanging = tokio::spawn(async move { body(&client).await });
    while server.injected() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!hanging.is_finished());
    drop(server);
    assert_eq!(hanging.await.unwrap().unwrap_err(), "no answer");
}

#[tokio::test]
async fn ranges_are_ignored_or_mistaken() {
    let (_folder, server, client) = started().await;
    let part = || ask(get(&client).range("bytes=2-4"));
    let good = (Some("bytes 2-4/10".to_owned()), "234".to_owned());
    assert_eq!(part().await.unwrap(), good);
    server.inject(Rule::new(Fault::IgnoreRange).once());
    assert!(body(&client).await.is_ok());
    assert_eq!(server.injected(), 0, "there was no range");
    assert_eq!(part().await.unwrap(), (None, "0123456789".to_owned()));
    server.inject(Rule::new(Fault::WrongRange { shift: 3 }).once());
    let later = (Some("bytes 5-7/10".to_owned()), "567".to_owned());
    assert_eq!(part().await.unwrap(), later);
    assert_eq!(part().await.unwrap(), good);
    assert_eq!(server.injected(), 2);
}

#[tokio::test]
async fn objects_change_and_vanish_between_requests() {
    let (_folder, server, client) = started().await;
    let listed = list(&server).await.remove(0).2;
    let same = || ask(get(&client).if_match(&listed));
    server.inject(
        Rule::new(Fault::Replace(Bytes::from_static(b"9876543210")))
            .on(Operation::GetObject)
            .skip(1)
            .once(),
    );
    assert_eq!(same().await.unwrap().1, "0123456789");
    assert_eq!(same().await.unwrap_err(), "412 PreconditionFailed");
    server.inject(Rule::new(Fault::IgnoreIfMatch).once());
    assert_eq!(same().await.unwrap().1, "9876543210");
    server.inject(Rule::new(Fault::Remove).once());
    assert_eq!(same().await.unwrap_err(), "404 NoSuchKey");
    assert_eq!(server.injected(), 3);
}

#[tokio::test]
async fn writes_are_applied_though_the_answer_is_lost() {
    let (_folder, server, client) = started().await;
    let put = |key: &str| {
        client
            .put_object()
            .bucket("logs")
            .key(key)
            .if_none_match("*")
            .body(ByteStream::from_static(b"mine"))
            .send()
    };
    server.inject(Rule::new(Fault::DropReply).on(Operation::PutObject).once());
    assert!(put("commit-1").await.unwrap_err().raw_response().is_none());
    let fault = Fault::ErrorReply(500, "InternalError");
    server.inject(Rule::new(fault).on(Operation::PutObject).once());
    assert_eq!(
        put("commit-2").await.unwrap_err().code(),
        Some("InternalError")
    );
    let names: Vec<_> = list(&server).await.into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["commit-1", "commit-2", "k"]);

    let again = put("commit-1").await.unwrap_err();
    assert_eq!(again.code(), Some("PreconditionFailed"));
    server.inject(Rule::new(Fault::IgnoreConditional));
    assert!(put("commit-1").await.is_ok());
    assert_eq!(server.injected(), 3);
}

#[tokio::test]
async fn listings_break_repeat_and_lead_nowhere() {
    let (_folder, server) = server().await;
    for n in 0..5 {
        server.put("logs", &format!("{n}"), b"x").unwrap();
    }
    server.limit_pages(2);
    let client = client(&server);
    let pages = || async {
        let mut pages = client
            .list_objects_v2()
            .bucket("logs")
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let Ok(page) = page else {
                keys.push("error".to_owned());
                break;
            };
            let given = page.contents().iter().filter_map(|object| object.key());
            keys.push(given.collect());
        }
        keys
    };
    assert_eq!(pages().await, ["01", "23", "4"]);
    server.inject(
        Rule::new(Fault::Status(500, "InternalError"))
            .on(Operation::ListObjectsV2)
            .skip(1)
            .once(),
    );
    assert_eq!(pages().await, ["01", "error"]);
    server.inject(Rule::new(Fault::RepeatPage).skip(1).once());
    assert_eq!(pages().await, ["01", "23", "23", "4"]);
    server.inject(Rule::new(Fault::LoseToken).skip(1).once());
    assert_eq!(pages().await, ["01", "23"]);
    server.inject(Rule::new(Fault::RepeatPage).skip(1));
    // The SDK's paginator ends without a word when the token does not change.
    assert_eq!(pages().await, ["01", "23", "23"]);
    server.clear_faults();
    server.inject(Rule::new(Fault::ReversePage).skip(1).once());
    assert_eq!(pages().await, ["01", "32", "4"]);
    assert_eq!(server.injected(), 6);
}
