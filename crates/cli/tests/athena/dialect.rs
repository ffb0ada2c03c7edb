//! The table of docs/athena.md: what it calls unchanged runs, what it calls different does not,
//! and the form it gives instead does.

use std::fs;

use edgeledger_testkit::repo_root;

use crate::asked;

/// Cells of the rows of the table under a heading, without the backquotes of code.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(repo_root().join("docs/athena.md")).unwrap();
    let (_, rest) = text.split_once(heading).unwrap();
    let rows = rest
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The code of a cell: what stands between its first backquotes.
fn code(cell: &str) -> &str {
    let inner = cell.split('`').nth(1);
    inner.unwrap_or_else(|| panic!("no code in {cell}"))
}

fn ask(expression: &str) -> Result<(), String> {
    let sql = format!("SELECT {expression} AS x FROM cloudfront_logs LIMIT 1");
    asked(&sql).map(|_| ())
}

#[test]
fn the_other_forms_are_needed_and_run() {
    let rows = table("## What changes");
    assert!(rows.len() >= 15, "{}", rows.len());
    for row in rows {
        let (athena, here) = (code(&row[0]), code(&row[1]));
        assert!(ask(athena).is_err(), "{athena} runs as it is");
        ask(here).unwrap_or_else(|error| panic!("{here}: {error}"));
    }
}

#[test]
fn what_is_the_same_runs() {
    let rows = table("## What does not change");
    assert!(rows.len() >= 10, "{}", rows.len());
    for row in rows {
        let same = code(&row[0]);
        ask(same).unwrap_or_else(|error| panic!("{same}: {error}"));
    }
}
