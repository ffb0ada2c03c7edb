//! `edgeledger init`: what Terraform and AWS tell becomes settings that load, and nothing else.

use std::{fs, path::Path};

use crate::run::{fixture, run, run_with, text};

/// The distributions of a settings file, as `config show` tells them.
fn shown(dir: &Path) -> Vec<String> {
    let stdout = run(dir, &["config", "show"]).expect(0);
    let lines = stdout
        .lines()
        .filter(|line| line.starts_with("distribution: "));
    lines.map(str::to_owned).collect()
}

fn written(dir: &Path, args: &[&str]) -> toml::Table {
    run(dir, &[&["init"], args].concat()).expect(0);
    let text = fs::read_to_string(dir.join("edgeledger.toml")).unwrap();
    text.parse().unwrap()
}

#[test]
fn states_become_the_distributions_they_hold() {
    let dir = tempfile::tempdir().unwrap();
    let (show, state) = (fixture("show.json"), fixture("terraform.tfstate"));
    let args = ["--from-terraform", text(&show), text(&state)];
    let table = written(dir.path(), &args);
    assert_eq!(
        shown(dir.path()),
        [
            "distribution: E2EXAMPLE1RLS releases.example.org origin s3 in us-west-1, \
             storage class standard, price class All",
            "distribution: E2EXAMPLE2CRT crates.example.org origin s3 in us-west-1, \
             storage class standard, price class 100, Origin Shield in us-west-2",
            "distribution: E2EXAMPLE4WWW www.example.org origin server, price class 200",
        ]
    );
    let sources = table["sources"].as_array().unwrap().iter();
    let sources: Vec<_> = sources.filter_map(toml::Value::as_str).collect();
    assert_eq!(
        sources,
        [
            "s3://example-crates-logs/cloudfront/crates/",
            "s3://example-release-logs/cloudfront/releases.example.org/",
            "s3://example-web-logs/",
        ]
    );
    let file = fs::read_to_string(dir.path().join("edgeledger.toml")).unwrap();
    for line in [
        "#id = \"E2EXAMPLE5DOC\"",
        "#bucket_region = \"us-west-1\"",
        "# This distribution is disabled.",
        "# When that fails: example-crates-fallback.s3.eu-west-1.amazonaws.com",
    ] {
        assert!(file.lines().any(|found| found == line), "{line}\n{file}");
    }
    assert!(
        !file.contains("LOOKED"),
        "what is only looked up is not ours"
    );
}

#[test]
fn the_ones_without_logs_wait_as_comments() {
    let dir = tempfile::tempdir().unwrap();
    let show = fixture("show.json");
    written(dir.path(), &["--from-terraform", text(&show)]);
    let path = dir.path().join("edgeledger.toml");
    let file = fs::read_to_string(&path).unwrap();
    let (before, after) = file.split_once("#[[distribution]]\n").unwrap();
    let waiting: String = after
        .lines()
        .take_while(|line| line.starts_with('#') && !line.starts_with("# "))
        .fold("[[distribution]]\n".to_owned(), |text, line| {
            text + line.trim_start_matches('#') + "\n"
        });
    assert!(before.contains("Turn standard logging on"), "{before}");
    fs::write(&path, format!("{file}\n{waiting}")).unwrap();
    let all = shown(dir.path());
    assert_eq!(
        all.last().unwrap(),
        "distribution: E2EXAMPLE5DOC docs.example.org origin s3 in us-west-1, storage class \
         standard, price class 200"
    );
}

