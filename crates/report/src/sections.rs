//! The sections of a report, as a document.

mod anomalies;
mod change;
mod clients;
mod costs;
mod coverage;
mod errors;
mod figure;
mod forecast;
mod legacy;
mod money;
mod origin;
mod purge;
mod quality;
mod served;
mod tiers;
mod what_if;

use crate::{
    document::{Block, Detail, Document, Fact, Section, Table, Text, foreign, numbers, own, words},
    escape::visible,
    format::{bytes, count, dash, month_name, optional_usd, percent, plural, region_name, usd},
    layout::bar,
    model::{Distribution, Report},
    prose,
};

/// Width of the bar of the busiest day.
const BAR: usize = 30;

/// The document of a report.
pub(crate) fn document(report: &Report) -> Document {
    let mut sections = vec![headline(report)];
    if report.headline.requests > 0 {
        sections.extend(change::why_it_changed(report));
        // Where it goes.
        sections.extend([distributions(report), regions(report)]);
        sections.extend(tiers::tiers(report));
        sections.extend(costs::costs(report));
        sections.push(days(report));
        // Cheaper egress.
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
        sections.extend(anomalies::anomalies(report));
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
        fact(
            "CloudFront",
            usd(headline.cloudfront_usd),
            "all distributions",
        ),
        fact(
            "",
            usd(headline.cloudfront_s3_usd),
            "of it for distributions with an S3 origin",
        ),
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
    ];
    if let (Some(low), Some(high)) = (headline.savings_low_usd, headline.savings_high_usd) {
        facts.push(fact("between", usd(low), ""));
        let remark = "for what logs cannot tell (see How sure)";
        facts.push(fact("and", usd(high), remark));
    }
    let mut blocks = vec![
        Block::Paragraph(own(prose::verdict(report))),
        Block::Facts(facts),
    ];
    blocks.extend(prose::worse_than_s3(report).map(|text| Block::Paragraph(own(text))));
    blocks.push(Block::Paragraph(own(prose::completeness(&report.quality))));
    blocks.extend(prose::restated(&report.quality).map(|text| Block::Paragraph(own(text))));
    Section {
        id: "verdict",
        title: None,
        blocks,
    }
}

fn distributions(report: &Report) -> Section {
    let headline = &report.headline;
    let has_servers = report.distributions.iter().any(|row| row.origin != "s3");
    let mut traffic: Vec<Vec<Text>> = report.distributions.iter().map(traffic_row).collect();
    traffic.push(vec![
        own("Total"),
        own(""),
        own(""),
        own(""),
        own(bytes(headline.egress_bytes)),
        own(count(headline.requests)),
        own(percent(headline.request_hit_ratio, 2)),
        own(percent(headline.byte_hit_ratio, 2)),
    ]);
    let mut money: Vec<Vec<Text>> = report.distributions.iter().map(money_row).collect();
    let mut totals = 1;
    if headline.s3_usd.is_some() {
        money.push(vec![
            own(if has_servers {
                "Total of S3 origins"
            } else {
                "Total"
            }),
            own(""),
            own(usd(headline.cloudfront_s3_usd)),
            own(optional_usd(headline.s3_usd)),
            own(optional_usd(headline.savings_usd)),
            own(percent(headline.savings_ratio, 1)),
        ]);
    }
    if has_servers || headline.s3_usd.is_none() {
        totals = if headline.s3_usd.is_some() { 2 } else { 1 };
        money.push(vec![
            own("Total"),
            own(""),
            own(usd(headline.cloudfront_usd)),
            own(dash()),
            own(dash()),
            own(dash()),
        ]);
    }
    let mut blocks = vec![
        Block::Table(Table {
            caption: "Traffic",
            columns: vec![
                words("Name"),
                words("Id"),
                words("Origin"),
                words("Class"),
                numbers("Egress"),
                numbers("Requests"),
                numbers("Hit ratio"),
                numbers("by bytes"),
            ],
            rows: traffic,
            totals: 1,
            detail: Detail::Main,
        }),
        Block::Table(Table {
            caption: prose::shares(&report.method.allocation),
            columns: vec![
                words("Name"),
                words("Id"),
                numbers("CloudFront"),
                numbers("S3 instead"),
                numbers("Savings"),
                numbers("of S3 cost"),
            ],
            rows: money,
            totals,
            detail: Detail::Main,
        }),
    ];
    let dearer: Vec<Text> = report
        .distributions
        .iter()
        .filter_map(prose::dearer)
        .map(Text::Remark)
        .collect();
    quality::bullets(&mut blocks, dearer);
    if report.distributions.iter().any(|row| !row.is_configured) {
        blocks.push(Block::Paragraph(own(
            "?: assumed, because the configuration does not describe the distribution.",
        )));
    }
    if has_servers {
        blocks.push(Block::Paragraph(own(
            "–: S3 could not stand in for a server, so it has no S3 side and no savings.",
        )));
    }
    section("distributions", "Distributions", blocks)
}

