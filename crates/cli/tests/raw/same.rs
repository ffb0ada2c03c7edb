//! Logs asked by themselves give what a lake of them gives.

use std::{collections::BTreeMap, fmt::Write, sync::OnceLock};

use edgeledger_testkit::Truth;

use crate::world::{Ran, run, text};

const LOGS: &str = "sample-logs";

fn raw(sql: &str) -> Ran {
    run(&["sql", "--logs", LOGS, "--format", "csv", sql]).expect(0)
}

/// Asks a lake of the sample logs, made once.
fn lake(sql: &str) -> Ran {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, lake) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = text(&dir.path().join("lake"));
        run(&["ingest", LOGS, "--lake", &path]).expect(0);
        (dir, path)
    });
    run(&["sql", "--lake", lake, "--format", "csv", sql]).expect(0)
}

fn columns(table: &str) -> Vec<String> {
    let sql = format!("SELECT * FROM {table} LIMIT 0");
    let header = raw(&sql).stdout;
    assert_eq!(header, lake(&sql).stdout);
    header.trim_end().split(',').map(str::to_owned).collect()
}

#[test]
fn columns_have_the_names_and_types_of_a_lake() {
    assert_eq!(columns("requests").len(), 44);
    for table in ["requests", "log_files", "cloudfront_logs", "log_objects"] {
        let columns = columns(table);
        let types = columns.iter().map(|name| format!("arrow_typeof({name})"));
        let types: Vec<_> = types.collect();
        let sql = format!("SELECT {} FROM {table} LIMIT 1", types.join(", "));
        // The engine reads texts of files as views.
        let expected = lake(&sql).stdout.replace("Utf8View", "Utf8");
        let found = raw(&sql).stdout.replace("Utf8View", "Utf8");
        assert_eq!(found, expected);
        assert!(found.lines().last().unwrap().contains("Int64"), "{found}");
    }
}

#[test]
fn every_column_holds_the_same() {
    // Of each column how many values there are, and the least and the greatest.
    let mut sql = "SELECT count(*) AS n".to_owned();
    for name in columns("requests") {
        write!(sql, ", count({name}), min({name}), max({name})").unwrap();
    }
    sql.push_str(" FROM requests");
    assert_eq!(raw(&sql).stdout, lake(&sql).stdout);
    // And rows as they are, NULLs too: other columns than their neighbours, so none is shifted.
    let sql = "SELECT * FROM requests WHERE log_line % 11 = 3 ORDER BY log_file, log_line";
    let (found, expected) = (raw(sql), lake(sql));
    assert!(found.rows().len() > 1_000);
    assert_eq!(found.stdout, expected.stdout);
}

#[test]
fn queries_and_views_of_rows_answer_the_same() {
    for sql in [
        "SELECT distribution, date, status, count(*) AS n, sum(response_bytes) AS b FROM requests \
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT path, count(*) AS n FROM requests WHERE status = 404 AND path LIKE '/dist/%' \
         GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
        "SELECT count(*) AS n FROM requests WHERE extra IS NOT NULL",
        "SELECT extra, log_file, log_line FROM requests WHERE extra IS NOT NULL \
         ORDER BY 2, 3 LIMIT 20",
        "SELECT a.n, b.n FROM (SELECT count(*) AS n FROM requests WHERE status < 300) a \
         CROSS JOIN (SELECT count(*) AS n FROM requests WHERE client_ip IS NULL) b",
        "SELECT \"date\", cs_method, sum(sc_bytes) AS b, max(time_taken) AS t FROM cloudfront_logs \
         WHERE \"date\" BETWEEN '2026-10-03' AND '2026-10-04' GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT * FROM (SELECT key, etag, size_bytes, distribution, hour, status, reason, rows, \
         rejected_rows, first_rejects, uncompressed_bytes, columns, parser_version, txn \
         FROM log_files) ORDER BY key",
        "SELECT month, count(*) AS n, sum(rows) AS r FROM log_objects GROUP BY 1 ORDER BY 1",
        "SELECT count(*) AS n FROM requests r JOIN log_files f ON r.log_file = f.key \
         WHERE f.rejected_rows > 0",
        "SELECT month, billed_method, count(*) AS n FROM classified_requests GROUP BY 1, 2 ORDER BY 1, 2",
    ] {
        let (found, expected) = (raw(sql), lake(sql));
        assert!(!found.rows().is_empty(), "{sql}");
        assert_eq!(found.stdout, expected.stdout, "{sql}");
    }
}

#[test]
fn counts_are_those_of_the_generator() {
    let truth = Truth::load().unwrap();
    let found = raw(
        "SELECT distribution, date, count(*) AS n, sum(response_bytes) AS b \
                     FROM requests GROUP BY 1, 2",
    );
    let found: BTreeMap<(&str, &str), (u64, u64)> = found
        .rows()
        .into_iter()
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            let number = |at: usize| cells[at].parse().unwrap();
            ((cells[0], cells[1]), (number(2), number(3)))
        })
        .collect();
    let expected = truth.all_days.iter().flat_map(|(id, days)| {
        days.iter().map(|(day, tally)| {
            let key = (id.as_str(), day.as_str());
            (key, (tally.requests, tally.response_bytes))
        })
    });
    assert_eq!(found, expected.collect());
    let totals = raw("SELECT count(*), sum(rows), sum(rejected_rows) FROM log_files");
    let expected = &truth.totals;
    assert_eq!(
        totals.rows(),
        [format!(
            "{},{},{}",
            expected.objects, expected.rows, expected.rejected_rows
        )]
    );
}

/// A view that counts once reads the logs itself too, and only those of its month.
#[test]
fn views_that_count_answer_as_before() {
    let sql = "SELECT distribution, requests, response_bytes FROM monthly_traffic \
               WHERE month = '2026-10' ORDER BY 1";
    let found = raw(sql);
    assert_eq!(found.stdout, lake(sql).stdout);
}
