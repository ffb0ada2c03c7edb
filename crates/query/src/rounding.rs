//! `largest_remainder(usd [, total]) OVER (PARTITION BY … ORDER BY …)`: cents that sum to a total.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, Decimal128Array},
    datatypes::{DataType, Decimal128Type, Field, FieldRef},
};
use datafusion::{
    common::{exec_datafusion_err, exec_err},
    error::Result,
    logical_expr::{
        PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
        function::{PartitionEvaluatorArgs, WindowUDFFieldArgs},
    },
};

/// Digits behind the point of the exact amounts.
const EXACT_SCALE: i8 = 12;
/// 10^-12 USD in a cent.
const CENT: i128 = 10_000_000_000;

/// Cuts each amount to the cent and gives the cents still missing from the total to the amounts
/// that lost most, ties in the window's order. The total is the second argument, or the sum of
/// the amounts rounded half away from zero.
pub(crate) fn largest_remainder() -> WindowUDF {
    WindowUDF::from(LargestRemainder {
        signature: Signature::one_of(
            vec![
                datafusion::logical_expr::TypeSignature::Any(1),
                datafusion::logical_expr::TypeSignature::Any(2),
            ],
            Volatility::Immutable,
        ),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LargestRemainder {
    signature: Signature,
}

impl WindowUDFImpl for LargestRemainder {
    fn name(&self) -> &'static str {
        "largest_remainder"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(
        &self,
        _: PartitionEvaluatorArgs<'_>,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(
            args.name(),
            DataType::Decimal128(20, 2),
            true,
        )))
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let amounts = exact(values.first())?.unwrap_or_default();
        if amounts.len() != rows {
            return exec_err!("largest_remainder wants an amount for each row");
        }
        let total = exact(values.get(1))?.and_then(|totals| totals.first().copied());
        let cents = share(&amounts, total);
        Ok(Arc::new(
            Decimal128Array::from_iter_values(cents).with_precision_and_scale(20, 2)?,
        ))
    }
}

/// The values in 10^-12; a NULL is nothing.
fn exact(values: Option<&ArrayRef>) -> Result<Option<Vec<i128>>> {
    let Some(values) = values else {
        return Ok(None);
    };
    let values = arrow::compute::cast(values, &DataType::Decimal128(38, EXACT_SCALE))
        .map_err(|error| exec_datafusion_err!("largest_remainder wants decimals: {error}"))?;
    let values = values.as_primitive::<Decimal128Type>();
    Ok(Some(values.iter().map(Option::unwrap_or_default).collect()))
}

/// The amounts (in 10^-12) as cents that sum to the total (in 10^-12, a whole number of cents).
fn share(amounts: &[i128], total: Option<i128>) -> Vec<i128> {
    let total = total.unwrap_or_else(|| amounts.iter().sum());
    let total_cents = (total.abs() + CENT / 2) / CENT * total.signum();
    let mut cents: Vec<i128> = amounts
        .iter()
        .map(|amount| amount.div_euclid(CENT))
        .collect();
    let missing = total_cents - cents.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.sort_by_key(|row| {
        std::cmp::Reverse(amounts.get(*row).map(|amount| amount.rem_euclid(CENT)))
    });
    // More cents than rows are missing only when a total is given that is not the amounts' sum.
    let Ok(rows) = i128::try_from(amounts.len()) else {
        return cents;
    };
    if rows == 0 {
        return cents;
    }
    let (each, rest) = (missing.div_euclid(rows), missing.rem_euclid(rows));
    for (place, row) in (0_i128..).zip(order) {
        if let Some(cents) = cents.get_mut(row) {
            *cents += each + i128::from(place < rest);
        }
    }
    cents
}

#[cfg(test)]
mod tests {
    use super::{CENT, share};

    /// Dollars with twelve digits, from text.
    fn usd(text: &str) -> i128 {
        let (whole, part) = text.split_once('.').unwrap();
        format!("{whole}{part:0<12}").parse().unwrap()
    }

    #[test]
    fn cents_go_to_the_largest_remainders() {
        // Three equal thirds of a dollar, and a seat apportionment by hand: 3.7, 3.7 and 2.6 of 10.
        for (amounts, total, cents) in [
            (
                vec!["0.333333333333", "0.333333333333", "0.333333333334"],
                None,
                vec![33, 33, 34],
            ),
            (vec!["0.037", "0.037", "0.026"], None, vec![4, 4, 2]),
            (vec!["0.034", "0.034", "0.032"], Some("0.10"), vec![4, 3, 3]),
            (
                vec!["5.000000000000", "0.000000000001"],
                Some("5.00"),
                vec![500, 0],
            ),
            (
                vec!["4.999999999999", "0.000000000001"],
                Some("5.00"),
                vec![500, 0],
            ),
            (vec!["1.25"], None, vec![125]),
            (vec!["0.005"], None, vec![1]),
            (vec![], None, vec![]),
        ] {
            let amounts: Vec<i128> = amounts.iter().map(|text| usd(text)).collect();
            assert_eq!(share(&amounts, total.map(usd)), cents, "{amounts:?}");
        }
    }

    #[test]
    fn parts_always_sum_to_the_total() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            i128::from(state >> 20)
        };
        for rows in 1..50 {
            let amounts: Vec<i128> = (0..rows).map(|_| next()).collect();
            let sum: i128 = amounts.iter().sum();
            let total = (sum + CENT / 2) / CENT;
            for given in [None, Some(total * CENT)] {
                let cents = share(&amounts, given);
                assert_eq!(cents.iter().sum::<i128>(), total);
                for (amount, cents) in amounts.iter().zip(&cents) {
                    assert!((cents * CENT - amount).abs() <= CENT, "{amount} {cents}");
                }
            }
        }
    }
}
