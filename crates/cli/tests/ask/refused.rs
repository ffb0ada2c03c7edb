//! Statements that must be refused, and what the command touches while it refuses them.

use std::{fs, path::Path};

use crate::{
    calls::{self, Calls},
    run::{BINARY, Ran, program, ran, sample_lake, text},
};

/// Each statement of the corpus with a part of the message that refuses it.
fn corpus(out: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in include_str!("refused.sql").lines() {
        let line = line.replace("{out}", out).replace("{lake}", sample_lake());
        match (line.strip_prefix("--: "), blocks.last_mut()) {
            (Some(why), _) => blocks.push((why.to_owned(), String::new())),
            (None, Some((_, sql))) => {
                sql.push_str(&line);
                sql.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// A folder with what a statement would like to read: `secret.csv` and others hold a 7.
fn secrets() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    fs::write(file("secret.csv"), "a\n7\n").unwrap();
    fs::write(file("secret.json"), "{\"a\":7}\n").unwrap();
    let query = "SELECT 7 AS a";
    let out = text(&file("secret.parquet"));
    let args = [
        "sql",
        "--lake",
        sample_lake(),
        "--format",
        "parquet",
        "--out",
        &out,
        query,
    ];
    crate::run::run(&args).expect(0);
    dir
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs `edgeledger sql` in a folder, under strace where it works.
fn watched(dir: &Path, tmp: &Path, log: Option<&Path>, args: &[&str]) -> Ran {
    let mut command = match log {
        Some(log) => {
            let mut command = program("strace", dir);
            command.args(calls::STRACE).arg("-o").arg(log).arg(BINARY);
            command
        }
        None => program(BINARY, dir),
    };
    // Cargo's search path for libraries would be searched in.
    command.env("TMPDIR", tmp).env_remove("LD_LIBRARY_PATH");
    ran(command.args(["sql", "--lake", sample_lake()]).args(args))
}

#[test]
fn nothing_is_written_and_nothing_but_the_lake_is_read() {
    let dir = secrets();
    let (tmp, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = text(&dir.path().canonicalize().unwrap());
    let corpus = corpus(&out);
    assert!(corpus.len() >= 60, "only {} statements", corpus.len());
    let before = (names(dir.path()), lake_files());
    let log = calls::strace_works().then(|| logs.path().join("calls"));
    let log = log.as_deref();
    for (why, sql) in &corpus {
        let refused = watched(dir.path(), tmp.path(), log, &["-c", sql]);
        assert_eq!(refused.code, 2, "{sql}{}{}", refused.stdout, refused.stderr);
        assert!(
            refused.stderr.contains(why.as_str()),
            "{sql}{}",
            refused.stderr
        );
        assert!(!refused.stdout.contains('7'), "{sql}{}", refused.stdout);
        if let Some(log) = log {
            Calls::read(log).assert_of_lake_only(sample_lake(), &text(tmp.path()), sql);
        }
    }
    assert_eq!((names(dir.path()), lake_files()), before);
    assert_eq!(names(tmp.path()), [""; 0]);
}

fn lake_files() -> Vec<String> {
    let mut files = names(&Path::new(sample_lake()).join("requests"));
    files.extend(names(&Path::new(sample_lake()).join("requests/_delta_log")));
    files
}

/// The check above could pass with a blind strace: it sees what is read of the lake, a file that is
/// read beside it, and one that is written.
#[test]
fn the_watch_sees_what_is_touched() {
    if !calls::strace_works() {
        return;
    }
    let dir = secrets();
    let (tmp, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = logs.path().join("calls");
    let out = text(&dir.path().canonicalize().unwrap());
    let (lake, tmp) = (sample_lake(), tmp.path());
    let fine = "SELECT count(DISTINCT path) FROM requests";
    watched(dir.path(), tmp, Some(&log), &["-c", fine]).expect(0);
    let calls = Calls::read(&log);
    calls.assert_of_lake_only(lake, &text(tmp), fine);
    let parquet = |path: &String| path.starts_with(lake) && path.contains(".parquet");
    assert!(calls.read.iter().any(parquet), "{calls:?}");

    let read = format!(
        "CREATE EXTERNAL TABLE s STORED AS CSV LOCATION '{out}/secret.csv'; SELECT * FROM s"
    );
    watched(dir.path(), tmp, Some(&log), &["--allow-write", "-c", &read]).expect(0);
    let calls = Calls::read(&log);
    let secret = format!("{out}/secret.csv");
    assert!(calls.read.contains(&secret), "{calls:?}");
    assert!(!calls.strange(lake, &text(tmp)).is_empty());

    let write = format!("COPY (SELECT 1 AS a) TO '{out}/new.csv'");
    watched(
        dir.path(),
        tmp,
        Some(&log),
        &["--allow-write", "-c", &write],
    )
    .expect(0);
    let calls = Calls::read(&log);
    assert!(
        calls.written.iter().any(|path| path.starts_with(&out)),
        "{calls:?}"
    );
}

/// Who may not write is told of `--allow-write` where that would help, and only there.
#[test]
fn the_flag_that_permits_is_named() {
    let hint = "hint: `edgeledger sql --allow-write` permits COPY";
    for (sql, is_permitted) in [
        ("COPY (SELECT 1 AS a) TO 'new.csv'", true),
        (
            "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION 'secret.csv'",
            true,
        ),
        ("CREATE VIEW a AS SELECT 1 AS a", true),
        ("CREATE TABLE a AS SELECT 1 AS a", false),
        ("DROP TABLE requests", false),
        ("DELETE FROM requests", false),
        ("SET datafusion.execution.batch_size = 1", false),
    ] {
        let refused = crate::run::sql(&[sql]);
        assert_eq!(refused.code, 2, "{sql}: {}", refused.stderr);
        let is_named = refused.stderr.contains(hint);
        assert_eq!(is_named, is_permitted, "{sql}: {}", refused.stderr);
    }
}