fn traffic_row(row: &Distribution) -> Vec<Text> {
    // What nobody configured is an assumption, and looks like one.
    let mark = if row.is_configured { "" } else { " ?" };
    let origin = match (row.origin.as_str(), &row.bucket_region) {
        ("s3", Some(region)) => foreign(&format!("S3 {region}{mark}")),
        ("s3", None) => own(format!("S3{mark}")),
        ("server", _) => own(format!("server{mark}")),
        (other, _) => foreign(&format!("{other}{mark}")),
    };
    vec![
        foreign(&row.name),
        foreign(&row.distribution),
        origin,
        foreign(&match &row.plan {
            // It decides from where is served, and not the class.
            Some(plan) => format!("plan {plan}"),
            None => format!("{}{mark}", row.price_class),
        }),
        own(bytes(row.egress_bytes)),
        own(count(row.requests)),
        own(percent(row.request_hit_ratio, 2)),
        own(percent(row.byte_hit_ratio, 2)),
    ]
}

fn money_row(row: &Distribution) -> Vec<Text> {
    vec![
        foreign(&row.name),
        foreign(&row.distribution),
        own(usd(row.cloudfront_usd)),
        own(optional_usd(row.s3_usd)),
        own(optional_usd(row.savings_usd)),
        own(percent(row.savings_ratio, 1)),
    ]
}

/// Our word for a known side or item, else the text itself as foreign.
fn word(raw: &str, word: &str) -> Text {
    if raw == word { foreign(raw) } else { own(word) }
}

fn regions(report: &Report) -> Section {
    let mut rows: Vec<Vec<Text>> = report
        .regions
        .iter()
        .map(|row| {
            vec![
                foreign(&row.region),
                own(region_name(&row.region)),
                own(bytes(row.egress_bytes)),
                own(percent(row.egress_share, 2)),
                own(count(row.requests)),
            ]
        })
        .collect();
    rows.push(vec![
        own("Total"),
        own(""),
        own(bytes(report.headline.egress_bytes)),
        own(whole(report.headline.egress_bytes)),
        own(count(report.headline.requests)),
    ]);
    section(
        "egress-by-billing-region",
        "Egress by billing region",
        vec![Block::Table(Table {
            caption: "",
            columns: vec![
                words("Region"),
                words("Edges in"),
                numbers("Egress"),
                numbers("Share"),
                numbers("Requests"),
            ],
            rows,
            totals: 1,
            detail: Detail::Main,
        })],
    )
}

/// The share of a total row.
fn whole(total: i64) -> String {
    if total == 0 {
        dash()
    } else {
        "100.00%".to_owned()
    }
}

/// Every day of the month, so that holes show.
fn days(report: &Report) -> Section {
    let busiest = report.days.iter().map(|day| day.egress_bytes).max();
    let busiest = busiest.unwrap_or(0);
    let rows: Vec<Vec<Text>> = (1..=report.month.days())
        .map(|day| format!("{}-{day:02}", report.month))
        .map(
            |date| match report.days.iter().find(|day| day.date == date) {
                Some(day) => vec![
                    own(date),
                    own(count(day.requests)),
                    own(bytes(day.egress_bytes)),
                    own(percent(day.request_hit_ratio, 2)),
                    own(bar(day.egress_bytes, busiest, BAR)),
                ],
                None => vec![
                    own(date),
                    own(dash()),
                    own(dash()),
                    own(dash()),
                    own("no requests logged"),
                ],
            },
        )
        .collect();
    section(
        "daily-traffic",
        "Daily traffic",
        vec![Block::Table(Table {
            caption: "Traffic of each day, UTC",
            columns: vec![
                words("Day (UTC)"),
                numbers("Requests"),
                numbers("Egress"),
                numbers("Hit ratio"),
                words(""),
            ],
            rows,
            totals: 0,
            detail: Detail::Folded,
        })],
    )
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
        own(whole(headline.requests)),
        own(bytes(headline.egress_bytes)),
        own(whole(headline.egress_bytes)),
    ]);
    section(
        "cache-results",
        "Cache results",
        vec![Block::Table(Table {
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
        })],
    )
}

fn method(report: &Report) -> Section {
    let notes = prose::method_notes(&report.method);
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
    section("method", "Method", blocks)
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section {
        id,
        title: Some(title),
        blocks,
    }
}
