//! A query reads the objects and columns that it needs, and no others.

use edgeledger_testkit::gzip;

use crate::world::{Ran, World, name, object, run};

const RLS: &str = "E2EXAMPLE1RLS";
const CRT: &str = "E2EXAMPLE2CRT";

/// An object each six hours of ten days, and one that is cut short on the last day.
fn ten_days() -> World {
    let world = World::new();
    for day in 1..=10 {
        for hour in [0, 6, 12, 18] {
            let time = format!("2026-10-{day:02} {hour:02}:30:00");
            let hour = format!("2026-10-{day:02}-{hour:02}");
            world.put(&name(RLS, &hour), object(&[&time]));
            world.put(&name(CRT, &hour), object(&[&time, &time]));
        }
    }
    let whole = object(&["2026-10-10 23:30:00"]);
    world.put(&name(RLS, "2026-10-10-23"), &whole[..whole.len() - 9]);
    world
}

#[track_caller]
fn check(ran: &Ran, answer: &str, objects: &str) {
    assert_eq!(ran.rows(), [answer], "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains(&format!("{objects} of 81 objects read")),
        "{}",
        ran.stderr
    );
}

#[test]
fn objects_of_other_hours_are_not_opened() {
    let world = ten_days();
    // A day, with the day before and after it and the hours of the first one after those.
    for filter in [
        "date = '2026-10-07'",
        "time >= '2026-10-07T00:00:00Z' AND time < '2026-10-08T00:00:00Z'",
        "to_char(date, '%m-%d') = '10-07'",
        "CAST(date AS VARCHAR) LIKE '%-07'",
    ] {
        let sql = format!("SELECT count(*) FROM requests WHERE {filter}");
        let ran = world.raw(&sql).expect(0);
        let objects = ran.stderr.split(' ').next().unwrap().to_owned();
        let n: u32 = objects.parse().unwrap();
        assert!((24..=26).contains(&n), "{filter}: {}", ran.stderr);
        check(&ran, "12", &objects);
    }
    // The damaged one was not seen, and is when its hour is asked for.
    let sql = "SELECT count(*) FROM requests WHERE date = '2026-10-10'";
    let ran = world.raw(sql).expect(4);
    assert_eq!(ran.rows(), ["12"]);
    let left_out = format!(
        "left out {}/{}: truncated",
        world.logs(),
        name(RLS, "2026-10-10-23")
    );
    assert!(ran.stderr.contains(&left_out), "{}", ran.stderr);
    // No hour at all is none.
    let sql = "SELECT count(*) FROM requests WHERE date = '2025-10-07'";
    check(&world.raw(sql).expect(0), "0", "0");
}

#[test]
fn objects_of_other_distributions_and_names_are_not_opened() {
    let world = ten_days();
    for filter in [
        format!("distribution = '{CRT}'"),
        "distribution LIKE '%2CRT' AND to_char(date, '%Y-%m') = '2026-10'".to_owned(),
        format!("distribution IN ('{CRT}', 'E0')"),
    ] {
        let sql = format!("SELECT count(*) FROM requests WHERE {filter}");
        check(&world.raw(&sql).expect(0), "80", "40");
    }
    let one = name(CRT, "2026-10-05-06");
    for filter in [
        format!("log_file LIKE '%/{one}'"),
        format!("log_file = '{}/{one}'", world.logs()),
        format!("regexp_replace(log_file, '^.*/', '') = '{one}'"),
    ] {
        let sql = format!("SELECT count(*) FROM requests WHERE {filter}");
        check(&world.raw(&sql).expect(0), "2", "1");
    }
}

#[test]
fn rows_up_to_a_day_off_their_name_are_found() {
    let world = World::new();
    let times = [
        "2026-10-09 12:00:00",
        "2026-10-10 12:00:00",
        "2026-10-11 12:59:59",
        "2026-10-11 00:00:00",
    ];
    world.put(&name(RLS, "2026-10-10-12"), object(&times));
    world.put("no-name.log.gz", object(&["2026-10-09 23:59:59"]));
    world.ingest(0);
    for day in ["2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12"] {
        let sql = format!("SELECT time FROM requests WHERE date = '{day}' ORDER BY 1");
        let (found, expected) = (world.raw(&sql).expect(0), world.lake(&sql));
        assert_eq!(found.stdout, expected.stdout, "{day}");
    }
    // An object without a name is read for any day.
    let sql = "SELECT count(*) FROM requests WHERE date = '2020-01-01'";
    let ran = world.raw(sql).expect(0);
    assert_eq!(ran.rows(), ["0"]);
    assert!(ran.stderr.contains("1 of 2 objects read"), "{}", ran.stderr);
}

#[test]
fn a_limit_ends_the_reading() {
    let world = ten_days();
    for (sql, rows, most) in [
        ("SELECT path FROM requests LIMIT 1", 1, 1),
        ("SELECT * FROM cloudfront_logs LIMIT 3", 3, 3),
        ("SELECT path FROM requests LIMIT 3 OFFSET 2", 3, 7),
        // Without knowing how many rows pass, two partitions read a little ahead.
        ("SELECT path FROM requests WHERE asn = 64496 LIMIT 1", 1, 8),
    ] {
        let ran = world.raw(sql).expect(0);
        assert_eq!(ran.rows().len(), rows, "{sql}");
        let words: Vec<&str> = ran.stderr.split(' ').collect();
        let n: u32 = words[0].parse().unwrap();
        assert!(n <= most, "{sql}: {}", ran.stderr);
        assert_eq!(words[1..3], ["of", "81"]);
    }
    let ran = world.raw("SELECT count(*) FROM requests").expect(4);
    assert_eq!(ran.rows(), ["120"]);
    assert!(!ran.stderr.contains("objects read"), "{}", ran.stderr);
}

#[test]
fn a_plan_tells_objects_and_columns() {
    let plan = run(&[
        "sql",
        "--logs",
        "sample-logs",
        "--format",
        "csv",
        "EXPLAIN SELECT path, sum(response_bytes) FROM requests \
         WHERE status = 200 AND distribution = 'E2EXAMPLE1RLS' GROUP BY 1",
    ])
    .expect(0)
    .stdout;
    let columns = "columns=[response_bytes, path, status, distribution]";
    assert!(plan.contains(columns), "{plan}");
    assert!(plan.contains("of 331,"), "{plan}");
    assert!(!plan.contains("objects=331"), "{plan}");
    let sql = "EXPLAIN SELECT path FROM requests LIMIT 3 OFFSET 2";
    let plan = run(&["sql", "--logs", "sample-logs", "--format", "csv", sql]);
    let plan = plan.expect(0).stdout;
    assert!(plan.contains(", limit=5"), "{plan}");
}

/// Only what was read is told, and what a wrong query would have read is not.
#[test]
fn a_wrong_query_reads_nothing() {
    let world = World::new();
    world.put("bad.gz", &gzip("x")[..9]);
    let ran = world.raw("SELECT count(*) FROM reqests").expect(2);
    assert!(ran.stderr.contains("requests"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("bad.gz"), "{}", ran.stderr);
    let ran = world.raw("SELECT 1 AS one").expect(0);
    assert_eq!(ran.rows(), ["1"]);
}
