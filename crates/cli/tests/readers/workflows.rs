//! The workflows: pinned actions, few rights, and commands that exist.

use std::{fs, path::PathBuf, process::Command};

use edgeledger_testkit::{repo_root, sample_logs};

use crate::{here, python, skipped};

fn workflows() -> Vec<(PathBuf, String)> {
    let folders = [".github/workflows", "docs/workflows"].map(|folder| repo_root().join(folder));
    let mut found: Vec<(PathBuf, String)> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

/// `owner/name@` and 40 digits, with the release beside it.
fn is_pinned(uses: &str) -> bool {
    let Some((action, rest)) = uses.split_once('@') else {
        return false;
    };
    let Some((commit, version)) = rest.split_once(" # v") else {
        return false;
    };
    action.split('/').count() >= 2
        && commit.len() == 40
        && commit.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        && version
            .split('.')
            .filter(|part| part.parse::<u32>().is_ok())
            .count()
            == 3
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    for wrong in [
        "actions/checkout@v5",
        "actions/checkout@08c6903 # v5.0.0",
        "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8",
        "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5",
        "checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
        "actions/checkout",
    ] {
        assert!(!is_pinned(wrong), "{wrong}");
    }
    let mut seen = 0;
    for (path, text) in workflows() {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            let Some((_, uses)) = line.split_once("uses:") else {
                continue;
            };
            assert!(is_pinned(uses.trim()), "{}: {line}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 7, "{seen}");
}

#[test]
fn scripts_take_values_from_the_environment_only() {
    for (path, text) in workflows() {
        let mut script_indent = None;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start().len();
            if script_indent.is_some_and(|script| indent <= script) {
                script_indent = None;
            }
            let is_run = line
                .trim_start()
                .trim_start_matches("- ")
                .starts_with("run: ");
            let is_script = script_indent.is_some() || is_run;
            assert!(
                !(is_script && line.contains("${{")),
                "{}: {line}",
                path.display()
            );
            if is_run {
                script_indent = Some(indent);
            }
        }
    }
}

/// Parses both files and runs the scripts of the monthly report on the sample logs, with a `gh`
/// that only writes down what it is asked.
#[test]
fn the_monthly_report_runs() {
    let Some(python) = python() else { return };
    let output = Command::new(python)
        .arg(here("workflows.py"))
        .arg(repo_root())
        .arg(env!("CARGO_BIN_EXE_edgeledger"))
        .arg(sample_logs())
        .env_remove("EDGELEDGER_CONFIG")
        .env_remove("EDGELEDGER_LAKE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}{said}",
        String::from_utf8_lossy(&output.stdout)
    );
    for line in said.lines().filter(|line| line.starts_with("SKIPPED")) {
        skipped(line.trim_start_matches("SKIPPED: "));
    }
}
