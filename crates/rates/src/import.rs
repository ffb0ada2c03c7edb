//! A price card from AWS's own price lists: the offer files of the Price List Bulk API.
//!
//! An offer file is no table of prices: it has one product per price, beside thousands of others,
//! and several that look like a price and are none. What is told apart here, and why:
//!
//! - A product is known by its usage type, because most have no product family. The part before
//!   the first dash is a region, which us-east-1 does without.
//! - `Global-…` usage types and the location `Any` are free allowances. They match whatever a
//!   regional price matches, at 0 USD, and are never one.
//! - The S3 offer has transfer out at 0 USD, within AWS; the internet's is in `AWSDataTransfer`.
//! - `…-Proxy` usage types are requests of other methods; a card holds one price for all.
//! - Prices are text and for one unit, whatever the description says they are per.

mod card;
mod error;
mod kinds;
mod offer;
mod places;

use rust_decimal::Decimal;

use crate::check;
use crate::month::Month;
use crate::rows::{CLOUDFRONT_REGIONS, Service};
use card::{Card, Fee, Ladder, Other};
pub use error::ImportError;
use kinds::{Kind, Scope};
use offer::{Attributes, Offer, Price};

/// A card made of offer files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The card's TOML, which [`PriceBook::with_cards`](crate::PriceBook::with_cards) takes.
    pub card: String,
    /// What the files have and the card has not, and the other way round: a sentence each.
    pub notes: Vec<String>,
}

/// Makes a price card of AWS offer files, each given as its name (for errors) and its bytes.
///
/// The files are `index.json` as AWS serves them below `offers/v1.0/aws/<offer>/`, for one region
/// or for all: `AmazonCloudFront` for a card of CloudFront; `AWSDataTransfer` (egress) and `AmazonS3`
/// (requests and retrieval) together or alone for one of S3. The card holds from `from`, or
/// from the month in which the latest of its prices took effect.
///
/// A product in a place that cards do not know, or of another kind, is left out and told of in the
/// notes.
///
/// # Errors
/// When a file is no offer file or of another offer, when a product that belongs into the card has
/// not exactly one on-demand price in USD whose tiers are whole, when two products disagree, or when
/// nothing is left to price. The error names the file and the value.
pub fn import(files: &[(&str, &[u8])], from: Option<Month>) -> Result<Imported, ImportError> {
    let mut collected: Option<Collected<'_>> = None;
    for (file, json) in files {
        let offer = Offer::read(file, json)?;
        let service = match offer.code.as_str() {
            "AmazonCloudFront" => Service::CloudFront,
            "AWSDataTransfer" | "AmazonS3" => Service::S3,
            _ => {
                return Err(ImportError::UnknownOffer {
                    file: offer.file.to_owned(),
                    offer: offer.code,
                });
            }
        };
        let collected = collected.get_or_insert_with(|| Collected::new(&offer, service));
        if collected.card.service != service {
            return Err(ImportError::TwoServices {
                file: offer.file.to_owned(),
                offer: offer.code,
                first: collected.first.0.to_owned(),
                first_offer: collected.first.1.clone(),
            });
        }
        collected.read(&offer)?;
    }
    let collected = collected.ok_or(ImportError::NoFile)?;
    let files: Vec<String> = files.iter().map(|(file, _)| format!("`{file}`")).collect();
    collected.finish(from, &files.join(", "))
}

/// What was found so far.
struct Collected<'a> {
    /// The first file and its offer code.
    first: (&'a str, String),
    card: Card,
    notes: Vec<String>,
}

