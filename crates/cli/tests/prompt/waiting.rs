//! What waits for a store can be ended: the lake lies in a bucket that stops to answer.

use std::{
    process::{Command, Output},
    time::Duration,
};

use edgeledger_testkit::{
    gzip, repo_root,
    s3_server::{Fault, Operation, Rule, S3Server},
};
use tempfile::TempDir;

use crate::terminal::{CTRL_C, DEADLINE, Start, Terminal, text};

const LAKE: &str = "s3://lakes/lake";

struct World {
    server: S3Server,
    _dir: TempDir,
}

impl World {
    /// A lake of one request.
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = S3Server::start(&dir.path().join("s3")).await.unwrap();
        server.create_bucket("lakes").unwrap();
        let log = "#Version: 1.0\n#Fields: date time sc-bytes cs-uri-stem sc-status\n\
                   2026-10-01\t00:00:00\t100\t/a\t200\n";
        let file = dir.path().join("E2EXAMPLE1RLS.2026-10-01-00.aaaaaaaa.gz");
        std::fs::write(&file, gzip(log)).unwrap();
        let world = Self { server, _dir: dir };
        let output = world.run(&["ingest", &text(&file), "--lake", LAKE]).await;
        assert!(output.status.success(), "{output:?}");
        world
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let (id, secret) = self.server.credentials();
        let endpoint = self.server.endpoint();
        let env = [
            ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        env.map(|(name, value)| (name, value.to_owned())).to_vec()
    }

    async fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
        command.args(args).current_dir(repo_root()).envs(self.env());
        // The server answers on this runtime, so the command must not block it.
        let output = tokio::task::spawn_blocking(move || command.output());
        output.await.unwrap().unwrap()
    }

    fn open(&self) -> Terminal {
        let start = Start {
            args: ["--lake", LAKE].map(str::to_owned).to_vec(),
            env: self.env(),
            ..Start::default()
        };
        tokio::task::block_in_place(|| start.open())
    }

    /// From now on no data file is given.
    fn stop_answering(&self) {
        let rule = Rule::new(Fault::Hang).on(Operation::GetObject);
        self.server.inject(rule.key("requests/distribution="));
    }

    /// Until the command waits for one.
    async fn is_asked_again(&self, before: usize) {
        let asked = async {
            while self.server.injected() == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let asked = tokio::time::timeout(DEADLINE, asked).await;
        assert!(asked.is_ok(), "{:?}", self.server.requests());
    }
}

/// A question looks at the months before it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cancels_what_waits_for_the_store() {
    let world = World::new().await;
    let mut terminal = world.open();
    world.stop_answering();
    for asked in [
        "@top-paths; SELECT 13 AS unlucky;",
        "SELECT count(DISTINCT path) FROM requests; SELECT 13 AS unlucky;",
        "@traffic-by-distribution",
    ] {
        let before = world.server.injected();
        tokio::task::block_in_place(|| terminal.clear());
        terminal.keys(&format!("{asked}\r"));
        world.is_asked_again(before).await;
        tokio::task::block_in_place(|| {
            terminal.keys(CTRL_C);
            let screen = terminal.see("cancelled\nedgeledger>");
            assert!(!screen.contains("│      13 │"), "{screen}");
            let screen = terminal.ask("SELECT 6 * 7 AS answer;");
            assert!(screen.contains("│     42 │"), "{screen}");
        });
    }
    world.server.clear_faults();
    tokio::task::block_in_place(|| {
        let screen = terminal.ask("@top-paths");
        assert!(screen.contains("(1 row)"), "{screen}");
        terminal.clear();
        terminal.keys("\\q\r");
        terminal.end();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_ends_what_waits_for_the_store() {
    let world = World::new().await;
    world.stop_answering();
    for asked in ["@top-paths", "SELECT count(DISTINCT path) FROM requests"] {
        let args = ["sql", "--lake", LAKE, "--timeout", "1s", "-c", asked];
        let output = world.run(&args).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: the statement was cancelled after 1s (--timeout)\n"
        );
    }
}
