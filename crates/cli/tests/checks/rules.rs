//! Rules of a rules file: each kind, and what is wrong with one.

use crate::world::{Folder, check, check_only, log_of, messages, of, run, truth, verdicts};

#[test]
fn the_sample_rules_run_on_the_sample_logs() {
    let rules = "queries/checks/sample.toml";
    let args = [
        "check",
        "sample-logs",
        "--rules",
        rules,
        "--month",
        "2026-10",
        "--format",
        "json",
    ];
    let verdicts = verdicts(run(&args), 0);
    // Of www more than a 50th ended in a server error, of the others less.
    let truth = truth();
    let www = &truth["month_by_distribution"]["E2EXAMPLE4WWW"];
    let errors = &www["by_status_class"]["5xx"]["requests"];
    assert_eq!(
        messages(of(&verdicts, "server-errors")),
        [format!(
            "www: {errors} of {} requests ended in a server error",
            www["requests"]
        )]
    );
    let anomaly = &truth["anomaly"];
    assert!(
        anomaly["user_agent"]
            .as_str()
            .unwrap()
            .starts_with("ci-fetch/")
    );
    assert_eq!(
        messages(of(&verdicts, "greedy-clients")),
        [format!(
            "ci-fetch took most of what crates sent on {}",
            anomaly["date"].as_str().unwrap()
        )]
    );
    assert_eq!(of(&verdicts, "egress")["status"], "skipped");
    assert_eq!(of(&verdicts, "releases-hit-ratio")["status"], "passed");
    assert_eq!(
        of(&verdicts, "october-budget")["summary"],
        "$18.36, at most $20.00"
    );
    assert_eq!(of(&verdicts, "schema-drift")["severity"], "notice");
    // The same of a lake.
    let lake = check(&["--rules", rules, "--month", "2026-10", "--format", "json"]);
    assert_eq!(crate::world::verdicts(lake, 0), verdicts);
}

#[test]
fn rows_of_a_query_are_violations() {
    let rules = "[[rule]]\nname = \"months\"\n\
        sql = \"SELECT month, requests FROM months WHERE month = $month OR month > $month ORDER BY 1\"\n\
        message = \"{{{month}}}: {requests}\"\n";
    // Without --month, $month is the newest whole month.
    let found = verdicts(check_only(rules, &["--format", "json"]), 3);
    let truth = truth();
    let requests = &truth["month_total"]["requests"];
    let days = ["2026-11-01", "2026-11-02"];
    let november: u64 = truth["all_days"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|of| days.iter().filter_map(|day| of[day]["requests"].as_u64()))
        .sum();
    let wanted = [
        format!("{{2026-10}}: {requests}"),
        format!("{{2026-11}}: {november}"),
    ];
    assert_eq!(messages(of(&found, "months")), wanted);
    let found = verdicts(
        check_only(rules, &["--format", "json", "--month", "2026-11"]),
        3,
    );
    assert_eq!(messages(of(&found, "months")), wanted[1..]);
    // Without a message: the row's columns. A warning does not fail.
    let rules =
        "[[rule]]\nname = \"one\"\nseverity = \"warning\"\nsql = \"SELECT 1 AS b, NULL AS a\"\n";
    let found = verdicts(check_only(rules, &["--format", "json"]), 0);
    assert_eq!(messages(of(&found, "one")), ["a = none, b = 1"]);
    // Many rows are counted, and a thousand kept.
    let rules = "[[rule]]\nname = \"many\"\nsql = \"SELECT log_line FROM requests\"\n";
    let found = verdicts(check_only(rules, &["--format", "json"]), 3);
    let many = of(&found, "many");
    assert_eq!(many["violations"], truth["totals"]["rows"]);
    assert_eq!(many["findings"].as_array().unwrap().len(), 1_000);
}

