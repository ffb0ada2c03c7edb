//! F21 and F22: commits whose reply is lost, and stores that overwrite commits.

use std::path::PathBuf;

use edgeledger_testkit::s3_server::{Fault, Operation, Rule};

use crate::{
    s3_world::S3World,
    world::{Truth, log_text},
};

const DROPPED: Fault = Fault::DropReply;
const SERVER_ERROR: Fault = Fault::ErrorReply(500, "InternalError");
const BUSY: Fault = Fault::ErrorReply(503, "SlowDown");

/// A fault on the write of one version of a table.
fn on_commit(fault: Fault, table: &str, version: u64) -> Rule {
    Rule::new(fault)
        .on(Operation::PutObject)
        .key(&format!("{table}/_delta_log/{version:020}.json"))
}

/// Each commit of a first ingest is applied, and the command hears something else.
async fn applied_and_not_told(fault: Fault) {
    let mut world = S3World::small().await;
    let mut n = 0;
    for table in ["/requests", "/log_files"] {
        for version in 0..2 {
            n += 1;
            world.lake = format!("s3://lake/cdn{n}");
            let rule = on_commit(fault.clone(), table, version).once();
            world.ingest_with(vec![rule]).await.expect(0);
            world.check().await;
            let commits = world.table_files();
            let is_commit = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
            let commits: Vec<_> = commits.into_iter().filter(is_commit).collect();
            assert_eq!(commits.len(), 4, "a commit was made twice: {commits:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_a_commit_is_applied_and_the_reply_is_lost() {
    applied_and_not_told(DROPPED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_a_commit_is_applied_and_answered_with_an_error() {
    applied_and_not_told(SERVER_ERROR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_a_commit_is_applied_and_answered_with_slow_down() {
    applied_and_not_told(BUSY).await;
}

/// The same for a commit that takes rows out and puts others in.
#[tokio::test(flavor = "multi_thread")]
async fn f21_an_exchange_of_rows_is_applied_and_the_reply_is_lost() {
    for (n, fault) in [DROPPED, SERVER_ERROR].into_iter().enumerate() {
        let mut world = S3World::small().await;
        world.lake = format!("s3://lake/cdn{n}");
        world.ingest(&[]).await.expect(0);
        let (text, object) = log_text(2, 9, None);
        let name = crate::world::name(2);
        world.put(&name, &edgeledger_testkit::gzip(text), object);
        let rule = on_commit(fault, "/requests", 2).once();
        let command = world.ingest_command(&["--replace-changed"]);
        world.run_with(vec![rule], command).await.expect(0);
        world.check_last_records().await;
    }
}

/// The probe for conditional writes is a write too.
#[tokio::test(flavor = "multi_thread")]
async fn f21_a_probe_is_applied_and_answered_with_an_error() {
    let mut world = S3World::small().await;
    for at in 0..2 {
        world.lake = format!("s3://lake/cdn{at}");
        let rule = Rule::new(SERVER_ERROR)
            .on(Operation::PutObject)
            .key("_probe/")
            .skip(at);
        world.ingest_with(vec![rule.once()]).await.expect(0);
        world.check().await;
    }
}

/// Files that the commit names may not be removed by a run that takes it for failed.
#[tokio::test(flavor = "multi_thread")]
async fn f21_a_lost_reply_and_a_reader_that_cannot_look() {
    let mut world = S3World::small().await;
    world.ingest(&[]).await.expect(0);
    world.add(8, 3);
    let rules = vec![
        on_commit(DROPPED, "/requests", 2).once(),
        // The look after it fails too.
        Rule::new(Fault::Status(403, "AccessDenied"))
            .on(Operation::GetObject)
            .key("/requests/_delta_log/00000000000000000002.json"),
    ];
    let ran = world.ingest_with(rules).await;
    assert_ne!(ran.code(), Some(0), "{}", ran.text());
    world.ingest(&[]).await.expect(0);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f22_a_store_that_ignores_conditional_writes_is_refused() {
    let mut world = S3World::small().await;
    let rule = || Rule::new(Fault::IgnoreConditional);
    let ran = world.ingest_with(vec![rule()]).await.expect(5);
    for told in ["ignores conditional PUT", "s3://lake/cdn"] {
        assert!(ran.stderr.contains(told), "{}", ran.text());
    }
    assert!(world.table_files().is_empty(), "{:?}", world.table_files());
    world.check_whole_versions(&Truth::new()).await;
    world.ingest(&[]).await.expect(0);
    world.check().await;

    // A lake that is there, as after a move to another store.
    let (before, files) = (world.truth().clone(), world.table_files());
    world.add(8, 3);
    world.ingest_with(vec![rule()]).await.expect(5);
    assert_eq!(world.table_files(), files);
    assert_eq!(world.check_whole_versions(&before).await, before);
    world.ingest(&[]).await.expect(0);
    world.check().await;
}
