//! Every key of the settings file is in its documentation and in the file that `init` writes.

use std::{collections::BTreeSet, fs, path::Path};

use crate::run::run;

/// The tables of the file, each with what it needs to be looked at, and whether it is one of many.
const TABLES: [(&str, &str); 9] = [
    ("[costs]", ""),
    ("[budget]", ""),
    ("[credits]", ""),
    ("[privacy]", ""),
    ("[aws]", ""),
    ("[[distribution]]", "id = \"E1\""),
    ("[[extra_usage]]", "item = \"invalidation\"\nquantity = 1"),
    (
        "[[purge]]",
        "distribution = \"E1\"\nprefix = \"/dist/\"\ntime = \"00:30\"",
    ),
    ("", ""),
];

/// The keys that the command knows in a table, as it names them when it meets another.
fn known(dir: &Path, table: &str, rest: &str) -> BTreeSet<String> {
    fs::write(
        dir.join("edgeledger.toml"),
        format!("{table}\nzzz = 1\n{rest}\n"),
    )
    .unwrap();
    let ran = run(dir, &["config", "show"]);
    assert_eq!(ran.code, 2, "{table}: {}", ran.stderr);
    let (_, keys) = ran
        .stderr
        .split_once("unknown field `zzz`, expected ")
        .unwrap_or_else(|| panic!("{table}: {}", ran.stderr));
    let keys = keys.lines().next().unwrap_or_default();
    let keys: BTreeSet<_> = keys
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(!keys.is_empty(), "{table}");
    keys
}

fn all_known() -> Vec<(&'static str, BTreeSet<String>)> {
    let dir = tempfile::tempdir().unwrap();
    let keys: Vec<_> = TABLES
        .iter()
        .map(|(table, rest)| (*table, known(dir.path(), table, rest)))
        .collect();
    // No table may be missing above: each key of the top is a plain one or one of them.
    let (_, top) = keys.last().unwrap();
    let plain = ["lake", "sources", "rates", "rules", "private_rates"];
    for key in top {
        let is_table = TABLES
            .iter()
            .any(|(table, _)| table.trim_matches(['[', ']']) == key);
        assert!(
            is_table || plain.contains(&key.as_str()),
            "`{key}` is new: add its table here"
        );
    }
    keys
}

/// The part of a text behind the line that `is_start`, until one that `is_end`; all of it where the
/// table has no heading.
fn part(
    text: &str,
    table: &str,
    is_start: impl Fn(&str) -> bool,
    is_end: impl Fn(&str) -> bool,
) -> String {
    if table.is_empty() {
        return text.to_owned();
    }
    let mut lines = text.lines().skip_while(|line| !is_start(line));
    assert!(lines.next().is_some(), "no part about {table}");
    lines
        .take_while(|line| !is_end(line))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_page_has_every_key() {
    let page = edgeledger_testkit::repo_root().join("docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();
    for (table, keys) in all_known() {
        let heading = format!("`{table}`");
        let part = part(
            &page,
            table,
            |line| line.starts_with("## ") && line.contains(&heading),
            |line| line.starts_with("## "),
        );
        for key in keys {
            let found = part.contains(&format!("| `{key}`"))
                || part.contains(&format!("`[[{key}]]`"))
                || part.contains(&format!("`[{key}]`"));
            assert!(found, "{table} {key}");
        }
    }
}

#[test]
fn the_written_file_has_every_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = run(dir.path(), &["init", "--stdout"]).expect(0);
    for (table, keys) in all_known() {
        let heading = format!("#{table}");
        let part = part(
            &file,
            table,
            |line| line == heading,
            |line| line.is_empty() || line.starts_with("#["),
        );
        for key in keys {
            let found = part.contains(&format!("#{key} = "))
                || part.contains(&format!("#[[{key}]]"))
                || part.contains(&format!("#[{key}]"));
            assert!(found, "{table} {key}");
        }
    }
}

#[test]
fn every_setting_of_the_written_file_can_be_switched_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = run(dir.path(), &["init", "--stdout"]).expect(0);
    let is_setting =
        |line: &&str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let on: Vec<&str> = file
        .lines()
        .map(|line| {
            if is_setting(&line) {
                line.trim_start_matches('#')
            } else {
                line
            }
        })
        .collect();
    let path = dir.path().join("edgeledger.toml");
    fs::write(&path, on.join("\n")).unwrap();
    fs::write(
        dir.path().join("rules.toml"),
        "[[path_group]]\nname = \"a\"\npath = '^/a/'\n",
    )
    .unwrap();
    let card = "kind = \"prices\"\nname = \"ours\"\nservice = \"cloudfront\"\nvalid_from = \"2026-01\"\nsource = \"contract\"\n\
        [[egress]]\nregions = [\"US\"]\ntiers = [[0, \"0.05\"]]\nsource = \"contract\"\nseen = \"2026-01-02\"\nconfidence = \"high\"\n";
    fs::write(dir.path().join("our-rates.toml"), card).unwrap();
    let shown = run(dir.path(), &["config", "show"]).expect(0);
    for line in [
        "lake: s3://my-lake/cdn (file)",
        "sources: s3://my-logs/cloudfront/",
        "budget: 500 USD a month",
        "credits: 10000 USD at the end of 2026-09",
        "cloudfront_discount: 0.25",
        "purge: /dist/ of E2EXAMPLE1RLS at 00:30",
        "distribution: E2EXAMPLE1RLS releases origin s3 in us-west-1, storage class standard-ia, \
         price class All, Origin Shield in us-west-2, plan pro",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    // Without a change nothing is on.
    fs::write(&path, &file).unwrap();
    let plain: toml::Table = file.parse().unwrap();
    assert!(plain.is_empty(), "{plain}");
    run(dir.path(), &["config", "show"]).expect(0);
}
