//! Skipping against a model: keys outside the ranges, each once.

use std::{cell::RefCell, collections::BTreeSet};

use edgeledger_source::SkipRange;
use edgeledger_testkit::{
    proptest::{self, prelude::*, test_runner::TestRunner},
    s3_server::{Fault, Operation, Rule},
};

use crate::world::{LIMITS, World};

#[derive(Debug)]
struct Case {
    keys: BTreeSet<String>,
    ranges: Vec<(String, String)>,
    page_keys: u16,
    /// Requests before a page that comes twice, and before one that fails.
    repeated: usize,
    failed: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    // Characters around the edges that the jumps are built from.
    let key = "[ab][!\\-.0-2z}~é]{0,4}";
    let range = (
        "[ab]?[0-1.]{0,2}",
        "[ab]?[!\\-.0-2z}~é]{0,4}",
        any::<bool>(),
    );
    let range = range.prop_map(|(prefix, rest, below)| {
        let from = if below {
            format!("{prefix}{rest}")
        } else {
            rest
        };
        (prefix, from)
    });
    (
        proptest::collection::btree_set(key, 0..40),
        proptest::collection::vec(range, 0..4),
        1..6_u16,
        0..6_usize,
        0..6_usize,
    )
        .prop_map(|(keys, ranges, page_keys, repeated, failed)| Case {
            keys,
            ranges,
            page_keys,
            repeated,
            failed,
        })
}

#[test]
fn gives_every_key_outside_the_ranges_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::start());
    let source = runtime.block_on(world.source(LIMITS));
    let skipped = RefCell::new(0);
    let check = |case: Case| {
        for key in &case.keys {
            world.server.put("logs", &format!("x/{key}"), key).unwrap();
        }
        world.server.limit_pages(case.page_keys);
        world.server.clear_faults();
        let list = |fault, skip| {
            Rule::new(fault)
                .on(Operation::ListObjectsV2)
                .skip(skip)
                .once()
        };
        world.server.inject(list(Fault::RepeatPage, case.repeated));
        let busy = Fault::Status(503, "SlowDown");
        world.server.inject(list(busy, case.failed));

        let address = |key: &str| format!("s3://logs/x/{key}");
        let ranges: Vec<_> = case
            .ranges
            .iter()
            .map(|(prefix, from)| SkipRange {
                prefix: address(prefix),
                from: address(from),
            })
            .collect();
        let is_old = |key: &String| {
            let mut ranges = case.ranges.iter();
            ranges.any(|(prefix, from)| key.starts_with(prefix) && key < from)
        };
        let wanted: Vec<(String, u64)> = case
            .keys
            .iter()
            .filter(|key| !is_old(key))
            .map(|key| (address(key), key.len() as u64))
            .collect();
        *skipped.borrow_mut() += case.keys.len() - wanted.len();
        let found = runtime.block_on(source.list(&ranges)).unwrap().objects;
        for key in &case.keys {
            world.server.remove("logs", &format!("x/{key}")).unwrap();
        }
        let found: Vec<(String, u64)> = found
            .into_iter()
            .map(|object| (object.key, object.size_bytes))
            .collect();
        prop_assert_eq!(found, wanted);
        Ok(())
    };
    let config = proptest::test_runner::Config {
        cases: 100,
        failure_persistence: None,
        ..Default::default()
    };
    TestRunner::new(config).run(&cases(), check).unwrap();
    assert!(*skipped.borrow() > 100, "the ranges held keys");
    assert!(world.server.injected() > 100, "pages did fail and repeat");
}
