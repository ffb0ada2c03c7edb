//! F10: a server that hangs or gives a byte now and then. The limits are half a minute without a
//! byte and two minutes an attempt, and the command has no flags for them: long form only.

use std::time::Duration;

use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::{
    is_long,
    s3_world::S3World,
    world::{Truth, name},
};

fn trickle() -> Fault {
    Fault::Trickle {
        bytes: 1,
        every: Duration::from_secs(10),
    }
}

fn skipped() -> bool {
    if !is_long() {
        tell!("SKIPPED: minutes of waiting; EDGELEDGER_FAULTS=long runs it");
    }
    !is_long()
}

async fn on_an_object(fault: Fault) {
    let world = S3World::small().await;
    let rule = Rule::new(fault).on(Operation::GetObject).key(&name(2));
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
    assert!(ran.stderr.contains("timed out"), "{}", ran.text());
    world.check_without(&[&name(2)]).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

async fn on_the_listing(fault: Fault) {
    let world = S3World::small().await;
    let rule = Rule::new(fault).on(Operation::ListObjectsV2).key("logs/");
    let ran = world.ingest_with(vec![rule]).await.expect(1);
    ran.typed_error();
    assert!(ran.stderr.contains("timed out"), "{}", ran.text());
    world.check_whole_versions(&Truth::new()).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_an_object_that_hangs() {
    if !skipped() {
        on_an_object(Fault::Hang).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_an_object_that_trickles() {
    if !skipped() {
        on_an_object(trickle()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_listing_that_hangs() {
    if !skipped() {
        on_the_listing(Fault::Hang).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_listing_that_trickles() {
    if !skipped() {
        on_the_listing(trickle()).await;
    }
}

/// A data file's write, and a commit's.
#[tokio::test(flavor = "multi_thread")]
async fn f10_a_write_to_the_lake_that_hangs() {
    if skipped() {
        return;
    }
    for part in ["requests/distribution=", "requests/_delta_log/"] {
        let mut world = S3World::small().await;
        world.ingest(&[]).await.expect(0);
        let before = world.truth().clone();
        world.add(8, 3);
        let rule = Rule::new(Fault::Hang).on(Operation::PutObject).key(part);
        world.ingest_with(vec![rule]).await.typed_error();
        assert_eq!(world.check_whole_versions(&before).await, before);
        world.ingest(&[]).await.expect(0);
        world.check().await;
    }
}
