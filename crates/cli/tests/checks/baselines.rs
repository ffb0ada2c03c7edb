//! Baselines: reports, files of our own, and drifts from them.

use serde_json::{Value, json};

use crate::world::{Folder, check, check_only, check_with, messages, of, truth, verdicts};

const REPORT: &str = "reports/2026-10/report.json";
const DRIFTS: [&str; 4] = [
    "egress-drift",
    "requests-drift",
    "hit-ratio-drift",
    "cost-drift",
];

/// The sample's report with some values changed.
fn report(folder: &Folder, change: impl Fn(&mut Value)) -> String {
    let path = edgeledger_testkit::repo_root().join(REPORT);
    let mut report: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    change(&mut report);
    folder.write("report.json", &report.to_string())
}

#[test]
fn a_report_of_the_same_month_shows_no_drift() {
    let verdicts = verdicts(check(&["--baseline", REPORT, "--format", "json"]), 0);
    for drift in DRIFTS {
        let verdict = of(&verdicts, drift);
        assert_eq!(verdict["status"], "passed");
        assert_eq!(
            verdict["summary"],
            "0 of 6 figures of 2026-10 drifted from 2026-10"
        );
    }
}

#[test]
fn drifts_beyond_the_tolerances_are_found() {
    let dir = Folder::new();
    let file = report(&dir, |report| {
        report["month"] = json!("2026-09");
        report["headline"]["cloudfront_usd"] = json!("8.35");
        let releases = &mut report["distributions"][0];
        assert_eq!(releases["name"], "releases");
        releases["egress_bytes"] = json!(100_000_000_000_u64);
        releases["request_hit_ratio"] = json!("0.955052");
        // Gone since, and not there before.
        report["distributions"][1]["distribution"] = json!("E2EXAMPLE9OLD");
        report["distributions"][1]["name"] = json!("old");
        report["distributions"][1]["requests"] = json!(30_000);
    });
    let verdicts = verdicts(check(&["--baseline", &file, "--format", "json"]), 3);
    let truth = truth();
    let releases = &truth["month_by_distribution"]["E2EXAMPLE1RLS"]["response_bytes"];
    assert_eq!(
        messages(of(&verdicts, "egress-drift")),
        [format!(
            "releases: {releases} bytes sent in 2026-10, 100000000000 in the baseline of 2026-09"
        )]
    );
    assert_eq!(
        messages(of(&verdicts, "requests-drift")),
        ["old: 0 requests in 2026-10, 30000 in the baseline of 2026-09"]
    );
    // 0.955052 to 0.855051 is a loss of more than 0.05.
    assert_eq!(
        messages(of(&verdicts, "hit-ratio-drift")),
        ["releases: hit ratio 0.855051 in 2026-10, 0.955052 in the baseline of 2026-09"]
    );
    // From 8.35 to 18.36 are 10.01 dollars, and more than a quarter; the index cost the same.
    let cost = of(&verdicts, "cost-drift");
    assert_eq!(
        messages(cost),
        ["all distributions: $18.36 in 2026-10, $8.35 in the baseline of 2026-09"]
    );
    assert_eq!(cost["findings"][0]["values"]["change"], "10.01");
    let tuned = "[builtin.cost-drift]\nabsolute = \"10.01\"\n[builtin.hit-ratio-drift]\nseverity = \"notice\"\n";
    let verdicts = verdicts_of(tuned, &file, 0);
    assert_eq!(of(&verdicts, "cost-drift")["status"], "passed");
}

fn verdicts_of(rules: &str, baseline: &str, code: i32) -> Value {
    verdicts(
        check_with(rules, &["--baseline", baseline, "--format", "json"]),
        code,
    )
}

const CHANGE: &str = "[[rule]]\nname = \"egress\"\nview = \"monthly_traffic\"\ncolumn = \"response_bytes\"\n\
    key = \"distribution\"\nmax_increase = \"0.1\"\nmax_decrease = \"0.1\"\n\
    message = \"{name}: {response_bytes}, was {baseline} ({change_ratio})\"\n\
    [[rule]]\nname = \"all\"\nview = \"headline\"\ncolumn = \"requests\"\nmax_increase = 0\nmax_decrease = 0\n";

#[test]
fn update_baseline_writes_what_is_then_compared() {
    let dir = Folder::new();
    let file = dir.file("checks-baseline.json");
    let path = file.to_str().unwrap();
    let update = ["--baseline", path, "--update-baseline"];
    let ran = check_with(CHANGE, &update);
    assert!(
        ran.stderr.contains("wrote the figures of 2026-10 to "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.expect(0), "");
    let text = dir.read("checks-baseline.json");
    let baseline: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&baseline["schema"], &baseline["month"]),
        (&"edgeledger.baseline/1".into(), &"2026-10".into())
    );
    let truth = truth();
    assert_eq!(
        baseline["headline"]["requests"],
        truth["month_total"]["requests"]
    );
    assert_eq!(
        baseline["headline"]["egress_bytes"],
        truth["month_total"]["response_bytes"]
    );
    let releases = &baseline["distributions"][0];
    assert_eq!(releases["distribution"], "E2EXAMPLE1RLS");
    assert_eq!(releases["columns"].as_array().unwrap().len(), 33);
    assert_eq!(baseline["rules"].as_array().unwrap().len(), 6);
    // The same bytes again, over the old file.
    check_with(CHANGE, &update).expect(0);
    assert_eq!(dir.read("checks-baseline.json"), text);
    let found = verdicts_of(CHANGE, path, 0);
    for rule in DRIFTS.iter().chain(&["egress", "all"]) {
        assert_eq!(of(&found, rule)["status"], "passed");
    }
    // November against October: another month has other values.
    let november = ["--baseline", path, "--month", "2026-11", "--format", "json"];
    let found = verdicts(check_with(CHANGE, &november), 3);
    assert_eq!(of(&found, "all")["violations"], 1);
    let egress = of(&found, "egress");
    assert_eq!(egress["violations"], 5, "{egress:#}");
    let days = &truth["all_days"]["E2EXAMPLE1RLS"];
    let now = ["2026-11-01", "2026-11-02"].map(|day| days[day]["response_bytes"].as_u64().unwrap());
    let was = &truth["month_by_distribution"]["E2EXAMPLE1RLS"]["response_bytes"];
    let message = messages(egress).remove(0);
    assert!(
        message.starts_with(&format!("releases: {}, was {was} (-0.9", now[0] + now[1])),
        "{message}"
    );
}

