//! What the README tells a newcomer to type: every command in it runs, in the order of the page, in
//! a folder with the sample logs and against S3.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use edgeledger_testkit::{gzip, repo_root, s3_server::S3Server, sample_logs};

use crate::{
    bills::{cur, sample_bill},
    run::{UNSET, ran, run},
    s3::put,
};

/// Commands that build or install, which is done before a test runs.
const BUILDS: [&str; 3] = ["cargo test", "cargo install", "cargo build"];

/// Those that end with another code than 0 on the sample logs, and why.
const OTHER_CODES: [(&str, i32); 1] = [
    // The sample's bill is what its logs cost at list prices: the README's settings have others.
    ("edgeledger reconcile", 3),
];

/// The lines of the page's code blocks that are commands, and its settings files.
fn commands_and_settings() -> (Vec<String>, Vec<String>) {
    let page = fs::read_to_string(repo_root().join("README.md")).unwrap();
    let (mut commands, mut settings) = (Vec::new(), Vec::new());
    let mut language: Option<&str> = None;
    let mut block: Vec<&str> = Vec::new();
    for line in page.lines() {
        match (language, line.trim_start().strip_prefix("```")) {
            (None, Some(of)) => language = Some(of),
            (None, None) => {}
            (Some(_), None) => block.push(line.trim()),
            (Some("toml"), Some(_)) => {
                settings.push(std::mem::take(&mut block).join("\n"));
                language = None;
            }
            (Some(_), Some(_)) => {
                commands.extend(
                    std::mem::take(&mut block)
                        .into_iter()
                        .filter_map(command_of),
                );
                language = None;
            }
        }
    }
    (commands, settings)
}

fn command_of(line: &str) -> Option<String> {
    if BUILDS.iter().any(|build| line.starts_with(build)) {
        return None;
    }
    let is_command = ["edgeledger ", "echo ", "cargo "];
    let is_command = is_command.iter().any(|start| line.starts_with(start));
    is_command.then(|| line.replace("cargo run -- ", "edgeledger "))
}

/// The folder of a newcomer: the sample logs, and the files that commands name.
fn prepare(dir: &Path, settings: &str) {
    let bin = dir.join("bin");
    fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_edgeledger"), bin.join("edgeledger")).unwrap();
    symlink(sample_logs(), dir.join("sample-logs")).unwrap();
    fs::write(dir.join("edgeledger.toml"), settings).unwrap();
    let object = fs::read(first_object(&sample_logs().join("cloudfront"))).unwrap();
    fs::write(dir.join("E2EXAMPLE.2026-10-09-03.0840154c.gz"), object).unwrap();
    let bill = gzip(cur(&sample_bill()).csv());
    fs::write(dir.join("cur-00001.csv.gz"), bill).unwrap();
    let offer = "crates/rates/src/tests/offers/AmazonCloudFront.json";
    let listed = "crates/cli/tests/setup/fixtures/list-distributions.json";
    for (from, name) in [
        (offer, "AmazonCloudFront.json"),
        (listed, "distributions.json"),
    ] {
        fs::copy(repo_root().join(from), dir.join(name)).unwrap();
    }
    symlink(repo_root().join("queries"), dir.join("queries")).unwrap();
}

/// The first log object by name.
fn first_object(dir: &Path) -> PathBuf {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let first = entries.first().unwrap();
    if first.is_dir() {
        first_object(first)
    } else {
        first.clone()
    }
}

fn shell(dir: &Path, server: &S3Server, line: &str) -> Command {
    let (id, secret) = server.credentials();
    let mut shell = Command::new("sh");
    // The shell knows its own PATH.
    let line = format!("PATH='{}':$PATH; {line}", dir.join("bin").display());
    shell.args(["-c", &line]).current_dir(dir);
    for name in UNSET {
        shell.env_remove(name);
    }
    shell
        .env("HOME", dir)
        .env("AWS_ENDPOINT_URL_S3", server.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .stdin(Stdio::null());
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readme_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (commands, settings) = commands_and_settings();
    assert!(commands.len() > 20, "{commands:#?}");
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    prepare(&home, &settings[0]);
    let buckets = dir.path().join("buckets");
    let server = S3Server::start(&buckets).await.unwrap();
    for bucket in ["my-logs", "my-lake", "my-reports"] {
        server.create_bucket(bucket).unwrap();
    }
    put(&server, "my-logs", &sample_logs().join("cloudfront"));
    // The page shows reports before it shows how a lake is made.
    let first = "edgeledger ingest s3://my-logs/cloudfront/ --lake s3://my-lake/cdn --quiet";
    let commands = std::iter::once(first.to_owned()).chain(commands);
    for line in commands {
        let mut shell = shell(&home, &server, &line);
        // The server answers on this runtime, so the command must not block it.
        let ran = tokio::task::spawn_blocking(move || ran(&mut shell));
        let ran = ran.await.unwrap();
        let other = OTHER_CODES
            .iter()
            .find(|(start, _)| line.starts_with(start));
        let code = other.map_or(0, |(_, code)| *code);
        assert_eq!(ran.code, code, "{line}\n{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn every_settings_file_of_the_readme_is_valid() {
    let (_, settings) = commands_and_settings();
    assert!(settings.len() > 1);
    let dir = tempfile::tempdir().unwrap();
    let card = dir.path().join("cloudfront-2026-10.toml");
    let offer = repo_root().join("crates/rates/src/tests/offers/AmazonCloudFront.json");
    let (offer, card) = (offer.to_str().unwrap(), card.to_str().unwrap());
    run(&["rates", "import", offer, "--from", "2026-10", "--out", card]).expect(0);
    for settings in settings {
        let file = dir.path().join("edgeledger.toml");
        fs::write(&file, &settings).unwrap();
        let ran = run(&["config", "show", "--config", file.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{settings}\n{}", ran.stderr);
    }
}