#[test]
fn a_column_stays_within_its_limits() {
    let rule = |more: &str| {
        format!(
            "[[rule]]\nname = \"t\"\nview = \"monthly_traffic\"\ncolumn = \"requests\"\n{more}\n"
        )
    };
    let truth = truth();
    let www = truth["month_by_distribution"]["E2EXAMPLE4WWW"]["requests"]
        .as_u64()
        .unwrap();
    let october = ["--month", "2026-10", "--format", "json"];
    let of_www = |more: &str| rule(&format!("distribution = \"www\"\n{more}"));
    for (more, code) in [
        (format!("min = {www}\nmax = {www}"), 0),
        (format!("min = {}", www + 1), 3),
        (format!("max = \"{}.5\"", www - 1), 3),
        (format!("max = {www}.5"), 0),
    ] {
        verdicts(check_only(&of_www(&more), &october), code);
    }
    // `where` narrows the rows, also with a comment at its end.
    let narrowed = rule(
        "where = \"name IN ('www', 'docs') -- both\"\nmax = 1\nmessage = \"{name} {requests}\"",
    );
    let found = verdicts(check_only(&narrowed, &october), 3);
    let mut found = messages(of(&found, "t"));
    found.sort();
    let docs = &truth["month_by_distribution"]["E2EXAMPLE5DOC"]["requests"];
    assert_eq!(found, [format!("docs {docs}"), format!("www {www}")]);
    // All months count when none is asked for.
    let found = verdicts(check_only(&of_www("max = 1"), &["--format", "json"]), 3);
    assert_eq!(of(&found, "t")["violations"], 3);
    // No row is no proof, and no number is none either.
    let none = rule("where = \"name = 'nobody'\"\nmin = 0");
    let found = verdicts(check_only(&none, &october), 3);
    assert_eq!(of(&found, "t")["summary"], "no data, at least 0");
    let null = "[[rule]]\nname = \"t\"\nview = \"savings\"\ncolumn = \"s3_usd\"\nmin = -1000\nmessage = \"{name}: {s3_usd}\"\n";
    let found = verdicts(check_only(null, &october), 3);
    assert_eq!(
        messages(of(&found, "t")),
        ["www: none"],
        "a server has no S3 side"
    );
}

#[test]
fn a_budget_is_of_a_month_and_maybe_of_a_distribution() {
    let rule =
        |usd: &str, more: &str| format!("[[rule]]\nname = \"b\"\nbudget = \"{usd}\"\n{more}\n");
    check_only(&rule("18.36", ""), &[]).expect(0);
    check_only(&rule("18.35", ""), &["--month", "2026-11"]).expect(0);
    let stdout = check_only(&rule("18.35", ""), &[]).expect(3);
    assert!(
        stdout
            .contains("FAIL b: $18.36, at most $18.35\n     - $18.36 in 2026-10, at most $18.35\n"),
        "{stdout}"
    );
    check_only(&rule("1.36", "distribution = \"releases\""), &[]).expect(0);
    let more = "distribution = \"E2EXAMPLE1RLS\"\nmessage = \"{name} {distribution} {cloudfront_usd} > {budget_usd}\"";
    let stdout = check_only(&rule("1.35", more), &[]).expect(3);
    assert!(
        stdout.contains("- releases E2EXAMPLE1RLS 1.36 > 1.35\n"),
        "{stdout}"
    );
}

