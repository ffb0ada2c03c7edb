//! The knobs of a scenario: `price_class=100`, `releases:bucket_region=eu-west-1`, …

use edgeledger_rates::Decimal;

use crate::{
    Distribution, Origin, Settings,
    explain::nearest,
    scenario::Base,
    settings::STANDARD,
    tables::{Scope, all_distributions},
};

/// Settings with knobs turned.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) settings: Settings,
    pub(crate) scope: Scope,
}

/// The knobs, for messages.
const KNOBS: [&str; 14] = [
    "price_class",
    "bucket_region",
    "storage_class",
    "plan",
    "hit_ratio",
    "traffic",
    "discount",
    "cloudfront_free_tier",
    "s3_free_tier",
    "waf",
    "header_bytes",
    "edge_compression",
    "regional_caches",
    "only",
];

impl Scenario {
    /// The settings as they are.
    pub(crate) fn of(settings: &Settings, scope: &Scope) -> Self {
        Self {
            settings: settings.clone(),
            scope: scope.clone(),
        }
    }

    /// What two equal scenarios have in common.
    pub(crate) fn key(&self) -> String {
        format!("{self:?}")
    }
}

/// Turns one knob; the error says what would have been right.
pub(crate) fn turn(scenario: &mut Scenario, base: &Base, text: &str) -> Result<(), String> {
    let (knob, value) = text
        .split_once('=')
        .ok_or("a scenario is written knob=value, such as price_class=100")?;
    let (who, knob) = match knob.split_once(':') {
        Some((who, knob)) => (Some(who.trim()), knob.trim()),
        None => (None, knob.trim()),
    };
    let value = value.trim();
    let all = all_distributions(&base.settings, &base.with_rows);
    let id_of = |name: &str| {
        let found = all
            .values()
            .map(|(row, _)| row)
            .find(|row| row.id == name || row.name == name);
        found.map(|row| row.id.clone()).ok_or_else(|| {
            let names = all.values().map(|(row, _)| row.name.clone()).collect();
            let hint = nearest(name, names).map_or_else(String::new, |hint| format!(": {hint}"));
            format!("no distribution is called `{name}`{hint}")
        })
    };
    let only = who.map(id_of).transpose()?;
    if only.is_some() && !["price_class", "bucket_region", "storage_class", "plan"].contains(&knob)
    {
        return Err(format!("`{knob}` is not a setting of one distribution"));
    }
    let Scenario { settings, scope } = scenario;
    let assumptions = &mut settings.assumptions;
    let known = |known: Vec<String>| one_of(knob, value, known);
    match knob {
        "price_class" => {
            let value = value.strip_prefix("PriceClass_").unwrap_or(value);
            one_of(
                knob,
                value,
                ["100", "200", "All"].map(str::to_owned).to_vec(),
            )?;
            describe(settings, all, only.as_deref(), |row| {
                value.clone_into(&mut row.price_class);
            });
        }
        "bucket_region" => {
            known(
                base.book
                    .s3_regions()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            )?;
            describe(settings, all, only.as_deref(), |row| {
                if let Origin::S3 { bucket_region } = &mut row.origin {
                    value.clone_into(bucket_region);
                }
            });
        }
        "storage_class" => {
            known(storage_classes(&base.book))?;
            describe(settings, all, only.as_deref(), |row| {
                value.clone_into(&mut row.storage_class);
            });
        }
        "plan" => {
            let none = std::iter::once("none".to_owned());
            known(none.chain(plans(&base.book)).collect())?;
            let plan = (value != "none").then(|| value.to_owned());
            describe(settings, all, only.as_deref(), |row| {
                row.plan.clone_from(&plan);
            });
        }
        "hit_ratio" => {
            let change = decimal(value, "a change such as +0.05", -Decimal::ONE, Decimal::ONE)?;
            assumptions.hit_ratio_change = change;
        }
        "traffic" => {
            let factor = factor(value)?;
            assumptions.bytes_factor = factor;
            assumptions.requests_factor = factor;
        }
        "discount" => {
            let share = decimal(value, "a share such as 0.25", Decimal::ZERO, Decimal::ONE)?;
            settings.cloudfront_discount = share;
        }
        "cloudfront_free_tier" => {
            settings.cloudfront_free_tier = flag(knob, value, "true", "false")?;
        }
        "s3_free_tier" => settings.s3_free_tier = flag(knob, value, "true", "false")?,
        "waf" => assumptions.waf_billed = flag(knob, value, "billed", "unbilled")?,
        "header_bytes" => {
            assumptions.header_bytes_billed = flag(knob, value, "billed", "unbilled")?;
        }
        "edge_compression" => {
            let factor = decimal(
                value,
                "a factor from 1 to 100",
                Decimal::ONE,
                Decimal::ONE_HUNDRED,
            )?;
            assumptions.edge_compression = factor;
        }
        "regional_caches" => {
            assumptions.regional_caches_absorb = flag(knob, value, "absorb", "none")?;
        }
        "only" => scope.only(id_of(value)?),
        "without" => scope.without(id_of(value)?),
        _ => {
            let hint = nearest(knob, KNOBS.map(str::to_owned).to_vec());
            let hint =
                hint.unwrap_or_else(|| format!("there are {} and without", KNOBS.join(", ")));
            return Err(format!("there is no knob `{knob}`: {hint}"));
        }
    }
    Ok(())
}

