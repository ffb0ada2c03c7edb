//! Faults at the n-th call, by a small library loaded into the command.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What happens at the call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Do {
    /// SIGKILL before the call.
    Kill,
    /// SIGSTOP before the call: another process goes first.
    Stop,
    /// The call fails with this error number.
    Fail(i32),
}

pub(crate) const EIO: i32 = 5;
pub(crate) const ENOSPC: i32 = 28;
pub(crate) const EROFS: i32 = 30;

/// A fault to plan into a command.
#[derive(Debug, Clone)]
pub(crate) struct Fault<'a> {
    /// Only calls on files below this folder count.
    pub(crate) root: &'a Path,
    /// Which kinds of call count, separated by commas.
    pub(crate) kinds: &'a str,
    /// Number of the call; 0 only counts.
    pub(crate) at: usize,
    pub(crate) what: Do,
    /// Every later call fails too, as on a disk that stays full.
    pub(crate) stays: bool,
}

impl Fault<'_> {
    /// Loads the fault into a command; the calls are written to `log`. `false`, and said, when
    /// there is no C compiler to make the library.
    pub(crate) fn load(&self, command: &mut Command, log: &Path) -> bool {
        let Some(shim) = shim() else {
            return false;
        };
        let what = match self.what {
            Do::Kill => "kill".to_owned(),
            Do::Stop => "stop".to_owned(),
            Do::Fail(number) => number.to_string(),
        };
        drop(std::fs::remove_file(log));
        command
            .env("LD_PRELOAD", shim)
            .env("FAULT_ROOT", self.root)
            .env("FAULT_CALLS", self.kinds)
            .env("FAULT_AT", self.at.to_string())
            .env("FAULT_DO", what)
            .env("FAULT_LOG", log);
        if self.stays {
            command.env("FAULT_STICKY", "1");
        }
        true
    }
}

/// The library, made once.
pub(crate) fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let shim = SHIM.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let made = dir.join(format!("faults-shim-{}.so", std::process::id()));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/shim.c");
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&made)
            .args([source, "-ldl"])
            .output();
        match output {
            Ok(output) if output.status.success() => {
                // A name for good, put in place at once: another run may be using the last one.
                let shim = dir.join("faults-shim.so");
                std::fs::rename(&made, &shim).unwrap();
                Some(shim)
            }
            other => {
                tell!("SKIPPED: no library for faults can be made: {other:?}");
                None
            }
        }
    });
    shim.as_deref()
}
