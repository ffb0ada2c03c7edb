//! Typing: completion, many lines, Ctrl-C and Ctrl-D, history.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use crate::terminal::{CTRL_C, Start};

const CTRL_D: &str = "\u{4}";
const UP: &str = "\u{1b}[A";

#[test]
fn tab_completes() {
    let mut terminal = Start::default().open();
    // A table, the columns of the tables in the statement, keywords and functions.
    terminal.keys("SELECT * FROM headl\t WH\t");
    // Two are possible: both are shown, and one letter decides.
    terminal.see("WHEN");
    terminal.keys("\u{c}R\t mon\t");
    terminal.see("SELECT * FROM headline WHERE month");
    terminal.keys(" = upp\t'2026-10') AND s3_\t > 0;\r");
    let screen = terminal.see("(1 row)");
    let typed = "SELECT * FROM headline WHERE month = upper('2026-10') AND s3_usd > 0;";
    assert!(screen.contains(typed), "{screen}");
    // The tables that begin so are listed.
    terminal.clear();
    terminal.keys("SELECT * FROM savings_\t");
    for name in ["savings_bundle", "savings_intervals", "savings_range"] {
        terminal.see(name);
    }
    terminal.drop_line();
    // Commands of the prompt, and what follows them.
    terminal.clear();
    terminal.keys("\\tim\t of\t");
    terminal.see("edgeledger> \\timing off");
    terminal.keys("\r");
    terminal.see("timing: off");
}

#[test]
fn a_statement_ends_with_a_semicolon_outside_of_texts() {
    let mut terminal = Start::default().open();
    terminal.keys("SELECT 40 + 1\r");
    terminal.see("-> a statement ends with ;");
    terminal.keys("+ 1 AS a, 'it;\r");
    terminal.see("-> ' is still open");
    terminal.keys("is' AS b -- ;\r");
    terminal.see("-> a statement ends with ;");
    terminal.keys(";\r");
    let screen = terminal.see("(1 row)");
    assert!(screen.contains(r"│ 42 ┆ it;\nis │"), "{screen}");
    // The whole statement comes back to be edited: the line above, its first sign.
    terminal.clear();
    terminal.keys(UP);
    terminal.see("+ 1 AS a, 'it;\nis' AS b -- ;\n;");
    terminal.drop_line();
    // Several statements in a line are answered one after the other, until one fails.
    let screen = terminal.ask("SELECT 1 AS one; SELECT 2 AS two; SELECT oops; SELECT 3 AS three;");
    assert!(
        screen.contains("│   1 │") && screen.contains("│   2 │"),
        "{screen}"
    );
    assert!(
        screen.contains("error: ") && !screen.contains("│     3 │"),
        "{screen}"
    );
}

#[test]
fn ctrl_c_drops_the_line_and_ctrl_d_ends_the_prompt() {
    let mut terminal = Start::default().open();
    terminal.keys("SELECT 'never;\r");
    terminal.see("is still open");
    terminal.drop_line();
    let screen = terminal.ask("SELECT 6 * 7 AS answer;");
    assert!(screen.contains("│     42 │"), "{screen}");
    terminal.clear();
    terminal.keys(CTRL_D);
    terminal.end();
}

#[test]
fn ctrl_c_cancels_the_query_and_not_the_prompt() {
    let mut terminal = Start::default().open();
    // 10^14 rows: nobody waits for the end. They are never in memory, which would end it too.
    terminal.keys(
        "SELECT sum(a.value * b.value) FROM generate_series(1, 10000000) a \
         CROSS JOIN generate_series(1, 10000000) b WHERE a.value * b.value < 7;\r",
    );
    // It is told that it runs, and that it can be ended.
    terminal.see("(Ctrl-C cancels)");
    terminal.keys(CTRL_C);
    let screen = terminal.see("cancelled\nedgeledger>");
    assert!(!screen.contains("(Ctrl-C cancels)"), "{screen}");
    let screen = terminal.ask("SELECT 6 * 7 AS answer;");
    assert!(screen.contains("│     42 │"), "{screen}");
    // Nothing of the rest of a line runs.
    terminal.clear();
    terminal.keys(
        "SELECT count(*) FROM generate_series(1, 10000000) a CROSS JOIN \
         generate_series(1, 10000000) b WHERE a.value * b.value < 0; SELECT 13 AS unlucky;\r",
    );
    terminal.see("(Ctrl-C cancels)");
    terminal.keys(CTRL_C);
    terminal.see("cancelled\nedgeledger>");
    let screen = terminal.ask("SELECT 6 * 7 AS answer;");
    assert!(!screen.contains("│      13 │"), "{screen}");
    terminal.keys("\\q\r");
    terminal.end();
}

#[test]
fn the_history_is_kept_for_its_owner_only() {
    let mut terminal = Start::default().open();
    terminal.ask("SELECT 4711 AS remembered;");
    terminal.ask(" SELECT 815 AS secret;");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&terminal.history()), 0o600);
    assert_eq!(mode(terminal.history().parent().unwrap()), 0o700);
    terminal.clear();
    terminal.keys("\\q\r");
    terminal.end();
    let state = Arc::clone(&terminal.state);
    let kept = fs::read_to_string(terminal.history()).unwrap();
    // What begins with a blank is not kept, as in a shell.
    assert!(kept.contains("4711") && !kept.contains("815"), "{kept}");
    // The next session knows it: the last line but one.
    let next = Start {
        state: Some(state),
        ..Start::default()
    };
    let mut terminal = next.open();
    terminal.keys(UP);
    terminal.see("\\q");
    terminal.keys(UP);
    let screen = terminal.see("SELECT 4711 AS remembered;");
    assert!(!screen.contains("815"), "{screen}");
}

#[test]
fn without_a_history_nothing_is_written() {
    let mut terminal = Start::default().with(&["--no-history"]).open();
    terminal.ask("SELECT 1 AS one;");
    terminal.clear();
    // In the session itself it is there.
    terminal.keys(UP);
    terminal.see("SELECT 1 AS one;");
    terminal.drop_line();
    terminal.clear();
    terminal.keys("quit\r");
    terminal.end();
    assert!(!terminal.history().exists());
    assert_eq!(fs::read_dir(terminal.state.path()).unwrap().count(), 0);
}
