//! Which objects a query needs, by their names.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray,
        TimestampMicrosecondArray, new_null_array,
    },
    datatypes::{FieldRef, Schema},
};
use datafusion::{
    catalog::Session,
    common::{Column, DFSchema, ScalarValue, ToDFSchema, cast::as_boolean_array},
    error::Result,
    logical_expr::{Expr, utils::conjunction},
    physical_optimizer::pruning::{PruningPredicateBuilder, PruningStatistics},
};
use edgeledger_ingest::ObjectName;

use crate::{HOURS_OFF, RawLogs};

const US_PER_HOUR: i64 = 3_600_000_000;
const HOURS_PER_DAY: i64 = 24;

/// What the name of an object says of its rows.
#[derive(Debug)]
struct Bounds<'a> {
    key: &'a str,
    named: Option<Named<'a>>,
}

#[derive(Debug)]
struct Named<'a> {
    distribution: &'a str,
    /// First hour of its rows, and the hour after the last, since 1970.
    hours: (i64, i64),
}

impl<'a> Bounds<'a> {
    fn new(key: &'a str, name: Option<&'a ObjectName>) -> Self {
        let named = name.and_then(|name| {
            let hour = hours_since_1970(&name.hour)?;
            Some(Named {
                distribution: &name.distribution,
                hours: (hour - HOURS_OFF, hour + 1 + HOURS_OFF),
            })
        });
        Self { key, named }
    }

    /// First and last day of its rows.
    fn days(&self) -> Option<(i32, i32)> {
        let (first, after) = self.named.as_ref()?.hours;
        let day = |hour: i64| i32::try_from(hour.div_euclid(HOURS_PER_DAY)).ok();
        Some((day(first)?, day(after - 1)?))
    }
}

/// `YYYY-MM-DD-HH` as hours since 1970.
fn hours_since_1970(hour: &str) -> Option<i64> {
    let (day, hour) = hour.rsplit_once('-')?;
    let day = ScalarValue::try_from_string(day.to_owned(), &arrow::datatypes::DataType::Date32);
    let ScalarValue::Date32(Some(day)) = day.ok()? else {
        return None;
    };
    Some(i64::from(day) * HOURS_PER_DAY + hour.parse::<i64>().ok()?)
}

/// The places of the objects that can hold rows for which all filters are true.
pub(crate) fn candidates(
    logs: &RawLogs,
    filters: &[Expr],
    session: &dyn Session,
) -> Result<Vec<usize>> {
    let objects = logs.reader.objects();
    let objects: Vec<_> = objects
        .map(|(object, name)| Bounds::new(&object.key, name))
        .collect();
    let Some(filter) = conjunction(filters.iter().cloned()) else {
        return Ok((0..objects.len()).collect());
    };
    let df_schema: DFSchema = Arc::clone(&logs.schema).to_dfschema()?;
    let predicate = session.create_physical_expr(filter, &df_schema)?;
    let by_range = PruningPredicateBuilder::new()
        .with_file_schema(Arc::clone(&logs.schema))
        .try_build(predicate)?
        .prune(&Ranges(&objects))?;
    let by_value = by_value(&objects, filters, logs, session, &df_schema)?;
    let kept = by_range.into_iter().zip(by_value).enumerate();
    let kept = kept.filter_map(|(at, (in_range, may_be))| (in_range && may_be).then_some(at));
    Ok(kept.collect())
}

