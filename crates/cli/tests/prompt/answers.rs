//! What is shown, and where it goes.

use std::{fs, os::unix::fs::PermissionsExt};

use unicode_width::UnicodeWidthStr;

use crate::terminal::{Start, text};

/// Lines between the typed one and the next prompt.
fn shown(screen: &str) -> Vec<&str> {
    let lines: Vec<&str> = screen.trim_end().lines().collect();
    lines[1..lines.len() - 1].to_vec()
}

#[test]
fn a_table_is_no_wider_than_the_terminal() {
    let start = Start {
        columns: 60,
        ..Start::default()
    };
    let mut terminal = start.open();
    let screen = terminal.ask(
        "SELECT path, response_bytes, '日本語の長い文字列です日本語の長い文字列です' t FROM requests LIMIT 3;",
    );
    let table: Vec<&str> = screen
        .lines()
        .filter(|line| line.starts_with(['┌', '│', '╞', '└']))
        .collect();
    assert_eq!(table.len(), 7, "{screen}");
    for line in &table {
        assert!(line.width() <= 60, "{line}");
        assert_eq!(line.width(), table[0].width(), "{screen}");
    }
    assert!(
        table[3].contains('…') && screen.contains("(3 rows)"),
        "{screen}"
    );
    // What has no room at all is counted.
    let screen = terminal.ask("SELECT * FROM requests LIMIT 1;");
    assert!(
        screen.contains("columns had no room: \\x shows them"),
        "{screen}"
    );
    for line in screen.lines() {
        assert!(line.width() <= 60, "{line}");
    }
}

#[test]
fn rows_as_blocks() {
    let mut terminal = Start::default().open();
    assert!(terminal.ask("\\x").contains("rows as blocks: on"));
    let screen = terminal.ask("SELECT name, origin FROM distributions WHERE name = 'releases';");
    let lines = shown(&screen);
    assert_eq!(lines[1..], ["name   │ releases", "origin │ s3", "(1 row)"]);
    assert!(lines[0].starts_with("─[ row 1 ]──"), "{screen}");
    // Only what is too wide.
    assert!(terminal.ask("\\x auto").contains("rows as blocks: auto"));
    assert!(terminal.ask("SELECT 1 AS one;").contains("│   1 │"));
    let screen = terminal.ask("SELECT * FROM distributions LIMIT 1;");
    assert!(screen.contains("─[ row 1 ]──"), "{screen}");
    assert!(terminal.ask("\\x off").contains("rows as blocks: off"));
}

#[test]
fn what_there_is_to_ask() {
    let start = Start {
        rows: 150,
        columns: 140,
        ..Start::default()
    };
    let mut terminal = start.open();
    let screen = terminal.ask("\\d");
    assert!(
        screen.contains("│ headline ") && screen.contains("│ requests "),
        "{screen}"
    );
    let screen = terminal.ask("\\dt");
    assert!(
        screen.contains("│ log_files ") && !screen.contains("│ headline "),
        "{screen}"
    );
    let screen = terminal.ask("\\dv");
    assert!(screen.contains("the month in one row"), "{screen}");
    assert!(!screen.contains("│ log_files "), "{screen}");
    let screen = terminal.ask("\\d headline");
    assert!(
        screen.contains("│ month ") && screen.contains("┆ text "),
        "{screen}"
    );
    assert!(screen.contains("one row: month"), "{screen}");
    let screen = terminal.ask("\\d headlin");
    assert!(screen.contains("did you mean `headline`?"), "{screen}");
    let screen = terminal.ask("\\df percent_*");
    assert!(screen.contains("│ percent_decode "), "{screen}");
    assert!(!screen.contains("│ abs "), "{screen}");
    let screen = terminal.ask("\\?");
    assert!(screen.contains("\\timing [on|off]"), "{screen}");
    let screen = terminal.ask("\\timng");
    assert!(screen.contains("did you mean `\\timing`"), "{screen}");
}

#[test]
fn errors_do_not_end_the_prompt() {
    let mut terminal = Start::default().open();
    let screen = terminal.ask("SELECT * FROM headlin;");
    assert!(screen.contains("error: "), "{screen}");
    assert!(screen.contains("hint: did you mean `headline`"), "{screen}");
    let screen = terminal.ask("DROP TABLE requests;");
    assert!(screen.contains("only reading is allowed"), "{screen}");
    let screen = terminal.ask("SELECT count(*) > 0 AS there FROM requests;");
    assert!(screen.contains("│ true  │"), "{screen}");
}

