//! The sections of a series.

use edgeledger_render::chart::{Chart, ChartKind, Datum, Series as Line, Unit};

use super::Series;
use crate::{
    document::{Block, Detail, Document, Fact, Section, Source, Table, Text, foreign, own},
    figures::{Named, query},
    format::{bytes, count, optional_usd, percent, plural, usd},
    sections::figure,
};

/// Distributions that a chart has room for; the others are summed by the table.
const MAX_LINES: usize = 6;

pub(super) fn document(series: &Series) -> Document {
    let mut sections = vec![headline(series), months(series), distributions(series)];
    if !series.notes.is_empty() {
        let notes = series.notes.iter().cloned().map(Text::Remark).collect();
        sections.push(Section {
            id: "method",
            title: Some("Method"),
            blocks: vec![Block::List(notes)],
        });
    }
    Document {
        title: format!("CloudFront from {} to {}", series.from, series.to),
        sections,
    }
}

fn headline(series: &Series) -> Section {
    let totals = &series.headline;
    let fact = |label, value: String, remark: &str| Fact {
        label,
        value,
        remark: remark.to_owned(),
    };
    let months = i64::try_from(series.months.rows.len()).unwrap_or(i64::MAX);
    let mut blocks = vec![
        Block::Paragraph(own(format!(
            "In {} CloudFront cost {} and sent {} to viewers.",
            plural(months, "month", "months"),
            usd(totals.cloudfront_usd),
            bytes(totals.egress_bytes),
        ))),
        Block::Facts(vec![
            fact(
                "CloudFront",
                usd(totals.cloudfront_usd),
                "all distributions",
            ),
            fact(
                "S3 instead",
                optional_usd(totals.s3_usd),
                "distributions with an S3 origin",
            ),
            fact("Savings", optional_usd(totals.savings_usd), ""),
            fact("Egress", bytes(totals.egress_bytes), "sent to viewers"),
            fact("Requests", count(totals.requests), ""),
        ]),
    ];
    if !series.incomplete_months.is_empty() {
        blocks.push(Block::Paragraph(own(format!(
            "Incomplete: log objects of {} are quarantined or vanished, and their requests are \
             missing here.",
            listed(&series.incomplete_months)
        ))));
    }
    if !series.missing_months.is_empty() {
        blocks.push(Block::Paragraph(own(format!(
            "No requests are in the lake of {}.",
            listed(&series.missing_months)
        ))));
    }
    Section {
        id: "verdict",
        title: None,
        blocks,
    }
}

/// Months that a sentence has room for.
const LISTED: usize = 12;

fn listed(months: &[String]) -> String {
    match months.get(..LISTED) {
        Some(first) if months.len() > LISTED => {
            format!("{} and {} more", first.join(", "), months.len() - LISTED)
        }
        _ => months.join(", "),
    }
}

fn labels(series: &Series) -> Vec<String> {
    series
        .months
        .iter()
        .map(|row| row.text("month").to_owned())
        .collect()
}

