//! `edgeledger doctor` against folders and an embedded S3 server.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use edgeledger_testkit::{
    s3_server::{Fault, Operation, Rule, S3Server},
    sample_logs,
};

use crate::run::{Ran, command, ran, run, text};

/// As long as real ones.
const TOKEN: &str = "IQoJb3JpZ2luX2VjESECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET";

/// Some objects of the sample.
fn objects() -> Vec<PathBuf> {
    let dir = sample_logs().join("cloudfront/releases");
    let entries = fs::read_dir(dir).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.truncate(2);
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A folder with logs, and nothing else.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("logs")).unwrap();
    for path in objects() {
        fs::copy(&path, dir.path().join("logs").join(name(&path))).unwrap();
    }
    dir
}

/// The lines of a check: `result found; advice`.
fn lines<'a>(stdout: &'a str, check: &str) -> Vec<String> {
    let of = |line: &'a str| {
        let mut words = line.split_whitespace();
        let result = words.next()?;
        (words.next() == Some(check))
            .then(|| format!("{result} {}", words.collect::<Vec<_>>().join(" ")))
    };
    stdout.lines().filter_map(of).collect()
}

#[track_caller]
fn one(stdout: &str, check: &str) -> String {
    let mut found = lines(stdout, check);
    assert_eq!(found.len(), 1, "{check}: {stdout}");
    found.remove(0)
}

