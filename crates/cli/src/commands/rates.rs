//! `edgeledger rates`.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use edgeledger_rates::{EgressTier, Month, PriceBook, RequestPrice, Service};

use crate::{
    args::{Global, Rates},
    config::{Config, closest},
    exit::{Exit, UsageError},
    progress::now_us,
    stdout::Stdout,
};

pub(crate) fn run(args: Rates, global: &Global) -> anyhow::Result<Exit> {
    let Rates::Show { month, of } = args;
    let config = Config::load(global, &[])?;
    let month = match month {
        Some(month) => month,
        None => jiff::Timestamp::from_microsecond(now_us())?
            .strftime("%Y-%m")
            .to_string()
            .parse::<Month>()?,
    };
    let book = &config.book;
    // Errors name the months that have prices.
    book.card_for(Service::CloudFront, month)
        .map_err(|error| UsageError::new(error.to_string()))?;
    check_region(book, of.as_deref())?;
    let wanted = |region: &str| of.as_ref().is_none_or(|of| of == region);
    let mut out = Stdout::new();
    for (title, tiers, requests) in [
        (
            "CloudFront",
            book.cloudfront_egress(),
            book.cloudfront_requests(),
        ),
        ("S3 to the internet", book.s3_egress(), book.s3_requests()),
    ] {
        let tiers = tiers
            .iter()
            .filter(|row| valid(row.valid_from, row.valid_until, month) && wanted(&row.region));
        let requests = requests
            .iter()
            .filter(|row| valid(row.valid_from, row.valid_until, month) && wanted(&row.region));
        let (egress, requests) = (egress_table(tiers), request_table(requests));
        if egress.row_count() > 0 {
            writeln!(
                out,
                "{title}, {month}: egress in USD per GB (2^30 bytes)\n{egress}"
            )?;
        }
        if requests.row_count() > 0 {
            writeln!(
                out,
                "{title}, {month}: requests in USD per 10,000\n{requests}"
            )?;
        }
    }
    Ok(Exit::Ok)
}

fn valid(from: Month, until: Option<Month>, month: Month) -> bool {
    from <= month && until.is_none_or(|until| month < until)
}

fn check_region(book: &PriceBook, of: Option<&str>) -> anyhow::Result<()> {
    let Some(of) = of else { return Ok(()) };
    let known = || {
        book.cloudfront_egress()
            .iter()
            .chain(book.s3_egress())
            .map(|row| row.region.as_str())
    };
    if known().any(|region| region == of) {
        return Ok(());
    }
    let error = UsageError::new(format!("no prices for region `{of}`"));
    Err(match closest(of, known()) {
        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
        None => error,
    }
    .into())
}

fn new_table(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_header(header);
    for at in numbers {
        if let Some(column) = table.column_mut(*at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn egress_table<'a>(rows: impl Iterator<Item = &'a EgressTier>) -> Table {
    let mut table = new_table(
        &[
            "region",
            "from GB",
            "to GB",
            "USD per GB",
            "card",
            "confidence",
            "seen",
        ],
        &[1, 2, 3],
    );
    for row in rows {
        let end = row
            .tier_end_gb
            .map_or_else(|| "∞".to_owned(), |gb| gb.to_string());
        table.add_row([
            row.region.clone(),
            row.tier_start_gb.to_string(),
            end,
            row.usd_per_gb.to_string(),
            row.card.clone(),
            row.confidence.to_string(),
            row.seen.clone(),
        ]);
    }
    table
}

fn request_table<'a>(rows: impl Iterator<Item = &'a RequestPrice>) -> Table {
    let mut table = new_table(
        &[
            "region",
            "protocol",
            "USD per 10,000",
            "card",
            "confidence",
            "seen",
        ],
        &[2],
    );
    for row in rows {
        table.add_row([
            row.region.clone(),
            row.protocol.clone(),
            (row.usd_per_request * edgeledger_rates::Decimal::from(10_000))
                .normalize()
                .to_string(),
            row.card.clone(),
            row.confidence.to_string(),
            row.seen.clone(),
        ]);
    }
    table
}
