//! Listings: every key once, or an error.

use std::time::{Duration, Instant};

use edgeledger_source::{Limits, LogObject, SkipRange, Source, SourceError};
use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::world::{LIMITS, World, texts};

fn names(objects: &[LogObject]) -> Vec<String> {
    objects.iter().map(|object| object.key.clone()).collect()
}

/// Puts so many objects and gives their addresses.
fn put(world: &World, n: usize) -> Vec<String> {
    let keys = (0..n).map(|n| format!("x/{n:05}.gz"));
    keys.map(|key| {
        world.server.put("logs", &key, b"x").unwrap();
        format!("s3://logs/{key}")
    })
    .collect()
}

fn inject_list(world: &World, fault: Fault, skip: usize, times: usize) {
    let rule = Rule::new(fault).on(Operation::ListObjectsV2);
    world.server.inject(rule.skip(skip).times(times));
}

async fn refused(source: &Source) -> String {
    let error = source.list(&[]).await.unwrap_err();
    assert!(matches!(error, SourceError::List { .. }), "{error:?}");
    assert!(!error.is_of_the_object());
    let text = texts(&error);
    assert!(text.starts_with("cannot list `s3://logs/x/`"), "{text}");
    text
}

#[tokio::test]
async fn no_key_is_lost_where_pages_meet() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    world.server.limit_pages(10);
    let mut keys = Vec::new();
    for n in [0, 1, 9, 10, 11, 20, 21] {
        keys = put(&world, n);
        world.server.clear_requests();
        assert_eq!(names(&source.list(&[]).await.unwrap().objects), keys);
        let n_pages = n.div_ceil(10).max(1);
        assert_eq!(world.server.requests().len(), n_pages, "{n}");
    }
    assert_eq!(keys.len(), 21);
    world.server.limit_pages(1_000);
    for n in [1_000, 1_001] {
        let keys = put(&world, n);
        assert_eq!(names(&source.list(&[]).await.unwrap().objects), keys);
    }
}

#[tokio::test]
async fn a_page_that_fails_fails_the_listing() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    world.server.limit_pages(3);
    let keys = put(&world, 10);
    let passing = [
        Fault::Status(500, "InternalError"),
        Fault::Reset { after: 400 },
        Fault::ShortBody { missing: 1 },
        Fault::ShortBody { missing: 200 },
        Fault::DropReply,
    ];
    for (n, fault) in passing.into_iter().enumerate() {
        inject_list(&world, fault.clone(), 2, 3);
        let listing = source.list(&[]).await;
        assert_eq!(names(&listing.unwrap().objects), keys, "{fault:?}");
        assert_eq!(world.server.injected(), 3 * (n + 1), "{fault:?}");
        world.server.clear_faults();
    }
    for (fault, n_attempts, why) in [
        (Fault::Status(500, "InternalError"), 4, "`InternalError`"),
        (Fault::Status(403, "AccessDenied"), 1, "`AccessDenied`"),
        // The last tags, the last object, and in the middle of it.
        (Fault::ShortBody { missing: 30 }, 4, "has no end"),
        (Fault::ShortBody { missing: 19 }, 4, "has no end"),
        (Fault::ShortBody { missing: 120 }, 4, ""),
    ] {
        let before = world.server.injected();
        inject_list(&world, fault, 2, usize::MAX);
        let text = refused(&source).await;
        assert!(text.contains(why), "{text}");
        assert_eq!(world.server.injected() - before, n_attempts, "{text}");
        world.server.clear_faults();
    }
}

