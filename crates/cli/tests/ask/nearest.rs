//! What is not there is answered with the nearest that is.

use crate::run::{run, sample_lake, sql};

#[track_caller]
fn asked(query: &str, stderr: &str) {
    sql(&[query]).refused(stderr);
}

#[test]
fn columns() {
    asked(
        "SELECT respons_bytes FROM requests",
        "error: no column named respons_bytes\n  \
         hint: did you mean `response_bytes` or `response_result_type` or `request_bytes`?\n",
    );
    asked(
        "SELECT h.mont FROM headline h",
        "error: no column named h.mont\n  hint: did you mean `month`?\n",
    );
    asked(
        "SELECT x.month FROM headline h",
        "error: no column named x.month\n  hint: tables of the query: h\n",
    );
    asked(
        "SELECT zzz FROM months",
        "error: no column named zzz\n  hint: columns there are: days, first_date, last_date, month, requests\n",
    );
    // A table of many columns does not fill the terminal.
    let ran = sql(&["SELECT zzz FROM requests"]);
    assert!(
        ran.stderr
            .contains("and 32 more (`DESCRIBE table` shows them)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn tables_and_functions() {
    asked(
        "SELECT * FROM headlin",
        "error: table 'headlin' not found\n  hint: did you mean `headline`?\n",
    );
    asked(
        "SELECT * FROM zzz",
        "error: table 'zzz' not found\n  hint: `SHOW TABLES` lists them all\n",
    );
    asked(
        "SELECT percent_decod(path) FROM requests",
        "error: Invalid function 'percent_decod'.\n  \
         hint: did you mean `percent_decode` or `percentile_cont` or `percent_rank`?\n",
    );
    asked(
        "SELECT cuont(*) FROM requests",
        "error: Invalid function 'cuont'.\n  hint: did you mean `count` or `concat` or `contains`?\n",
    );
    asked(
        "SELECT * FROM waht_if('price_class=100')",
        "error: table function 'waht_if' not found\n  hint: did you mean `what_if`?\n",
    );
    asked(
        "SELECT what_if('price_class=100')",
        "error: Invalid function 'what_if'.\n  \
         hint: `what_if` is a table: SELECT … FROM what_if(…)\n",
    );
    asked(
        "SELECT * FROM 'access.csv'",
        "error: table 'access.csv' not found\n  hint: a query reads the session's tables, and no \
         files: `SHOW TABLES` lists them\n",
    );
}

#[test]
fn questions_months_and_distributions() {
    asked(
        "@top-path",
        "error: there is no question `top-path`\n  \
         hint: did you mean `top-paths` or `top-packages`? `edgeledger sql --list` shows them all\n",
    );
    run(&["sql", "--list", "zzz"]).refused(
        "error: there is no question `zzz`\n  hint: `edgeledger sql --list` shows them all\n",
    );
    let top = |param: &str, stderr: &str| sql(&["@top-paths", "--param", param]).refused(stderr);
    top(
        "month=2026-12",
        "error: there are no requests in `2026-12`\n  \
         hint: months with requests: 2026-09, 2026-10, 2026-11\n",
    );
    top(
        "month=october",
        "error: --param month=october: `october` is not a month from `0001-01` to `9999-12` \
         written `YYYY-MM`\n",
    );
    top(
        "distribution=crate",
        "error: there is no distribution `crate`\n  hint: did you mean `crates`?\n",
    );
    let report = |args: &[&str]| {
        let settings = ["--config", "sample-logs/edgeledger.toml"];
        run(&[&["report", "--lake", sample_lake()], &settings[..], args].concat())
    };
    let ran = report(&["2026-12"]);
    assert!(
        ran.stderr.contains("nearest is `2026-11`"),
        "{}",
        ran.stderr
    );
    let ran = report(&["2026-10", "--distribution", "relases"]);
    assert!(
        ran.stderr
            .contains("did you mean `releases`? distributions with"),
        "{}",
        ran.stderr
    );
    let ran = report(&["2026-10", "--section", "distribution"]);
    assert!(
        ran.stderr.contains("did you mean `distributions`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn formats_and_paths() {
    let ran = sql(&["--format", "cvs", "SELECT 1"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("table, csv, json, ndjson, markdown, parquet"),
        "{}",
        ran.stderr
    );
    let hint = |args: &[&str], code: i32, hint: &str| {
        let ran = run(args);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        let last = ran.stderr.lines().last().unwrap();
        assert_eq!(last, format!("  hint: did you mean {hint}"));
    };
    hint(
        &["sql", "--logs", "sample-log", "SELECT 1"],
        1,
        "`sample-logs`?",
    );
    hint(&["check", "sampel-logs/crates"], 1, "`sample-logs`?");
    let lake = sample_lake();
    let near = lake.strip_suffix('e').unwrap();
    let folder = lake.strip_suffix("/lake").unwrap();
    let wanted = format!("`lake`? (in `{folder}`)");
    hint(&["sql", "--lake", near, "SELECT 1"], 1, &wanted);
    hint(&["report", "--lake", near], 1, &wanted);
    let query = "queries/examples/top-path.sql";
    hint(
        &["sql", "--lake", lake, "--file", query],
        2,
        "`top-paths.sql` or `top-packages.sql` or `top-networks.sql`? (in `queries/examples`)",
    );
}