/// Range reasoning cannot see through functions (`to_char(date, …) = '2026-10'`): such filters are
/// evaluated for each day that an object can hold rows of.
fn by_value(
    objects: &[Bounds<'_>],
    filters: &[Expr],
    logs: &RawLogs,
    session: &dyn Session,
    df_schema: &DFSchema,
) -> Result<Vec<bool>> {
    let of_name = |name: &str| matches!(name, "date" | "distribution" | "log_file");
    let decided = filters.iter().filter(|filter| {
        let columns = filter.column_refs();
        !filter.is_volatile() && columns.iter().all(|column| of_name(&column.name))
    });
    let mut may_be = vec![true; objects.len()];
    let Some(filter) = conjunction(decided.cloned()) else {
        return Ok(may_be);
    };
    let reads_key = filter.column_refs().iter().any(|it| it.name == "log_file");
    // Objects of the same distribution and day are alike, unless their keys are asked for.
    let (mut rows, mut known) = (Vec::new(), HashMap::new());
    let mut of_objects = Vec::with_capacity(objects.len());
    for object in objects {
        let mut of_object = Vec::new();
        if let (Some(named), Some((first, last))) = (&object.named, object.days()) {
            for day in first..=last {
                let key = reads_key.then_some(object.key);
                let row = (named.distribution, day, key);
                let at = *known.entry(row).or_insert_with(|| {
                    rows.push(row);
                    rows.len() - 1
                });
                of_object.push(at);
            }
        }
        of_objects.push(of_object);
    }
    if rows.is_empty() {
        return Ok(may_be);
    }
    let columns = logs.schema.fields().iter().map(|field| -> ArrayRef {
        match field.name().as_str() {
            "distribution" => Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0))),
            "date" => Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.1))),
            "log_file" => Arc::new(rows.iter().map(|row| row.2).collect::<StringArray>()),
            _ => new_null_array(field.data_type(), rows.len()),
        }
    });
    let nullable = logs.schema.fields().iter();
    let nullable: Vec<FieldRef> = nullable
        .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(nullable)), columns.collect())?;
    let verdict = session
        .create_physical_expr(filter, df_schema)?
        .evaluate(&batch)?
        .into_array(rows.len())?;
    let verdict = as_boolean_array(&verdict)?;
    for (may_be, of_object) in may_be.iter_mut().zip(of_objects) {
        let is_true = |at: &usize| verdict.is_valid(*at) && verdict.value(*at);
        // Of one without a name nothing is known.
        *may_be = of_object.is_empty() || of_object.iter().any(is_true);
    }
    Ok(may_be)
}

/// What is known of each object without opening it.
struct Ranges<'a>(&'a [Bounds<'a>]);

impl Ranges<'_> {
    fn bound<T>(&self, end: impl Fn(&Named<'_>) -> T) -> impl Iterator<Item = Option<T>> {
        let objects = self.0.iter();
        objects.map(move |object| object.named.as_ref().map(&end))
    }

    fn column(&self, column: &Column, is_max: bool) -> Option<ArrayRef> {
        let objects = self.0.iter();
        Some(match column.name.as_str() {
            "distribution" => {
                let names = objects.map(|object| Some(object.named.as_ref()?.distribution));
                Arc::new(names.collect::<StringArray>())
            }
            "log_file" => Arc::new(StringArray::from_iter_values(
                objects.map(|object| object.key),
            )),
            "date" => {
                let days = objects.map(|object| {
                    let (first, last) = object.days()?;
                    Some(if is_max { last } else { first })
                });
                Arc::new(days.collect::<Date32Array>())
            }
            "time" => {
                let times = self.bound(|named| match named.hours {
                    (_, after) if is_max => after * US_PER_HOUR - 1,
                    (first, _) => first * US_PER_HOUR,
                });
                let times = times.collect::<TimestampMicrosecondArray>();
                Arc::new(times.with_timezone("UTC"))
            }
            _ => return None,
        })
    }
}

impl PruningStatistics for Ranges<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.column(column, false)
    }
    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.column(column, true)
    }
    fn num_containers(&self) -> usize {
        self.0.len()
    }
    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }
    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }
    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_holds_rows_of_a_day_around_its_hour() {
        let name = ObjectName::parse("E2EXAMPLE1RLS.1970-01-03-05.a.gz");
        let bounds = Bounds::new("k", name.as_ref());
        let named = bounds.named.as_ref().map(|named| named.hours);
        assert_eq!(named, Some((2 * 24 + 5 - 24, 2 * 24 + 5 + 25)));
        assert_eq!(bounds.days(), Some((1, 3)));
        let name = ObjectName::parse("E2EXAMPLE1RLS.1970-01-03-23.a.gz");
        assert_eq!(Bounds::new("k", name.as_ref()).days(), Some((1, 3)));
        // A day that is in no calendar says nothing.
        let name = ObjectName::parse("E2EXAMPLE1RLS.2026-02-31-23.a.gz");
        assert!(Bounds::new("k", name.as_ref()).named.is_none());
    }
}
