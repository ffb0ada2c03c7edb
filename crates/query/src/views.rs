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
}

/// One file of `queries/views`.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) kind: ViewKind,
}

macro_rules! views {
    ($folder:literal: $($kind:ident $name:literal),* $(,)?) => {
        &[$(View {
            name: $name,
            sql: include_str!(concat!("../../../queries/", $folder, "/", $name, ".sql")),
            kind: ViewKind::$kind,
        }),*]
    };
}

/// Views over a bill, which a session has only once it was given one.
pub(crate) const BILL_VIEWS: &[View] = views!["bill":
    Summary "bill_usage",
    Summary "bill_estimate",
    Summary "bill_comparison",
    Summary "bill_distribution_comparison",
    Summary "bill_distributions",
];

/// Every other view.
pub(crate) const VIEWS: &[View] = views!["views":
    Pass "usage",
    Pass "months",
    Summary "daily_traffic",
    Pass "hourly_traffic",
    Summary "monthly_traffic",
    Summary "regional_traffic",
    Summary "cache_results",
    Summary "hit_ratio",
    Summary "cloudfront_egress_cost",
    Summary "cloudfront_request_cost",
    Summary "cloudfront_origin_transfer_cost",
    Summary "s3_get_prices",
    Summary "s3_egress_cost",
    Summary "s3_request_cost",
    Summary "cost_lines",
    Summary "allocated_costs",
    Summary "monthly_cost",
    Summary "distribution_cost",
    Summary "billed_usage",
    Summary "savings",
    Summary "headline",
    Summary "unknown_edges",
    Summary "unpriced_usage",
    Rows "log_objects",
    Pass "log_object_status",
    Pass "log_hours",
    Pass "log_gaps",
    Pass "restatements",
    Summary "log_coverage",
    Rows "cloudfront_logs",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BILL_VIEWS, VIEWS, View};

    #[test]
    fn every_file_is_a_view_and_says_what_it_is() {
        for (folder, views) in [("views", VIEWS), ("bill", BILL_VIEWS)] {
            let dir = edgeledger_testkit::repo_root().join("queries").join(folder);
            let files: BTreeSet<String> = std::fs::read_dir(dir)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            let views: BTreeSet<String> = views
                .iter()
                .map(|view| format!("{}.sql", view.name))
                .collect();
            assert_eq!(files, views);
        }
        for View {
            name, sql: text, ..
        } in VIEWS.iter().chain(BILL_VIEWS)
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
