//! Named questions, parameters, and several statements.

use std::fs;

use crate::run::{csv, run, sql, text};

/// The example of docs and help: the largest two paths of October, counted by the generator's truth
/// in other tests; here it matters that the parameters reach the statement.
#[test]
fn a_question_is_asked_by_its_name() {
    let all = csv(&["@top-paths", "--param", "month=2026-10"]);
    assert_eq!(all.lines().count(), 21, "{all}");
    // October is the newest month of the sample that is over, as long as November is not.
    let two = csv(&[
        "@top-paths",
        "--param",
        "rows=2",
        "--param",
        "month=2026-10",
    ]);
    assert_eq!(
        two,
        all.lines().take(3).collect::<Vec<_>>().join("\n") + "\n"
    );
    let crates = csv(&[
        "@top-paths;",
        "--param",
        "month=2026-10",
        "--param",
        "distribution=crates",
        "--param",
        "rows=1",
    ]);
    let row = crates.lines().nth(1).unwrap();
    assert!(row.starts_with("crates,"), "{row}");
}

/// `newest` is the newest month that is over: whichever that is when the test runs, the default and
/// the month named must agree.
#[test]
fn defaults_stand_for_what_is_not_given() {
    let default = csv(&["@traffic-by-distribution"]);
    let months = ["2026-09", "2026-10", "2026-11"];
    let named = months.map(|month| {
        csv(&[
            "@traffic-by-distribution",
            "--param",
            &format!("month={month}"),
        ])
    });
    assert!(named.contains(&default), "{default}");
    assert_ne!(named[0], named[1]);
}

