//! The card that is being made, and its TOML.

use std::collections::BTreeMap;
use std::fmt::Write;

use rust_decimal::Decimal;

use super::error::ImportError;
use super::offer::{Offer, Price};
use super::{missing_regions, open_ended, whole};
use crate::month::Month;
use crate::rows::Service;

/// Where a price was found.
#[derive(Debug, Clone)]
struct Found {
    sku: String,
    source: String,
    seen: String,
}

impl Found {
    fn new(offer: &Offer<'_>, price: &Price) -> Found {
        Found {
            sku: price.sku.clone(),
            source: offer.source(&price.sku),
            seen: offer.published.clone(),
        }
    }
}

/// A price of one unit.
#[derive(Debug, Clone)]
pub(super) struct Fee {
    usd: Decimal,
    found: Found,
}

impl Fee {
    pub(super) fn new(offer: &Offer<'_>, price: &Price, usd: Decimal) -> Fee {
        Fee {
            usd,
            found: Found::new(offer, price),
        }
    }
}

/// A ladder: each tier's start in GB and price.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    tiers: Vec<(i64, Decimal)>,
    found: Found,
}

impl Ladder {
    pub(super) fn new(offer: &Offer<'_>, price: &Price) -> Result<Ladder, ImportError> {
        open_ended(offer, price)?;
        let tiers = price.steps.iter().map(|step| {
            Ok((
                whole(offer, &price.sku, "beginRange", step.start)?,
                step.usd,
            ))
        });
        Ok(Ladder {
            tiers: tiers.collect::<Result<_, _>>()?,
            found: Found::new(offer, price),
        })
    }
}

/// A price of something besides traffic.
#[derive(Debug, Clone)]
pub(super) struct Other {
    pub(super) unit: &'static str,
    pub(super) free_units: i64,
    pub(super) fee: Fee,
}

/// A free allowance.
#[derive(Debug, Clone)]
struct Allowance {
    units: i64,
    found: Found,
}

/// A card in the making.
pub(super) struct Card {
    pub(super) service: Service,
    /// Prices and allowances found, also those found twice.
    pub(super) n_found: u64,
    sources: Vec<String>,
    versions: Vec<String>,
    effective: Vec<Month>,
    egress: BTreeMap<&'static str, Ladder>,
    requests: BTreeMap<(&'static str, &'static str), Fee>,
    proxies: BTreeMap<(&'static str, &'static str), Fee>,
    origin_transfer: BTreeMap<&'static str, Fee>,
    other: BTreeMap<(&'static str, &'static str), Other>,
    free_gb: Option<Allowance>,
    free_requests: Option<Allowance>,
    notes: Vec<String>,
}

