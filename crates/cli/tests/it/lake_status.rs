//! `lake status` over a small lake whose every object is known.

use std::{fs, sync::OnceLock};

use edgeledger_testkit::gzip;
use serde_json::{Value, json};

use crate::run::{Ran, run, text};

const HEADER: &str = "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem\n";

struct World {
    _dir: tempfile::TempDir,
    lake: String,
    config: String,
}

fn log(rows: usize, more: &str) -> Vec<u8> {
    let row = "2026-10-05\t01:02:03\t1\t200\t/a\n";
    gzip(format!("{HEADER}{}{more}", row.repeat(rows)))
}

fn ingest(files: &[(&str, Vec<u8>)]) -> World {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    for (name, bytes) in files {
        fs::write(logs.join(name), bytes).unwrap();
    }
    let config = dir.path().join("edgeledger.toml");
    let named = "[[distribution]]\nid = \"E2EXAMPLE1RLS\"\nname = \"releases\"\n";
    fs::write(&config, named).unwrap();
    let lake = text(&dir.path().join("lake"));
    let ran = run(&["ingest", &text(&logs), "--lake", &lake]);
    assert!([0, 4].contains(&ran.code), "{}", ran.stderr);
    World {
        lake,
        config: text(&config),
        _dir: dir,
    }
}

/// Two distributions, one of them with every kind of object, and an object without an hour.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let whole = log(1_000, "");
        ingest(&[
            ("E2EXAMPLE1RLS.2026-10-05-01.aa.gz", log(3, "")),
            (
                "E2EXAMPLE1RLS.2026-10-05-02.bb.gz",
                log(2, "2026-10-05\tx\n"),
            ),
            ("E2EXAMPLE1RLS.2026-10-05-02.cc.gz", log(1_500, "")),
            ("E2EXAMPLE1RLS.2026-10-05-05.dd.gz", log(0, "")),
            // Cut off, and with a name that would steer a terminal.
            (
                "E2EXAMPLE1RLS.2026-10-05-07.\u{1b}[31m\u{202e}.gz",
                whole[..whole.len() / 2].to_vec(),
            ),
            // Three hours without logs, over the end of a month.
            ("E2EXAMPLE2CRT.2026-10-31-22.ee.gz", log(1, "")),
            ("E2EXAMPLE2CRT.2026-11-01-02.ff.gz", log(1, "")),
            ("joined.gz", log(4, "")),
        ])
    })
}

fn status_of(world: &World, args: &[&str]) -> Ran {
    let fixed = [
        "lake",
        "status",
        "--lake",
        &world.lake,
        "--config",
        &world.config,
    ];
    run(&[&fixed, args].concat())
}

fn status(args: &[&str]) -> String {
    status_of(world(), args).expect(0)
}

/// The rows of a machine format, without the sizes that the compressor decides.
fn table(args: &[&str]) -> Vec<Value> {
    let stdout = status(&[args, &["--format", "ndjson"]].concat());
    let parsed = stdout.lines().map(|line| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        let size = row.as_object_mut().unwrap().remove("size_bytes");
        if let Some(size) = size {
            assert!(size.as_i64().unwrap() > 0, "{line}");
        }
        row
    });
    parsed.collect()
}

#[test]
fn the_overview_says_what_is_there_and_what_is_wrong() {
    let stdout = status(&[]);
    let lines: Vec<String> = stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let has = |line: &str| assert!(lines.iter().any(|have| have == line), "{line}\n{stdout}");
    assert_eq!(lines[0], format!("Lake {}", world().lake));
    has("8 log objects: 6 ingested, 1 empty, 1 quarantined");
    has("1,511 rows, 1 rejected");
    has("1 log object names no hour");
    has("releases 2026-10-05 01:00 2026-10-05 07:00 4 3 5 1,505 1 1");
    has("E2EXAMPLE2CRT 2026-10-31 22:00 2026-11-01 02:00 2 3 2 2 0 0");
    has("(not named) 0 0 1 4 0 0");
    // The biggest first, and of equal ones the earlier.
    let gaps: Vec<&String> = lines
        .iter()
        .skip_while(|line| !line.starts_with("Biggest gaps"))
        .skip(2)
        .take(3)
        .collect();
    assert_eq!(
        gaps,
        [
            "E2EXAMPLE2CRT 2026-10-31 23:00 2026-11-01 02:00 3",
            "releases 2026-10-05 03:00 2026-10-05 05:00 2",
            "releases 2026-10-05 06:00 2026-10-05 07:00 1",
        ]
    );
    let attention = lines.iter().find(|line| line.starts_with("quarantined"));
    let attention = attention.unwrap_or_else(|| panic!("{stdout}"));
    assert!(
        attention.contains("E2EXAMPLE1RLS.2026-10-05-07."),
        "{attention}"
    );
    assert!(attention.contains("truncated"), "{attention}");
    assert!(!stdout.contains('\u{1b}') && !stdout.contains('\u{202e}'));
}

