//! What is printed, without running it.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{done, edgeledger, lake};

const ENGINES: [&str; 7] = [
    "athena",
    "clickhouse",
    "deltalake",
    "duckdb",
    "polars",
    "spark",
    "trino",
];

fn ddl(engine: &str, lake: &str) -> String {
    done(&["lake", "ddl", "--engine", engine, "--lake", lake])
}

/// A refusal's text.
fn refused(args: &[&str]) -> String {
    let output = edgeledger(&[&["lake", "ddl"], args].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty());
    stderr
}

/// Nothing is asked of S3 for it, so it works without credentials.
#[test]
fn every_engine_gets_both_tables_of_a_lake_on_s3() {
    for engine in ENGINES {
        let text = ddl(engine, "s3://lake/cdn/");
        let scheme = if engine == "spark" { "s3a" } else { "s3" };
        for table in ["requests", "log_files"] {
            let place = format!("{scheme}://lake/cdn/{table}");
            assert!(text.contains(&place), "{engine} has no {place}: {text}");
        }
        assert!(
            text.contains("response_bytes") && text.contains("month"),
            "{text}"
        );
        assert!(!text.contains("cdn//"), "{text}");
    }
}

/// Each dialect's own way to write a quote, a backslash and an identifier.
#[test]
fn places_and_names_are_quoted_for_each_dialect() {
    for (engine, place) in [
        (
            "athena",
            r#"LOCATION 's3://lake/it\'s \\ "here"/requests/'"#,
        ),
        ("spark", r#"LOCATION 's3a://lake/it\'s \\ "here"/requests'"#),
        (
            "clickhouse",
            r#"DeltaLake('s3://lake/it\'s \\ "here"/requests/')"#,
        ),
        (
            "duckdb",
            r#"delta_scan('s3://lake/it''s \ "here"/requests')"#,
        ),
        (
            "trino",
            r#"table_location => 's3://lake/it''s \ "here"/requests'"#,
        ),
        (
            "polars",
            r#"DeltaTable("s3://lake/it's \\ \"here\"/requests")"#,
        ),
        (
            "deltalake",
            r#"DeltaTable("s3://lake/it's \\ \"here\"/requests")"#,
        ),
    ] {
        let text = ddl(engine, r#"s3://lake/it's \ "here""#);
        assert!(text.contains(place), "{engine} has no {place}: {text}");
    }
    for (engine, table) in [
        ("spark", "`a``b\"c`.`requests`"),
        ("clickhouse", "`a\\`b\"c`.`requests`"),
        ("duckdb", "\"a`b\"\"c\".\"requests\""),
        ("trino", "delta.\"a`b\"\"c\".\"requests\""),
    ] {
        let args = [
            "--engine",
            engine,
            "--lake",
            "s3://lake/cdn",
            "--database",
            "a`b\"c",
        ];
        let text = done(&[&["lake", "ddl"], &args[..]].concat());
        assert!(text.contains(table), "{engine} has no {table}: {text}");
    }
}

#[test]
fn what_an_engine_cannot_read_is_refused() {
    let s3 = "s3://lake/cdn";
    let athena = refused(&["--engine", "athena", "--lake", lake()]);
    assert!(athena.contains("S3") && athena.contains("hint"), "{athena}");
    let database = refused(&["--engine", "athena", "--lake", s3, "--database", "a-b"]);
    assert!(database.contains("`a-b`"), "{database}");
    let files = refused(&["--engine", "trino", "--lake", s3, "--files"]);
    assert!(files.contains("--files"), "{files}");
    for engine in ENGINES {
        let line = refused(&["--engine", engine, "--lake", "s3://lake/a\n; DROP"]);
        assert!(line.contains("control characters"), "{line}");
    }
    for engine in ["polars", "deltalake"] {
        let percent = refused(&["--engine", engine, "--lake", "s3://lake/a%20b"]);
        assert!(percent.contains('%'), "{percent}");
    }
    let unknown = refused(&["--engine", "duckdbb", "--lake", s3]);
    assert!(unknown.contains("'duckdb'"), "{unknown}");
}

#[test]
fn a_folder_without_a_lake_is_not_described() {
    let dir = tempfile::tempdir().unwrap();
    for place in [dir.path(), &dir.path().join("none")] {
        let args = [
            "lake",
            "ddl",
            "--engine",
            "polars",
            "--lake",
            place.to_str().unwrap(),
        ];
        let output = edgeledger(&args);
        assert_ne!(output.status.code(), Some(0));
        assert!(output.stdout.is_empty());
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .contains("no lake at")
        );
    }
}

/// Adds without removes, by a reading of the log that knows no more than this.
fn live(table: &Path) -> BTreeSet<String> {
    let mut commits: Vec<_> = fs::read_dir(table.join("_delta_log"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    commits.sort();
    let mut live = BTreeSet::new();
    for commit in commits {
        for line in fs::read_to_string(commit).unwrap().lines() {
            let action: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(path) = action["add"]["path"].as_str() {
                live.insert(path.to_owned());
            }
            if let Some(path) = action["remove"]["path"].as_str() {
                live.remove(path);
            }
        }
    }
    live
}

#[test]
fn files_are_the_live_ones_and_no_other() {
    let text = done(&[
        "lake",
        "ddl",
        "--engine",
        "duckdb",
        "--files",
        "--lake",
        lake(),
    ]);
    let parts: Vec<&str> = text.split("read_parquet([").skip(1).collect();
    assert_eq!(parts.len(), 2);
    for (part, table) in parts.iter().zip(["requests", "log_files"]) {
        let folder = Path::new(lake()).join(table);
        let root = fs::canonicalize(&folder).unwrap();
        let root = format!("{}/", root.to_str().unwrap());
        let named: BTreeSet<String> = part
            .split("\n]")
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().strip_prefix('\'')?.rsplit_once('\''))
            .map(|(file, _)| file.replace("''", "'"))
            .map(|file| file.strip_prefix(&root).unwrap().to_owned())
            .collect();
        assert_eq!(named, live(&folder), "{table}");
    }
    let on_disk = walk(&Path::new(lake()).join("requests"));
    assert!(on_disk > live(&Path::new(lake()).join("requests")).len());
}

fn walk(folder: &Path) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| match path.is_dir() {
            true if path.ends_with("_delta_log") => 0,
            true => walk(&path),
            false => 1,
        })
        .sum()
}
