//! Keeps the truth while rows are made.

use crate::calendar::{self, DAY_S};
use crate::catalog::{Distribution, MONTH};
use crate::edges;
use crate::row::{Layout, Row};
use crate::truth::{MonthTruth, Truth};

/// Counts one good row of a file part with this layout.
pub(crate) fn count(truth: &mut Truth, distribution: &Distribution, layout: Layout, row: &Row) {
    let date = calendar::date(row.at_s / DAY_S);
    let request_bytes = if layout.has("cs-bytes") {
        row.request_bytes
    } else {
        0
    };
    truth.totals.rows += 1;
    truth.totals.data_lines += 1;
    truth.totals.response_bytes += row.response_bytes;
    truth.totals.request_bytes += request_bytes;
    truth
        .all_days
        .entry(distribution.id.to_owned())
        .or_default()
        .entry(date.clone())
        .or_default()
        .add(row.response_bytes);
    if !date.starts_with(MONTH) {
        return;
    }
    let own = truth
        .month_by_distribution
        .entry(distribution.id.to_owned())
        .or_default();
    distribution.name.clone_into(&mut own.name);
    "all".clone_into(&mut truth.month_total.name);
    for month in [own, &mut truth.month_total] {
        count_in_month(month, layout, row, &date, request_bytes);
    }
}

fn count_in_month(month: &mut MonthTruth, layout: Layout, row: &Row, date: &str, sent: u64) {
    let bytes = row.response_bytes;
    month.requests += 1;
    month.response_bytes += bytes;
    month.request_bytes += sent;
    month.by_date.entry(date.to_owned()).or_default().add(bytes);

    let region = edges::billing_region(row.edge).to_owned();
    month
        .by_billing_region
        .entry(region)
        .or_default()
        .add(bytes);

    let protocol = if layout.has("cs-protocol") {
        row.protocol
    } else {
        "-"
    };
    month
        .by_protocol
        .entry(protocol.to_owned())
        .or_default()
        .add(bytes);

    let class = match row.status {
        0 => "000".to_owned(),
        status => format!("{}xx", status / 100),
    };
    month.by_status_class.entry(class).or_default().add(bytes);

    let class = if matches!(row.method, "GET" | "HEAD") {
        "get_head"
    } else {
        "proxy"
    };
    let methods = month.by_method_class.entry(class.to_owned()).or_default();
    methods.requests += 1;
    methods.response_bytes += bytes;
    methods.request_bytes += sent;

    let result = row.cache_result(layout);
    month
        .by_cache_result
        .entry(result.to_owned())
        .or_default()
        .add(bytes);
    match result {
        "Hit" | "RefreshHit" | "OriginShieldHit" => month.hits.add(bytes),
        "Miss" => month.misses.add(bytes),
        _ => {}
    }
}