#[test]
fn machine_formats_print_the_distributions() {
    let row = |of: (Value, Value), hours: [Value; 4], counts: [i64; 6]| {
        let [first_hour, last_hour, hours_with_logs, gap_hours] = hours;
        let [objects, ingested, empty, quarantined, rows, rejected_rows] = counts;
        json!({
            "distribution": of.0, "name": of.1, "first_hour": first_hour, "last_hour": last_hour,
            "hours_with_logs": hours_with_logs, "gap_hours": gap_hours, "objects": objects,
            "ingested": ingested, "empty": empty, "quarantined": quarantined, "skipped": 0,
            "vanished": 0, "forgotten": 0, "rows": rows, "rejected_rows": rejected_rows,
            "forgotten_rows": 0,
        })
    };
    let releases = row(
        (json!("E2EXAMPLE1RLS"), json!("releases")),
        [
            json!("2026-10-05T01:00:00Z"),
            json!("2026-10-05T07:00:00Z"),
            json!(4),
            json!(3),
        ],
        [5, 3, 1, 1, 1_505, 1],
    );
    let crates = row(
        (json!("E2EXAMPLE2CRT"), json!("E2EXAMPLE2CRT")),
        [
            json!("2026-10-31T22:00:00Z"),
            json!("2026-11-01T02:00:00Z"),
            json!(2),
            json!(3),
        ],
        [2, 2, 0, 0, 2, 0],
    );
    let unnamed = row(
        (Value::Null, Value::Null),
        [Value::Null, Value::Null, json!(0), json!(0)],
        [1, 1, 0, 0, 4, 0],
    );
    assert_eq!(table(&[]), [releases.clone(), crates, unnamed]);
    for name in ["releases", "E2EXAMPLE1RLS"] {
        let found = table(&["--distribution", name]);
        assert_eq!(found, std::slice::from_ref(&releases), "{name}");
    }
    let november = table(&["--month", "2026-11"]);
    assert_eq!(november.len(), 1);
    assert_eq!(november[0]["first_hour"], "2026-11-01T02:00:00Z");
    assert_eq!(november[0]["rows"], 1);
    let csv = status(&["--month", "2030-01", "--format", "csv"]);
    assert!(csv.starts_with("distribution,name,first_hour,last_hour,"));
    assert_eq!(csv.lines().count(), 1, "{csv}");
}

#[test]
fn hours_and_gaps_are_listed() {
    let hours = table(&["--hours"]);
    let seen: Vec<Value> = hours
        .iter()
        .map(|row| {
            json!([
                row["name"],
                row["hour"],
                row["objects"],
                row["quarantined"],
                row["rows"]
            ])
        })
        .collect();
    assert_eq!(
        json!(seen),
        json!([
            ["releases", "2026-10-05T01:00:00Z", 1, 0, 3],
            ["releases", "2026-10-05T02:00:00Z", 2, 0, 1502],
            ["releases", "2026-10-05T05:00:00Z", 1, 0, 0],
            ["releases", "2026-10-05T07:00:00Z", 1, 1, 0],
            ["E2EXAMPLE2CRT", "2026-10-31T22:00:00Z", 1, 0, 1],
            ["E2EXAMPLE2CRT", "2026-11-01T02:00:00Z", 1, 0, 1],
        ])
    );
    let narrow = [
        "--hours",
        "--distribution",
        "E2EXAMPLE2CRT",
        "--month",
        "2026-11",
    ];
    assert_eq!(table(&narrow), hours[5..]);

    let gaps = table(&["--gaps"]);
    let crates = json!({
        "distribution": "E2EXAMPLE2CRT", "name": "E2EXAMPLE2CRT",
        "gap_start": "2026-10-31T23:00:00Z", "gap_end": "2026-11-01T02:00:00Z", "hours": 3,
    });
    assert_eq!(gaps.len(), 3);
    assert_eq!(gaps[2], crates);
    // It touches both months.
    assert_eq!(table(&["--gaps", "--month", "2026-11"]), [crates]);
    assert_eq!(table(&["--gaps", "--month", "2026-10"]).len(), 3);
    assert!(table(&["--gaps", "--month", "2026-12"]).is_empty());
    let table = status(&["--gaps", "--distribution", "releases"]);
    assert!(
        table.contains("gap_start") && !table.contains("Lake "),
        "{table}"
    );
}

#[test]
fn a_distribution_that_is_not_there_is_answered_with_the_nearest() {
    let ran = status_of(world(), &["--distribution", "relases"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("did you mean `releases`?"),
        "{}",
        ran.stderr
    );
    // What a user types is compared, and never becomes SQL.
    let ran = status_of(world(), &["--hours", "--distribution", "x' OR '1' = '1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert_eq!(status_of(world(), &["--hours", "--gaps"]).code, 2);
    assert_eq!(status_of(world(), &["--month", "October"]).code, 2);
}

#[test]
fn of_many_damaged_objects_the_first_are_named() {
    let names: Vec<String> = (0..22)
        .map(|n| format!("E2EXAMPLE1RLS.2026-10-05-{n:02}.aa.gz"))
        .collect();
    let whole = log(1_000, "");
    let half = || whole[..whole.len() / 2].to_vec();
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), half())).collect();
    let world = ingest(&files);
    let stdout = status_of(&world, &[]).expect(0);
    assert!(stdout.contains("05-19.aa.gz") && !stdout.contains("05-20.aa.gz"));
    assert!(stdout.contains("… and 2 more: edgeledger sql"), "{stdout}");
    let month = status_of(&world, &["--month", "2026-11"]).expect(0);
    assert!(
        month.contains("It has no log objects named for 2026-11."),
        "{month}"
    );
}

#[test]
fn an_empty_lake_says_what_to_do() {
    let world = ingest(&[]);
    let stdout = status_of(&world, &[]).expect(0);
    assert_eq!(
        stdout,
        format!(
            "Lake {}\nIt has no log objects; bring some in with `edgeledger ingest SOURCE`.\n",
            world.lake
        )
    );
    assert_eq!(
        status_of(&world, &["--gaps", "--format", "csv"]).expect(0),
        "distribution,name,gap_start,gap_end,hours\n"
    );
    assert_eq!(status_of(&world, &["--format", "ndjson"]).expect(0), "");
}
