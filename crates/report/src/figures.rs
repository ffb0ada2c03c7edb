//! The queries of a report, one file of `queries/report` each, and the rows that they gave.
//!
//! A figure is a question about a month and its answer. What columns are follows from their names,
//! as in the views: `_bytes`, `_usd`, `_ratio` and `_share` say how a number is shown. Figures that
//! the model has no type of its own for are rows of named values.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::DataType,
};
use edgeledger_rates::{Decimal, Month};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use crate::{
    ColumnError,
    format::fixed,
    rows::{Row, rows},
};

/// A query of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Its name: of the file, of the table in CSV and spreadsheets.
    pub name: &'static str,
    /// Where its answer stands in the JSON form; keys divided by dots.
    pub path: &'static str,
    /// SQL in which `$month` stands for the month, `$previous` for the one that it is compared with,
    /// and `$distribution` for the id of one distribution or for nothing.
    text: &'static str,
}

impl Query {
    /// The query of a month compared with another. A month prints digits and a dash only, so nothing
    /// from outside becomes SQL text; `$distribution` stays a parameter.
    pub(crate) fn sql(&self, month: Month, compared: Month) -> String {
        with_months(self.text, month, compared)
    }

    /// The query as people can run it, without the comments on top of its file.
    pub fn example(&self, month: Month, compared: Month, distribution: Option<&str>) -> String {
        let is_comment = |line: &&str| line.starts_with("--");
        let lines: Vec<&str> = self.text.lines().skip_while(is_comment).collect();
        let quoted = distribution.unwrap_or_default().replace('\'', "''");
        let sql = with_months(&lines.join("\n"), month, compared);
        sql.replace("$distribution", &format!("'{quoted}'"))
    }
}

fn with_months(sql: &str, month: Month, compared: Month) -> String {
    sql.replace("$month", &format!("'{month}'"))
        .replace("$previous", &format!("'{compared}'"))
}

macro_rules! queries {
    ($($const:ident: $($name:literal at $path:literal),* $(,)?;)*) => {
        $(pub(crate) const $const: &[Query] = &[$(Query {
            name: $name,
            path: $path,
            text: include_str!(concat!("../../../queries/report/", $name, ".sql")),
        }),*];)*
    };
}

queries! {
    TYPED:
        "headline" at "headline",
        "savings_range" at "headline",
        "distributions" at "distributions",
        "unknowns" at "unknowns",
        "cost_items" at "cost_items",
        "cost_lines" at "cost_lines",
        "origin_load" at "origin_load",
        "break_even" at "break_even",
        "regions" at "regions",
        "daily" at "days",
        "cache_results" at "cache_results",
        "restated" at "quality.restated",
        "object_totals" at "quality.totals",
        "quality" at "quality.objects",
        "rejected_objects" at "quality.rejected_objects",
        "excluded_objects" at "quality.excluded_objects",
        "coverage" at "quality.coverage",
        "unknown_edges" at "quality.unknown_edges",
        "assumed_s3_get_prices" at "quality.assumed_s3_get_prices",
        "assumed_item_prices" at "quality.assumed_item_prices",
        "settings" at "method",
        "price_cards" at "method.price_cards";
    // Of a series of months, a month at a time.
    SERIES:
        "series_months" at "months",
        "series_distributions" at "distributions";
    // Kept as rows of named values, in the order of the JSON form.
    FIGURES:
        "savings_intervals" at "savings_intervals",
        "month_summary" at "month_summary",
        "cost_changes" at "cost_changes",
        "tier_positions" at "tier_positions",
        "price_ladders" at "price_ladders",
        "allowance_use" at "allowance_use",
        "forecast" at "forecast",
        "runway" at "runway",
        "legacy_urls" at "legacy_urls",
        "path_groups" at "path_groups",
        "top_paths" at "top_paths",
        "content_types" at "content_types",
        "object_sizes" at "object_sizes",
        "client_kinds" at "client_kinds",
        "user_agents" at "user_agents",
        "countries" at "countries",
        "origin_load_all" at "origin_load_all",
        "origin_load_hourly" at "origin_load_hourly",
        "nightly_purges" at "nightly_purges",
        "purges" at "purges",
        "purge_profile" at "purge_profile",
        "error_causes" at "error_causes",
        "slow_responses" at "slow_responses",
        "slow_edges" at "slow_edges",
        "anomalies" at "anomalies",
        "coverage_map" at "coverage_map",
        "run_cost" at "run_cost";
}

/// Every query of the report.
pub fn queries() -> impl Iterator<Item = &'static Query> {
    TYPED.iter().chain(FIGURES)
}

/// The query of a name.
pub(crate) fn query(name: &str) -> Option<&'static Query> {
    queries().chain(SERIES).find(|query| query.name == name)
}

/// A value of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// A count or a number of bytes.
    Int(i64),
    /// Money or a ratio, with the decimals that it is written with.
    Decimal(Decimal, u32),
    /// Text, a date (`YYYY-MM-DD`) or a time (`YYYY-MM-DDTHH:MM:SSZ`).
    Text(String),
    /// True or false.
    Flag(bool),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_none(),
            Self::Int(number) => to.serialize_i64(*number),
            // Decimals are strings, so that no reader takes them for binary floats.
            Self::Decimal(number, decimals) => to.serialize_str(&fixed(*number, *decimals)),
            Self::Text(text) => to.serialize_str(text),
            Self::Flag(flag) => to.serialize_bool(*flag),
        }
    }
}