struct World {
    server: S3Server,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = S3Server::start(&dir.path().join("s3")).await.unwrap();
        for bucket in ["logs", "lake"] {
            server.create_bucket(bucket).unwrap();
        }
        for path in objects() {
            let key = format!("cdn/{}", name(&path));
            server.put("logs", &key, fs::read(&path).unwrap()).unwrap();
        }
        Self { server, dir }
    }

    fn command(&self, args: &[&str]) -> Command {
        let (id, secret) = self.server.credentials();
        let mut command = command(self.dir.path(), args);
        command
            .env("AWS_ENDPOINT_URL_S3", self.server.endpoint())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_MAX_ATTEMPTS", "1");
        command
    }

    async fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        // The server answers on this runtime, so the command must not block it.
        let ran = tokio::task::spawn_blocking(move || ran(&mut command));
        let ran = ran.await.unwrap();
        for out in [&ran.stdout, &ran.stderr] {
            assert!(
                !out.contains("SECRET") && !out.contains("testtest"),
                "{out}"
            );
        }
        ran
    }

    async fn doctor(&self, more: &[&str]) -> Ran {
        let args = ["doctor", "s3://logs/cdn/", "--lake", "s3://lake/cdn"];
        self.run(&[&args, more].concat()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_in_s3() {
    let world = World::new().await;
    let first = world.doctor(&[]).await.expect(0);
    assert_eq!(
        one(&first, "lake"),
        "warn no lake at s3://lake/cdn yet; `edgeledger ingest` makes it"
    );
    let ingest = ["ingest", "s3://logs/cdn/", "--lake", "s3://lake/cdn"];
    world.run(&ingest).await.expect(0);
    world.server.clear_requests();
    let stdout = world.doctor(&[]).await.expect(0);
    let found = one(&stdout, "source");
    assert!(
        found.starts_with("ok s3://logs/cdn/: lists 2 objects; 64 bytes of s3://logs/cdn/E2EX"),
        "{found}"
    );
    let credentials = one(&stdout, "credentials");
    assert!(
        credentials.starts_with("ok found (temporary); region us-east-1, at http://127.0.0.1:")
    );
    assert!(one(&stdout, "conditional").starts_with("ok "));
    assert!(one(&stdout, "clock").starts_with("ok "), "{stdout}");
    let lake = lines(&stdout, "lake");
    assert!(
        lake[0].starts_with("ok s3://lake/cdn: 2 log objects, "),
        "{stdout}"
    );
    assert_eq!(lake[1..], ["ok no commit is left to be replayed"]);
    let puts = || {
        let requests = world.server.requests();
        requests
            .iter()
            .filter(|line| !line.starts_with("GET") && !line.starts_with("HEAD"))
            .count()
    };
    assert_eq!(puts(), 3, "a probe is put twice and deleted");
    // One page, and no more than a few bytes of one object.
    let of_logs = world.server.requests();
    let of_logs: Vec<_> = of_logs
        .iter()
        .filter(|line| line.contains("/logs"))
        .collect();
    assert_eq!(of_logs.len(), 2, "{of_logs:?}");
    world.server.clear_requests();
    let stdout = world.doctor(&["--no-write"]).await.expect(0);
    assert!(one(&stdout, "conditional").starts_with("skip "));
    assert_eq!(puts(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_named_with_what_to_allow() {
    let world = World::new().await;
    for (operation, key, check, advice) in [
        (
            Operation::ListObjectsV2,
            "logs/",
            "source",
            "allow s3:ListBucket on the bucket",
        ),
        (
            Operation::GetObject,
            "logs/",
            "source",
            "allow s3:GetObject on the bucket's objects",
        ),
        (
            Operation::PutObject,
            "lake/",
            "conditional",
            "allow s3:PutObject",
        ),
        (
            Operation::ListObjectsV2,
            "lake/",
            "lake",
            "allow s3:ListBucket and s3:GetObject on the lake",
        ),
    ] {
        let rule = Rule::new(Fault::Status(403, "AccessDenied"));
        world.server.inject(rule.on(operation).key(key));
        let stdout = world.doctor(&[]).await.expect(1);
        let found = one(&stdout, check);
        assert!(
            found.starts_with("fail ") && found.contains(advice),
            "{stdout}"
        );
        let failed = stdout.lines().filter(|line| line.starts_with("fail"));
        assert_eq!(failed.count(), 1, "{stdout}");
        world.server.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_named() {
    let world = World::new().await;
    // The embedded server would make the bucket.
    let missing = Rule::new(Fault::Status(404, "NoSuchBucket"));
    world
        .server
        .inject(missing.on(Operation::PutObject).key("no-lake/"));
    let args = ["doctor", "s3://no-logs/cdn/", "--lake", "s3://no-lake/cdn"];
    let stdout = world.run(&args).await.expect(1);
    let source = one(&stdout, "source");
    assert!(
        source.starts_with("fail s3://no-logs/cdn/: ")
            && source.ends_with("look at the bucket's name"),
        "{stdout}"
    );
    let lake = one(&stdout, "conditional");
    assert!(
        lake.contains("there is no such bucket") && lake.contains("make the bucket"),
        "{stdout}"
    );
    let empty = ["doctor", "s3://logs/nothing/", "--lake", "s3://lake/cdn"];
    let stdout = world.run(&empty).await.expect(0);
    assert!(
        one(&stdout, "source")
            .starts_with("warn s3://logs/nothing/: can be listed, and has no logs")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_conditions_fails() {
    let world = World::new().await;
    world.server.inject(Rule::new(Fault::IgnoreConditional));
    let stdout = world.doctor(&[]).await.expect(1);
    let found = one(&stdout, "conditional");
    assert!(
        found.starts_with("fail the store at `s3://lake/cdn` ignores conditional PUT"),
        "{found}"
    );
    assert!(
        found.ends_with("choose another store for the lake"),
        "{found}"
    );
}

#[test]
fn without_credentials_s3_is_not_asked() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["doctor", "s3://logs/cdn/", "--lake", "s3://lake/cdn"];
    let stdout = run(dir.path(), &args).expect(1);
    let found = one(&stdout, "credentials");
    assert!(
        found.starts_with("fail no AWS credentials") && found.contains("AWS_PROFILE"),
        "{stdout}"
    );
    for check in ["source", "lake"] {
        assert!(
            one(&stdout, check).ends_with("there are no credentials"),
            "{stdout}"
        );
    }
}

#[test]
fn all_is_well_in_folders() {
    let dir = folder();
    let settings = "sources = [\"logs\"]\n[[distribution]]\nid = \"E2EXAMPLE1RLS\"\n";
    fs::write(dir.path().join("edgeledger.toml"), settings).unwrap();
    let stdout = run(dir.path(), &["doctor"]).expect(0);
    assert_eq!(
        one(&stdout, "lake"),
        "warn no lake at lake yet; `edgeledger ingest` makes it"
    );
    assert!(!dir.path().join("lake").exists(), "looking makes no lake");
    run(dir.path(), &["ingest"]).expect(0);
    let stdout = run(dir.path(), &["doctor"]).expect(0);
    for (check, found) in [
        ("version", "ok edgeledger "),
        (
            "settings",
            "ok `edgeledger.toml` is valid and describes 1 distribution",
        ),
        ("credentials", "skip not needed"),
        ("source", "ok logs: lists 2 objects; 64 bytes of "),
        ("clock", "skip no S3 server told its time"),
        ("write", "ok files can be made in lake"),
        ("disk", "ok "),
    ] {
        let line = one(&stdout, check);
        assert!(line.starts_with(found), "{line}");
    }
    let lake = lines(&stdout, "lake");
    assert!(lake[0].starts_with("ok lake: 2 log objects, "), "{stdout}");
    assert!(
        !stdout
            .lines()
            .any(|line| line.starts_with("fail") || line.starts_with("warn")),
        "{stdout}"
    );

    let json = run(dir.path(), &["doctor", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(
        json["findings"].as_array().unwrap().len(),
        stdout.lines().count()
    );
    assert_eq!(json["findings"][0]["check"], "version");
    assert_eq!(json["findings"][0]["result"], "ok");
}

#[test]
fn what_a_lake_needs_is_said() {
    let dir = folder();
    fs::write(
        dir.path()
            .join("logs/E2EXAMPLE1RLS.2026-10-09-03.ffffffff.gz"),
        b"\x1f\x8bbroken",
    )
    .unwrap();
    let args = ["doctor", "logs", "--lake", "lake"];
    run(dir.path(), &["ingest", "logs", "--lake", "lake"]).expect(4);
    let stdout = run(dir.path(), &args).expect(0);
    let warned = lines(&stdout, "lake");
    assert_eq!(
        warned[1],
        "warn 1 quarantined, 0 vanished: their requests are missing; `edgeledger lake status` \
         names them, `edgeledger ingest --retry-quarantined` reads them again"
    );
    // As a run leaves it that ends between the two tables.
    let log = dir.path().join("lake/log_files/_delta_log");
    let mut commits: Vec<_> = fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    commits.sort();
    fs::remove_file(commits.last().unwrap()).unwrap();
    let stdout = run(dir.path(), &args).expect(0);
    let warned = lines(&stdout, "lake");
    assert!(
        warned
            .last()
            .unwrap()
            .starts_with("warn 1 commit left to be replayed"),
        "{stdout}"
    );
    // Damage is a failure, and names the way out.
    fs::remove_dir_all(log).unwrap();
    let stdout = run(dir.path(), &args).expect(1);
    let failed = one(&stdout, "lake");
    assert!(
        failed.starts_with("fail ") && failed.contains("edgeledger lake verify"),
        "{failed}"
    );
}

#[test]
fn what_fails_offline_is_said() {
    let dir = folder();
    fs::write(dir.path().join("edgeledger.toml"), "laek = \"x\"\n").unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let args = ["doctor", "missing", "--lake", "file/lake"];
    let stdout = run(dir.path(), &args).expect(1);
    let settings = one(&stdout, "settings");
    assert!(
        settings.starts_with("fail `edgeledger.toml`: ")
            && settings.contains("unknown field `laek`"),
        "{settings}"
    );
    assert!(
        one(&stdout, "source").starts_with("fail missing: cannot read `missing`"),
        "{stdout}"
    );
    assert!(
        one(&stdout, "write").starts_with("fail no file can be made in file"),
        "{stdout}"
    );
    let stdout = run(dir.path(), &["doctor", "--config", "missing.toml"]).expect(1);
    assert!(
        one(&stdout, "settings").starts_with("fail `missing.toml`: "),
        "{stdout}"
    );
    let json = run(dir.path(), &["doctor", "--format", "json"]).expect(1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ok"], false);
}

#[test]
fn without_settings_it_says_how_to_get_some() {
    let dir = folder();
    let stdout = run(dir.path(), &["doctor", text(&dir.path().join("logs"))]).expect(0);
    assert!(
        one(&stdout, "settings").contains("`edgeledger init`"),
        "{stdout}"
    );
    let stdout = run(dir.path(), &["doctor"]).expect(0);
    assert!(
        one(&stdout, "source").starts_with("warn no logs are named"),
        "{stdout}"
    );
}
