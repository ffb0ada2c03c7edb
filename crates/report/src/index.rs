//! The page that lists the reports of a place.

use std::str::FromStr;

use edgeledger_rates::Decimal;
use edgeledger_render::html::{self, IndexRow};

use crate::{
    format::{bytes, percent, usd},
    model::SCHEMA,
    series::SERIES_SCHEMA,
};

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    folder: String,
    egress_bytes: Option<i64>,
    cloudfront_usd: Option<Decimal>,
    savings_usd: Option<Decimal>,
    hit_ratio: Option<Decimal>,
}

impl IndexEntry {
    /// What a folder's `report.json` says of itself; `None` when it is no report of ours.
    pub fn read(folder: &str, json: &[u8]) -> Option<Self> {
        let report: serde_json::Value = serde_json::from_slice(json).ok()?;
        let schema = report.get("schema")?.as_str()?;
        let family = |schema: &str| schema.split('/').next().map(str::to_owned);
        let known = [SCHEMA, SERIES_SCHEMA].map(family);
        if !known.contains(&family(schema)) {
            return None;
        }
        let headline = report.get("headline");
        let amount = |name: &str| {
            let text = headline?.get(name)?.as_str()?;
            Decimal::from_str(text).ok()
        };
        Some(Self {
            folder: folder.to_owned(),
            egress_bytes: headline.and_then(|headline| headline.get("egress_bytes")?.as_i64()),
            cloudfront_usd: amount("cloudfront_usd"),
            savings_usd: amount("savings_usd"),
            hit_ratio: amount("request_hit_ratio"),
        })
    }
}

/// The page, newest first.
pub fn index(entries: &[IndexEntry]) -> String {
    let mut entries: Vec<&IndexEntry> = entries.iter().collect();
    entries.sort_by(|a, b| b.folder.cmp(&a.folder));
    let rows: Vec<IndexRow> = entries
        .into_iter()
        .map(|entry| IndexRow {
            folder: entry.folder.clone(),
            cells: vec![
                entry.cloudfront_usd.map(usd).unwrap_or_default(),
                entry.savings_usd.map(usd).unwrap_or_default(),
                entry.egress_bytes.map(bytes).unwrap_or_default(),
                entry
                    .hit_ratio
                    .map(|ratio| percent(Some(ratio), 2))
                    .unwrap_or_default(),
            ],
        })
        .collect();
    html::index(
        "CloudFront reports",
        &["CloudFront", "Savings", "Egress", "Hit ratio"],
        &rows,
    )
}
