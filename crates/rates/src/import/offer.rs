//! An offer file of AWS's bulk price list: its shape, and one product's price.
//!
//! Files can be hundreds of megabytes. Products and prices stay slices of the text until they are
//! asked for, so that no tree of the whole file is ever built.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::ImportError;
use crate::month::Month;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOffer<'a> {
    offer_code: String,
    version: String,
    publication_date: String,
    #[serde(borrow)]
    products: BTreeMap<String, &'a RawValue>,
    #[serde(borrow)]
    terms: RawTerms<'a>,
}

#[derive(Deserialize)]
struct RawTerms<'a> {
    #[serde(rename = "OnDemand", borrow, default)]
    on_demand: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct RawProduct {
    #[serde(default)]
    attributes: Attributes,
}

/// What a product says of itself; what it does not say is empty. The product family is not asked
/// for: most products of S3 have none.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attributes {
    pub(super) usagetype: String,
    pub(super) transfer_type: String,
    pub(super) from_location: String,
    pub(super) to_location: String,
    pub(super) location: String,
    from_region_code: String,
    region_code: String,
}

impl Attributes {
    /// The name of where the price holds.
    pub(super) fn place(&self) -> &str {
        if self.from_location.is_empty() {
            &self.location
        } else {
            &self.from_location
        }
    }

