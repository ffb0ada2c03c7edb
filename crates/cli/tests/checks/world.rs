//! Running `check`, on the sample and on hand-made logs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::repo_root;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SETTINGS: &str = "sample-logs/edgeledger.toml";

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The run's stdout, if it ended as expected.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The run's stderr, if it was refused and printed nothing.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (2, ""),
            "{}",
            self.stderr
        );
        self.stderr
    }
}

/// The command in the repository's root, with none of the caller's settings.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
    command
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::null());
    for name in [
        "EDGELEDGER_CONFIG",
        "EDGELEDGER_LAKE",
        "GITHUB_STEP_SUMMARY",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(args: &[&str]) -> Ran {
    ran(&mut command(args))
}

/// A lake of the sample logs, made once for all tests.
pub(crate) fn lake() -> &'static str {
    static LAKE: OnceLock<(TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = text(&dir.path().join("lake"));
        run(&["ingest", "sample-logs", "--lake", &path]).expect(0);
        (dir, path)
    });
    path
}

/// `check` of the sample's lake with its settings.
pub(crate) fn check(more: &[&str]) -> Ran {
    let args = ["check", "--lake", lake(), "--config", SETTINGS];
    run(&[&args[..], more].concat())
}

/// The same with a rules file of these words.
pub(crate) fn check_with(rules: &str, more: &[&str]) -> Ran {
    let dir = Folder::new();
    let rules = dir.write("checks.toml", rules);
    check(&[&["--rules", &rules], more].concat())
}

/// The same without the built-in rules but those that the rules tune: pricing a month takes most of
/// a check's time.
pub(crate) fn check_only(rules: &str, more: &[&str]) -> Ran {
    check_with(&only(rules), more)
}

/// These rules, with the built-in ones switched off that they do not tune.
pub(crate) fn only(rules: &str) -> String {
    let off = [
        "rejects",
        "quarantine",
        "unknown-edges",
        "hit-ratio",
        "cost",
        "budget",
        "unpriced",
        "coverage",
        "schema-drift",
        "egress-drift",
        "requests-drift",
        "hit-ratio-drift",
        "cost-drift",
    ];
    let off = off
        .iter()
        .filter(|name| !rules.contains(&format!("[builtin.{name}]")))
        .map(|name| format!("builtin.{name}.enabled = false\n"));
    // First in the file: what follows may be keys of its last table.
    off.collect::<String>() + rules
}

/// The verdicts of a run with `--format json`.
#[track_caller]
pub(crate) fn verdicts(ran: Ran, code: i32) -> Value {
    let verdicts: Value = serde_json::from_str(&ran.expect(code)).unwrap();
    assert_eq!(verdicts["exit_code"], code);
    verdicts
}

/// The verdict on a rule.
#[track_caller]
pub(crate) fn of<'a>(verdicts: &'a Value, rule: &str) -> &'a Value {
    let mut rules = verdicts["rules"].as_array().unwrap().iter();
    let found = rules.find(|verdict| verdict["rule"] == rule);
    found.unwrap_or_else(|| panic!("no verdict on {rule} in {verdicts:#}"))
}

/// The messages of a verdict.
pub(crate) fn messages(verdict: &Value) -> Vec<String> {
    let findings = verdict["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["message"].as_str().unwrap().to_owned())
        .collect()
}

/// What a correct reader finds in the sample.
pub(crate) fn truth() -> Value {
    let path = repo_root().join("sample-logs/truth.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A folder of files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> String {
        text(self.0.path())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        text(&path)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A log of requests for these paths, percent-encoded as CloudFront writes them.
pub(crate) fn log_of(paths: &[&str]) -> String {
    let mut log = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method \
        cs(Host) cs-uri-stem sc-status x-edge-result-type\n"
        .to_owned();
    for path in paths {
        let row = [
            "2026-10-05",
            "01:00:00",
            "FRA56-P1",
            "1000",
            "192.0.2.1",
            "GET",
            "d111111abcdef8.cloudfront.example",
            path,
            "200",
            "Hit",
        ];
        log.push_str(&row.join("\t"));
        log.push('\n');
    }
    log
}
