//! Public log files through the command, against an independent reader's counts.

use std::collections::BTreeMap;

use edgeledger_testkit::fixtures;
use serde_json::Value;

use crate::run::{run, text};

/// Files whose counts differ from those of a reader that looks at widths only, and why.
const DIFFER: [&str; 2] = [
    // Rows of the right width but without a date are rejected.
    "crates.io/cloudfront/recoverable-errors.log.gz",
    // An unknown `#Version` quarantines the file.
    "crates.io/cloudfront/unknown-version.log.gz",
];

#[test]
fn public_files_have_the_independent_counts() {
    let Some(fixtures) = fixtures() else {
        println!("skipped: EDGELEDGER_FIXTURES names no folder");
        return;
    };
    let expected = std::fs::read_to_string(fixtures.join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&expected).unwrap();
    let mut compared = 0;
    for (file, wanted) in &expected {
        if wanted["kind"] != "cloudfront-w3c" || DIFFER.contains(&file.as_str()) {
            continue;
        }
        let sql = "SELECT coalesce(result_type, '-') AS result_type, count(*) AS rows, \
                   coalesce(sum(response_bytes), 0) AS bytes FROM requests GROUP BY 1";
        let stdout = run(&[
            "sql",
            "--logs",
            &text(&fixtures.join(file)),
            "--format",
            "ndjson",
            sql,
        ])
        .expect(0);
        let rows: Vec<Value> = stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let sum = |name: &str| {
            rows.iter()
                .map(|row| row[name].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!(sum("rows"), wanted["rows_ok"].as_u64().unwrap(), "{file}");
        assert_eq!(
            sum("bytes"),
            wanted["sum_sc_bytes"].as_u64().unwrap(),
            "{file}"
        );
        let by_type: BTreeMap<&str, u64> = rows
            .iter()
            .map(|row| {
                (
                    row["result_type"].as_str().unwrap(),
                    row["rows"].as_u64().unwrap(),
                )
            })
            .filter(|(name, _)| *name != "-")
            .collect();
        let wanted_by_type: BTreeMap<&str, u64> = wanted["by_result_type"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, n)| (name.as_str(), n.as_u64().unwrap()))
            .collect();
        assert_eq!(by_type, wanted_by_type, "{file}");
        compared += 1;
    }
    assert!(compared >= 12, "only {compared} files were compared");
}
