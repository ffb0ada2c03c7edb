//! `--allow-write`: files beside the lake, and never the lake.

use std::{fs, path::Path};

use crate::run::{run, sample_lake, text};

fn write(statements: &str) -> crate::run::Ran {
    let lake = sample_lake();
    run(&[
        "sql",
        "--lake",
        lake,
        "--format",
        "csv",
        "--allow-write",
        "-c",
        statements,
    ])
}

fn outside() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = text(&dir.path().canonicalize().unwrap());
    (dir, path)
}

#[test]
fn files_are_written_and_read_back() {
    let (_dir, out) = outside();
    let ran = write(&format!(
        "COPY (SELECT 6 * 7 AS answer) TO '{out}/a.csv';
         CREATE EXTERNAL TABLE answers STORED AS CSV LOCATION '{out}/a.csv';
         CREATE VIEW doubled AS SELECT answer * 2 AS twice FROM answers;
         CREATE OR REPLACE VIEW doubled AS SELECT answer + answer AS twice FROM answers;
         SELECT twice FROM doubled"
    ));
    assert_eq!(ran.expect(0), "count\n1\n\ntwice\n84\n");
    assert_eq!(
        fs::read_to_string(format!("{out}/a.csv")).unwrap(),
        "answer\n42\n"
    );
    // Nothing of it is there in the next session.
    let ran = write("SELECT * FROM doubled");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
}

#[test]
fn the_lake_stays_what_it_is() {
    let (_dir, out) = outside();
    let lake = sample_lake();
    let before = tree(Path::new(lake));
    #[cfg(unix)]
    std::os::unix::fs::symlink(lake, format!("{out}/link")).unwrap();
    let never = "is never allowed: COPY … TO a file, CREATE EXTERNAL TABLE and CREATE VIEW are";
    let refused = [
        (
            format!("COPY (SELECT 1 AS a) TO '{lake}/a.csv'"),
            "is in the lake",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{lake}/requests/a.parquet'"),
            "is in the lake",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{out}/../../../../../../..{lake}/a.csv'"),
            "is in the lake",
        ),
        #[cfg(unix)]
        (
            format!("COPY (SELECT 1 AS a) TO '{out}/link/a.csv'"),
            "is in the lake",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO 'file://{lake}/a.csv'"),
            "is no path",
        ),
        #[cfg(unix)]
        (
            format!("COPY (SELECT 1 AS a) TO 'file:{out}/link/a.csv' STORED AS CSV"),
            "is no path",
        ),
        (
            "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION 'FILE:/etc/passwd'".to_owned(),
            "is no path",
        ),
        (
            "COPY (SELECT 1 AS a) TO 's3://bucket/a.csv'".to_owned(),
            "is no path",
        ),
        (
            "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION 's3://bucket/a.csv'".to_owned(),
            "is no path",
        ),
        (
            "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION 'http://127.0.0.1:9/a.csv'".to_owned(),
            "is no path",
        ),
        (
            "CREATE OR REPLACE VIEW headline AS SELECT 1 AS a".to_owned(),
            "stays what it is",
        ),
        (
            "CREATE OR REPLACE VIEW \"Requests\" AS SELECT 1 AS a".to_owned(),
            "stays what it is",
        ),
        (
            format!(
                "CREATE OR REPLACE EXTERNAL TABLE requests STORED AS CSV LOCATION '{out}/a.csv'"
            ),
            "stays what it is",
        ),
        (
            "INSERT INTO log_files SELECT * FROM log_files".to_owned(),
            never,
        ),
        ("DELETE FROM requests".to_owned(), never),
        ("UPDATE requests SET path = '/'".to_owned(), never),
        ("DROP TABLE requests".to_owned(), never),
        ("CREATE TABLE a AS SELECT 1 AS a".to_owned(), never),
        (
            "SET datafusion.runtime.memory_limit = '1T'".to_owned(),
            never,
        ),
        ("PREPARE a AS SELECT 1".to_owned(), never),
    ];
    for (statement, why) in refused {
        let ran = write(&statement);
        assert_eq!(ran.code, 2, "{statement}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(why), "{statement}: {}", ran.stderr);
    }
    assert_eq!(tree(Path::new(lake)), before);
}

/// The names of a bill are the session's also while it has no bill.
#[test]
fn names_of_a_bill_are_not_taken() {
    let views = fs::read_dir(edgeledger_testkit::repo_root().join("queries/bill")).unwrap();
    let views = views.map(|view| text(Path::new(view.unwrap().path().file_stem().unwrap())));
    let mut names: Vec<String> = views.collect();
    assert!(names.len() >= 5, "{names:?}");
    names.push("bill_lines".to_owned());
    for name in names {
        for create in ["CREATE VIEW", "CREATE OR REPLACE VIEW"] {
            let ran = write(&format!("{create} {name} AS SELECT 1 AS a"));
            assert_eq!(ran.code, 2, "{name}: {}{}", ran.stdout, ran.stderr);
            let why = format!("`{name}` is a table of the session and stays what it is");
            assert!(ran.stderr.contains(&why), "{}", ran.stderr);
        }
    }
}

/// Paths below a folder with their lengths.
fn tree(dir: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(tree(&entry.path()));
        } else {
            files.push((text(&entry.path()), entry.metadata().unwrap().len()));
        }
    }
    files.sort();
    files
}

/// Folders that the engine makes below a target are looked at when they are written to.
#[cfg(unix)]
#[test]
fn a_link_below_the_target_does_not_lead_into_the_lake() {
    let (_dir, out) = outside();
    let lake = sample_lake();
    let before = tree(Path::new(lake));
    fs::create_dir(format!("{out}/p")).unwrap();
    std::os::unix::fs::symlink(format!("{lake}/requests"), format!("{out}/p/a=1")).unwrap();
    let copy = |a: u8| {
        format!("COPY (SELECT {a} AS a, 2 AS b) TO '{out}/p/' STORED AS CSV PARTITIONED BY (a)")
    };
    // The engine keeps the reason to itself.
    write(&copy(1)).expect(1);
    assert_eq!(tree(Path::new(lake)), before);
    write(&copy(3)).expect(0);
}
