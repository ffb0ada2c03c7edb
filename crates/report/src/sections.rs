//! The sections of a report, as a document.

mod anomalies;
mod change;
mod clients;
mod costs;
mod coverage;
mod egress;
mod errors;
pub(crate) mod figure;
mod forecast;
mod legacy;
mod money;
mod origin;
mod purge;
mod quality;
mod served;
mod tiers;
mod what_if;
mod where_it_goes;

use crate::{
    document::{Block, Detail, Document, Fact, Section, Table, Text, foreign, numbers, own, words},
    escape::visible,
    format::{bytes, count, month_name, optional_usd, percent, plural, said_usd, usd},
    model::Report,
    prose,
};

/// The document of a report.
pub(crate) fn document(report: &Report) -> Document {
    let mut sections = vec![headline(report)];
    if report.headline.requests > 0 {
        sections.extend(change::why_it_changed(report));
        // Where it goes.
        sections.extend([
            where_it_goes::distributions(report),
            where_it_goes::regions(report),
        ]);
        sections.extend(tiers::tiers(report));
        sections.extend(costs::costs(report));
        sections.push(where_it_goes::days(report));
        sections.push(egress::cheaper_egress(report));
        sections.extend(money::how_sure(report));
        sections.extend(money::break_even(report));
        sections.extend(report.what_if.as_ref().map(what_if::what_if));
        // Less origin load.
        sections.push(cache_results(report));
        sections.extend(origin::less_origin_load(report));
        sections.extend(money::origin_load(report));
        sections.extend(purge::purge(report));
        sections.extend(legacy::legacy_urls(report));
        sections.extend(served::what_is_served(report));
        sections.extend(clients::who_uses_it(report));
        sections.extend(errors::errors(report));
        sections.push(anomalies::anomalies(report));
        sections.extend(forecast::forecast(report));
    }
    sections.extend([quality::quality(report), method(report)]);
    Document {
        title: title(report),
        sections,
    }
}

fn title(report: &Report) -> String {
    let month = month_name(report);
    match (&report.distribution, report.distributions.first()) {
        // A name of the configuration or an id: spelled out, since titles are our own words.
        (Some(_), Some(row)) => format!("CloudFront in {month}: {}", visible(&row.name)),
        _ => format!("CloudFront in {month}"),
    }
}

fn headline(report: &Report) -> Section {
    let headline = &report.headline;
    let fact = |label, value: String, remark: &str| Fact {
        label,
        value,
        remark: remark.to_owned(),
    };
    let mut facts = vec![
        fact(
            "Egress",
            bytes(headline.egress_bytes),
            &format!(
                "{} sent to viewers",
                plural(headline.egress_bytes, "byte", "bytes")
            ),
        ),
        fact("Requests", count(headline.requests), ""),
        fact(
            "Hit ratio",
            percent(headline.request_hit_ratio, 2),
            "of requests",
        ),
        fact("", percent(headline.byte_hit_ratio, 2), "of bytes"),
    ];
    if report.distribution.is_some() {
        let remark = "its share of the organisation's";
        facts.push(fact("CloudFront", usd(headline.cloudfront_usd), remark));
    } else {
        facts.push(fact(
            "CloudFront",
            usd(headline.cloudfront_usd),
            "all distributions",
        ));
        facts.push(fact(
            "",
            usd(headline.cloudfront_s3_usd),
            "of it for distributions with an S3 origin",
        ));
    }
    facts.extend(change::facts(report));
    facts.extend([
        fact(
            "S3 instead",
            optional_usd(headline.s3_usd),
            "the traffic of those, straight from S3",
        ),
        fact(
            "Savings",
            optional_usd(headline.savings_usd),
            &prose::savings_remark(report),
        ),
    ]);
    if let (Some(low), Some(high)) = (headline.savings_low_usd, headline.savings_high_usd) {
        facts.push(fact("between", usd(low), ""));
        let remark = "for what logs cannot tell (see How sure)";
        facts.push(fact("and", usd(high), remark));
    }
    facts.extend(change::covered(report));
    let mut blocks = vec![
        Block::Paragraph(own(prose::verdict(report))),
        Block::Facts(facts),
    ];
    blocks.extend(prose::worse_than_s3(report).map(|text| Block::Paragraph(own(text))));
    blocks.push(Block::Paragraph(own(prose::completeness(&report.quality))));
    if report.distribution.is_some() {
        blocks.push(Block::Paragraph(own(
            "What is said of log objects and rejected rows is of all distributions together.",
        )));
    }
    blocks.extend(prose::restated(&report.quality).map(|text| Block::Paragraph(own(text))));
    blocks.push(figure::sources(report, &["headline", "savings_range"]));
    Section {
        id: "verdict",
        title: None,
        blocks,
    }
}

/// Our word for a known side or item, else the text itself as foreign.
fn word(raw: &str, word: &str) -> Text {
    if raw == word { foreign(raw) } else { own(word) }
}

fn cache_results(report: &Report) -> Section {
    let mut rows: Vec<Vec<Text>> = report
        .cache_results
        .iter()
        .map(|row| {
            vec![
                match row.cache_result.as_str() {
                    "-" => own("not logged"),
                    result => foreign(result),
                },
                own(count(row.requests)),
                own(percent(row.request_share, 2)),
                own(bytes(row.egress_bytes)),
                own(percent(row.egress_share, 2)),
            ]
        })
        .collect();
    let headline = &report.headline;
    rows.push(vec![
        own("Total"),
        own(count(headline.requests)),
        own(where_it_goes::whole(headline.requests)),
        own(bytes(headline.egress_bytes)),
        own(where_it_goes::whole(headline.egress_bytes)),
    ]);
    section(
        "cache-results",
        "Cache results",
        vec![
            Block::Table(Table {
                caption: "",
                columns: vec![
                    words("Result"),
                    numbers("Requests"),
                    numbers("Share"),
                    numbers("Egress"),
                    numbers("Share"),
                ],
                rows,
                totals: 1,
                detail: Detail::Main,
            }),
            figure::sources(report, &["cache_results"]),
        ],
    )
}

fn method(report: &Report) -> Section {
    let mut notes = prose::method_notes(&report.method);
    notes.extend(report.figures.get("run_cost").first().map(|row| {
        format!(
            "EdgeLedger {} made this report. Reading the month's {} from S3 once takes as many \
             GETs: {} at the price in us-east-1.",
            report.method.version,
            plural(row.int("objects"), "log object", "log objects"),
            said_usd(row.decimal("get_usd")),
        )
    }));
    let mut blocks = vec![Block::List(notes.into_iter().map(own).collect())];
    let cards = report.method.price_cards.iter().map(|card| {
        let until = card.valid_until.as_ref();
        vec![
            match card.service.as_str() {
                "cloudfront" => own("CloudFront"),
                "s3" => own("S3"),
                other => foreign(other),
            },
            foreign(&card.card),
            foreign(&until.map_or_else(
                || format!("from {}", card.valid_from),
                |until| format!("from {} until before {until}", card.valid_from),
            )),
        ]
    });
    let columns = vec![words("Service"), words("Card"), words("Valid")];
    quality::list(&mut blocks, "Price cards", columns, cards.collect());
    if !report.notes.is_empty() {
        blocks.push(Block::Paragraph(own("About this run:")));
        blocks.push(Block::List(
            report.notes.iter().cloned().map(Text::Remark).collect(),
        ));
    }
    blocks.push(figure::sources(
        report,
        &["settings", "price_cards", "run_cost"],
    ));
    section("method", "Method", blocks)
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section {
        id,
        title: Some(title),
        blocks,
    }
}
