//! What an object gives is decided as ingest decides it.

use std::fs;

use edgeledger_testkit::{fixtures, gzip, gzip_members};

use crate::world::{FIELDS, World, command, name, object, ran, text};

const RLS: &str = "E2EXAMPLE1RLS";

/// Objects of every kind that is refused, rejected in part, or odd.
fn odd_objects(world: &World) {
    let rows = |good: usize, bad: usize| {
        FIELDS.to_owned()
            + &"2026-10-01\t00:00:01\t7\t/a\t200\t192.0.2.7\t-\t1\n".repeat(good)
            + &"2026-10-01\t00:00:02\tx\t/b\t200\t192.0.2.7\t-\t1\n".repeat(bad)
    };
    let whole = gzip(rows(3_000, 0));
    let mut flipped = whole.clone();
    let at = whole.len() - 8;
    flipped[at] ^= 1;
    let named = |hour: u32| name(RLS, &format!("2026-10-01-{hour:02}"));
    world.put(&named(0), &whole);
    world.put(&named(1), &whole[..whole.len() - 9]);
    world.put(&named(2), &flipped);
    world.put(&named(3), [&whole[..], b"garbage"].concat());
    world.put(&named(4), gzip(&whole));
    world.put(&named(5), gzip(rows(1_979, 21)));
    world.put(&named(6), gzip(rows(1_980, 20)));
    world.put(&named(7), gzip(rows(4, 3)));
    world.put(&named(8), gzip(rows(0, 3)));
    world.put(&named(9), gzip(FIELDS));
    world.put(&named(10), "");
    world.put(&named(11), "<html><body>503</body></html>");
    world.put(
        &named(12),
        gzip(
            "#Version: 1.0\n#Fields: date time x-edge-location c-ip x-event sc-bytes x-cf-status\n",
        ),
    );
    world.put(
        &named(13),
        gzip_members(&[
            FIELDS.as_bytes(),
            b"2026-10-01\t00:00:01\t5\t/m\t200\t-\t-\t-\n",
        ]),
    );
    world.put(
        &named(14),
        gzip("{\"date\":\"2026-10-01\",\"time\":\"00:00:03\",\"sc-bytes\":\"3\",\"x\":\"new\",\"asn\":\"many\"}\n{\"a\"\n"),
    );
    // A malformed number that no money depends on, an unknown column, and text that is none.
    world.put(
        &named(15),
        gzip(b"#Fields: date time sc-bytes asn x-new cs-uri-stem\n2026-10-01\t00:00:01\t4\tten\tnew\t/\xff\n".as_slice()),
    );
    world.put(&named(16), rows(2, 1));
    world.put(
        "host.log",
        "#Fields: date time cs(Host) sc-bytes\n\
        2026-10-01\t00:00:01\td111111abcdef8.cloudfront.net\t1\n\
        2026-10-01\t00:00:01\tD222222abcdef8.cloudfront.net\t2\n\
        2026-10-01\t00:00:01\t../../etc/passwd\t4\n\
        2026-10-02\t00:00:01\t-\t8\n",
    );
}

const FILES: &str = "SELECT key, status, reason, rows, rejected_rows, first_rejects, \
                     uncompressed_bytes, columns FROM log_files ORDER BY key";
const ROWS: &str = "SELECT * FROM requests ORDER BY log_file, log_line";

#[test]
fn odd_objects_give_what_ingest_makes_of_them() {
    let world = World::new();
    odd_objects(&world);
    let ingested = world.ingest(4);
    let (found, expected) = (world.raw(ROWS).expect(4), world.lake(ROWS));
    assert_eq!(expected.rows().len(), 3_000 + 1_980 + 4 + 1 + 1 + 1 + 2 + 4);
    assert_eq!(found.stdout, expected.stdout);
    // Each that ingest left out is named, in its words.
    let named: Vec<&str> = ingested.stderr.lines().map(str::trim_start).collect();
    let left_out = found.stderr.lines();
    let left_out = left_out.filter_map(|line| line.strip_prefix("left out "));
    let left_out: Vec<&str> = left_out.collect();
    assert_eq!(left_out.len(), 8, "{}", found.stderr);
    for line in left_out {
        let is_it = |told: &&str| told.split_once(' ').is_some_and(|(_, told)| told == line);
        assert!(named.iter().any(is_it), "{line}: {}", ingested.stderr);
    }
    assert_eq!(world.raw(FILES).expect(4).stdout, world.lake(FILES).stdout);
}

