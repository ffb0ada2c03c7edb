//! F4: the order of calls that makes a commit survive a power cut, read from a run's own calls.

use std::{fs, path::Path, sync::OnceLock};

use crate::{
    calls::{ALL_KINDS, Call, of_shim, of_strace, strace_names},
    command::{BINARY, has, program, ran},
    inject::{Do, Fault, shim},
    world::World,
};

/// The calls of two runs (a first ingest, and one into the lake that is there), as the shim and,
/// where it works, strace saw them.
struct Traced {
    world: World,
    shim: Vec<Call>,
    strace: Option<Vec<Call>>,
}

impl Traced {
    fn calls(&self) -> &[Call] {
        self.strace.as_deref().unwrap_or(&self.shim)
    }

    fn text(&self, path: &str) -> String {
        self.world.path().join(path).to_str().unwrap().to_owned()
    }
}

fn traced() -> Option<&'static Traced> {
    static TRACED: OnceLock<Option<Traced>> = OnceLock::new();
    TRACED.get_or_init(trace).as_ref()
}

fn trace() -> Option<Traced> {
    let mut world = World::small();
    let (root, lake) = (world.path().to_owned(), world.path().join("lake"));
    // Outside the folder that is watched, so that the folder above the lake may be watched too.
    let outside = tempfile::tempdir().unwrap();
    let ptrace = has(
        "strace",
        &["-f", "true"],
        "the order of calls is read from the shim alone",
    );
    let (mut shim_calls, mut strace_calls) = (Vec::new(), Vec::new());
    for run in ["first", "second"] {
        let (calls, trace) = (outside.path().join("calls"), outside.path().join("strace"));
        let fault = Fault {
            root: &root,
            kinds: ALL_KINDS,
            at: 0,
            what: Do::Kill,
            stays: false,
        };
        let mut command = if ptrace {
            let mut command = program("strace", &root);
            command
                .args(["-f", "-qq", "-y", "-e"])
                .arg(format!("trace={}", strace_names()));
            command
                .arg("-o")
                .arg(&trace)
                .arg("-E")
                .arg(format!("LD_PRELOAD={}", shim()?.display()));
            command
                .args([BINARY, "ingest", "logs", "--lake"])
                .arg(&lake);
            command
        } else {
            world.ingest_command("lake")
        };
        if !fault.load(&mut command, &calls) {
            return None;
        }
        if ptrace {
            command.env_remove("LD_PRELOAD");
        }
        ran(&mut command).expect(0);
        shim_calls.extend(later(of_shim(&calls), shim_calls.len()));
        if ptrace {
            let found = of_strace(&trace, root.to_str().unwrap());
            strace_calls.extend(later(found, strace_calls.len()));
        }
        if run == "first" {
            world.add(8, 4);
        }
    }
    world.check("lake");
    let strace = ptrace.then_some(strace_calls);
    Some(Traced {
        world,
        shim: shim_calls,
        strace,
    })
}

/// Calls of the second run come after those of the first.
fn later(calls: Vec<Call>, runs: usize) -> Vec<Call> {
    let shift = if runs == 0 { 0 } else { 1_000_000 };
    let moved = |call: Call| Call {
        began: call.began + shift,
        ended: call.ended.map(|line| line + shift),
        ..call
    };
    calls.into_iter().map(moved).collect()
}

/// The injected faults are only as good as the shim's eyes: no call may pass it by.
#[test]
fn f04_the_shim_sees_every_call_that_strace_sees() {
    let Some(Traced {
        shim,
        strace: Some(strace),
        ..
    }) = traced()
    else {
        return;
    };
    let shown = |calls: &[Call]| {
        let mut shown: Vec<_> = calls
            .iter()
            .map(|call| (call.kind, call.path.clone(), call.to.clone(), call.ok))
            .collect();
        shown.sort();
        shown
    };
    assert_eq!(shown(shim), shown(strace));
    tell!("{} calls seen by both", shim.len());
}

/// The first call like this that was flushed after `after` and before `before`.
fn is_synced(calls: &[Call], path: &Path, after: usize, before: usize) -> bool {
    calls.iter().any(|call| {
        call.kind == "sync"
            && call.ok
            && Path::new(&call.path) == path
            && call.began > after
            && call.ended.is_some_and(|ended| ended < before)
    })
}

