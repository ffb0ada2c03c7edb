//! What was paid for.

use super::{section, word};
use crate::{
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    format::{item, quantity, side, small_usd, usd},
    model::Report,
};

pub(super) fn costs(report: &Report) -> Option<Section> {
    if report.cost_items.is_empty() {
        return None;
    }
    let mut items: Vec<Vec<Text>> = report
        .cost_items
        .iter()
        .map(|row| {
            vec![
                word(&row.side, side(&row.side)),
                word(&row.item, item(&row.item)),
                own(quantity(row.quantity, &row.unit)),
                own(small_usd(row.usd_exact)),
            ]
        })
        .collect();
    let total = |side: &str, amount: String| vec![own(side), own("Total"), own(""), own(amount)];
    items.push(total("CloudFront", usd(report.headline.cloudfront_usd)));
    items.extend(
        report
            .headline
            .s3_usd
            .map(|amount| total("S3 instead", usd(amount))),
    );
    let lines = report
        .cost_lines
        .iter()
        .map(|row| {
            vec![
                word(&row.side, side(&row.side)),
                word(&row.item, item(&row.item)),
                foreign(&row.region),
                match row.protocol.as_str() {
                    "" => own(""),
                    "http" => own("HTTP"),
                    "https" => own("HTTPS"),
                    other => foreign(other),
                },
                match row.storage_class.as_str() {
                    "" => own(""),
                    class => foreign(class),
                },
                own(quantity(row.quantity, &row.unit)),
                own(small_usd(row.usd_exact)),
            ]
        })
        .collect();
    Some(section(
        "cost-by-item",
        "Cost by item",
        vec![
            Block::Table(Table {
                caption: "",
                columns: vec![
                    words("Side"),
                    words("Item"),
                    numbers("Quantity"),
                    numbers("Cost"),
                ],
                rows: items,
                totals: 1 + usize::from(report.headline.s3_usd.is_some()),
                detail: Detail::Main,
            }),
            Block::Table(Table {
                caption: "Cost by item and region",
                columns: vec![
                    words("Side"),
                    words("Item"),
                    words("Region"),
                    words("Protocol"),
                    words("Class"),
                    numbers("Quantity"),
                    numbers("Cost"),
                ],
                rows: lines,
                totals: 0,
                detail: Detail::Extra,
            }),
            super::figure::sources(report, &["cost_items", "cost_lines"]),
        ],
    ))
}
