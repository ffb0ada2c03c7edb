//! Keeps the truth while rows are made.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::calendar::{self, DAY_S};
use crate::catalog::{Distribution, Kind, MONTH};
use crate::edges;
use crate::kinds;
use crate::plan::ANOMALY_DATE;
use crate::row::{Layout, Row};
use crate::traffic::crates::ANOMALY_AGENT;
use crate::traffic::releases::{PURGE_S, PURGED};
use crate::truth::{Anomaly, MonthTruth, PathTally, Purge, Tally, Truth};

/// How many paths the truth names.
const N_TOP_PATHS: usize = 20;
/// How long after a purge misses are counted as its own.
const PURGE_WINDOW_HOURS: u64 = 4;

/// The truth so far, and what it takes to finish it.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    pub(crate) truth: Truth,
    /// The month by distribution id and path.
    paths: BTreeMap<&'static str, BTreeMap<String, Tally>>,
}

impl Counter {
    pub(crate) fn new(mut truth: Truth) -> Self {
        truth.anomaly = Anomaly {
            date: ANOMALY_DATE.to_owned(),
            user_agent: ANOMALY_AGENT.to_owned(),
            ..Anomaly::default()
        };
        truth.purge = Purge {
            prefix: PURGED.to_owned(),
            time: calendar::time(PURGE_S),
            window_hours: PURGE_WINDOW_HOURS,
            ..Purge::default()
        };
        Self {
            truth,
            paths: BTreeMap::new(),
        }
    }

    /// Counts one good row of a file part with this layout.
    pub(crate) fn count(&mut self, distribution: &Distribution, layout: Layout, row: &Row) {
        let truth = &mut self.truth;
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
        if row.agent == ANOMALY_AGENT {
            distribution.id.clone_into(&mut truth.anomaly.distribution);
            truth.anomaly.requests += 1;
            truth.anomaly.response_bytes += row.response_bytes;
        }
        if !date.starts_with(MONTH) {
            return;
        }
        if distribution.kind == Kind::Releases {
            distribution.id.clone_into(&mut truth.purge.distribution);
            count_purge(&mut truth.purge, layout, row, &date);
        }
        let own = truth
            .month_by_distribution
            .entry(distribution.id.to_owned())
            .or_default();
        distribution.name.clone_into(&mut own.name);
        "all".clone_into(&mut truth.month_total.name);
        for month in [own, &mut truth.month_total] {
            count_in_month(month, layout, row, &date, request_bytes);
            count_kinds(month, distribution, layout, row);
        }
        self.paths
            .entry(distribution.id)
            .or_default()
            .entry(row.path.clone())
            .or_default()
            .add(row.response_bytes);
    }

    /// The truth once all rows are counted.
    pub(crate) fn finish(self) -> Truth {
        let mut truth = self.truth;
        truth.rejects.sort();
        let mut all: BTreeMap<String, Tally> = BTreeMap::new();
        for (id, paths) in self.paths {
            for (path, tally) in &paths {
                let sum = all.entry(path.clone()).or_default();
                sum.requests += tally.requests;
                sum.response_bytes += tally.response_bytes;
            }
            if let Some(month) = truth.month_by_distribution.get_mut(id) {
                month.top_paths = top(paths);
            }
        }
        truth.month_total.top_paths = top(all);
        let months = truth.month_by_distribution.values_mut();
        for month in months.chain([&mut truth.month_total]) {
            month.days_with_rows = month.by_date.len() as u64;
            month.hours_with_rows = month.by_hour.len() as u64;
        }
        truth
    }
}

/// The paths with most bytes.
fn top(paths: BTreeMap<String, Tally>) -> Vec<PathTally> {
    let mut paths: Vec<PathTally> = paths
        .into_iter()
        .map(|(path, tally)| PathTally {
            path,
            requests: tally.requests,
            response_bytes: tally.response_bytes,
        })
        .collect();
    // The sort is stable: equal ones stay in the order of their paths.
    paths.sort_by_key(|path| Reverse(path.response_bytes));
    paths.truncate(N_TOP_PATHS);
    paths
}

fn count_purge(purge: &mut Purge, layout: Layout, row: &Row, date: &str) {
    let Some(below) = row.path.strip_prefix(PURGED) else {
        return;
    };
    let bytes = row.response_bytes;
    let is_miss = row.cache_result(layout) == "Miss";
    let window_s = PURGE_S..PURGE_S + PURGE_WINDOW_HOURS * 3600;
    let night = purge.nights.entry(date.to_owned()).or_default();
    if !window_s.contains(&(row.at_s % DAY_S)) {
        night.rest_requests.add(bytes);
        if is_miss {
            night.rest_misses.add(bytes);
        }
        return;
    }
    night.requests.add(bytes);
    if is_miss {
        night.misses.add(bytes);
        let names_a_day = below.starts_with(|c: char| c.is_ascii_digit());
        // Dates of one length compare as texts.
        if names_a_day && below.get(..date.len()).is_some_and(|day| day < date) {
            night.misses_of_older_days.add(bytes);
        }
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

    let hour = calendar::time(row.at_s);
    let hour = hour.split(':').next().unwrap_or_default();
    month
        .by_hour
        .entry(format!("{date}T{hour}"))
        .or_default()
        .add(bytes);
    let of_day = month.by_hour_of_day.entry(hour.to_owned()).or_default();
    of_day.requests += 1;
    of_day.response_bytes += bytes;

    let result = row.cache_result(layout);
    month
        .by_cache_result
        .entry(result.to_owned())
        .or_default()
        .add(bytes);
    match result {
        "Hit" | "RefreshHit" | "OriginShieldHit" => {
            month.hits.add(bytes);
            of_day.hits += 1;
        }
        "Miss" => {
            month.misses.add(bytes);
            of_day.misses += 1;
        }
        _ => {}
    }
}

/// Counts what was asked for, by whom, and what it was answered with.
fn count_kinds(month: &mut MonthTruth, distribution: &Distribution, layout: Layout, row: &Row) {
    let bytes = row.response_bytes;
    let content_type = if layout.has("sc-content-type") {
        row.content_type.split(';').next().unwrap_or_default()
    } else {
        "-"
    };
    let segment = row.path.split('/').nth(1).unwrap_or_default();
    let rule = kinds::legacy_rule(distribution.name, &row.path);
    for (map, key) in [
        (
            &mut month.by_agent_product,
            kinds::agent_product(&row.agent),
        ),
        (&mut month.by_content_type, content_type.to_owned()),
        (&mut month.by_legacy_rule, rule.to_owned()),
        (&mut month.by_path_segment, segment.to_owned()),
        (&mut month.by_status, format!("{:03}", row.status)),
    ] {
        map.entry(key).or_default().add(bytes);
    }
    // The power of 4 below: half of the binary logarithm, doubled again.
    let size_class = bytes.checked_ilog2().map_or(0, |log| 1 << (log / 2 * 2));
    month
        .by_size_class
        .entry(size_class)
        .or_default()
        .add(bytes);
}
