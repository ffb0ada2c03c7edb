//! What a reader meets: definitions, functions, messages, refusals.

use edgeledger_query::{HitRatio, QueryError, Session, Settings};
use edgeledger_rates::PriceBook;

use crate::world::{Row, Watched, cell, rows, session, session_over};

async fn over(traffic: &[Row], settings: &Settings) -> Session {
    session(traffic, &PriceBook::builtin().unwrap(), settings).await
}

#[tokio::test]
async fn the_three_definitions_of_a_hit_ratio() {
    let one = |result, method| Row {
        result,
        detailed: result,
        method,
        ..Row::default()
    };
    let traffic = [
        one("Hit", "GET"),
        one("Hit", "GET"),
        one("RefreshHit", "GET"),
        one("Miss", "GET"),
        one("Miss", "POST"),
        one("Error", "GET"),
        one("Redirect", "GET"),
        one("LimitExceeded", "GET"),
    ];
    for (hit_ratio, counts, ratio) in [
        // 3 hits of 5 decisions.
        (HitRatio::EdgeLedger, ["3", "2", "3"], "0.600000"),
        // 2 `Hit` of 8 requests.
        (HitRatio::Console, ["2", "6", "0"], "0.250000"),
        // 3 hits of 5 requests that are neither POST nor an error.
        (HitRatio::CloudWatch, ["3", "2", "3"], "0.600000"),
    ] {
        let session = over(
            &traffic,
            &Settings {
                hit_ratio,
                ..Settings::default()
            },
        )
        .await;
        let found = rows(
            &session,
            "SELECT hit_requests, miss_requests, other_requests, request_hit_ratio FROM hit_ratio",
        )
        .await;
        assert_eq!(
            found,
            [[counts[0], counts[1], counts[2], ratio]],
            "{hit_ratio:?}"
        );
    }
}

#[tokio::test]
async fn percent_decode_decodes_columns_and_literals() {
    let session = over(&[Row::default()], &Settings::default()).await;
    assert_eq!(
        cell(
            &session,
            "SELECT percent_decode('/words/%25E5%25A5%25BD/', 2)"
        )
        .await,
        "/words/好/"
    );
    assert_eq!(
        cell(&session, "SELECT percent_decode('a%2520b')").await,
        "a%20b"
    );
    assert_eq!(
        cell(
            &session,
            "SELECT percent_decode(edge_location) FROM requests"
        )
        .await,
        "IAD89-C3"
    );
    assert_eq!(
        cell(
            &session,
            "SELECT percent_decode(query) IS NULL FROM requests"
        )
        .await,
        "true"
    );
}

#[tokio::test]
async fn a_wrong_name_is_answered_with_near_ones() {
    let session = over(&[Row::default()], &Settings::default()).await;
    let error = session.query("SELECT * FROM request").await.unwrap_err();
    let QueryError::Invalid { message, hint } = error else {
        panic!("{error}")
    };
    assert!(message.contains("request"), "{message}");
    assert!(hint.unwrap().contains("`requests`"));
    let error = session
        .query("SELECT respons_bytes FROM requests")
        .await
        .unwrap_err();
    let QueryError::Invalid { hint, .. } = &error else {
        panic!("{error}")
    };
    assert!(hint.as_ref().unwrap().contains("`response_bytes`"));
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() {
    let session = over(&[Row::default()], &Settings::default()).await;
    for sql in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "COPY (SELECT 1) TO 'out.csv'",
        "INSERT INTO requests SELECT * FROM requests",
        "DROP VIEW headline",
        "SET datafusion.execution.batch_size = 1",
        "SELECT * INTO t FROM requests",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
    ] {
        assert!(session.query(sql).await.is_err(), "{sql}");
    }
    assert!(session.query("SELECT * FROM '/etc/passwd'").await.is_err());
    assert!(session.query("EXPLAIN SELECT 1").await.is_ok());
    assert!(session.query("SHOW TABLES").await.is_ok());
    assert!(session.query("DESCRIBE headline").await.is_ok());
}

/// Every view runs over no rows at all and gives none, or one of zeros.
#[tokio::test]
async fn every_view_stands_an_empty_table() {
    let session = over(&[], &Settings::default()).await;
    for view in edgeledger_query::view_names() {
        let found = rows(&session, &format!("SELECT * FROM {view}")).await;
        assert!(found.is_empty(), "{view}: {found:?}");
    }
}