#[test]
fn what_is_wrong_is_named_with_the_nearest_right_word() {
    let threshold = "[[rule]]\nname = \"t\"\nmin = 1\n";
    for (rules, wanted) in [
        (format!("{threshold}view = \"hit_ration\"\ncolumn = \"x\""), "rule `t`: there is no view `hit_ration`\n  hint: did you mean `hit_ratio`?"),
        (format!("{threshold}view = \"hit_ratio\"\ncolumn = \"request_hit_ration\""), "has no column `request_hit_ration`\n  hint: did you mean `request_hit_ratio`?"),
        (format!("{threshold}view = \"hit_ratio\"\ncolumn = \"name\""), "`name` is no number\n  hint: numbers of `hit_ratio` are hit_requests"),
        (format!("{threshold}view = \"months\"\ncolumn = \"requests\"\ndistribution = \"www\""), "`months` has no column `distribution`"),
        (format!("{threshold}view = \"hit_ratio\"\ncolumn = \"hit_requests\"\ndistribution = \"ww\""), "rule `t`: a rule names the distribution `ww`, which is not in these logs\n  hint: did you mean `www`?"),
        (format!("{threshold}view = \"hit_ratio\"\ncolumn = \"hit_requests\"\nmessage = \"{{egress}}\""), "rule `t`: the message has no column `egress` to show"),
        (format!("{threshold}view = \"monthly_traffic\"\ncolumn = \"requests\"\nmessage = \"{{response_byte}}\""), "hint: did you mean `response_bytes`?"),
        (format!("{threshold}view = \"hit_ratio\"\ncolumn = \"hit_requests\"\nwhere = \"mont = 'x'\""), "rule `t`"),
        ("[[rule]]\nname = \"s\"\nsql = \"SELECT * FROM headlin\"".to_owned(), "did you mean `headline`"),
        ("[[rule]]\nname = \"s\"\nsql = \"SELECT month FROM months\"\nmessage = \"{mont}\"".to_owned(), "hint: did you mean `month`?"),
        ("[[rule]]\nname = \"s\"\nsql = \"CREATE TABLE t AS SELECT 1\"".to_owned(), "rule `s`"),
        ("[[rule]]\nname = \"s\"\nsql = \"COPY (SELECT 1) TO 'out.csv'\"".to_owned(), "rule `s`"),
        ("[[rule]]\nname = \"c\"\nview = \"months\"\ncolumn = \"requests\"\nkey = \"mont\"\nmax_increase = 1".to_owned(), "hint: did you mean `month`?"),
        ("[[rule]]\nname = \"b\"\nbudget = 1\nmessage = \"{usd}\"".to_owned(), "there are month, distribution, name, cloudfront_usd, budget_usd"),
        ("[builtin.cost]\nmessage = \"{cloudfront_us}\"".to_owned(), "hint: did you mean `cloudfront_usd`?"),
    ] {
        let stderr = check_only(&rules, &[]).refused();
        assert!(stderr.contains(wanted), "{rules}\n{stderr}");
    }
    assert!(!edgeledger_testkit::repo_root().join("out.csv").exists());
    let stderr = run(&["check", "sample-logs", "--rules", "nowhere.toml"]).refused();
    assert!(
        stderr.contains("cannot read the rules `nowhere.toml`"),
        "{stderr}"
    );
}

#[test]
fn log_content_is_no_sql() {
    // A distribution whose name would end the text it stands in.
    let dir = Folder::new();
    dir.write("logs/a.log", &log_of(&["/a"]));
    let settings =
        "[[distribution]]\nid = \"d111111abcdef8.cloudfront.example\"\nname = \"x' OR '1' = '1\"\n";
    let settings = dir.write("edgeledger.toml", settings);
    let rules = "[[rule]]\nname = \"r\"\nview = \"monthly_traffic\"\ncolumn = \"requests\"\ndistribution = \"x' OR '1' = '1\"\nmin = 1\nmax = 1\n";
    let rules = dir.write("checks.toml", rules);
    run(&[
        "check",
        &format!("{}/logs", dir.path()),
        "--config",
        &settings,
        "--rules",
        &rules,
    ])
    .expect(0);
}

#[test]
fn the_rules_of_the_help_run() {
    let help = run(&["check", "--help"]).expect(0);
    let lines = help
        .lines()
        .skip_while(|line| !line.contains("A rules file tunes them"));
    let rules: Vec<&str> = lines
        .skip(1)
        .skip_while(|line| !line.starts_with("  ["))
        .take_while(|line| !line.starts_with("docs/"))
        .map(str::trim)
        .collect();
    let rules = rules.join("\n");
    let wanted = rules.matches("[[rule]]").count();
    assert!(wanted >= 4, "{help}");
    let dir = Folder::new();
    let file = dir.write("checks.toml", &rules);
    let listed = run(&["check", "--list-rules", "--rules", &file]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let rules = format!("{rules}\n");
    let ran = crate::world::check_with(&rules, &["--format", "json"]);
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let own = found["rules"].as_array().unwrap().iter();
    assert_eq!(own.filter(|rule| rule["kind"] != "builtin").count(), wanted);
    for message in messages(of(&found, "posts")) {
        let (_, count) = message.split_once(" got ").unwrap();
        assert!(
            count.trim_end_matches(" POSTs").parse::<u64>().is_ok(),
            "{message}"
        );
    }
}

#[test]
fn a_key_and_a_place_in_the_baseline_do_not_go_together() {
    let rule = "[[rule]]\nname = \"c\"\nview = \"monthly_traffic\"\ncolumn = \"response_bytes\"\n\
        key = \"distribution\"\nbaseline = \"/headline/egress_bytes\"\nmax_increase = 1\n";
    let stderr = check_only(rule, &[]).refused();
    assert!(
        stderr.contains("rule `c`: `key` and `baseline` do not go together"),
        "{stderr}"
    );
}
