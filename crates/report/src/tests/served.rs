//! What the chapters on old URLs, on what is served and on clients say of rows made by hand.

use edgeledger_rates::Decimal;

use super::{models, render, unwrapped};
use crate::{Figures, Format, Rows, Value};

type Cells<'a> = &'a [(&'a str, Value)];

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn ratio(value: &str) -> Value {
    Value::Decimal(value.parse().unwrap(), 6)
}

fn usd(value: &str, decimals: u32) -> Value {
    Value::Decimal(value.parse::<Decimal>().unwrap(), decimals)
}

fn rows(rows: &[Cells<'_>]) -> Rows {
    let names = rows[0].iter().map(|(name, _)| (*name).to_owned());
    let values = |row: &Cells<'_>| row.iter().map(|(_, value)| value.clone()).collect();
    Rows {
        columns: names.collect(),
        rows: rows.iter().map(values).collect(),
    }
}

/// The text report with one figure alone, on one line.
fn report(name: &'static str, figure: Rows) -> String {
    let mut report = models::typical();
    report.figures = Figures::new(vec![(name, figure)]);
    unwrapped(&render(&report, Format::Text))
}

fn legacy(rules: &[(&str, i64, &str, i64, i64, i64)]) -> String {
    let cells: Vec<Vec<(&str, Value)>> = rules
        .iter()
        .map(|(rule, order, kind, requests, edge, forwarded)| {
            vec![
                ("legacy_rule", text(rule)),
                ("rule_order", Value::Int(*order)),
                ("title", text("Old place")),
                ("kind", text(kind)),
                ("requests", Value::Int(*requests)),
                ("edge_requests", Value::Int(*edge)),
                ("forwarded_requests", Value::Int(*forwarded)),
                ("egress_bytes", Value::Int(*requests * 512)),
                ("cloudfront_usd_exact", usd("0.25", 12)),
            ]
        })
        .collect();
    let cells: Vec<Cells<'_>> = cells.iter().map(Vec::as_slice).collect();
    report("legacy_urls", rows(&cells))
}

#[test]
fn rules_that_nobody_uses_are_named() {
    // A rule of two distributions is used when one of them uses it.
    let said = legacy(&[
        ("moved", 1, "redirect", 6000, 5996, 0),
        ("both", 2, "rewrite", 2000, 0, 1500),
        ("both", 2, "rewrite", 0, 0, 0),
        ("gone", 3, "redirect", 0, 0, 0),
    ]);
    for sentence in [
        "3 rules for legacy URLs carried 8,000 requests, 0.00% of all: 3.91 MiB of egress, for $1.00.",
        "The edge answered 5,996 by itself, and 1,500 went on to an origin. For 504 more, the cache",
        "The busiest rule, moved (Old place), carried 6,000.",
        "Nobody used this rule in October 2026. Once other months say the same, it can go: - gone: Old place",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(!said.contains("- both"), "{said}");
    // To rewrite is to ask the origin.
    assert!(!said.contains("all the same"), "{said}");

    let said = legacy(&[("moved", 1, "redirect", 3, 2, 1)]);
    assert!(said.contains("1 rule for legacy URLs carried 3"), "{said}");
    assert!(
        said.contains("1 request of a rule that redirects went on"),
        "{said}"
    );
    assert!(!said.contains("Nobody used"), "{said}");

    let said = legacy(&[("a", 1, "redirect", 0, 0, 0), ("b", 2, "redirect", 0, 0, 0)]);
    assert!(said.contains("2 rules for legacy URLs, and not one request"));
    assert!(said.contains("Nobody used these rules in October 2026."));
}

#[test]
fn no_rules_no_chapter() {
    let mut report = models::typical();
    report.figures = Figures::default();
    let said = render(&report, Format::Text);
    for title in ["Legacy URLs", "What is served", "Who uses it"] {
        assert!(!said.contains(title), "{title}");
    }
}

fn paths(number: i64) -> String {
    let cells: Vec<Vec<(&str, Value)>> = (1..=number)
        .map(|place| {
            vec![
                ("place", Value::Int(place)),
                ("path", text(&format!("/{place}"))),
                ("egress_bytes", Value::Int(1 << 20)),
                (
                    "running_egress_share",
                    ratio(&format!("0.{:02}", place * 2)),
                ),
                ("running_cloudfront_share", ratio(&format!("0.{place:02}5"))),
                ("s3_usd_exact", Value::Null),
            ]
        })
        .collect();
    let cells: Vec<Cells<'_>> = cells.iter().map(Vec::as_slice).collect();
    report("top_paths", rows(&cells))
}

#[test]
fn the_twenty_largest_paths_are_told_of() {
    let said = paths(30);
    assert!(
        said.contains(
            "The 20 paths that sent the most bytes made 40.00% of the egress and 20.50% of \
             CloudFront's cost."
        ),
        "{said}"
    );
    assert!(said.contains("… and 15 more, which the JSON"), "{said}");
    assert!(said.contains(" /15 ") && !said.contains(" /16 "), "{said}");
    let said = paths(7);
    assert!(said.contains("The 7 paths made 14.00% of the egress and 7.50%"));
}

#[test]
fn what_never_changes_and_missed_is_told_of() {
    let group = |name, is_immutable, bytes, hits, misses| -> Vec<(&str, Value)> {
        vec![
            ("path_group", text(name)),
            ("is_immutable", Value::Flag(is_immutable)),
            ("egress_bytes", Value::Int(bytes)),
            ("hit_requests", Value::Int(hits)),
            ("miss_requests", Value::Int(misses)),
        ]
    };
    let said = |groups: &[Vec<(&str, Value)>]| {
        let cells: Vec<Cells<'_>> = groups.iter().map(Vec::as_slice).collect();
        report("path_groups", rows(&cells))
    };
    let with = said(&[
        group("releases", true, 700, 970, 20),
        group("archive", true, 50, 0, 10),
        group("other", false, 250, 1, 99),
    ]);
    assert!(
        with.contains(
            "Paths that by your rules never change made 75.00% of the egress. 30 requests for \
             them missed the cache, 3.00% of those that it decided"
        ),
        "{with}"
    );
    let without = said(&[group("other", false, 250, 1, 99)]);
    assert!(!without.contains("Groups of paths"), "{without}");
}

#[test]
fn sizes_are_named_by_their_class() {
    let class = |from, requests, bytes, of_requests, of_bytes| -> Vec<(&str, Value)> {
        vec![
            ("from_bytes", Value::Int(from)),
            ("requests", Value::Int(requests)),
            ("request_share", ratio(of_requests)),
            ("egress_bytes", Value::Int(bytes)),
            ("egress_share", ratio(of_bytes)),
        ]
    };
    let classes = [
        class(0, 90, 900, "0.9", "0.1"),
        class(4_294_967_296, 10, 8100, "0.1", "0.9"),
        // No class of ours.
        class(5, 1, 1, "0", "0"),
    ];
    let cells: Vec<Cells<'_>> = classes.iter().map(Vec::as_slice).collect();
    let said = report("object_sizes", rows(&cells));
    assert!(
        said.contains(
            "Complete answers are most often of below 1 KiB (90.00%); those of 4 GiB and more \
             carry the most bytes (90.00%)."
        ),
        "{said}"
    );
    assert!(said.contains(" 5 B 1 0.00% 1 B 0.00%"), "{said}");
}

/// Cents are those that sum to the month's; what is less than one is not nothing.
#[test]
fn clients_cost_what_sums_to_the_month() {
    let kind = |kind, cents, exact| -> Vec<(&str, Value)> {
        vec![
            ("client_kind", text(kind)),
            ("requests", Value::Int(7)),
            ("cloudfront_usd", usd(cents, 2)),
            ("cloudfront_usd_exact", usd(exact, 12)),
        ]
    };
    let kinds = [
        kind("tool", "16.50", "16.505476704982"),
        kind("bot", "0.00", "0.006"),
        kind("ci", "0.00", "0"),
        kind("new-kind", "0.01", "0.004"),
    ];
    let cells: Vec<Cells<'_>> = kinds.iter().map(Vec::as_slice).collect();
    let said = report("client_kinds", rows(&cells));
    for words in [
        "CloudFront's cost ($16.50).",
        "Bots made 7 requests (–), for < $0.01.",
        "Tools and libraries 7 – – – $16.50 –",
        "Bots 7 – – – < $0.01 –",
        "Build services 7 – – – $0.00 –",
        "new-kind 7 – – – $0.01 –",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}
