//! F16, F17 and F19: listings that fail, repeat or end early, late names, and overlapping sources.

use edgeledger_testkit::{
    gzip,
    s3_server::{Fault, Operation, Rule},
};

use crate::{
    s3_world::S3World,
    short_or_long,
    world::{Truth, log_text},
};

fn on_page(fault: Fault, page: usize) -> Rule {
    Rule::new(fault)
        .on(Operation::ListObjectsV2)
        .key("logs/")
        .skip(page)
}

/// Three objects a page: the error comes on the first, a middle or the last one.
#[tokio::test(flavor = "multi_thread")]
async fn f16_an_error_on_any_page_of_the_listing() {
    let mut world = S3World::small().await;
    world.server.limit_pages(3);
    let mut before = Truth::new();
    for (status, code) in [(500, "InternalError"), (403, "AccessDenied")] {
        for page in 0..3 {
            let rule = on_page(Fault::Status(status, code), page);
            let command = world.ingest_command(&["--full"]);
            let ran = world.run_with(vec![rule], command).await.expect(1);
            ran.typed_error();
            assert!(ran.stderr.contains("s3://logs/cdn/"), "{}", ran.text());
            assert!(ran.stderr.contains(code), "{}", ran.text());
            // Nothing advances, also not by the pages before.
            assert_eq!(world.check_whole_versions(&before).await, before);
        }
        world.ingest(&[]).await.expect(0);
        world.check().await;
        before = world.truth().clone();
        for n in 8..11 {
            world.add(n, 2);
        }
    }
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_pages_that_repeat_break_off_or_have_no_order() {
    // In the last tag, which is missed, and in the middle of an entry, which cannot be read.
    let cut = Fault::ShortBody { missing: 9 };
    let cut_earlier = Fault::ShortBody { missing: 300 };
    let lost = "more, but no token";
    for (rule, told) in [
        (on_page(Fault::RepeatPage, 1).once(), None),
        (on_page(Fault::ReversePage, 0), None),
        (on_page(cut.clone(), 1).once(), None),
        (on_page(Fault::RepeatPage, 1), Some("a page it gave before")),
        (on_page(Fault::LoseToken, 1), Some(lost)),
        (on_page(cut, 1), Some("has no end")),
        (on_page(cut_earlier, 1), Some("cannot list")),
    ] {
        let world = S3World::small().await;
        world.server.limit_pages(3);
        let ran = world.ingest_with(vec![rule]).await;
        if let Some(told) = told {
            let ran = ran.expect(1);
            assert!(ran.stderr.contains(told), "{}", ran.text());
            world.check_whole_versions(&Truth::new()).await;
            world.ingest(&[]).await.expect(0);
        } else {
            ran.expect(0);
        }
        world.check().await;
    }
}

/// Pages of every size, also of the lake's own listings.
#[tokio::test(flavor = "multi_thread")]
async fn f16_pages_of_every_size() {
    for keys in (1..9).step_by(short_or_long(3, 1)) {
        let mut world = S3World::small().await;
        world.server.limit_pages(keys);
        world.ingest(&[]).await.expect(0);
        world.check().await;
        world.add(8, 2);
        world.ingest(&[]).await.expect(0);
        world.check().await;
        let pages = world.server.requests();
        let pages = pages
            .iter()
            .filter(|line| line.contains("continuation-token"));
        assert!(pages.count() > 0, "one page was enough");
    }
}

/// Adds an object of another hour.
fn add_late(world: &mut S3World, name: &str, n: usize) {
    let (text, object) = log_text(n, 2, None);
    world.put(name, &gzip(text), object);
}

#[tokio::test(flavor = "multi_thread")]
async fn f17_late_objects_inside_the_look_back_are_found() {
    let mut world = S3World::small().await;
    world.ingest(&[]).await.expect(0);
    for (n, hour) in ["2026-10-05-00", "2026-10-04-06", "2026-09-28-06"]
        .iter()
        .enumerate()
    {
        add_late(
            &mut world,
            &format!("E2EXAMPLE1RLS.{hour}.a000000{n}.gz"),
            20 + n,
        );
        let ran = world.ingest(&[]).await.expect(0);
        assert!(
            ran.stderr.contains("from the look-back on"),
            "{}",
            ran.text()
        );
        world.check().await;
    }
    // A distribution that no mark knows.
    add_late(&mut world, "A-FIRST.2020-01-01-00.a0000009.gz", 30);
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

/// Older than the look-back: left to the next full listing, which comes by itself after a week.
#[tokio::test(flavor = "multi_thread")]
async fn f17_late_objects_behind_the_look_back_wait_for_a_full_listing() {
    const NOTE: &str = "cdn/_edgeledger/listed.json";
    const OLD: &str = "E2EXAMPLE1RLS.2026-08-26-00.a0000002.gz";
    for full_by_itself in [false, true] {
        let mut world = S3World::small().await;
        world.ingest(&[]).await.expect(0);
        add_late(&mut world, OLD, 20);
        let ran = world.ingest(&[]).await.expect(0);
        assert!(ran.stderr.contains(", 0 new: 0 rows"), "{}", ran.text());
        assert!(ran.stderr.contains("--full lists all"), "{}", ran.text());
        world.check_without(&[OLD]).await;
        if full_by_itself {
            // As if eight days had gone by.
            let mut note: serde_json::Value =
                serde_json::from_slice(&world.stored("lake", NOTE)).unwrap();
            let last = &mut note["full_us"]["s3://logs/cdn/"];
            *last = (last.as_i64().unwrap() - 8 * 86_400_000_000).into();
            world.server.put("lake", NOTE, note.to_string()).unwrap();
            world.ingest(&[]).await.expect(0);
        } else {
            world.ingest(&["--full"]).await.expect(0);
        }
        world.check().await;
    }
}

/// An incomplete run leaves no mark: what it did not read is listed again, however old.
#[tokio::test(flavor = "multi_thread")]
async fn f17_an_object_that_failed_is_listed_again_however_old_it_is() {
    const OLD: &str = "E2EXAMPLE1RLS.2020-01-01-00.a0000002.gz";
    let mut world = S3World::small().await;
    add_late(&mut world, OLD, 20);
    let broken = Rule::new(Fault::Reset { after: 20 })
        .on(Operation::GetObject)
        .key(OLD);
    world.ingest_with(vec![broken]).await.expect(4);
    world.check_without(&[OLD]).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_overlapping_sources_give_each_object_once() {
    let world = S3World::small().await;
    let first = [
        "s3://logs/cdn/",
        "s3://logs/",
        "s3://logs/cdn/E2EXAMPLE1RLS",
    ];
    let mut last = first;
    last.reverse();
    for (sources, new) in [
        (first, "8 new"),
        (last, "0 new"),
        (["s3://logs"; 3], "0 new"),
    ] {
        let args = [&["ingest"], &sources[..], &["--lake", &world.lake]].concat();
        let ran = world.run(world.command(&args)).await.expect(0);
        assert!(ran.stderr.contains(new), "{sources:?}: {}", ran.text());
        world.check().await;
    }
}
