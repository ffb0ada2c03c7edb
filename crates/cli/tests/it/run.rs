//! Running the command.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::repo_root;

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
}

/// Settings of the caller's that a test must not see.
pub(crate) const UNSET: [&str; 5] = [
    "EDGELEDGER_CONFIG",
    "EDGELEDGER_LAKE",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
];

/// The command in the repository's root, with none of the caller's settings.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
    command
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::null());
    for name in UNSET {
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

/// The sample's settings, for other folders: its rules lie beside it and are left out.
pub(crate) fn sample_settings() -> String {
    let path = edgeledger_testkit::sample_logs().join("edgeledger.toml");
    let settings = std::fs::read_to_string(path).unwrap();
    let lines = settings.lines().filter(|line| !line.starts_with("rules"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A lake of the sample logs, made once for all tests.
pub(crate) fn sample_lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lake").to_str().unwrap().to_owned();
        run(&["ingest", "sample-logs", "--lake", &path]).expect(0);
        (dir, path)
    });
    path
}

/// Rows of a query on the sample lake, as JSON.
pub(crate) fn sample_rows(sql: &str) -> Vec<serde_json::Value> {
    let stdout = run(&[
        "sql",
        "--lake",
        sample_lake(),
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        "ndjson",
        sql,
    ])
    .expect(0);
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
