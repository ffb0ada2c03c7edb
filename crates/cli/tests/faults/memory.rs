//! F8, F26 and F27: hostile and plain large inputs in 512 MiB of private writable memory, a limit
//! that the kernel keeps (`RLIMIT_DATA`; it counts what is mapped, touched or not, so it is stricter
//! than a limit on what is resident).

use std::{fmt::Write, fs};

use edgeledger_testkit::gzip;

use crate::{
    command::{BINARY, Ran, ended, has, program},
    short_or_long,
    world::{HEADER, Object, World, name},
};

const LIMIT_MIB: u64 = 512;
const MIB: usize = 1 << 20;

/// Runs the command under the limit and tells its peak; `None` where there can be no limit.
fn limited(world: &World, what: &str, args: &[&str]) -> Option<Ran> {
    let limit = format!("--data={}", LIMIT_MIB << 20);
    if !has("prlimit", &[&limit, "true"], "memory cannot be limited") {
        return None;
    }
    let mut child = program("prlimit", world.path())
        .arg(limit)
        .arg(BINARY)
        .args(args)
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut resident, mut data) = (0, 0);
    // The high-water marks vanish with the process, so they are read until it ends.
    crate::command::seen_of(&mut child, || {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let kib = |name: &str| -> u64 {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or("0");
            line.split_whitespace()
                .next()
                .unwrap_or("0")
                .parse()
                .unwrap()
        };
        resident = resident.max(kib("RssAnon:"));
        data = data.max(kib("VmData:"));
        false
    });
    let ran = ended(child);
    tell!(
        "{what}: peak {} MiB resident, {} MiB mapped, of {LIMIT_MIB}: {}",
        resident >> 10,
        data >> 10,
        ran.text().trim()
    );
    Some(ran)
}

fn ingest(world: &World, what: &str) -> Option<Ran> {
    limited(world, what, &["ingest", "logs", "--lake", "lake"])
}

/// One gzip stream that unpacks to so many times 64 MiB of one byte.
fn one_byte(byte: u8, times: usize) -> Vec<u8> {
    gzip(vec![byte; 64 * MIB]).repeat(times)
}

/// A bomb beside a good object: the bomb alone is refused.
fn bomb(what: &str, stored: &[u8]) {
    let mut world = World::small();
    let refused = Object {
        status: "quarantined",
        rejected: 1,
        ..Object::default()
    };
    world.put(&name(30), stored, refused);
    if let Some(ran) = ingest(&world, what) {
        assert!(ran.expect(4).stderr.contains(&name(30)));
        world.check("lake");
    }
}

#[test]
fn f27_a_line_of_half_a_gibibyte_in_bounded_memory() {
    bomb("512 MiB of one line", &one_byte(b'a', 8));
}

#[test]
fn f26_a_gzip_bomb_in_bounded_memory() {
    let times = short_or_long(32, 160);
    bomb(
        &format!("a bomb of {} GiB", times / 16),
        &one_byte(0, times),
    );
}

#[test]
fn f08_many_tiny_objects_in_bounded_memory() {
    let mut world = World::empty();
    for n in 0..20_000 {
        world.add(n, 1);
    }
    if let Some(ran) = ingest(&world, "20,000 objects of one row") {
        ran.expect(0);
        world.check("lake");
    }
}

/// Long addresses, no two alike, in one object. They pack well: what counts is the text.
#[test]
fn f08_a_large_object_of_fat_lines_in_bounded_memory() {
    const LINE: usize = 64 << 10;
    let lines = short_or_long(640, 1_024) * MIB / LINE;
    let mut world = World::empty();
    let (mut stored, mut rows) = (gzip(HEADER), Vec::new());
    for line in 0..lines {
        let filling = format!("{line:07}/").repeat(LINE / 8);
        let text = format!("2026-10-05\t01:00:00\t{line}\t200\t/{filling}\t-\t-\n");
        stored.extend(gzip(text));
        rows.push((line as u64 + 3, line as u64));
    }
    let object = Object {
        status: "ingested",
        rows,
        rejected: 0,
    };
    world.put(&name(0), &stored, object);
    if let Some(ran) = ingest(&world, &format!("{lines} lines of 64 KiB")) {
        ran.expect(0);
        world.check("lake");
    }
}

/// An attacker chooses the addresses: the top ten of many distinct ones.
#[test]
fn f08_many_distinct_addresses_in_bounded_memory() {
    let lines = short_or_long(200_000, 2_000_000);
    let mut world = World::empty();
    let (mut text, mut seeded) = (HEADER.to_owned(), crate::seeded::Seeded(8));
    for line in 0..lines {
        let (a, b) = (seeded.next(), seeded.next());
        let bytes = line % 1_000;
        let path = format!("/{a:x}/{b:x}/{line}");
        writeln!(text, "2026-10-05\t01:00:00\t{bytes}\t200\t{path}\t-\t-").unwrap();
    }
    let rows = (0..lines).map(|line| (line + 3, line % 1_000)).collect();
    let object = Object {
        status: "ingested",
        rows,
        rejected: 0,
    };
    world.put(&name(0), &gzip(text), object);
    let query = "SELECT path, count(*) AS n, sum(response_bytes) AS bytes FROM requests GROUP BY path ORDER BY bytes DESC, path LIMIT 10";
    let Some(ran) = ingest(&world, &format!("{lines} distinct addresses")) else {
        return;
    };
    ran.expect(0);
    world.check("lake");
    let ran = limited(
        &world,
        "their top ten",
        &["sql", "--lake", "lake", "--format", "csv", query],
    )
    .unwrap();
    // An honest refusal is allowed, an abort is not.
    if ran.code() != Some(0) {
        ran.typed_error();
    }
}
