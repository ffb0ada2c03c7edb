//! Answers whose figures the maker of the sample logs counted while it wrote them.

use std::collections::BTreeMap;

use edgeledger_testkit::{HourTally, Tally, Truth};
use serde_json::Value;

use crate::ask::{number, rows, tallies, text};

fn wanted(truth: &BTreeMap<String, Tally>) -> BTreeMap<String, (u64, u64)> {
    truth
        .iter()
        .map(|(key, tally)| (key.clone(), (tally.requests, tally.response_bytes)))
        .collect()
}

const ALL_ROWS: (&str, &str) = ("rows", "100000");

#[test]
fn statuses() {
    let truth = Truth::load().unwrap();
    let found = tallies(&rows("status-codes", &[]), |row| {
        format!("{:03}", number(row, "status"))
    });
    assert_eq!(found, wanted(&truth.month_total.by_status));
    for month in truth.month_by_distribution.values() {
        let of = [("distribution", month.name.as_str())];
        let found = tallies(&rows("status-classes", &of), |row| {
            text(row, "status_class")
        });
        assert_eq!(found, wanted(&month.by_status_class), "{}", month.name);
    }
}

#[test]
fn distributions() {
    let truth = Truth::load().unwrap();
    let wanted: BTreeMap<String, (u64, u64)> = truth
        .month_by_distribution
        .values()
        .map(|month| (month.name.clone(), (month.requests, month.response_bytes)))
        .collect();
    for name in ["cost-by-distribution", "status-classes", "http-versions"] {
        let found = tallies(&rows(name, &[]), |row| text(row, "distribution"));
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn days() {
    let truth = Truth::load().unwrap();
    let found = tallies(&rows("day-over-day", &[]), |row| text(row, "date"));
    assert_eq!(found, wanted(&truth.month_total.by_date));
    for month in truth.month_by_distribution.values() {
        let of = [("distribution", month.name.as_str())];
        let found = tallies(&rows("hit-ratio-by-day", &of), |row| text(row, "date"));
        assert_eq!(found, wanted(&month.by_date), "{}", month.name);
    }
}

#[test]
fn index_beside_packages() {
    let truth = Truth::load().unwrap();
    let found = rows("index-and-packages", &[]);
    for (of, requests, bytes) in [
        ("index", "index_requests", "index_bytes"),
        ("crates", "package_requests", "package_bytes"),
    ] {
        let months = truth.month_by_distribution.values();
        let month = months.into_iter().find(|month| month.name == of).unwrap();
        let found: BTreeMap<String, (u64, u64)> = found
            .iter()
            .map(|row| {
                (
                    text(row, "date"),
                    (number(row, requests), number(row, bytes)),
                )
            })
            .collect();
        assert_eq!(found, wanted(&month.by_date), "{of}");
    }
}

#[test]
fn hours() {
    let truth = Truth::load().unwrap();
    let found = tallies(&rows("hourly-peaks", &[ALL_ROWS]), |row| {
        // 2026-10-01T00:00:00Z
        text(row, "hour").chars().take(13).collect()
    });
    assert_eq!(found, wanted(&truth.month_total.by_hour));
    for month in truth.month_by_distribution.values() {
        let of = [("distribution", month.name.as_str())];
        let found: BTreeMap<String, u64> = rows("origin-load-by-hour", &of)
            .iter()
            .map(|row| {
                (
                    format!("{:02}", number(row, "hour_of_day")),
                    number(row, "requests"),
                )
            })
            .collect();
        let hours = month.by_hour_of_day.iter();
        let wanted = hours.map(|(hour, tally)| (hour.clone(), tally.requests));
        assert_eq!(found, wanted.collect(), "{}", month.name);
    }
}

#[test]
fn misses_by_hour_of_the_day() {
    let truth = Truth::load().unwrap();
    for month in truth.month_by_distribution.values() {
        let of = [("distribution", month.name.as_str())];
        let mut found = BTreeMap::<String, (u64, u64)>::new();
        for row in rows("hit-ratio-by-hour", &of) {
            let hour = format!("{:02}", number(&row, "hour_of_day"));
            let sums = found.entry(hour).or_default();
            sums.0 += number(&row, "requests");
            sums.1 += number(&row, "miss_requests");
        }
        let of_hour = |tally: &HourTally| (tally.requests, tally.misses);
        let hours = month.by_hour_of_day.iter();
        let wanted = hours.map(|(hour, tally)| (hour.clone(), of_hour(tally)));
        assert_eq!(found, wanted.collect(), "{}", month.name);
    }
}

#[test]
fn programs() {
    let truth = Truth::load().unwrap();
    let product = |row: &Value| match text(row, "user_agent_family").as_str() {
        // The generator knows browsers, and no more of them.
        "chrome" | "edge" | "firefox" | "safari" => "browser".to_owned(),
        "none" => "-".to_owned(),
        product => product.to_owned(),
    };
    for month in truth.month_by_distribution.values() {
        let of = [("distribution", month.name.as_str()), ALL_ROWS];
        let found = tallies(&rows("user-agents", &of), product);
        assert_eq!(found, wanted(&month.by_agent_product), "{}", month.name);
    }
    // The versions of a client are all of its requests.
    let versions = rows("client-versions", &[("client", "rustup"), ALL_ROWS]);
    let found = tallies(&versions, |_| "rustup".to_owned());
    let wanted = wanted(&truth.month_total.by_agent_product);
    assert_eq!(found.get("rustup"), wanted.get("rustup"));
}

/// Paths, and those who fetch one over and over.
#[test]
fn paths() {
    let truth = Truth::load().unwrap();
    let found = rows("top-paths", &[]);
    let top = &truth.month_total.top_paths;
    assert_eq!(found.len(), top.len());
    for (row, path) in found.iter().zip(top) {
        assert_eq!(text(row, "path"), path.path);
        assert_eq!(number(row, "requests"), path.requests);
        assert_eq!(number(row, "egress_bytes"), path.response_bytes);
    }
    let anomaly = &truth.anomaly;
    let name = &truth.month_by_distribution[&anomaly.distribution].name;
    let of = [("distribution", name.as_str()), ALL_ROWS];
    let repeats = rows("repeat-downloads", &of);
    let program = anomaly.user_agent.split('/').next().unwrap();
    let of_program = repeats
        .iter()
        .filter(|row| row["user_agent_family"] == program);
    let downloads: u64 = of_program.map(|row| number(row, "downloads")).sum();
    // All but the few whose answer was no 200.
    assert!(downloads <= anomaly.requests);
    assert!(
        downloads * 10 > anomaly.requests * 9,
        "{downloads} downloads"
    );
}

#[test]
fn old_urls() {
    let truth = Truth::load().unwrap();
    let mut found = tallies(&rows("legacy-urls", &[]), |row| {
        // The rules of the sample have another name for it than its maker.
        match text(row, "legacy_rule").as_str() {
            "api-download" => "download-api".to_owned(),
            rule => rule.to_owned(),
        }
    });
    found.retain(|_, (requests, _)| *requests > 0);
    let mut wanted = wanted(&truth.month_total.by_legacy_rule);
    // Requests without a rule.
    wanted.remove("-");
    assert_eq!(found, wanted);
}

#[test]
fn the_gap_is_quiet() {
    let truth = Truth::load().unwrap();
    let gap = &truth.gap;
    let name = &truth.month_by_distribution[&gap.distribution].name;
    let quiet = rows("quiet-hours", &[]);
    assert!(!quiet.is_empty());
    for row in quiet {
        let hour = format!("{}T{:02}", text(&row, "date"), number(&row, "hour_of_day"));
        assert_eq!(&text(&row, "distribution"), name);
        assert!(
            hour.as_str() >= gap.from.as_str().get(..13).unwrap(),
            "{hour}"
        );
        assert!(hour.as_str() < gap.until.as_str(), "{hour}");
        assert_eq!(number(&row, "requests"), 0);
    }
}

/// What is summed by one thing is summed by any.
#[test]
fn totals() {
    let truth = Truth::load().unwrap();
    let wanted = (truth.month_total.requests, truth.month_total.response_bytes);
    for name in [
        "top-networks",
        "egress-by-country",
        "cost-by-agent",
        "cost-by-client-kind",
        "cost-by-path-group",
        "cost-by-region",
    ] {
        let has_rows = !matches!(
            name,
            "cost-by-client-kind" | "cost-by-path-group" | "cost-by-region"
        );
        let given: Vec<_> = [ALL_ROWS].into_iter().filter(|_| has_rows).collect();
        let found = tallies(&rows(name, &given), |_| String::new());
        assert_eq!(found.get(""), Some(&wanted), "{name}");
    }
}
