//! Values that make no sense: wrong usage, told in a line, and nothing is answered.

use crate::run::sql;

#[track_caller]
fn refused(args: &[&str], words: &str) {
    let ran = sql(args);
    assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "", "{args:?}");
    let told = ran.stderr.strip_prefix("error: ");
    let is_told = told.is_some_and(|told| told.contains(words));
    assert!(is_told, "{args:?}: {}", ran.stderr);
}

#[test]
fn in_statements() {
    for (sql, words) in [
        ("SELECT 1 LIMIT -1", "LIMIT must be >= 0, '-1'"),
        (
            "SELECT month FROM months LIMIT -1",
            "LIMIT must be >= 0, '-1'",
        ),
        (
            "SELECT month FROM months OFFSET -2",
            "OFFSET must be >=0, '-2'",
        ),
        ("SELECT DATE '2026-02-30'", "'2026-02-30'"),
        (
            "SELECT count(*) FROM requests WHERE date = '2026-02-30'",
            "Cannot cast string '2026-02-30' to value of Date32 type",
        ),
        (
            "SELECT count(*) FROM requests WHERE time > '2026-13-01'",
            "Error parsing timestamp from '2026-13-01'",
        ),
        (
            "SELECT count(*) FROM requests WHERE status = 'x'",
            "Cannot cast string 'x' to value of Int16 type",
        ),
        (
            "SELECT count(*) FROM requests WHERE regexp_like(path, '(')",
            "unclosed group",
        ),
        ("SELECT INTERVAL '1 fortnight'", "1 fortnight"),
        (
            "SELECT ip_in_network(client_ip, '10.0.0.0/33') FROM requests",
            "`10.0.0.0/33` is no network",
        ),
    ] {
        refused(&[sql], words);
        // As a part of several it is no different.
        refused(&["-c", sql, "-c", "SELECT 2 AS b"], words);
    }
    // The engine's names of its own parts tell nobody anything.
    let told = sql(&["SELECT DATE '2026-02-30'"]).stderr;
    assert!(
        !told.contains("Arrow") && !told.contains("Cast error"),
        "{told}"
    );
}

#[test]
fn of_options() {
    for option in [
        "--max-rows=-1",
        "--max-rows=many",
        "--timeout=soon",
        "--timeout=-1s",
        "--memory-limit=much",
        "--memory-limit=-1",
        "--memory-limit=99999999999999999999GiB",
    ] {
        let (name, value) = option.split_once('=').unwrap();
        let words = format!("invalid value '{value}' for '{name} <");
        refused(&[option, "SELECT 1 AS a"], &words);
    }
    refused(
        &["@quiet-hours", "--param", "below=little"],
        "`little` is no number, which the parameter `below` is here",
    );
    refused(
        &["@top-paths", "--param", "rows=-1"],
        "LIMIT must be >= 0, '-1'",
    );
}
