//! `edgeledger lake …`: what it prints, what it refuses, and its exit codes.

use std::{fs, path::Path};

use edgeledger_testkit::gzip;

use crate::run::{run, text};

/// A log of rows from two addresses in turn.
fn log(rows: usize) -> Vec<u8> {
    const HEADER: &str = "#Version: 1.0\n#Fields: date time sc-bytes sc-status c-ip\n";
    let lines: Vec<String> = (0..rows)
        .map(|row| format!("2026-10-01\t01:02:{row:02}\t1\t200\t192.0.2.{}\n", row % 2))
        .collect();
    gzip(HEADER.to_owned() + &lines.concat())
}

fn put(logs: &Path, n: usize) {
    let name = format!("E2EXAMPLE1RLS.2026-10-01-{n:02}.{n:08x}.gz");
    fs::write(logs.join(name), log(10)).unwrap();
}

/// A lake of three objects in a commit each.
struct World {
    dir: tempfile::TempDir,
    logs: String,
    lake: String,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let (text_logs, lake) = (text(&logs), text(&dir.path().join("lake")));
        for n in 0..3 {
            put(&logs, n);
            run(&["ingest", &text_logs, "--lake", &lake]).expect(0);
        }
        Self {
            dir,
            logs: text_logs,
            lake,
        }
    }

    fn lake(&self, args: &[&str]) -> crate::run::Ran {
        let all: Vec<&str> = [&["lake"], args, &["--lake", &self.lake]].concat();
        run(&all)
    }

    fn count(&self) -> String {
        let sql = "SELECT count(*) AS n FROM requests";
        run(&["sql", "--lake", &self.lake, "--format", "ndjson", sql]).expect(0)
    }

    fn data_files(&self) -> Vec<std::path::PathBuf> {
        let folder = "lake/requests/distribution=E2EXAMPLE1RLS/date=2026-10-01";
        let mut files: Vec<_> = fs::read_dir(self.dir.path().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

#[test]
fn compact_then_vacuum() {
    let world = World::new();
    let dry = world.lake(&["compact", "--dry-run"]);
    assert!(
        dry.stderr
            .contains("3 files would become about 1; nothing was changed"),
        "{dry:?}"
    );
    let done = world.lake(&["compact", "--format", "csv"]);
    assert!(done.stderr.contains("3 files became 1"), "{done:?}");
    let lines: Vec<String> = done.expect(0).lines().map(str::to_owned).collect();
    assert_eq!(
        lines[0],
        "table,distribution,date,files_before,files_after,bytes_before,bytes_after,rows"
    );
    assert!(
        lines[1].starts_with("requests,E2EXAMPLE1RLS,2026-10-01,3,1,"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with(",30"), "{lines:?}");
    assert!(
        world
            .lake(&["compact"])
            .stderr
            .contains("nothing to compact")
    );

    let kept = world.lake(&["vacuum"]);
    assert!(
        kept.stderr.contains("3 files are within the grace"),
        "{kept:?}"
    );
    let refused = world.lake(&["vacuum", "--grace-days", "0"]);
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    refused.expect(2);
    assert_eq!(world.data_files().len(), 4);
    let listed = world
        .lake(&["vacuum", "--grace-days", "0", "--dry-run"])
        .expect(0);
    assert_eq!(listed.lines().count(), 3);
    world
        .lake(&["vacuum", "--grace-days", "0", "--force"])
        .expect(0);
    assert_eq!(world.data_files().len(), 1);
    assert_eq!(world.count(), "{\"n\":30}\n");
    world.lake(&["verify"]).expect(0);
}

#[test]
fn forget_asks_first() {
    let world = World::new();
    let refused = world.lake(&["forget", "--client-ip", "192.0.2.1"]);
    assert!(refused.stderr.contains("Forget 15 rows"), "{refused:?}");
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    refused.expect(2);
    world.lake(&["forget"]).expect(2);
    world
        .lake(&["forget", "--client-ip", "nobody", "--yes"])
        .expect(2);
    world
        .lake(&["forget", "--distribution", "../x", "--yes"])
        .expect(2);
    let dry = world.lake(&["forget", "--client-ip", "192.0.2.1", "--dry-run"]);
    assert!(dry.stderr.contains("15 rows"), "{dry:?}");
    assert_eq!(world.count(), "{\"n\":30}\n");
    let done = world.lake(&["forget", "--client-ip", "192.0.2.1", "--yes"]);
    assert!(
        done.stderr.contains("15 rows of 3 objects forgotten"),
        "{done:?}"
    );
    assert!(done.stderr.contains("lake vacuum"), "{done:?}");
    done.expect(0);
    let done = world.lake(&["forget", "--before", "2026-10-02", "--purge", "--yes"]);
    assert!(
        done.stderr
            .contains("15 rows of 3 objects forgotten; 3 files deleted"),
        "{done:?}"
    );
    assert!(
        done.stderr.contains("3 files of earlier changes"),
        "{done:?}"
    );
    assert_eq!(world.count(), "{\"n\":0}\n");
    world.lake(&["verify"]).expect(0);
    run(&["ingest", &world.logs, "--lake", &world.lake]).expect(0);
    assert_eq!(
        world.count(),
        "{\"n\":0}\n",
        "what was forgotten does not come back"
    );
}

#[test]
fn verify_tells_a_source_that_differs_from_damage_and_repair_mends_it() {
    let world = World::new();
    let clean = world.lake(&["verify", &world.logs]);
    assert!(clean.stderr.contains("the lake is whole"), "{clean:?}");
    clean.expect(0);
    put(&world.dir.path().join("logs"), 7);
    let behind = world.lake(&["verify", &world.logs, "--format", "csv"]);
    assert!(behind.stderr.contains("edgeledger ingest"), "{behind:?}");
    assert!(behind.expect(4).contains("object unknown,"));

    let file = &world.data_files()[0];
    let whole = fs::read(file).unwrap();
    let mut bytes = whole.clone();
    bytes[20] ^= 1;
    fs::write(file, &bytes).unwrap();
    world.lake(&["verify", "--quick"]).expect(0);
    let damaged = world.lake(&["verify", "--format", "ndjson"]);
    assert!(damaged.stderr.contains("lake repair"), "{damaged:?}");
    let damaged = damaged.expect(5);
    let name = file.file_name().unwrap().to_str().unwrap();
    let first: serde_json::Value = serde_json::from_str(damaged.lines().next().unwrap()).unwrap();
    assert_eq!(first["kind"], "file");
    assert!(first["what"].as_str().unwrap().ends_with(name), "{first}");

    fs::remove_file(file).unwrap();
    let query = run(&[
        "sql",
        "--lake",
        &world.lake,
        "SELECT max(client_ip) FROM requests",
    ]);
    assert!(query.stderr.contains("edgeledger lake verify"), "{query:?}");
    query.expect(5);
    let refused = world.lake(&["repair"]);
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    refused.expect(2);
    let dry = world
        .lake(&["repair", "--dry-run", "--format", "csv"])
        .expect(0);
    assert!(
        dry.contains("file dropped,") && dry.contains("rows taken out,"),
        "{dry}"
    );
    let done = world.lake(&["repair", "--yes"]);
    assert!(done.stderr.contains("ingest --full"), "{done:?}");
    done.expect(0);
    world.lake(&["verify"]).expect(0);
    assert_eq!(world.count(), "{\"n\":20}\n");
    run(&["ingest", &world.logs, "--lake", &world.lake]).expect(0);
    assert_eq!(world.count(), "{\"n\":40}\n");
    let none = world.lake(&["repair", "--yes"]);
    assert!(none.stderr.contains("nothing to repair"), "{none:?}");
}

#[test]
fn upkeep_makes_no_lake() {
    let dir = tempfile::tempdir().unwrap();
    let lake = text(&dir.path().join("none"));
    for args in [
        &["compact"][..],
        &["vacuum"],
        &["forget", "--before", "2026-01-01", "--yes"],
        &["verify"],
        &["repair", "--yes"],
    ] {
        let all: Vec<&str> = [&["lake"], args, &["--lake", &lake]].concat();
        let ran = run(&all);
        assert!(ran.stderr.contains("no lake at"), "{ran:?}");
        ran.expect(1);
    }
    assert!(!Path::new(&lake).exists());
    fs::create_dir(&lake).unwrap();
    run(&["lake", "verify", "--lake", &lake]).expect(1);
    run(&["lake", "repair", "--yes", "--lake", &lake]).expect(1);
}
