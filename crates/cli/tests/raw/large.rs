//! An object whose rows do not fit into memory.

use std::fmt::Write;

use edgeledger_testkit::gzip;

use crate::world::{FIELDS, World, name};

const ROWS: usize = 6_000;
const PATH_BYTES: usize = 20_000;

/// 120 MB of text in one column.
fn long_paths(end: &str) -> Vec<u8> {
    let mut text = FIELDS.to_owned();
    let path = "x".repeat(PATH_BYTES - 6);
    for row in 0..ROWS {
        writeln!(
            text,
            "2026-10-0{}\t00:00:01\t7\t/{row:05}{path}\t200\t-\t-\t1",
            1 + row % 2
        )
        .unwrap();
    }
    text.push_str(end);
    gzip(text)
}

#[test]
fn is_read_while_it_is_looked_at() {
    let world = World::new();
    world.put(&name("E2EXAMPLE1RLS", "2026-10-01-23"), long_paths(""));
    let sql = "SELECT date, count(*) AS n, sum(length(path)) AS b, min(substr(path, 1, 6)) AS first, \
               sum(log_line) AS l FROM requests GROUP BY 1 ORDER BY 1";
    let half = ROWS / 2;
    let bytes = half * PATH_BYTES;
    // Lines 3 to 6002, in turns.
    let lines = |first: usize| half * first + half * (half - 1);
    assert_eq!(
        world.raw(sql).expect(0).rows(),
        [
            format!("2026-10-01,{half},{bytes},/00000,{}", lines(3)),
            format!("2026-10-02,{half},{bytes},/00001,{}", lines(4)),
        ]
    );
    let ran = world.raw("SELECT path FROM requests LIMIT 2").expect(0);
    assert_eq!(ran.rows().len(), 2);
}

#[test]
fn gives_no_row_when_it_is_damaged_at_its_end() {
    let world = World::new();
    let whole = long_paths("");
    world.put(
        &name("E2EXAMPLE1RLS", "2026-10-01-23"),
        &whole[..whole.len() - 9],
    );
    for sql in [
        "SELECT path FROM requests LIMIT 2",
        "SELECT path, status FROM requests WHERE status = 200",
    ] {
        let ran = world.raw(sql).expect(4);
        assert!(ran.rows().is_empty(), "{sql}");
        assert!(ran.stderr.contains("truncated"), "{}", ran.stderr);
    }
    let world = World::new();
    let bad = "2026-10-01\t00:00:01\tx\t/a\t200\t-\t-\t1\n".repeat(ROWS / 50);
    world.put(&name("E2EXAMPLE1RLS", "2026-10-01-23"), long_paths(&bad));
    let ran = world.raw("SELECT path FROM requests LIMIT 2").expect(4);
    assert!(ran.rows().is_empty());
    assert!(
        ran.stderr.contains("120 of 6120 rows rejected"),
        "{}",
        ran.stderr
    );
}
