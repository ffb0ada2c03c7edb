//! F20: several ingests at once into one lake in S3, which has no locks: conditional writes decide.

use std::time::Duration;

use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::{s3_world::S3World, short_or_long};

#[tokio::test(flavor = "multi_thread")]
async fn f20_three_ingesters_at_once_in_s3() {
    let rounds = short_or_long(2, 20);
    let (mut world, mut races) = (S3World::small().await, 0);
    for round in 0..rounds {
        for n in 0..9 {
            world.add(100 + 9 * round + n, 1 + n % 4);
        }
        // Commits wait a little, so that all have planned before the first one lands.
        let slow = Rule::new(Fault::Delay(Duration::from_millis(300)));
        world
            .server
            .inject(slow.on(Operation::PutObject).key("/requests/_delta_log/"));
        let (a, b, c) = tokio::join!(world.ingest(&[]), world.ingest(&[]), world.ingest(&[]));
        world.server.clear_faults();
        for ran in [a, b, c] {
            let ran = ran.expect(0);
            races += ran.stderr.matches("another writer committed first").count();
        }
        world.check().await;
    }
    assert!(world.server.injected() > 0);
    tell!("{rounds} rounds of 3, {races} lost races");
}

/// And on a store that is too busy for a tenth of all requests.
#[tokio::test(flavor = "multi_thread")]
async fn f20_three_ingesters_at_once_in_a_busy_store() {
    let rounds = short_or_long(1, 20);
    let mut world = S3World::small().await;
    for round in 0..rounds {
        for n in 0..9 {
            world.add(100 + 9 * round + n, 1 + n % 4);
        }
        let busy = Rule::new(Fault::Status(503, "SlowDown")).key("lake/");
        let lost = Rule::new(Fault::DropReply)
            .on(Operation::PutObject)
            .key("_delta_log/");
        world.server.inject(busy.percent(10, round as u64));
        world.server.inject(lost.percent(30, round as u64));
        let (a, b, c) = tokio::join!(world.ingest(&[]), world.ingest(&[]), world.ingest(&[]));
        world.server.clear_faults();
        for ran in [a, b, c] {
            ran.expect(0);
        }
        world.check().await;
    }
    assert!(world.server.injected() > 0);
}