impl Card {
    pub(super) fn new(service: Service) -> Card {
        Card {
            service,
            n_found: 0,
            sources: Vec::new(),
            versions: Vec::new(),
            effective: Vec::new(),
            egress: BTreeMap::new(),
            requests: BTreeMap::new(),
            proxies: BTreeMap::new(),
            origin_transfer: BTreeMap::new(),
            other: BTreeMap::new(),
            free_gb: None,
            free_requests: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn add_source(&mut self, offer: &Offer<'_>) {
        let source = format!("{} price list {}", offer.code, offer.version);
        if !self.sources.contains(&source) {
            self.sources.push(source);
            self.versions.push(offer.version.clone());
        }
    }

    pub(super) fn took_effect(&mut self, month: Month) {
        self.effective.push(month);
    }

    pub(super) fn add_egress(
        &mut self,
        offer: &Offer<'_>,
        region: &'static str,
        ladder: Ladder,
    ) -> Result<(), ImportError> {
        self.n_found = self.n_found.saturating_add(1);
        if ladder.tiers.first().is_some_and(|(_, usd)| usd.is_zero()) {
            self.notes.push(format!(
                "egress of {region} begins at 0 USD (SKU {}): an allowance within the tiers",
                ladder.found.sku
            ));
        }
        let new = (ladder.tiers.clone(), ladder.found.sku.clone());
        let old = self.egress.entry(region).or_insert(ladder);
        agree(
            offer,
            &format!("egress {region}"),
            (&old.tiers, &old.found.sku),
            (&new.0, &new.1),
        )
    }

    pub(super) fn add_request(
        &mut self,
        offer: &Offer<'_>,
        region: &'static str,
        protocol: &'static str,
        fee: Fee,
    ) -> Result<(), ImportError> {
        self.n_found = self.n_found.saturating_add(1);
        let key = format!("requests {region} {protocol}");
        add_fee(&mut self.requests, offer, (region, protocol), &key, fee)
    }

    /// Proxied methods, whose price a card has only when it is that of GET.
    pub(super) fn add_proxy(&mut self, region: &'static str, protocol: &'static str, fee: Fee) {
        self.proxies.insert((region, protocol), fee);
    }

    pub(super) fn add_origin_transfer(
        &mut self,
        offer: &Offer<'_>,
        region: &'static str,
        fee: Fee,
    ) -> Result<(), ImportError> {
        self.n_found = self.n_found.saturating_add(1);
        let key = format!("origin_transfer {region}");
        add_fee(&mut self.origin_transfer, offer, region, &key, fee)
    }

    /// Something besides traffic. At `global` there may be a product a region: where they differ,
    /// the dearest is taken.
    pub(super) fn add_other(
        &mut self,
        offer: &Offer<'_>,
        region: &'static str,
        item: &'static str,
        other: Other,
    ) -> Result<(), ImportError> {
        self.n_found = self.n_found.saturating_add(1);
        let key = (item, region);
        let Some(old) = self.other.get(&key) else {
            self.other.insert(key, other);
            return Ok(());
        };
        let worth = |other: &Other| (other.fee.usd, std::cmp::Reverse(other.free_units));
        if worth(old) == worth(&other) {
            return Ok(());
        }
        if region != "global" {
            return Err(ImportError::Conflict {
                file: offer.file.to_owned(),
                key: format!("other {item} {region}"),
                first: old.fee.found.sku.clone(),
                second: other.fee.found.sku,
            });
        }
        self.notes.push(format!(
            "{item} has more than one price: SKU {} {} USD, SKU {} {} USD; the dearer is in the card",
            old.fee.found.sku, old.fee.usd, other.fee.found.sku, other.fee.usd
        ));
        if worth(&other) > worth(old) {
            self.other.insert(key, other);
        }
        Ok(())
    }

    pub(super) fn add_allowance(
        &mut self,
        offer: &Offer<'_>,
        is_requests: bool,
        units: i64,
        price: &Price,
    ) -> Result<(), ImportError> {
        self.n_found = self.n_found.saturating_add(1);
        let (slot, key) = if is_requests {
            (&mut self.free_requests, "free_requests")
        } else {
            (&mut self.free_gb, "free_gb")
        };
        let new = (units, price.sku.clone());
        let old = slot.get_or_insert_with(|| Allowance {
            units,
            found: Found::new(offer, price),
        });
        agree(offer, key, (&old.units, &old.found.sku), (&new.0, &new.1))
    }

    /// What the card has not.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let stays = "not in the files; the price before this card stays in force";
        let mut missing = |what: &str, regions: Vec<&str>| {
            if !regions.is_empty() {
                notes.push(format!("{what} for {}: {stays}", regions.join(" ")));
            }
        };
        if self.service == Service::CloudFront {
            missing(
                "egress",
                missing_regions(|region| self.egress.contains_key(region)),
            );
            for protocol in ["http", "https"] {
                missing(
                    &format!("{protocol} requests"),
                    missing_regions(|region| {
                        self.requests
                            .keys()
                            .any(|key| key.0 == region && key.1 == protocol)
                    }),
                );
            }
            missing(
                "transfer to the origin",
                missing_regions(|region| self.origin_transfer.contains_key(region)),
            );
            if self.free_gb.is_none() || self.free_requests.is_none() {
                notes.push(format!("the free allowance is {stays}"));
            }
        } else {
            for (what, is_empty) in [
                (
                    "egress (import AWSDataTransfer beside it)",
                    self.egress.is_empty(),
                ),
                (
                    "requests (import AmazonS3 beside it)",
                    self.requests.is_empty(),
                ),
                ("the free allowance", self.free_gb.is_none()),
            ] {
                if is_empty {
                    notes.push(format!("{what}: {stays}"));
                }
            }
        }
        for ((region, protocol), proxy) in &self.proxies {
            let get = self
                .requests
                .iter()
                .find(|(key, _)| **key == (*region, *protocol))
                .map(|(_, fee)| fee.usd);
            if get != Some(proxy.usd) {
                notes.push(format!(
                    "proxied {protocol} requests of {region} cost {} USD (SKU {}), which differs \
                     from GET: a card has one price for both, that of GET",
                    proxy.usd, proxy.found.sku
                ));
            }
        }
        if let (Some(first), Some(last)) =
            (self.effective.iter().min(), self.effective.iter().max())
            && first != last
        {
            notes.push(format!(
                "prices took effect from {first} to {last}: choose the first month with --from"
            ));
        }
        notes
    }

    /// The card's text. `from` is its first month, else that of the latest price.
    pub(super) fn to_toml(&self, from: Option<Month>) -> String {
        let from = from
            .or_else(|| self.effective.iter().max().copied())
            .map_or_else(String::new, |month| month.to_string());
        let mut text = Toml::new();
        text.line("# Made by `edgeledger rates import` from AWS's price list.");
        text.pair("kind", &quoted("prices"));
        text.pair("service", &quoted(self.service.as_str()));
        let mut versions = self.versions.clone();
        versions.sort();
        let version = versions.pop().unwrap_or_default();
        text.pair(
            "name",
            &quoted(&format!("{}-{version}", self.service.as_str())),
        );
        text.pair("valid_from", &quoted(&from));
        text.pair("source", &quoted(&self.sources.join("; ")));
        for (region, ladder) in &self.egress {
            let tiers: Vec<String> = ladder
                .tiers
                .iter()
                .map(|(start, usd)| format!("[{start}, {}]", quoted(&usd.to_string())))
                .collect();
            text.table("[[egress]]");
            text.pair("regions", &format!("[{}]", quoted(region)));
            text.pair("tiers", &format!("[{}]", tiers.join(", ")));
            text.found(&ladder.found);
        }
        for ((region, protocol), fee) in &self.requests {
            let per = if self.service == Service::S3 {
                1_000
            } else {
                10_000
            };
            let (usd, per) = per_many(fee.usd, per);
            text.table("[[requests]]");
            text.pair("regions", &format!("[{}]", quoted(region)));
            text.pair("per", &per.to_string());
            text.pair(protocol, &quoted(&usd.to_string()));
            text.found(&fee.found);
        }
        for (region, fee) in &self.origin_transfer {
            text.table("[[origin_transfer]]");
            text.pair("regions", &format!("[{}]", quoted(region)));
            text.pair("usd_per_gb", &quoted(&fee.usd.to_string()));
            text.found(&fee.found);
        }
        self.free(&mut text);
        for ((item, region), other) in &self.other {
            let is_tiny = other.fee.usd < Decimal::new(1, 4);
            let (usd, per) = per_many(other.fee.usd, if is_tiny { 1_000_000 } else { 1 });
            text.table("[[other]]");
            text.pair("item", &quoted(item));
            text.pair("region", &quoted(region));
            text.pair("unit", &quoted(other.unit));
            text.pair("per", &per.to_string());
            text.pair("usd", &quoted(&usd.to_string()));
            if other.free_units > 0 {
                text.pair("free_per_month", &other.free_units.to_string());
            }
            text.found(&other.fee.found);
        }
        text.0
    }

    /// The allowance, when it is whole: CloudFront's has two parts.
    fn free(&self, text: &mut Toml) {
        let Some(free_gb) = &self.free_gb else { return };
        let free_requests = match (&self.free_requests, self.service) {
            (Some(requests), Service::CloudFront) => Some(requests.units),
            (None, Service::CloudFront) => return,
            _ => None,
        };
        text.table("[free]");
        text.pair("free_gb", &free_gb.units.to_string());
        if let Some(free_requests) = free_requests {
            text.pair("free_requests", &free_requests.to_string());
        }
        text.found(&free_gb.found);
    }
}

/// TOML as it is written down.
struct Toml(String);

impl Toml {
    fn new() -> Toml {
        Toml(String::new())
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn table(&mut self, head: &str) {
        self.0.push('\n');
        self.line(head);
    }

    fn pair(&mut self, key: &str, value: &str) {
        // Writing to a string cannot fail.
        writeln!(self.0, "{key} = {value}").unwrap_or_default();
    }

    fn found(&mut self, found: &Found) {
        self.pair("source", &quoted(&found.source));
        self.pair("seen", &quoted(&found.seen));
        self.pair("confidence", &quoted("high"));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A price of one as a price of `per`, or of one again should that not be exact.
fn per_many(usd: Decimal, per: i64) -> (Decimal, i64) {
    usd.checked_mul(Decimal::from(per))
        .map_or((usd, 1), |many| (many.normalize(), per))
}

fn add_fee<K: Ord>(
    fees: &mut BTreeMap<K, Fee>,
    offer: &Offer<'_>,
    at: K,
    key: &str,
    fee: Fee,
) -> Result<(), ImportError> {
    let new = (fee.usd, fee.found.sku.clone());
    let old = fees.entry(at).or_insert(fee);
    agree(offer, key, (&old.usd, &old.found.sku), (&new.0, &new.1))
}

/// An error when two SKUs price one thing differently: nothing says which is right.
fn agree<T: PartialEq>(
    offer: &Offer<'_>,
    key: &str,
    old: (&T, &str),
    new: (&T, &str),
) -> Result<(), ImportError> {
    if old.0 == new.0 {
        return Ok(());
    }
    Err(ImportError::Conflict {
        file: offer.file.to_owned(),
        key: key.to_owned(),
        first: old.1.to_owned(),
        second: new.1.to_owned(),
    })
}
