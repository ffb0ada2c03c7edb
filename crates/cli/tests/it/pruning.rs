//! What a query does not read, and that grouping by partition changes no answer.

use edgeledger_testkit::insta::{Settings, assert_snapshot};

use crate::run::sample_rows;

/// The lines of a query's plan about filters and scans.
fn plan(explain: &str, sql: &str) -> String {
    let rows = sample_rows(&format!("{explain} {sql}"));
    let plan = rows.iter().find(|row| row["plan_type"] != "logical_plan");
    let lines = plan.unwrap()["plan"].as_str().unwrap().lines();
    lines
        .map(str::trim)
        .filter(|line| line.starts_with("FilterExec") || line.starts_with("DataSourceExec"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names of files and the number of cores are left out.
fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    let file = r"[^\[\s]*requests/(distribution=[^/]+/date=[^/]+)/[0-9a-f-]+\.zstd\.parquet";
    settings.add_filter(file, "$1");
    settings.add_filter(r"\d+ groups?: ", "");
    settings.add_filter(r"\], \[distribution", ", distribution");
    settings.add_filter(", predicate=.*", "");
    settings
}

#[test]
fn days_and_a_distribution_are_read_alone() {
    let plan = plan(
        "EXPLAIN",
        "SELECT date, sum(response_bytes) FROM requests WHERE date >= DATE '2026-10-01'
        AND date < DATE '2026-10-04' AND distribution = 'E2EXAMPLE1RLS' GROUP BY date",
    );
    // No filter is left to be asked of rows.
    settings().bind(|| assert_snapshot!(plan, @"DataSourceExec: file_groups={[[distribution=E2EXAMPLE1RLS/date=2026-10-01, distribution=E2EXAMPLE1RLS/date=2026-10-02, distribution=E2EXAMPLE1RLS/date=2026-10-03]]}, projection=[response_bytes, date], file_type=parquet"));
}

#[test]
fn a_month_is_found_through_a_function() {
    let plan = plan(
        "EXPLAIN",
        "SELECT count(*) FROM requests WHERE to_char(date, '%Y-%m') = '2026-09' AND status = 404
        AND distribution > 'E2EXAMPLE3'",
    );
    settings().bind(|| assert_snapshot!(plan, @r"
    FilterExec: status@0 = 404, projection=[]
    DataSourceExec: file_groups={[[distribution=E2EXAMPLE3IDX/date=2026-09-29, distribution=E2EXAMPLE3IDX/date=2026-09-30, distribution=E2EXAMPLE4WWW/date=2026-09-29, distribution=E2EXAMPLE4WWW/date=2026-09-30, distribution=E2EXAMPLE5DOC/date=2026-09-29]]}, projection=[status], file_type=parquet
    "));
}

#[test]
fn row_groups_that_cannot_match_are_not_read() {
    let plan = plan(
        "EXPLAIN ANALYZE",
        "SELECT sum(response_bytes) FROM requests
        WHERE date = DATE '2026-10-05' AND request_bytes > 1000000000",
    );
    // A file of each distribution, with a row group each.
    assert!(
        plan.contains("row_groups_pruned_statistics=5 total → 0 matched"),
        "{plan}"
    );
    assert!(plan.contains("bytes_scanned=0,"), "{plan}");
}

/// The same keys as expressions are of each row, and not known to be a partition's.
#[test]
fn groups_of_partitions_are_groups_of_rows() {
    for filter in [
        "true",
        "status = 404",
        "path = '/nowhere'",
        "date >= DATE '2026-10-10' AND status <> 200",
        "time >= TIMESTAMP '2026-10-10T03:00:00Z' AND distribution LIKE '%RLS'",
    ] {
        for (keys, of_rows) in [
            (
                "distribution AS a, date AS b",
                "concat(distribution, '') AS a, CAST(date AS TEXT) AS b",
            ),
            ("date AS a, 1 AS b", "CAST(date AS TEXT) AS a, 1 AS b"),
            (
                "edge_location AS a, distribution AS b",
                "edge_location AS a, concat(distribution, '') AS b",
            ),
        ] {
            let grouped = |keys: &str| {
                sample_rows(&format!(
                    "SELECT {keys}, count(*) AS n, sum(response_bytes) AS bytes,
                        count(*) FILTER (WHERE method = 'GET') AS got,
                        count(DISTINCT client_ip) AS clients, max(time_taken_us) AS slow
                    FROM requests WHERE {filter} GROUP BY 1, 2 ORDER BY 1, 2"
                ))
            };
            let by_partition = grouped(keys);
            assert_eq!(by_partition, grouped(of_rows), "{filter}");
            assert_eq!(
                by_partition.is_empty(),
                filter.contains("nowhere"),
                "{filter}"
            );
        }
    }
}

/// A comparison with NULL is true of no row, also when the optimizer sees that before the files are
/// chosen.
#[test]
fn a_comparison_of_a_partition_with_null_is_true_of_no_row() {
    for filter in [
        "distribution IN (NULL)",
        "distribution NOT IN ('E2EXAMPLE1RLS', NULL)",
        "status = 200 AND distribution NOT IN ('E2EXAMPLE1RLS', NULL)",
        "NOT (date IN (DATE '2026-10-04', DATE '2026-10-05', NULL))",
    ] {
        let sql =
            format!("SELECT count(*) AS n, count(path) AS paths FROM requests WHERE {filter}");
        let rows = sample_rows(&sql);
        assert_eq!(rows[0]["n"], 0, "{filter}");
        assert_eq!(rows[0]["paths"], 0, "{filter}");
    }
}

/// Groups of partition columns alone, with nothing to count in them.
#[test]
fn partitions_alone_can_be_grouped_by() {
    let truth = edgeledger_testkit::repo_root().join("sample-logs/truth.json");
    let truth: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(truth).unwrap()).unwrap();
    let distributions = truth["month_by_distribution"].as_object().unwrap().len();
    for sql in [
        "SELECT count(*) AS n FROM (SELECT DISTINCT distribution FROM october)",
        "SELECT count(DISTINCT distribution) AS n FROM october",
        "SELECT count(*) AS n FROM (SELECT distribution FROM october GROUP BY distribution)",
    ] {
        let october = "WITH october AS (SELECT * FROM requests WHERE date >= '2026-10-01')";
        assert_eq!(
            sample_rows(&format!("{october} {sql}"))[0]["n"],
            distributions,
            "{sql}"
        );
    }
}
