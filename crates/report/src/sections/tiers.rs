//! How far each ladder of prices was climbed.

use edgeledger_render::chart::{Chart, ChartKind, Datum, Ladder, Tier, Unit};

use super::{figure, quality, section, word};
use crate::{
    Report,
    document::{Block, Section, Text, foreign, numbers, own, words},
    figures::{Named, Rows},
    format::{bytes, count, dash, fixed, item, percent, quantity, region_name},
};

/// The chapter; none without tiers.
pub(super) fn tiers(report: &Report) -> Option<Section> {
    let positions = report.figures.get("tier_positions");
    if positions.is_empty() {
        return None;
    }
    let allowances = report.figures.get("allowance_use");
    let ladders = ladders(positions, report.figures.get("price_ladders"));
    let finding = finding(positions, allowances);
    let mut blocks = vec![
        Block::Paragraph(Text::Remark(match nearest(positions) {
            Some(nearest) => format!("{finding} {nearest}"),
            None => finding.clone(),
        })),
        Block::Chart(Chart {
            title: "Places on the ladders of egress prices".to_owned(),
            summary: format!("Bytes that climb each ladder, with its tiers in $ per GB. {finding}"),
            unit: Unit::Bytes,
            kind: ChartKind::Ladders { ladders },
        }),
    ];
    let rows = positions.iter().map(|row| {
        vec![
            service(row),
            foreign(row.text("region")),
            own(bytes(row.int("egress_bytes"))),
            own(bytes(row.int("free_bytes"))),
            own(format!(
                "{} of {}",
                count(row.int("tier")),
                count(row.int("tiers"))
            )),
            own(price(row, "usd_per_gb")),
            own(row
                .optional_int("next_tier_in_bytes")
                .map_or_else(dash, bytes)),
            own(price(row, "next_usd_per_gb")),
        ]
    });
    quality::list(
        &mut blocks,
        "Ladders at the month's end, at list prices; S3's are those of the other side",
        vec![
            words("Side"),
            words("Region"),
            numbers("Egress"),
            numbers("Free"),
            words("Tier"),
            numbers("Per GB"),
            numbers("To next tier"),
            numbers("There"),
        ],
        rows.collect(),
    );
    let rows = allowances.iter().map(|row| {
        let unit = row.text("unit");
        let used = if row.flag("is_available") {
            percent(row.optional_decimal("used_share"), 1)
        } else {
            "used elsewhere".to_owned()
        };
        vec![
            service(row),
            word(row.text("item"), item(row.text("item"))),
            own(quantity(row.int("quantity"), unit)),
            own(quantity(row.int("allowance"), unit)),
            own(used),
        ]
    });
    quality::list(
        &mut blocks,
        "Free allowances",
        vec![
            words("Side"),
            words("Of"),
            numbers("Needed"),
            numbers("Free"),
            numbers("Share used"),
        ],
        rows.collect(),
    );
    blocks.push(figure::sources(
        report,
        &["tier_positions", "price_ladders", "allowance_use"],
    ));
    Some(section("tiers", "Price tiers", blocks))
}

/// What is left of the free terabyte, and how many ladders were climbed.
fn finding(positions: &Rows, allowances: &Rows) -> String {
    let mut sentences = Vec::new();
    let free = allowances
        .iter()
        .find(|row| row.text("side") == "cloudfront" && row.text("item") == "egress");
    if let Some(row) = free {
        let allowance = bytes(row.int("allowance"));
        sentences.push(if !row.flag("is_available") {
            format!("CloudFront's free {allowance} of egress is taken as used up elsewhere.")
        } else if row.int("unused") == 0 {
            format!(
                "CloudFront's free {allowance} of egress is used up: the month needed {}.",
                bytes(row.int("quantity"))
            )
        } else {
            format!(
                "{} of CloudFront's free {allowance} of egress is left.",
                bytes(row.int("unused"))
            )
        });
    }
    let ladders = || {
        let all = positions.iter();
        all.filter(|row| row.text("side") == "cloudfront")
    };
    let climbed = ladders().filter(|row| row.int("tier") > 1).count();
    let all = ladders().count();
    sentences.push(if climbed == 0 {
        "No region has left its first tier.".to_owned()
    } else {
        format!("{climbed} of {all} regions have left their first tier.")
    });
    sentences.join(" ")
}

/// The ladder of CloudFront's that is nearest to its next tier.
fn nearest(positions: &Rows) -> Option<String> {
    let (left, row) = positions
        .iter()
        .filter(|row| row.text("side") == "cloudfront")
        .filter_map(|row| Some((row.optional_int("next_tier_in_bytes")?, row)))
        .min_by_key(|(left, _)| *left)?;
    Some(format!(
        "Nearest to its next tier is {}: after {} more that are not free a GB costs {} instead of {}.",
        row.text("region"),
        bytes(left),
        price(row, "next_usd_per_gb"),
        price(row, "usd_per_gb")
    ))
}

fn ladders(positions: &Rows, tiers: &Rows) -> Vec<Ladder> {
    let ladder = |row: Named<'_>| {
        let climbed = row.int("ladder_bytes");
        let own_tiers = tiers.iter().filter(|tier| {
            tier.text("side") == row.text("side") && tier.text("region") == row.text("region")
        });
        Ladder {
            label: label(row),
            position: Datum::int(climbed, bytes(climbed)),
            tiers: own_tiers
                .map(|tier| Tier {
                    end: tier
                        .optional_int("tier_end_bytes")
                        .map(|end| Datum::int(end, "").size),
                    text: price(tier, "usd_per_gb"),
                })
                .collect(),
        }
    };
    positions.iter().map(ladder).collect()
}

/// `EU (Europe, Israel, Türkiye)`, or the region of a bucket.
fn label(row: Named<'_>) -> Text {
    let region = row.text("region");
    match (row.text("side"), region_name(region)) {
        ("cloudfront", "") => foreign(region),
        ("cloudfront", name) => own(format!("{region} ({name})")),
        _ => Text::Remark(format!("S3 {region}")),
    }
}

fn service(row: Named<'_>) -> Text {
    match row.text("side") {
        "cloudfront" => own("CloudFront"),
        "s3" => own("S3"),
        other => foreign(other),
    }
}

/// `$0.085`, with three decimals at least; a dash where there is none.
fn price(row: Named<'_>, column: &str) -> String {
    row.optional_decimal(column).map_or_else(dash, |price| {
        let price = price.normalize();
        format!("${}", fixed(price, price.scale().max(3)))
    })
}
