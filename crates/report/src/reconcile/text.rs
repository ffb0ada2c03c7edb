//! The comparison for a terminal.

use edgeledger_rates::Decimal;

use super::{BillLine, CENT, FoundIn, Reconciliation};
use crate::{
    document::{numbers, words},
    escape::visible,
    format::{amount, dash, grouped_fixed, percent, plural, small_usd, usd},
    layout::{paragraph, table},
};

pub(super) fn render(all: &Reconciliation) -> String {
    let mut out = format!("Bill and logs, {} (UTC)\n\n", all.month);
    let (bill, ours) = (all.bill_usd(), all.our_usd());
    let off = all
        .lines
        .iter()
        .filter(|line| line.is_off(all.tolerance))
        .count();
    let tolerance = percent(Some(all.tolerance), 2);
    let verdict = if all.is_within() {
        format!("within {tolerance} of the bill")
    } else if off == 0 {
        format!("more than {tolerance} off the bill")
    } else {
        let n = i64::try_from(off).unwrap_or(i64::MAX);
        let off = plural(n, "usage type", "usage types");
        format!("more than {tolerance} off the bill, in {off}")
    };
    out.push_str(&paragraph(
        "",
        &format!(
            "CloudFront on the bill {}, by the logs {} ({}): {verdict}.",
            usd(bill),
            usd(ours),
            signed(ours - bill)
        ),
    ));
    out.push('\n');
    out.push_str(&quantities(all));
    out.push('\n');
    out.push_str(&costs(all));
    if !all.distributions.is_empty() {
        out.push('\n');
        out.push_str(&distributions(all));
    }
    if !all.findings.is_empty() {
        out.push_str("\nFindings\n");
        for finding in &all.findings {
            out.push_str(&paragraph("- ", &visible(&finding.text)));
            for line in finding.paste.iter().flat_map(|paste| paste.lines()) {
                out.push_str("      ");
                out.push_str(&visible(line));
                out.push('\n');
            }
        }
    }
    out
}

fn quantities(all: &Reconciliation) -> String {
    let columns = [
        words("usage type"),
        words("unit"),
        numbers("bill"),
        numbers("logs"),
        numbers("difference"),
        numbers("logs/bill"),
        words(""),
    ];
    let rows: Vec<Vec<String>> = all
        .lines
        .iter()
        .map(|line| {
            vec![
                visible(&line.usage_type),
                visible(&line.unit),
                quantity(line.bill_quantity, &line.unit),
                quantity(line.our_quantity, &line.unit),
                quantity(line.quantity_difference, &line.unit),
                line.quantity_ratio
                    .map_or_else(dash, |ratio| percent(Some(ratio), 2)),
                mark(line, all.tolerance).to_owned(),
            ]
        })
        .collect();
    table(&columns, &rows, 0)
}

/// GB line up by their decimals; everything else is counted.
fn quantity(value: Decimal, unit: &str) -> String {
    if unit == "GB" {
        grouped_fixed(value, 3)
    } else {
        amount(value)
    }
}

fn mark(line: &BillLine, tolerance: Decimal) -> &'static str {
    match line.found_in {
        FoundIn::Bill => "only on the bill",
        FoundIn::Logs => "only in the logs",
        FoundIn::Both if line.units_differ() => "units differ",
        FoundIn::Both if line.is_judged() && line.quantity_is_off(tolerance) => "off",
        FoundIn::Both => "",
    }
}

fn costs(all: &Reconciliation) -> String {
    let columns = [
        words("usage type"),
        numbers("bill"),
        numbers("logs"),
        numbers("difference"),
        words(""),
    ];
    let row = |name: String, bill: Decimal, ours: Decimal, is_off: bool| {
        vec![
            name,
            small_usd(bill),
            small_usd(ours),
            signed(ours - bill),
            if is_off { "off" } else { "" }.to_owned(),
        ]
    };
    // Most regions cost nothing worth a line.
    let (shown, small): (Vec<&BillLine>, Vec<&BillLine>) = all
        .lines
        .iter()
        .partition(|line| line.bill_usd.abs().max(line.our_usd) >= CENT);
    let mut rows: Vec<Vec<String>> = shown
        .into_iter()
        .map(|line| {
            let is_off = line.is_judged() && line.usd_is_off(all.tolerance);
            row(
                visible(&line.usage_type),
                line.bill_usd,
                line.our_usd,
                is_off,
            )
        })
        .collect();
    if !small.is_empty() {
        rows.push(row(
            format!("{} others below a cent", small.len()),
            small.iter().map(|line| line.bill_usd).sum(),
            small.iter().map(|line| line.our_usd).sum(),
            false,
        ));
    }
    let is_off = all.total_is_off();
    rows.push(row("all".to_owned(), all.bill_usd(), all.our_usd(), is_off));
    table(&columns, &rows, 1)
}

fn distributions(all: &Reconciliation) -> String {
    let columns = [
        words("distribution"),
        numbers("bill GB"),
        numbers("logs GB"),
        numbers("bill requests"),
        numbers("logs requests"),
        numbers("bill"),
        numbers("logs"),
    ];
    let rows: Vec<Vec<String>> = all
        .distributions
        .iter()
        .map(|row| {
            let name = row.name.as_deref().or(row.distribution.as_deref());
            vec![
                visible(name.unwrap_or("(none named)")),
                grouped_fixed(row.bill_gb, 3),
                grouped_fixed(row.our_gb, 3),
                amount(row.bill_requests),
                amount(row.our_requests),
                small_usd(row.bill_usd),
                small_usd(row.our_usd),
            ]
        })
        .collect();
    table(&columns, &rows, 0)
}

fn signed(difference: Decimal) -> String {
    let text = usd(difference);
    if difference > Decimal::ZERO && text != "$0.00" {
        format!("+{text}")
    } else {
        text
    }
}