    /// The code of the AWS region where the price holds.
    pub(super) fn code(&self) -> &str {
        if self.from_region_code.is_empty() {
            &self.region_code
        } else {
            &self.from_region_code
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTerm {
    effective_date: String,
    price_dimensions: BTreeMap<String, RawDimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDimension {
    unit: String,
    begin_range: Option<String>,
    end_range: Option<String>,
    price_per_unit: BTreeMap<String, String>,
}

/// An offer file.
pub(super) struct Offer<'a> {
    pub(super) file: &'a str,
    pub(super) code: String,
    pub(super) version: String,
    /// The day of publication, YYYY-MM-DD.
    pub(super) published: String,
    products: BTreeMap<String, &'a RawValue>,
    prices: BTreeMap<String, &'a RawValue>,
}

/// The price of one product.
pub(super) struct Price {
    pub(super) sku: String,
    pub(super) effective: Month,
    pub(super) unit: String,
    /// In ascending order, from 0, without gap.
    pub(super) steps: Vec<Step>,
}

/// A price from a number of units up to another; without an end for all above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) start: Decimal,
    pub(super) end: Option<Decimal>,
    pub(super) usd: Decimal,
}

impl<'a> Offer<'a> {
    pub(super) fn read(file: &'a str, json: &'a [u8]) -> Result<Offer<'a>, ImportError> {
        let raw: RawOffer<'a> =
            serde_json::from_slice(json).map_err(|source| ImportError::Json {
                file: file.to_owned(),
                source,
            })?;
        let name = |what, value: String, is_good: bool| {
            if is_good {
                return Ok(value);
            }
            Err(ImportError::Name {
                file: file.to_owned(),
                what,
                value,
            })
        };
        let is_word =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_version = is_word(&raw.version);
        let published = raw
            .publication_date
            .split_once('T')
            .map_or(raw.publication_date.as_str(), |(day, _)| day)
            .to_owned();
        let is_day = month_of(&published).is_some();
        if let Some(sku) = raw.products.keys().find(|sku| !is_word(sku)) {
            name("the SKU", sku.clone(), false)?;
        }
        Ok(Offer {
            file,
            code: raw.offer_code,
            version: name("the version", raw.version, is_version)?,
            published: name("the publication date", published, is_day)?,
            products: raw.products,
            prices: raw.terms.on_demand,
        })
    }

    /// Calls `each` with the SKU and the attributes of every product.
    pub(super) fn for_each(
        &self,
        mut each: impl FnMut(&str, Attributes) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        for (sku, raw) in &self.products {
            let product: RawProduct =
                serde_json::from_str(raw.get()).map_err(|source| ImportError::Sku {
                    file: self.file.to_owned(),
                    sku: sku.clone(),
                    what: "the product",
                    source,
                })?;
            each(sku, product.attributes)?;
        }
        Ok(())
    }

    /// The one on-demand price of a product.
    pub(super) fn price(&self, sku: &str, usage_type: &str) -> Result<Price, ImportError> {
        let terms: BTreeMap<String, RawTerm> = match self.prices.get(sku) {
            Some(raw) => serde_json::from_str(raw.get()).map_err(|source| ImportError::Sku {
                file: self.file.to_owned(),
                sku: sku.to_owned(),
                what: "the price",
                source,
            })?,
            None => BTreeMap::new(),
        };
        let count = terms.len();
        let mut terms = terms.into_values();
        let (Some(term), None) = (terms.next(), terms.next()) else {
            return Err(ImportError::Terms {
                file: self.file.to_owned(),
                sku: sku.to_owned(),
                usage_type: usage_type.to_owned(),
                count,
            });
        };
        let effective = month_of(&term.effective_date)
            .ok_or_else(|| self.wrong(sku, "effectiveDate", &term.effective_date, "a date"))?;
        let mut unit = None;
        let mut steps = Vec::new();
        for dimension in term.price_dimensions.into_values() {
            let is_same = unit.as_ref().is_none_or(|unit| *unit == dimension.unit);
            if !is_same {
                return Err(self.wrong(
                    sku,
                    "unit",
                    &dimension.unit,
                    "the unit of its other tiers",
                ));
            }
            steps.push(self.step(sku, &dimension)?);
            unit = Some(dimension.unit);
        }
        steps.sort_by_key(|step| step.start);
        self.check_steps(sku, &steps)?;
        Ok(Price {
            sku: sku.to_owned(),
            effective,
            unit: unit.unwrap_or_default(),
            steps,
        })
    }

    fn step(&self, sku: &str, dimension: &RawDimension) -> Result<Step, ImportError> {
        let Some(usd) = dimension.price_per_unit.get("USD") else {
            let currencies: Vec<&str> = dimension
                .price_per_unit
                .keys()
                .map(String::as_str)
                .collect();
            return Err(ImportError::Currency {
                file: self.file.to_owned(),
                sku: sku.to_owned(),
                currency: currencies.join(", "),
            });
        };
        let number = |key, text: &str| {
            decimal(text)
                .filter(|number| !number.is_sign_negative())
                .ok_or_else(|| self.wrong(sku, key, text, "a number from 0"))
        };
        let end = match dimension.end_range.as_deref() {
            None | Some("Inf") => None,
            Some(end) => Some(number("endRange", end)?),
        };
        Ok(Step {
            start: number(
                "beginRange",
                dimension.begin_range.as_deref().unwrap_or("0"),
            )?,
            end,
            usd: number("pricePerUnit", usd)?,
        })
    }

    /// Tiers start at 0 and each begins where the one before ends. The last may have an end: free
    /// allowances do.
    fn check_steps(&self, sku: &str, steps: &[Step]) -> Result<(), ImportError> {
        let fail = |problem: String| ImportError::Tiers {
            file: self.file.to_owned(),
            sku: sku.to_owned(),
            problem,
        };
        match steps.first() {
            None => return Err(fail("there are none".to_owned())),
            Some(first) if !first.start.is_zero() => {
                return Err(fail(format!("they begin at {}, not at 0", first.start)));
            }
            Some(_) => {}
        }
        for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
            let problem = match step.end {
                Some(end) if end == next.start => continue,
                Some(end) if end < next.start => {
                    format!("nothing is priced from {end} to {}", next.start)
                }
                Some(end) => format!("two are from {} to {end}", next.start),
                None => format!("two are from {} to Inf", next.start),
            };
            return Err(fail(problem));
        }
        let empty = steps
            .iter()
            .find(|step| step.end.is_some_and(|end| end <= step.start));
        if let Some(empty) = empty {
            return Err(fail(format!("the one from {} is empty", empty.start)));
        }
        Ok(())
    }

    pub(super) fn wrong(
        &self,
        sku: &str,
        key: &'static str,
        value: &str,
        expected: &'static str,
    ) -> ImportError {
        ImportError::Value {
            file: self.file.to_owned(),
            sku: sku.to_owned(),
            key,
            value: value.to_owned(),
            expected,
        }
    }

    /// Where a price was found.
    pub(super) fn source(&self, sku: &str) -> String {
        format!("{} price list {}, SKU {sku}", self.code, self.version)
    }
}

/// A number as price lists write it: plain, or rarely with an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
        .map(|number| number.normalize())
}

/// The month of a date written `YYYY-MM-DD…`.
fn month_of(date: &str) -> Option<Month> {
    let month: Month = date.get(..7)?.parse().ok()?;
    let day: u8 = date.get(7..10)?.strip_prefix('-')?.parse().ok()?;
    (1..=month.days()).contains(&day).then_some(month)
}
