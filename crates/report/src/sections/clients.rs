//! Who uses it: clients and countries.

use edgeledger_render::chart::{Bar, Chart, ChartKind, Datum, Unit};

use super::{
    figure, section,
    served::{cost, rename, show_small_costs, top},
    word,
};
use crate::{
    Report,
    document::{Block, Detail, Section, Text, own},
    figures::{Named, Rows},
    format::{bytes, count, percent, plural},
};

/// Bars that still can be told apart.
const BARS: usize = 12;

/// The chapter; none without requests.
pub(super) fn who_uses_it(report: &Report) -> Option<Section> {
    let figures = &report.figures;
    let (kinds, families) = (figures.get("client_kinds"), figures.get("user_agents"));
    let mut blocks = vec![Block::Paragraph(finding(kinds, families)?)];
    by_kind(kinds, &mut blocks);
    by_family(families, &mut blocks);
    blocks.push(Block::Paragraph(own(
        "Clients are what their user agents say of themselves. Costs are CloudFront's, with the \
         fees that no log shows spread over the distribution's requests.",
    )));
    by_country(figures.get("countries"), &mut blocks);
    let names = ["client_kinds", "user_agents", "countries"];
    blocks.push(figure::sources(report, &names));
    Some(section("who-uses-it", "Who uses it", blocks))
}

/// A kind of clients in words; an unknown word as it is.
fn kind(kind: &str) -> &str {
    match kind {
        "package-manager" => "Package managers",
        "ci" => "Build services",
        "mirror" => "Mirrors",
        "browser" => "Browsers",
        "bot" => "Bots",
        "tool" => "Tools and libraries",
        "other" => "Unknown",
        unknown => unknown,
    }
}

fn kind_of(row: Named<'_>) -> Text {
    let raw = row.text("client_kind");
    word(raw, kind(raw))
}

/// A family of clients in words.
fn family(family: &str) -> &str {
    match family {
        "none" => "no user agent",
        "other" => "not in the list",
        "other-ci" => "other build services",
        named => named,
    }
}

fn family_of(row: Named<'_>) -> Text {
    let raw = row.text("user_agent_family");
    word(raw, family(raw))
}

fn share(row: Named<'_>, column: &str) -> String {
    percent(row.optional_decimal(column), 2)
}

/// None without requests.
fn finding(kinds: &Rows, families: &Rows) -> Option<Text> {
    let first = kinds.first()?;
    let mut sentences = vec![format!(
        "{} took {} of the egress, with {} of the requests",
        kind(first.text("client_kind")),
        share(first, "egress_share"),
        share(first, "request_share"),
    )];
    // Nothing to share out where nothing cost anything.
    let has_cost = kinds.iter().any(|row| {
        let columns = ["cloudfront_usd", "cloudfront_usd_exact"];
        columns.iter().any(|column| !row.decimal(column).is_zero())
    });
    if let Some(sentence) = sentences.first_mut() {
        if has_cost {
            let (share, cost) = (share(first, "cloudfront_share"), cost(first));
            *sentence = format!("{sentence} and {share} of CloudFront's cost ({cost}).");
        } else {
            sentence.push('.');
        }
    }
    if has_cost && let Some(row) = dearest(families).first() {
        sentences.push(format!(
            "The dearest client is {}: {} ({}) for {} and {}.",
            family(row.text("user_agent_family")),
            cost(*row),
            share(*row, "cloudfront_share"),
            plural(row.int("requests"), "request", "requests"),
            bytes(row.int("egress_bytes")),
        ));
    }
    let bots = kinds.iter().find(|row| row.text("client_kind") == "bot");
    sentences.extend(bots.map(|row| {
        format!(
            "Bots made {} ({}), for {}.",
            plural(row.int("requests"), "request", "requests"),
            share(row, "request_share"),
            cost(row),
        )
    }));
    Some(Text::Remark(sentences.join(" ")))
}

/// Most dollars first, in the order of the figure among those with as many.
fn dearest(rows: &Rows) -> Vec<Named<'_>> {
    let mut rows: Vec<Named<'_>> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.decimal("cloudfront_usd_exact")));
    rows
}

