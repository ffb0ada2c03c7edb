//! From a card as written to checked rows.
//!
//! Everything a card can get wrong stops here, with its file, its key and its value, so that the
//! book only ever holds prices that make sense.

use crate::card::{
    RawCard, RawFree, RawLadder, RawOriginTransfer, RawOther, RawPlan, RawPrices, RawRequests,
};
use crate::error::RatesError;
use crate::list_prices;
use crate::month::{Month, Span};
use crate::regions::{self, S3_REGIONS};
use crate::rows::{
    CLOUDFRONT_REGIONS, CardInfo, CloudFrontAllowance, CloudFrontPlan, EgressTier,
    OriginTransferPrice, OtherPrice, RequestPrice, S3Allowance, Service,
};
use crate::tables::Tables;
use crate::undated;
use crate::values::{
    MAX_GB, MAX_MONTHLY_USD, MAX_RATE_USD, MAX_TIERS, MAX_UNITS, Once, check_bounds, count, filled,
    usd, usd_each,
};

/// The first USD that a fee for something besides traffic may not be, one unit of it.
const MAX_FEE_USD: i64 = 10_000;

/// Reads and checks the card called `file`. A card of prices has a [`CardInfo`], the others not.
pub(crate) fn card(file: &str, text: &str) -> Result<(Option<CardInfo>, Tables), RatesError> {
    let (info, tables) = match RawCard::parse(file, text)? {
        RawCard::Prices(raw) => {
            let (info, tables) = prices(file, *raw)?;
            (Some(info), tables)
        }
        RawCard::ListPrices(raw) => (None, list_prices::check(file, raw)?),
        RawCard::Edges(raw) => (None, undated::edges(file, raw)?),
        RawCard::Classes(raw) => (None, undated::classes(file, raw)?),
    };
    if tables.is_empty() {
        return Err(RatesError::EmptyCard {
            file: file.to_owned(),
        });
    }
    Ok((info, tables))
}

fn prices(file: &str, raw: RawPrices) -> Result<(CardInfo, Tables), RatesError> {
    let Span {
        from: valid_from,
        until: valid_until,
    } = validity(file, &raw)?;
    let info = CardInfo {
        service: raw.service,
        name: filled(file, "name", raw.name)?,
        valid_from,
        valid_until,
        source: filled(file, "source", raw.source)?,
        file: file.to_owned(),
    };
    if info.service == Service::CloudFrontPlans {
        for (key, is_empty) in [
            ("egress", raw.egress.is_empty()),
            ("requests", raw.requests.is_empty()),
            ("origin_transfer", raw.origin_transfer.is_empty()),
            ("free", raw.free.is_none()),
            ("other", raw.other.is_empty()),
        ] {
            if !is_empty {
                return Err(not_a_price(&info, key));
            }
        }
        let tables = Tables {
            cloudfront_plans: plans(&info, raw.plan)?,
            ..Tables::default()
        };
        return Ok((info, tables));
    }
    if !raw.plan.is_empty() {
        return Err(not_a_price(&info, "plan"));
    }
    let mut tables = Tables::default();
    let ladders = ladders(&info, raw.egress)?;
    let requests = requests(&info, raw.requests)?;
    match info.service {
        Service::CloudFront => {
            tables.cloudfront_egress = ladders;
            tables.cloudfront_requests = requests;
            tables.cloudfront_origin_transfer = origin_transfer(&info, raw.origin_transfer)?;
            tables.cloudfront_allowances = raw
                .free
                .map(|free| cloudfront_allowance(&info, free))
                .transpose()?
                .into_iter()
                .collect();
        }
        // Plans are done above.
        Service::S3 | Service::CloudFrontPlans => {
            if !raw.origin_transfer.is_empty() {
                return Err(not_a_price(&info, "origin_transfer"));
            }
            tables.s3_egress = ladders;
            tables.s3_requests = requests;
            tables.s3_allowances = raw
                .free
                .map(|free| s3_allowance(&info, free))
                .transpose()?
                .into_iter()
                .collect();
        }
    }
    tables.other_prices = other(&info, raw.other)?;
    Ok((info, tables))
}

