//! Memory, time and rows.

use crate::run::{csv, sql};

/// Some 40 MB of groups.
const GROUPS: &str = "SELECT count(*) AS n FROM (SELECT value % 300000, CAST(value AS VARCHAR), \
     count(*) FROM generate_series(1, 600000) GROUP BY 1, 2)";

#[test]
fn what_does_not_fit_goes_to_disk() {
    let tmp = tempfile::tempdir().unwrap();
    let limited = |limit: &str, query: &str| {
        let lake = crate::run::sample_lake();
        let mut command = crate::run::program(crate::run::BINARY, tmp.path());
        command
            .env("TMPDIR", tmp.path())
            .args(["sql", "--lake", lake, "--format", "csv"]);
        crate::run::ran(command.args(["--memory-limit", limit, query]))
    };
    assert_eq!(limited("32MiB", GROUPS).expect(0), "n\n600000\n");
    let spills = |limit: &str| {
        let plan = limited(limit, &format!("EXPLAIN ANALYZE {GROUPS}")).expect(0);
        plan.split("spill_count=")
            .skip(1)
            .any(|rest| !rest.starts_with('0'))
    };
    assert!(spills("32MiB"));
    assert!(!spills("2GiB"));
    let left: Vec<_> = std::fs::read_dir(tmp.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn too_little_memory_names_the_flag() {
    let ran = sql(&["--memory-limit", "64KiB", GROUPS]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr
            .starts_with("error: the query needs more memory than it may use: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: give more with --memory-limit"),
        "{}",
        ran.stderr
    );
    let ran = sql(&["--memory-limit", "2", "SELECT 1"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("not a size such as 512MiB or 2GiB"),
        "{}",
        ran.stderr
    );
}

/// Groups of requests are counted in one pass as long as they fit, and by the engine, partly on
/// disk, where they do not: the answer is the same, or it is told that memory is too little.
#[test]
fn groups_of_requests_are_counted_in_what_memory_there_is() {
    let groups = "SELECT log_file, log_line, path, count(*) AS n, sum(response_bytes) AS b \
                  FROM requests GROUP BY 1, 2, 3";
    let sums = format!("SELECT count(*) AS g, sum(n) AS n, sum(b) AS b FROM ({groups})");
    let plain = "SELECT count(*) AS g, count(*) AS n, sum(response_bytes) AS b FROM requests";
    let wanted = csv(&["--memory-limit", "2GiB", plain]);
    let mut n_answers = 0;
    for limit in ["2GiB", "64MiB", "16MiB", "4MiB", "256KiB"] {
        let ran = sql(&["--format", "csv", "--memory-limit", limit, &sums]);
        if ran.code == 0 {
            n_answers += 1;
            assert_eq!(ran.stdout, wanted, "{limit}");
        } else {
            let told = "error: the query needs more memory than it may use: ";
            assert_eq!(ran.code, 1, "{limit}: {}", ran.stderr);
            assert!(ran.stderr.starts_with(told), "{limit}: {}", ran.stderr);
        }
    }
    assert!((2..=4).contains(&n_answers), "{n_answers}");
}

/// Both would run for hours; the second computes without a pause.
#[test]
fn what_takes_too_long_is_cancelled() {
    for query in [
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    ] {
        let ran = sql(&["--timeout", "1s", query]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(
            ran.stderr,
            "error: the statement was cancelled after 1s (--timeout)\n"
        );
    }
    assert_eq!(csv(&["--timeout", "10m", "SELECT 1 AS a"]), "a\n1\n");
}

/// A terminal of `script`'s.
#[test]
fn a_terminal_gets_some_rows_and_is_told() {
    let shown = |max_rows: &str, rows: usize| {
        let lake = crate::run::sample_lake();
        let binary = crate::run::BINARY;
        let query = "SELECT value FROM generate_series(1, 5)";
        let asked = format!("{binary} sql --lake {lake} --max-rows {max_rows} '{query}'");
        let mut script = crate::run::program("script", std::path::Path::new("/"));
        let output = script.args(["-qec", &asked, "/dev/null"]).output();
        let Ok(output) = output else {
            crate::run::say("skipped: there is no `script` to make a terminal with");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.matches('│').count(), 2 * (rows + 1), "{text}");
        let told = format!("only the first {rows} rows; --max-rows 0 shows all");
        assert_eq!(text.contains(&told), rows < 5, "{text}");
    };
    shown("2", 2);
    shown("5", 5);
    shown("0", 5);
}

/// Only a terminal gets fewer rows than there are.
#[test]
fn files_and_pipes_get_every_row() {
    let query = "SELECT value FROM generate_series(1, 5)";
    let table = sql(&["--max-rows", "2", query]);
    assert_eq!(table.stdout.matches('│').count(), 2 * 6, "{}", table.stdout);
    assert_eq!(table.stderr, "");
    assert_eq!(csv(&["--max-rows", "2", query]).lines().count(), 6);
}
