//! `report --compare`, and the months that a report looks back and ahead to.

use std::fs;

use serde_json::Value;

use crate::run::{Ran, run, sample_lake, text};

fn report(args: &[&str]) -> Ran {
    let lake = ["--lake", sample_lake()];
    run(&[&["report"], args, &lake].concat())
}

fn json(args: &[&str]) -> Value {
    let config = [
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        "json",
    ];
    serde_json::from_str(&report(&[args, &config].concat()).expect(0)).unwrap()
}

/// What is left when the text's line ends are taken away.
fn words(args: &[&str]) -> String {
    let stdout = report(args).expect(0);
    stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_month_is_compared_with_the_one_before_or_another() {
    let of = |args: &[&str]| {
        let report = json(args);
        let steps = report["cost_changes"].as_array().unwrap().clone();
        let months = report["month_summary"].as_array().unwrap().len();
        (report["compared_month"].clone(), months, steps)
    };
    let cents =
        |value: &Value| -> i64 { value.as_str().unwrap().replace('.', "").parse().unwrap() };
    for (args, compared) in [
        (vec!["2026-11"], "2026-10"),
        (vec!["2026-11", "--compare", "2026-09"], "2026-09"),
    ] {
        let (month, months, steps) = of(&args);
        assert_eq!(month, compared);
        assert_eq!((months, steps.len()), (2, 7), "{args:?}");
        let change: i64 = steps.iter().map(|step| cents(&step["step_usd"])).sum();
        let first = &steps[0];
        assert_eq!(
            cents(&first["previous_month_usd"]) + change,
            cents(&first["month_usd"])
        );
        assert_eq!(first["previous_month"], compared);
    }
    // The lake begins with September: nothing to compare it with, and no chapter.
    let (month, months, steps) = of(&["2026-09"]);
    assert_eq!((month, months, steps), (Value::from("2026-08"), 1, vec![]));
    assert!(!words(&["2026-09"]).contains("Why it changed"));
}

#[test]
fn a_month_that_cannot_be_compared_with_is_refused() {
    for (compared, error, hint) in [
        (
            "2026-07",
            "no requests in `2026-07` to compare `2026-10` with",
            "months before 2026-10 with requests: 2026-09",
        ),
        (
            "2026-10",
            "`2026-10` is not earlier than `2026-10`",
            "2026-09",
        ),
        (
            "2026-11",
            "`2026-11` is not earlier than `2026-10`",
            "2026-09",
        ),
    ] {
        let ran = report(&["2026-10", "--compare", compared]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(error), "{}", ran.stderr);
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let ran = report(&["2026-09", "--compare", "2026-08"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("leave --compare out"), "{}", ran.stderr);
}

/// Two days of September's thirty have logs, and so many of November's.
#[test]
fn months_with_few_days_are_not_compared() {
    let october = words(&["2026-10"]);
    let verdict = "not comparable with September 2026: 2 of 30 days of September 2026 have logs";
    assert!(october.contains(verdict), "{october}");
    assert!(october.contains("Days with logs 31 of 31"), "{october}");
    let november = words(&["2026-11"]);
    assert!(november.contains("2 of 30 days of November 2026 have logs"));
    assert!(november.contains("Days with logs 2 of 30"), "{november}");
}

/// September lacks its first days and not its last; November is the newest month and lacks its last.
#[test]
fn only_the_newest_month_runs() {
    let rows = |month: &str| json(&[month])["forecast"].as_array().unwrap().len();
    assert_eq!(["2026-09", "2026-10", "2026-11"].map(rows), [0, 0, 1]);
}

#[test]
fn a_budget_is_told_of_closed_and_of_running_months() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("edgeledger.toml");
    let settings =
        "[budget]\nmonthly_usd = \"15\"\n[credits]\nbalance_usd = \"1000\"\nas_of = \"2026-09\"\n";
    let sample =
        fs::read_to_string(edgeledger_testkit::repo_root().join("sample-logs/edgeledger.toml"));
    // Its rules are in a file beside it.
    let sample = sample.unwrap().replace("rules = [\"rules.toml\"]", "");
    let (sample, _) = sample.split_once("[budget]").unwrap();
    fs::write(&path, format!("{sample}\n{settings}")).unwrap();
    let of = |month: &str| words(&[month, "--config", &text(&path), "--section", "forecast"]);
    // 18.36 / 15 = 1.224; 1000 − 18.36 = 981.64; 981.64 / 18.36 = 53.47 months.
    let october = of("2026-10");
    for said in [
        "The budget is $15.00 a month. October 2026 cost $18.36 (122.4% of it): $3.36 over.",
        "Of credits of $1,000.00 at the month's start $981.64 are left after it.",
        "At its cost they last 53.5 months more",
    ] {
        assert!(october.contains(said), "{october}");
    }
    assert!(!october.contains("month's end"), "{october}");
    let november = of("2026-11");
    for said in [
        "November 2026 has logs of 2 of 30 days, the newest of 2026-11-02.",
        "November 2026 is expected to cost $0.00",
    ] {
        assert!(november.contains(said), "{november}");
    }
}
