//! The views of `queries/views`, in an order in which each finds the ones it reads.

/// How a view is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViewKind {
    /// As many rows as there are requests or objects: computed within each query.
    Rows,
    /// A few rows a month out of a pass over requests or objects: computed once a session
    /// ([`crate::cached`]). Has a column `month`.
    Pass,
    /// The same out of other summaries.
    Summary,
    /// A summary that prices traffic: computed again for each scenario ([`crate::scenario`]).
    Money,
}

impl ViewKind {
    /// Whether a view of the kind needs requests or log objects, directly or not.
    pub(crate) fn reads_logs(self) -> bool {
        matches!(self, Self::Rows | Self::Pass)
    }
}

/// One file of `queries/views`.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) kind: ViewKind,
}

macro_rules! view {
    ($kind:ident $name:literal) => {
        view!("views": $kind $name)
    };
    ($folder:literal: $kind:ident $name:literal) => {
        View {
            name: $name,
            sql: include_str!(concat!("../../../queries/", $folder, "/", $name, ".sql")),
            kind: ViewKind::$kind,
        }
    };
}

macro_rules! views {
    ($($kind:ident $name:literal),* $(,)?) => {
        /// Every other view, each after those it reads.
        pub(crate) const VIEWS: &[View] = &[$(view!($kind $name)),*];
    };
}

/// What traffic is counted from.
pub(crate) const CLASSIFIED: View = view!(Rows "classified_requests");
/// What everything else but single requests and log objects is computed from.
pub(crate) const TRAFFIC: View = view!(Pass "traffic");

/// Views of `queries/bill`, which a session has once it was given a bill.
pub(crate) const BILL_VIEWS: &[View] = &[
    view!("bill": Summary "bill_usage"),
    view!("bill": Summary "bill_estimate"),
    view!("bill": Summary "bill_comparison"),
    view!("bill": Summary "bill_distribution_comparison"),
    view!("bill": Summary "bill_distributions"),
];

views![
    Pass "months",
    Pass "hourly_traffic",
    Summary "dateless_traffic",
    Money "header_averages",
    Money "usage",
    Summary "daily_traffic",
    Summary "monthly_traffic",
    Summary "regional_traffic",
    Summary "cache_results",
    Summary "hit_ratio",
    Money "other_usage",
    Money "line_quantities",
    Money "cloudfront_egress_cost",
    Money "cloudfront_request_cost",
    Money "cloudfront_origin_transfer_cost",
    Money "s3_get_prices",
    Money "s3_egress_cost",
    Money "s3_read_cost",
    Money "plan_cost",
    Money "other_cost",
    Money "cost_lines",
    Money "average_costs",
    Money "monthly_cost",
    Money "allocations",
    Money "allocated_costs",
    Money "distribution_cost",
    Summary "billed_usage",
    Money "savings",
    Summary "headline",
    Summary "month_series",
    Summary "distribution_series",
    Summary "cost_changes",
    Summary "tier_positions",
    Summary "allowance_use",
    Summary "forecast_traffic",
    Summary "forecast",
    Summary "runway",
    Summary "usage_costs",
    Summary "daily_cost",
    Summary "region_cost",
    Rows "request_costs",
    Rows "path_cost",
    Rows "user_agent_cost",
    Summary "usage_rates",
    Pass "served_traffic",
    Summary "served_costs",
    Summary "legacy_urls",
    Summary "path_group_traffic",
    Summary "content_types",
    Summary "user_agents",
    Summary "client_kinds",
    Pass "country_traffic",
    Summary "countries",
    Pass "top_path_traffic",
    Summary "top_paths",
    Pass "object_sizes",
    Summary "break_even",
    Summary "unknown_ends",
    Summary "savings_unknowns",
    Summary "savings_intervals",
    Summary "savings_range",
    Summary "what_ifs",
    Summary "plan_options",
    Summary "savings_bundle",
    Summary "competitor_cost",
    Pass "origin_peaks",
    Pass "origin_load",
    Summary "unknown_edges",
    Money "unpriced_usage",
    Rows "log_objects",
    Pass "log_object_status",
    Pass "log_hours",
    Pass "log_gaps",
    Pass "restatements",
    Pass "log_coverage",
    Pass "prefix_quarters",
    Summary "purge_series",
    Summary "purge_windows",
    Pass "purges",
    Summary "nightly_purges",
    Summary "origin_load_hourly",
    Summary "origin_load_all",
    Pass "error_causes",
    Pass "response_times",
    Summary "slow_responses",
    Summary "slow_edges",
    Summary "daily_baselines",
    Summary "anomalous_days",
    Pass "anomalies",
    Summary "coverage_hours",
    Summary "coverage_map",
    Rows "cloudfront_standard_logs",
    Rows "cloudfront_logs",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BILL_VIEWS, CLASSIFIED, TRAFFIC, VIEWS, View};

    #[test]
    fn every_file_is_a_view_and_says_what_it_is() {
        let files = |folder: &str| -> BTreeSet<String> {
            std::fs::read_dir(edgeledger_testkit::repo_root().join("queries").join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect()
        };
        let names = |views: &mut dyn Iterator<Item = &View>| -> BTreeSet<String> {
            views.map(|view| format!("{}.sql", view.name)).collect()
        };
        let all = || [CLASSIFIED, TRAFFIC].iter().chain(VIEWS);
        assert_eq!(files("views"), names(&mut all()));
        assert_eq!(files("bill"), names(&mut BILL_VIEWS.iter()));
        for View {
            name, sql: text, ..
        } in all().chain(BILL_VIEWS)
        {
            for key in [
                "-- purpose: ",
                "-- grain:   ",
                "-- units:   ",
                "-- order:   ",
            ] {
                assert!(text.contains(key), "{name} has no line `{key}`");
            }
        }
    }
}
