//! Logs of a bucket.

use std::{collections::BTreeSet, process::Command};

use edgeledger_testkit::s3_server::{Fault, Operation, Rule, S3Server};

use crate::world::{Ran, World, command, name, object, ran};

const RLS: &str = "E2EXAMPLE1RLS";

pub(crate) fn on_server(server: &S3Server, args: &[&str]) -> Command {
    let (id, secret) = server.credentials();
    let mut command = command(args);
    command
        .env("AWS_ENDPOINT_URL_S3", server.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_MAX_ATTEMPTS", "1");
    command
}

async fn ask(server: &S3Server, sql: &str) -> Ran {
    let args = ["sql", "--logs", "s3://logs/cdn/", "--format", "csv", sql];
    let mut command = on_server(server, &args);
    // The server answers on this runtime, so the command must not block it.
    let ran = tokio::task::spawn_blocking(move || ran(&mut command));
    ran.await.unwrap()
}

async fn server(world: &World) -> S3Server {
    let server = S3Server::start(&world.path("s3")).await.unwrap();
    server.create_bucket("logs").unwrap();
    for day in 1..=9 {
        let key = format!("cdn/{}", name(RLS, &format!("2026-10-{day:02}-12")));
        let time = format!("2026-10-{day:02} 12:30:00");
        server.put("logs", &key, object(&[&time])).unwrap();
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_asked_hours_are_fetched() {
    let world = World::new();
    let server = server(&world).await;
    let all = ask(&server, "SELECT count(*), min(log_file) FROM requests").await;
    let first = name(RLS, "2026-10-01-12");
    assert_eq!(all.expect(0).rows(), [format!("9,s3://logs/cdn/{first}")]);
    assert_eq!(server.fetched().len(), 9);
    server.clear_requests();
    let day = ask(
        &server,
        "SELECT count(*) FROM requests WHERE date = '2026-10-05'",
    )
    .await;
    assert_eq!(day.expect(0).rows(), ["1"]);
    let mut fetched = server.fetched();
    fetched.sort();
    let expected =
        [4, 5, 6].map(|day| format!("logs/cdn/{}", name(RLS, &format!("2026-10-{day:02}-12"))));
    assert_eq!(fetched, expected);
    server.clear_requests();
    let few = ask(&server, "SELECT path FROM requests LIMIT 1").await;
    assert_eq!(few.expect(0).rows(), ["/a"]);
    assert_eq!(server.fetched().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_cannot_be_read_ends_the_query_that_needs_it_alone() {
    let world = World::new();
    let server = server(&world).await;
    let denied = Fault::ErrorReply(403, "AccessDenied");
    let denied = Rule::new(denied).on(Operation::GetObject).key("2026-10-02");
    server.inject(denied);
    let day = ask(
        &server,
        "SELECT count(*) FROM requests WHERE date = '2026-10-08'",
    )
    .await;
    assert_eq!(day.expect(0).rows(), ["1"]);
    let all = ask(&server, "SELECT count(*) FROM requests")
        .await
        .expect(1);
    let key = format!("s3://logs/cdn/{}", name(RLS, "2026-10-02-12"));
    let error = format!("error: cannot read `{key}`: ");
    assert!(all.stderr.starts_with(&error), "{}", all.stderr);
    assert!(all.stderr.contains("AccessDenied"), "{}", all.stderr);
    let files = ask(&server, "SELECT count(*) FROM log_files")
        .await
        .expect(1);
    assert!(files.stderr.starts_with(&error), "{}", files.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changes_under_the_query_is_told() {
    let world = World::new();
    let server = server(&world).await;
    let changed = Fault::Replace(object(&["2026-10-02 12:30:00"; 2]).into());
    server.inject(
        Rule::new(changed)
            .on(Operation::GetObject)
            .key("2026-10-02")
            .once(),
    );
    let all = ask(&server, "SELECT count(*) FROM requests")
        .await
        .expect(4);
    assert_eq!(all.rows(), ["8"]);
}

/// Views that stand on each other, and questions, have the logs read for all of them at once.
#[tokio::test(flavor = "multi_thread")]
async fn each_object_is_read_once_however_much_is_asked_of_it() {
    let world = World::new();
    let server = server(&world).await;
    // Objects that do not say whose they are.
    for hour in ["12", "13"] {
        let log = "#Fields: date time cs(Host) sc-bytes\n\
                   2026-10-09\t12:00:00\td111111abcdef8.cloudfront.net\t1\n";
        let key = format!("cdn/host-{hour}.log");
        server.put("logs", &key, log).unwrap();
    }
    for (sql, n_rows) in [
        ("SELECT * FROM savings", 2),
        ("SELECT month, requests FROM headline", 1),
        ("SELECT requests FROM monthly_traffic", 2),
        (
            "SELECT a.n, b.n FROM (SELECT count(*) AS n FROM traffic) a \
             CROSS JOIN (SELECT sum(savings_usd) AS n FROM savings) b",
            1,
        ),
        (
            "SELECT 1 AS a FROM savings LIMIT 1; SELECT 2 AS b FROM headline",
            4,
        ),
        ("@day-over-day", 9),
    ] {
        server.clear_requests();
        let ran = ask(&server, sql).await.expect(0);
        assert_eq!(ran.rows().len(), n_rows, "{sql}: {}", ran.stdout);
        let fetched = server.fetched();
        let objects: BTreeSet<&String> = fetched.iter().collect();
        assert_eq!(
            (objects.len(), fetched.len()),
            (11, 11),
            "{sql}: {fetched:?}"
        );
    }
}

/// One object of each distribution is read beforehand: it says that there are rows of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_counts_once_reads_an_object_of_each_distribution_twice() {
    let world = World::new();
    let server = server(&world).await;
    let ran = ask(&server, "SELECT * FROM savings").await.expect(0);
    assert_eq!(ran.rows().len(), 1);
    let fetched = server.fetched();
    let objects: BTreeSet<&String> = fetched.iter().collect();
    assert_eq!((objects.len(), fetched.len()), (9, 10), "{fetched:?}");
}
