//! Every question against its first rows.

use std::fmt::Write;

use edgeledger_testkit::insta::{Settings, assert_snapshot};

use crate::ask::{answer, ask, file, names, rows};

/// Rows of an answer that a snapshot keeps.
const ROWS: usize = 6;

#[test]
fn every_question_gives_what_it_gave() {
    let names = names();
    assert!(names.len() >= 28, "there are {} questions", names.len());
    for name in names {
        let answer = answer(&name);
        let all = rows(answer).len();
        assert!(all > 0, "{name} has no answer on the sample");
        let lines = answer.lines().take(ROWS + 1);
        let mut kept = lines.fold(String::new(), |kept, line| kept + line + "\n");
        writeln!(kept, "({all} rows)").unwrap();
        let question = file(&name).lines().next().unwrap_or_default().to_owned();
        let mut settings = Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(question);
        settings.bind(|| assert_snapshot!(name, kept));
    }
}

/// The newest month that is over, and some twenty rows.
#[test]
fn a_question_needs_no_parameters() {
    let short = ask(&["@cache-miss-paths"]);
    let whole = answer("cache-miss-paths");
    assert_eq!(rows(&short).len(), 20);
    assert!(whole.starts_with(&short) && whole.len() > short.len());
}
