//! Typed access to the rows of a query's answer.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, TimeUnit, TimestampSecondType},
};
use edgeledger_rates::Decimal;

use crate::ColumnError;

/// Calls `make` for every row of an answer, in order.
pub(crate) fn rows<T>(
    batches: &[RecordBatch],
    make: impl Fn(&Row<'_>) -> Result<T, ColumnError>,
) -> Result<Vec<T>, ColumnError> {
    let mut made = Vec::new();
    for batch in batches {
        for at in 0..batch.num_rows() {
            made.push(make(&Row { batch, at })?);
        }
    }
    Ok(made)
}

/// A row of an answer. Answers are short, so columns are looked up and cast a row at a time.
pub(crate) struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

impl Row<'_> {
    /// A count or a number of bytes.
    pub(crate) fn int(&self, column: &str) -> Result<i64, ColumnError> {
        required(column, self.optional_int(column)?)
    }

    /// The same, or NULL.
    pub(crate) fn optional_int(&self, column: &str) -> Result<Option<i64>, ColumnError> {
        let array = self.value(column, &DataType::Int64)?;
        Ok(first(&array, |array| {
            array.as_primitive::<Int64Type>().value(0)
        }))
    }

    /// Text.
    pub(crate) fn text(&self, column: &str) -> Result<String, ColumnError> {
        required(column, self.optional_text(column)?)
    }

    /// Text or NULL.
    pub(crate) fn optional_text(&self, column: &str) -> Result<Option<String>, ColumnError> {
        let array = self.value(column, &DataType::Utf8)?;
        Ok(first(&array, |array| {
            array.as_string::<i32>().value(0).to_owned()
        }))
    }

    /// A flag.
    pub(crate) fn flag(&self, column: &str) -> Result<bool, ColumnError> {
        let array = self.value(column, &DataType::Boolean)?;
        required(column, first(&array, |array| array.as_boolean().value(0)))
    }

    /// Money.
    pub(crate) fn decimal(&self, column: &str) -> Result<Decimal, ColumnError> {
        required(column, self.optional_decimal(column)?)
    }

    /// Money or a ratio, or NULL. The column must be a decimal already: casting would round.
    pub(crate) fn optional_decimal(&self, column: &str) -> Result<Option<Decimal>, ColumnError> {
        let array = self.cell(column)?;
        let DataType::Decimal128(_, scale) = *array.data_type() else {
            return Err(problem(
                column,
                format!("is a {} where a decimal is needed", array.data_type()),
            ));
        };
        let Some(mantissa) = first(&array, |array| {
            array.as_primitive::<Decimal128Type>().value(0)
        }) else {
            return Ok(None);
        };
        decimal(mantissa, scale)
            .map(Some)
            .ok_or_else(|| problem(column, format!("has a number out of range: {mantissa}")))
    }

    /// A date as `YYYY-MM-DD`.
    pub(crate) fn date(&self, column: &str) -> Result<String, ColumnError> {
        let array = self.value(column, &DataType::Date32)?;
        let days = first(&array, |array| array.as_primitive::<Date32Type>().value(0));
        Ok(civil(i64::from(required(column, days)?)))
    }

    /// A UTC time as `YYYY-MM-DDTHH:MM:SSZ`.
    pub(crate) fn time(&self, column: &str) -> Result<String, ColumnError> {
        required(column, self.optional_time(column)?)
    }

    /// The same, or NULL.
    pub(crate) fn optional_time(&self, column: &str) -> Result<Option<String>, ColumnError> {
        let array = self.value(column, &DataType::Timestamp(TimeUnit::Second, None))?;
        let seconds = first(&array, |array| {
            array.as_primitive::<TimestampSecondType>().value(0)
        });
        Ok(seconds.map(|seconds| {
            let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            format!("{}T{hour:02}:{minute:02}:{second:02}Z", civil(days))
        }))
    }

    /// The cell as an array of one.
    pub(crate) fn cell(&self, column: &str) -> Result<ArrayRef, ColumnError> {
        let array = self.batch.column_by_name(column);
        let array = array.ok_or_else(|| problem(column, "is missing".to_owned()))?;
        Ok(array.slice(self.at, 1))
    }

    fn value(&self, column: &str, wanted: &DataType) -> Result<ArrayRef, ColumnError> {
        let cell = self.cell(column)?;
        let value = cast(&cell, wanted)
            .map_err(|error| problem(column, format!("cannot be read: {error}")))?;
        // A failed cast gives NULL, which must not pass for a missing value.
        if value.null_count() > cell.logical_null_count() {
            return Err(problem(column, format!("is not a {wanted}")));
        }
        Ok(value)
    }
}

