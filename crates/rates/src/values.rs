//! Single values of a card, checked: prices, counts, names, ladders' bounds.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::card::PriceText;
use crate::error::RatesError;

/// The first USD that a GB or a batch of requests may not cost.
pub(crate) const MAX_RATE_USD: i64 = 100;
/// The first USD that a month at a flat price may not cost.
pub(crate) const MAX_MONTHLY_USD: i64 = 1_000_000;
/// The most tiers of a ladder; AWS has seven.
pub(crate) const MAX_TIERS: i16 = 100;
/// The most GB a tier may start at, or be free: as many as fit a column of bytes, for which 2^33 GB
/// are one too many.
pub(crate) const MAX_GB: i64 = (1 << 33) - 1;
/// The most units one price may be for, or be free.
pub(crate) const MAX_UNITS: i64 = 1_000_000_000_000;

/// The price `text`, from 0 to below `max` USD, without trailing zeros.
pub(crate) fn usd(
    file: &str,
    key: &str,
    text: &PriceText,
    max: i64,
) -> Result<Decimal, RatesError> {
    let PriceText(text) = text;
    let price = Decimal::from_str_exact(text).map_err(|source| RatesError::NotDecimal {
        file: file.to_owned(),
        key: key.to_owned(),
        value: text.clone(),
        source,
    })?;
    if price.is_sign_negative() || price >= Decimal::from(max) {
        return Err(RatesError::PriceOutOfRange {
            file: file.to_owned(),
            key: key.to_owned(),
            value: text.clone(),
            max,
        });
    }
    Ok(price.normalize())
}

/// The price of one, when `per` cost `text`, which is below `max` USD; never rounded.
pub(crate) fn usd_each(
    file: &str,
    key: &str,
    text: &PriceText,
    per: i64,
    max: i64,
) -> Result<Decimal, RatesError> {
    let price = usd(file, key, text, max)?;
    let per = count(file, &format!("per of {key}"), per, 1, MAX_UNITS)?;
    price
        .checked_div(Decimal::from(per))
        .filter(|each| each.checked_mul(Decimal::from(per)) == Some(price))
        .map(|each| each.normalize())
        .ok_or_else(|| RatesError::NotExact {
            file: file.to_owned(),
            key: key.to_owned(),
            value: text.0.clone(),
            per,
        })
}

/// `value`, when it is from `min` to `max`.
pub(crate) fn count(
    file: &str,
    key: &str,
    value: i64,
    min: i64,
    max: i64,
) -> Result<i64, RatesError> {
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    Err(RatesError::CountOutOfRange {
        file: file.to_owned(),
        key: key.to_owned(),
        value,
        min,
        max,
    })
}

/// `text`, which must say something.
pub(crate) fn filled(file: &str, key: &str, text: String) -> Result<String, RatesError> {
    if text.trim().is_empty() {
        return Err(RatesError::Empty {
            file: file.to_owned(),
            key: key.to_owned(),
        });
    }
    Ok(text)
}

/// A ladder starts at 0 and ascends. That it has no gap and ends open follows from how it is
/// written.
pub(crate) fn check_bounds(
    file: &str,
    key: &str,
    tiers: &[(i64, PriceText)],
) -> Result<(), RatesError> {
    let (Some((first, _)), true) = (
        tiers.first(),
        i16::try_from(tiers.len()).is_ok_and(|count| count <= MAX_TIERS),
    ) else {
        return Err(RatesError::LadderLength {
            file: file.to_owned(),
            key: key.to_owned(),
            count: tiers.len(),
            max: MAX_TIERS,
        });
    };
    if *first != 0 {
        return Err(RatesError::LadderStart {
            file: file.to_owned(),
            key: key.to_owned(),
            start_gb: *first,
        });
    }
    for (tier, ((previous, _), (start, _))) in (2..).zip(tiers.iter().zip(tiers.iter().skip(1))) {
        let key = format!("{key} tier {tier}");
        if start <= previous {
            return Err(RatesError::LadderOrder {
                file: file.to_owned(),
                key,
                start_gb: *start,
                previous_gb: *previous,
            });
        }
        count(file, &key, *start, 0, MAX_GB)?;
    }
    Ok(())
}

/// Keys seen so far in one table of a card.
pub(crate) struct Once<'a> {
    file: &'a str,
    keys: BTreeSet<String>,
}

impl<'a> Once<'a> {
    pub(crate) fn new(file: &'a str) -> Once<'a> {
        Once {
            file,
            keys: BTreeSet::new(),
        }
    }

    /// An error when `key` was seen before.
    pub(crate) fn see(&mut self, key: &str) -> Result<(), RatesError> {
        if self.keys.insert(key.to_owned()) {
            return Ok(());
        }
        Err(RatesError::Duplicate {
            file: self.file.to_owned(),
            key: key.to_owned(),
        })
    }
}
