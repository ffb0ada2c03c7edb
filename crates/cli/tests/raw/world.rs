//! Logs in a folder, and the two ways to ask them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use edgeledger_testkit::{gzip, repo_root};
use tempfile::TempDir;

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }

    /// The rows of a CSV, without its header.
    pub(crate) fn rows(&self) -> Vec<&str> {
        self.stdout.lines().skip(1).collect()
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

/// A folder of logs.
pub(crate) struct World {
    dir: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("logs")).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn logs(&self) -> String {
        text(&self.path("logs"))
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path("logs").join(name), bytes).unwrap();
    }

    /// Asks the logs.
    pub(crate) fn raw(&self, sql: &str) -> Ran {
        let logs = self.logs();
        run(&["sql", "--logs", &logs, "--format", "csv", sql])
    }

    /// Ingests the logs; `code` is how that is to end.
    pub(crate) fn ingest(&self, code: i32) -> Ran {
        let (logs, lake) = (self.logs(), text(&self.path("lake")));
        run(&["ingest", &logs, "--lake", &lake]).expect(code)
    }

    /// Asks the lake.
    pub(crate) fn lake(&self, sql: &str) -> Ran {
        let lake = text(&self.path("lake"));
        run(&["sql", "--lake", &lake, "--format", "csv", sql]).expect(0)
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The name of an object of an hour, `YYYY-MM-DD-HH`.
pub(crate) fn name(distribution: &str, hour: &str) -> String {
    format!("{distribution}.{hour}.0123abcd.gz")
}

pub(crate) const FIELDS: &str =
    "#Version: 1.0\n#Fields: date time sc-bytes cs-uri-stem sc-status c-ip cs-uri-query asn\n";

/// An object with a row for each of the times `YYYY-MM-DD HH:MM:SS`.
pub(crate) fn object(times: &[&str]) -> Vec<u8> {
    let rows = times.iter().map(|time| {
        let time = time.replace(' ', "\t");
        format!("{time}\t7\t/a\t200\t192.0.2.77\ttoken=hush&a=1\t64496\n")
    });
    gzip(FIELDS.to_owned() + &rows.collect::<String>())
}