#[test]
fn answers_of_the_aws_command_line_do_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let list = fs::read(fixture("list-distributions.json")).unwrap();
    let one = fs::read(fixture("get-distribution.json")).unwrap();
    let both = [list.clone(), one].concat();
    let ran = run_with(dir.path(), &["init", "--from-aws", "-"], &both);
    assert!(
        ran.stderr.contains("2 distributions, 1 source of logs"),
        "{}",
        ran.stderr
    );
    ran.expect(0);
    assert_eq!(
        shown(dir.path()),
        [
            "distribution: E2EXAMPLE1RLS releases origin s3 in us-west-1, storage class standard, \
             price class All",
            "distribution: E2EXAMPLE2CRT crates origin s3 in us-west-1, storage class standard, \
             price class 100, Origin Shield in us-west-2",
        ]
    );
    let file = fs::read_to_string(dir.path().join("edgeledger.toml")).unwrap();
    assert!(
        file.contains("    \"s3://example-release-logs/cloudfront/releases/\","),
        "{file}"
    );
    // A list alone does not tell where logs go: its distributions are no comments for that.
    let ran = run_with(
        dir.path(),
        &["init", "--dir", "-", "--from-aws", "-"],
        &list,
    );
    let table: toml::Table = ran.expect(0).parse().unwrap();
    assert_eq!(table["distribution"].as_array().unwrap().len(), 2);
    assert!(!table.contains_key("sources"));
}

#[test]
fn what_aws_says_goes_before_what_terraform_saw() {
    let dir = tempfile::tempdir().unwrap();
    let (show, list) = (fixture("show.json"), fixture("list-distributions.json"));
    let args = ["--from-terraform", text(&show), "--from-aws", text(&list)];
    let table = written(dir.path(), &args);
    let first = &table["distribution"][0];
    assert_eq!(first["name"].as_str(), Some("releases"), "AWS's comment");
    assert_eq!(
        table["sources"].as_array().unwrap().len(),
        2,
        "Terraform's logging"
    );
}

#[test]
fn no_secret_of_a_state_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        "show.json",
        "terraform.tfstate",
        "list-distributions.json",
        "get-distribution.json",
    ];
    for name in files {
        let bytes = fs::read(fixture(name)).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("SECRET"), "{name} has something to hide");
        // Whole, broken off in the middle of secrets, and given to the wrong option.
        let cuts = text.match_indices("SECRET").map(|(at, _)| at + 9);
        for cut in cuts.chain([text.len()]) {
            for option in ["--from-terraform", "--from-aws"] {
                let ran = run_with(
                    dir.path(),
                    &["init", "--stdout", "--verbose", option, "-"],
                    &bytes[..cut],
                );
                assert!([0, 2].contains(&ran.code), "{}", ran.stderr);
                for out in [&ran.stdout, &ran.stderr] {
                    assert!(!out.contains("SECRET"), "{name} {option} {cut}: {out}");
                }
            }
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let dir = tempfile::tempdir().unwrap();
    let evil =
        "\"\nlake = \"s3://evil/lake\"\n[[distribution]]\nid = \"EVIL\"\n# \u{1b}[2J\u{202e}'''\\";
    let state = serde_json::json!({"format_version": "1.0", "values": {"root_module": {"resources": [
        {"type": "aws_cloudfront_distribution", "values": {
            "id": format!("E1{evil}"), "comment": evil, "aliases": [evil, "a\r\nlake = \"x\""],
            "domain_name": evil, "price_class": evil, "enabled": false,
            "logging_config": [{"bucket": evil, "prefix": evil}],
            "origin": [{"origin_id": evil, "domain_name": format!("{evil}.s3.us-west-1.amazonaws.com"),
                "origin_shield": [{"enabled": true, "origin_shield_region": evil}]},
                {"origin_id": "other", "domain_name": evil}],
            "default_cache_behavior": [{"target_origin_id": evil}]}},
        {"type": "aws_cloudfront_distribution", "values": {
            "id": "E2", "comment": evil, "price_class": "PriceClass_100",
            "logging_config": [{"bucket": "logs.s3.us-west-1.amazonaws.com", "prefix": evil}],
            "origin": [{"origin_id": "a", "domain_name": evil}]}},
        {"type": "aws_cloudfront_distribution", "values": {
            "id": format!("E3{evil}"), "comment": evil, "logging_config": [], "origin": []}},
    ]}}});
    let state = state.to_string();
    let ran = run_with(
        dir.path(),
        &["init", "--from-terraform", "-"],
        state.as_bytes(),
    );
    let steers = |text: &str| {
        text.chars()
            .any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
    };
    assert!(!steers(&ran.stderr), "{:?}", ran.stderr);
    ran.expect(0);
    let file = fs::read_to_string(dir.path().join("edgeledger.toml")).unwrap();
    assert!(!steers(&file), "{file:?}");
    let table: toml::Table = file.parse().unwrap();
    assert!(!table.contains_key("lake"), "{file}");
    let rows = table["distribution"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "the third has no logs");
    assert_eq!(rows[0]["id"].as_str(), Some(format!("E1{evil}").trim()));
    assert_eq!(rows[0]["bucket_region"].as_str(), Some("us-west-1"));
    // One line with its source's hostile prefix, and all of it in quotes.
    let sources = table["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1);
    assert!(sources[0].as_str().unwrap().contains("[[distribution]]"));
    run(dir.path(), &["config", "show"]).expect(0);
}

#[test]
fn a_file_that_is_there_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("edgeledger.toml");
    fs::write(&path, "lake = \"mine\"\n").unwrap();
    let ran = run(dir.path(), &["init"]);
    assert!(
        ran.stderr.contains("is there already") && ran.stderr.contains("--force"),
        "{}",
        ran.stderr
    );
    ran.expect(2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "lake = \"mine\"\n");
    let printed = run(dir.path(), &["init", "--stdout"]).expect(0);
    assert_eq!(run(dir.path(), &["init", "--dir", "-"]).expect(0), printed);
    assert_eq!(fs::read_to_string(&path).unwrap(), "lake = \"mine\"\n");
    run(dir.path(), &["init", "--force"]).expect(0);
    assert_eq!(fs::read_to_string(&path).unwrap(), printed);
    run(dir.path(), &["init", "--dir", "no/such/folder"]).expect(1);
}

