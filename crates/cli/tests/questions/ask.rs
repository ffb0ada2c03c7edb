//! Asking a question.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::repo_root;
use serde_json::Value;

/// The sample's whole month.
pub(crate) const MONTH: &str = "2026-10";

fn run(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
    command
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::null());
    for name in ["EDGELEDGER_CONFIG", "EDGELEDGER_LAKE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// A lake of the sample logs, made once.
fn lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lake").to_str().unwrap().to_owned();
        run(&["ingest", "sample-logs", "--lake", &path]);
        (dir, path)
    });
    path
}

/// What a statement gives.
pub(crate) fn sql(format: &str, statement: &str) -> String {
    run(&[
        "sql",
        "--lake",
        lake(),
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        format,
        statement,
    ])
}

/// What a statement gives, one object a row.
pub(crate) fn rows_of(statement: &str) -> Vec<Value> {
    let answer = sql("ndjson", statement);
    let rows = answer.lines();
    rows.map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// The names of all questions, sorted.
pub(crate) fn names() -> Vec<String> {
    let folder = std::fs::read_dir(repo_root().join("queries/examples")).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files
        .map(|file| file.strip_suffix(".sql").unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The file of a question.
pub(crate) fn file(name: &str) -> String {
    let path = repo_root().join(format!("queries/examples/{name}.sql"));
    std::fs::read_to_string(path).unwrap()
}

/// The parameters of a file: name and default.
pub(crate) fn params(file: &str) -> Vec<(&str, &str)> {
    let lines = file
        .lines()
        .filter_map(|line| line.strip_prefix("-- param: "));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').take(3).collect();
            let [name, _, default] = words.as_slice() else {
                panic!("{line}");
            };
            (*name, *default)
        })
        .collect()
}

/// The answer to a question about the sample's whole month, unless it is asked with another.
pub(crate) fn ask(format: &str, name: &str, given: &[(&str, &str)]) -> String {
    let question = format!("@{name}");
    let has_month = params(&file(name)).iter().any(|(name, _)| *name == "month");
    let month = [("month", MONTH)].into_iter().filter(|_| has_month);
    let params: Vec<String> = month
        .chain(given.iter().copied())
        .map(|(name, value)| format!("--param={name}={value}"))
        .collect();
    let mut args = vec![
        "sql",
        "--lake",
        lake(),
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        format,
        &question,
    ];
    args.extend(params.iter().map(String::as_str));
    run(&args)
}

/// The rows of an answer.
pub(crate) fn rows(name: &str, given: &[(&str, &str)]) -> Vec<Value> {
    let answer = ask("ndjson", name, given);
    let rows = answer.lines();
    rows.map(|row| serde_json::from_str(row).unwrap()).collect()
}

pub(crate) fn number(row: &Value, column: &str) -> u64 {
    let number = row[column].as_u64();
    number.unwrap_or_else(|| panic!("{column} in {row}"))
}

/// `key → (requests, bytes)` of rows, summed.
pub(crate) fn tallies(
    rows: &[Value],
    key: impl Fn(&Value) -> String,
) -> BTreeMap<String, (u64, u64)> {
    let mut tallies = BTreeMap::<String, (u64, u64)>::new();
    for row in rows {
        let tally = tallies.entry(key(row)).or_default();
        tally.0 += number(row, "requests");
        tally.1 += number(row, "egress_bytes");
    }
    tallies
}

/// A column's text.
pub(crate) fn text(row: &Value, column: &str) -> String {
    match &row[column] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
