//! The small world in S3: logs and lake in buckets of the embedded server, which makes the faults.

use std::{path::PathBuf, process::Command, time::Duration};

use edgeledger_testkit::{
    gzip,
    s3_server::{Rule, S3Server},
};

use crate::{
    command::{CANARY, Ran, edgeledger, ended},
    world::{LOOK, Object, Truth, World, log_text, name, no_lake, shown},
};

/// Longer than any run here may take: a run that does not end is a failure.
const PATIENCE: Duration = Duration::from_mins(8);

/// A token as long as real ones, with the planted secret in it.
pub(crate) fn token() -> String {
    format!("IQoJb3JpZ2luX2VjE{}", CANARY.repeat(4))
}

/// What a run may not touch again: status `vanished` and no rows.
pub(crate) fn vanished() -> Object {
    Object {
        status: "vanished",
        ..Object::default()
    }
}

/// The server, what it holds and what is known of it.
pub(crate) struct S3World {
    pub(crate) server: S3Server,
    world: World,
    /// Address of the lake; others may be beside it.
    pub(crate) lake: String,
}

impl S3World {
    pub(crate) async fn small() -> Self {
        Self::of(World::small()).await
    }

    pub(crate) async fn empty() -> Self {
        Self::of(World::empty()).await
    }

    async fn of(world: World) -> Self {
        let server = S3Server::start(&world.path().join("s3")).await.unwrap();
        for bucket in ["logs", "lake"] {
            server.create_bucket(bucket).unwrap();
        }
        for name in world.truth.keys() {
            let stored = std::fs::read(world.logs().join(name)).unwrap();
            server.put("logs", &key(name), stored).unwrap();
        }
        Self {
            server,
            world,
            lake: "s3://lake/cdn".to_owned(),
        }
    }

    pub(crate) fn truth(&self) -> &Truth {
        &self.world.truth
    }

    /// What is known of one object from now on; gives what was.
    pub(crate) fn know(&mut self, name: &str, object: Object) -> Object {
        let before = self.world.truth.insert(name.to_owned(), object);
        before.unwrap_or_default()
    }

    /// Adds object number `n` with so many good rows.
    pub(crate) fn add(&mut self, n: usize, rows: usize) {
        let (text, object) = log_text(n, rows, None);
        self.put(&name(n), &gzip(text), object);
    }

    /// Adds or replaces an object.
    pub(crate) fn put(&mut self, name: &str, stored: &[u8], object: Object) {
        self.server.put("logs", &key(name), stored).unwrap();
        self.know(name, object);
    }

    /// The command with the way to the server; it gives up after two attempts.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let (id, secret) = self.server.credentials();
        let mut command = edgeledger(self.world.path(), args);
        command
            .env("AWS_ENDPOINT_URL_S3", self.server.endpoint())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", token())
            .env("AWS_MAX_ATTEMPTS", "2");
        command
    }

    /// An ingest of all logs with further arguments.
    pub(crate) fn ingest_command(&self, more: &[&str]) -> Command {
        let args = [
            "ingest",
            "s3://logs/cdn/",
            "--verbose",
            "--lake",
            &self.lake,
        ];
        self.command(&[&args, more].concat())
    }

    /// Runs it on another thread: the server answers on this one's runtime.
    pub(crate) async fn run(&self, mut command: Command) -> Ran {
        let child = command.spawn().unwrap();
        let ended = tokio::task::spawn_blocking(move || ended(child));
        let ran = tokio::time::timeout(PATIENCE, ended).await.unwrap();
        let ran = ran.unwrap();
        let (_, secret) = self.server.credentials();
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(secret), "a secret came out: {text}");
        }
        ran.not_a_bug();
        ran
    }

    pub(crate) async fn ingest(&self, more: &[&str]) -> Ran {
        self.run(self.ingest_command(more)).await
    }

    /// An ingest during which these requests go wrong; at least one must.
    pub(crate) async fn ingest_with(&self, rules: Vec<Rule>) -> Ran {
        let command = self.ingest_command(&[]);
        self.run_with(rules, command).await
    }

    pub(crate) async fn run_with(&self, rules: Vec<Rule>, command: Command) -> Ran {
        let before = self.server.injected();
        for rule in rules {
            self.server.inject(rule);
        }
        let ran = self.run(command).await;
        let n = self.server.injected() - before;
        assert!(n > 0, "no request went wrong: {}", ran.text());
        self.server.clear_faults();
        ran
    }

    pub(crate) async fn sql(&self, query: &str) -> Ran {
        let args = ["sql", "--lake", &self.lake, "--format", "csv", query];
        self.run(self.command(&args)).await
    }

    /// What a reader sees now; the run itself if it was refused.
    pub(crate) async fn look(&self) -> Result<Truth, Ran> {
        let ran = self.sql(LOOK).await;
        if ran.code() == Some(0) {
            Ok(shown(&ran.stdout))
        } else {
            Err(ran)
        }
    }

    /// The shared check, after every fault: see `World::check`. And the run that has nothing to do
    /// reads no log.
    pub(crate) async fn check(&self) {
        self.check_by(LOOK).await;
    }

    /// The same where an object was recorded before it was ingested: its last record counts.
    pub(crate) async fn check_last_records(&self) {
        self.check_by(&LOOK.replace("FROM log_files", "FROM log_objects"))
            .await;
    }

    async fn check_by(&self, query: &str) {
        let ran = self.sql(query).await.expect(0);
        assert_eq!(
            shown(&ran.stdout),
            *self.truth(),
            "the lake is not the truth"
        );
        self.server.clear_requests();
        let again = self.ingest(&[]).await.expect(0);
        assert!(again.stderr.contains(", 0 new: 0 rows"), "{}", again.text());
        let fetched = self.server.fetched();
        let logs: Vec<_> = fetched
            .iter()
            .filter(|key| key.starts_with("logs/"))
            .collect();
        assert!(logs.is_empty(), "read again: {logs:?}");
    }

    /// After a run that left some objects open: all others are in, and nothing of these.
    pub(crate) async fn check_without(&self, open: &[&str]) {
        let shown = self
            .look()
            .await
            .unwrap_or_else(|ran| panic!("{}", ran.text()));
        let mut others = self.truth().clone();
        others.retain(|name, _| !open.contains(&name.as_str()));
        assert_eq!(shown, others);
    }

    /// Between a failed run and its repair: no lake, or objects that are whole, and at least those
    /// of `before`. Gives what is seen.
    pub(crate) async fn check_whole_versions(&self, before: &Truth) -> Truth {
        match self.look().await {
            Ok(shown) => self.world.check_is_whole(shown, before),
            Err(ran) => no_lake(&ran, before),
        }
    }

    /// An object as the server keeps it.
    pub(crate) fn stored(&self, bucket: &str, key: &str) -> Vec<u8> {
        std::fs::read(self.world.path().join("s3").join(bucket).join(key)).unwrap()
    }

    /// Files of the lake's tables, as the server keeps them.
    pub(crate) fn table_files(&self) -> Vec<PathBuf> {
        let lake = self.lake.strip_prefix("s3://").unwrap();
        let dir = self.world.path().join("s3").join(lake);
        ["requests", "log_files"]
            .iter()
            .flat_map(|table| crate::world::files(&dir.join(table)))
            .collect()
    }
}

/// Key of a log in its bucket.
pub(crate) fn key(name: &str) -> String {
    format!("cdn/{name}")
}
