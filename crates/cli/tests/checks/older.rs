//! Rules files as they were written before there were others.

use crate::world::{check_with, messages, of, run, verdicts};

#[test]
fn older_rules_mean_what_they_meant() {
    // The sample's settings hold 17 USD of invalidations.
    let rules = "[rejects]\nmax_ratio = \"0.01\"\n[quarantine]\nmax_objects = 0\n\
        [[hit_ratio]]\ndistribution = \"docs\"\nmin = \"0.5\"\n[[hit_ratio]]\nmin = 0.8\n\
        [[cost]]\nmax_usd = \"18.36\"\n[[cost]]\ndistribution = \"index\"\nmax_usd = \"17.00\"\n";
    let stdout = check_with(rules, &["--month", "2026-10"]).expect(0);
    for line in [
        "ok   hit_ratio (docs): 0.883041, at least 0.5\n",
        "ok   hit_ratio (all): 0.855581, at least 0.8\n",
        "ok   cost (all): $18.36, at most $18.36\n",
        "ok   cost (index): $17.00, at most $17.00\n",
    ] {
        assert!(stdout.contains(line), "{line}{stdout}");
    }
    let rules =
        "[[hit_ratio]]\ndistribution = \"docs\"\nmin = \"0.99\"\n[[cost]]\nmax_usd = \"18.35\"\n";
    let verdicts = verdicts(check_with(rules, &["--format", "json"]), 3);
    let docs = of(&verdicts, "hit_ratio (docs)");
    assert_eq!(docs["violations"], 3, "a month each: {docs:#}");
    assert!(
        messages(docs)[1].starts_with("request_hit_ratio = 0.883041 ("),
        "{docs:#}"
    );
    assert_eq!(
        messages(of(&verdicts, "cost (all)")),
        ["$18.36 in 2026-10, at most $18.35"]
    );
}

#[test]
fn a_quarantined_object_is_exit_code_4() {
    let dir = crate::world::Folder::new();
    dir.write("a.log", &crate::world::log_of(&["/a"]));
    dir.write("b.log", "<html>");
    let stdout = run(&["check", &dir.path()]).expect(4);
    assert!(
        stdout.contains("FAIL quarantine: 1 log object, at most 0\n     - b.log: "),
        "{stdout}"
    );
    let rules = dir.write("rules/checks.toml", "[quarantine]\nmax_objects = 1\n");
    run(&["check", &dir.path(), "--rules", &rules]).expect(0);
    // A failed rule counts for more than what is missing.
    let rules = "[[rule]]\nname = \"none\"\nsql = \"SELECT path FROM requests\"\n";
    let rules = dir.write("rules/checks.toml", rules);
    run(&["check", &dir.path(), "--rules", &rules]).expect(3);
}

#[test]
fn a_rule_about_nothing_fails_or_is_refused() {
    let stderr = check_with("", &["--month", "2020-01"]).refused();
    assert!(
        stderr.contains("hint: they hold 2026-09, 2026-10, 2026-11"),
        "{stderr}"
    );
    let dir = crate::world::Folder::new();
    let stderr = run(&["check", &dir.path()]).refused();
    assert!(stderr.contains("there are no log objects in "), "{stderr}");
    let stderr = check_with(
        "[[hit_ratio]]\ndistribution = \"dosc\"\nmin = \"0.1\"\n",
        &[],
    )
    .refused();
    assert!(stderr.contains("hint: did you mean `docs`?"), "{stderr}");
    let stderr = check_with("[rejcts]\nmax_ratio = \"0.1\"\n", &[]).refused();
    assert!(stderr.contains("unknown field `rejcts`"), "{stderr}");
}
