//! `[[extra_usage]]` of `edgeledger.toml`.

use std::path::Path;

use edgeledger_query::{Distribution, ExtraUsage};
use edgeledger_rates::{Month, PriceBook, Service};
use serde::Deserialize;

use crate::{config::closest, exit::UsageError};

/// The most units of one item that can be meant, as on price cards.
const MAX_QUANTITY: i64 = 1_000_000_000_000;

/// What logs do not show: `[[extra_usage]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileExtraUsage {
    item: String,
    quantity: i64,
    region: Option<String>,
    month: Option<String>,
    distribution: Option<String>,
}

/// Units that logs do not show, for items that `CloudFront` has a price for.
pub(crate) fn extra_usage(
    entries: &[FileExtraUsage],
    path: Option<&Path>,
    distributions: &[Distribution],
    book: &PriceBook,
) -> anyhow::Result<Vec<ExtraUsage>> {
    let prices = || {
        book.other_prices()
            .iter()
            .filter(|row| row.service == Service::CloudFront)
            // What a commitment costs is no usage.
            .filter(|row| !row.item.starts_with("savings-bundle"))
    };
    let mut rows = Vec::new();
    for entry in entries {
        let fail = |message: String| {
            let path = path.map_or_else(String::new, |path| format!("`{}`: ", path.display()));
            UsageError::new(format!("{path}extra_usage `{}`: {message}", entry.item))
        };
        if !prices().any(|row| row.item == entry.item) {
            let error = fail("no price card has such an item".to_owned());
            return Err(
                match closest(&entry.item, prices().map(|row| row.item.as_str())) {
                    Some(name) => error.with_hint(format!("did you mean `{name}`?")),
                    None => error.with_hint("`edgeledger rates show` lists them"),
                }
                .into(),
            );
        }
        if !(0..=MAX_QUANTITY).contains(&entry.quantity) {
            return Err(fail(format!(
                "the quantity {} is not between 0 and {MAX_QUANTITY}",
                entry.quantity
            ))
            .into());
        }
        let region = entry.region.clone().unwrap_or_else(|| "global".to_owned());
        let is_global = |item: &str| prices().any(|row| row.item == item && row.region == "global");
        let is_known = match region.as_str() {
            "global" => is_global(&entry.item),
            region => !is_global(&entry.item) && book.s3_regions().contains(&region),
        };
        if !is_known {
            let error = fail(format!("it has no price for region `{region}`"));
            return Err(error
                .with_hint("`edgeledger rates show` lists items and regions")
                .into());
        }
        let distribution = entry.distribution.as_ref().map(|name| {
            let found = distributions
                .iter()
                .find(|row| row.id == *name || row.name == *name);
            found
                .map(|row| row.id.clone())
                .ok_or_else(|| fail(format!("no [[distribution]] is called `{name}`")))
        });
        let month = entry.month.as_deref().map(|month| {
            let month = month.parse::<Month>();
            month.map_err(|error| fail(error.to_string()))
        });
        rows.push(ExtraUsage {
            item: entry.item.clone(),
            region,
            month: month.transpose()?.map(|month| month.to_string()),
            distribution: distribution.transpose()?,
            quantity: entry.quantity,
        });
    }
    Ok(rows)
}
