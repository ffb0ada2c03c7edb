//! Dollars of the questions agree with the month's, however they are split.

use crate::ask::{MONTH, rows, rows_of};

/// Dollars as written, in units of 10^-12: texts, because a JSON number is a float to its reader.
fn units(csv: &str, column: &str) -> i128 {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    // From the end: a path may hold a comma.
    let from_end = header
        .iter()
        .rev()
        .position(|name| *name == column)
        .unwrap();
    let amounts = lines.map(|line| line.rsplit(',').nth(from_end).unwrap());
    amounts.map(decimal).sum()
}

fn decimal(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part:0<12}");
    digits.parse().unwrap()
}

#[test]
fn parts_sum_to_the_month() {
    let month = crate::ask::sql(
        "csv",
        &format!(
            "SELECT usd_exact FROM monthly_cost WHERE month = '{MONTH}' AND side = 'cloudfront'"
        ),
    );
    let month = units(&month, "usd_exact");
    assert!(month > 0);
    for name in [
        "status-codes",
        "top-networks",
        "egress-by-country",
        "day-over-day",
    ] {
        let all = [("rows", "100000")];
        let given: &[(&str, &str)] = match name {
            "top-networks" | "egress-by-country" => &all,
            _ => &[],
        };
        let answer = crate::ask::ask("csv", name, given);
        let n_rows = i128::try_from(answer.lines().count()).unwrap();
        let sum = units(&answer, "cloudfront_usd");
        // Each row is rounded at 10^-4.
        let off = (sum - month).abs();
        assert!(off <= n_rows * 50_000_000, "{name}: {sum} of {month}");
    }
}

#[test]
fn cents_sum_to_the_month() {
    let of_month = format!("WHERE month = '{MONTH}' AND side = 'cloudfront'");
    let month = rows_of(&format!(
        "SELECT CAST(usd * 100 AS BIGINT) AS cents FROM monthly_cost {of_month}"
    ));
    let month = i128::from(month[0]["cents"].as_i64().unwrap()) * 10_000_000_000;
    for name in [
        "cost-by-distribution",
        "cost-by-path-group",
        "cost-by-region",
        "cost-by-agent",
        "cost-by-client-kind",
        "user-agents",
    ] {
        let answer = crate::ask::ask("csv", name, &[]);
        assert_eq!(units(&answer, "cloudfront_usd"), month, "{name}");
    }
}

/// To pack what is packed already would save nothing, and half the size saves half.
#[test]
fn xz_saves_what_it_is_smaller() {
    let saved = |part: &str| -> (u64, u64) {
        let rows = rows("archive-formats", &[("xz_part", part)]);
        let of = |format: &str, column: &str| {
            let row = rows.iter().find(|row| row["format"] == format).unwrap();
            row[column].as_u64().unwrap()
        };
        assert_eq!(of("tar.xz", "saved_bytes"), 0);
        (
            of("tar.gz (crate)", "saved_bytes"),
            of("tar.gz (crate)", "egress_bytes"),
        )
    };
    assert_eq!(saved("1").0, 0);
    let (half, whole) = saved("0.5");
    assert_eq!(half, whole / 2);
}
