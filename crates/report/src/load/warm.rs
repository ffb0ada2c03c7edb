//! Having views computed beside each other: the session keeps their rows.

use tokio::task::JoinSet;

use super::{Queries, Scenario, what_if};

/// Views that sections read.
const VIEWS: &[&str] = &[
    "headline",
    "log_coverage",
    "log_object_status",
    "restatements",
    "unpriced_usage",
    "hit_ratio",
    "regional_traffic",
    "daily_traffic",
    "cache_results",
    "monthly_traffic",
    "unknown_edges",
    "origin_load",
    "break_even",
    "month_series",
    "tier_positions",
    "allowance_use",
    "forecast",
    "runway",
    "legacy_urls",
    "path_group_traffic",
    "top_paths",
    "content_types",
    "object_sizes",
    "client_kinds",
    "user_agents",
    "countries",
    "origin_load_all",
    "origin_load_hourly",
    "nightly_purges",
    "purges",
    "purge_series",
    "error_causes",
    "slow_responses",
    "slow_edges",
    "anomalies",
    "coverage_map",
];

/// The scenarios of the view `unknown_ends`. The engine computes the scenarios of a view one
/// after the other; asked for on their own they use all cores.
const UNKNOWNS: [&str; 6] = [
    "cloudfront_free_tier=false",
    "s3_free_tier=false",
    "waf=unbilled",
    "header_bytes=unbilled",
    "edge_compression=4",
    "regional_caches=absorb",
];

/// The scenarios of the view `what_ifs`.
const WHAT_IFS: [&str; 11] = [
    "price_class=100",
    "price_class=200",
    "price_class=All",
    "bucket_region=us-east-1",
    "bucket_region=eu-west-1",
    "hit_ratio=+0.05",
    "hit_ratio=-0.05",
    "cloudfront_free_tier=false",
    "s3_free_tier=false",
    "discount=0.10",
    "discount=0.30",
];

/// Views that are computed at once: each waits for others now and then.
const AT_ONCE: usize = 4;

/// Has what sections read computed beside each other. An error shows again, and is told, in the
/// section that asks.
pub(super) async fn warm(queries: &Queries<'_>, what_if: Option<&[Scenario]>) {
    let mut scenarios: Vec<String> = Vec::new();
    if queries.has_s3().await {
        scenarios.extend(UNKNOWNS.map(|text| what_if::call(&[text])));
    }
    let mut views = VIEWS.to_vec();
    if let Some(given) = what_if {
        views.extend(["plan_options", "competitor_cost", "savings_bundle"]);
        scenarios.extend(WHAT_IFS.map(|text| what_if::call(&[text])));
        scenarios.extend(given.iter().map(Scenario::call));
    }
    scenarios.sort();
    scenarios.dedup();
    let (month, compared) = (queries.month, queries.compared);
    let views = views.into_iter().map(str::to_owned);
    let about_month = |from| format!("SELECT month FROM {from} WHERE month = '{month}'");
    let mut all: Vec<String> = views.chain(scenarios).map(about_month).collect();
    all.push(format!(
        "SELECT month FROM month_series WHERE month = '{compared}'"
    ));
    all.push(format!(
        "SELECT month FROM cost_changes WHERE month = '{month}' AND previous_month = '{compared}'"
    ));
    // First what all of them count of the requests, in one pass.
    drop(queries.session.count_month(&month.to_string()).await);
    let mut tasks = JoinSet::new();
    for sql in all {
        if tasks.len() >= AT_ONCE {
            tasks.join_next().await;
        }
        let session = queries.session.clone();
        tasks.spawn(async move { drop(session.ask_with(&sql, &[]).await) });
    }
    while tasks.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{UNKNOWNS, WHAT_IFS, what_if};

    #[test]
    fn scenarios_are_those_of_the_views() {
        for (view, ours) in [
            ("unknown_ends", UNKNOWNS.as_slice()),
            ("what_ifs", &WHAT_IFS),
        ] {
            let path = format!("queries/views/{view}.sql");
            let sql = std::fs::read_to_string(edgeledger_testkit::repo_root().join(path)).unwrap();
            let theirs: BTreeSet<String> = sql
                .split("FROM what_if('")
                .skip(1)
                .map(|rest| what_if::call(&[rest.split('\'').next().unwrap()]))
                .collect();
            let ours: BTreeSet<String> = ours.iter().map(|text| what_if::call(&[text])).collect();
            assert_eq!(ours, theirs, "{view}");
        }
    }
}
