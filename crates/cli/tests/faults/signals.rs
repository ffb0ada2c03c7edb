//! F3: SIGINT and SIGTERM in the middle of the work.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use crate::{
    calls::ALL_KINDS,
    command::{Ran, ended, seen_of, signal},
    inject::{Do, Fault},
    short_or_long,
    world::{Object, Truth, World},
};

/// A process that stopped itself at a call; it does not outlive a test that fails.
pub(crate) struct Stopped(Option<Child>);

impl Stopped {
    /// Starts a command with a fault that stops it, and waits until it has; `None` when it cannot
    /// be stopped or ended before.
    pub(crate) fn start(mut command: Command, fault: &Fault<'_>, log: &Path) -> Option<Self> {
        if !fault.load(&mut command, log) {
            return None;
        }
        let mut child = command.spawn().unwrap();
        let stat = format!("/proc/{}/stat", child.id());
        let is_stopped = || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "));
        if seen_of(&mut child, is_stopped) {
            return Some(Self(Some(child)));
        }
        println!("it ended before call {}: {}", fault.at, ended(child).text());
        None
    }

    /// Starts an ingest that stops before call `at` on `root`.
    pub(crate) fn ingest(
        world: &World,
        lake: &str,
        root: &str,
        kinds: &str,
        at: usize,
    ) -> Option<Self> {
        let (root, log) = (world.path().join(root), format!("{lake}.calls"));
        let fault = Fault {
            root: &root,
            kinds,
            at,
            what: Do::Stop,
            stays: false,
        };
        Self::start(world.ingest_command(lake), &fault, &world.path().join(log))
    }

    /// Lets it go on to its end.
    pub(crate) fn go_on(mut self) -> Ran {
        let child = self.0.take().unwrap();
        signal(&child, "CONT");
        ended(child)
    }

    /// Sends a signal, lets it go on, and holds it to the promised ten seconds.
    fn interrupt(mut self, name: &str) -> Ran {
        let child = self.0.take().unwrap();
        signal(&child, name);
        signal(&child, "CONT");
        let started = Instant::now();
        let ran = ended(child);
        let in_time = started.elapsed() < Duration::from_secs(10);
        assert!(in_time, "slow to end: {}", ran.text());
        ran
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().unwrap_or_default();
            child.wait().map(drop).unwrap_or_default();
        }
    }
}

/// Far into one object of 64 MiB; nothing of it may be left.
fn mid_file(name: &str) -> Option<(World, Ran)> {
    let mut world = World::small();
    world.ingest("lake").expect(0);
    let before = world.truth.clone();
    let line = "2026-10-05\t01:00:00\t1\t200\t/large\t-\t-\n";
    let lines = (64 << 20) / line.len();
    let rows = (3..).zip(std::iter::repeat_n(1, lines)).collect();
    let object = Object {
        status: "ingested",
        rows,
        rejected: 0,
    };
    let text = crate::world::HEADER.to_owned() + &line.repeat(lines);
    world.put(
        "E2EXAMPLE1RLS.2026-10-05-01.0a12be00.log",
        text.as_bytes(),
        object,
    );
    let ran = Stopped::ingest(&world, "lake", "logs", "read", 100)?.interrupt(name);
    assert_eq!(
        world.check_whole_versions("lake", &before).len(),
        before.len()
    );
    Some((world, ran))
}

#[test]
fn f03_sigint_in_a_large_object_ends_soon_and_leaves_nothing_of_it() {
    if let Some((world, ran)) = mid_file("INT") {
        ran.expect(130);
        world.ingest("lake").expect(0);
        world.check("lake");
    }
}

#[test]
fn f03_sigterm_in_a_large_object_leaves_nothing_of_it() {
    if let Some((_, ran)) = mid_file("TERM") {
        let code = (ran.code(), ran.signal());
        assert!(
            matches!(code, (Some(143), None) | (None, Some(15))),
            "{}",
            ran.text()
        );
    }
}

#[test]
fn f03_sigterm_is_an_orderly_end() {
    if let Some((_, ran)) = mid_file("TERM") {
        ran.expect(143);
    }
}

/// Between any two calls of a commit: what was said to be committed is there, whatever came next.
#[test]
fn f03_sigint_while_committing_keeps_what_was_said() {
    let world = World::small();
    let step = short_or_long(9, 1);
    for at in (2..82).step_by(step) {
        let lake = format!("lake{at}");
        let Some(stopped) = Stopped::ingest(&world, &lake, &lake, ALL_KINDS, at) else {
            return;
        };
        let ran = stopped.interrupt("INT");
        assert!(matches!(ran.code(), Some(130 | 0)), "{}", ran.text());
        let shown = world.check_whole_versions(&lake, &Truth::new()).len();
        if ran.stderr.contains("committed 8 objects") {
            // The eighth has no rows, and may not be in `log_files` yet.
            assert!(shown >= 7, "{}", ran.text());
        }
        world.ingest(&lake).expect(0);
        world.check(&lake);
    }
}
