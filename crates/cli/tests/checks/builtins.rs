//! The built-in rules, against the generator's truth.

use std::collections::BTreeSet;

use crate::world::{
    Folder, check, check_only, check_with, log_of, messages, of, run, truth, verdicts,
};

const BUILTINS: [&str; 9] = [
    "rejects",
    "quarantine",
    "unknown-edges",
    "hit-ratio",
    "cost",
    "budget",
    "unpriced",
    "coverage",
    "schema-drift",
];

#[test]
fn the_sample_passes_with_two_warnings() {
    let verdicts = verdicts(run(&["check", "sample-logs", "--format", "json"]), 0);
    let names: Vec<&str> = verdicts["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert_eq!(names, BUILTINS);
    assert_eq!(
        verdicts["counts"],
        serde_json::json!({
            "rules": 9, "passed": 7, "errors": 0, "warnings": 2, "notices": 0, "skipped": 0
        })
    );
    let totals = &truth()["totals"];
    let summary = of(&verdicts, "rejects")["summary"]
        .as_str()
        .unwrap()
        .to_owned();
    let wanted = format!(
        "({} of {} rows)",
        totals["rejected_rows"], totals["data_lines"]
    );
    assert!(summary.contains(&wanted), "{summary}");
}

#[test]
fn a_month_has_its_own_log_objects() {
    // The truth's rejects are all in objects of October.
    let rejects = truth()["rejects"].as_array().unwrap().clone();
    let files = rejects
        .iter()
        .map(|reject| reject["file"].as_str().unwrap());
    assert!(files.into_iter().all(|file| file.contains(".2026-10-")));
    let rules = "[builtin.rejects]\nmax_ratio = 0\n";
    check_only(rules, &["--month", "2026-09"]).expect(0);
    let verdicts = verdicts(
        check_only(rules, &["--month", "2026-10", "--format", "json"]),
        3,
    );
    let values = &of(&verdicts, "rejects")["findings"][0]["values"];
    assert_eq!(values["rejected_rows"], rejects.len().to_string());
}

#[test]
fn coverage_finds_the_gap_of_the_truth_and_no_other() {
    let verdicts = verdicts(check(&["--format", "json"]), 0);
    let coverage = of(&verdicts, "coverage");
    let gap = &truth()["gap"];
    let findings = coverage["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{coverage:#}");
    let values = &findings[0]["values"];
    assert_eq!(values["distribution"], gap["distribution"]);
    // From 2026-10-20T00:00:00Z; of its six hours the sample usually has logs in two.
    let from = gap["from"].as_str().unwrap().replace('T', " ");
    assert!(
        from.starts_with(values["first_hour"].as_str().unwrap()),
        "{values}"
    );
    assert_eq!(values["hours"], "2");
    let off = "[builtin.coverage]\nmax_hours = 2\n";
    let stdout = check_only(off, &[]).expect(0);
    assert!(
        stdout.contains("ok   coverage: 2 usual hours without log objects, at most 2 in a row"),
        "{stdout}"
    );
    let stdout = check(&["--month", "2026-09"]).expect(0);
    assert!(stdout.contains("ok   coverage: 0 usual hours"), "{stdout}");
}

/// The objects of the truth that have other columns than their distribution's others.
fn odd_objects() -> BTreeSet<String> {
    let files = &truth()["special_files"];
    let of = |key: &str| files[key].as_array().cloned().unwrap_or_default();
    ["columns_12", "columns_23", "columns_26", "columns_35"]
        .into_iter()
        .flat_map(of)
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn schema_drift_finds_new_and_missing_columns() {
    let verdicts = verdicts(check(&["--format", "json"]), 0);
    let drift = of(&verdicts, "schema-drift");
    let findings = drift["findings"].as_array().unwrap();
    let find = |name: &str, change: &str, columns: &str| {
        let mut all = findings.iter().map(|finding| &finding["values"]);
        let found = all.find(|values| {
            values["name"] == name
                && values["change"] == change
                && values["columns"].as_str().unwrap().contains(columns)
        });
        found.unwrap_or_else(|| panic!("no {name} {change} {columns} in {drift:#}"))
    };
    // Each file of 12, 23 and 26 columns lacks the newer ones, and those of 35 have two more.
    let tail = "c-port sc-content-len sc-content-type";
    for file in odd_objects() {
        let (name, change, columns) = match file.split('/').nth(1).unwrap() {
            "www" if file.contains("2026-10-08") => {
                ("www", "new", "connection-id distribution-tenant-id")
            }
            name => (name, "missing", tail),
        };
        find(name, change, columns);
    }
    let two = find("releases", "missing", tail);
    assert_eq!(two["objects"], "2", "the two files of 26 columns");
    find("www", "new", "x-edge-mqcs");
    find("docs", "new", "asn");
    // Columns in another order are no drift: the index has one such file.
    let of_index = findings
        .iter()
        .filter(|finding| finding["values"]["name"] == "index");
    assert_eq!(of_index.count(), 1, "{drift:#}");
}

#[test]
fn unknown_edges_count_by_their_share() {
    // 49 requests of October at QQX, of 25575.
    let share = |limit: &str| {
        format!("[builtin.unknown-edges]\nmax_share = \"{limit}\"\nseverity = \"error\"\n")
    };
    check_only(&share("0.001916"), &[]).expect(0);
    let verdicts = verdicts(check_only(&share("0.001915"), &["--format", "json"]), 3);
    let edges = of(&verdicts, "unknown-edges");
    assert_eq!(
        messages(edges),
        ["edge QQX is in no list: 49 requests of 2026-10, billed as AP"]
    );
    assert_eq!(edges["findings"][0]["values"]["share"], "0.001916");
}

/// Hits among hits and misses of a distribution's October.
fn hit_ratio(distribution: &str) -> f64 {
    let truth = truth();
    let results = truth["month_by_distribution"][distribution]["by_cache_result"].clone();
    let count = |name: &str| results[name]["requests"].as_f64().unwrap_or(0.0);
    let hits: f64 = ["Hit", "RefreshHit", "OriginShieldHit"]
        .into_iter()
        .map(count)
        .sum();
    hits / (hits + count("Miss"))
}

#[test]
fn hit_ratio_is_of_each_distribution() {
    let www = hit_ratio("E2EXAMPLE4WWW");
    assert!((0.19..0.21).contains(&www), "{www}");
    let limit =
        |min: f64| format!("[builtin.hit-ratio]\nmin = \"{min:.5}\"\nseverity = \"error\"\n");
    let month = ["--month", "2026-10", "--format", "json"];
    verdicts(check_only(&limit(www - 0.00001), &month), 0);
    let verdicts = verdicts(check_only(&limit(www + 0.00002), &month), 3);
    let low = of(&verdicts, "hit-ratio");
    assert_eq!(low["violations"], 1, "{low:#}");
    assert_eq!(low["findings"][0]["values"]["name"], "www");
    let few = "[builtin.hit-ratio]\nmin = 1\nmin_requests = 1000000\nseverity = \"error\"\n";
    check_only(few, &[]).expect(0);
}

#[test]
fn cost_and_budget_go_by_the_settings() {
    // October cost 18.36 USD, 17.00 of it the index; the sample's budget is 20.00.
    let stdout = check(&[]).expect(0);
    assert!(
        stdout.contains("ok   cost: at most $17.00 (index, 2026-10), allowed $20.00"),
        "{stdout}"
    );
    assert!(
        stdout.contains("ok   budget: at most $18.36 a month, allowed $20.00"),
        "{stdout}"
    );
    let rules = "[builtin.cost]\nmax_usd = \"16.99\"\n[builtin.budget]\nmax_usd = 18\n";
    let verdicts = verdicts(check_only(rules, &["--format", "json"]), 3);
    assert_eq!(
        messages(of(&verdicts, "cost")),
        ["index: $17.00 in 2026-10"]
    );
    assert_eq!(messages(of(&verdicts, "budget")), ["$18.36 in 2026-10"]);
}

#[test]
fn built_in_rules_are_listed_tuned_and_switched_off() {
    let stdout = run(&["check", "--list-rules"]).expect(0);
    for name in BUILTINS.iter().chain(&[
        "egress-drift",
        "requests-drift",
        "hit-ratio-drift",
        "cost-drift",
    ]) {
        assert_eq!(
            stdout
                .lines()
                .filter(|line| line.starts_with(&format!("{name} ")))
                .count(),
            1,
            "{name}"
        );
    }
    let off = BUILTINS.map(|name| format!("[builtin.{name}]\nenabled = false\n"));
    let off = off.concat();
    let stdout = check_with(&off, &[]).expect(0);
    assert_eq!(stdout, "0 rules: 0 passed\n");
    let rules = "[builtin.rejects]\nmax_ratio = 0\nseverity = \"warning\"\nmessage = \"{rejected_rows} lost\"\n";
    let stdout = check_only(rules, &[]).expect(0);
    let rejected = &truth()["totals"]["rejected_rows"];
    assert!(
        stdout.contains(&format!("     - {rejected} lost\n")),
        "{stdout}"
    );
    let dir = Folder::new();
    let file = dir.write("checks.toml", rules);
    let stdout = run(&["check", "--list-rules", "--rules", &file]).expect(0);
    assert!(stdout.starts_with("rejects          warning "), "{stdout}");
}

#[test]
fn a_month_without_prices_fails() {
    // Price cards begin later than this.
    let dir = Folder::new();
    let log = log_of(&["/a"]).replace("2026-10-05", "2012-10-05");
    dir.write("a.log", &log);
    let verdicts = verdicts(run(&["check", &dir.path(), "--format", "json"]), 3);
    let unpriced = of(&verdicts, "unpriced");
    let findings = unpriced["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        assert_eq!(finding["values"]["month"], "2012-10");
    }
}
