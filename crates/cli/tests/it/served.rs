//! The chapters on what is served and to whom, in the report of the sample month, against what the
//! generator of the sample logs counted while it wrote them.

use std::collections::BTreeMap;

use edgeledger_testkit::{Tally, Truth};
use serde_json::Value;

use crate::run::{run, sample_lake};

fn report(args: &[&str]) -> Value {
    let common = ["report", "2026-10", "--format", "json", "--lake"];
    let config = [sample_lake(), "--config", "sample-logs/edgeledger.toml"];
    let stdout = run(&[&common, config.as_slice(), args].concat()).expect(0);
    serde_json::from_str(&stdout).unwrap()
}

fn list<'a>(report: &'a Value, name: &str) -> &'a [Value] {
    report[name].as_array().unwrap()
}

fn counts(row: &Value) -> (u64, u64) {
    let number = |name: &str| row[name].as_u64().unwrap();
    (number("requests"), number("egress_bytes"))
}

fn by<'a>(rows: &'a [Value], key: &str) -> BTreeMap<&'a str, (u64, u64)> {
    let pair = |row: &'a Value| (row[key].as_str().unwrap(), counts(row));
    rows.iter().map(pair).collect()
}

/// A decimal of the JSON form in units of its last digit.
fn units(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

fn sum(rows: &[Value], column: &str) -> i64 {
    rows.iter().map(|row| units(&row[column])).sum()
}

fn tally(of: Tally) -> (u64, u64) {
    (of.requests, of.response_bytes)
}

#[test]
fn the_report_counts_what_was_served() {
    let truth = Truth::load().unwrap().month_total;
    let report = report(&[]);

    let types = list(&report, "content_types");
    let wanted = truth.by_content_type.iter();
    let wanted: BTreeMap<&str, (u64, u64)> = wanted
        .map(|(name, of)| (name.as_str(), tally(*of)))
        .collect();
    assert_eq!(by(types, "content_type"), wanted);

    // A family of the report for a product of the generator, where both are one thing.
    let families = by(list(&report, "user_agents"), "user_agent_family");
    for (family, product) in [
        ("rustup", "rustup"),
        ("cargo", "cargo"),
        ("curl", "curl"),
        ("bot", "bot"),
        ("none", "-"),
        ("other-ci", "ci-fetch"),
    ] {
        let wanted = tally(truth.by_agent_product[product]);
        assert_eq!(families[family], wanted, "{family}");
    }
    let kinds = by(list(&report, "client_kinds"), "client_kind");
    assert_eq!(kinds["browser"], tally(truth.by_agent_product["browser"]));
    assert_eq!(kinds["mirror"], tally(truth.by_agent_product["panamax"]));

    let rules = by(list(&report, "legacy_urls"), "legacy_rule");
    for (rule, generated) in [
        ("installer", "rustup-sh"),
        ("doc-master", "doc-master"),
        ("doc-prefix", "doc-prefix"),
        ("api-download", "download-api"),
    ] {
        assert_eq!(
            rules[rule],
            tally(truth.by_legacy_rule[generated]),
            "{rule}"
        );
    }
    assert_eq!(rules["dated-listing"], (0, 0));

    let sizes = list(&report, "object_sizes");
    let answers: u64 = sizes.iter().map(|row| counts(row).0).sum();
    assert_eq!(answers, truth.by_status["200"].requests);

    // What is of the whole month sums to it.
    let headline = &report["headline"];
    for name in [
        "path_groups",
        "content_types",
        "user_agents",
        "client_kinds",
        "countries",
    ] {
        let rows = list(&report, name);
        let requests: u64 = rows.iter().map(|row| counts(row).0).sum();
        let bytes: u64 = rows.iter().map(|row| counts(row).1).sum();
        assert_eq!((requests, bytes), counts(headline), "{name}");
        let cents = units(&headline["cloudfront_usd"]);
        assert_eq!(sum(rows, "cloudfront_usd"), cents, "{name}");
        let ratio = sum(rows, "egress_share");
        assert!((ratio - 1_000_000).abs() <= 10, "{name}: {ratio}");
    }
}

#[test]
fn the_largest_paths_come_first_with_their_running_shares() {
    let truth = Truth::load().unwrap();
    let all = report(&[]);
    let paths = list(&all, "top_paths");
    for (row, wanted) in paths.iter().zip(&truth.month_total.top_paths) {
        assert_eq!(row["path"], wanted.path.as_str());
        assert_eq!(counts(row), (wanted.requests, wanted.response_bytes));
    }
    // By hand: bytes of the first 20 paths by those of the month.
    let first: u64 = paths.iter().take(20).map(|row| counts(row).1).sum();
    let wanted = first * 1_000_000 / truth.month_total.response_bytes;
    let running = units(&paths[19]["running_egress_share"]);
    assert!(
        running.abs_diff(i64::try_from(wanted).unwrap()) <= 1,
        "{running}"
    );
    for (at, pair) in paths.windows(2).enumerate() {
        assert_eq!(pair[0]["place"], at + 1);
        for column in ["running_egress_share", "running_cloudfront_share"] {
            assert!(units(&pair[0][column]) <= units(&pair[1][column]), "{at}");
        }
    }
    // A server has no S3 side.
    let is_server = |row: &&Value| row["name"] == "www";
    assert!(paths.iter().filter(is_server).count() > 0);
    for row in paths.iter().chain(list(&all, "path_groups")) {
        assert_eq!(row["s3_usd_exact"].is_null(), is_server(&row), "{row}");
    }

    // Of one distribution: shares are of it alone, and what is of all together is left out.
    let docs = report(&["--distribution", "docs"]);
    let paths = list(&docs, "top_paths");
    assert!(!paths.is_empty());
    assert!(paths.iter().all(|row| row["name"] == "docs"));
    assert_eq!(paths[0]["place"], 1);
    let wanted = counts(&paths[0]).1 * 1_000_000 / counts(&docs["headline"]).1;
    assert_eq!(
        units(&paths[0]["egress_share"]),
        i64::try_from(wanted).unwrap()
    );
    let groups = list(&docs, "path_groups");
    assert!((sum(groups, "egress_share") - 1_000_000).abs() <= 10);
    assert!(list(&docs, "client_kinds").is_empty());
}
