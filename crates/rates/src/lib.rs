//! Dated price lists, billing regions and tier ladders: what AWS charges, as plain tables.
//!
//! A [`PriceBook`] is made of *cards*: TOML files that say, with sources, what a service cost over
//! a run of months. The built-in ones are in this crate's `cards` folder; a user lays private
//! rates over them with [`PriceBook::with_cards`]. The book gives the prices back as flat rows,
//! which become SQL tables elsewhere; adding up a bill is SQL's work too.
//!
//! All money is [`Decimal`], in US dollars, exact as published and never rounded. Where AWS writes
//! "GB" it means [`BYTES_PER_GB`] bytes, and so do the rows. Months are UTC.
//!
//! [`import`] makes a card of the offer files of AWS's Price List Bulk API.
//!
//! This crate must not know Arrow, SQL, logs, floating point, the clock, or files at run time.
//!
//! # Example
//!
//! ```
//! use edgeledger_rates::{Decimal, Month, PriceBook, Service};
//!
//! let book = PriceBook::builtin()?;
//! let month: Month = "2026-01".parse()?;
//! let card = book.card_for(Service::CloudFront, month)?;
//!
//! // 20 TB from European edge locations: 10 TB in the first tier, 10 TB in the second.
//! let usd: Decimal = book
//!     .cloudfront_egress()
//!     .iter()
//!     .filter(|tier| tier.card == card.name && tier.region == "EU" && tier.tier <= 2)
//!     .map(|tier| tier.usd_per_gb * Decimal::from(10 * 1024))
//!     .sum();
//! assert_eq!(usd, Decimal::from_str_exact("1689.60")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Writing a card
//!
//! A card of prices looks like this. Prices are in quotes, because a TOML float is not exact; a
//! tier is a start in GB and a price, and ends where the next one starts. Keys that are not in
//! this example (or, for S3, `any` instead of `http` and `https`) are errors.
//!
//! ```
//! # let card = r#"
//! kind = "prices"
//! service = "cloudfront"                  # or "s3"
//! name = "our-rates-2026"                 # unique in the book
//! valid_from = "2026-01"                  # first month
//! valid_until = "2027-01"                 # first month no longer; leave out if there is none
//! source = "contract of 2025-12"
//!
//! [[egress]]
//! regions = ["US", "EU"]                  # each with its own counter
//! tiers = [[0, "0.040"], [51200, "0.025"]]
//! source = "contract of 2025-12, annex A" # every group of prices says where it comes from,
//! seen = "2025-12-18"                     # when it was seen,
//! confidence = "high"                     # and how sure it is: high, medium or low
//!
//! [[requests]]
//! regions = ["US", "EU"]
//! per = 10000
//! http = "0.0060"                         # for S3 a single price: any = "…"
//! https = "0.0080"
//! source = "contract of 2025-12, annex A"
//! seen = "2025-12-18"
//! confidence = "high"
//!
//! [[origin_transfer]]                     # CloudFront only
//! regions = ["US", "EU"]
//! usd_per_gb = "0.020"
//! source = "contract of 2025-12, annex A"
//! seen = "2025-12-18"
//! confidence = "high"
//!
//! [free]
//! free_gb = 0
//! free_requests = 0                       # CloudFront only
//! source = "contract of 2025-12, annex B"
//! seen = "2025-12-18"
//! confidence = "high"
//!
//! [[other]]
//! item = "invalidation"
//! region = "global"
//! unit = "path"
//! per = 1
//! usd = "0.005"
//! free_per_month = 1000                   # none when left out
//! source = "public price list"
//! seen = "2026-10-01"
//! confidence = "high"
//! # "#;
//! # use edgeledger_rates::{PriceBook, Service};
//! # let book = PriceBook::builtin()?.with_cards(&[("ours.toml", card)])?;
//! # assert_eq!(book.card_for(Service::CloudFront, "2026-12".parse()?)?.name, "our-rates-2026");
//! # assert_eq!(book.card_for(Service::CloudFront, "2027-01".parse()?)?.name, "cloudfront-2024-07");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A card of flat-rate plans (`service = "cloudfront-plans"`) has `[[plan]]` tables instead:
//!
//! ```
//! # let card = r#"
//! # kind = "prices"
//! # service = "cloudfront-plans"
//! # name = "our-plans"
//! # valid_from = "2026-01"
//! # source = "contract of 2025-12"
//! [[plan]]
//! name = "pro"
//! usd_per_month = "12"                    # for each distribution on it
//! requests = 10000000                     # what it is meant for, a month
//! gb = 51200
//! source = "contract of 2025-12, annex C"
//! seen = "2025-12-18"
//! confidence = "high"
//! # "#;
//! # edgeledger_rates::PriceBook::builtin()?.with_cards(&[("plans.toml", card)])?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Cards of other providers' list prices (`kind = "list-prices"`), of edge locations
//! (`kind = "edge-locations"`) and of price classes (`kind = "price-classes"`) look like the built-in ones.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod book;
mod card;
mod check;
mod error;
mod import;
mod list_prices;
mod month;
mod regions;
mod rows;
mod tables;
mod undated;
mod values;

#[cfg(test)]
mod tests;

pub use rust_decimal::{Decimal, RoundingStrategy};

pub use crate::book::PriceBook;
pub use crate::error::RatesError;
pub use crate::import::{ImportError, Imported, import};
pub use crate::month::{Month, MonthError};
pub use crate::rows::{
    BYTES_PER_GB, CHINA_REGION, CLOUDFRONT_REGIONS, CardInfo, CloudFrontAllowance, CloudFrontPlan,
    CompetitorPrice, Confidence, EdgeLocation, EgressTier, OriginTransferPrice, OtherPrice,
    PriceClassRegion, RequestPrice, S3Allowance, Service, UNKNOWN_REGION,
};
