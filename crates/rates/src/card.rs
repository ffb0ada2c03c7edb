//! The shape of a price card's TOML, as written: nothing here is checked beyond keys and types.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use crate::error::RatesError;
use crate::rows::{Confidence, Service};

/// A price card as written.
pub(crate) enum RawCard {
    Prices(Box<RawPrices>),
    ListPrices(RawListPrices),
    Edges(RawEdges),
    Classes(RawClasses),
}

impl RawCard {
    /// Reads the TOML `text` of the card called `file`.
    pub(crate) fn parse(file: &str, text: &str) -> Result<RawCard, RatesError> {
        // The kind is read first: an enum tagged by it would lose the lines of errors.
        let card = match toml::from_str::<RawKind>(text) {
            Ok(RawKind { kind: Kind::Prices }) => toml::from_str(text).map(RawCard::Prices),
            Ok(RawKind {
                kind: Kind::ListPrices,
            }) => toml::from_str(text).map(RawCard::ListPrices),
            Ok(RawKind {
                kind: Kind::EdgeLocations,
            }) => toml::from_str(text).map(RawCard::Edges),
            Ok(RawKind {
                kind: Kind::PriceClasses,
            }) => toml::from_str(text).map(RawCard::Classes),
            Err(error) => Err(error),
        };
        card.map_err(|error| RatesError::Toml {
            file: file.to_owned(),
            source: Box::new(error),
        })
    }
}

#[derive(Deserialize)]
struct RawKind {
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Prices,
    ListPrices,
    EdgeLocations,
    PriceClasses,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPrices {
    #[serde(rename = "kind")]
    _kind: Kind,
    pub(crate) service: Service,
    pub(crate) name: String,
    pub(crate) valid_from: String,
    pub(crate) valid_until: Option<String>,
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) egress: Vec<RawLadder>,
    #[serde(default)]
    pub(crate) requests: Vec<RawRequests>,
    #[serde(default)]
    pub(crate) origin_transfer: Vec<RawOriginTransfer>,
    pub(crate) free: Option<RawFree>,
    #[serde(default)]
    pub(crate) other: Vec<RawOther>,
    #[serde(default)]
    pub(crate) plan: Vec<RawPlan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLadder {
    pub(crate) regions: Vec<String>,
    /// Start in GB and price: a tier ends where the next one starts, so no ladder can have a gap.
    pub(crate) tiers: Vec<(i64, PriceText)>,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRequests {
    pub(crate) regions: Vec<String>,
    pub(crate) per: i64,
    pub(crate) http: Option<PriceText>,
    pub(crate) https: Option<PriceText>,
    pub(crate) any: Option<PriceText>,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOriginTransfer {
    pub(crate) regions: Vec<String>,
    pub(crate) usd_per_gb: PriceText,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFree {
    pub(crate) free_gb: i64,
    pub(crate) free_requests: Option<i64>,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOther {
    pub(crate) item: String,
    pub(crate) region: String,
    pub(crate) unit: String,
    pub(crate) per: i64,
    pub(crate) usd: PriceText,
    #[serde(default)]
    pub(crate) free_per_month: i64,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPlan {
    pub(crate) name: String,
    pub(crate) usd_per_month: PriceText,
    pub(crate) requests: i64,
    pub(crate) gb: i64,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawListPrices {
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(default)]
    pub(crate) provider: Vec<RawProvider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProvider {
    pub(crate) name: String,
    pub(crate) plan: Option<String>,
    pub(crate) bytes_per_gb: i64,
    #[serde(default)]
    pub(crate) free_requests: i64,
    pub(crate) usd_per_month: Option<PriceText>,
    pub(crate) not_comparable: String,
    #[serde(default)]
    pub(crate) prices: Vec<RawProviderPrices>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProviderPrices {
    pub(crate) regions: Vec<String>,
    pub(crate) tiers: Vec<(i64, PriceText)>,
    /// `per` requests cost `requests`; both are left out when requests cost nothing.
    pub(crate) per: Option<i64>,
    pub(crate) requests: Option<PriceText>,
    pub(crate) source: String,
    pub(crate) seen: String,
    pub(crate) confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEdges {
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(default)]
    pub(crate) group: Vec<RawEdgeGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEdgeGroup {
    pub(crate) region: String,
    pub(crate) source: String,
    pub(crate) locations: Vec<RawLocation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLocation {
    pub(crate) code: String,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawClasses {
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(default)]
    pub(crate) class: Vec<RawClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawClass {
    pub(crate) class: String,
    pub(crate) inside: Vec<String>,
    pub(crate) outside: String,
    pub(crate) unknown: String,
}

/// A price as written: always a TOML string, because a TOML float is not exact.
pub(crate) struct PriceText(pub(crate) String);

impl<'de> Deserialize<'de> for PriceText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PriceText, D::Error> {
        struct InQuotes;

        impl Visitor<'_> for InQuotes {
            type Value = PriceText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a price in quotes, such as \"0.085\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PriceText, E> {
                Ok(PriceText(text.to_owned()))
            }
        }

        deserializer.deserialize_str(InQuotes)
    }
}