#[test]
fn answers_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("answer.csv");
    fs::write(&file, "what was there before").unwrap();
    let mut terminal = Start::default().open();
    assert!(terminal.ask("\\format csv").contains("format: csv"));
    terminal.ask(&format!("\\o {}", text(&file)));
    // A query that is wrong costs nothing.
    terminal.ask("SELECT oops;");
    assert_eq!(fs::read_to_string(&file).unwrap(), "what was there before");
    // More rows than are shown on the screen.
    let screen = terminal.ask("SELECT value FROM generate_series(1, 2000);");
    assert!(screen.contains("2,000 rows to "), "{screen}");
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 2_001);
    assert!(written.starts_with("value\n1\n2\n"), "{written}");
    // The next answer goes behind it.
    terminal.ask("SELECT 'b' AS a;");
    let both = fs::read_to_string(&file).unwrap();
    assert_eq!(both, format!("{written}a\nb\n"));
    assert!(terminal.ask("\\o").contains("answers go to the terminal"));
    let screen = terminal.ask("SELECT 'x' AS a, NULL AS b;");
    assert_eq!(shown(&screen), ["a,b", "x,", "(1 row)"]);
    assert!(terminal.ask("\\format parquet").contains("format: parquet"));
    assert!(
        terminal
            .ask("SELECT 1;")
            .contains("Parquet is not for a terminal")
    );
    let screen = terminal.ask("\\o no/such/folder/file");
    assert!(
        screen.contains("cannot write `no/such/folder/file`"),
        "{screen}"
    );
}

#[test]
fn long_answers_go_through_the_pager() {
    let dir = tempfile::tempdir().unwrap();
    let pager = dir.path().join("pager");
    fs::write(&pager, "#!/bin/sh\necho \"$1 paged $(wc -l) lines\"\n").unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o700)).unwrap();
    let start = Start {
        pager: format!("{} --", text(&pager)),
        ..Start::default()
    };
    let mut terminal = start.open();
    // The table's five lines beside the rows, and the footer.
    let screen = terminal.ask("SELECT value FROM generate_series(1, 200);");
    assert_eq!(shown(&screen), ["-- paged 205 lines"]);
    // At most a thousand rows, and a remark.
    let screen = terminal.ask("SELECT value FROM generate_series(1, 5000);");
    assert_eq!(shown(&screen), ["-- paged 1006 lines"]);
    // What is short is not.
    let screen = terminal.ask("SELECT value FROM generate_series(1, 3);");
    assert!(screen.contains("(3 rows)"), "{screen}");
    assert!(terminal.ask("\\pager off").contains("pager: off"));
    let screen = terminal.ask("SELECT value FROM generate_series(1, 200);");
    assert!(
        screen.contains("(200 rows)") && !screen.contains("paged"),
        "{screen}"
    );
    assert!(terminal.ask("\\limit 7").contains("limit: 7 rows"));
    let screen = terminal.ask("SELECT value FROM generate_series(1, 200);");
    assert!(screen.contains("(first 7 rows)"), "{screen}");
    assert!(
        screen.contains("there are more rows: \\limit N"),
        "{screen}"
    );
    let screen = terminal.ask("SELECT value FROM generate_series(1, 7);");
    assert!(
        screen.contains("(7 rows)") && !screen.contains("more rows"),
        "{screen}"
    );
}

#[test]
fn timing_says_what_was_read() {
    let mut terminal = Start::default().open();
    assert!(terminal.ask("\\timing").contains("timing: on"));
    let screen = terminal.ask("SELECT 1 AS one;");
    assert!(
        screen.contains("(1 row, ") && screen.contains(" s)"),
        "{screen}"
    );
    let rows = terminal.ask("SELECT count(*) AS n, count(path) AS paths FROM requests;");
    assert!(
        rows.contains(" rows and ") && rows.contains(" MB read)"),
        "{rows}"
    );
    // A view that is computed in a pass of its own reads rows too; the second time it is there.
    let asked = "SELECT sum(requests) FROM traffic;";
    let screen = terminal.ask(asked);
    assert!(
        screen.contains(" rows and ") && screen.contains(" MB read)"),
        "{screen}"
    );
    let screen = terminal.ask(asked);
    assert!(
        screen.contains(" s)") && !screen.contains(" read)"),
        "{screen}"
    );
}

#[test]
fn named_questions() {
    let start = Start {
        columns: 160,
        rows: 80,
        ..Start::default()
    };
    let mut terminal = start.open();
    let screen = terminal.ask("\\l");
    assert!(screen.contains("│ @top-paths "), "{screen}");
    terminal.clear();
    terminal.keys("@top-paths ro\t3\r");
    let screen = terminal.see("(3 rows)");
    assert!(screen.contains("@top-paths rows=3"), "{screen}");
    let screen = terminal.ask("@top-pahts");
    assert!(screen.contains("did you mean `top-paths`"), "{screen}");
    let screen = terminal.ask("@top-paths rosw=3");
    assert!(screen.contains("did you mean `rows`"), "{screen}");
    let screen = terminal.ask("SELECT $month AS m;");
    assert!(
        screen.contains("parameters without a value: month"),
        "{screen}"
    );
    // What the command line gave holds in every statement.
    let mut terminal = Start::default().with(&["--param", "month=2026-10"]).open();
    let screen = terminal.ask("SELECT $month AS m;");
    assert!(screen.contains("│ 2026-10 │"), "{screen}");
}