fn first<T>(array: &ArrayRef, get: impl Fn(&ArrayRef) -> T) -> Option<T> {
    (array.is_valid(0)).then(|| get(array))
}

fn required<T>(column: &str, value: Option<T>) -> Result<T, ColumnError> {
    value.ok_or_else(|| problem(column, "is NULL where a value is needed".to_owned()))
}

fn problem(column: &str, problem: String) -> ColumnError {
    ColumnError {
        column: column.to_owned(),
        problem,
    }
}

fn decimal(mut mantissa: i128, scale: i8) -> Option<Decimal> {
    let mut scale = u32::try_from(scale).ok()?;
    // Decimal holds 96 bits: zeros at the end need not be among them.
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

/// The date `days` after 1970-01-01, by the proleptic Gregorian calendar. Counts in years that
/// begin in March, so that a leap day is the last of its year.
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch,
        StringViewArray, TimestampMicrosecondArray,
    };

    use super::{civil, rows};

    #[test]
    fn days_become_dates() {
        for (days, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_727, "2026-10-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(civil(days), date, "{days}");
        }
    }

    #[test]
    fn reads_every_type_and_says_what_is_wrong() {
        let usd = Decimal128Array::from(vec![Some(-3_200_000_000_000), None])
            .with_precision_and_scale(38, 12)
            .unwrap();
        let time = TimestampMicrosecondArray::from(vec![1_790_838_000_000_000; 2]);
        let batch = RecordBatch::try_from_iter_with_nullable([
            (
                "n",
                Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef,
                true,
            ),
            (
                "name",
                Arc::new(StringViewArray::from(vec![Some("a"), None])),
                true,
            ),
            ("usd", Arc::new(usd), true),
            (
                "flag",
                Arc::new(BooleanArray::from(vec![true, false])),
                true,
            ),
            (
                "date",
                Arc::new(Date32Array::from(vec![20_727, 20_728])),
                true,
            ),
            ("time", Arc::new(time.with_timezone("UTC")), true),
        ])
        .unwrap();
        let batches = [batch];
        let seen = rows(&batches, |row| {
            Ok((
                row.int("n")?,
                row.optional_text("name")?,
                row.optional_decimal("usd")?.map(|usd| usd.to_string()),
                row.flag("flag")?,
                row.date("date")?,
                row.time("time")?,
            ))
        });
        let time = "2026-10-01T07:00:00Z".to_owned();
        assert_eq!(
            seen.unwrap(),
            [
                (
                    7,
                    Some("a".to_owned()),
                    Some("-3.2".to_owned()),
                    true,
                    "2026-10-01".to_owned(),
                    time.clone()
                ),
                (8, None, None, false, "2026-10-02".to_owned(), time)
            ]
        );
        for (error, text) in [
            (
                rows(&batches, |row| row.text("name")).err(),
                "column `name` is NULL where a value is needed",
            ),
            (
                rows(&batches, |row| row.int("name")).err(),
                "column `name` is not a Int64",
            ),
            (
                rows(&batches, |row| row.decimal("n")).err(),
                "column `n` is a Int64 where a decimal is needed",
            ),
            (
                rows(&batches, |row| row.int("gone")).err(),
                "column `gone` is missing",
            ),
        ] {
            assert_eq!(error.unwrap().to_string(), text);
        }
    }
}
