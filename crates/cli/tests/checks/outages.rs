//! `coverage` on copies of the sample with log objects taken away, and on names that lie.

use std::{
    fs,
    path::{Path, PathBuf},
};

use edgeledger_testkit::repo_root;
use serde_json::Value;

use crate::world::{Folder, SETTINGS, check, of, only, run, verdicts};

/// A copy of the sample's log objects without those that `is_gone` says, by distribution and day.
fn sample_without(is_gone: impl Fn(&str, &str) -> bool) -> Folder {
    let copy = Folder::new();
    let from = repo_root().join("sample-logs/cloudfront");
    for folder in fs::read_dir(&from).unwrap() {
        let folder = folder.unwrap().path();
        let to = copy.file("cloudfront").join(folder.file_name().unwrap());
        fs::create_dir_all(&to).unwrap();
        for object in objects(&folder) {
            let name = object.file_name().unwrap().to_str().unwrap();
            // E2EXAMPLE1RLS.2026-10-20-09.2f63032c.gz
            let mut parts = name.split('.');
            let distribution = parts.next().unwrap();
            let (day, _) = parts.next().unwrap().rsplit_once('-').unwrap();
            if !is_gone(distribution, day) {
                fs::copy(&object, to.join(name)).unwrap();
            }
        }
    }
    copy
}

fn objects(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The verdict of `coverage` on a copy.
fn coverage(copy: &Folder) -> Value {
    let logs = copy.path();
    let rules = copy.write("checks.toml", &only("[builtin.coverage]\nmax_hours = 1\n"));
    let args = [
        "check", &logs, "--config", SETTINGS, "--rules", &rules, "--format", "json",
    ];
    of(&verdicts(run(&args), 0), "coverage").clone()
}

/// Name, hours, first and last hour of each finding.
fn outages(verdict: &Value) -> Vec<String> {
    let findings = verdict["findings"].as_array().unwrap().iter();
    let mut found: Vec<String> = findings
        .map(|finding| {
            let cell = |name: &str| finding["values"][name].as_str().unwrap().to_owned();
            let cells = ["name", "hours", "first_hour", "last_hour"].map(cell);
            cells.join(" ")
        })
        .collect();
    found.sort();
    found
}

/// The truth's own gap.
const GAP: &str = "releases 2 2026-10-20 00:00 2026-10-20 03:00";

#[test]
fn two_days_without_any_object_are_missed() {
    let gone = ["2026-10-20", "2026-10-21"];
    let verdict = coverage(&sample_without(|_, day| gone.contains(&day)));
    // Of docs, which has logs every other day, one object is missing, and one hour is allowed.
    assert_eq!(
        outages(&verdict),
        [
            "crates 6 2026-10-20 04:00 2026-10-21 20:00",
            "index 2 2026-10-20 14:00 2026-10-21 14:00",
            "releases 8 2026-10-20 00:00 2026-10-21 18:00",
            "www 2 2026-10-20 09:00 2026-10-21 09:00",
        ]
    );
    let summary = verdict["summary"].as_str().unwrap();
    assert!(summary.starts_with("19 usual hours without"), "{summary}");
}

#[test]
fn three_days_without_any_object_are_missed() {
    let gone = ["2026-10-12", "2026-10-13", "2026-10-14"];
    let verdict = coverage(&sample_without(|_, day| gone.contains(&day)));
    assert_eq!(
        outages(&verdict),
        [
            "crates 9 2026-10-12 04:00 2026-10-14 20:00",
            "index 3 2026-10-12 14:00 2026-10-14 14:00",
            "releases 12 2026-10-12 00:00 2026-10-14 18:00",
            GAP,
            "www 3 2026-10-12 09:00 2026-10-14 09:00",
        ]
    );
}

#[test]
fn twelve_silent_days_of_one_distribution_are_missed() {
    let copy = sample_without(|distribution, day| {
        distribution == "E2EXAMPLE1RLS" && ("2026-10-20"..="2026-10-31").contains(&day)
    });
    // Four objects a day.
    let wanted = ["releases 48 2026-10-20 00:00 2026-10-31 18:00"];
    assert_eq!(outages(&coverage(&copy)), wanted);
}

#[test]
fn silence_at_the_end_is_missed() {
    let copy =
        sample_without(|distribution, day| distribution == "E2EXAMPLE1RLS" && day > "2026-10-30");
    // The others go on until 2026-11-02 20:00, and a day late is none.
    let wanted = [GAP, "releases 8 2026-10-31 00:00 2026-11-01 18:00"];
    assert_eq!(outages(&coverage(&copy)), wanted);
}

#[test]
fn a_name_in_the_far_future_moves_nothing() {
    let copy = sample_without(|_, _| false);
    let index = copy.file("cloudfront/index");
    let object = objects(&index).remove(0);
    fs::copy(
        object,
        index.join("E2EXAMPLE3IDX.2036-10-20-14.ffffffff.gz"),
    )
    .unwrap();
    assert_eq!(outages(&coverage(&copy)), [GAP]);
}

#[test]
fn hours_are_written_in_one_form_and_called_usual() {
    let table = check(&[]).expect(0);
    let wanted = "- releases: no log objects in 2 usual hours from 2026-10-20 00:00 to \
        2026-10-20 03:00\n";
    assert!(table.contains(wanted), "{table}");
    // As docs/checks.md says: the same form in every rule that names hours.
    let found = verdicts(check(&["--format", "json"]), 0);
    let mut seen = 0;
    for rule in ["coverage", "schema-drift"] {
        for finding in of(&found, rule)["findings"].as_array().unwrap() {
            for name in ["first_hour", "last_hour"] {
                let hour = finding["values"][name].as_str().unwrap();
                let is_hour = hour.len() == 16 && hour.ends_with(":00") && hour.contains(' ');
                assert!(is_hour, "{rule}: {hour}");
                seen += 1;
            }
        }
    }
    assert!(seen > 4, "{seen}");
}