/// Storage classes that a card can price.
pub fn storage_classes(book: &edgeledger_rates::PriceBook) -> Vec<String> {
    let mut classes: Vec<String> = book
        .other_prices()
        .iter()
        .filter(|row| row.service == edgeledger_rates::Service::S3)
        .filter_map(|row| row.item.strip_prefix("get-"))
        .chain(std::iter::once(STANDARD))
        .map(str::to_owned)
        .collect();
    classes.sort();
    classes.dedup();
    classes
}

/// Flat-rate plans on the cards.
pub fn plans(book: &edgeledger_rates::PriceBook) -> Vec<String> {
    let mut plans: Vec<String> = Vec::new();
    for row in book.cloudfront_plans() {
        if !plans.contains(&row.plan) {
            plans.push(row.plan.clone());
        }
    }
    plans
}

/// Changes the description of one distribution or of all, making assumed ones explicit.
fn describe(
    settings: &mut Settings,
    all: std::collections::BTreeMap<String, (Distribution, bool)>,
    only: Option<&str>,
    change: impl Fn(&mut Distribution),
) {
    settings.distributions = all
        .into_values()
        .map(|(row, _)| {
            // What an earlier knob changed stays.
            let described = settings
                .distributions
                .iter()
                .find(|other| other.id == row.id);
            let mut row = described.cloned().unwrap_or(row);
            if only.is_none_or(|only| only == row.id) {
                change(&mut row);
            }
            row
        })
        .collect();
}

fn one_of(knob: &str, value: &str, known: Vec<String>) -> Result<(), String> {
    if known.iter().any(|known| known == value) {
        return Ok(());
    }
    let all = known.join(", ");
    let hint = nearest(value, known).unwrap_or_else(|| format!("there are {all}"));
    Err(format!("`{value}` is no {knob}: {hint}"))
}

fn flag(knob: &str, value: &str, yes: &str, no: &str) -> Result<bool, String> {
    match value {
        _ if value == yes => Ok(true),
        _ if value == no => Ok(false),
        _ => Err(format!("{knob} is `{yes}` or `{no}`, not `{value}`")),
    }
}

/// `1.35`, or the same as a change: `+35%`.
fn factor(value: &str) -> Result<Decimal, String> {
    let what = "a factor such as 1.35 or a change such as +35%, up to a thousandfold";
    let most = Decimal::ONE_THOUSAND;
    match value.strip_suffix('%') {
        Some(percent) if value.starts_with(['+', '-']) => {
            let most = (most - Decimal::ONE) * Decimal::ONE_HUNDRED;
            let percent = decimal(percent, what, -Decimal::ONE_HUNDRED, most);
            let factor = percent.map(|percent| Decimal::ONE + percent / Decimal::ONE_HUNDRED);
            factor.ok().filter(|factor| factor.scale() <= 9)
        }
        Some(_) => None,
        None => decimal(value, what, Decimal::ZERO, most).ok(),
    }
    .ok_or_else(|| format!("`{value}` is not {what}, with at most nine digits"))
}

fn decimal(value: &str, what: &str, min: Decimal, max: Decimal) -> Result<Decimal, String> {
    let text = value.strip_prefix('+').unwrap_or(value);
    Decimal::from_str_exact(text)
        .ok()
        .filter(|number| (min..=max).contains(number) && number.scale() <= 9)
        .ok_or_else(|| format!("`{value}` is not {what}, with at most nine digits"))
}