fn by_kind(rows: &Rows, blocks: &mut Vec<Block>) {
    let part = |row: Named<'_>, column: &str, text: String| {
        let ratio = row.optional_decimal(column)?;
        let text = format!("{} ({text})", percent(Some(ratio), 2));
        Some(Datum::decimal(ratio, text))
    };
    let bars = rows.iter().map(|row| Bar {
        label: kind_of(row),
        parts: vec![
            part(row, "request_share", count(row.int("requests"))),
            part(row, "egress_share", bytes(row.int("egress_bytes"))),
            part(row, "cloudfront_share", cost(row)),
        ],
    });
    let summary = rows.first().map_or_else(String::new, |first| {
        format!(
            "The kind that took most bytes has {} of the requests, {} of the egress and {} of \
             CloudFront's cost.",
            share(first, "request_share"),
            share(first, "egress_share"),
            share(first, "cloudfront_share"),
        )
    });
    blocks.push(Block::Chart(Chart {
        title: "Shares of each kind of client".to_owned(),
        summary,
        unit: Unit::Ratio,
        kind: ChartKind::Bars {
            series: vec![own("Requests"), own("Egress"), own("CloudFront's cost")],
            bars: bars.collect(),
            is_stacked: false,
        },
    }));
    let mut table = figure::table(
        "What clients are for",
        rows,
        &[
            ("client_kind", "Clients"),
            ("requests", "Requests"),
            ("request_share", "Share"),
            ("egress_bytes", "Egress"),
            ("egress_share", "Share"),
            ("cloudfront_usd", "Cost"),
            ("cloudfront_share", "Share"),
        ],
        Detail::Main,
    );
    for (cells, row) in table.rows.iter_mut().zip(rows.iter()) {
        cells.splice(..1, [kind_of(row)]);
    }
    show_small_costs(&mut table, 5, rows);
    top(table, blocks);
}

fn by_family(rows: &Rows, blocks: &mut Vec<Block>) {
    let dearest = dearest(rows);
    let Some(first) = dearest.first() else {
        return;
    };
    let bars = dearest.iter().take(BARS).map(|row| {
        let exact = row.decimal("cloudfront_usd_exact");
        Bar {
            label: family_of(*row),
            parts: vec![Some(Datum::decimal(exact, cost(*row)))],
        }
    });
    blocks.push(Block::Chart(Chart {
        title: "CloudFront's cost by client".to_owned(),
        summary: format!(
            "The dearest client makes {} of CloudFront's cost.",
            share(*first, "cloudfront_share")
        ),
        unit: Unit::Usd,
        kind: ChartKind::Bars {
            series: vec![own("CloudFront's cost")],
            bars: bars.collect(),
            is_stacked: false,
        },
    }));
    let mut table = figure::table(
        "Clients by their user agents",
        rows,
        &[
            ("user_agent_family", "Client"),
            ("client_kind", "Kind"),
            ("requests", "Requests"),
            ("request_share", "Share"),
            ("egress_bytes", "Egress"),
            ("egress_share", "Share"),
            ("cloudfront_usd", "Cost"),
            ("cloudfront_share", "Share"),
        ],
        Detail::Main,
    );
    for (cells, row) in table.rows.iter_mut().zip(rows.iter()) {
        cells.splice(..2, [family_of(row), kind_of(row)]);
    }
    show_small_costs(&mut table, 6, rows);
    top(table, blocks);
}

/// Nothing without a log that has countries.
fn by_country(rows: &Rows, blocks: &mut Vec<Block>) {
    if rows.is_empty() {
        return;
    }
    let without = rows.iter().find(|row| row.text("country") == "-");
    blocks.extend(without.map(|row| {
        Block::Paragraph(own(format!(
            "Logs name no country for {} of the requests ({}).",
            share(row, "request_share"),
            count(row.int("requests")),
        )))
    }));
    let mut table = figure::table(
        "Countries of viewers, where logs name them",
        rows,
        &[
            ("country", "Country"),
            ("requests", "Requests"),
            ("request_share", "Share"),
            ("egress_bytes", "Egress"),
            ("egress_share", "Share"),
            ("cloudfront_usd", "Cost"),
        ],
        Detail::Main,
    );
    show_small_costs(&mut table, 5, rows);
    rename(&mut table, "-", "not logged");
    top(table, blocks);
}