fn months(series: &Series) -> Section {
    let line = |name: &str, column: &str| Line {
        name: own(name),
        values: series
            .months
            .iter()
            .map(|row| {
                let amount = row.optional_decimal(column)?;
                Some(Datum::decimal(amount, usd(amount)))
            })
            .collect(),
    };
    let dearest = series
        .months
        .iter()
        .max_by_key(|row| row.decimal("cloudfront_usd"));
    let summary = dearest.map_or_else(String::new, |row| {
        format!(
            "{} was the dearest month, with {}.",
            row.text("month"),
            usd(row.decimal("cloudfront_usd"))
        )
    });
    let chart = Chart {
        title: "Cost by month".to_owned(),
        summary,
        unit: Unit::Usd,
        kind: ChartKind::Columns {
            labels: labels(series),
            series: vec![
                line("CloudFront, S3 origins", "cloudfront_s3_usd"),
                line("S3 instead", "s3_usd"),
            ],
            is_stacked: false,
            marks: Vec::new(),
        },
    };
    let columns = [
        ("month", "Month"),
        ("covered_days", "Days"),
        ("egress_bytes", "Egress"),
        ("requests", "Requests"),
        ("request_hit_ratio", "Hit ratio"),
        ("cloudfront_usd", "CloudFront"),
        ("usd_per_tib", "per TiB"),
        ("s3_usd", "S3 instead"),
        ("savings_usd", "Savings"),
    ];
    let mut table = figure::table("", &series.months, &columns, Detail::Main);
    // Months are our own words, and prices by the TiB need their cents only.
    for (row, values) in table.rows.iter_mut().zip(series.months.iter()) {
        if let [month, days, _, _, _, _, per_tib, ..] = row.as_mut_slice() {
            *month = own(values.text("month"));
            *days = own(format!(
                "{} of {}",
                values.int("covered_days"),
                values.int("days")
            ));
            *per_tib = own(optional_usd(values.optional_decimal("usd_per_tib")));
        }
    }
    Section {
        id: "months",
        title: Some("Months"),
        blocks: vec![
            Block::Chart(chart),
            Block::Table(table),
            source(series, "series_months"),
        ],
    }
}

fn distributions(series: &Series) -> Section {
    let mut names: Vec<&str> = Vec::new();
    for row in series.distributions.iter() {
        let id = row.text("distribution");
        if !names.contains(&id) {
            names.push(id);
        }
    }
    let months = labels(series);
    let find = |id: &str, month: &String| {
        series
            .distributions
            .iter()
            .find(|row| row.text("distribution") == id && row.text("month") == month)
    };
    let name = |id: &str| {
        let row = series
            .distributions
            .iter()
            .find(|row| row.text("distribution") == id);
        foreign(row.map_or(id, |row| row.text("name")))
    };
    let lines = names.iter().take(MAX_LINES).map(|id| Line {
        name: name(id),
        values: months
            .iter()
            .map(|month| {
                let amount = find(id, month)?.decimal("cloudfront_usd");
                Some(Datum::decimal(amount, usd(amount)))
            })
            .collect(),
    });
    let chart = Chart {
        title: "CloudFront by month and distribution".to_owned(),
        summary: format!(
            "What the first {} distributions cost in each month; the table has them all.",
            names.len().min(MAX_LINES)
        ),
        unit: Unit::Usd,
        kind: ChartKind::Columns {
            labels: months.clone(),
            series: lines.collect(),
            is_stacked: true,
            marks: Vec::new(),
        },
    };
    let rows = series.distributions.iter().map(row).collect();
    let table = Table {
        caption: "Months by distribution",
        columns: figure::columns(&[
            ("month", "Month"),
            ("name", "Name"),
            ("egress_bytes", "Egress"),
            ("requests", "Requests"),
            ("request_hit_ratio", "Hit ratio"),
            ("cloudfront_usd", "CloudFront"),
            ("cost_share", "Share"),
            ("savings_usd", "Savings"),
        ]),
        rows,
        totals: 0,
        detail: Detail::Folded,
    };
    Section {
        id: "distributions",
        title: Some("Distributions"),
        blocks: vec![
            Block::Chart(chart),
            Block::Table(table),
            source(series, "series_distributions"),
        ],
    }
}

fn row(row: Named<'_>) -> Vec<Text> {
    vec![
        own(row.text("month")),
        foreign(row.text("name")),
        own(bytes(row.int("egress_bytes"))),
        own(count(row.int("requests"))),
        own(percent(row.optional_decimal("request_hit_ratio"), 2)),
        own(usd(row.decimal("cloudfront_usd"))),
        own(percent(row.optional_decimal("cost_share"), 1)),
        own(optional_usd(row.optional_decimal("savings_usd"))),
    ]
}

fn source(series: &Series, name: &'static str) -> Block {
    let query = query(name);
    let sources = query.map(|query| Source {
        name,
        sql: query.example(series.to, series.to.previous(), None),
    });
    Block::Sources(sources.into_iter().collect())
}