#[test]
fn columns_are_compared_with_the_baseline() {
    let dir = Folder::new();
    let file = dir.file("baseline.json");
    let path = file.to_str().unwrap();
    check(&["--baseline", path, "--update-baseline"]).expect(0);
    let mut baseline: Value = serde_json::from_str(&dir.read("baseline.json")).unwrap();
    let columns = baseline["distributions"][1]["columns"]
        .as_array_mut()
        .unwrap();
    columns.retain(|column| column != "c-port");
    columns.push("x-old".into());
    let path = dir.write("baseline.json", &baseline.to_string());
    let verdicts = verdicts_of("", &path, 0);
    let found = messages(of(&verdicts, "schema-drift"));
    let of_crates: Vec<&String> = found
        .iter()
        .filter(|text| text.starts_with("crates: "))
        .collect();
    assert!(
        of_crates.iter().any(|text| text
            .starts_with("crates: new columns from 2026-09-29 04:00 on (log objects: 104)")
            && text.ends_with(": c-port")),
        "{found:#?}"
    );
    assert!(
        of_crates.iter().any(|text| text
            .starts_with("crates: missing columns from 2026-09-29 04:00 on (log objects: 104)")
            && text.ends_with(": x-old")),
        "{found:#?}"
    );
}

#[test]
fn rules_about_change_read_reports_by_pointer() {
    let rule = |pointer: &str| {
        format!(
            "[[rule]]\nname = \"savings\"\nview = \"headline\"\ncolumn = \"savings_usd\"\nmax_decrease = \"0.1\"\nbaseline = \"{pointer}\"\n"
        )
    };
    let status = |rules: &str, file: &str, code| {
        of(
            &verdicts(
                check_only(rules, &["--baseline", file, "--format", "json"]),
                code,
            ),
            "savings",
        )["status"]
            .clone()
    };
    assert_eq!(status(&rule("/headline/savings_usd"), REPORT, 0), "passed");
    assert_eq!(status(&rule("/headline/nothing"), REPORT, 0), "skipped");
    assert_eq!(status(&rule("/headline"), REPORT, 0), "skipped");
    let dir = Folder::new();
    // 66.11 is a tenth less than 73.45, but for half a cent.
    let file = report(&dir, |report| {
        report["headline"]["savings_usd"] = json!("73.45");
    });
    assert_eq!(status(&rule("/headline/savings_usd"), &file, 0), "passed");
    let file = report(&dir, |report| {
        report["headline"]["savings_usd"] = json!("73.46");
    });
    assert_eq!(status(&rule("/headline/savings_usd"), &file, 3), "failed");
}

#[test]
fn the_rules_file_may_name_the_baseline() {
    let dir = Folder::new();
    let rules = format!("baseline = \"base.json\"\n{CHANGE}");
    let rules = dir.write("checks.toml", &rules);
    check(&["--rules", &rules, "--update-baseline"]).expect(0);
    assert!(dir.file("base.json").exists(), "beside the rules");
    let verdicts = verdicts(check(&["--rules", &rules, "--format", "json"]), 0);
    assert_eq!(of(&verdicts, "egress")["status"], "passed");
}

#[test]
fn what_is_no_baseline_is_refused() {
    let dir = Folder::new();
    let refused = |text: &str, wanted: &str| {
        let file = dir.write("b.json", text);
        let stderr = check(&["--baseline", &file]).refused();
        assert!(stderr.contains(wanted), "{text}: {stderr}");
    };
    refused("{", "EOF");
    refused("{}", "its schema is `none`");
    refused(
        r#"{"schema": "edgeledger.series/1"}"#,
        "give the JSON of a report of one month",
    );
    refused(r#"{"schema": "edgeledger.report/1"}"#, "missing field");
    let headline =
        r#"{"requests": 1, "egress_bytes": 1, "request_hit_ratio": null, "cloudfront_usd": "0"}"#;
    refused(
        &format!(
            r#"{{"schema": "edgeledger.report/1", "month": "soon", "headline": {headline}, "distributions": []}}"#
        ),
        "its month is `soon`",
    );
    let stderr = check(&["--baseline", "nowhere.json"]).refused();
    assert!(stderr.contains("--update-baseline` writes one"), "{stderr}");
    let stderr = check(&["--update-baseline"]).refused();
    assert!(stderr.contains("hint: add --baseline"), "{stderr}");
    // A report is not written over, nor is anything else.
    let file = report(&dir, |_| ());
    let before = dir.read("report.json");
    let stderr = check(&["--baseline", &file, "--update-baseline"]).refused();
    assert!(
        stderr.contains("no baseline that may be written over"),
        "{stderr}"
    );
    assert_eq!(dir.read("report.json"), before);
}
