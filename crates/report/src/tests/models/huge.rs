//! A report of the largest numbers.

use super::{
    figures,
    parts::{decimal, optional},
    typical,
};
use crate::model::{Headline, ObjectTotals, Report, Restatement};

/// The largest numbers that columns hold.
pub(in crate::tests) fn huge() -> Report {
    let (bytes, count) = (i64::MAX, i64::MAX);
    let amount = || decimal("-999999999.98");
    let mut report = typical();
    report.figures = figures::huge();
    for row in &mut report.distributions {
        row.name = "a distribution with a long name, longer than any table".to_owned();
        (row.egress_bytes, row.requests) = (bytes, count);
        row.cloudfront_usd = decimal("999999999.99");
        row.s3_usd = row.s3_usd.and(optional("0.01"));
        row.savings_usd = row.s3_usd.and(optional("-999999999.98"));
        row.savings_ratio = row.s3_usd.and(optional("-99999999998.000000"));
        row.egress_savings_usd = row.s3_usd.map(|_| amount());
        row.request_savings_usd = row.s3_usd.map(|_| amount());
    }
    for row in &mut report.unknowns {
        (row.change_usd, row.low_usd, row.high_usd) = (amount(), amount(), amount());
    }
    for row in &mut report.origin_load {
        (row.egress_bytes, row.requests) = (bytes, count);
        (row.kept_off_bytes, row.kept_off_requests) = (bytes, count);
        // A second is short.
        (row.peak_requests, row.peak_origin_requests) = (1_000_000_000, 1_000_000_000);
        (row.peak_kept_off_requests, row.cloudfront_usd) = (1_000_000_000, amount());
    }
    for row in &mut report.break_even {
        (row.egress_bytes, row.requests, row.average_bytes) = (bytes, count, bytes);
        row.break_even_bytes = row.break_even_bytes.and(Some(bytes));
    }
    if let Some(what_if) = &mut report.what_if {
        for row in &mut what_if.ranking {
            (row.usd, row.change_usd) = (amount(), amount());
            (row.s3_usd, row.s3_change_usd) = (Some(amount()), Some(amount()));
            row.unpriced_bytes = row.unpriced_bytes.and(Some(bytes));
        }
        for row in &mut what_if.plans {
            (row.egress_bytes, row.requests, row.marginal_usd) = (bytes, count, amount());
            (row.plan_usd, row.plan_saves_usd) = (Some(amount()), Some(amount()));
        }
    }
    report.headline = Headline {
        egress_bytes: bytes,
        requests: count,
        request_hit_ratio: optional("1"),
        byte_hit_ratio: optional("1"),
        cloudfront_usd: decimal("999999999.99"),
        cloudfront_s3_usd: decimal("999999999.99"),
        s3_usd: optional("0.01"),
        savings_usd: optional("-999999999.98"),
        savings_ratio: optional("-99999999998.000000"),
        savings_low_usd: optional("-999999999.98"),
        savings_high_usd: optional("999999999.98"),
    };
    for row in &mut report.cost_items {
        (row.quantity, row.usd_exact) = (count, decimal("999999999.999999999999"));
    }
    for row in &mut report.cost_lines {
        (row.quantity, row.usd_exact) = (count, decimal("-999999999.999999999999"));
    }
    for row in &mut report.regions {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut report.days {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut report.cache_results {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    let quality = &mut report.quality;
    for row in &mut quality.objects {
        (row.objects, row.size_bytes) = (count, bytes);
        (row.rows, row.rejected_rows) = (count, count);
    }
    quality.totals = ObjectTotals {
        objects: count,
        unnamed_objects: count,
        size_bytes: bytes,
        rows: count,
        rejected_rows: count,
        forgotten_rows: count,
    };
    quality.restated = quality.restated.take().map(|restated| Restatement {
        late_objects: count,
        late_rows: count,
        forgotten_rows: count,
        ..restated
    });
    quality.objects.truncate(1);
    for row in &mut quality.rejected_objects {
        (row.rows, row.rejected_rows) = (count, count);
    }
    for row in &mut quality.unknown_edges {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut quality.coverage {
        (row.hours_with_logs, row.hours_without_logs) = (count, count);
        row.longest_gap_hours = count;
    }
    report
}
