//! Every view's totals against what the generator of the sample logs counted while it wrote them.

use std::collections::BTreeMap;

use edgeledger_testkit::{Tally, Truth};
use serde_json::Value;

use crate::run::sample_rows;

/// `key → (requests, bytes)` of a query with the columns `key`, `requests`, `bytes`.
fn tallies(sql: &str) -> BTreeMap<String, (u64, u64)> {
    let number = |row: &Value, name: &str| {
        row[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name} in {row}"))
    };
    sample_rows(sql)
        .iter()
        .map(|row| {
            (
                row["key"].as_str().unwrap().to_owned(),
                (number(row, "requests"), number(row, "bytes")),
            )
        })
        .collect()
}

fn wanted(truth: &BTreeMap<String, Tally>) -> BTreeMap<String, (u64, u64)> {
    truth
        .iter()
        .map(|(key, tally)| (key.clone(), (tally.requests, tally.response_bytes)))
        .collect()
}

#[test]
fn traffic_by_distribution() {
    let truth = Truth::load().unwrap();
    let sql = "SELECT distribution AS key, requests, response_bytes AS bytes FROM monthly_traffic WHERE month = '2026-10'";
    let wanted: BTreeMap<String, (u64, u64)> = truth
        .month_by_distribution
        .iter()
        .map(|(id, month)| (id.clone(), (month.requests, month.response_bytes)))
        .collect();
    assert_eq!(tallies(sql), wanted);
    let sql = "SELECT month AS key, requests, response_bytes AS bytes FROM headline WHERE month = '2026-10'";
    let total = (truth.month_total.requests, truth.month_total.response_bytes);
    assert_eq!(
        tallies(sql),
        BTreeMap::from([("2026-10".to_owned(), total)])
    );
}

#[test]
fn traffic_by_day_region_hour_and_cache_result() {
    let truth = Truth::load().unwrap();
    for (id, month) in &truth.month_by_distribution {
        let of = format!("month = '2026-10' AND distribution = '{id}'");
        let by_day = format!(
            "SELECT CAST(date AS VARCHAR) AS key, requests, response_bytes AS bytes FROM daily_traffic WHERE {of}"
        );
        assert_eq!(tallies(&by_day), wanted(&month.by_date), "{id} by day");
        let by_hour = format!(
            "SELECT to_char(hour, '%Y-%m-%d') AS key, sum(requests) AS requests, sum(response_bytes) AS bytes \
             FROM hourly_traffic WHERE {of} GROUP BY 1"
        );
        assert_eq!(tallies(&by_hour), wanted(&month.by_date), "{id} by hour");
        let by_edge = format!(
            "SELECT edge_region AS key, sum(requests) AS requests, sum(response_bytes) AS bytes \
             FROM usage WHERE {of} GROUP BY 1"
        );
        assert_eq!(
            tallies(&by_edge),
            wanted(&month.by_billing_region),
            "{id} by edge region"
        );
        let by_result = format!(
            "SELECT cache_result AS key, requests, response_bytes AS bytes FROM cache_results WHERE {of}"
        );
        assert_eq!(
            tallies(&by_result),
            wanted(&month.by_cache_result),
            "{id} by cache result"
        );
        let by_status = format!(
            "SELECT CASE status_class WHEN 0 THEN '000' ELSE CAST(status_class AS VARCHAR) || 'xx' END AS key, \
             sum(requests) AS requests, sum(response_bytes) AS bytes FROM usage WHERE {of} GROUP BY 1"
        );
        assert_eq!(
            tallies(&by_status),
            wanted(&month.by_status_class),
            "{id} by status"
        );
        let hits = format!(
            "SELECT 'hits' AS key, hit_requests AS requests, hit_bytes AS bytes FROM hit_ratio WHERE {of} \
             UNION ALL SELECT 'misses', miss_requests, miss_bytes FROM hit_ratio WHERE {of}"
        );
        let tally = |tally: &Tally| (tally.requests, tally.response_bytes);
        assert_eq!(
            tallies(&hits),
            BTreeMap::from([
                ("hits".to_owned(), tally(&month.hits)),
                ("misses".to_owned(), tally(&month.misses))
            ]),
            "{id} hits"
        );
    }
}

