//! The views of `queries/views`, in an order in which each finds the ones it reads.

macro_rules! views {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every view.
        pub(crate) const VIEWS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../queries/views/", $name, ".sql")))),*
        ];
    };
}

views![
    "usage",
    "months",
    "daily_traffic",
    "hourly_traffic",
    "monthly_traffic",
    "regional_traffic",
    "cache_results",
    "hit_ratio",
    "cloudfront_egress_cost",
    "cloudfront_request_cost",
    "cloudfront_origin_transfer_cost",
    "s3_get_prices",
    "s3_egress_cost",
    "s3_request_cost",
    "cost_lines",
    "allocated_costs",
    "monthly_cost",
    "distribution_cost",
    "savings",
    "headline",
    "unknown_edges",
    "unpriced_usage",
    "log_objects",
    "log_object_status",
    "log_coverage",
    "cloudfront_logs",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::VIEWS;

    #[test]
    fn every_file_is_a_view_and_says_what_it_is() {
        let dir = edgeledger_testkit::repo_root().join("queries/views");
        let files: BTreeSet<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let views: BTreeSet<String> = VIEWS
            .iter()
            .map(|(name, _)| format!("{name}.sql"))
            .collect();
        assert_eq!(files, views);
        for (name, text) in VIEWS {
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
