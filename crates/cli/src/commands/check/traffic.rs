//! Built-in rules on traffic and money.

use std::collections::BTreeMap;

use edgeledger_rates::Decimal;

use crate::commands::check::{
    builtin::Tuned,
    data::{Data, number, text},
    outcome::{Outcome, several},
};

pub(super) async fn unknown_edges(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT month, requests FROM months";
    let months = data.of_month(select, "month").await?;
    let all: BTreeMap<_, _> = months
        .iter()
        .filter_map(|row| text(row, 0).zip(number(row, 1)))
        .collect();
    let select = "SELECT month, edge_code, billed_as, requests, response_bytes FROM unknown_edges";
    let rows = data.of_month(select, "month, edge_code, billed_as").await?;
    let mut unknown: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in &rows {
        if let Some((month, requests)) = text(row, 0).zip(number(row, 3)) {
            *unknown.entry(month).or_default() += requests;
        }
    }
    let most = rule.limit_or_zero("max_share");
    let share = |month: &str| match (unknown.get(month), all.get(month)) {
        (Some(unknown), Some(all)) if !all.is_zero() => (*unknown / *all).round_dp(6),
        _ => Decimal::ZERO,
    };
    let mut violations = rule.violations();
    for row in &rows {
        let month = text(row, 0).unwrap_or_default();
        let share = share(&month);
        if share > most {
            violations.add_row([
                ("edge_code", text(row, 1)),
                ("billed_as", text(row, 2)),
                ("requests", text(row, 3)),
                ("response_bytes", text(row, 4)),
                ("share", Some(share.to_string())),
                ("month", Some(month)),
            ]);
        }
    }
    let requests: Decimal = unknown.values().sum();
    let worst = unknown.keys().map(|month| share(month)).max();
    let summary = format!(
        "{requests} requests at unknown edges, at most {} of a month; allowed {most}",
        worst.unwrap_or_default()
    );
    Ok(rule.verdict(summary, violations))
}

pub(super) async fn hit_ratio(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT month, distribution, name, request_hit_ratio, \
        hit_requests + miss_requests FROM hit_ratio";
    let rows = data.of_month(select, "month, distribution").await?;
    let (least, enough) = (
        rule.limit_or_zero("min"),
        rule.limit_or_zero("min_requests"),
    );
    let mut violations = rule.violations();
    let mut lowest: Option<(Decimal, String)> = None;
    for row in &rows {
        let counted = number(row, 4).unwrap_or_default();
        let Some(ratio) = number(row, 3).filter(|_| counted >= enough) else {
            continue;
        };
        if lowest.as_ref().is_none_or(|(other, _)| ratio < *other) {
            lowest = Some((ratio, text(row, 2).unwrap_or_default()));
        }
        if ratio < least {
            violations.add_row([
                ("month", text(row, 0)),
                ("distribution", text(row, 1)),
                ("name", text(row, 2)),
                ("request_hit_ratio", Some(ratio.to_string())),
                ("requests", Some(counted.to_string())),
            ]);
        }
    }
    let summary = match lowest {
        Some((ratio, name)) => format!("lowest {ratio} ({name}), at least {least}"),
        None => format!("no distribution has {enough} requests that count in a month"),
    };
    Ok(rule.verdict(summary, violations))
}

pub(super) async fn cost(
    data: &Data,
    rule: &Tuned,
    budget: Option<Decimal>,
) -> anyhow::Result<Outcome> {
    let select = "SELECT month, distribution, name, cloudfront_usd FROM savings";
    let rows = data.of_month(select, "month, distribution").await?;
    let most = rule.limit("max_usd").or(budget);
    let mut violations = rule.violations();
    let mut highest: Option<(Decimal, String)> = None;
    for row in &rows {
        let Some(usd) = number(row, 3) else { continue };
        if highest.as_ref().is_none_or(|(other, _)| usd > *other) {
            let name = text(row, 2).unwrap_or_default();
            let month = text(row, 0).unwrap_or_default();
            highest = Some((usd, format!("{name}, {month}")));
        }
        if most.is_some_and(|most| usd > most) {
            violations.add_row([
                ("month", text(row, 0)),
                ("distribution", text(row, 1)),
                ("name", text(row, 2)),
                ("cloudfront_usd", Some(usd.to_string())),
                ("max_usd", most.map(|most| most.to_string())),
            ]);
        }
    }
    let highest = match highest {
        Some((usd, of)) => format!("at most ${usd} ({of})"),
        None => "no traffic".to_owned(),
    };
    let summary = format!("{highest}, {}", allowed(most));
    Ok(rule.verdict(summary, violations))
}

pub(super) async fn budget(
    data: &Data,
    rule: &Tuned,
    budget: Option<Decimal>,
) -> anyhow::Result<Outcome> {
    let select = "SELECT month, cloudfront_usd FROM headline";
    let rows = data.of_month(select, "month").await?;
    let most = rule.limit("max_usd").or(budget);
    let mut violations = rule.violations();
    let mut highest = None;
    for row in &rows {
        let Some(usd) = number(row, 1) else { continue };
        highest = highest.max(Some(usd));
        if most.is_some_and(|most| usd > most) {
            violations.add_row([
                ("month", text(row, 0)),
                ("cloudfront_usd", Some(usd.to_string())),
                ("max_usd", most.map(|most| most.to_string())),
            ]);
        }
    }
    let highest = highest.unwrap_or_default();
    let summary = format!("at most ${highest} a month, {}", allowed(most));
    Ok(rule.verdict(summary, violations))
}

fn allowed(most: Option<Decimal>) -> String {
    match most {
        Some(most) => format!("allowed ${most}"),
        None => "no limit is set".to_owned(),
    }
}

pub(super) async fn unpriced(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT month, side, item, region, unit, quantity FROM unpriced_usage";
    let rows = data
        .of_month(select, "month, side, item, region, unit")
        .await?;
    let mut violations = rule.violations();
    for row in &rows {
        violations.add_row([
            ("month", text(row, 0)),
            ("side", text(row, 1)),
            ("item", text(row, 2)),
            ("region", text(row, 3)),
            ("unit", text(row, 4)),
            ("quantity", text(row, 5)),
        ]);
    }
    let summary = format!("{} of traffic without a price", several(rows.len(), "row"));
    Ok(rule.verdict(summary, violations))
}
