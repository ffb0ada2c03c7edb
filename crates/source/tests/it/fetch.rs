//! Objects in one piece, on a bad day.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use edgeledger_source::{Aws, Limits, Source, SourceError};
use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::world::{LIMITS, World, get, numbered, texts};

#[tokio::test]
async fn passing_faults_leave_no_trace_in_the_bytes() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let bytes = numbered(900);
    let object = world.object(&source, &bytes).await;
    for (n, fault) in [
        Fault::Reset { after: 0 },
        Fault::Reset { after: 333 },
        Fault::ShortBody { missing: 1 },
        Fault::LongBody { extra: 1 },
        Fault::Status(503, "SlowDown"),
        Fault::Status(500, "InternalError"),
        Fault::DropReply,
        Fault::ErrorReply(500, "InternalError"),
    ]
    .into_iter()
    .enumerate()
    {
        world.inject_get(fault.clone(), 0, 3);
        let found = get(&source, &object).await;
        assert_eq!(found.unwrap(), bytes, "{fault:?}");
        assert_eq!(world.server.injected(), 3 * (n + 1), "{fault:?}");
    }
}

#[tokio::test]
async fn lasting_faults_are_given_up_after_the_attempts_allowed() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, &numbered(900)).await;
    for (fault, wanted) in [
        (Fault::Reset { after: 333 }, "broke off while"),
        (
            Fault::ShortBody { missing: 1 },
            "gave 899 bytes where 900 were promised",
        ),
        (
            Fault::LongBody { extra: 1 },
            "gave 901 bytes where 900 were promised",
        ),
        (Fault::Status(503, "SlowDown"), "S3 answered `SlowDown`"),
        (Fault::DropReply, "cannot fetch"),
    ] {
        let before = world.server.injected();
        world.inject_get(fault.clone(), 0, usize::MAX);
        let error = get(&source, &object).await.unwrap_err();
        let text = texts(&error);
        assert!(text.contains("`s3://logs/x/a.gz`"), "{text}");
        assert!(text.contains(wanted), "{text}");
        assert!(error.is_of_the_object(), "{text}");
        assert_eq!(world.server.injected() - before, 4, "{text}");
        world.server.clear_faults();
    }
    // Attempts that end without an answer and those that break off are counted together.
    let (busy, short) = (
        Fault::Status(500, "InternalError"),
        Fault::ShortBody { missing: 1 },
    );
    for (first, then) in [(&busy, &short), (&short, &busy)] {
        world.inject_get(first.clone(), 0, 2);
        world.inject_get(then.clone(), 0, usize::MAX);
        world.server.clear_requests();
        get(&source, &object).await.unwrap_err();
        assert_eq!(world.server.fetched().len(), 4);
        world.server.clear_faults();
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_until_all_is_there() {
    let world = World::start().await;
    for n in 0..60_usize {
        world
            .server
            .put("logs", &format!("x/{n:02}.gz"), numbered(n))
            .unwrap();
    }
    world.server.limit_pages(7);
    let busy = Rule::new(Fault::Status(503, "SlowDown")).percent(30, 11);
    world.server.inject(busy);
    let patient = Limits {
        max_attempts: 8,
        ..LIMITS
    };
    let source = world.source(patient).await;
    let listing = source.list(&[]).await.unwrap();
    assert_eq!(listing.objects.len(), 60);
    for (n, object) in listing.objects.iter().enumerate() {
        assert_eq!(get(&source, object).await.unwrap(), numbered(n));
    }
    let n_faults = world.server.injected();
    assert!((10..60).contains(&n_faults), "{n_faults}");
}

#[tokio::test]
async fn hangs_end_and_say_so() {
    let world = World::start().await;
    let object = world
        .object(&world.source(LIMITS).await, &numbered(500))
        .await;
    let impatient = Limits {
        idle: Duration::from_millis(300),
        max_attempts: 2,
        ..LIMITS
    };
    let hurried = Limits {
        attempt: Duration::from_millis(400),
        max_attempts: 2,
        ..LIMITS
    };
    let trickle = |bytes, every_ms| Fault::Trickle {
        bytes,
        every: Duration::from_millis(every_ms),
    };
    for (limits, fault, why) in [
        (impatient, Fault::Hang, "timed out"),
        (hurried, Fault::Hang, "timed out"),
        (
            impatient,
            trickle(100, 2_000),
            "timed out: waited 300ms for a byte",
        ),
        (hurried, trickle(1, 10), "timed out: waited 400ms for all"),
    ] {
        let source = world.source(limits).await;
        let (start, before) = (Instant::now(), world.server.injected());
        world.inject_get(fault.clone(), 0, usize::MAX);
        let error = get(&source, &object).await.unwrap_err();
        assert!(matches!(error, SourceError::TimedOut { .. }), "{error:?}");
        let text = texts(&error);
        assert!(text.contains("`s3://logs/x/a.gz` timed out"), "{text}");
        assert!(text.contains(why), "{fault:?}: {text}");
        assert_eq!(world.server.injected() - before, 2, "{fault:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{fault:?}");
        world.server.clear_faults();
    }
}

#[tokio::test]
async fn a_slow_body_is_no_hang() {
    let world = World::start().await;
    let limits = Limits {
        idle: Duration::from_secs(1),
        ..LIMITS
    };
    let source = world.source(limits).await;
    let object = world.object(&source, &numbered(500)).await;
    let every = Duration::from_millis(300);
    world.inject_get(Fault::Trickle { bytes: 100, every }, 0, 1);
    let start = Instant::now();
    assert_eq!(get(&source, &object).await.unwrap(), numbered(500));
    assert!(start.elapsed() > Duration::from_millis(1_200));
    assert_eq!(world.server.fetched().len(), 1);
}

#[tokio::test]
async fn another_version_is_refused_also_by_a_store_that_does_not_look() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, b"0123456789").await;
    let other = || Fault::Replace(bytes::Bytes::from_static(b"9876543210"));
    world.inject_get(other(), 0, 1);
    let error = get(&source, &object).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error:?}");
    assert!(error.is_of_the_object());
    // Now it serves what is there, whatever version is asked for.
    world.inject_get(Fault::IgnoreIfMatch, 0, 1);
    let error = get(&source, &object).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error:?}");
    world.inject_get(Fault::Remove, 0, 1);
    let error = get(&source, &object).await.unwrap_err();
    assert!(matches!(error, SourceError::Vanished { .. }), "{error:?}");
    assert_eq!(world.server.injected(), 3);
    assert_eq!(world.server.fetched().len(), 3, "no retries");
}

