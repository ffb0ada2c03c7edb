//! The report as JSON. Decimals are strings, so that no reader takes them for binary floats.

use std::fmt::Display;

use edgeledger_rates::Decimal;
use serde::Serializer;

use crate::{Report, escape, format::fixed};

/// The whole model, with an indentation of two spaces.
pub(crate) fn render(report: &Report) -> String {
    // Strings, integers and lists always serialize.
    let json = serde_json::to_string_pretty(report).unwrap_or_default();
    format!("{}\n", escape::json(&json))
}

pub(crate) fn as_text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(crate) fn cents<S: Serializer>(usd: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&fixed(*usd, 2))
}

pub(crate) fn exact<S: Serializer>(usd: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&fixed(*usd, 12))
}

pub(crate) fn ratio<S: Serializer>(ratio: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&fixed(*ratio, 6))
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn optional_cents<S: Serializer>(
    usd: &Option<Decimal>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match usd {
        Some(usd) => cents(usd, to),
        None => to.serialize_none(),
    }
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn optional_ratio<S: Serializer>(
    ratio: &Option<Decimal>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match ratio {
        Some(value) => self::ratio(value, to),
        None => to.serialize_none(),
    }
}
