//! Running the command.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::repo_root;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_edgeledger");

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

    /// Wrong usage, told in these words.
    #[track_caller]
    pub(crate) fn refused(self, stderr: &str) {
        assert_eq!(self.code, 2, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stderr, stderr);
        assert_eq!(self.stdout, "");
    }
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A program in a folder, with none of the caller's settings.
pub(crate) fn program(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(dir).stdin(Stdio::null());
    for name in [
        "EDGELEDGER_CONFIG",
        "EDGELEDGER_LAKE",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ] {
        command.env_remove(name);
    }
    command
}

/// The command in the repository's root.
pub(crate) fn run(args: &[&str]) -> Ran {
    ran(program(BINARY, &repo_root()).args(args))
}

/// `edgeledger sql` on the sample lake.
pub(crate) fn sql(args: &[&str]) -> Ran {
    let lake = sample_lake();
    let settings = ["--lake", lake, "--config", "sample-logs/edgeledger.toml"];
    run(&[&["sql"], &settings[..], args].concat())
}

/// The same, as CSV that must come.
#[track_caller]
pub(crate) fn csv(args: &[&str]) -> String {
    sql(&[&["--format", "csv"], args].concat()).expect(0)
}

/// A lake of the sample logs, made once for all tests.
pub(crate) fn sample_lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = text(&dir.path().canonicalize().unwrap().join("lake"));
        run(&["ingest", "sample-logs", "--lake", &path]).expect(0);
        (dir, path)
    });
    path
}

/// Says what a test could not look at.
pub(crate) fn say(text: &str) {
    let line = format!("{text}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
