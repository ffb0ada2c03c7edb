//! Cards of other providers' public list prices. They are not dated: what counts is today's list.

use rust_decimal::Decimal;

use crate::card::{RawListPrices, RawProvider};
use crate::error::RatesError;
use crate::regions;
use crate::rows::{BYTES_PER_GB, CLOUDFRONT_REGIONS, CompetitorPrice};
use crate::tables::Tables;
use crate::values::{
    MAX_MONTHLY_USD, MAX_RATE_USD, MAX_TIERS, MAX_UNITS, Once, check_bounds, count, filled, usd,
    usd_each,
};

/// The region of a ladder that counts all regions together.
const ALL_REGIONS: &str = "all";
const DECIMAL_GB: i64 = 1_000_000_000;

/// How messages call a provider.
pub(crate) fn key(provider: &str, plan: Option<&str>) -> String {
    match plan {
        Some(plan) => format!("provider {provider} {plan}"),
        None => format!("provider {provider}"),
    }
}

/// List prices, checked.
pub(crate) fn check(file: &str, raw: RawListPrices) -> Result<Tables, RatesError> {
    let mut rows = Vec::new();
    let mut once = Once::new(file);
    for provider in raw.provider {
        let key = key(
            &filled(file, "name of provider", provider.name.clone())?,
            provider.plan.as_deref(),
        );
        once.see(&key)?;
        rows.extend(prices(file, &key, provider)?);
    }
    Ok(Tables {
        competitor_prices: rows,
        ..Tables::default()
    })
}

fn prices(
    file: &str,
    key: &str,
    provider: RawProvider,
) -> Result<Vec<CompetitorPrice>, RatesError> {
    let of_key = |field: &str| format!("{field} of {key}");
    let known = [&[ALL_REGIONS][..], &CLOUDFRONT_REGIONS].concat();
    if ![DECIMAL_GB, BYTES_PER_GB].contains(&provider.bytes_per_gb) {
        return Err(RatesError::BytesPerGb {
            file: file.to_owned(),
            key: of_key("bytes_per_gb"),
            value: provider.bytes_per_gb,
        });
    }
    let plan = provider
        .plan
        .map(|plan| filled(file, &of_key("plan"), plan))
        .transpose()?;
    let not_comparable = filled(file, &of_key("not_comparable"), provider.not_comparable)?;
    let free_requests = count(
        file,
        &of_key("free_requests"),
        provider.free_requests,
        0,
        MAX_UNITS,
    )?;
    let usd_per_month = match &provider.usd_per_month {
        Some(price) => usd(file, &of_key("usd_per_month"), price, MAX_MONTHLY_USD)?,
        None => Decimal::ZERO,
    };
    let mut rows = Vec::new();
    let mut once = Once::new(file);
    for group in provider.prices {
        let source = filled(file, &of_key("source"), group.source)?;
        let seen = filled(file, &of_key("seen"), group.seen)?;
        let usd_per_request = match (&group.requests, group.per) {
            (Some(price), Some(per)) => {
                usd_each(file, &of_key("requests"), price, per, MAX_RATE_USD)?
            }
            (None, None) => Decimal::ZERO,
            _ => {
                return Err(RatesError::Empty {
                    file: file.to_owned(),
                    key: of_key("requests or per"),
                });
            }
        };
        for region in regions::list(file, &of_key("regions"), group.regions, &known)? {
            let ladder = format!("{key} {region}");
            once.see(&ladder)?;
            check_bounds(file, &ladder, &group.tiers)?;
            let ends = group
                .tiers
                .iter()
                .skip(1)
                .map(|(start, _)| Some(*start))
                .chain([None]);
            for ((tier, (start, price)), end) in (1..=MAX_TIERS).zip(&group.tiers).zip(ends) {
                rows.push(CompetitorPrice {
                    provider: provider.name.clone(),
                    plan: plan.clone(),
                    region: region.clone(),
                    tier,
                    tier_start_gb: *start,
                    tier_end_gb: end,
                    usd_per_gb: usd(file, &format!("{ladder} tier {tier}"), price, MAX_RATE_USD)?,
                    bytes_per_gb: provider.bytes_per_gb,
                    usd_per_request,
                    free_requests,
                    usd_per_month,
                    not_comparable: not_comparable.clone(),
                    source: source.clone(),
                    seen: seen.clone(),
                    confidence: group.confidence,
                });
            }
        }
    }
    if rows.is_empty() {
        return Err(RatesError::Empty {
            file: file.to_owned(),
            key: of_key("prices"),
        });
    }
    Ok(rows)
}