#[test]
fn files_that_are_something_else_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (option, bytes, words) in [
        (
            "--from-terraform",
            &b"{\"format_version\": \"2.0\"}"[..],
            "format_version \"2.0\"",
        ),
        ("--from-terraform", b"{\"version\": 3}", "version 3"),
        ("--from-terraform", b"", "is empty"),
        ("--from-terraform", b"resource \"x\" {}", "is not JSON"),
        (
            "--from-aws",
            b"{\"DistributionConfig\": {}}",
            "get-distribution",
        ),
    ] {
        let path = dir.path().join("input");
        fs::write(&path, bytes).unwrap();
        let ran = run(dir.path(), &["init", "--stdout", option, "input"]);
        assert!(
            ran.stderr.contains("`input`") && ran.stderr.contains(words),
            "{}",
            ran.stderr
        );
        ran.expect(2);
    }
    let ran = run(
        dir.path(),
        &["init", "--stdout", "--from-aws", "missing.json"],
    );
    assert!(ran.stderr.contains("`missing.json`"), "{}", ran.stderr);
    ran.expect(2);
    let ran = run(
        dir.path(),
        &[
            "init",
            "--stdout",
            "--from-aws",
            "-",
            "--from-terraform",
            "-",
        ],
    );
    assert!(ran.stderr.contains("only once"), "{}", ran.stderr);
    ran.expect(2);
}

#[test]
fn an_empty_state_gives_the_plain_file() {
    let dir = tempfile::tempdir().unwrap();
    let plain = run(dir.path(), &["init", "--stdout"]).expect(0);
    let empty = b"{\"format_version\": \"1.0\", \"terraform_version\": \"1.9.8\"}";
    let ran = run_with(
        dir.path(),
        &["init", "--stdout", "--from-terraform", "-"],
        empty,
    );
    assert!(ran.stderr.contains("0 distributions"), "{}", ran.stderr);
    assert_eq!(ran.expect(0), plain);
}
