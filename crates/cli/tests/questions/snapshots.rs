//! Every question against its first rows.

use std::{
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use edgeledger_testkit::insta::{Settings, assert_snapshot};

use crate::ask::{ask, file, names};

/// Rows of an answer that a snapshot keeps.
const ROWS: usize = 6;

#[test]
fn every_question_gives_what_it_gave() {
    let names = names();
    assert!(names.len() >= 28, "there are {} questions", names.len());
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::new());
    // Each waits for a process.
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = ask("csv", name, &[]);
                    answers.lock().unwrap().push((name.clone(), answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort();
    for (name, answer) in answers {
        let all = answer.lines().count().saturating_sub(1);
        assert!(all > 0, "{name} has no answer on the sample");
        let mut kept: String = answer
            .lines()
            .take(ROWS + 1)
            .fold(String::new(), |kept, line| kept + line + "\n");
        writeln!(kept, "({all} rows)").unwrap();
        let question = file(&name).lines().next().unwrap_or_default().to_owned();
        let mut settings = Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(question);
        settings.bind(|| assert_snapshot!(name, kept));
    }
}
