//! F11, F13 and F14 for an object large enough to be fetched in parts of 8 MiB.

use std::{fmt::Write, sync::OnceLock};

use edgeledger_testkit::{
    gzip,
    s3_server::{Fault, Operation, Rule},
};

use crate::{
    s3_world::{S3World, vanished},
    seeded::Seeded,
    world::{HEADER, Object, log_text},
};

const NAME: &str = "E2EXAMPLE1RLS.2026-10-05-09.0a12be00.gz";

/// An object of two parts: lines that do not compress well.
fn large() -> &'static (Vec<u8>, Object) {
    static LARGE: OnceLock<(Vec<u8>, Object)> = OnceLock::new();
    LARGE.get_or_init(|| {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let (mut text, mut seeded) = (HEADER.to_owned(), Seeded(13));
        let mut object = Object {
            status: "ingested",
            ..Object::default()
        };
        for row in 0..1_650_u64 {
            write!(text, "2026-10-05\t09:00:00\t{row}\t200\t/").unwrap();
            for _ in 0..800 {
                let mut bits = seeded.next();
                for _ in 0..10 {
                    text.push(char::from(LETTERS[(bits & 63) as usize]));
                    bits >>= 6;
                }
            }
            text.push_str("\t-\t-\n");
            object.rows.push((row + 3, row));
        }
        let stored = gzip(text);
        let part = 8 << 20;
        assert!(
            (part + 1..2 * part).contains(&stored.len()),
            "{}",
            stored.len()
        );
        (stored, object)
    })
}

async fn with_large() -> S3World {
    let mut world = S3World::empty().await;
    for n in 0..3 {
        world.add(n, 2);
    }
    let (stored, object) = large();
    world.put(NAME, stored, object.clone());
    world
}

fn on_large(fault: Fault) -> Rule {
    Rule::new(fault).on(Operation::GetObject).key(NAME)
}

/// Nothing of the object is in, everything else is, and the next run reads it.
async fn left_open(rule: Rule) {
    let world = with_large().await;
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(NAME), "{}", ran.text());
    world.check_without(&[NAME]).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_a_connection_reset_once_in_each_part() {
    let world = with_large().await;
    let reset = || on_large(Fault::Reset { after: 100_000 });
    // The second part's first attempt is the third request.
    let ran = world
        .ingest_with(vec![reset().once(), reset().skip(2).once()])
        .await;
    ran.expect(0);
    assert_eq!(world.server.injected(), 2);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_a_connection_reset_for_good_in_the_second_part() {
    left_open(on_large(Fault::Reset { after: 100_000 }).skip(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_the_whole_object_for_its_first_part() {
    left_open(on_large(Fault::IgnoreRange)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_the_whole_object_for_its_second_part() {
    left_open(on_large(Fault::IgnoreRange).skip(1)).await;
}

/// A part that broke off is asked for again: the answer must not be put behind what came before.
#[tokio::test(flavor = "multi_thread")]
async fn f13_the_whole_object_after_a_reset() {
    let world = with_large().await;
    let rules = vec![
        on_large(Fault::Reset { after: 100_000 }).once(),
        on_large(Fault::IgnoreRange),
    ];
    let ran = world.ingest_with(rules).await.expect(4);
    assert!(ran.stderr.contains(NAME), "{}", ran.text());
    world.check_without(&[NAME]).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_another_range_for_the_first_part() {
    left_open(on_large(Fault::WrongRange { shift: 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_another_range_for_the_second_part() {
    left_open(on_large(Fault::WrongRange { shift: 1 }).skip(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_an_object_overwritten_between_its_parts() {
    let mut world = with_large().await;
    let (text, object) = log_text(9, 7, None);
    let stored = gzip(text).into();
    let rule = on_large(Fault::Replace(stored)).skip(1).once();
    let ran = world.ingest_with(vec![rule]).await.expect(4);
    assert!(ran.stderr.contains(NAME), "{}", ran.text());
    // Nothing of either version is in.
    let shown = world
        .look()
        .await
        .unwrap_or_else(|ran| panic!("{}", ran.text()));
    if let Some(shown) = shown.get(NAME) {
        assert_eq!(*shown, vanished());
    }
    world.know(NAME, object);
    world.ingest(&[]).await.expect(0);
    world.check_last_records().await;
}