fn validity(file: &str, raw: &RawPrices) -> Result<Span, RatesError> {
    let month = |key, value: &str| {
        value
            .parse::<Month>()
            .map_err(|source| RatesError::NotAMonth {
                file: file.to_owned(),
                key,
                value: value.to_owned(),
                source,
            })
    };
    let from = month("valid_from", &raw.valid_from)?;
    let until = raw
        .valid_until
        .as_deref()
        .map(|value| month("valid_until", value))
        .transpose()?;
    match until {
        Some(valid_until) if valid_until <= from => Err(RatesError::EmptyValidity {
            file: file.to_owned(),
            valid_from: from,
            valid_until,
        }),
        _ => Ok(Span { from, until }),
    }
}

fn ladders(card: &CardInfo, raw: Vec<RawLadder>) -> Result<Vec<EgressTier>, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(&card.file);
    for ladder in raw {
        let source = filled(&card.file, "source of egress", ladder.source)?;
        let seen = filled(&card.file, "seen of egress", ladder.seen)?;
        for region in priced_regions(card, "egress", ladder.regions)? {
            let key = format!("egress {region}");
            once.see(&key)?;
            check_bounds(&card.file, &key, &ladder.tiers)?;
            let ends = ladder
                .tiers
                .iter()
                .skip(1)
                .map(|(start, _)| Some(*start))
                .chain([None]);
            for ((tier, (start, price)), end) in (1..=MAX_TIERS).zip(&ladder.tiers).zip(ends) {
                rows.push(EgressTier {
                    card: card.name.clone(),
                    valid_from: card.valid_from,
                    valid_until: card.valid_until,
                    region: region.clone(),
                    tier,
                    tier_start_gb: *start,
                    tier_end_gb: end,
                    usd_per_gb: usd(
                        &card.file,
                        &format!("{key} tier {tier}"),
                        price,
                        MAX_RATE_USD,
                    )?,
                    source: source.clone(),
                    seen: seen.clone(),
                    confidence: ladder.confidence,
                });
            }
        }
    }
    Ok(rows)
}

fn requests(card: &CardInfo, raw: Vec<RawRequests>) -> Result<Vec<RequestPrice>, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(&card.file);
    for group in raw {
        let source = filled(&card.file, "source of requests", group.source)?;
        let seen = filled(&card.file, "seen of requests", group.seen)?;
        let protocols = [
            ("http", &group.http),
            ("https", &group.https),
            ("any", &group.any),
        ];
        let prices: Vec<_> = protocols
            .into_iter()
            .filter_map(|(name, price)| Some((name, price.as_ref()?)))
            .collect();
        if prices.is_empty() {
            return Err(RatesError::Empty {
                file: card.file.clone(),
                key: "requests".to_owned(),
            });
        }
        for region in priced_regions(card, "requests", group.regions)? {
            for (protocol, price) in &prices {
                let key = format!("requests {region} {protocol}");
                if (*protocol == "any") != (card.service == Service::S3) {
                    return Err(not_a_price(card, &key));
                }
                once.see(&key)?;
                rows.push(RequestPrice {
                    card: card.name.clone(),
                    valid_from: card.valid_from,
                    valid_until: card.valid_until,
                    region: region.clone(),
                    protocol: (*protocol).to_owned(),
                    usd_per_request: usd_each(&card.file, &key, price, group.per, MAX_RATE_USD)?,
                    source: source.clone(),
                    seen: seen.clone(),
                    confidence: group.confidence,
                });
            }
        }
    }
    Ok(rows)
}

fn origin_transfer(
    card: &CardInfo,
    raw: Vec<RawOriginTransfer>,
) -> Result<Vec<OriginTransferPrice>, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(&card.file);
    for group in raw {
        let source = filled(&card.file, "source of origin_transfer", group.source)?;
        let seen = filled(&card.file, "seen of origin_transfer", group.seen)?;
        for region in priced_regions(card, "origin_transfer", group.regions)? {
            let key = format!("origin_transfer {region}");
            once.see(&key)?;
            rows.push(OriginTransferPrice {
                card: card.name.clone(),
                valid_from: card.valid_from,
                valid_until: card.valid_until,
                region,
                usd_per_gb: usd(&card.file, &key, &group.usd_per_gb, MAX_RATE_USD)?,
                source: source.clone(),
                seen: seen.clone(),
                confidence: group.confidence,
            });
        }
    }
    Ok(rows)
}

