//! Running the command with a planted secret, and waiting for what can be seen.

use std::{
    io::Write,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

/// The secret of the environment: it must never come out.
pub(crate) const CANARY: &str = "CANARYenvironmentSecretKeyThatMustNotComeOut";

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The exit code; `None` when a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{}", self.text());
        self
    }

    /// Refuses what no fault excuses: a panic, an abort, a crash.
    #[track_caller]
    pub(crate) fn not_a_bug(&self) {
        let killed = self.signal().is_some_and(|signal| signal != 9);
        assert!(self.code() != Some(70) && !killed, "{}", self.text());
        assert!(!self.stderr.contains("panicked at"), "{}", self.text());
    }

    /// An error that the command told as one: `error: …` and a code that says so.
    #[track_caller]
    pub(crate) fn typed_error(&self) {
        self.not_a_bug();
        assert!(matches!(self.code(), Some(1 | 5)), "{}", self.text());
        assert!(self.stderr.contains("error: "), "{}", self.text());
    }

    pub(crate) fn text(&self) -> String {
        format!("{}: {}{}", self.status, self.stdout, self.stderr)
    }
}

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_edgeledger");

/// The command, away from any settings of the caller's.
pub(crate) fn edgeledger(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args);
    prepare(&mut command, dir);
    command
}

/// Another program that will run the command.
pub(crate) fn program(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(name);
    prepare(&mut command, dir);
    command
}

fn prepare(command: &mut Command, dir: &Path) {
    command
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", CANARY)
        .env("AWS_SESSION_TOKEN", CANARY);
    for name in ["EDGELEDGER_CONFIG", "EDGELEDGER_LAKE", "AWS_PROFILE"] {
        command.env_remove(name);
    }
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    ended(command.spawn().unwrap())
}

/// Waits for a process started with [`edgeledger`].
pub(crate) fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let ran = Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(CANARY), "a secret came out: {text}");
    }
    ran
}

/// Looks until something is seen or the process ended; whether it was seen.
pub(crate) fn seen_of(child: &mut Child, mut seen: impl FnMut() -> bool) -> bool {
    loop {
        if seen() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return seen();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Says how much was tried or left out, past the capture of a passing test's output.
pub(crate) fn tell(text: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or_default();
    writeln!(std::io::stderr(), "{test}: {text}").unwrap_or_default();
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let command = format!("kill -{name} {}", child.id());
    let status = Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(status.success(), "{command}");
}

/// Whether a program can be started; says so when a test must do without it.
pub(crate) fn has(program: &str, args: &[&str], without: &str) -> bool {
    let works = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        tell!(
            "SKIPPED: `{program} {}` does not work here; {without}",
            args.join(" ")
        );
    }
    works
}
