//! What the truth says of the month: its counters cover every row, and agree with each other and
//! with a second reader where one kind of row shows in two ways.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{read_month, tally_sum};
use crate::{MonthTruth, Tally, Truth, sample_logs};

fn months(truth: &Truth) -> impl Iterator<Item = &MonthTruth> {
    let own = truth.month_by_distribution.values();
    own.chain([&truth.month_total])
}

#[test]
fn every_counter_covers_the_month() {
    let truth = Truth::load().unwrap();
    for month in months(&truth) {
        let whole = (month.requests, month.response_bytes);
        for (what, map) in [
            ("agent product", &month.by_agent_product),
            ("billing region", &month.by_billing_region),
            ("cache result", &month.by_cache_result),
            ("content type", &month.by_content_type),
            ("date", &month.by_date),
            ("hour", &month.by_hour),
            ("legacy rule", &month.by_legacy_rule),
            ("path segment", &month.by_path_segment),
            ("protocol", &month.by_protocol),
            ("status", &month.by_status),
            ("status class", &month.by_status_class),
        ] {
            assert_eq!(tally_sum(map.values()), whole, "{} by {what}", month.name);
        }
        let sizes = tally_sum(month.by_size_class.values());
        assert_eq!(sizes, whole, "{} by size class", month.name);
        for (class, tally) in &month.by_size_class {
            // No class can hold fewer bytes than its smallest size, nor as many as the next one's.
            let smallest = class * tally.requests;
            let next = (class * 4).max(1) * tally.requests;
            assert!((smallest..next).contains(&tally.response_bytes), "{class}");
        }
        let hours = || month.by_hour_of_day.values();
        assert_eq!(hours().map(|hour| hour.requests).sum::<u64>(), whole.0);
        assert_eq!(
            hours().map(|hour| hour.response_bytes).sum::<u64>(),
            whole.1
        );
        assert_eq!(
            hours().map(|hour| hour.hits).sum::<u64>(),
            month.hits.requests
        );
        assert_eq!(
            hours().map(|hour| hour.misses).sum::<u64>(),
            month.misses.requests
        );
        assert_eq!(month.days_with_rows, month.by_date.len() as u64);
        assert_eq!(month.hours_with_rows, month.by_hour.len() as u64);
        let top = &month.top_paths;
        assert_eq!(top.len(), 20);
        assert!(top.is_sorted_by_key(|path| (Reverse(path.response_bytes), &path.path)));
    }
}

/// The total is the sum of its distributions, key by key.
#[test]
fn distributions_sum_to_the_total() {
    let truth = Truth::load().unwrap();
    let maps = |month: &MonthTruth| {
        [
            month.by_agent_product.clone(),
            month.by_content_type.clone(),
            month.by_hour.clone(),
            month.by_legacy_rule.clone(),
            month.by_path_segment.clone(),
            month.by_status.clone(),
        ]
    };
    let mut sums: [BTreeMap<String, Tally>; 6] = Default::default();
    for month in truth.month_by_distribution.values() {
        for (sum, map) in sums.iter_mut().zip(maps(month)) {
            for (key, tally) in map {
                let sum = sum.entry(key).or_default();
                sum.requests += tally.requests;
                sum.response_bytes += tally.response_bytes;
            }
        }
    }
    assert_eq!(sums, maps(&truth.month_total));
}

/// Edge code answers old URLs and nothing else, so that its cache results count them once more.
#[test]
fn old_urls_are_those_that_edge_code_answered() {
    let truth = Truth::load().unwrap();
    let of = |id: &str, rules: &[&str], result: &str| {
        let month = &truth.month_by_distribution[id];
        let rules = rules.iter().map(|rule| &month.by_legacy_rule[*rule]);
        let answered = month.by_cache_result[result];
        assert_eq!(
            tally_sum(rules),
            (answered.requests, answered.response_bytes),
            "{id}"
        );
    };
    of(
        "E2EXAMPLE2CRT",
        &["download-api"],
        "FunctionGeneratedResponse",
    );
    of(
        "E2EXAMPLE1RLS",
        &["rustup-sh", "doc-master"],
        "LambdaGeneratedResponse",
    );
    let docs = &truth.month_by_distribution["E2EXAMPLE5DOC"];
    // Three of them lie in the file of 12 columns, where results are `-`.
    assert_eq!(
        docs.by_legacy_rule["doc-prefix"].requests,
        docs.by_cache_result["LambdaGeneratedResponse"].requests + 3
    );
}

