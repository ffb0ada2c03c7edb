//! A report about one distribution: what is of all together goes.

use edgeledger_rates::Decimal;

use crate::model::{Headline, Report};

/// Leaves what is of one distribution. Its costs are its shares of the organisation's, as in the
/// report of all.
pub(super) fn keep(report: &mut Report, distribution: &str) {
    report
        .distributions
        .retain(|row| row.distribution == distribution);
    report
        .origin_load
        .retain(|row| row.distribution == distribution);
    report.figures.keep(distribution);
    report
        .quality
        .coverage
        .retain(|row| row.distribution == distribution);
    // Edge codes are counted for all distributions together.
    report.quality.unknown_edges.clear();
    report.unknowns.clear();
    report.cost_items.clear();
    report.cost_lines.clear();
    report.break_even.clear();
    report.what_if = None;
    if let Some(row) = report.distributions.first() {
        report.headline = Headline {
            egress_bytes: row.egress_bytes,
            requests: row.requests,
            request_hit_ratio: row.request_hit_ratio,
            byte_hit_ratio: row.byte_hit_ratio,
            cloudfront_usd: row.cloudfront_usd,
            cloudfront_s3_usd: if row.origin == "s3" {
                row.cloudfront_usd
            } else {
                Decimal::ZERO
            },
            s3_usd: row.s3_usd,
            savings_usd: row.savings_usd,
            savings_ratio: row.savings_ratio,
            savings_low_usd: None,
            savings_high_usd: None,
        };
    }
}