#[tokio::test]
async fn a_hanging_listing_ends_and_says_so() {
    let world = World::start().await;
    let limits = Limits {
        idle: Duration::from_millis(60),
        attempt: Duration::from_millis(300),
        max_attempts: 2,
        ..LIMITS
    };
    put(&world, 3);
    let source = world.source(limits).await;
    let every = Duration::from_millis(10);
    for fault in [Fault::Hang, Fault::Trickle { bytes: 1, every }] {
        let (start, before) = (Instant::now(), world.server.injected());
        inject_list(&world, fault.clone(), 0, usize::MAX);
        let text = refused(&source).await;
        assert!(text.contains("timed out"), "{fault:?}: {text}");
        assert_eq!(world.server.injected() - before, 2, "{fault:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{fault:?}");
        world.server.clear_faults();
    }
}

#[tokio::test]
async fn a_page_that_comes_twice_counts_once() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    world.server.limit_pages(3);
    let keys = put(&world, 10);
    for skip in [0, 1, 3] {
        inject_list(&world, Fault::RepeatPage, skip, 1);
        world.server.clear_requests();
        assert_eq!(names(&source.list(&[]).await.unwrap().objects), keys);
        assert_eq!(world.server.requests().len(), 5);
        world.server.clear_faults();
    }
    assert_eq!(world.server.injected(), 3);
}

#[tokio::test]
async fn of_a_key_that_comes_twice_the_last_version_counts() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let keys = put(&world, 3);
    inject_list(&world, Fault::RepeatPage, 0, 1);
    inject_list(&world, Fault::Delay(Duration::from_millis(100)), 1, 1);
    let overwrite = async {
        while world.server.injected() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        world.server.put("logs", "x/00001.gz", b"longer").unwrap();
    };
    let (listing, ()) = tokio::join!(source.list(&[]), overwrite);
    let objects = listing.unwrap().objects;
    assert_eq!(names(&objects), keys);
    let sizes: Vec<_> = objects.iter().map(|object| object.size_bytes).collect();
    assert_eq!(sizes, [1, 6, 1]);
}

#[tokio::test]
async fn a_listing_that_leads_nowhere_is_an_error() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    world.server.limit_pages(3);
    put(&world, 10);
    inject_list(&world, Fault::RepeatPage, 1, usize::MAX);
    let text = refused(&source).await;
    assert!(text.contains("leads back to a page"), "{text}");
    assert_eq!(world.server.injected(), 2);
    world.server.clear_faults();

    inject_list(&world, Fault::LoseToken, 1, 1);
    let text = refused(&source).await;
    assert!(text.contains("there is more, but no token"), "{text}");
    assert_eq!(world.server.injected(), 3);
}

#[tokio::test]
async fn old_keys_cost_one_page_a_range() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let mut wanted = Vec::new();
    let mut skip = Vec::new();
    for distribution in ["E1", "E2", "E3"] {
        for day in 1..=28 {
            for hour in ["00", "09", "23"] {
                let key = format!("x/{distribution}.2026-10-{day:02}-{hour}.f00d.gz");
                world.server.put("logs", &key, b"x").unwrap();
                if day >= 27 {
                    wanted.push(format!("s3://logs/{key}"));
                }
            }
        }
        skip.push(SkipRange {
            prefix: format!("s3://logs/x/{distribution}."),
            from: format!("s3://logs/x/{distribution}.2026-10-27-00"),
        });
    }
    world.server.put("logs", "x/E4.gz", b"x").unwrap();
    wanted.push("s3://logs/x/E4.gz".to_owned());
    world.server.limit_pages(10);
    world.server.clear_requests();
    let listing = source.list(&skip).await.unwrap();
    assert_eq!(names(&listing.objects), wanted);
    // One in each range, and behind each a page with its six keys and the first of the next.
    assert_eq!(world.server.requests().len(), 4);
    world.server.clear_requests();
    let all = source.list(&[]).await.unwrap();
    assert_eq!(all.objects.len(), 3 * 28 * 3 + 1);
    assert_eq!(world.server.requests().len(), 26);

    // Nothing may be jumped over where keys have no order.
    inject_list(&world, Fault::ReversePage, 0, usize::MAX);
    assert_eq!(names(&source.list(&skip).await.unwrap().objects), wanted);
    assert!(world.server.injected() >= 26);
}
