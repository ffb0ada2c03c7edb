//! F33: SIGKILL in the middle of the upkeep of a lake: compaction, forgetting, clean-up.

use std::{fs, path::PathBuf, sync::OnceLock, thread};

use edgeledger_testkit::gzip;

use crate::{
    calls::{ALL_KINDS, Call, of_shim},
    command::{Ran, edgeledger, ran},
    damage::data_files,
    inject::{Do, Fault},
    short_or_long,
    world::{LOOK, Object, Truth, World, copy, files, log_text, name},
};

/// The address that is to be forgotten, and another one.
pub(crate) const ADDRESSES: [&str; 2] = ["192.0.2.66", "198.51.100.7"];

/// Twelve commits, so that every partition and `log_files` have many files. Later objects have
/// addresses; one has nothing but the first of them.
pub(crate) fn world() -> World {
    let mut world = World::small();
    world.ingest("base").expect(0);
    for n in 8..19 {
        let (name, stored, object) = addressed(n);
        world.put(&name, &stored, object);
        world.ingest("base").expect(0);
    }
    world
}

/// Which address is in a row of object `n`.
fn address(n: usize, row: usize) -> usize {
    if n == 12 { 0 } else { (n + row) % 2 }
}

fn addressed(n: usize) -> (String, Vec<u8>, Object) {
    // The second row of one object cannot be read.
    let (text, object) = log_text(n, 1 + n % 5, (n == 13).then_some(1));
    let lines = text.lines().enumerate().map(|(line, text)| match line {
        0 => format!("{text}\n"),
        1 => format!("{text} c-ip\n"),
        _ => format!("{text}\t{}\n", ADDRESSES[address(n, line - 2)]),
    });
    (name(n), gzip(lines.collect::<String>()), object)
}

/// A look at the last record of each object: forgetting and repair add records.
fn last_word() -> String {
    LOOK.replace("FROM log_files", "FROM log_objects")
}

/// The truth less rows of some objects, by object and line.
pub(crate) fn less(truth: &Truth, is_gone: impl Fn(&str, u64) -> bool) -> Truth {
    let mut truth = truth.clone();
    for (name, object) in &mut truth {
        let before = object.rows.len();
        object.rows.retain(|(line, _)| !is_gone(name, *line));
        if before > 0 && object.rows.is_empty() {
            object.status = "forgotten";
        }
    }
    truth
}

pub(crate) fn lake(world: &World, lake: &str, args: &[&str]) -> std::process::Command {
    let (head, tail) = args.split_at(1);
    edgeledger(
        world.path(),
        &[&["lake", head[0], "--lake", lake][..], tail].concat(),
    )
}

/// A command of upkeep that is killed again and again, one call later each time.
pub(crate) struct Upkeep<'a> {
    pub(crate) world: &'a World,
    pub(crate) args: &'a [&'a str],
    /// What a reader may see of the killed run's lake, and must see of the finished one's is the
    /// world's truth.
    pub(crate) before: &'a Truth,
    /// The lake is damaged before: readers may be refused, and objects may be out until an ingest.
    pub(crate) is_damaged: bool,
}

impl Upkeep<'_> {
    /// `judge` sees each lake when the command was run again, with what that run said.
    pub(crate) fn sweep(&self, step: usize, judge: impl Fn(&str, &Ran) + Sync) {
        let Some((undisturbed, calls)) = self.killed("counted", 0) else {
            return;
        };
        self.holds_after("counted", &undisturbed.expect(0), &judge);
        let points: Vec<usize> = (1..=calls.len()).step_by(step).collect();
        let point = |lake: &str, at: usize| {
            let (killed, calls) = self.killed(lake, at).unwrap();
            let Some(call) = calls.get(at - 1) else {
                // The number of calls varies a little, as names and times do.
                killed.expect(0);
                return;
            };
            println!("killed at {at}, {} {} {}", call.kind, call.path, call.to);
            assert_eq!(killed.signal(), Some(9), "{}", killed.text());
            self.holds_between(lake);
            let again = ran(&mut self.command(lake)).expect(0);
            self.holds_after(lake, &again, &judge);
        };
        thread::scope(|scope| {
            for half in 0..2 {
                let (points, point) = (&points, &point);
                scope.spawn(move || {
                    for at in points.iter().skip(half).step_by(2) {
                        point(&format!("lake{half}"), *at);
                    }
                });
            }
        });
        tell!("{} of {} points tried", points.len(), calls.len());
    }

    fn command(&self, name: &str) -> std::process::Command {
        lake(self.world, name, self.args)
    }

    /// Runs the command on a copy of the lake; it is killed before call `at`.
    fn killed(&self, name: &str, at: usize) -> Option<(Ran, Vec<Call>)> {
        let dir = self.world.path().join(name);
        drop(fs::remove_dir_all(&dir));
        copy(&self.world.path().join("base"), &dir);
        let log = self.world.path().join(format!("{name}.calls"));
        let fault = Fault {
            root: &dir,
            kinds: ALL_KINDS,
            at,
            what: Do::Kill,
            stays: false,
        };
        let mut command = self.command(name);
        let loaded = fault.load(&mut command, &log);
        loaded.then(|| (ran(&mut command), of_shim(&log)))
    }

    /// Everything as before, or everything as after.
    fn holds_between(&self, name: &str) {
        match self.world.look_at(name, &last_word()) {
            Ok(shown) if self.is_damaged => {
                for (name, object) in &shown {
                    let whole = &self.before[name];
                    let is_out = object.rows.is_empty();
                    assert!(is_out || object.rows == whole.rows, "a part of {name}");
                }
            }
            Ok(shown) => assert!(
                shown == *self.before || shown == self.world.truth,
                "neither before nor after: {shown:#?}"
            ),
            Err(refused) => {
                assert!(self.is_damaged, "{}", refused.text());
                refused.typed_error();
            }
        }
    }

    fn holds_after(&self, name: &str, again: &Ran, judge: &impl Fn(&str, &Ran)) {
        judge(name, again);
        on(self.world, name, &["verify"]);
        if self.is_damaged {
            let args = ["ingest", "logs", "--full", "--lake", name];
            ran(&mut edgeledger(self.world.path(), &args)).expect(0);
            on(self.world, name, &["verify"]);
        }
        self.world.check_by(name, &last_word());
    }
}

