//! F1 and F2: SIGKILL at every call that changes the disk, and again and again at random.

use std::{thread, time::Duration};

use crate::{
    calls::{ALL_KINDS, of_shim},
    command::{ended, ran},
    inject::{Do, Fault},
    is_long,
    seeded::Seeded,
    short_or_long,
    sweep::Sweep,
    world::{Truth, World},
};

/// Kills an ingest before each `step`-th call.
fn kill_sweep(world: &World, base: Option<&str>, before: &Truth, step: usize) {
    let sweep = Sweep {
        world,
        base,
        before,
        kinds: ALL_KINDS,
        on_logs: false,
        what: Do::Kill,
        stays: false,
        step,
    };
    sweep.run(|told, _, killed| assert_eq!(killed.signal(), Some(9), "{told}: {}", killed.text()));
}

#[test]
fn f01_kill_sweep_of_a_first_ingest() {
    kill_sweep(&World::small(), None, &Truth::new(), short_or_long(4, 1));
}

#[test]
fn f01_kill_sweep_of_an_ingest_into_a_lake() {
    let mut world = World::small();
    world.ingest("base").expect(0);
    let before = world.truth.clone();
    for n in 8..11 {
        world.add(n, 2);
    }
    kill_sweep(&world, Some("base"), &before, short_or_long(3, 1));
}

/// The commit is there and `log_files` does not know it: the run that replays it is killed too.
#[test]
fn f01_kill_sweep_of_a_repair() {
    let world = World::small();
    let (root, log) = (world.path().join("base"), world.path().join("calls"));
    let ingest = |at: usize| {
        drop(std::fs::remove_dir_all(&root));
        let mut command = world.ingest_command("base");
        let fault = Fault {
            root: &root,
            kinds: ALL_KINDS,
            at,
            what: Do::Kill,
            stays: false,
        };
        fault
            .load(&mut command, &log)
            .then(|| (ran(&mut command), of_shim(&log)))
    };
    let Some((_, calls)) = ingest(0) else {
        return;
    };
    // Which call is which differs a little from run to run, so the state decides: the commit to
    // `requests` is there and the one to `log_files` is not.
    let is_there = |table: &str, version: u32| {
        root.join(format!("{table}/_delta_log/{version:020}.json"))
            .exists()
    };
    let between = |at: &usize| {
        let (killed, _) = ingest(*at).unwrap();
        let known = is_there("log_files", 1);
        killed.signal() == Some(9) && is_there("requests", 1) && !known
    };
    let last = calls.len();
    let found = (1..=last).rev().chain((1..=last).rev()).find(between);
    assert!(found.is_some(), "no kill fell between the two commits");
    // The object without rows is known to `log_files` alone, and that is behind.
    let mut before = world.truth.clone();
    before.retain(|_, object| !object.rows.is_empty());
    kill_sweep(&world, Some("base"), &before, short_or_long(2, 1));
}

/// One object arrives before each run, and each run is killed somewhere: at a random call or after
/// a random time. Nothing repairs in between.
#[test]
fn f02_random_kills_in_sequence() {
    let rounds = short_or_long(40, 300);
    let mut world = World::small();
    let root = world.path().join("lake");
    let log = world.path().join("calls");
    world.ingest("lake").expect(0);
    let (mut seeded, mut before, mut killed) = (Seeded(2), world.truth.clone(), 0);
    for round in 0..rounds {
        world.add(100 + round, 1 + round % 3);
        let mut command = world.ingest_command("lake");
        let ran = if seeded.below(2) == 0 {
            let at = 1 + usize::try_from(seeded.below(60)).unwrap();
            let fault = Fault {
                root: &root,
                kinds: ALL_KINDS,
                at,
                what: Do::Kill,
                stays: false,
            };
            if !fault.load(&mut command, &log) {
                return;
            }
            ran(&mut command)
        } else {
            let mut child = command.spawn().unwrap();
            // The fault itself, not a wait for something.
            thread::sleep(Duration::from_millis(seeded.below(400)));
            child.kill().unwrap();
            ended(child)
        };
        match ran.code() {
            Some(0) => before.clone_from(&world.truth),
            None => killed += 1,
            Some(_) => panic!("{}", ran.text()),
        }
        if is_long() || round % 10 == 9 {
            let shown = world.check_whole_versions("lake", &before).len();
            println!(
                "round {round}: {shown} of {} objects visible",
                world.truth.len()
            );
        }
    }
    let shown = world
        .look("lake")
        .unwrap_or_else(|ran| panic!("{}", ran.text()));
    assert!(shown.len() > 8, "no run got anywhere in {rounds} rounds");
    tell!(
        "{killed} of {rounds} runs killed, {} of {} objects in",
        shown.len(),
        world.truth.len()
    );
    world.ingest("lake").expect(0);
    world.check("lake");
}
