//! Answers whose figures the maker of the sample logs counted while it wrote them.

use std::collections::BTreeMap;

use crate::ask::{MONTH, Row, answer, ask, number, rows, tallies};
use edgeledger_testkit::{MonthTruth, Tally, Truth};

fn wanted(truth: &BTreeMap<String, Tally>) -> BTreeMap<String, (u64, u64)> {
    truth
        .iter()
        .map(|(key, tally)| (key.clone(), (tally.requests, tally.response_bytes)))
        .collect()
}

/// The same of each distribution, under `name key`.
fn wanted_of_each(
    truth: &Truth,
    of: impl Fn(&MonthTruth) -> &BTreeMap<String, Tally>,
) -> BTreeMap<String, (u64, u64)> {
    let months = truth.month_by_distribution.values();
    let keys = months.flat_map(|month| {
        let tallies = wanted(of(month)).into_iter();
        tallies.map(|(key, tally)| (format!("{} {key}", month.name), tally))
    });
    keys.collect()
}

fn of_each(row: &Row, key: &str) -> String {
    format!("{} {key}", row["distribution"])
}

#[test]
fn statuses() {
    let truth = Truth::load().unwrap();
    let found = tallies(answer("status-codes"), |row| {
        format!("{:03}", number(row, "status"))
    });
    assert_eq!(found, wanted(&truth.month_total.by_status));
    let found = tallies(answer("status-classes"), |row| {
        of_each(row, &row["status_class"])
    });
    assert_eq!(
        found,
        wanted_of_each(&truth, |month| &month.by_status_class)
    );
    // A distribution may be named by its name or its id.
    let (id, month) = truth.month_by_distribution.iter().next().unwrap();
    for distribution in [id, &month.name] {
        let answer = ask(&[
            "@status-classes",
            &format!("--param=month={MONTH}"),
            &format!("--param=distribution={distribution}"),
        ]);
        let found = tallies(&answer, |row| row["status_class"].clone());
        assert_eq!(found, wanted(&month.by_status_class), "{distribution}");
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
        let found = tallies(answer(name), |row| row["distribution"].clone());
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn days() {
    let truth = Truth::load().unwrap();
    let found = tallies(answer("day-over-day"), |row| row["date"].clone());
    assert_eq!(found, wanted(&truth.month_total.by_date));
    let found = tallies(answer("hit-ratio-by-day"), |row| of_each(row, &row["date"]));
    assert_eq!(found, wanted_of_each(&truth, |month| &month.by_date));
}

#[test]
fn index_beside_packages() {
    let truth = Truth::load().unwrap();
    let found = rows(answer("index-and-packages"));
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
                    row["date"].clone(),
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
    let found = tallies(answer("hourly-peaks"), |row| {
        // 2026-10-01 00:00:00
        let hour: String = row["hour"].chars().take(13).collect();
        hour.replace(' ', "T")
    });
    assert_eq!(found, wanted(&truth.month_total.by_hour));
    let hour = |row: &Row| format!("{:02}", number(row, "hour_of_day"));
    let mut load = BTreeMap::new();
    for row in rows(answer("origin-load-by-hour")) {
        load.insert(of_each(&row, &hour(&row)), number(&row, "requests"));
    }
    let mut misses = BTreeMap::<String, (u64, u64)>::new();
    for row in rows(answer("hit-ratio-by-hour")) {
        let sums = misses.entry(of_each(&row, &hour(&row))).or_default();
        sums.0 += number(&row, "requests");
        sums.1 += number(&row, "miss_requests");
    }
    for month in truth.month_by_distribution.values() {
        for (hour, tally) in &month.by_hour_of_day {
            let key = format!("{} {hour}", month.name);
            assert_eq!(load.remove(&key), Some(tally.requests), "{key}");
            let wanted = (tally.requests, tally.misses);
            assert_eq!(misses.remove(&key), Some(wanted), "{key}");
        }
    }
    assert!(load.is_empty() && misses.is_empty(), "{load:?} {misses:?}");
}

#[test]
fn programs() {
    let truth = Truth::load().unwrap();
    let found = tallies(answer("user-agents"), |row| {
        let product = match row["user_agent_family"].as_str() {
            // The generator knows browsers, and no more of them.
            "chrome" | "edge" | "firefox" | "safari" => "browser".to_owned(),
            "none" => "-".to_owned(),
            product => product.to_owned(),
        };
        of_each(row, &product)
    });
    assert_eq!(
        found,
        wanted_of_each(&truth, |month| &month.by_agent_product)
    );
    // The versions of a client are all of its requests.
    let found = tallies(answer("client-versions"), |_| "cargo".to_owned());
    let wanted = wanted(&truth.month_total.by_agent_product);
    assert_eq!(found.get("cargo"), wanted.get("cargo"));
}

/// Paths, and those who fetch one over and over.
#[test]
fn paths() {
    let truth = Truth::load().unwrap();
    let found = rows(answer("top-paths"));
    let top = &truth.month_total.top_paths;
    assert!(found.len() > top.len());
    for (row, path) in found.iter().zip(top) {
        assert_eq!(row["path"], path.path);
        assert_eq!(number(row, "requests"), path.requests);
        assert_eq!(number(row, "egress_bytes"), path.response_bytes);
    }
    let anomaly = &truth.anomaly;
    let name = &truth.month_by_distribution[&anomaly.distribution].name;
    let program = anomaly.user_agent.split('/').next().unwrap();
    let repeats = rows(answer("repeat-downloads"));
    let of_program = repeats
        .iter()
        .filter(|row| &row["distribution"] == name && row["user_agent_family"] == program);
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
    let mut found = tallies(answer("legacy-urls"), |row| {
        // The rules of the sample have other names for them than its maker.
        match row["legacy_rule"].as_str() {
            "api-download" => "download-api".to_owned(),
            "installer" => "rustup-sh".to_owned(),
            rule => rule.to_owned(),
        }
    });
    found.retain(|_, (requests, _)| *requests > 0);
    let mut wanted = wanted(&truth.month_total.by_legacy_rule);
    // Requests that no rule is for.
    wanted.remove("-");
    wanted.remove("encoded-plus");
    assert_eq!(found, wanted);
}

#[test]
fn the_gap_is_quiet() {
    let truth = Truth::load().unwrap();
    let gap = &truth.gap;
    let name = &truth.month_by_distribution[&gap.distribution].name;
    let quiet = rows(answer("quiet-hours"));
    assert!(!quiet.is_empty());
    for row in quiet {
        let hour = format!("{}T{:02}", row["date"], number(&row, "hour_of_day"));
        assert_eq!(&row["distribution"], name);
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
        let found = tallies(answer(name), |_| String::new());
        assert_eq!(found.get(""), Some(&wanted), "{name}");
    }
}
