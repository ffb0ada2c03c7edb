//! Without a terminal nothing is asked and nothing is drawn.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use edgeledger_testkit::repo_root;

use crate::terminal::sample_lake;

fn piped(args: &[&str], statements: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edgeledger"))
        .args(["sql", "--lake", sample_lake()])
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(statements.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn several_statements_are_answered_one_after_the_other() {
    let output = piped(
        &["--format", "csv"],
        "SELECT ';' AS a; -- one;\nSELECT 2 AS b;\n",
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "a\n;\n\nb\n2\n");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success());
}

#[test]
fn the_first_that_fails_is_the_last() {
    let output = piped(
        &["--format", "csv"],
        "SELECT 1 AS a; SELECT oops; SELECT 3 AS c",
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "a\n1\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_table_is_as_wide_as_its_content() {
    let long = "x".repeat(300);
    let output = piped(&[], &format!("SELECT '{long}' AS a"));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains(&long), "{table}");
    assert!(!table.contains("row"), "{table}");
}
