//! Other ways to pay for the month.

use edgeledger_rates::Decimal;

use super::{quality::list, section};
use crate::{
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{bytes, count, dash, optional_usd, usd},
    model::{Offer, PlanOption, WhatIf},
    prose,
};

/// The section on them.
pub(super) fn what_if(what_if: &WhatIf) -> Section {
    let mut notes: Vec<String> = Vec::new();
    let rows: Vec<Vec<Text>> = what_if
        .ranking
        .iter()
        .filter(|offer| is_shown(offer))
        .map(|offer| {
            let note = prose::left_out(offer).map_or_else(String::new, |note| {
                let known = notes.iter().position(|other| *other == note);
                let at = known.unwrap_or_else(|| {
                    notes.push(note);
                    notes.len() - 1
                });
                format!("({})", at + 1)
            });
            ranked(offer, note)
        })
        .collect();
    let mut blocks = vec![
        Block::Paragraph(own(
            "What the account would pay for the same traffic, cheapest first. A setting is what \
             what_if() takes in SQL; a list price has the day on which it was seen. What leaves \
             out a part of the traffic comes last.",
        )),
        Block::Table(Table {
            caption: "",
            columns: vec![
                words("What if"),
                words("Kind"),
                numbers("Account"),
                numbers("Change"),
                numbers("S3 instead"),
                words("Note"),
            ],
            rows,
            totals: 0,
            detail: Detail::Main,
        }),
    ];
    if !notes.is_empty() {
        blocks.push(Block::Paragraph(own("Notes, on what is not comparable:")));
        let notes = notes.iter().enumerate();
        let notes = notes.map(|(at, note)| Text::Remark(format!("({}) {note}", at + 1)));
        blocks.push(Block::List(notes.collect()));
    }
    if what_if.ranking.iter().any(|offer| offer.kind == "provider") {
        blocks.push(Block::Paragraph(own(prose::providers_note())));
    }
    plans(what_if, &mut blocks);
    section("what-if", "What if", blocks)
}

/// Plans that cost more are in the table of plans; here they would be a line a distribution.
fn is_shown(offer: &Offer) -> bool {
    offer.kind != "plan" || offer.change_usd < Decimal::ZERO
}

fn ranked(offer: &Offer, note: String) -> Vec<Text> {
    let is_too_low = offer.unpriced_bytes.is_some_and(|bytes| bytes > 0);
    let (what, kind) = match (offer.kind.as_str(), &offer.seen) {
        ("reported", _) => (own("as reported"), own("this month")),
        ("savings_bundle", _) => (own("one-year savings bundle"), own("commitment")),
        ("scenario", _) => (foreign(&offer.what), own("setting")),
        ("plan", _) => (foreign(&offer.what), own("flat-rate plan")),
        ("provider", Some(seen)) => (foreign(&offer.what), foreign(&format!("list {seen}"))),
        (kind, _) => (foreign(&offer.what), foreign(kind)),
    };
    vec![
        what,
        kind,
        own(if is_too_low {
            format!("> {}", usd(offer.usd))
        } else {
            usd(offer.usd)
        }),
        own(if offer.is_partial() || offer.kind == "reported" {
            dash()
        } else {
            change(offer.change_usd)
        }),
        own(optional_usd(offer.s3_usd)),
        own(note),
    ]
}

/// A change with its sign.
fn change(amount: Decimal) -> String {
    let sign = if amount > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", usd(amount))
}

fn plans(what_if: &WhatIf, blocks: &mut Vec<Block>) {
    let row = |row: &PlanOption| {
        vec![
            foreign(&row.name),
            own(count(row.requests)),
            own(bytes(row.egress_bytes)),
            own(usd(row.marginal_usd)),
            row.plan
                .as_deref()
                .map_or_else(|| own("none covers it"), foreign),
            own(optional_usd(row.plan_usd)),
            own(optional_usd(row.plan_saves_usd)),
        ]
    };
    let columns = vec![
        words("Name"),
        numbers("Requests"),
        numbers("Egress"),
        numbers("Adds to the bill"),
        words("Plan"),
        numbers("Price"),
        numbers("Saves"),
    ];
    let caption = "Flat-rate plans: the cheapest that covers each distribution";
    list(
        blocks,
        caption,
        columns,
        what_if.plans.iter().map(row).collect(),
    );
}
