//! F20 and F34: rivals at every moment, and readers beside writers.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{
    calls::ALL_KINDS,
    command::{Ran, edgeledger, ended, ran},
    inject::{Do, Fault},
    short_or_long,
    signals::Stopped,
    world::{LOOK, ROWS, Truth, World, shown},
};

#[test]
fn f20_six_ingesters_at_once() {
    let rounds = short_or_long(4, 20);
    let (mut world, mut races) = (World::small(), 0);
    for round in 0..rounds {
        for n in 0..12 {
            world.add(100 + 12 * round + n, 1 + n % 4);
        }
        let runs: Vec<_> = (0..6)
            .map(|_| world.ingest_command("lake").spawn().unwrap())
            .collect();
        for run in runs {
            races += lost_races(&ended(run).expect(0));
        }
        world.check("lake");
    }
    tell!("{rounds} rounds of 6, {races} lost races");
}

/// Six runs, each over half of the new logs and no two over the same, beside compaction and clean-up
/// without a pause.
#[test]
fn f20_six_ingesters_beside_compaction() {
    let rounds = short_or_long(3, 20);
    let (mut world, mut races, mut joined, mut passes) = (World::small(), 0, 0, 0);
    world.ingest("lake").expect(0);
    for part in 0..4 {
        fs::create_dir(world.logs().join(part.to_string())).unwrap();
    }
    for round in 0..rounds {
        for n in (0..12).map(|n| 100 + 12 * round + n) {
            world.add(n, 1 + n % 4);
            let name = crate::world::name(n);
            let part = world.logs().join((n % 4).to_string());
            fs::rename(world.logs().join(&name), part.join(&name)).unwrap();
        }
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let upkeep = scope.spawn(|| {
                let (mut passes, mut joined, mut races) = (0, 0, 0);
                while !done.load(Ordering::Acquire) {
                    let compact = ["lake", "compact", "--verbose", "--lake", "lake"];
                    let compact = ran(&mut edgeledger(world.path(), &compact)).expect(0);
                    joined += usize::from(compact.stderr.contains(" files became "));
                    races += lost_races(&compact);
                    passes += 1;
                }
                (passes, joined, races)
            });
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    let vacuum = ["lake", "vacuum", "--lake", "lake"];
                    ran(&mut edgeledger(world.path(), &vacuum)).expect(0);
                    let shown = world.look("lake");
                    let shown = shown.unwrap_or_else(|ran| panic!("{}", ran.text()));
                    world.check_is_whole(shown, &Truth::new());
                }
            });
            let runs: Vec<_> = (0..6)
                .map(|run| {
                    let [one, other] = PAIRS[run].map(|part| format!("logs/{part}"));
                    let args = ["ingest", &one, &other, "--verbose", "--lake", "lake"];
                    edgeledger(world.path(), &args).spawn().unwrap()
                })
                .collect();
            let runs: Vec<_> = runs.into_iter().map(ended).collect();
            done.store(true, Ordering::Release);
            for run in runs {
                races += lost_races(&run.expect(0));
            }
            let (more, files, lost) = upkeep.join().unwrap();
            (passes, joined, races) = (passes + more, joined + files, races + lost);
        });
        world.check("lake");
        ran(&mut edgeledger(
            world.path(),
            &["lake", "verify", "--lake", "lake"],
        ))
        .expect(0);
    }
    assert!(joined > 0, "no compaction had anything to do");
    tell!("{rounds} rounds of 6, {joined} compactions in {passes} passes, {races} lost races");
}

/// Every half of four parts.
const PAIRS: [[usize; 2]; 6] = [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2], [1, 3]];

fn lost_races(ran: &Ran) -> usize {
    ran.stderr.matches("another writer committed first").count()
}

/// One writer sleeps before one of its calls, another does the whole work, the first goes on: it
/// must see that it lost, and end well.
fn sleeper(world: &World, base: Option<&str>, points: impl Iterator<Item = usize>) {
    let mut tried = 0;
    for at in points {
        let lake = format!("lake{at}");
        if let Some(base) = base {
            crate::world::copy(&world.path().join(base), &world.path().join(&lake));
        }
        let Some(first) = Stopped::ingest(world, &lake, &lake, ALL_KINDS, at) else {
            break;
        };
        world.ingest(&lake).expect(0);
        let first = first.go_on();
        assert_eq!(
            first.code(),
            Some(0),
            "stopped before call {at}: {}",
            first.text()
        );
        world.check(&lake);
        tried += 1;
    }
    tell!("{tried} points tried");
}

#[test]
fn f20_a_writer_that_slept_before_any_call_of_its_first_ingest() {
    sleeper(&World::small(), None, (1..100).step_by(short_or_long(9, 1)));
}

#[test]
fn f20_a_writer_that_slept_before_any_call_of_a_later_ingest() {
    let mut world = World::small();
    world.ingest("base").expect(0);
    for n in 8..11 {
        world.add(n, 2);
    }
    sleeper(&world, Some("base"), (1..100).step_by(short_or_long(6, 1)));
}

/// Each look is one version: whole objects, and never fewer than before.
#[test]
fn f34_readers_beside_many_commits_see_whole_versions() {
    let commits = short_or_long(20, 1_000);
    let mut world = World::small();
    world.ingest("lake").expect(0);
    let staged = world.path().join("staged");
    fs::create_dir(&staged).unwrap();
    let mut names = Vec::new();
    for n in 0..commits {
        world.add(100 + n, 1 + n % 5);
        let name = crate::world::name(100 + n);
        fs::rename(world.logs().join(&name), staged.join(&name)).unwrap();
        names.push(name);
    }
    let (world, done, mut looks) = (&world, &AtomicBool::new(false), 0);
    thread::scope(|scope| {
        scope.spawn(move || {
            for name in names {
                fs::rename(staged.join(&name), world.logs().join(&name)).unwrap();
                world.ingest("lake").expect(0);
            }
            done.store(true, Ordering::Release);
        });
        let mut before = Truth::new();
        while !done.load(Ordering::Acquire) {
            let shown = world
                .look_at("lake", ROWS)
                .unwrap_or_else(|ran| panic!("{}", ran.text()));
            for (name, object) in &shown {
                assert_eq!(object.rows, world.truth[name].rows, "a part of {name}");
            }
            let gone = before.keys().find(|name| !shown.contains_key(*name));
            assert_eq!(gone, None, "an object went away");
            (before, looks) = (shown, looks + 1);
        }
    });
    world.check("lake");
    tell!("{looks} looks beside {commits} commits");
}

/// A reader that slept between the two tables, while a commit came to both.
#[test]
fn f34_a_reader_never_sees_log_files_ahead_of_the_rows() {
    let mut world = World::small();
    world.ingest("lake").expect(0);
    world.add(8, 3);
    let root = world.path().join("lake");
    let args = ["sql", "--lake", "lake", "--format", "csv", LOOK];
    let query = edgeledger(world.path(), &args);
    let fault = Fault {
        root: &root,
        kinds: "read",
        at: 1,
        what: Do::Stop,
        stays: false,
    };
    let Some(reader) = Stopped::start(query, &fault, &world.path().join("calls")) else {
        return;
    };
    world.ingest("lake").expect(0);
    shown(&reader.go_on().expect(0).stdout);
}
