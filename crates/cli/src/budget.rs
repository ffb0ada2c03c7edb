//! `[budget]` and `[credits]` of `edgeledger.toml`.

use std::path::Path;

use edgeledger_query::Credits;
use edgeledger_rates::{Decimal, Month};
use serde::Deserialize;

use crate::exit::UsageError;

/// The most dollars that can be meant.
const MAX_USD: i64 = 1_000_000_000;

/// What a month may cost.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileBudget {
    /// In quotes, as all amounts: a TOML float is not exact.
    monthly_usd: String,
}

/// Credits that pay the bill while they last.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileCredits {
    balance_usd: String,
    /// The month at whose end this was the balance.
    as_of: String,
}

/// The budget of a month, if there is one.
pub(crate) fn monthly(
    budget: Option<&FileBudget>,
    path: Option<&Path>,
) -> anyhow::Result<Option<Decimal>> {
    budget
        .map(|budget| usd("budget.monthly_usd", &budget.monthly_usd, path))
        .transpose()
}

/// The credits, if there are any.
pub(crate) fn credits(
    credits: Option<&FileCredits>,
    path: Option<&Path>,
) -> anyhow::Result<Option<Credits>> {
    let Some(row) = credits else {
        return Ok(None);
    };
    let as_of: Month = row.as_of.parse().map_err(|error| {
        let error = UsageError::new(format!("{}credits.as_of: {error}", within(path)));
        error.with_hint("write the month at whose end it was the balance, such as \"2026-09\"")
    })?;
    Ok(Some(Credits {
        balance_usd: usd("credits.balance_usd", &row.balance_usd, path)?,
        as_of,
    }))
}

/// An amount in whole cents.
fn usd(key: &str, text: &str, path: Option<&Path>) -> anyhow::Result<Decimal> {
    let most = Decimal::from(MAX_USD);
    let amount = Decimal::from_str_exact(text).ok().filter(|amount| {
        (Decimal::ZERO..=most).contains(amount) && amount.normalize().scale() <= 2
    });
    amount.ok_or_else(|| {
        let error = UsageError::new(format!(
            "{}{key} is `{text}`, which is no amount of dollars and cents",
            within(path)
        ));
        let hint = "write it in digits, such as \"500\" or \"499.90\", up to a billion";
        error.with_hint(hint).into()
    })
}

fn within(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!("`{}`: ", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{Decimal, FileBudget, FileCredits, credits, monthly};

    #[test]
    fn amounts_are_dollars_and_cents() {
        let of = |text: &str| {
            let budget = FileBudget {
                monthly_usd: text.to_owned(),
            };
            monthly(Some(&budget), None)
        };
        for (text, cents) in [
            ("500", 50_000),
            ("499.90", 49_990),
            ("0", 0),
            ("1.5000", 150),
        ] {
            assert_eq!(of(text).unwrap(), Some(Decimal::new(cents, 2)), "{text}");
        }
        for text in ["-1", "0.001", "1e3", "$5", "", "1,000", "1000000000.01"] {
            assert!(of(text).is_err(), "{text}");
        }
        assert_eq!(monthly(None, None).unwrap(), None);
    }

    #[test]
    fn credits_are_of_a_months_end() {
        let of = |as_of: &str| {
            let row = FileCredits {
                balance_usd: "10000".to_owned(),
                as_of: as_of.to_owned(),
            };
            credits(Some(&row), None)
        };
        assert_eq!(of("2026-09").unwrap().unwrap().as_of.to_string(), "2026-09");
        for as_of in ["2026-13", "2026-09-30", ""] {
            let error = of(as_of).unwrap_err().to_string();
            assert!(error.contains("credits.as_of"), "{error}");
        }
    }
}
