//! F9: a store that is too busy, for some requests or for all.

use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::{
    s3_world::S3World,
    short_or_long,
    world::{Truth, name},
};

fn slow_down() -> Rule {
    Rule::new(Fault::Status(503, "SlowDown"))
}

#[tokio::test(flavor = "multi_thread")]
async fn f09_a_third_of_all_requests_are_refused() {
    let mut injected = 0;
    for round in 0..short_or_long(1, 8) {
        let world = S3World::small().await;
        let mut command = world.ingest_command(&[]);
        // As many attempts as the command makes by itself.
        command.env_remove("AWS_MAX_ATTEMPTS");
        let rules = ["logs/", "lake/"].map(|part| slow_down().key(part).percent(30, round));
        world.run_with(rules.to_vec(), command).await.expect(0);
        injected += world.server.injected();
        world.check().await;
    }
    tell!("{injected} requests refused");
}

/// The listing, the objects, the lake: it gives up, and the next run mends.
#[tokio::test(flavor = "multi_thread")]
async fn f09_all_requests_to_the_logs_are_refused() {
    let world = S3World::small().await;
    let ran = world
        .ingest_with(vec![slow_down().key("logs/")])
        .await
        .expect(1);
    ran.typed_error();
    assert!(ran.stderr.contains("SlowDown"), "{}", ran.text());
    world.check_whole_versions(&Truth::new()).await;

    let objects = slow_down().on(Operation::GetObject).key("logs/");
    let ran = world.ingest_with(vec![objects]).await.expect(4);
    for n in 0..8 {
        assert!(ran.stderr.contains(&name(n)), "{}", ran.text());
    }
    let all: Vec<&str> = world.truth().keys().map(String::as_str).collect();
    world.check_without(&all).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f09_all_writes_to_the_lake_are_refused() {
    let mut world = S3World::small().await;
    let refused = || slow_down().on(Operation::PutObject);
    let ran = world.ingest_with(vec![refused().key("lake/")]).await;
    ran.typed_error();
    world.check_whole_versions(&Truth::new()).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;

    let before = world.truth().clone();
    world.add(8, 3);
    for part in ["requests/distribution=", "requests/_delta_log/"] {
        world
            .ingest_with(vec![refused().key(part)])
            .await
            .typed_error();
        assert_eq!(world.check_whole_versions(&before).await, before);
    }
    world.ingest(&[]).await.expect(0);
    world.check().await;
}
