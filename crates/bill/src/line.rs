//! One line of a bill: whether it is CloudFront's, and what it counts as.

use std::path::Path;

use crate::{
    BillError,
    columns::{Field, Kind},
    number::{self, NotAnAmount},
};

/// What a line counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Charge {
    /// Usage: quantity and cost are compared.
    Usage,
    /// A reduction of usage's price: only its cost counts.
    Discount,
    /// Neither: taxes, credits, fees, and commitments with what they negate.
    LeftOut,
}

impl Charge {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Discount => "discount",
            Self::LeftOut => "left_out",
        }
    }
}

/// What lines are summed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) month: String,
    pub(crate) charge: Charge,
    pub(crate) line_type: String,
    pub(crate) service: String,
    pub(crate) usage_type: String,
    pub(crate) operation: Option<String>,
    pub(crate) distribution: Option<String>,
    pub(crate) unit: Option<String>,
    /// Whether it cost nothing, as usage under a free tier does.
    pub(crate) is_free: bool,
}

/// A line of CloudFront's. Amounts are in units of 10^-12.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) key: Key,
    pub(crate) quantity: i128,
    pub(crate) cost: i128,
}

/// A row of a file, for reading and for naming it in errors.
pub(crate) struct Row<'a> {
    pub(crate) path: &'a Path,
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    /// The cell of a field with the name of its column; an empty cell is none.
    pub(crate) cell: &'a dyn Fn(Field) -> Option<(&'a str, Option<&'a str>)>,
}

impl<'a> Row<'a> {
    fn text(&self, field: Field) -> Option<&'a str> {
        (self.cell)(field)
            .and_then(|(_, text)| text)
            .filter(|text| !text.is_empty())
    }

    fn fail(&self, field: Field, problem: &'static str) -> BillError {
        let (column, value) = (self.cell)(field).unwrap_or(("?", None));
        BillError::Cell {
            path: self.path.to_owned(),
            row: self.number,
            column: column.to_owned(),
            value: value.unwrap_or_default().chars().take(60).collect(),
            problem,
        }
    }

    /// The line, if it is CloudFront's.
    pub(crate) fn line(&self) -> Result<Option<Line>, BillError> {
        if self.text(Field::Estimate) == Some("true") {
            return Err(BillError::Estimate {
                path: self.path.to_owned(),
            });
        }
        let service = self.text(Field::Service).unwrap_or_default();
        let usage_type = self.text(Field::UsageType).unwrap_or_default();
        let Some(service) = service_code(service, usage_type) else {
            return Ok(None);
        };
        let line_type = self.text(Field::LineType).unwrap_or_default();
        let charge = match self.kind {
            Kind::Cur => cur_charge(line_type),
            Kind::Focus if line_type == "Usage" => Charge::Usage,
            Kind::Focus => Charge::LeftOut,
        };
        if charge == Charge::Usage && usage_type.is_empty() {
            return Err(self.fail(Field::UsageType, "is no usage type"));
        }
        match self.text(Field::Currency) {
            None | Some("USD") => {}
            Some(_) => {
                return Err(self.fail(Field::Currency, "is not USD, the currency of the prices"));
            }
        }
        // What a commitment covers counts at the price without it, as lines of
        // SavingsPlanCoveredUsage do in the other export.
        let is_covered = self.text(Field::Commitment) == Some("Used");
        let cost_field = if is_covered && self.text(Field::ContractedCost).is_some() {
            Field::ContractedCost
        } else {
            Field::Cost
        };
        let cost = self.amount(cost_field, charge != Charge::Usage)?;
        let (quantity, unit) = if charge == Charge::Usage {
            self.quantity()?
        } else {
            (0, None)
        };
        let distribution = self.text(Field::Resource).and_then(distribution);
        Ok(Some(Line {
            key: Key {
                month: self.month()?,
                charge,
                line_type: if is_covered {
                    format!("{line_type}, covered by a commitment")
                } else {
                    line_type.to_owned()
                },
                service: service.to_owned(),
                usage_type: usage_type.to_owned(),
                operation: self.text(Field::Operation).map(str::to_owned),
                distribution: distribution.map(str::to_owned),
                unit: unit.map(str::to_owned),
                is_free: charge == Charge::Usage && cost == 0,
            },
            quantity,
            cost,
        }))
    }

    fn quantity(&self) -> Result<(i128, Option<&'a str>), BillError> {
        let (field, unit) = match self.text(Field::Quantity) {
            None if self.text(Field::OtherQuantity).is_some() => {
                (Field::OtherQuantity, Field::OtherUnit)
            }
            _ => (Field::Quantity, Field::Unit),
        };
        Ok((self.amount(field, false)?, self.text(unit)))
    }

    fn amount(&self, field: Field, may_be_negative: bool) -> Result<i128, BillError> {
        let text = self.text(field).unwrap_or_default();
        let amount = number::parse(text).map_err(|error| {
            let problem = match error {
                NotAnAmount::NoNumber => "is not a number",
                NotAnAmount::TooLarge => "is more than any bill holds",
            };
            self.fail(field, problem)
        })?;
        if amount < 0 && !may_be_negative {
            return Err(self.fail(field, "is negative, which usage cannot be"));
        }
        Ok(amount)
    }

    /// The UTC month of `2026-10-01T00:00:00Z`, `2026-10-01 00:00:00.000`, `2026-10-01`.
    fn month(&self) -> Result<String, BillError> {
        let text = self.text(Field::Time).unwrap_or_default();
        let number = |at: std::ops::Range<usize>| -> Option<u16> {
            let part = text.get(at)?;
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        };
        let is_date = text.get(4..5) == Some("-")
            && text.get(7..8) == Some("-")
            && number(0..4).is_some()
            && number(5..7).is_some_and(|month| (1..=12).contains(&month))
            && number(8..10).is_some_and(|day| (1..=31).contains(&day));
        let month = text.get(..7).filter(|_| is_date);
        month
            .map(str::to_owned)
            .ok_or_else(|| self.fail(Field::Time, "is not a date (YYYY-MM-DD…)"))
    }
}

