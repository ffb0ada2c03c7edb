//! What a run touched, as strace saw it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// Every call that opens, makes, moves or deletes a file, or goes to a network.
pub(crate) const STRACE: [&str; 5] = [
    "-f",
    "-qq",
    "-y",
    "-e",
    "trace=open,openat,openat2,creat,truncate,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,\
     symlink,symlinkat,unlink,unlinkat,rmdir,chmod,fchmodat,socket,connect,bind,sendto",
];

/// Says so when strace is missing or may not trace.
pub(crate) fn strace_works() -> bool {
    let status = Command::new("strace")
        .args(["-f", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = status.is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: strace does not work here, so that file accesses are not watched");
    }
    works
}

/// Paths by what was done with them.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) read: Vec<String>,
    pub(crate) written: Vec<String>,
    /// Calls for a network.
    network: Vec<String>,
}

/// What any program of the system reads: libraries, devices, the machine's description.
const SYSTEM: [&str; 8] = [
    "/lib",
    "/usr/lib",
    "/etc/ld.so",
    "/proc/",
    "/sys/",
    "/dev/",
    "/usr/share/zoneinfo",
    "/etc/localtime",
];

impl Calls {
    pub(crate) fn read(log: &Path) -> Self {
        let mut calls = Self::default();
        for line in std::fs::read_to_string(log).unwrap().lines() {
            let Some((name, arguments)) = line
                .split_once(' ')
                .and_then(|(_, call)| call.trim_start().split_once('('))
            else {
                continue;
            };
            if name.starts_with("<...") || name.starts_with("---") || name.starts_with("+++") {
                continue;
            }
            // An attempt that failed still shows what was meant.
            let path = arguments.split('"').nth(1).unwrap_or_default().to_owned();
            match name {
                "socket" | "connect" | "bind" | "sendto" => {
                    if !arguments.starts_with("AF_UNIX") {
                        calls.network.push(line.to_owned());
                    }
                }
                "open" | "openat" | "openat2" => {
                    let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
                    if writes.iter().any(|flag| arguments.contains(flag)) {
                        calls.written.push(path);
                    } else {
                        calls.read.push(path);
                    }
                }
                _ => calls.written.push(path),
            }
        }
        calls
    }

    /// What is neither the lake nor the system's, nor the run's own temporary folder.
    pub(crate) fn strange(&self, lake: &str, tmp: &str) -> Vec<&String> {
        // The settings file that would be read, and the folder of the lake's transactions.
        let is_known = |path: &&String| {
            let system = SYSTEM.iter().any(|folder| path.starts_with(folder));
            let lake = Path::new(path.as_str()).starts_with(lake);
            system || lake || path.as_str() == "edgeledger.toml" || is_spill(path, tmp)
        };
        let read = self.read.iter().filter(|path| !is_known(path));
        let written = self.written.iter();
        let written = written.filter(|path| !is_spill(path, tmp) && path.as_str() != "/dev/null");
        read.chain(written).chain(&self.network).collect()
    }

    #[track_caller]
    pub(crate) fn assert_of_lake_only(&self, lake: &str, tmp: &str, sql: &str) {
        let strange = self.strange(lake, tmp);
        assert!(strange.is_empty(), "{sql}\n{strange:#?}");
    }
}

/// Whether it is the folder for what does not fit into memory, or a name in there.
fn is_spill(path: &str, tmp: &str) -> bool {
    path.strip_prefix(tmp)
        .is_some_and(|rest| rest.starts_with("/edgeledger-"))
}