impl<'a> Collected<'a> {
    fn new(offer: &Offer<'a>, service: Service) -> Collected<'a> {
        Collected {
            first: (offer.file, offer.code.clone()),
            card: Card::new(service),
            notes: Vec::new(),
        }
    }

    fn read(&mut self, offer: &Offer<'_>) -> Result<(), ImportError> {
        let before = self.card.n_found;
        let mut left_out = LeftOut::default();
        offer.for_each(|sku, attributes| self.product(offer, sku, &attributes, &mut left_out))?;
        if self.card.n_found == before {
            return Err(ImportError::NoProduct {
                file: offer.file.to_owned(),
                offer: offer.code.clone(),
                unknown: left_out.places_in_words(),
            });
        }
        self.card.add_source(offer);
        self.notes.extend(left_out.notes(offer));
        Ok(())
    }

    /// One product: into the card, or among what is left out.
    fn product(
        &mut self,
        offer: &Offer<'_>,
        sku: &str,
        attributes: &Attributes,
        left_out: &mut LeftOut,
    ) -> Result<(), ImportError> {
        let usage_type = attributes.usagetype.as_str();
        let Some((place, kind)) = kinds::of(&offer.code, attributes) else {
            left_out.kind(usage_type);
            return Ok(());
        };
        let scope = kind.scope(self.card.service);
        if places::is_global(place, attributes) && scope != Scope::Everywhere {
            return self.allowance(offer, sku, usage_type, kind, left_out);
        }
        let region = match scope {
            Scope::Everywhere => Ok("global"),
            Scope::BillingRegion => places::cloudfront(place, attributes),
            Scope::AwsRegion => places::aws(place, attributes),
        };
        let region = match region {
            Ok(region) => region,
            Err(why) => {
                left_out.place(usage_type, why);
                return Ok(());
            }
        };
        let price = offer.price(sku, usage_type)?;
        if kind.is_hourly(&price) {
            left_out.kind(usage_type);
            return Ok(());
        }
        kind.check_unit(offer, &price)?;
        self.card.took_effect(price.effective);
        match kind {
            Kind::Egress => {
                let ladder = Ladder::new(offer, &price)?;
                self.card.add_egress(offer, region, ladder)
            }
            Kind::Request(protocol) => {
                let fee = flat_fee(offer, &price)?;
                self.card.add_request(offer, region, protocol, fee)
            }
            Kind::ProxyRequest(protocol) => {
                let fee = flat_fee(offer, &price)?;
                self.card.add_proxy(region, protocol, fee);
                Ok(())
            }
            Kind::OriginTransfer => {
                let fee = flat_fee(offer, &price)?;
                self.card.add_origin_transfer(offer, region, fee)
            }
            Kind::Other { item, unit, .. } => {
                let (free_units, usd) = free_then_flat(offer, &price)?;
                let other = Other {
                    unit,
                    free_units,
                    fee: Fee::new(offer, &price, usd),
                };
                self.card.add_other(offer, region, item, other)
            }
        }
    }

    /// A free allowance: the end of the tiers that cost nothing.
    fn allowance(
        &mut self,
        offer: &Offer<'_>,
        sku: &str,
        usage_type: &str,
        kind: Kind,
        left_out: &mut LeftOut,
    ) -> Result<(), ImportError> {
        // The free requests of S3 are an introductory offer, which ends after a year.
        let is_requests =
            matches!(kind, Kind::Request(_)) && self.card.service == Service::CloudFront;
        if !is_requests && kind != Kind::Egress {
            left_out.kind(usage_type);
            return Ok(());
        }
        let price = offer.price(sku, usage_type)?;
        kind.check_unit(offer, &price)?;
        let free = price
            .steps
            .iter()
            .take_while(|step| step.usd.is_zero())
            .last()
            .and_then(|step| step.end);
        let Some(free) = free else {
            // Priced, or free without end: nothing that an allowance could be.
            left_out.kind(usage_type);
            return Ok(());
        };
        self.card.took_effect(price.effective);
        let free = whole(offer, sku, "endRange", free)?;
        self.card.add_allowance(offer, is_requests, free, &price)
    }

    fn finish(mut self, from: Option<Month>, files: &str) -> Result<Imported, ImportError> {
        self.notes.extend(self.card.notes());
        let card = self.card.to_toml(from);
        check::card("the imported card", &card).map_err(|source| ImportError::Card {
            files: files.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Imported {
            card,
            notes: self.notes,
        })
    }
}

/// Products that the card does not hold.
#[derive(Default)]
struct LeftOut {
    /// Usage types of other kinds.
    kinds: std::collections::BTreeMap<String, u64>,
    /// Why a place is unknown, with the usage types that name it.
    places: std::collections::BTreeMap<String, Vec<String>>,
}

impl LeftOut {
    fn kind(&mut self, usage_type: &str) {
        if usage_type.is_empty() {
            return self.kind("no usage type");
        }
        // Counted without its region, or the list would be as long as the file.
        let kind = match usage_type.split_once('-') {
            Some((place, kind)) if places::is_known(place) => kind,
            _ => usage_type,
        };
        let n = self.kinds.entry(kind.to_owned()).or_default();
        *n = n.saturating_add(1);
    }

    fn place(&mut self, usage_type: &str, why: String) {
        self.places
            .entry(why)
            .or_default()
            .push(usage_type.to_owned());
    }

    fn places_in_words(&self) -> String {
        if self.places.is_empty() {
            return String::new();
        }
        let places: Vec<&str> = self.places.keys().map(String::as_str).collect();
        format!("; unknown places: {}", places.join(", "))
    }

    fn notes(&self, offer: &Offer<'_>) -> Vec<String> {
        let mut notes: Vec<String> = self
            .places
            .iter()
            .map(|(why, usage_types)| {
                format!(
                    "left out of `{}`: {} in the unknown place {why}",
                    offer.file,
                    usage_types.join(", ")
                )
            })
            .collect();
        if !self.kinds.is_empty() {
            let kinds: Vec<String> = self
                .kinds
                .iter()
                .map(|(kind, n)| format!("{kind} ({n})"))
                .collect();
            notes.push(format!(
                "left out of `{}`, as no part of a card: {}",
                offer.file,
                kinds.join(", ")
            ));
        }
        notes
    }
}

/// The price that holds from 0 to `Inf`.
fn flat_fee(offer: &Offer<'_>, price: &Price) -> Result<Fee, ImportError> {
    match free_then_flat(offer, price)? {
        (0, usd) => Ok(Fee::new(offer, price, usd)),
        (free, _) => Err(ImportError::Tiers {
            file: offer.file.to_owned(),
            sku: price.sku.clone(),
            problem: format!("the first {free} units cost nothing, where one price is expected"),
        }),
    }
}

/// The units that cost nothing, and the one price of all above.
fn free_then_flat(offer: &Offer<'_>, price: &Price) -> Result<(i64, Decimal), ImportError> {
    let fail = |problem: &str| ImportError::Tiers {
        file: offer.file.to_owned(),
        sku: price.sku.clone(),
        problem: problem.to_owned(),
    };
    open_ended(offer, price)?;
    match price.steps.as_slice() {
        [all] => Ok((0, all.usd)),
        [free, rest] if free.usd.is_zero() => Ok((
            whole(offer, &price.sku, "beginRange", rest.start)?,
            rest.usd,
        )),
        _ => Err(fail("there is more than one price")),
    }
}

/// An error when the last tier has an end.
fn open_ended(offer: &Offer<'_>, price: &Price) -> Result<(), ImportError> {
    match price.steps.last().and_then(|step| step.end) {
        None => Ok(()),
        Some(end) => Err(ImportError::Tiers {
            file: offer.file.to_owned(),
            sku: price.sku.clone(),
            problem: format!("they end at {end}, not at Inf"),
        }),
    }
}

/// A bound that counts whole units.
fn whole(
    offer: &Offer<'_>,
    sku: &str,
    key: &'static str,
    bound: Decimal,
) -> Result<i64, ImportError> {
    i64::try_from(bound)
        .ok()
        .filter(|whole| Decimal::from(*whole) == bound)
        .ok_or_else(|| offer.wrong(sku, key, &bound.to_string(), "a whole number"))
}

/// The billing regions that `has` not.
fn missing_regions(has: impl Fn(&str) -> bool) -> Vec<&'static str> {
    CLOUDFRONT_REGIONS
        .into_iter()
        .filter(|region| !has(region))
        .collect()
}
