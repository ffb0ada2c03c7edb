//! `report --what-if`, `report --allocation` and `config show`: the month of a few requests, because
//! every scenario is the whole model run again.

use edgeledger_testkit::repo_root;
use serde_json::Value;

use crate::run::{Ran, command, ran, run};

fn report(args: &[&str]) -> Ran {
    let month = ["report", "--logs", "sample-logs", "2026-11"];
    run(&[&month, args].concat())
}

fn json(args: &[&str]) -> Value {
    let stdout = report(&[&["--format", "json"], args].concat()).expect(0);
    serde_json::from_str(&stdout).unwrap()
}

fn cents(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn offers_are_ranked_by_what_the_account_would_pay() {
    let given = "releases:price_class=100, hit_ratio=-0.05";
    let report = json(&["--what-if", given, "--what-if", "only=docs", "--what-if"]);
    let ranking = report["what_if"]["ranking"].as_array().unwrap();
    let reported: Vec<&Value> = of(ranking, "reported");
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0]["usd"], report["headline"]["cloudfront_usd"]);

    let scenarios = of(ranking, "scenario");
    assert_eq!(scenarios.len(), 11 + 2);
    for what in ["price_class=100", given, "only=docs"] {
        let found = scenarios.iter().filter(|offer| offer["what"] == what);
        assert_eq!(found.count(), 1, "{what}");
    }
    let no_tier = scenarios
        .iter()
        .find(|offer| offer["what"] == "cloudfront_free_tier=false")
        .unwrap();
    assert!(cents(&no_tier["change_usd"]) > 0, "{no_tier}");
    assert_eq!(
        cents(&no_tier["usd"]) - cents(&reported[0]["usd"]),
        cents(&no_tier["change_usd"])
    );

    // Cheapest first; what leaves out a part of the traffic last.
    let is_partial = |offer: &Value| {
        offer["what"] == "only=docs" || offer["unpriced_bytes"].as_i64().is_some_and(|n| n > 0)
    };
    let keys: Vec<(bool, i64)> = ranking
        .iter()
        .map(|offer| (is_partial(offer), cents(&offer["usd"])))
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    assert!(keys.first().is_some_and(|key| !key.0) && keys.last().is_some_and(|key| key.0));

    for offer in of(ranking, "provider") {
        assert!(offer["seen"].is_string() && offer["not_comparable"].is_string());
    }
    assert!(!of(ranking, "provider").is_empty());
    assert_eq!(of(ranking, "savings_bundle").len(), 1);
    // Every distribution fits the free plan in such a month.
    let plans = report["what_if"]["plans"].as_array().unwrap();
    assert_eq!(
        plans.len(),
        report["distributions"].as_array().unwrap().len()
    );
    assert_eq!(of(ranking, "plan").len(), plans.len());
    assert!(plans.iter().all(|row| row["plan"] == "free"), "{plans:?}");
}

fn of<'a>(ranking: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let of_kind = ranking.iter().filter(|offer| offer["kind"] == kind);
    of_kind.collect()
}

#[test]
fn the_chapter_is_there_when_asked_for_and_has_tables_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    report(&["--out", out]).expect(0);
    let month = dir.path().join("2026-11");
    let read = |name: &str| std::fs::read_to_string(month.join(name)).unwrap();
    assert!(!read("report.txt").contains("What if"));
    assert!(read("report.json").contains("\"what_if\": null"));
    assert!(!month.join("csv/what_if.csv").exists());

    // The month after the option is no scenario.
    let args = [
        "report",
        "--logs",
        "sample-logs",
        "--overwrite",
        "--out",
        out,
    ];
    run(&[&args[..], &["--what-if", "2026-11"]].concat()).expect(0);
    for name in ["report.txt", "report.md"] {
        assert!(read(name).contains("price\\_class=100") || read(name).contains("price_class=100"));
    }
    let ranking = read("csv/what_if.csv");
    assert!(ranking.contains("\nreported,,"), "{ranking}");
    assert!(read("csv/what_if_plans.csv").contains(",free,"));
}

#[test]
fn a_wrong_scenario_is_told_in_the_engines_words() {
    for (given, said) in [
        (
            "price_clas=100",
            "error: what_if('price_clas=100'): there is no knob `price_clas`: did you mean \
             `price_class`?\n",
        ),
        (
            "hit_ratio=+0.05,releases:price_class=300",
            "error: what_if('releases:price_class=300'): `300` is no price_class: did you mean \
             `100` or `200`?\n",
        ),
        (
            "nobody:plan=pro",
            "error: what_if('nobody:plan=pro'): no distribution is called `nobody`\n",
        ),
        (
            "2026-10",
            "error: what_if('2026-10'): a scenario is written knob=value, such as \
             price_class=100\n",
        ),
        // A text is a text, whatever it holds.
        (
            "waf=x') UNION SELECT 1 --",
            "error: what_if('waf=x') UNION SELECT 1 --'): waf is `billed` or `unbilled`, not \
             `x') UNION SELECT 1 --`\n",
        ),
    ] {
        let ran = report(&["--what-if", given]);
        assert_eq!((ran.code, ran.stderr.as_str()), (2, said));
        assert_eq!(ran.stdout, "");
    }
}

/// Servers have no savings that logs could leave unsure, which spares each method the scenarios
/// behind them.
#[test]
fn shares_by_another_method_sum_to_the_same_bill() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("edgeledger.toml");
    let settings = crate::run::sample_settings().replace("\"s3\"", "\"server\"");
    let servers: Vec<&str> = settings
        .lines()
        .filter(|line| !line.starts_with("bucket_region"))
        .collect();
    let servers = servers.join("\n");
    let no_free_tier = "[costs]\ncloudfront_free_tier = false\n";
    std::fs::write(&config, no_free_tier.to_owned() + &servers).unwrap();
    let of = |method: &str| {
        let config = config.to_str().unwrap();
        let report = json(&["--config", config, "--allocation", method]);
        assert_eq!(report["method"]["allocation"], method);
        let shares = report["distributions"].as_array().unwrap();
        let shares: Vec<i64> = shares
            .iter()
            .map(|row| cents(&row["cloudfront_usd"]))
            .collect();
        let bill = cents(&report["headline"]["cloudfront_usd"]);
        assert_eq!(shares.iter().sum::<i64>(), bill, "{method}: {shares:?}");
        bill
    };
    let bill = of("average");
    assert!(bill > 0);
    assert_eq!(of("marginal"), bill);
}

#[test]
fn config_show_prints_how_costs_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("edgeledger.toml");
    let settings = "
        [costs]
        allocation = \"marginal\"
        cloudfront_discount = \"0.25\"
        [[extra_usage]]
        item = \"invalidation\"
        quantity = 2500
        [[extra_usage]]
        item = \"function\"
        quantity = 7
        month = \"2026-10\"
        distribution = \"downloads\"
        [[distribution]]
        id = \"E1\"
        name = \"downloads\"
        bucket_region = \"eu-west-1\"
        storage_class = \"standard-ia\"
        origin_shield = \"eu-west-1\"
        plan = \"pro\"";
    std::fs::write(&file, settings).unwrap();
    let mut command = command(&["config", "show", "--config", file.to_str().unwrap()]);
    let shown = ran(command.current_dir(repo_root())).expect(0);
    for line in [
        "allocation: marginal",
        "cloudfront_discount: 0.25",
        "extra usage: 2500 invalidation in global, every month, shared by all distributions",
        "extra usage: 7 function in global, 2026-10, E1",
        "distribution: E1 downloads origin s3 in eu-west-1, storage class standard-ia, price class \
         All, Origin Shield in eu-west-1, plan pro",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}
