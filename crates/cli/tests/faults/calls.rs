//! The calls a run made on files, as the shim or strace wrote them down.

use std::{collections::HashMap, path::Path};

/// One call that began and, unless the process was killed, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `create`, `write`, `sync`, `rename`, `link`, `unlink`, `mkdir` or `truncate`.
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    /// The new name of a `rename` or `link`.
    pub(crate) to: String,
    /// Line of the log where it began, and where it ended.
    pub(crate) began: usize,
    pub(crate) ended: Option<usize>,
    pub(crate) ok: bool,
}

/// What changes a disk, as strace names it, and what it is.
const KINDS: [(&str, &[&str]); 8] = [
    ("create", &["open", "openat", "creat", "openat2"]),
    (
        "write",
        &[
            "write",
            "pwrite64",
            "writev",
            "pwritev",
            "pwritev2",
            "copy_file_range",
            "sendfile",
        ],
    ),
    (
        "sync",
        &["fsync", "fdatasync", "sync_file_range", "syncfs", "sync"],
    ),
    ("rename", &["rename", "renameat", "renameat2"]),
    ("link", &["link", "linkat", "symlink", "symlinkat"]),
    ("unlink", &["unlink", "unlinkat", "rmdir"]),
    ("mkdir", &["mkdir", "mkdirat"]),
    ("truncate", &["truncate", "ftruncate", "fallocate"]),
];

/// Every kind, as the shim takes them.
pub(crate) const ALL_KINDS: &str = "create,write,sync,rename,link,unlink,mkdir,truncate";

/// The names of the calls, as strace takes them.
pub(crate) fn strace_names() -> String {
    let names: Vec<String> = KINDS
        .iter()
        .flat_map(|(_, names)| names.iter().map(|name| format!("?{name}")))
        .collect();
    names.join(",")
}

fn kind(name: &str) -> Option<&'static str> {
    KINDS
        .iter()
        .find_map(|(kind, names)| (*kind == name || names.contains(&name)).then_some(*kind))
}

/// Reads the shim's log.
pub(crate) fn of_shim(log: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let (mut calls, mut numbers) = (Vec::<Call>::new(), HashMap::new());
    for (line, text) in text.lines().enumerate() {
        let parts: Vec<&str> = text.split('\t').collect();
        match parts.as_slice() {
            [number, "end", how] => {
                let at: usize = numbers[number];
                calls[at].ended = Some(line);
                calls[at].ok = *how == "ok";
            }
            [number, name, path, to] => {
                numbers.insert(*number, calls.len());
                calls.push(Call {
                    kind: kind(name).unwrap_or("read"),
                    path: (*path).to_owned(),
                    to: (*to).to_owned(),
                    began: line,
                    ended: None,
                    ok: false,
                });
            }
            _ => panic!("not a line of the shim: {text}"),
        }
    }
    calls
}

/// Reads a log of `strace -f -y`: the calls on files below `root`.
pub(crate) fn of_strace(log: &Path, root: &str) -> Vec<Call> {
    let text = std::fs::read_to_string(log).unwrap();
    let (mut calls, mut unfinished) = (Vec::<Call>::new(), HashMap::<&str, Option<usize>>::new());
    for (line, text) in text.lines().enumerate() {
        let Some((thread, rest)) = text.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(Some(at)) = unfinished.remove(thread) {
                calls[at].ended = Some(line);
                calls[at].ok = returned_ok(rest);
            }
            continue;
        }
        let waits = rest.ends_with("<unfinished ...>");
        let call =
            parse(rest).filter(|call| call.path.starts_with(root) || call.to.starts_with(root));
        let at = call.map(|mut call| {
            call.began = line;
            if !waits {
                call.ended = Some(line);
                call.ok = returned_ok(rest);
            }
            calls.push(call);
            calls.len() - 1
        });
        if waits {
            unfinished.insert(thread, at);
        }
    }
    calls
}

fn returned_ok(text: &str) -> bool {
    text.rsplit_once(" = ")
        .is_some_and(|(_, value)| !value.starts_with('-'))
}

/// `name(arguments…` without its place in the log.
fn parse(text: &str) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    let kind = kind(name)?;
    if kind == "create" && !arguments.contains("O_CREAT") {
        return None;
    }
    let by_descriptor =
        matches!(kind, "write" | "sync") || name == "ftruncate" || name == "fallocate";
    let (path, to) = if by_descriptor {
        let path = arguments.split_once('<')?.1.split_once('>')?.0;
        (path.to_owned(), String::new())
    } else {
        let mut names = quoted(arguments).into_iter();
        let path = names.next()?;
        let to = if matches!(kind, "rename" | "link") {
            names.next()?
        } else {
            String::new()
        };
        (path, to)
    };
    Some(Call {
        kind,
        path,
        to,
        began: 0,
        ended: None,
        ok: false,
    })
}

/// The quoted strings of a line; the suite's file names hold nothing that strace escapes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