/// Where every edge is inside the price class, the billing region is the edge's own.
#[test]
fn egress_by_billing_region() {
    let truth = Truth::load().unwrap();
    let releases = &truth.month_by_distribution["E2EXAMPLE1RLS"];
    let mut wanted = wanted(&releases.by_billing_region);
    // An unknown edge is billed as the dearest region of price class All: Asia Pacific.
    let unknown = wanted.remove("unknown").unwrap();
    let ap = wanted.get_mut("AP").unwrap();
    *ap = (ap.0 + unknown.0, ap.1 + unknown.1);
    let sql = "SELECT region AS key, requests, response_bytes AS bytes FROM regional_traffic \
               WHERE month = '2026-10' AND distribution = 'E2EXAMPLE1RLS'";
    assert_eq!(tallies(sql), wanted);
    let sql = "SELECT edge_code AS key, sum(requests) AS requests, sum(response_bytes) AS bytes FROM unknown_edges \
               WHERE month = '2026-10' GROUP BY 1";
    let unknown = &truth.month_total.by_billing_region["unknown"];
    let total = (unknown.requests, unknown.response_bytes);
    assert_eq!(tallies(sql), BTreeMap::from([("QQX".to_owned(), total)]));
}

#[test]
fn proxy_methods_and_their_bytes() {
    let truth = Truth::load().unwrap();
    let proxy = &truth.month_total.by_method_class["proxy"];
    let sql = "SELECT 'proxy' AS key, sum(requests) AS requests, sum(request_bytes) AS bytes FROM usage \
               WHERE month = '2026-10' AND is_proxy_method";
    let total = (proxy.requests, proxy.request_bytes);
    assert_eq!(tallies(sql), BTreeMap::from([("proxy".to_owned(), total)]));
}

#[test]
fn costs_of_distributions_sum_to_the_headline_to_the_cent() {
    let sql = "SELECT CAST(h.cloudfront_usd AS VARCHAR) AS cloudfront, CAST(h.s3_usd AS VARCHAR) AS s3, \
               CAST(h.savings_usd AS VARCHAR) AS savings, CAST(s.cloudfront AS VARCHAR) AS cloudfront_parts, \
               CAST(s.s3 AS VARCHAR) AS s3_parts, CAST(s.savings AS VARCHAR) AS savings_parts \
               FROM headline h JOIN (SELECT month, sum(cloudfront_usd) AS cloudfront, sum(s3_usd) AS s3, \
               sum(savings_usd) AS savings FROM savings GROUP BY month) s ON s.month = h.month \
               WHERE h.month = '2026-10'";
    let rows = sample_rows(sql);
    assert_eq!(rows.len(), 1);
    for item in ["cloudfront", "s3", "savings"] {
        assert_eq!(rows[0][item], rows[0][format!("{item}_parts")], "{item}");
        assert_ne!(rows[0][item], "0.00", "{item}");
    }
}

/// The lines of the cost views add up to the month, and the shares to the lines.
#[test]
fn cost_lines_and_shares_add_up() {
    let sql = "SELECT CAST(round(sum(usd), 2) AS VARCHAR) AS lines, \
               (SELECT CAST(round(sum(usd), 2) AS VARCHAR) FROM allocated_costs WHERE month = '2026-10') AS shares, \
               (SELECT CAST(sum(usd) AS VARCHAR) FROM monthly_cost WHERE month = '2026-10') AS months \
               FROM cost_lines WHERE month = '2026-10'";
    let rows = sample_rows(sql);
    assert_eq!(rows[0]["lines"], rows[0]["shares"]);
    // Each side is rounded by itself.
    let money = |name: &str| rows[0][name].as_str().unwrap().parse::<f64>().unwrap();
    assert!((money("lines") - money("months")).abs() < 0.011, "{rows:?}");
}

#[test]
fn coverage_finds_the_hole_of_the_sample() {
    let truth = Truth::load().unwrap();
    let sql = format!(
        "SELECT count(*) AS hours FROM hourly_traffic WHERE month = '2026-10' AND distribution = '{}' \
         AND hour >= timestamp '{}' AND hour < timestamp '{}'",
        truth.gap.distribution,
        truth.gap.from.trim_end_matches('Z'),
        truth.gap.until.trim_end_matches('Z'),
    );
    assert_eq!(sample_rows(&sql)[0]["hours"], 0);
}
