//! Which month a check is about, and what it says about it.

use std::fs;

use serde_json::Value;

use crate::world::{Folder, check_only, command, log_of, messages, of, only, ran, run, verdicts};

/// A rule that shows its month.
const MONTH: &str = "[[rule]]\nname = \"m\"\nseverity = \"warning\"\nsql = \"SELECT $month AS m\"\n\
    message = \"{m}\"\n";

/// A folder of hand-made logs with requests of these days only.
fn logs_of(days: &[&str]) -> Folder {
    let dir = Folder::new();
    for day in days {
        let name = format!("logs/E2EXAMPLE1RLS.{day}-01.00000000.log");
        dir.write(&name, &log_of(&["/a"]).replace("2026-10-05", day));
    }
    dir
}

fn check_logs(dir: &Folder, rules: &str, more: &[&str]) -> crate::world::Ran {
    let rules = dir.write("checks.toml", rules);
    let logs = dir.file("logs");
    let args = ["check", logs.to_str().unwrap(), "--rules", &rules];
    run(&[&args[..], more].concat())
}

#[test]
fn two_days_at_the_end_make_no_whole_month() {
    // August is whole; of September there are its last two days; October goes on.
    let mut days: Vec<String> = (1..=31).map(|day| format!("2026-08-{day:02}")).collect();
    days.extend(["2026-09-29", "2026-09-30", "2026-10-01"].map(str::to_owned));
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let dir = logs_of(&days);
    let found = verdicts(check_logs(&dir, &only(MONTH), &["--format", "json"]), 0);
    assert_eq!(messages(of(&found, "m")), ["2026-08"]);
    assert_eq!(
        (&found["month"], &found["compared_month"]),
        (&Value::Null, &"2026-08".into())
    );
}

#[test]
fn the_month_that_was_taken_is_said() {
    let said = "1 rule: 0 passed, 1 warning; $month and comparisons: 2026-10\n";
    let table = check_only(MONTH, &[]).expect(0);
    assert!(table.ends_with(said), "{table}");
    let github = check_only(MONTH, &["--format", "github"]).expect(0);
    assert!(github.ends_with(said), "{github}");
    let junit = check_only(MONTH, &["--format", "junit"]).expect(0);
    let property = "<property name=\"compared_month\" value=\"2026-10\"/>";
    assert!(junit.contains(property), "{junit}");
    // It is not said where nothing needs one month, or where it was asked for.
    let asked = check_only(MONTH, &["--month", "2026-11"]).expect(0);
    assert!(asked.ends_with("1 rule: 0 passed, 1 warning\n"), "{asked}");
    let none = check_only("", &[]).expect(0);
    assert_eq!(none, "0 rules: 0 passed\n");
}

#[test]
fn a_month_of_unreadable_logs_is_incomplete_and_not_refused() {
    let dir = logs_of(&["2026-09-05"]);
    dir.write("logs/E2EXAMPLE1RLS.2026-10-05-01.00000000.gz", "no gzip\n");
    let logs = dir.file("logs");
    let args = ["check", logs.to_str().unwrap(), "--month"];
    let october = run(&[&args[..], &["2026-10"]].concat()).expect(4);
    assert!(
        october.contains("FAIL quarantine: 1 log object"),
        "{october}"
    );
    let stderr = run(&[&args[..], &["2026-11"]].concat()).refused();
    assert!(
        stderr.contains("there are no requests of 2026-11") && stderr.contains("they hold 2026-09"),
        "{stderr}"
    );
}

#[test]
fn views_with_a_month_in_digits_are_asked_for_year_and_month() {
    for view in ["cloudfront_logs", "cloudfront_standard_logs"] {
        let rule = format!(
            "[[rule]]\nname = \"t\"\nview = \"{view}\"\ncolumn = \"month\"\nmin = 9\nmax = 9\n"
        );
        let september = ["--month", "2026-09", "--format", "json"];
        let found = verdicts(check_only(&rule, &september), 0);
        assert_eq!(of(&found, "t")["summary"], "9, between 9 and 9");
        // Other months are not in the rows.
        let max = rule.replace("min = 9\n", "");
        let found = verdicts(
            check_only(&max, &["--month", "2026-10", "--format", "json"]),
            3,
        );
        assert_eq!(of(&found, "t")["summary"], "10, at most 9");
    }
}

#[test]
fn a_distributions_budget_knows_only_its_own_missing_prices() {
    // Price cards begin later than 2012: the traffic of the other one has no price.
    let dir = Folder::new();
    dir.write("logs/a.log", &log_of(&["/a"]));
    let other = log_of(&["/a"]).replace("2026-10-05", "2012-10-05");
    dir.write(
        "logs/b.log",
        &other.replace("d111111abcdef8", "d222222abcdef8"),
    );
    let rule = |id: &str| {
        only(&format!(
            "[[rule]]\nname = \"b\"\nbudget = 1\ndistribution = \"{id}.cloudfront.example\"\n"
        ))
    };
    let fine = check_logs(&dir, &rule("d111111abcdef8"), &[]).expect(0);
    assert!(fine.contains("ok   b: $0.00, at most $1"), "{fine}");
    let unpriced = check_logs(&dir, &rule("d222222abcdef8"), &[]).expect(3);
    let wanted = "- traffic without prices: the cost is too low\n";
    assert!(unpriced.contains(wanted), "{unpriced}");
    // A budget of all distributions counts both.
    let all = check_logs(&dir, &only("[[rule]]\nname = \"b\"\nbudget = 1\n"), &[]).expect(3);
    assert!(all.contains(wanted), "{all}");
}

#[test]
fn a_job_summary_that_cannot_be_written_changes_no_verdict() {
    let dir = logs_of(&["2026-10-05"]);
    let logs = dir.file("logs");
    let nowhere = dir.file("nowhere/summary.md");
    let args = ["check", logs.to_str().unwrap()];
    let warned = ran(command(&args).env("GITHUB_STEP_SUMMARY", &nowhere));
    assert_eq!(warned.code, 0, "{}", warned.stderr);
    assert!(
        warned.stderr.contains("cannot write the summary"),
        "{}",
        warned.stderr
    );
    assert!(
        warned.stdout.ends_with("9 rules: 9 passed\n"),
        "{}",
        warned.stdout
    );
    // Asked for by name it is what the command is for.
    let asked = run(&[&args[..], &["--summary", nowhere.to_str().unwrap()]].concat());
    assert_eq!(asked.code, 1, "{}", asked.stderr);
    assert!(!fs::exists(&nowhere).unwrap());
}
