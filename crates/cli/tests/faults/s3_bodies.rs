//! F11, F12, F14 and F15 for objects fetched in one piece: what comes may be broken off, too short,
//! too long, another version, or nothing.

use edgeledger_testkit::{
    gzip,
    s3_server::{Fault, Operation, Rule},
};

use crate::{
    s3_world::{S3World, key, vanished},
    world::{log_text, name},
};

/// A fault on the GET of object 2.
fn on_two(fault: Fault) -> Rule {
    Rule::new(fault).on(Operation::GetObject).key(&name(2))
}

/// Once, it is asked for again; always, the object is left to the next run and named.
async fn a_bad_body(fault: Fault) {
    let world = S3World::small().await;
    world
        .ingest_with(vec![on_two(fault.clone()).once()])
        .await
        .expect(0);
    world.check().await;

    let world = S3World::small().await;
    let ran = world.ingest_with(vec![on_two(fault)]).await.expect(4);
    assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
    assert_eq!(world.server.injected(), 2, "attempts");
    world.check_without(&[&name(2)]).await;
    let ran = world.ingest(&[]).await.expect(0);
    assert!(ran.stderr.contains(", 1 new: 4 rows"), "{}", ran.text());
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_a_connection_reset_in_the_middle_of_an_object() {
    a_bad_body(Fault::Reset { after: 20 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_a_connection_reset_before_the_first_byte() {
    a_bad_body(Fault::DropReply).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_body_shorter_than_listed() {
    a_bad_body(Fault::ShortBody { missing: 9 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_body_longer_than_listed() {
    a_bad_body(Fault::LongBody { extra: 9 }).await;
}

/// The whole object twice would be good gzip, and every row twice.
#[tokio::test(flavor = "multi_thread")]
async fn f12_a_body_given_twice() {
    let (text, _) = log_text(2, 4, None);
    let stored = gzip(text);
    a_bad_body(Fault::OtherBody([&stored[..], &stored[..]].concat().into())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_an_object_overwritten_between_listing_and_fetching() {
    let mut world = S3World::small().await;
    let (text, object) = log_text(2, 9, None);
    let rule = on_two(Fault::Replace(gzip(text).into())).once();
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
    world.know(&name(2), vanished());
    let shown = world
        .look()
        .await
        .unwrap_or_else(|ran| panic!("{}", ran.text()));
    assert_eq!(shown, *world.truth());
    world.know(&name(2), object);
    world.ingest(&[]).await.expect(0);
    world.check_last_records().await;
}

/// A known key with another version: refused and named, until it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn f14_an_ingested_object_that_came_back_as_another_version() {
    let mut world = S3World::small().await;
    world.ingest(&[]).await.expect(0);
    let (text, object) = log_text(2, 9, None);
    let stored = gzip(text);
    world.server.put("logs", &key(&name(2)), &stored).unwrap();
    for _ in 0..2 {
        let ran = world.ingest(&[]).await.expect(4);
        assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
        world.check_without(&[]).await;
    }
    // The exchange fails at first, and the old rows stay.
    let command = world.ingest_command(&["--replace-changed"]);
    let broken = on_two(Fault::Reset { after: 20 });
    world.run_with(vec![broken], command).await.expect(4);
    world.check_without(&[]).await;

    world.know(&name(2), object);
    world.ingest(&["--replace-changed"]).await.expect(0);
    world.check_last_records().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_an_object_gone_after_the_listing_is_recorded_and_may_come_back() {
    let mut world = S3World::small().await;
    let (text, _) = log_text(2, 4, None);
    let rule = on_two(Fault::Remove).once();
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
    let object = world.know(&name(2), vanished());
    world.check().await;
    world.put(&name(2), &gzip(text), object);
    world.ingest(&[]).await.expect(0);
    world.check_last_records().await;
}

/// A 404 for an object that is there: a store that lists before it gives.
#[tokio::test(flavor = "multi_thread")]
async fn f15_an_object_not_yet_there_after_the_listing() {
    let world = S3World::small().await;
    let rule = on_two(Fault::Status(404, "NoSuchKey"));
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(&name(2)), "{}", ran.text());
    world.ingest(&[]).await.expect(0);
    world.check_last_records().await;
}