#[tokio::test]
async fn refusals_are_of_the_object_or_of_all() {
    let world = World::start().await;
    let source = world.source(LIMITS).await;
    let object = world.object(&source, b"x").await;
    for (status, code, of_the_object) in [
        (403, "AccessDenied", true),
        (403, "InvalidObjectState", true),
        (400, "KMS.DisabledException", true),
        (404, "NoSuchKey", true),
        (404, "NoSuchBucket", false),
        (400, "ExpiredToken", false),
        (403, "SignatureDoesNotMatch", false),
        (403, "InvalidAccessKeyId", false),
    ] {
        let before = world.server.injected();
        world.inject_get(Fault::Status(status, code), 0, usize::MAX);
        let error = get(&source, &object).await.unwrap_err();
        assert_eq!(error.is_of_the_object(), of_the_object, "{error:?}");
        assert_eq!(world.server.injected() - before, 1, "{error:?}: no retries");
        if status != 404 || !of_the_object {
            let text = texts(&error);
            assert!(text.contains(&format!("`{code}`")), "{text}");
        }
        world.server.clear_faults();
    }
    // One closed key leaves the others open.
    world.server.put("logs", "x/b.gz", b"b").unwrap();
    let closed = Rule::new(Fault::Status(403, "AccessDenied"))
        .on(Operation::GetObject)
        .key("x/a.gz");
    world.server.inject(closed);
    let objects = source.list(&[]).await.unwrap().objects;
    assert!(get(&source, &objects[0]).await.is_err());
    assert_eq!(get(&source, &objects[1]).await.unwrap(), b"b");
}

/// The variable is read by the SDK: a process of its own has it set.
#[tokio::test]
async fn attempts_of_the_environment_win() {
    const NAME: &str = "AWS_MAX_ATTEMPTS";
    let Some(value) = std::env::var_os(NAME) else {
        for value in ["2", "0"] {
            let this = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "fetch::attempts_of_the_environment_win"])
                .env(NAME, value)
                .output()
                .unwrap();
            assert!(this.status.success(), "{this:?}");
        }
        return;
    };
    let world = World::start().await;
    let aws = Aws::new(world.settings(LIMITS));
    let source = Source::open("s3://logs/x/", &aws).await;
    if value == "0" {
        let text = source.unwrap_err().to_string();
        assert_eq!(
            text,
            "AWS_MAX_ATTEMPTS is `0`: a number from 1 on is wanted"
        );
        return;
    }
    let source = source.unwrap();
    let object = world.object(&source, b"x").await;
    world.inject_get(Fault::Status(503, "SlowDown"), 0, usize::MAX);
    get(&source, &object).await.unwrap_err();
    world.server.clear_faults();
    world.inject_get(Fault::ShortBody { missing: 1 }, 0, usize::MAX);
    get(&source, &object).await.unwrap_err();
    assert_eq!(world.server.injected(), 2 * 2);
}
