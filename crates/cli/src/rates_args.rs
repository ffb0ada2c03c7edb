//! Arguments of `edgeledger rates`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edgeledger_rates::Month;

use crate::args::SqlFormat;

#[derive(Debug, Subcommand)]
pub(crate) enum Rates {
    /// The prices of a month: egress, requests, allowances, other items, plans
    Show(Show),
    /// Make a price card of AWS's own price list
    Import(Import),
    /// What changed between two months or price cards
    Diff(Diff),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger rates show
  edgeledger rates show --date 2026-10 --region EU --sources
  edgeledger rates show --format csv > prices.csv

Private rates are a price card in TOML (`rates = [\"our-rates.toml\"]` in edgeledger.toml) or the
same keys in edgeledger.toml itself; they win where they say something, and all else stays:
  [[private_rates]]
  service = \"cloudfront\"
  valid_from = \"2026-01\"
  [[private_rates.egress]]
  regions = [\"US\", \"EU\"]
  tiers = [[0, \"0.040\"], [51200, \"0.025\"]]   # from GB (2^30 bytes), USD per GB
In SQL: cloudfront_egress_prices, s3_request_prices, other_prices, cloudfront_plans,
competitor_prices and the other tables of `SHOW TABLES`.")]
pub(crate) struct Show {
    /// UTC month or day, YYYY-MM or YYYY-MM-DD [default: the current month]
    #[arg(long, visible_alias = "month", value_name = "DATE", value_parser = month_or_day)]
    pub(crate) date: Option<Month>,
    // The name of the global option, which has no other meaning here: it is taken over.
    /// Only this billing region (US, EU …) or bucket region (us-east-1 …)
    #[arg(long, alias = "of", value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Say where each price comes from
    #[arg(long)]
    pub(crate) sources: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger rates import AmazonCloudFront.json --out cloudfront-2026-10.toml
  edgeledger rates import AWSDataTransfer.json AmazonS3.json --from 2026-10 > s3-2026-10.toml

The files are AWS's, public and free of credentials; for instance
  https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonCloudFront/current/index.json
A card is for one service: AmazonCloudFront makes one of CloudFront, AWSDataTransfer (egress) and
AmazonS3 (requests, retrieval) together one of S3, of one region or of all. What a card does not
hold is listed on stderr. To use the card, name it in edgeledger.toml: rates = [\"card.toml\"]")]
pub(crate) struct Import {
    /// Offer file of the Price List Bulk API (index.json)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// First month of the card [default: the one in which its latest price took effect]
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) from: Option<Month>,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger rates diff 2021-11 2021-12
  edgeledger rates diff 2026-09 cloudfront-2026-10.toml
  edgeledger rates diff old.toml new.toml --format csv

Beside a month, a card is compared in what it prices itself: the month's other prices would stay.")]
pub(crate) struct Diff {
    /// Month (YYYY-MM) or price card
    #[arg(value_name = "A")]
    pub(crate) before: String,
    /// Month (YYYY-MM) or price card
    #[arg(value_name = "B")]
    pub(crate) after: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

/// `YYYY-MM` or `YYYY-MM-DD`, as the month: prices change by months only.
fn month_or_day(text: &str) -> Result<Month, String> {
    let month = match text.parse::<jiff::civil::Date>() {
        Ok(_) => text.get(..7).unwrap_or(text),
        Err(_) => text,
    };
    month
        .parse()
        .map_err(|_| "not a month (YYYY-MM) or day (YYYY-MM-DD)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::month_or_day;

    #[test]
    fn a_day_stands_for_its_month() {
        for text in ["2026-10", "2026-10-31"] {
            assert_eq!(month_or_day(text).unwrap().to_string(), "2026-10");
        }
        for wrong in ["", "2026", "2026-13", "2026-02-30", "20261001", "today"] {
            assert!(month_or_day(wrong).is_err(), "{wrong}");
        }
    }
}
