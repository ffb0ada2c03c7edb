//! Reports as files: every format, an index, nothing replaced silently, the same bytes each time.

use std::{collections::BTreeMap, fs, path::Path};

use crate::run::{Ran, command, ran, run, sample_lake, text};

fn report(args: &[&str]) -> Ran {
    let fixed = [
        "report",
        "--lake",
        sample_lake(),
        "--config",
        "sample-logs/edgeledger.toml",
    ];
    run(&[&fixed, args].concat())
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(at) = dirs.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_report_is_never_replaced_silently() {
    let dir = tempfile::tempdir().unwrap();
    let out = text(&dir.path().join("reports"));
    // November has two days of logs: a small report.
    let args = ["2026-11", "--out", &out];
    report(&args).expect(0);
    let first = files(dir.path());
    let same = report(&args);
    assert!(same.stderr.contains("nothing new in"), "{}", same.stderr);
    let page = dir.path().join("reports/2026-11/report.md");
    fs::write(&page, "a note of ours").unwrap();
    let refused = report(&args);
    assert_eq!(refused.code, 2);
    for said in ["2026-11/report.md", "--overwrite"] {
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert_eq!(fs::read_to_string(&page).unwrap(), "a note of ours");
    report(&[&args[..], &["--overwrite"]].concat()).expect(0);
    assert!(
        files(dir.path()) == first,
        "the same lake gives the same bytes"
    );
}

#[test]
fn neither_clock_nor_locale_nor_place_change_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let of = |zone: &str, locale: &str| {
        let out = text(&dir.path().join(locale));
        let args = ["report", "2026-11", "--lake", sample_lake(), "--out", &out];
        let mut command = command(&args);
        command
            .env("TZ", zone)
            .env("LC_ALL", locale)
            .env("LANG", locale);
        ran(&mut command).expect(0);
        files(Path::new(&out))
    };
    let one = of("Asia/Tokyo", "de_DE.UTF-8");
    assert!(one.len() > 40 && one == of("America/New_York", "C"));
    let mut timed = command(&["report", "2026-11", "--run-info", "--lake", sample_lake()]);
    assert!(ran(&mut timed).expect(0).contains("made at "));
}

#[test]
fn an_index_lists_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let out = text(&dir.path().join("reports"));
    report(&["2026-11", "--out", &out]).expect(0);
    report(&["2026-11", "--distribution", "docs", "--out", &out]).expect(0);
    report(&["--from", "2026-09", "--to", "2026-11", "--out", &out]).expect(0);
    // What is no report of ours is not listed.
    let other = dir.path().join("reports/2026-notes");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("report.json"), "{\"schema\": \"<b>\"}").unwrap();
    report(&["2026-11", "--out", &out]).expect(0);
    let index = fs::read_to_string(dir.path().join("reports/index.html")).unwrap();
    for folder in ["2026-11", "2026-11-E2EXAMPLE5DOC", "2026-09_2026-11"] {
        assert!(
            index.contains(&format!("href=\"{folder}/report.html\"")),
            "{index}"
        );
    }
    assert!(!index.contains("2026-notes"), "{index}");
}

#[test]
fn a_distribution_has_a_report_of_its_own() {
    let whole: serde_json::Value =
        serde_json::from_str(&report(&["2026-10", "--format", "json"]).expect(0)).unwrap();
    let own = report(&["2026-10", "--distribution", "crates", "--format", "json"]).expect(0);
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    let row = &whole["distributions"][1];
    assert_eq!(row["name"], "crates");
    for column in [
        "egress_bytes",
        "requests",
        "cloudfront_usd",
        "s3_usd",
        "savings_usd",
    ] {
        assert_eq!(own["headline"][column], row[column], "{column}");
    }
    let sum = |report: &serde_json::Value, list: &str| -> i64 {
        let rows = report[list].as_array().unwrap();
        rows.iter()
            .map(|row| row["requests"].as_i64().unwrap())
            .sum()
    };
    for list in ["days", "regions", "cache_results", "path_groups"] {
        assert_eq!(sum(&own, list), row["requests"].as_i64().unwrap(), "{list}");
    }
    // Nothing of the organisation is left.
    for list in [
        "cost_items",
        "cost_changes",
        "tier_positions",
        "forecast",
        "unknowns",
    ] {
        assert_eq!(own[list], serde_json::json!([]), "{list}");
    }
}

#[test]
fn sections_are_asked_for_by_name() {
    let daily = report(&["2026-11", "--section", "daily-traffic"]).expect(0);
    assert!(daily.contains("Daily traffic") && !daily.contains("Method"));
    let unknown = report(&["2026-11", "--section", "weather"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("daily-traffic"),
        "{}",
        unknown.stderr
    );
    let json = report(&["2026-11", "--section", "daily-traffic", "--format", "json"]);
    assert_eq!(json.code, 2);
}

#[test]
fn months_stand_side_by_side() {
    let of = |args: &[&str]| report(&[&["--from", "2026-08", "--to", "2026-11"], args].concat());
    let json: serde_json::Value =
        serde_json::from_str(&of(&["--format", "json"]).expect(0)).unwrap();
    assert_eq!(json["schema"], "edgeledger.series/1");
    assert_eq!(json["missing_months"], serde_json::json!(["2026-08"]));
    let months = json["months"].as_array().unwrap();
    let total = edgeledger_testkit::Truth::load().unwrap().totals;
    let sum: u64 = months
        .iter()
        .map(|row| row["egress_bytes"].as_u64().unwrap())
        .sum();
    assert_eq!((months.len(), sum), (3, total.response_bytes));
    assert_eq!(json["headline"]["egress_bytes"], total.response_bytes);
    assert_eq!(json["headline"]["requests"], total.rows);
    let rows = json["distributions"].as_array().unwrap();
    let of_month: u64 = rows
        .iter()
        .filter(|row| row["month"] == "2026-10")
        .map(|row| row["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(months[1]["requests"], of_month);
    let backwards = report(&["--from", "2026-11", "--to", "2026-09"]);
    assert_eq!(backwards.code, 2);
}