/// The service of a line that CloudFront causes; Lambda@Edge is billed as Lambda.
fn service_code<'a>(service: &'a str, usage_type: &str) -> Option<&'a str> {
    match service {
        "AmazonCloudFront" | "Amazon CloudFront" => Some("AmazonCloudFront"),
        _ if usage_type.contains("Lambda-Edge-") => Some("AWSLambda"),
        // Plans and bundles, under whatever name: named in what is left out, at least.
        _ if service.contains("CloudFront") => Some(service),
        _ => None,
    }
}

fn cur_charge(line_type: &str) -> Charge {
    match line_type {
        "Usage" | "DiscountedUsage" | "SavingsPlanCoveredUsage" => Charge::Usage,
        "EdpDiscount" | "PrivateRateDiscount" | "BundledDiscount" | "Discount" => Charge::Discount,
        _ => Charge::LeftOut,
    }
}

/// The id in `arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE1RLS`.
fn distribution(resource: &str) -> Option<&str> {
    let id = match resource.split_once(":distribution/") {
        Some((_, id)) => id,
        None => resource,
    };
    let is_id = (4..=32).contains(&id.len())
        && id.starts_with('E')
        && id
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::distribution;

    #[test]
    fn only_distributions_are_distributions() {
        for (resource, id) in [
            (
                "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE1RLS",
                Some("E2EXAMPLE1RLS"),
            ),
            ("E2EXAMPLE1RLS", Some("E2EXAMPLE1RLS")),
            ("arn:aws:cloudfront::123456789012:function/E1", None),
            ("arn:aws:cloudfront::123456789012:distribution/", None),
            ("arn:aws:cloudfront::1:distribution/E1'; DROP", None),
            ("", None),
        ] {
            assert_eq!(distribution(resource), id, "{resource}");
        }
    }
}
