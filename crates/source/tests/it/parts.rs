//! Objects in parts of a thousand bytes.

use std::{io::Read, time::Duration};

use bytes::Bytes;
use edgeledger_source::{Limits, SourceError};
use edgeledger_testkit::s3_server::Fault;

use crate::world::{LIMITS, World, get, numbered, read, texts};

#[tokio::test]
async fn parts_make_up_the_object_whatever_its_size() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    for (n_bytes, n_parts) in [
        (0, 1),
        (1, 1),
        (1_000, 1),
        (1_001, 2),
        (1_999, 2),
        (2_000, 2),
        (2_001, 3),
        (10_500, 11),
    ] {
        let bytes = numbered(n_bytes);
        let object = world.object(&source, &bytes).await;
        assert_eq!(get(&source, &object).await.unwrap(), bytes, "{n_bytes}");
        assert_eq!(world.server.fetched().len(), n_parts, "{n_bytes}");
    }
}

#[tokio::test]
async fn each_part_has_its_own_retries() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let bytes = numbered(3_500);
    let object = world.object(&source, &bytes).await;
    for (n, fault) in [
        Fault::Reset { after: 400 },
        Fault::ShortBody { missing: 7 },
        Fault::LongBody { extra: 7 },
        Fault::Status(503, "SlowDown"),
    ]
    .into_iter()
    .enumerate()
    {
        // Three on the first part, three on the third.
        world.inject_get(fault.clone(), 0, 3);
        world.inject_get(fault.clone(), 5, 3);
        assert_eq!(get(&source, &object).await.unwrap(), bytes, "{fault:?}");
        assert_eq!(world.server.injected(), 6 * (n + 1), "{fault:?}");
        assert_eq!(world.server.fetched().len(), 10 * (n + 1), "{fault:?}");
        world.server.clear_faults();
    }
}

/// Fails the request after `skip` others, and gives what was read until then and the error.
async fn broken(fault: Fault, skip: usize, times: usize) -> (Vec<u8>, SourceError) {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, &numbered(3_500)).await;
    world.inject_get(fault, skip, times);
    let result = match source.fetch(&object).await {
        Ok(content) => {
            let (bytes, end) = read(content).await;
            (bytes, end.unwrap_err())
        }
        Err(error) => (Vec::new(), error),
    };
    assert!(world.server.injected() > 0);
    result
}

#[tokio::test]
async fn other_ranges_than_asked_for_are_refused() {
    for (fault, found) in [
        (Fault::IgnoreRange, "no range (HTTP 200)"),
        (
            Fault::WrongRange { shift: 500 },
            "bytes 500-1499/3500 (HTTP 206)",
        ),
    ] {
        let (bytes, error) = broken(fault.clone(), 0, 1).await;
        assert!(bytes.is_empty());
        assert_eq!(
            error.to_string(),
            format!(
                "`s3://logs/x/a.gz` was asked for bytes 0-999/3500 and the server gave {found}"
            )
        );
        for n_parts in [1, 2] {
            let (bytes, error) = broken(fault.clone(), n_parts, 1).await;
            assert_eq!(bytes, numbered(3_500)[..n_parts * 1_000]);
            assert!(matches!(error, SourceError::Range { .. }), "{error:?}");
            assert!(error.is_of_the_object());
        }
    }
}

#[tokio::test]
async fn versions_are_never_mixed() {
    let other = Bytes::from(vec![b'x'; 3_500]);
    let shorter = Bytes::from(vec![b'x'; 500]);
    for fault in [Fault::Replace(other.clone()), Fault::Replace(shorter)] {
        let (bytes, error) = broken(fault, 2, 1).await;
        assert_eq!(bytes, numbered(3_500)[..2_000]);
        assert!(matches!(error, SourceError::Changed { .. }), "{error:?}");
    }
    let (bytes, error) = broken(Fault::Remove, 2, 1).await;
    assert_eq!(bytes, numbered(3_500)[..2_000]);
    assert!(matches!(error, SourceError::Vanished { .. }), "{error:?}");

    // Also where the store serves whatever is there.
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, &numbered(3_500)).await;
    let content = source.fetch(&object).await.unwrap();
    world.server.put("logs", "x/a.gz", other).unwrap();
    world.inject_get(Fault::IgnoreIfMatch, 0, usize::MAX);
    let (bytes, end) = read(content).await;
    assert_eq!(bytes, numbered(3_500)[..1_000]);
    assert!(matches!(end, Err(SourceError::Changed { .. })), "{end:?}");
    assert_eq!(world.server.injected(), 1);
}

#[tokio::test]
async fn lasting_faults_of_a_part_are_given_up() {
    for (fault, wanted) in [
        (Fault::Reset { after: 10 }, "broke off"),
        (
            Fault::ShortBody { missing: 1 },
            "gave 999 bytes where 1000 were promised",
        ),
        (Fault::Status(503, "SlowDown"), "`SlowDown`"),
    ] {
        let (bytes, error) = broken(fault, 1, usize::MAX).await;
        assert_eq!(bytes, numbered(3_500)[..1_000]);
        let text = texts(&error);
        assert!(text.contains(wanted) && text.contains("x/a.gz"), "{text}");
    }
}

#[tokio::test]
async fn a_hanging_part_ends_in_a_typed_error() {
    let world = World::start().await;
    let limits = Limits {
        idle: Duration::from_millis(300),
        max_attempts: 2,
        ..LIMITS
    };
    let source = world.source(limits).await;
    let object = world.object(&source, &numbered(3_500)).await;
    world.inject_get(Fault::Hang, 1, usize::MAX);
    let (bytes, end) = read(source.fetch(&object).await.unwrap()).await;
    assert_eq!(bytes, numbered(3_500)[..1_000]);
    assert!(matches!(end, Err(SourceError::TimedOut { .. })), "{end:?}");
    assert_eq!(world.server.injected(), 2);
}

#[tokio::test]
async fn one_part_is_read_ahead_and_no_more() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, &numbered(5_000)).await;
    let mut content = source.fetch(&object).await.unwrap();
    let settled = async |n_fetched| {
        while world.server.fetched().len() < n_fetched {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.server.fetched().len()
    };
    assert_eq!(settled(1).await, 1, "nothing is read yet");
    for (n_bytes, n_fetched) in [(1, 2), (998, 2), (1, 2), (1, 3)] {
        let reading = tokio::task::spawn_blocking(move || {
            content.read_exact(&mut vec![0; n_bytes]).unwrap();
            content
        });
        content = reading.await.unwrap();
        assert_eq!(settled(n_fetched).await, n_fetched);
    }
}

#[tokio::test]
async fn a_dropped_reader_ends_its_fetch() {
    let world = World::start().await;
    let limits = Limits {
        idle: Duration::from_millis(300),
        ..LIMITS
    };
    let source = world.source(limits).await;
    let object = world.object(&source, &numbered(5_000)).await;
    world.inject_get(Fault::Hang, 1, usize::MAX);
    let mut content = source.fetch(&object).await.unwrap();
    let reading = tokio::task::spawn_blocking(move || {
        content.read_exact(&mut [0]).unwrap();
        content
    });
    let content = reading.await.unwrap();
    while world.server.injected() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(content);
    // Time for another attempt or two.
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(world.server.injected(), 1);
}