/// The answer of a figure: rows of named values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Values by row, as many as there are columns.
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    /// The rows of an answer.
    pub(crate) fn read(batches: &[RecordBatch]) -> Result<Self, ColumnError> {
        let columns: Vec<String> = batches.first().map_or_else(Vec::new, |batch| {
            let schema = batch.schema();
            let fields = schema.fields().iter();
            fields.map(|field| field.name().clone()).collect()
        });
        let rows = rows(batches, |row| {
            columns.iter().map(|name| value(row, name)).collect()
        })?;
        Ok(Self { columns, rows })
    }

    /// Adds the rows of another answer to the same query.
    pub(crate) fn append(&mut self, more: Self) {
        if self.columns.is_empty() {
            self.columns = more.columns;
        }
        self.rows.extend(more.rows);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in order, by name of column.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Named<'_>> {
        self.rows.iter().map(|values| Named {
            columns: &self.columns,
            values,
        })
    }

    /// The first row.
    pub fn first(&self) -> Option<Named<'_>> {
        self.iter().next()
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.rows.len()))?;
        for row in self.iter() {
            list.serialize_element(&row)?;
        }
        list.end()
    }
}

/// A row of a figure. What is not there, or of another type, is `None`, 0 or empty: the queries and
/// the sections that read them are held together by tests.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Named<'a> {
    /// A value by the name of its column.
    pub fn value(&self, column: &str) -> Option<&'a Value> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.values.get(at)
    }

    /// A count or a number of bytes; 0 for NULL.
    pub fn int(&self, column: &str) -> i64 {
        self.optional_int(column).unwrap_or(0)
    }

    /// A count or a number of bytes.
    pub fn optional_int(&self, column: &str) -> Option<i64> {
        match self.value(column)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Money or a ratio; 0 for NULL.
    pub fn decimal(&self, column: &str) -> Decimal {
        self.optional_decimal(column).unwrap_or(Decimal::ZERO)
    }

    /// Money or a ratio.
    pub fn optional_decimal(&self, column: &str) -> Option<Decimal> {
        match self.value(column)? {
            Value::Decimal(number, _) => Some(*number),
            _ => None,
        }
    }

    /// Text, a date or a time; empty for NULL.
    pub fn text(&self, column: &str) -> &'a str {
        self.optional_text(column).unwrap_or_default()
    }

    /// Text, a date or a time.
    pub fn optional_text(&self, column: &str) -> Option<&'a str> {
        match self.value(column)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a flag is set.
    pub fn flag(&self, column: &str) -> bool {
        matches!(self.value(column), Some(Value::Flag(true)))
    }
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.columns.len()))?;
        for (name, value) in self.columns.iter().zip(self.values) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Rows {
    /// Leaves only the rows of one distribution; none where rows are of all together.
    fn keep(&mut self, distribution: &str) {
        let at = self.columns.iter().position(|name| name == "distribution");
        self.rows.retain(|row| {
            at.and_then(|at| row.get(at))
                .is_some_and(|value| matches!(value, Value::Text(text) if text == distribution))
        });
    }
}

/// Figures by name, in the order of the JSON form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(Vec<(&'static str, Rows)>);

impl Figures {
    /// Figures by name.
    pub fn new(figures: Vec<(&'static str, Rows)>) -> Self {
        Self(figures)
    }

    /// The rows of a figure; none when it is not there.
    pub fn get(&self, name: &str) -> &Rows {
        const NONE: &Rows = &Rows {
            columns: Vec::new(),
            rows: Vec::new(),
        };
        let found = self.0.iter().find(|(own, _)| *own == name);
        found.map_or(NONE, |(_, rows)| rows)
    }

    /// Leaves only what is of one distribution.
    pub(crate) fn keep(&mut self, distribution: &str) {
        for (_, rows) in &mut self.0 {
            rows.keep(distribution);
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Rows)> {
        self.0.iter().map(|(name, rows)| (*name, rows))
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, rows) in &self.0 {
            map.serialize_entry(name, rows)?;
        }
        map.end()
    }
}

/// Decimals that a column is written with: ratios six, money two where the query rounds to cents.
fn decimals(column: &str, array: &ArrayRef) -> u32 {
    match *array.data_type() {
        DataType::Decimal128(_, scale) => u32::try_from(scale).unwrap_or(0),
        _ if column.ends_with("_ratio") => 6,
        _ => 2,
    }
}

fn value(row: &Row<'_>, column: &str) -> Result<Value, ColumnError> {
    let array = row.cell(column)?;
    if array.is_null(0) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Boolean => Value::Flag(array.as_boolean().value(0)),
        DataType::Date32 => Value::Text(row.date(column)?),
        DataType::Timestamp(..) => Value::Text(row.time(column)?),
        DataType::Decimal128(..) => Value::Decimal(row.decimal(column)?, decimals(column, &array)),
        kind if kind.is_integer() => Value::Int(row.int(column)?),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Dictionary(..) => {
            Value::Text(row.text(column)?)
        }
        other => {
            return Err(ColumnError {
                column: column.to_owned(),
                problem: format!("is a {other}, which no report shows"),
            });
        }
    })
}
