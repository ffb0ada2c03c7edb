//! `edgeledger rates show`.

use std::io::Write;

use comfy_table::Table;
use edgeledger_rates::{Month, Service};

use super::{
    batch,
    lines::{self, Line},
    new_table, without_card,
};
use crate::{
    args::{Global, SqlFormat},
    config::{Config, closest},
    exit::{Exit, UsageError},
    output,
    progress::{now_us, say},
    rates_args::Show,
    stdout::Stdout,
};

const HEADER: [&str; 13] = [
    "month",
    "service",
    "item",
    "region",
    "of",
    "from_gb",
    "to_gb",
    "value",
    "unit",
    "card",
    "confidence",
    "seen",
    "source",
];

pub(super) fn run(args: &Show, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &[])?;
    let month = match args.date {
        Some(month) => month,
        None => jiff::Timestamp::from_microsecond(now_us())?
            .strftime("%Y-%m")
            .to_string()
            .parse::<Month>()?,
    };
    let missing = without_card(&config.book, month)?;
    let mut shown = lines::of(&config.book, Some(month));
    if let Some(region) = &args.region {
        check_region(&lines::of(&config.book, None), region)?;
        shown.retain(|line| line.region == *region);
    }
    if !global.quiet {
        for missing in missing {
            say(&missing);
        }
    }
    if args.format == SqlFormat::Table {
        tables(&shown, month, args.sources)?;
        return Ok(Exit::Ok);
    }
    let without_source = HEADER.split_last().map_or(&HEADER[..], |(_, rest)| rest);
    let header = if args.sources {
        &HEADER[..]
    } else {
        without_source
    };
    let rows: Vec<_> = shown.iter().map(|line| row(line, month)).collect();
    output::write_batch(&batch(header, &rows)?, args.format)?;
    Ok(Exit::Ok)
}

fn row(line: &Line, month: Month) -> Vec<Option<String>> {
    vec![
        Some(month.to_string()),
        Some(line.service.as_str().to_owned()),
        Some(line.item.clone()),
        Some(line.region.clone()),
        line.of.clone(),
        line.from_gb.map(|gb| gb.to_string()),
        line.to_gb.map(|gb| gb.to_string()),
        Some(line.value_text()),
        Some(line.unit.clone()),
        Some(line.card.clone()),
        Some(line.confidence.to_string()),
        Some(line.seen.clone()),
        Some(line.source.clone()),
    ]
}

fn check_region(all: &[Line], region: &str) -> anyhow::Result<()> {
    let known = || all.iter().map(|line| line.region.as_str());
    if known().any(|known| known == region) {
        return Ok(());
    }
    let error = UsageError::new(format!("no prices for region `{region}`"));
    Err(match closest(region, known()) {
        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
        None => error,
    }
    .into())
}

/// A table of the lines that are alike; the cells of a line that are its own come from `cells`.
struct Section {
    title: &'static str,
    header: &'static [&'static str],
    is_in: fn(&Line) -> bool,
    cells: fn(&Line) -> Vec<String>,
}

fn of(line: &Line) -> String {
    line.of.clone().unwrap_or_default()
}

const IS_TRAFFIC: [&str; 4] = ["egress", "requests", "origin_transfer", "free"];
const NUMBERS: [&str; 8] = [
    "from GB",
    "to GB",
    "USD per GB",
    "USD per 10,000",
    "value",
    "USD a month",
    "requests a month",
    "GB a month",
];

const SECTIONS: [Section; 5] = [
    Section {
        title: "egress in USD per GB (2^30 bytes)",
        header: &["region", "from GB", "to GB", "USD per GB"],
        is_in: |line| line.item == "egress",
        cells: |line| {
            let start = line.from_gb.map_or_else(String::new, |gb| gb.to_string());
            let end = line
                .to_gb
                .map_or_else(|| "∞".to_owned(), |gb| gb.to_string());
            vec![line.region.clone(), start, end, line.value_text()]
        },
    },
    Section {
        title: "requests in USD per 10,000",
        header: &["region", "protocol", "USD per 10,000"],
        is_in: |line| line.item == "requests",
        cells: |line| vec![line.region.clone(), of(line), line.value_text()],
    },
    Section {
        title: "transfer to the origin in USD per GB (2^30 bytes)",
        header: &["region", "USD per GB"],
        is_in: |line| line.item == "origin_transfer",
        cells: |line| vec![line.region.clone(), line.value_text()],
    },
    Section {
        title: "free for the whole organisation",
        header: &["value", "unit"],
        is_in: |line| line.item == "free",
        cells: |line| vec![line.value_text(), line.unit.clone()],
    },
    Section {
        title: "other prices",
        header: &["item", "region", "of", "value", "unit"],
        is_in: |line| !IS_TRAFFIC.contains(&line.item.as_str()),
        cells: |line| {
            vec![
                line.item.clone(),
                line.region.clone(),
                of(line),
                line.value_text(),
                line.unit.clone(),
            ]
        },
    },
];

fn tables(lines: &[Line], month: Month, with_sources: bool) -> anyhow::Result<()> {
    let mut out = Stdout::new();
    for (service, name) in [
        (Service::CloudFront, "CloudFront"),
        (Service::S3, "S3 to the internet"),
    ] {
        for section in &SECTIONS {
            let rows: Vec<(&Line, Vec<String>)> = lines
                .iter()
                .filter(|line| line.service == service && (section.is_in)(line))
                .map(|line| (line, (section.cells)(line)))
                .collect();
            if !rows.is_empty() {
                let table = table(section.header, rows, with_sources);
                writeln!(out, "{name}, {month}: {}\n{table}", section.title)?;
            }
        }
    }
    let plans = plans(lines);
    if !plans.is_empty() {
        let header = ["plan", "USD a month", "requests a month", "GB a month"];
        let table = table(&header, plans, with_sources);
        writeln!(
            out,
            "CloudFront flat-rate plans, {month}: for one distribution, with what it is meant for\n{table}"
        )?;
    }
    Ok(())
}

/// A row a plan, from the three lines it has.
fn plans(lines: &[Line]) -> Vec<(&Line, Vec<String>)> {
    let price = |line: &&Line| line.item == "plan";
    let rows = lines.iter().filter(price).map(|line| {
        let value = |item: &str| {
            lines
                .iter()
                .find(|other| other.item == item && other.of == line.of)
                .map_or_else(String::new, Line::value_text)
        };
        let cells = vec![
            of(line),
            line.value_text(),
            value("plan_requests"),
            value("plan_egress"),
        ];
        (line, cells)
    });
    rows.collect()
}

/// A table of cells, followed by where the line of each row comes from.
fn table(header: &[&str], rows: Vec<(&Line, Vec<String>)>, with_sources: bool) -> Table {
    let mut header = header.to_vec();
    header.extend(["card", "confidence", "seen"]);
    if with_sources {
        header.push("source");
    }
    let mut table = new_table(&header, &NUMBERS);
    for (line, mut cells) in rows {
        cells.extend([
            line.card.clone(),
            line.confidence.to_string(),
            line.seen.clone(),
        ]);
        if with_sources {
            cells.push(line.source.clone());
        }
        table.add_row(cells);
    }
    table
}
