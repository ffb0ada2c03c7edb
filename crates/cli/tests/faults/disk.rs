//! F5, F6 and F7: a full disk, a failing disk, and a process that may not write or open files.

use std::{fmt::Write, fs};

use crate::{
    calls::{ALL_KINDS, Call, of_shim},
    command::{BINARY, Ran, edgeledger, has, program, ran},
    inject::{Do, EIO, ENOSPC, EROFS, Fault},
    short_or_long,
    sweep::Sweep,
    world::{Object, Truth, World, files},
};

fn sweep<'a>(world: &'a World, before: &'a Truth, kinds: &'a str, error: i32) -> Sweep<'a> {
    Sweep {
        world,
        base: None,
        before,
        kinds,
        on_logs: false,
        what: Do::Fail(error),
        stays: false,
        step: 1,
    }
}

/// Names that `object_store` gives to files it has not finished.
fn unfinished(world: &World, lake: &str) -> Vec<String> {
    let all = files(&world.path().join(lake)).into_iter();
    let names = all.map(|path| path.to_string_lossy().into_owned());
    names.filter(|path| path.contains('#')).collect()
}

/// A typed error. That the lake's own folder cannot be made is told as wrong usage, which it is
/// not: `f05_a_full_disk_is_no_wrong_usage`.
fn typed(call: &Call, run: &Ran) {
    if call.kind == "mkdir" && run.code() == Some(2) {
        assert!(run.stderr.contains("cannot be a lake"), "{}", run.text());
        return;
    }
    run.typed_error();
}

#[test]
fn f05_a_full_disk_is_no_wrong_usage() {
    let world = World::small();
    let root = world.path().join("lake");
    let mut command = world.ingest_command("lake");
    let fault = Fault {
        root: &root,
        kinds: "mkdir",
        at: 1,
        what: Do::Fail(ENOSPC),
        stays: true,
    };
    if fault.load(&mut command, &world.path().join("calls")) {
        ran(&mut command).expect(1);
    }
}

/// The disk is full from the k-th call on: typed error, and after the next run not even a
/// half-written file is left.
#[test]
fn f05_the_disk_fills_up_at_any_call() {
    let (world, before) = (World::small(), Truth::new());
    let sweep = Sweep {
        stays: true,
        step: short_or_long(4, 1),
        ..sweep(
            &world,
            &before,
            "create,write,mkdir,link,rename,truncate",
            ENOSPC,
        )
    };
    sweep.run(|told, call, run| {
        typed(call, run);
        assert!(
            run.stderr.contains("No space left"),
            "{told}: {}",
            run.text()
        );
        if call.kind != "link" {
            let lake = call.path.split('/').nth(3).unwrap();
            assert_eq!(unfinished(&world, lake), Vec::<String>::new(), "{told}");
        }
    });
}

/// A real full disk: a small file system of its own in a mount namespace that ends with the run.
#[test]
fn f05_ingest_on_file_systems_of_every_size() {
    if !has(
        "unshare",
        &["--mount", "true"],
        "no small file systems can be made",
    ) {
        return;
    }
    let mut world = World::small();
    // Incompressible enough that the Parquet files are far larger than the logs of the world.
    let mut seeded = crate::seeded::Seeded(5);
    let (mut text, mut object) = (
        crate::world::HEADER.to_owned(),
        Object {
            status: "ingested",
            ..Object::default()
        },
    );
    for row in 0..3_000 {
        let (a, b, c) = (seeded.next(), seeded.next(), seeded.next());
        let fields = "2026-10-05\t02:00:00";
        writeln!(text, "{fields}\t{row}\t200\t/{a:x}{b:x}{c:x}\t-\t-").unwrap();
        object.rows.push((row + 3, row));
    }
    world.put(
        "E2EXAMPLE1RLS.2026-10-05-02.ffffffff.log",
        text.as_bytes(),
        object,
    );
    // Everything inside the namespace, and the lake copied out of it at the end.
    let script = r#"
        set -e
        mkdir -p small && mount -t tmpfs -o size="$1k" small small
        code=0; "$0" ingest logs --lake small/lake || code=$?
        echo "first $code"
        mount -o remount,size=64m small small
        code=0; "$0" sql --lake small/lake 'SELECT count(*) FROM requests' || code=$?
        echo "reader $code"
        "$0" ingest logs --lake small/lake
        rm -rf out && cp -a small/lake out
    "#;
    let (mut full, step) = (0, short_or_long(24, 4));
    let sizes: Vec<usize> = (4..=240).step_by(step).collect();
    for size in &sizes {
        let mut command = program("unshare", world.path());
        command.args(["--mount", "sh", "-c", script, BINARY, &size.to_string()]);
        let run = ran(&mut command).expect(0);
        run.not_a_bug();
        if run.stdout.contains("first 1") || run.stdout.contains("first 5") {
            full += 1;
            assert!(
                run.stderr.contains("No space left"),
                "{size} KiB: {}",
                run.text()
            );
        } else {
            assert!(run.stdout.contains("first 0"), "{size} KiB: {}", run.text());
        }
        // No lake yet, or one that can be read; a commit of half a lake would be code 5.
        assert!(
            !run.stdout.contains("reader 5"),
            "{size} KiB: {}",
            run.text()
        );
        world.check("out");
        assert_eq!(
            unfinished(&world, "out"),
            Vec::<String>::new(),
            "{size} KiB"
        );
    }
    assert!(full > 0, "no size was too small");
    tell!("{} sizes tried, {full} too small", sizes.len());
}

