//! What the README tells a newcomer to type: every command in it runs, in the order of the page, in
//! a folder with the sample logs and against S3.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::Path,
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

/// What the page's code blocks hold, in its order.
enum Step {
    Command(String),
    /// `export` and `unset`: for all commands after it.
    Set(String, Option<String>),
    /// A settings file.
    Settings(String),
}

fn steps() -> Vec<Step> {
    let page = fs::read_to_string(repo_root().join("README.md")).unwrap();
    let mut steps = Vec::new();
    let mut language: Option<&str> = None;
    let mut block: Vec<&str> = Vec::new();
    for line in page.lines() {
        match (language, line.trim_start().strip_prefix("```")) {
            (None, Some(of)) => language = Some(of),
            (None, None) => {}
            (Some(_), None) => block.push(line.trim()),
            (Some(of), Some(_)) => {
                let lines = std::mem::take(&mut block);
                if of == "toml" {
                    steps.push(Step::Settings(lines.join("\n")));
                } else {
                    steps.extend(lines.into_iter().filter_map(step));
                }
                language = None;
            }
        }
    }
    steps
}

/// What a line of a block asks for; `None` of what commands print, and of builds.
fn step(line: &str) -> Option<Step> {
    if BUILDS.iter().any(|build| line.starts_with(build)) {
        return None;
    }
    if let Some(set) = line.strip_prefix("export ") {
        let (name, value) = set.split_once('=').unwrap();
        let value = value.split_whitespace().next().unwrap();
        return Some(Step::Set(name.to_owned(), Some(value.to_owned())));
    }
    if let Some(name) = line.strip_prefix("unset ") {
        return Some(Step::Set(name.to_owned(), None));
    }
    let is_command = ["edgeledger ", "echo ", "cargo "];
    let is_command = is_command.iter().any(|start| line.starts_with(start));
    is_command.then(|| Step::Command(line.replace("cargo run -- ", "edgeledger ")))
}

/// The folder of a newcomer: the sample logs, and the files that commands name.
fn prepare(dir: &Path) {
    let bin = dir.join("bin");
    fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_edgeledger"), bin.join("edgeledger")).unwrap();
    symlink(sample_logs(), dir.join("sample-logs")).unwrap();
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
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    prepare(&home);
    let server = S3Server::start(&dir.path().join("buckets")).await.unwrap();
    for bucket in ["my-logs", "my-lake", "my-reports"] {
        server.create_bucket(bucket).unwrap();
    }
    put(&server, "my-logs", &sample_logs().join("cloudfront"));
    let settings = home.join("edgeledger.toml");
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    let mut n_commands = 0;
    for step in steps() {
        match step {
            Step::Set(name, Some(value)) => {
                set.insert(name, value);
            }
            Step::Set(name, None) => {
                set.remove(&name);
            }
            // The first is the whole file; others are parts that may be added to it.
            Step::Settings(text) if !settings.exists() => fs::write(&settings, text).unwrap(),
            Step::Settings(_) => {}
            Step::Command(line) => {
                let mut shell = shell(&home, &server, &line);
                shell.envs(&set);
                // The server answers on this runtime, so the command must not block it.
                let ran = tokio::task::spawn_blocking(move || ran(&mut shell));
                let ran = ran.await.unwrap();
                let other = OTHER_CODES
                    .iter()
                    .find(|(start, _)| line.starts_with(start));
                let code = other.map_or(0, |(_, code)| *code);
                assert_eq!(ran.code, code, "{line}\n{}{}", ran.stdout, ran.stderr);
                n_commands += 1;
            }
        }
    }
    assert!(n_commands > 30, "{n_commands} commands");
}

#[test]
fn every_settings_file_of_the_readme_is_valid() {
    let settings: Vec<String> = steps()
        .into_iter()
        .filter_map(|step| match step {
            Step::Settings(settings) => Some(settings),
            _ => None,
        })
        .collect();
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
