//! Every dollar of the sample month against the oracle, through the command: the traffic as CSV,
//! the settings as JSON, and the oracle's own sums over the price cards.

use std::{collections::BTreeSet, path::Path, process::Command};

use edgeledger_testkit::repo_root;
use serde_json::{Value, json};

use crate::run::run;

/// `None`, and said, without a Python.
fn oracle(dir: &Path, settings: &Value, traffic: &str) -> Option<Value> {
    let (csv, json) = (dir.join("traffic.csv"), dir.join("settings.json"));
    std::fs::write(&csv, traffic).unwrap();
    std::fs::write(&json, settings.to_string()).unwrap();
    let output = Command::new("python3")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(repo_root().join("crates/query/tests/oracle/oracle.py"))
        .arg("--cards")
        .arg(repo_root().join("crates/rates/cards"))
        .arg("--traffic")
        .arg(csv)
        .arg("--settings")
        .arg(json)
        .output();
    let Ok(output) = output else {
        #[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
        {
            println!("SKIPPED: no python3");
        }
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn distribution(id: &str, name: &str, bucket_region: Option<&str>, price_class: &str) -> Value {
    json!({
        "distribution": id, "name": name, "price_class": price_class,
        "origin": if bucket_region.is_some() { "s3" } else { "server" },
        "bucket_region": bucket_region, "storage_class": "standard", "plan": null,
        "origin_shield": null,
    })
}

/// The oracle's rows, joined to lines.
fn told(oracle: &Value, table: &str, keys: &[&str]) -> BTreeSet<String> {
    let cell = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    oracle[table]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            keys.iter()
                .map(|key| cell(&row[key]))
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect()
}

#[test]
fn the_sample_month_equals_the_oracle_to_the_cent() {
    for (costs, free_tiers, discount) in [
        ("", true, "0"),
        (
            "[costs]\ncloudfront_free_tier = false\ns3_free_tier = false\ncloudfront_discount = \"0.125\"\n",
            false,
            "0.125",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let sample = crate::run::sample_settings();
        let config = dir.path().join("edgeledger.toml");
        std::fs::write(&config, format!("{costs}{sample}")).unwrap();
        let sql = |sql: &str| {
            let config = config.to_str().unwrap();
            run(&[
                "sql",
                "--logs",
                "sample-logs",
                "--config",
                config,
                "--format",
                "csv",
                sql,
            ])
            .expect(0)
        };
        let settings = json!({
            "distributions": [
                distribution("E2EXAMPLE1RLS", "releases", Some("us-west-1"), "All"),
                distribution("E2EXAMPLE2CRT", "crates", Some("us-west-1"), "All"),
                distribution("E2EXAMPLE3IDX", "index", Some("us-east-1"), "All"),
                distribution("E2EXAMPLE4WWW", "www", None, "200"),
                distribution("E2EXAMPLE5DOC", "docs", Some("eu-west-1"), "100"),
            ],
            "cloudfront_free_tier": free_tiers, "s3_free_tier": free_tiers,
            "s3_free_tier_method": "before_tiers", "allocation": "average",
            "cloudfront_discount": discount, "waf": "billed",
            "extra_usage": [{
                "item": "invalidation", "region": "global", "month": "2026-10",
                "distribution": "E2EXAMPLE3IDX", "quantity": 4400,
            }],
            "header_bytes": "billed", "edge_compression": "1", "regional_caches": "none",
            "hit_ratio_change": "0", "bytes_factor": "1", "requests_factor": "1",
        });
        let traffic = sql("SELECT * FROM traffic WHERE month = '2026-10'");
        let Some(oracle) = oracle(dir.path(), &settings, &traffic) else {
            return;
        };
        let month = "WHERE month = '2026-10'";
        for (table, query, keys) in [
            (
                "lines",
                "SELECT side, item, region, protocol, storage_class, quantity, usd FROM cost_lines",
                &[
                    "side",
                    "item",
                    "region",
                    "protocol",
                    "storage_class",
                    "quantity",
                    "usd",
                ][..],
            ),
            (
                "monthly",
                "SELECT side, usd_exact, usd FROM monthly_cost",
                &["side", "usd_exact", "usd"],
            ),
            (
                "savings",
                "SELECT distribution, cloudfront_usd, s3_usd, savings_usd FROM \
                 (SELECT * FROM savings WHERE origin = 's3')",
                &["distribution", "cloudfront_usd", "s3_usd", "savings_usd"],
            ),
            (
                "unknowns",
                "SELECT unknown, change_usd FROM savings_unknowns",
                &["unknown", "change_usd"],
            ),
        ] {
            let csv = sql(&format!("{query} {month}"));
            let ours: BTreeSet<String> = csv.lines().skip(1).map(str::to_owned).collect();
            let told = told(&oracle, table, keys);
            let (more, less): (Vec<_>, Vec<_>) = (
                ours.difference(&told).collect(),
                told.difference(&ours).collect(),
            );
            assert!(
                !ours.is_empty() && more.is_empty() && less.is_empty(),
                "{table}: {more:?} {less:?}"
            );
        }
    }
}