#[test]
fn f06_a_failed_flush_is_never_told_as_success() {
    let (world, before) = (World::small(), Truth::new());
    let step = short_or_long(5, 1);
    let sweep = Sweep {
        step,
        ..sweep(&world, &before, "sync", EIO)
    };
    sweep.run(|_, _, run| run.typed_error());
}

#[test]
fn f06_a_failed_write_is_an_error_or_made_good() {
    let (world, before) = (World::small(), Truth::new());
    let step = short_or_long(5, 1);
    let kinds = "create,write,mkdir,link,rename,truncate,unlink";
    let sweep = Sweep {
        step,
        ..sweep(&world, &before, kinds, EIO)
    };
    sweep.run(|_, call, run| {
        if run.code() != Some(0) {
            typed(call, run);
        }
    });
}

#[test]
fn f06_a_log_that_cannot_be_read_is_left_for_the_next_run() {
    let (world, before) = (World::small(), Truth::new());
    let step = short_or_long(3, 1);
    let sweep = Sweep {
        on_logs: true,
        step,
        ..sweep(&world, &before, "read", EIO)
    };
    sweep.run(|_, _, run| {
        run.not_a_bug();
        // 4: this log is left for the next run, and the others are in.
        assert!(matches!(run.code(), Some(1 | 4)), "{}", run.text());
        assert!(
            run.stderr.contains(".gz"),
            "the log is not named: {}",
            run.text()
        );
    });
}

/// One read that fails may be tried again; a disk that goes on failing may not.
#[test]
fn f06_a_lake_that_cannot_be_read_fails_the_run() {
    let world = World::small();
    world.ingest("base").expect(0);
    for stays in [false, true] {
        let sweep = Sweep {
            base: Some("base"),
            step: short_or_long(9, 1),
            stays,
            ..sweep(&world, &world.truth, "read", EIO)
        };
        sweep.run(|told, _, run| {
            if run.code() != Some(0) || stays {
                run.typed_error();
                assert!(run.stderr.contains("os error 5"), "{told}: {}", run.text());
            }
        });
    }
}

/// A query on a failing disk gives the right answer or an error, never another answer.
#[test]
fn f06_a_reader_of_a_failing_disk_gives_the_answer_or_an_error() {
    let world = World::small();
    world.ingest("lake").expect(0);
    let (root, log) = (world.path().join("lake"), world.path().join("calls"));
    let query = "SELECT log_file, log_line, time, response_bytes, path FROM requests ORDER BY 1, 2";
    let query = |at: usize| {
        let args = ["sql", "--lake", "lake", "--format", "csv", query];
        let mut command = edgeledger(world.path(), &args);
        let fault = Fault {
            root: &root,
            kinds: "read",
            at,
            what: Do::Fail(EIO),
            stays: true,
        };
        fault.load(&mut command, &log).then(|| ran(&mut command))
    };
    let Some(answer) = query(0) else {
        return;
    };
    let answer = answer.expect(0).stdout;
    let (calls, mut errors) = (of_shim(&log).len(), 0);
    for at in (1..=calls).step_by(short_or_long(5, 1)) {
        let ran = query(at).unwrap();
        if ran.code() == Some(0) {
            assert_eq!(ran.stdout, answer, "read {at} failed");
        } else {
            ran.typed_error();
            errors += 1;
        }
    }
    tell!("{errors} errors of {calls} reads, some of which failed");
}

#[test]
fn f07_a_file_system_that_became_read_only() {
    let world = World::small();
    let (root, log) = (world.path().join("lake"), world.path().join("calls"));
    let mut command = world.ingest_command("lake");
    let fault = Fault {
        root: &root,
        kinds: ALL_KINDS,
        at: 1,
        what: Do::Fail(EROFS),
        stays: true,
    };
    if !fault.load(&mut command, &log) {
        return;
    }
    let run = ran(&mut command);
    run.not_a_bug();
    assert_ne!(run.code(), Some(0), "{}", run.text());
    assert!(
        run.stderr.contains("Read-only file system"),
        "{}",
        run.text()
    );
    world.ingest("lake").expect(0);
    world.check("lake");
    // And readers need no right to write.
    let mut command = edgeledger(
        world.path(),
        &["sql", "--lake", "lake", "SELECT count(*) FROM requests"],
    );
    fault.load(&mut command, &log);
    ran(&mut command).expect(0);
    let wrote = fs::read_to_string(&log).unwrap_or_default();
    assert!(
        !wrote.contains("create") && !wrote.contains("write"),
        "a reader writes: {wrote}"
    );
}

#[test]
fn f07_few_open_files_are_an_error_or_enough() {
    if !has(
        "prlimit",
        &["--nofile=64", "true"],
        "open files cannot be limited",
    ) {
        return;
    }
    let world = World::small();
    for limit in (4..=32).step_by(short_or_long(4, 1)) {
        let lake = format!("lake{limit}");
        let place = world.path().join(&lake);
        let mut command = program("prlimit", world.path());
        command
            .arg(format!("--nofile={limit}"))
            .args([BINARY, "ingest", "logs", "--lake"])
            .arg(place);
        let run = ran(&mut command);
        println!(
            "{limit} files: {}",
            run.text().lines().take(3).collect::<Vec<_>>().join(" | ")
        );
        if run.code() != Some(0) {
            told_of_files(limit, &run);
        }
        world.check_whole_versions(&lake, &Truth::new());
        world.ingest(&lake).expect(0);
        world.check(&lake);
    }
}

/// Below about ten files the process cannot even load its libraries.
fn told_of_files(limit: usize, run: &Ran) {
    if limit >= 10 {
        run.typed_error();
        assert!(
            run.stderr.contains("Too many open files"),
            "{limit}: {}",
            run.text()
        );
    }
}