#[test]
fn the_purge_shows_every_night() {
    let truth = Truth::load().unwrap();
    let purge = &truth.purge;
    assert_eq!(
        (purge.prefix.as_str(), purge.time.as_str()),
        ("/dist/", "00:30:00")
    );
    let month = &truth.month_by_distribution[&purge.distribution];
    let nights = || purge.nights.values();
    let all = nights().flat_map(|night| [&night.requests, &night.rest_requests]);
    let under_prefix = month.by_path_segment["dist"];
    assert_eq!(
        tally_sum(all),
        (under_prefix.requests, under_prefix.response_bytes)
    );
    for (date, night) in &purge.nights {
        if truth.gap.from.starts_with(date.as_str()) {
            assert_eq!(night.requests, Tally::default(), "no logs that night");
            continue;
        }
        // A few dozen requests a night are enough to see the step: misses at least twice as likely.
        let (misses, requests) = (night.misses.requests, night.requests.requests);
        let (rest_misses, rest) = (night.rest_misses.requests, night.rest_requests.requests);
        assert!(misses * rest > 2 * rest_misses * requests, "{date}");
        let older = night.misses_of_older_days;
        assert!(
            older.requests > 0 && older.response_bytes < night.misses.response_bytes,
            "{date}"
        );
    }
}

#[test]
fn the_anomaly_is_most_of_its_day() {
    let truth = Truth::load().unwrap();
    let anomaly = &truth.anomaly;
    let month = &truth.month_by_distribution[&anomaly.distribution];
    let product = month.by_agent_product["ci-fetch"];
    assert_eq!(
        (product.requests, product.response_bytes),
        (anomaly.requests, anomaly.response_bytes)
    );
    // 55 rows in each of the day's three files.
    assert_eq!(anomaly.requests, 165);
    let day = month.by_date[&anomaly.date];
    assert!(anomaly.response_bytes * 4 > day.response_bytes * 3);
}

/// The rows again, read from the files by names of columns.
#[test]
fn a_naive_reader_counts_the_same_kinds() {
    let truth = Truth::load().unwrap();
    let mut found: BTreeMap<(&str, String), (u64, u64)> = BTreeMap::new();
    let mut anomaly = (0, 0);
    let mut misses = BTreeMap::new();
    read_month(&sample_logs(), |row| {
        let cell = |name: &str| row.get(name).map_or("-", String::as_str);
        let bytes: u64 = cell("sc-bytes").parse().unwrap();
        let (date, path) = (cell("date"), cell("cs-uri-stem"));
        let hour = cell("time").split(':').next().unwrap();
        let content_type = cell("sc-content-type").split(';').next().unwrap();
        let segment = path.trim_start_matches('/').split('/').next().unwrap();
        for (kind, key) in [
            ("status", cell("sc-status").to_owned()),
            ("content type", content_type.to_owned()),
            ("segment", segment.to_owned()),
            ("hour", format!("{date}T{hour}")),
            ("size", size_class(bytes).to_string()),
            ("path", path.to_owned()),
        ] {
            let tally = found.entry((kind, key)).or_default();
            *tally = (tally.0 + 1, tally.1 + bytes);
        }
        if cell("cs(User-Agent)") == truth.anomaly.user_agent {
            assert_eq!(date, truth.anomaly.date);
            anomaly = (anomaly.0 + 1, anomaly.1 + bytes);
        }
        let result = row
            .get("x-edge-response-result-type")
            .or_else(|| row.get("x-edge-result-type"));
        let in_window = ("00:30:00".."04:30:00").contains(&cell("time"));
        let is_miss = result.is_some_and(|result| result == "Miss");
        if is_miss && in_window && path.starts_with("/dist/") {
            let night: &mut (u64, u64) = misses.entry(date.to_owned()).or_default();
            *night = (night.0 + 1, night.1 + bytes);
        }
    });
    let month = &truth.month_total;
    let mut told = BTreeMap::new();
    for (kind, map) in [
        ("status", &month.by_status),
        ("content type", &month.by_content_type),
        ("segment", &month.by_path_segment),
        ("hour", &month.by_hour),
    ] {
        for (key, tally) in map {
            let tally = (tally.requests, tally.response_bytes);
            told.insert((kind, key.clone()), tally);
        }
    }
    for (class, tally) in &month.by_size_class {
        let tally = (tally.requests, tally.response_bytes);
        told.insert(("size", class.to_string()), tally);
    }
    let mut paths: Vec<_> = found.extract_if(.., |key, _| key.0 == "path").collect();
    paths.sort_by_key(|((_, path), tally)| (Reverse(tally.1), path.clone()));
    for (told, ((_, path), found)) in month.top_paths.iter().zip(paths) {
        assert_eq!(
            (&told.path, told.requests, told.response_bytes),
            (&path, found.0, found.1)
        );
    }
    assert_eq!(found, told);
    assert_eq!(
        anomaly,
        (truth.anomaly.requests, truth.anomaly.response_bytes)
    );
    let nights = truth.purge.nights.iter();
    let told: BTreeMap<_, _> = nights
        .filter(|(_, night)| night.misses.requests > 0)
        .map(|(date, night)| {
            let misses = (night.misses.requests, night.misses.response_bytes);
            (date.clone(), misses)
        })
        .collect();
    assert_eq!(misses, told);
}

/// The greatest power of 4 that is not above, 0 for 0.
fn size_class(bytes: u64) -> u64 {
    let mut class = u64::from(bytes > 0);
    while class > 0 && class * 4 <= bytes {
        class *= 4;
    }
    class
}
