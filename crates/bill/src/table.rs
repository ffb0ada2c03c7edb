//! The lines of a bill, summed.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray},
    error::ArrowError,
};

use crate::{
    BillError, Kind,
    line::{Key, Line},
    number::SCALE,
};

/// What AWS billed for CloudFront.
#[derive(Debug)]
pub struct Bill {
    /// Which export it was read from.
    pub kind: Kind,
    /// Number of files read.
    pub files: usize,
    lines: BTreeMap<Key, Sums>,
}

/// Amounts in units of 10^-12.
#[derive(Debug, Default)]
struct Sums {
    quantity: i128,
    cost: i128,
    lines: i64,
}

impl Bill {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            files: 0,
            lines: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, path: &Path, line: Line) -> Result<(), BillError> {
        // DECIMAL(38, 12) holds less than 10^38 units.
        let fits = |sum: Option<i128>| sum.filter(|sum| sum.unsigned_abs() < 10_u128.pow(38));
        let usage_type = line.key.usage_type.clone();
        let sums = self.lines.entry(line.key).or_default();
        let quantity = fits(sums.quantity.checked_add(line.quantity));
        let cost = fits(sums.cost.checked_add(line.cost));
        let (Some(quantity), Some(cost)) = (quantity, cost) else {
            return Err(BillError::Sum {
                path: path.to_owned(),
                usage_type,
            });
        };
        sums.quantity = quantity;
        sums.cost = cost;
        sums.lines += 1;
        Ok(())
    }

    /// The UTC months that have lines, in order.
    pub fn months(&self) -> impl Iterator<Item = &str> {
        let mut months: Vec<&str> = self.lines.keys().map(|key| key.month.as_str()).collect();
        months.dedup();
        months.into_iter()
    }

    /// The table `bill_lines`: month, charge (`usage`, `discount` or `left_out`), `line_type` and
    /// `service_code` and `usage_type` and operation as billed, distribution (NULL where the bill
    /// names none), unit, `is_free`, quantity DECIMAL(38, 12), usd DECIMAL(38, 12), and `lines`,
    /// the number of lines that were summed. GB are 2^30 bytes.
    ///
    /// # Errors
    /// None that a bill could cause.
    pub fn table(&self) -> Result<RecordBatch, ArrowError> {
        let precise = |values: Vec<i128>| -> Result<ArrayRef, ArrowError> {
            let scale = i8::try_from(SCALE).unwrap_or(i8::MAX);
            let values = Decimal128Array::from(values).with_precision_and_scale(38, scale)?;
            Ok(Arc::new(values))
        };
        let text = |of: fn(&Key) -> Option<&str>| -> ArrayRef {
            Arc::new(self.lines.keys().map(of).collect::<StringArray>())
        };
        let is_free = self.lines.keys().map(|key| Some(key.is_free));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("month", text(|key| Some(&key.month))),
            ("charge", text(|key| Some(key.charge.as_str()))),
            ("line_type", text(|key| Some(&key.line_type))),
            ("service_code", text(|key| Some(&key.service))),
            ("usage_type", text(|key| Some(&key.usage_type))),
            ("operation", text(|key| key.operation.as_deref())),
            ("distribution", text(|key| key.distribution.as_deref())),
            ("unit", text(|key| key.unit.as_deref())),
            ("is_free", Arc::new(is_free.collect::<BooleanArray>())),
            (
                "quantity",
                precise(self.lines.values().map(|sums| sums.quantity).collect())?,
            ),
            (
                "usd",
                precise(self.lines.values().map(|sums| sums.cost).collect())?,
            ),
            (
                "lines",
                Arc::new(Int64Array::from_iter_values(
                    self.lines.values().map(|sums| sums.lines),
                )),
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
    }
}