/// What is asked for changes neither which rows there are nor what becomes of an object.
#[test]
fn counts_are_the_same_whatever_is_asked_for() {
    let world = World::new();
    odd_objects(&world);
    world.ingest(4);
    for sql in [
        "SELECT count(*) FROM requests",
        "SELECT count(log_line) FROM requests",
        "SELECT count(path), count(*) FROM requests",
        "SELECT count(asn), count(extra), count(*) FROM requests",
        "SELECT count(asn), count(*) FROM requests",
        "SELECT distribution, count(*) FROM requests GROUP BY 1 ORDER BY 1",
        "SELECT date, log_file, count(*) FROM requests GROUP BY 1, 2 ORDER BY 2, 1",
    ] {
        let (found, expected) = (world.raw(sql).expect(4), world.lake(sql));
        assert_eq!(found.stdout, expected.stdout, "{sql}");
        assert_eq!(found.stderr.matches("left out ").count(), 8, "{sql}");
    }
}

#[test]
fn an_object_that_is_named_twice_is_read_once() {
    let world = World::new();
    world.put(
        &name(RLS, "2026-10-01-00"),
        object(&["2026-10-01 00:30:00"]),
    );
    let (logs, file) = (
        world.logs(),
        world.path("logs").join(name(RLS, "2026-10-01-00")),
    );
    let sql = "SELECT count(*) FROM requests";
    let file = text(&file);
    let args = [
        "sql", "--logs", &logs, "--logs", &file, "--format", "csv", sql,
    ];
    assert_eq!(ran(&mut command(&args)).expect(0).rows(), ["1"]);
}

#[test]
fn what_settings_hide_is_hidden() {
    let world = World::new();
    world.put(
        &name(RLS, "2026-10-01-00"),
        object(&["2026-10-01 00:30:00"]),
    );
    let sql = "SELECT client_ip, query, asn FROM requests";
    let found = world.raw(sql).expect(0);
    assert_eq!(found.rows(), ["192.0.2.77,token=REDACTED&a=1,64496"]);
    let config = world.path("edgeledger.toml");
    fs::write(
        &config,
        "[privacy]\nclient_ip = \"truncate\"\ndrop_columns = [\"asn\"]\n",
    )
    .unwrap();
    let (config, logs) = (text(&config), world.logs());
    let args = [
        "sql", "--config", &config, "--logs", &logs, "--format", "csv",
    ];
    let hidden = ran(command(&args).arg(sql)).expect(0);
    assert_eq!(hidden.rows(), ["192.0.2.0,token=REDACTED&a=1,"]);
    // Also where it is only asked for in a filter.
    let sql = "SELECT count(*) FROM requests WHERE client_ip = '192.0.2.77' OR asn = 64496";
    assert_eq!(ran(command(&args).arg(sql)).expect(0).rows(), ["0"]);
}

/// The public hostile files, as far as they are there.
#[test]
fn public_hostile_files_give_what_ingest_makes_of_them() {
    let Some(fixtures) = fixtures() else {
        eprintln!("skipped: EDGELEDGER_FIXTURES names no folder");
        return;
    };
    let world = World::new();
    let mut dirs = vec![fixtures];
    let mut n = 0;
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if fs::metadata(&path).unwrap().len() < 1 << 20 {
                n += 1;
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                world.put(&format!("{n}-{name}"), fs::read(&path).unwrap());
            }
        }
    }
    let (logs, lake) = (world.logs(), text(&world.path("lake")));
    let ingested = ran(&mut command(&["ingest", &logs, "--lake", &lake]));
    assert!([0, 4].contains(&ingested.code), "{}", ingested.stderr);
    for sql in [FILES, ROWS] {
        let found = world.raw(sql).expect(ingested.code);
        assert!(found.stdout == world.lake(sql).stdout, "{sql}");
    }
}