fn cloudfront_allowance(card: &CardInfo, raw: RawFree) -> Result<CloudFrontAllowance, RatesError> {
    let free_requests = raw
        .free_requests
        .ok_or_else(|| RatesError::WrongForService {
            file: card.file.clone(),
            key: "free_requests of free".to_owned(),
            problem: "missing",
            service: card.service,
        })?;
    Ok(CloudFrontAllowance {
        card: card.name.clone(),
        valid_from: card.valid_from,
        valid_until: card.valid_until,
        free_gb: count(&card.file, "free_gb of free", raw.free_gb, 0, MAX_GB)?,
        free_requests: count(
            &card.file,
            "free_requests of free",
            free_requests,
            0,
            MAX_UNITS,
        )?,
        source: filled(&card.file, "source of free", raw.source)?,
        seen: filled(&card.file, "seen of free", raw.seen)?,
        confidence: raw.confidence,
    })
}

fn s3_allowance(card: &CardInfo, raw: RawFree) -> Result<S3Allowance, RatesError> {
    if raw.free_requests.is_some() {
        return Err(not_a_price(card, "free_requests of free"));
    }
    Ok(S3Allowance {
        card: card.name.clone(),
        valid_from: card.valid_from,
        valid_until: card.valid_until,
        free_gb: count(&card.file, "free_gb of free", raw.free_gb, 0, MAX_GB)?,
        source: filled(&card.file, "source of free", raw.source)?,
        seen: filled(&card.file, "seen of free", raw.seen)?,
        confidence: raw.confidence,
    })
}

fn other(card: &CardInfo, raw: Vec<RawOther>) -> Result<Vec<OtherPrice>, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(&card.file);
    for price in raw {
        let item = filled(&card.file, "item of other", price.item)?;
        let key = format!("other {item} {}", price.region);
        let known = [&["global"][..], &CLOUDFRONT_REGIONS, &S3_REGIONS].concat();
        let region = regions::known(&card.file, &key, price.region, &known)?;
        once.see(&key)?;
        let of_key = |field: &str| format!("{field} of {key}");
        rows.push(OtherPrice {
            card: card.name.clone(),
            service: card.service,
            valid_from: card.valid_from,
            valid_until: card.valid_until,
            item,
            region,
            unit: filled(&card.file, &of_key("unit"), price.unit)?,
            usd_per_unit: usd_each(&card.file, &key, &price.usd, price.per, MAX_FEE_USD)?,
            free_units_per_month: count(
                &card.file,
                &of_key("free_per_month"),
                price.free_per_month,
                0,
                MAX_UNITS,
            )?,
            source: filled(&card.file, &of_key("source"), price.source)?,
            seen: filled(&card.file, &of_key("seen"), price.seen)?,
            confidence: price.confidence,
        });
    }
    Ok(rows)
}

fn plans(card: &CardInfo, raw: Vec<RawPlan>) -> Result<Vec<CloudFrontPlan>, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(&card.file);
    for plan in raw {
        let name = filled(&card.file, "name of plan", plan.name)?;
        let key = format!("plan {name}");
        once.see(&key)?;
        let of_key = |field: &str| format!("{field} of {key}");
        rows.push(CloudFrontPlan {
            card: card.name.clone(),
            valid_from: card.valid_from,
            valid_until: card.valid_until,
            usd_per_month: usd(&card.file, &key, &plan.usd_per_month, MAX_MONTHLY_USD)?,
            requests: count(&card.file, &of_key("requests"), plan.requests, 1, MAX_UNITS)?,
            gb: count(&card.file, &of_key("gb"), plan.gb, 1, MAX_GB)?,
            source: filled(&card.file, &of_key("source"), plan.source)?,
            seen: filled(&card.file, &of_key("seen"), plan.seen)?,
            confidence: plan.confidence,
            plan: name,
        });
    }
    Ok(rows)
}

/// The regions of a group of prices, all of which the card's service must have.
fn priced_regions(card: &CardInfo, key: &str, raw: Vec<String>) -> Result<Vec<String>, RatesError> {
    let known = match card.service {
        Service::CloudFront | Service::CloudFrontPlans => &CLOUDFRONT_REGIONS[..],
        Service::S3 => &S3_REGIONS[..],
    };
    regions::list(&card.file, &format!("regions of {key}"), raw, known)
}

fn not_a_price(card: &CardInfo, key: &str) -> RatesError {
    RatesError::WrongForService {
        file: card.file.clone(),
        key: key.to_owned(),
        problem: "not a price",
        service: card.service,
    }
}
