//! Dollars of the questions agree with the month's, however they are split.

use crate::ask::{MONTH, answer, ask, number, rows};

/// The sum of a column of dollars, in units of 10^-12.
fn units(csv: &str, column: &str) -> i128 {
    rows(csv).iter().map(|row| decimal(&row[column])).sum()
}

fn decimal(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<12}").parse().unwrap()
}

fn of_the_month(column: &str) -> i128 {
    let of_month = format!("WHERE month = '{MONTH}' AND side = 'cloudfront'");
    let month = ask(&[&format!("SELECT {column} FROM monthly_cost {of_month}")]);
    units(&month, column)
}

#[test]
fn parts_sum_to_the_month() {
    let month = of_the_month("usd_exact");
    assert!(month > 0);
    for name in [
        "status-codes",
        "top-networks",
        "egress-by-country",
        "day-over-day",
    ] {
        let answer = answer(name);
        let sum = units(answer, "cloudfront_usd");
        // Each row is rounded at 10^-4.
        let n_rows = i128::try_from(rows(answer).len()).unwrap();
        let off = (sum - month).abs();
        assert!(off <= n_rows * 50_000_000, "{name}: {sum} of {month}");
    }
}

#[test]
fn cents_sum_to_the_month() {
    let month = of_the_month("usd");
    for name in [
        "cost-by-distribution",
        "cost-by-path-group",
        "cost-by-region",
        "cost-by-agent",
        "cost-by-client-kind",
        "user-agents",
    ] {
        assert_eq!(units(answer(name), "cloudfront_usd"), month, "{name}");
    }
}

/// To pack what is packed already would save nothing, and half the size saves half.
#[test]
fn xz_saves_what_it_is_smaller() {
    let month = format!("--param=month={MONTH}");
    let formats = rows(&ask(&["@archive-formats", &month, "--param=xz_part=0.5"]));
    let packed = formats.iter().find(|row| row["format"] == "tar.xz");
    assert_eq!(number(packed.unwrap(), "saved_bytes"), 0);
    let crates = formats.iter().find(|row| row["format"] == "tar.gz (crate)");
    let crates = crates.unwrap();
    let half = number(crates, "egress_bytes") / 2;
    assert_eq!(number(crates, "saved_bytes"), half);
}