/// Links and renames that made a version of a table visible, and that table's folder.
fn commits(calls: &[Call]) -> Vec<(&Call, &Path)> {
    let found = calls.iter().filter_map(|call| {
        let to = Path::new(&call.to);
        let is_version = to.extension().is_some_and(|ending| ending == "json")
            && to.parent().is_some_and(|dir| dir.ends_with("_delta_log"));
        (call.ok && is_version).then(|| (call, to.ancestors().nth(2).unwrap()))
    });
    found.collect()
}

#[test]
fn f04_data_and_folders_are_flushed_before_the_commit_that_names_them() {
    let Some(traced) = traced() else {
        return;
    };
    let (calls, mut files) = (traced.calls(), 0);
    for (commit, table) in commits(calls) {
        for line in fs::read_to_string(&commit.to).unwrap().lines() {
            let action: serde_json::Value = serde_json::from_str(line).unwrap();
            let Some(path) = action["add"]["path"].as_str() else {
                continue;
            };
            files += 1;
            let file = table.join(path);
            let named = calls
                .iter()
                .find(|call| Path::new(&call.to) == file)
                .unwrap();
            let named_at = named.ended.unwrap();
            let written = calls
                .iter()
                .filter(|call| {
                    call.kind == "write"
                        && (call.path == named.path || Path::new(&call.path) == file)
                })
                .filter_map(|call| call.ended)
                .max()
                .unwrap();
            let flushed = is_synced(calls, &file, written, commit.began)
                || is_synced(calls, Path::new(&named.path), written, commit.began);
            assert!(
                flushed,
                "{path} is named by {} before it is flushed",
                commit.to
            );
            let dir = file.parent().unwrap();
            assert!(
                is_synced(calls, dir, named_at, commit.began),
                "the name {path} is not flushed"
            );
            // Folders made on the way, each by the folder that holds it.
            for made in calls.iter().filter(|call| call.kind == "mkdir" && call.ok) {
                let above = Path::new(&made.path).parent().unwrap();
                let ours = file.starts_with(&made.path)
                    && above.starts_with(traced.world.path().join("lake"));
                let flushed = is_synced(calls, above, made.ended.unwrap(), commit.began);
                assert!(!ours || flushed, "the folder {} is not flushed", made.path);
            }
        }
    }
    assert!(files >= 6, "{files} files of commits were looked at");
    tell!(
        "{files} data files in {} commits, {} calls",
        commits(calls).len(),
        calls.len()
    );
}

/// What has been linked is flushed, content and name, before the run ends.
fn unflushed_versions(traced: &Traced) -> Vec<&str> {
    let calls = traced.calls();
    let flushed = |commit: &Call| {
        let (file, linked) = (Path::new(&commit.to), commit.ended.unwrap());
        let content = is_synced(calls, file, 0, usize::MAX)
            || is_synced(calls, Path::new(&commit.path), 0, usize::MAX);
        content && is_synced(calls, file.parent().unwrap(), linked, usize::MAX)
    };
    let commits = commits(calls).into_iter().map(|(commit, _)| commit);
    commits
        .filter(|commit| !flushed(commit))
        .map(|commit| commit.to.as_str())
        .collect()
}

#[test]
fn f04_every_ingest_commit_is_flushed_before_the_run_ends() {
    let Some(traced) = traced() else {
        return;
    };
    let unflushed = unflushed_versions(traced);
    let first = |path: &str| path.ends_with("/00000000000000000000.json");
    assert!(unflushed.iter().all(|path| first(path)), "{unflushed:?}");
}

#[test]
fn f04_the_first_version_is_flushed_too() {
    if let Some(traced) = traced() {
        assert_eq!(unflushed_versions(traced), Vec::<&str>::new());
    }
}

#[test]
fn f04_a_commit_is_flushed_before_its_name_is_given() {
    let Some(traced) = traced() else {
        return;
    };
    let calls = traced.calls();
    for (commit, _) in commits(calls) {
        let flushed = is_synced(calls, Path::new(&commit.path), 0, commit.began);
        assert!(flushed, "{} gets its name before it is flushed", commit.to);
    }
}

#[test]
fn f04_the_name_of_the_lake_is_flushed() {
    let Some(traced) = traced() else {
        return;
    };
    let made = traced
        .calls()
        .iter()
        .find(|call| call.kind == "mkdir" && call.path == traced.text("lake"));
    let made = made.and_then(|call| call.ended).unwrap();
    assert!(is_synced(
        traced.calls(),
        traced.world.path(),
        made,
        usize::MAX
    ));
}
