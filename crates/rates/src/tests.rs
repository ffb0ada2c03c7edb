//! Tests of the crate as its users see it, against figures that others published.

mod errors;
mod examples;
mod import;
mod layers;
mod lists;
mod published;
mod tables;

use crate::{Decimal, EgressTier, Month, PriceBook};

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn usd(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

/// The tiers that `region` has in `month`.
fn ladder<'a>(tiers: &'a [EgressTier], region: &str, month_text: &str) -> Vec<&'a EgressTier> {
    let month = month(month_text);
    let holds = |tier: &&EgressTier| {
        tier.region == region
            && tier.valid_from <= month
            && tier.valid_until.is_none_or(|until| month < until)
    };
    tiers.iter().filter(holds).collect()
}

/// An error and its causes, on one line.
fn whole_message(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.trim_end().replace('\n', " / ")
}