/// The header of each view names an order that makes its rows unique.
#[tokio::test]
async fn every_view_has_columns_named_in_its_order() {
    let session = over(&[Row::default()], &Settings::default()).await;
    let dir = edgeledger_testkit::repo_root().join("queries/views");
    for view in edgeledger_query::view_names() {
        let text = std::fs::read_to_string(dir.join(format!("{view}.sql"))).unwrap();
        let order = order_of(&text);
        let sql = format!(
            "SELECT count(*) - count(DISTINCT struct({order})) FROM (SELECT * FROM {view})"
        );
        assert_eq!(cell(&session, &sql).await, "0", "{view} ORDER BY {order}");
    }
}

/// The columns after `-- order:`, which may go on over the next comment lines.
fn order_of(text: &str) -> String {
    let mut lines = text
        .lines()
        .skip_while(|line| !line.starts_with("-- order: "));
    let first = lines
        .next()
        .unwrap()
        .trim_start_matches("-- order: ")
        .trim()
        .to_owned();
    lines
        .take_while(|line| line.starts_with("--          "))
        .fold(first, |order, line| {
            format!("{order} {}", line.trim_start_matches('-').trim())
        })
}

/// Every view that is asked for a month reads that month alone: a filter that is lost on the way
/// would read the whole lake for each report.
#[tokio::test]
async fn a_month_is_read_alone() {
    let of = |month| Row {
        month,
        response_bytes: 1 << 40,
        ..Row::default()
    };
    let requests = Watched::over(&[of("2026-08"), of("2026-09"), of("2026-10")]);
    let session = session_over(requests.clone(), &Settings::default()).await;
    for view in edgeledger_query::view_names() {
        let has_month = format!(
            "SELECT count(*) FROM information_schema.columns \
             WHERE table_name = '{view}' AND column_name = 'month' AND data_type LIKE 'Utf8%'"
        );
        // `months` is there to look at all of them; the raw rows have days.
        if view == "months" || cell(&session, &has_month).await == "0" {
            continue;
        }
        // Comparing needs two months, and then reads no others.
        let previous = if view == "cost_changes" {
            "AND previous_month = '2026-09'"
        } else {
            ""
        };
        let sql = format!("SELECT * FROM {view} WHERE month = '2026-10' {previous}");
        rows(&session, &sql).await;
        assert_eq!(
            requests.unfiltered(),
            0,
            "{view} read months it was not asked for"
        );
    }
}

/// The same of the report's questions, which are planned with few of the optimizer's rules, and of
/// the scenarios it runs.
#[tokio::test]
async fn a_question_of_the_report_reads_its_month_alone() {
    let of = |month| Row {
        month,
        response_bytes: 1 << 40,
        ..Row::default()
    };
    let requests = Watched::over(&[of("2026-08"), of("2026-09"), of("2026-10")]);
    let session = session_over(requests.clone(), &Settings::default()).await;
    // Which months there are is asked of all.
    session.query("SELECT month FROM months").await.unwrap();
    let before = requests.unfiltered();
    let folder = edgeledger_testkit::repo_root().join("queries/report");
    let mut questions: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    questions.sort_by_key(|file| file.as_ref().unwrap().file_name());
    let mut questions: Vec<(String, String)> = questions
        .into_iter()
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect();
    // As the report has them computed beforehand.
    // AWS's names have the month of the year as a number.
    let is_of_months = |view: &&str| *view != "months" && !view.starts_with("cloudfront_");
    for view in edgeledger_query::view_names().filter(is_of_months) {
        let sql = format!("SELECT month FROM {view} WHERE month = $month");
        if session.plan(&sql.replace("$month", "''")).await.is_ok() {
            let compared = if view == "cost_changes" {
                " AND previous_month = $previous"
            } else {
                ""
            };
            questions.push((view.to_owned(), format!("{sql}{compared}")));
        }
    }
    let scenario = "SELECT month FROM what_if('waf=unbilled') WHERE month = $month";
    questions.push(("what_if".to_owned(), scenario.to_owned()));
    for (name, sql) in questions {
        let sql = sql
            .replace("$month", "'2026-10'")
            .replace("$previous", "'2026-09'");
        session
            .ask_with(&sql, &[("distribution", "E1")])
            .await
            .unwrap();
        assert_eq!(
            requests.unfiltered(),
            before,
            "{name} read months it was not asked for"
        );
    }
}
