//! Texts counted as the files store them: in dictionaries, past the end of one, and as NULL.

use std::{collections::BTreeMap, fmt::Write, fs};

use edgeledger_testkit::gzip;

use crate::run::{run, text};

const HEADER: &str =
    "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem cs(User-Agent)\n";
/// Three aggregations: such a statement is computed in one pass.
const SQL: &str = "SELECT 'paths' AS what, substr(path, 1, 6) AS name, count(*) AS n, \
    sum(response_bytes) AS bytes FROM requests GROUP BY 1, 2 UNION ALL \
    SELECT 'clients', user_agent, count(*), sum(response_bytes) FROM requests GROUP BY 1, 2 \
    UNION ALL SELECT 'days', CAST(date AS TEXT), count(path), sum(response_bytes) FROM requests \
    GROUP BY 1, 2 ORDER BY 1, 2";

#[derive(Default)]
struct World {
    text: String,
    /// Rows and bytes by what they are counted by.
    expect: BTreeMap<(&'static str, Option<String>), (u64, u64)>,
}

impl World {
    fn row(&mut self, day: &str, n: u64, path: Option<&str>, client: Option<&str>) {
        let bytes = n % 10;
        let (path_cell, client_cell) = (path.unwrap_or("-"), client.unwrap_or("-"));
        writeln!(
            self.text,
            "{day}\t00:00:00\t{bytes}\t200\t{path_cell}\t{client_cell}"
        )
        .unwrap();
        let start = path.map(|path| path.chars().take(6).collect());
        for (what, name, is_counted) in [
            ("paths", start, true),
            ("clients", client.map(str::to_owned), true),
            ("days", Some(day.to_owned()), path.is_some()),
        ] {
            let (rows, sum) = self.expect.entry((what, name)).or_default();
            *rows += u64::from(is_counted);
            *sum += bytes;
        }
    }
}

#[test]
fn texts_are_counted_however_files_store_them() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, lake) = (dir.path().join("logs"), text(&dir.path().join("lake")));
    fs::create_dir(&logs).unwrap();
    let mut world = World::default();
    for n in 0..60_000 {
        let path = format!("/few/{}", n % 7);
        let client = format!("ua{}", n % 3);
        let path = (n % 5 != 0).then_some(path.as_str());
        world.row("2026-10-01", n, path, (n % 4 != 0).then_some(&client));
    }
    for n in 0..12_000 {
        // More than a dictionary of texts that hardly come twice may hold.
        let path = format!("/many/{n:0120}");
        world.row("2026-10-02", n, Some(&path), Some("ua0"));
    }
    for n in 0..1_000 {
        world.row("2026-10-03", n, None, None);
    }
    let text_logs = text(&logs);
    let name = "E2EXAMPLE1RLS.2026-10-01-00.00000001.gz";
    fs::write(logs.join(name), gzip(HEADER.to_owned() + &world.text)).unwrap();
    run(&["ingest", &text_logs, "--lake", &lake]).expect(0);
    let answer = run(&["sql", "--lake", &lake, "--format", "ndjson", SQL]).expect(0);
    let mut found = BTreeMap::new();
    for line in answer.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let what = ["paths", "clients", "days"];
        let what = what.into_iter().find(|what| row["what"] == *what).unwrap();
        let name = row["name"].as_str().map(str::to_owned);
        let counts = (row["n"].as_u64().unwrap(), row["bytes"].as_u64().unwrap());
        assert_eq!(found.insert((what, name), counts), None, "{line}");
    }
    assert_eq!(found, world.expect);
}
