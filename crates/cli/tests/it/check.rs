//! `check`: exit codes 0, 3 and 4.

use std::fs;

use crate::run::{run, text};

/// Few logs, so that the checks are quick.
const LOGS: &str = "sample-logs/cloudfront/docs";

fn with_rules(rules: &str, more: &[&str]) -> crate::run::Ran {
    let dir = tempfile::tempdir().unwrap();
    let file = text(&dir.path().join("checks.toml"));
    fs::write(&file, rules).unwrap();
    let mut args = vec![
        "check",
        LOGS,
        "--config",
        "sample-logs/edgeledger.toml",
        "--rules",
        &file,
    ];
    args.extend(more);
    run(&args)
}

#[test]
fn the_sample_passes_the_default_rules() {
    let stdout = run(&["check", "sample-logs"]).expect(0);
    assert!(
        stdout.starts_with("ok   rejects: 0.000208 (6 of 28813 rows), at most 0.01\n"),
        "{stdout}"
    );
}

#[test]
fn rules_on_hit_ratio_and_cost() {
    // The sample's settings hold 17 USD of invalidations, whatever the logs.
    let ran = with_rules(
        "[[hit_ratio]]\ndistribution = \"docs\"\nmin = \"0.5\"\n[[cost]]\nmax_usd = \"18.00\"\n",
        &["--month", "2026-10"],
    );
    let stdout = ran.expect(0);
    assert!(
        stdout.contains("ok   hit_ratio (docs, 2026-10): 0.883"),
        "{stdout}"
    );
    let ran = with_rules(
        "[[hit_ratio]]\ndistribution = \"docs\"\nmin = \"0.99\"\n",
        &["--month", "2026-10"],
    );
    let stdout = ran.expect(3);
    assert!(
        stdout.contains("FAIL hit_ratio (docs, 2026-10)"),
        "{stdout}"
    );
    let ran = with_rules("[[cost]]\nmax_usd = \"-1\"\n", &["--format", "json"]);
    let verdicts: serde_json::Value = serde_json::from_str(&ran.expect(3)).unwrap();
    assert!(
        verdicts
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["rule"] == "cost" && row["passed"] == false)
    );
}

#[test]
fn a_rule_about_nothing_fails_or_is_refused() {
    let ran = with_rules("", &["--month", "2020-01"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("hint: they hold 2026-09, 2026-10"),
        "{}",
        ran.stderr
    );
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(&["check", &text(dir.path())]).code, 2, "no logs at all");
    let ran = with_rules(
        "[[hit_ratio]]\ndistribution = \"dosc\"\nmin = \"0.1\"\n",
        &[],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("hint: did you mean `docs`?"),
        "{}",
        ran.stderr
    );
    let ran = with_rules("[rejcts]\nmax_ratio = \"0.1\"\n", &[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("unknown field `rejcts`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_quarantined_object_is_exit_code_4() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("a.log"),
        "#Fields: date time sc-bytes\n2026-10-05\t01:00:00\t1\n",
    )
    .unwrap();
    fs::write(dir.path().join("b.log"), "<html>").unwrap();
    let ran = run(&["check", &text(dir.path())]);
    let stdout = ran.expect(4);
    assert!(
        stdout.contains("FAIL quarantine: 1 objects (b.log: "),
        "{stdout}"
    );
}