#[test]
fn questions_are_listed_and_shown() {
    let list = run(&["sql", "--list"]).expect(0);
    let question = "Which paths sent the most bytes, and what did they cost?";
    let line = list.lines().find(|line| line.starts_with("@top-paths "));
    assert!(line.unwrap().ends_with(question), "{list}");
    let at = |line: &str| {
        line.find("  ")
            .map(|at| at + line[at..].len() - line[at..].trim_start().len())
    };
    let columns: Vec<_> = list.lines().map(at).collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{list}");
    let json = run(&["sql", "--list", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rows = json.as_array().unwrap();
    assert_eq!(rows.len(), list.lines().count());
    let row = rows.iter().find(|row| row["name"] == "top-paths").unwrap();
    assert_eq!(row["parameters"], "month=newest distribution=all rows=20");
    let shown = run(&["sql", "@top-paths", "--show"]).expect(0);
    assert!(
        shown.starts_with(&format!("-- question: {question}\n")),
        "{shown}"
    );
    assert!(
        shown.contains("-- param: rows integer 20  How many rows"),
        "{shown}"
    );
    assert_eq!(run(&["sql", "--list", "top-paths"]).expect(0), shown);
    assert_eq!(run(&["sql", "--list", "@top-paths"]).expect(0), shown);
}

#[test]
fn parameters_take_the_type_that_the_query_wants() {
    let of = |query: &str, params: &[&str]| {
        let params: Vec<&str> = params.iter().flat_map(|param| ["--param", param]).collect();
        csv(&[&["-c", query], &params[..]].concat())
    };
    assert_eq!(of("SELECT $a + 1 AS b", &["a=41"]), "b\n42\n");
    assert_eq!(of("SELECT $a AS b", &["a=4x"]), "b\n4x\n");
    assert_eq!(of("SELECT $a AS b", &["a=x=y"]), "b\nx=y\n");
    assert_eq!(of("SELECT $a AS b", &["$a=it's; DROP"]), "b\nit's; DROP\n");
    let values = "SELECT column1 AS b FROM (VALUES (1), (2), (3)) ORDER BY 1 LIMIT $n";
    assert_eq!(of(values, &["n=2"]), "b\n1\n2\n");
    let counted = |condition: &str, params: &[&str]| {
        of(
            &format!("SELECT count(*) AS n FROM requests WHERE {condition}"),
            params,
        )
    };
    assert_eq!(
        counted("status = $s", &["s=404"]),
        counted("status = 404", &[])
    );
    assert_eq!(
        counted(
            "date >= $day AND path LIKE $p",
            &["day=2026-10-20", "p=/dist/%"]
        ),
        counted("date >= DATE '2026-10-20' AND path LIKE '/dist/%'", &[])
    );
    // The value is no text of the query.
    assert_eq!(counted("path = $p", &["p=x' OR '1'='1"]), "n\n0\n");
    // A name that is a number is still a text where a text is wanted.
    assert_eq!(counted("path = $p", &["p=7"]), "n\n0\n");
    sql(&[
        "SELECT * FROM requests WHERE status = $s",
        "--param",
        "s=many",
    ])
    .refused("error: `many` is no whole number, which the parameter `s` is here\n");
    sql(&[
        "SELECT * FROM requests WHERE date = $d",
        "--param",
        "d=2026-10",
    ])
    .refused("error: `2026-10` is no date (YYYY-MM-DD), which the parameter `d` is here\n");
    sql(&["@top-paths", "--param", "rows=few"])
        .refused("error: `few` is no whole number, which the parameter `rows` is here\n");
}

#[test]
fn parameters_that_do_not_fit_the_query_are_named() {
    sql(&["SELECT $month AS a, $rows AS b", "--param", "rows=1"]).refused(
        "error: the query has parameters without a value: month\n  \
         hint: its parameters: month, rows; give --param month=…\n",
    );
    sql(&[
        "SELECT $month AS a",
        "--param",
        "month=1",
        "--param",
        "mnth=1",
    ])
    .refused(
        "error: the query has no parameter `mnth`\n  \
         hint: did you mean `month`? its parameters: month\n",
    );
    sql(&["SELECT 1 AS a", "--param", "b=1"])
        .refused("error: the query has no parameter `b`\n  hint: it has none\n");
    sql(&["@top-paths", "--param", "row=1"]).refused(
        "error: the query has no parameter `row`\n  \
         hint: did you mean `rows`? its parameters: distribution, month, rows\n",
    );
    sql(&["SELECT $a", "--param", "a"]).refused(
        "error: --param a: NAME=VALUE is wanted\n  \
         hint: such as --param month=2026-10 for `$month` in the query\n",
    );
    sql(&["SELECT $a", "--param", "a=1", "--param", "a=2"])
        .refused("error: --param a is given more than once\n");
}

#[test]
fn several_statements_run_in_turn() {
    let two = "SELECT 1 AS a; -- ; no\nSELECT ';' AS b;";
    assert_eq!(csv(&["-c", two]), "a\n1\n\nb\n;\n");
    assert_eq!(
        csv(&["-c", "SELECT 1 AS a", "--command", "SELECT 2 AS b"]),
        "a\n1\n\nb\n2\n"
    );
    let lines = |format: &str| sql(&["--format", format, "-c", two]).expect(0);
    assert_eq!(lines("ndjson"), "{\"a\":1}\n{\"b\":\";\"}\n");
    assert_eq!(lines("json"), "[{\"a\":1}]\n[{\"b\":\";\"}]\n");
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("q.sql"), dir.path().join("out.csv"));
    fs::write(&file, two).unwrap();
    fs::write(
        &out,
        "an older and longer result, which must go away as a whole",
    )
    .unwrap();
    let args = ["--file", &text(&file), "--out", &text(&out)];
    assert_eq!(csv(&args), "");
    assert_eq!(fs::read_to_string(&out).unwrap(), "a\n1\n\nb\n;\n");
    // The second fails after the first has been answered; what follows is not run.
    let ran = sql(&[
        "--format",
        "csv",
        "-c",
        "SELECT 1 AS a; SELECT b; SELECT 3 AS c",
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, "a\n1\n"));
    // What is no SQL is found before anything runs.
    let ran = sql(&["--format", "csv", "-c", "SELECT 1 AS a; SELEC 2"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let ran = sql(&["--format", "parquet", "-c", two, "--out", &text(&out)]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
