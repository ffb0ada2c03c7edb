//! F31: credentials that expire, and doors that are closed.

use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::{
    s3_world::S3World,
    world::{Truth, name},
};

/// S3 repeats the token in this answer.
const EXPIRED: Fault = Fault::Status(
    400,
    concat!(
        "ExpiredToken</Code><Token-0>IQoJb3JpZ2luX2VjE",
        "CANARYenvironmentSecretKeyThatMustNotComeOut",
        "CANARYenvironmentSecretKeyThatMustNotComeOut",
        "CANARYenvironmentSecretKeyThatMustNotComeOut",
        "CANARYenvironmentSecretKeyThatMustNotComeOut",
        "</Token-0><Code>ExpiredToken"
    ),
);
const DENIED: Fault = Fault::Status(403, "AccessDenied");

#[tokio::test(flavor = "multi_thread")]
async fn f31_credentials_expire_between_two_logs() {
    let world = S3World::small().await;
    let expired = Rule::new(EXPIRED).on(Operation::GetObject).key("logs/");
    let ran = world.ingest_with(vec![expired.skip(3)]).await.expect(1);
    ran.typed_error();
    assert!(ran.stderr.contains("ExpiredToken"), "{}", ran.text());
    // What was read before is committed.
    let shown = world.check_whole_versions(&Truth::new()).await;
    assert_eq!(shown.len(), 3, "{}", ran.text());
    let ran = world.ingest(&[]).await.expect(0);
    assert!(ran.stderr.contains(", 5 new"), "{}", ran.text());
    world.check().await;
}

/// From the n-th request to the lake on.
#[tokio::test(flavor = "multi_thread")]
async fn f31_credentials_expire_at_any_request_to_the_lake() {
    let mut world = S3World::small().await;
    let mut n = 0;
    for at in (0..1_000).step_by(crate::short_or_long(24, 3)) {
        n += 1;
        world.lake = format!("s3://lake/cdn{n}");
        let before = world.server.injected();
        world
            .server
            .inject(Rule::new(EXPIRED).key("lake/").skip(at));
        let ran = world.ingest(&[]).await;
        let n_faults = world.server.injected() - before;
        world.server.clear_faults();
        if n_faults == 0 {
            break;
        }
        if ran.code() == Some(0) {
            // A note or the replay's end: the next run has it.
            world.check().await;
            continue;
        }
        ran.typed_error();
        world.check_whole_versions(&Truth::new()).await;
        world.ingest(&[]).await.expect(0);
        world.check().await;
    }
    tell!("{n} points tried");
    assert!(n > 2, "{n} points");
}

#[tokio::test(flavor = "multi_thread")]
async fn f31_readers_are_told_without_the_token() {
    let world = S3World::small().await;
    world.ingest(&[]).await.expect(0);
    for rule in [
        Rule::new(EXPIRED).key("lake/"),
        Rule::new(EXPIRED).on(Operation::GetObject).key("parquet"),
        Rule::new(DENIED).key("lake/"),
    ] {
        let command = world.command(&["sql", "--lake", &world.lake, crate::world::LOOK]);
        let ran = world.run_with(vec![rule], command).await;
        ran.typed_error();
    }
    world.check().await;
}

/// One object that may not be read is an object's trouble; all are the run's, told by code 1 from
/// 50 in a row on.
#[tokio::test(flavor = "multi_thread")]
async fn f31_logs_that_may_not_be_read() {
    let mut world = S3World::small().await;
    let denied = || Rule::new(DENIED).on(Operation::GetObject).key("logs/");
    let ran = world.ingest_with(vec![denied()]).await.expect(4);
    for n in 0..8 {
        assert!(ran.stderr.contains(&name(n)), "{}", ran.text());
    }
    assert!(ran.stderr.contains("AccessDenied"), "{}", ran.text());
    let one = denied().key(&name(2));
    world.ingest_with(vec![one]).await.expect(4);
    world.check_without(&[&name(2)]).await;
    for n in 8..80 {
        world.add(n, 1);
    }
    world
        .ingest_with(vec![denied()])
        .await
        .expect(1)
        .typed_error();
    let before = world
        .look()
        .await
        .unwrap_or_else(|ran| panic!("{}", ran.text()));
    assert_eq!(before.len(), 7);
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f31_a_lake_that_may_not_be_written() {
    let mut world = S3World::small().await;
    let denied = |part: &str| Rule::new(DENIED).on(Operation::PutObject).key(part);
    let ran = world.ingest_with(vec![denied("lake/")]).await.expect(1);
    ran.typed_error();
    assert!(ran.stderr.contains("AccessDenied"), "{}", ran.text());
    world.check_whole_versions(&Truth::new()).await;
    world.ingest(&[]).await.expect(0);
    let before = world.truth().clone();
    world.add(8, 3);
    for part in ["/requests/distribution=", "/requests/_delta_log/"] {
        let ran = world.ingest_with(vec![denied(part)]).await.expect(1);
        assert!(ran.stderr.contains("AccessDenied"), "{}", ran.text());
        assert_eq!(world.check_whole_versions(&before).await, before);
    }
    world.ingest(&[]).await.expect(0);
    world.check().await;
}
