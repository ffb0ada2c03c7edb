//! What the views behind the report's chapters say of the sample month. Expected numbers were counted
//! from the sample's files by a script of its own, or follow from how the generator makes them.

use serde_json::{Value, json};

use crate::run::sample_rows;

/// 60 % of `/dist/` miss right after 00:30, halving every 90 minutes; 3 % before.
#[test]
fn the_nightly_purge_is_found_and_nothing_else() {
    let found = sample_rows(
        "SELECT month, name, prefix, time_of_day, source, nights, refill_requests, \
         avoidable_requests, miss_ratio_before FROM nightly_purges",
    );
    // One night of October has no logs. Of 1056 misses from 00:30 to 09:00, 1116 requests before
    // (27 misses) say how many are usual; the generator's own rates make 961 on average.
    // Without the rules that call dated toolchains immutable, 461 would be avoidable.
    let expected = json!([{
        "month": "2026-10", "name": "releases", "prefix": "/dist/", "time_of_day": "00:30",
        "source": "detected", "nights": 30, "refill_requests": 982, "avoidable_requests": 490,
        "miss_ratio_before": 0.024_194,
    }]);
    assert_eq!(Value::Array(found), expected);
    let night = sample_rows(
        "SELECT to_char(refilled_at, '%H:%M') AS until, miss_requests, refill_requests, \
         refill_bytes, avoidable_requests, avoidable_bytes, refill_usd FROM purges \
         WHERE CAST(purged_at AS DATE) = '2026-10-14'",
    );
    // GETs cost 0.00000044 USD in us-west-1.
    let expected = json!([{
        "until": "09:00", "miss_requests": 52, "refill_requests": 49, "refill_bytes": 6_515_943_096_u64,
        "avoidable_requests": 22, "avoidable_bytes": 2_450_672_634_u64,
        "refill_usd": 0.000_021_56,
    }]);
    assert_eq!(Value::Array(night), expected);
    let others = sample_rows("SELECT * FROM purges WHERE name <> 'releases' OR pattern <> 'daily'");
    assert!(others.is_empty(), "{others:?}");
}

/// The generator's odd days: one client on crates, two files with more rows than usual, and a hole.
#[test]
fn odd_days_are_found_with_their_reason() {
    let found = sample_rows(
        "SELECT name, CAST(date AS VARCHAR) AS date, metric, is_gap, dimension, member \
         FROM anomalies WHERE month = '2026-10' ORDER BY name, date, metric",
    );
    let row = |name, date, metric, is_gap, dimension: Value, member: Value| {
        json!({
            "name": name, "date": date, "metric": metric, "is_gap": is_gap,
            "dimension": dimension, "member": member,
        })
    };
    let agent = || (json!("user_agent_family"), json!("ci-fetch"));
    let hour = |at: &str| (json!("hour_of_day"), json!(at));
    let none = || (Value::Null, Value::Null);
    let expected: Vec<Value> = [
        ("crates", "2026-10-05", "requests", false, hour("12:00")),
        ("crates", "2026-10-14", "bytes", false, agent()),
        ("crates", "2026-10-14", "requests", false, agent()),
        ("releases", "2026-10-16", "bytes", false, hour("18:00")),
        ("releases", "2026-10-16", "requests", false, hour("18:00")),
        ("releases", "2026-10-20", "bytes", true, none()),
        ("releases", "2026-10-20", "misses", true, none()),
        ("releases", "2026-10-20", "requests", true, none()),
    ]
    .into_iter()
    .map(|(name, date, metric, is_gap, (dimension, member))| {
        row(name, date, metric, is_gap, dimension, member)
    })
    .collect();
    assert_eq!(found, expected);
    // 165 requests with 81,549,310 bytes.
    let client = sample_rows(
        "SELECT value, baseline FROM anomalies WHERE name = 'crates' AND metric = 'bytes'",
    );
    let client = client.first().unwrap();
    let [value, baseline] = ["value", "baseline"].map(|name| client[name].as_i64().unwrap());
    assert!(
        (60_000_000..100_000_000).contains(&(value - baseline)),
        "{client}"
    );
}

#[test]
fn errors_and_times_are_those_of_the_files() {
    let found = sample_rows(
        "SELECT status, cause, requests FROM error_causes \
         WHERE month = '2026-10' AND name = 'crates' ORDER BY status, cause",
    );
    let expected = json!([
        { "status": 0, "cause": "ClientCommError", "requests": 28 },
        { "status": 400, "cause": "InvalidRequest", "requests": 9 },
        { "status": 403, "cause": "Error", "requests": 53 },
        { "status": 429, "cause": "LimitExceeded", "requests": 11 },
        { "status": 502, "cause": "OriginCommError", "requests": 9 },
        { "status": 503, "cause": "CapacityExceeded", "requests": 2 },
        { "status": 503, "cause": "LimitExceeded", "requests": 3 },
    ]);
    assert_eq!(Value::Array(found), expected);
    let found = sample_rows(
        "SELECT name, outcome, measured_requests, p50_ms, p95_ms, p99_ms FROM slow_responses \
         WHERE month = '2026-10' AND ((name = 'crates' AND outcome = 'hit') OR (name = 'releases' AND outcome = 'miss')) \
         ORDER BY name",
    );
    // Exactly: 5, 9 and 212 ms; 230, 384 and 396 ms.
    let expected = json!([
        { "name": "crates", "outcome": "hit", "measured_requests": 8173,
          "p50_ms": 5, "p95_ms": 9, "p99_ms": 210 },
        { "name": "releases", "outcome": "miss", "measured_requests": 1253,
          "p50_ms": 230, "p95_ms": 380, "p99_ms": 390 },
    ]);
    assert_eq!(Value::Array(found), expected);
}

/// The views that share a fact agree on it.
#[test]
fn loads_and_coverage_agree_with_the_other_views() {
    let wrong = sample_rows(
        "SELECT o.distribution FROM origin_load o JOIN origin_load_all a \
         ON a.month = o.month AND a.distribution = o.distribution \
         WHERE a.kept_off_requests <> o.kept_off_requests OR a.kept_off_bytes <> o.kept_off_bytes",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    let wrong = sample_rows(
        "SELECT m.distribution FROM monthly_traffic m \
         JOIN (SELECT month, distribution, sum(requests) AS requests, sum(response_bytes) AS bytes \
               FROM origin_load_hourly GROUP BY month, distribution) AS h \
         ON h.month = m.month AND h.distribution = m.distribution \
         WHERE h.requests <> m.requests OR h.bytes <> m.response_bytes",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    let coverage = sample_rows(
        "SELECT sum(requests) AS requests, sum(objects) AS objects, count(*) AS hours \
         FROM coverage_map WHERE month = '2026-10'",
    );
    let truth = edgeledger_testkit::Truth::load().unwrap();
    let coverage = coverage.first().unwrap();
    assert_eq!(
        coverage["requests"].as_u64(),
        Some(truth.month_total.requests)
    );
    assert_eq!(coverage["hours"], json!(744));
    let hole = sample_rows(
        "SELECT count(*) AS hours FROM coverage_hours \
         WHERE name = 'releases' AND date = '2026-10-20'",
    );
    assert_eq!(hole, [json!({ "hours": 2 })]);
}
