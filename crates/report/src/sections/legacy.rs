//! What old URLs still carry.

use std::collections::BTreeMap;

use edgeledger_rates::Decimal;

use super::{
    figure,
    quality::{bullets, more},
    section,
};
use crate::{
    Report,
    document::{Block, Detail, Section, Text, own},
    figures::Rows,
    format::{bytes, count, month_name, percent, plural, said_usd, small_usd},
};

/// Rows that people get to see; JSON and CSV hold all.
const SHOWN: usize = 15;

/// The chapter; none without rules.
pub(super) fn legacy_urls(report: &Report) -> Option<Section> {
    let rows = report.figures.get("legacy_urls");
    if rows.is_empty() {
        return None;
    }
    let mut blocks: Vec<Block> = vec![Block::Paragraph(finding(report, rows))];
    blocks.extend(astray(rows).map(|text| Block::Paragraph(own(text))));
    let unused = unused(rows);
    if !unused.is_empty() {
        let (rules, they) = if unused.len() == 1 {
            ("this rule", "it")
        } else {
            ("these rules", "they")
        };
        // Other distributions may use what this one does not.
        let (here, advice) = if report.distribution.is_some() {
            (" here", " Others may:".to_owned())
        } else {
            (
                "",
                format!(" Once other months say the same, {they} can go:"),
            )
        };
        blocks.push(Block::Paragraph(own(format!(
            "Nobody used {rules}{here} in {}.{advice}",
            month_name(report),
        ))));
        bullets(&mut blocks, unused);
    }
    let mut table = figure::table(
        "What each rule carried",
        rows,
        &[
            ("legacy_rule", "Rule"),
            ("title", "Keeps alive"),
            ("name", "Name"),
            ("requests", "Requests"),
            ("edge_share", "By the edge"),
            ("forwarded_share", "To origin"),
            ("egress_bytes", "Egress"),
            ("cloudfront_usd_exact", "Cost"),
        ],
        Detail::Main,
    );
    let hidden = table.rows.len().saturating_sub(SHOWN);
    table.rows.truncate(SHOWN);
    let carried = Decimal::from(sum(rows, "requests"));
    let of_carried = |column| percent(Decimal::from(sum(rows, column)).checked_div(carried), 2);
    table.rows.push(vec![
        own("Total"),
        own(""),
        own(""),
        own(count(sum(rows, "requests"))),
        own(of_carried("edge_requests")),
        own(of_carried("forwarded_requests")),
        own(bytes(sum(rows, "egress_bytes"))),
        own(small_usd(cost(rows))),
    ]);
    blocks.push(Block::Table(table.with_totals(1)));
    more(&mut blocks, hidden);
    blocks.push(figure::sources(report, &["legacy_urls"]));
    Some(section("legacy-urls", "Legacy URLs", blocks))
}

fn sum(rows: &Rows, column: &str) -> i64 {
    rows.iter()
        .fold(0, |sum: i64, row| sum.saturating_add(row.int(column)))
}

fn cost(rows: &Rows) -> Decimal {
    rows.iter()
        .map(|row| row.decimal("cloudfront_usd_exact"))
        .sum()
}

/// Rules in order, with their titles and requests of all distributions.
fn rules(rows: &Rows) -> BTreeMap<(i64, &str), (&str, i64)> {
    let mut rules: BTreeMap<(i64, &str), (&str, i64)> = BTreeMap::new();
    for row in rows.iter() {
        let key = (row.int("rule_order"), row.text("legacy_rule"));
        let rule = rules.entry(key).or_insert((row.text("title"), 0));
        rule.1 = rule.1.saturating_add(row.int("requests"));
    }
    rules
}

fn finding(report: &Report, rows: &Rows) -> Text {
    let rules = rules(rows);
    let carried = sum(rows, "requests");
    let number = i64::try_from(rules.len()).unwrap_or(i64::MAX);
    let number = plural(number, "rule for legacy URLs", "rules for legacy URLs");
    if carried == 0 {
        return own(format!("{number}, and not one request that met any."));
    }
    let share = Decimal::from(carried).checked_div(Decimal::from(report.headline.requests));
    let edge = sum(rows, "edge_requests");
    let forwarded = sum(rows, "forwarded_requests");
    let others = carried.saturating_sub(edge).saturating_sub(forwarded);
    let mut sentences = vec![
        format!(
            "{number} carried {}, {} of all: {} of egress, for {}.",
            plural(carried, "request", "requests"),
            percent(share, 2),
            bytes(sum(rows, "egress_bytes")),
            said_usd(cost(rows)),
        ),
        format!(
            "The edge answered {} by itself, and {} went on to an origin.",
            count(edge),
            if forwarded == 0 {
                "none".to_owned()
            } else {
                count(forwarded)
            },
        ),
    ];
    if others > 0 {
        sentences.push(format!(
            "For {} more, the cache answered or the log does not tell.",
            count(others)
        ));
    }
    // The first of those with as many.
    let busiest = rules.iter().rev().max_by_key(|(_, rule)| rule.1);
    if let Some(((_, id), (title, requests))) = busiest.filter(|_| rules.len() > 1) {
        sentences.push(format!(
            "The busiest rule, {id} ({title}), carried {}.",
            count(*requests)
        ));
    }
    Text::Remark(sentences.join(" "))
}

/// Redirects that the edge left to an origin.
fn astray(rows: &Rows) -> Option<String> {
    let redirects = rows.iter().filter(|row| row.text("kind") == "redirect");
    let forwarded = redirects.fold(0, |sum: i64, row| {
        sum.saturating_add(row.int("forwarded_requests"))
    });
    (forwarded > 0).then(|| {
        format!(
            "{} of a rule that redirects went on to an origin all the same: a redirect at the edge \
             would have spared it.",
            plural(forwarded, "request", "requests")
        )
    })
}

/// Rules that no distribution's requests met.
fn unused(rows: &Rows) -> Vec<Text> {
    rules(rows)
        .into_iter()
        .filter(|(_, (_, requests))| *requests == 0)
        .map(|((_, id), (title, _))| Text::Remark(format!("{id}: {title}")))
        .collect()
}
