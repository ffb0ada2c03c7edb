//! `config show --origin`: each setting's value and where it came from.

use std::fs;

use crate::run::{command, ran, run};

/// The rest of the line of a setting, its blanks joined.
fn line<'a>(stdout: &'a str, setting: &str) -> String {
    let of = |line: &'a str| {
        let mut words = line.split_whitespace();
        (words.next() == Some(setting)).then(|| words.collect::<Vec<_>>().join(" "))
    };
    stdout
        .lines()
        .find_map(of)
        .unwrap_or_else(|| panic!("no {setting}\n{stdout}"))
}

const FILE: &str = "\
lake = \"s3://of-the-file/cdn\"
sources = [\"a\",
    \"b\"]

[[distribution]]
id = \"E1\"
name = \"re\\u001Bleases\"
[[distribution]]
id = \"E2\"
price_class = \"100\"

[aws]
region = \"us-west-1\"
[costs]
hit_ratio = \"console\"
[[private_rates]]
service = \"cloudfront\"
valid_from = \"2026-01\"
[[private_rates.egress]]
regions = [\"US\"]
tiers = [[0, \"0.050\"]]
";

#[test]
fn of_the_file_with_its_line_and_of_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("edgeledger.toml"), FILE).unwrap();
    let shown = run(dir.path(), &["config", "show", "--origin"]).expect(0);
    for (setting, rest) in [
        ("config", "edgeledger.toml found"),
        ("lake", "\"s3://of-the-file/cdn\" edgeledger.toml:1"),
        ("sources", "[\"a\", \"b\"] edgeledger.toml:2"),
        ("aws.region", "\"us-west-1\" edgeledger.toml:13"),
        ("aws.profile", "AWS's own chain default"),
        ("costs.hit_ratio", "\"console\" edgeledger.toml:15"),
        ("costs.allocation", "\"average\" default"),
        ("distribution[1].id", "\"E1\" edgeledger.toml:6"),
        (
            "distribution[1].name",
            "\"re\\u{1b}leases\" edgeledger.toml:7",
        ),
        ("distribution[1].price_class", "\"All\" default"),
        ("distribution[2].name", "the id default"),
        ("distribution[2].price_class", "\"100\" edgeledger.toml:10"),
        (
            "private_rates[1].valid_from",
            "\"2026-01\" edgeledger.toml:18",
        ),
    ] {
        assert_eq!(line(&shown, setting), rest);
    }
}

#[test]
fn of_flags_and_variables() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("other.toml"), FILE).unwrap();
    let mut with_variables = command(dir.path(), &["config", "show", "--origin"]);
    with_variables
        .env("EDGELEDGER_LAKE", "s3://of-a-variable/cdn")
        .env("EDGELEDGER_CONFIG", "other.toml")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_PROFILE", "cdn");
    let shown = ran(&mut with_variables).expect(0);
    for (setting, rest) in [
        ("config", "\"other.toml\" EDGELEDGER_CONFIG"),
        ("lake", "\"s3://of-a-variable/cdn\" EDGELEDGER_LAKE"),
        ("aws.profile", "\"cdn\" AWS_PROFILE"),
        ("aws.region", "\"us-west-1\" other.toml:13"),
    ] {
        assert_eq!(line(&shown, setting), rest);
    }
    // A flag with the variable's value is a flag all the same.
    with_variables.args([
        "--lake",
        "s3://of-a-variable/cdn",
        "--region",
        "us-east-2",
        "--requester-pays",
    ]);
    let shown = ran(&mut with_variables).expect(0);
    for (setting, rest) in [
        ("lake", "\"s3://of-a-variable/cdn\" --lake"),
        ("aws.region", "\"us-east-2\" --region"),
        ("aws.requester_pays", "true --requester-pays"),
    ] {
        assert_eq!(line(&shown, setting), rest);
    }
    // Without --origin the lake is the same one.
    let mut plain = command(dir.path(), &["config", "show"]);
    plain.env("EDGELEDGER_LAKE", "s3://of-a-variable/cdn");
    let shown = ran(&mut plain).expect(0);
    assert!(
        shown.contains("lake: s3://of-a-variable/cdn (flag or environment)"),
        "{shown}"
    );
}

#[test]
fn every_default_is_the_one_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let plain = run(dir.path(), &["config", "show"]).expect(0);
    let origin = run(dir.path(), &["config", "show", "--origin"]).expect(0);
    let mut compared = 0;
    for line_of in plain.lines() {
        let (key, value) = line_of.split_once(": ").unwrap();
        let shown = line(
            &origin,
            &match key {
                "lake" => key.to_owned(),
                "cloudfront_free_tier"
                | "s3_free_tier"
                | "s3_free_tier_method"
                | "hit_ratio"
                | "allocation"
                | "cloudfront_discount" => format!("costs.{key}"),
                _ => continue,
            },
        );
        let shown = shown
            .trim_end_matches(" default")
            .trim_matches('"')
            .to_owned();
        assert_eq!(shown, value.trim_end_matches(" (default)"), "{key}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}