/// The data files below both tables, whether a version names them or not.
fn stored(world: &World, lake: &str) -> usize {
    let all = |table| data_files(world, lake, table).into_iter();
    let is_data = |path: &PathBuf| !path.to_string_lossy().contains("_delta_log");
    all("requests")
        .chain(all("log_files"))
        .filter(is_data)
        .count()
}

pub(crate) fn quiet(_: &str, _: &Ran) {}

/// Runs a command of upkeep to its end.
pub(crate) fn on(world: &World, name: &str, args: &[&str]) -> Ran {
    ran(&mut lake(world, name, args)).expect(0)
}

#[test]
fn f33_kill_sweep_of_a_compaction() {
    let world = world();
    let files_before = stored(&world, "base");
    let upkeep = Upkeep {
        world: &world,
        args: &["compact"],
        before: &world.truth,
        is_damaged: false,
    };
    upkeep.sweep(short_or_long(9, 1), |lake, _| {
        // The old files stay for their readers.
        assert!(stored(&world, lake) > files_before);
        let again = on(&world, lake, &["compact"]);
        assert!(
            again.stderr.contains("nothing to compact"),
            "{}",
            again.text()
        );
    });
}

#[test]
fn f33_kill_sweep_of_forgetting_a_distribution() {
    let mut world = world();
    let before = world.truth.clone();
    world.truth = less(&before, |name, _| name.starts_with("E2EXAMPLE2CRT"));
    let upkeep = Upkeep {
        world: &world,
        args: &["forget", "--distribution", "E2EXAMPLE2CRT", "--yes"],
        before: &before,
        is_damaged: false,
    };
    upkeep.sweep(short_or_long(5, 1), quiet);
}

/// With its files: what is left of them after a kill is told until a clean-up deletes it.
#[test]
fn f33_kill_sweep_of_erasing_an_address() {
    let mut world = world();
    let before = world.truth.clone();
    world.truth = less(&before, |object, line| {
        let row = usize::try_from(line).unwrap() - 3;
        (8..19).any(|n| name(n) == object && address(n, row) == 0)
    });
    assert!(before != world.truth && world.truth[&name(12)].status == "forgotten");
    let named = |lake: &str| {
        let address = ADDRESSES[0].as_bytes();
        let names = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(address.len()).any(|part| part == address)
        };
        let mut files = files(&world.path().join(lake));
        files.retain(names);
        files
    };
    // Commits tell the least and the greatest value of a file.
    assert!(!named("base").is_empty());
    let upkeep = Upkeep {
        world: &world,
        args: &["forget", "--client-ip", ADDRESSES[0], "--purge", "--yes"],
        before: &before,
        is_damaged: false,
    };
    upkeep.sweep(short_or_long(6, 1), |lake, again| {
        let stored_before = stored(&world, lake);
        on(&world, lake, &["vacuum", "--grace-days", "0", "--force"]);
        let is_left = stored_before > stored(&world, lake);
        let is_told = again.stderr.contains("may still hold such rows");
        assert_eq!(is_left, is_told, "{}", again.text());
        assert_eq!(named(lake), Vec::<PathBuf>::new());
    });
}

#[test]
fn f33_kill_sweep_of_a_clean_up() {
    let world = world();
    on(&world, "base", &["compact"]);
    // What killed runs leave.
    let unfinished = world.path().join("base/requests/part.parquet#1");
    fs::write(&unfinished, "half").unwrap();
    fs::copy(
        &data_files(&world, "base", "log_files")[0],
        world.path().join("base/log_files/part-lost.parquet"),
    )
    .unwrap();
    let upkeep = Upkeep {
        world: &world,
        args: &["vacuum", "--grace-days", "0", "--force"],
        before: &world.truth,
        is_damaged: false,
    };
    let (dirty, clean) = (stored(&world, "base"), OnceLock::new());
    upkeep.sweep(short_or_long(9, 1), |lake, _| {
        let stored = stored(&world, lake);
        assert!(stored < dirty && stored == *clean.get_or_init(|| stored));
        assert!(
            !world
                .path()
                .join(lake)
                .join("requests/part.parquet#1")
                .exists()
        );
    });
}
