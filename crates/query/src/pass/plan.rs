//! What a pass computes for each row, and what only for each distinct value.
//!
//! Columns with few values are coded ([`super::texts`]) and make up *spaces*: the distribution and
//! day of a row, what CloudFront says of the request, and each other text on its own. Whatever
//! depends on one space alone is evaluated once for each of its distinct values, and looked up for
//! a row. The rest is evaluated for each batch, with such parts of it as depend on one space looked
//! up first.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::{common::DFSchemaRef, logical_expr::Expr, physical_plan::PhysicalExpr};

use super::groups::Op;

/// The columns that are the same in a whole file.
pub(super) const PLACE: [&str; 2] = ["date", "distribution"];
/// Columns with few values that go together: few of their combinations occur.
pub(super) const CLASS: [&str; 12] = [
    "method",
    "status",
    "protocol",
    "result_type",
    "response_result_type",
    "detailed_result_type",
    "content_type",
    "http_version",
    "tls_protocol",
    "tls_cipher",
    "cache_behavior",
    "fle_status",
];
/// Slots of a key.
pub(super) const MAX_SLOTS: usize = 16;

/// What values are looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum SpaceId {
    Place,
    Class,
    /// One column, and what expressions with it ask of the place.
    Text(String),
}

/// A coded set of columns.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) id: SpaceId,
    /// Columns of a batch.
    pub(super) columns: Vec<usize>,
    /// Expressions of the place that belong to the space, as places in [`Plan::mapped`].
    pub(super) companions: Vec<usize>,
    /// The columns, then the companions.
    pub(super) schema: SchemaRef,
}

/// An expression that is evaluated once for each value of a space.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) space: usize,
    pub(super) expr: Arc<dyn PhysicalExpr>,
    pub(super) data_type: DataType,
}

/// An expression with a value for each row.
#[derive(Debug)]
pub(super) enum RowValue {
    Mapped(usize),
    Evaluated(Arc<dyn PhysicalExpr>),
}

/// One number of a key.
#[derive(Debug)]
pub(super) enum Slot {
    /// The code of what the key's expressions of one space are together.
    Names { space: usize, mapped: Vec<usize> },
    /// The number itself.
    Number(usize),
}

/// Where a key expression is found again.
#[derive(Debug)]
pub(super) struct KeyAt {
    pub(super) slot: usize,
    /// Which of the slot's expressions.
    pub(super) column: usize,
}

/// One aggregation.
#[derive(Debug)]
pub(super) struct Aggregation {
    /// All must be true; places in [`Plan::values`].
    pub(super) filters: Vec<usize>,
    pub(super) slots: Vec<Slot>,
    /// The space whose code alone tells the group, if there is one.
    pub(super) space: Option<usize>,
    pub(super) keys: Vec<KeyAt>,
    pub(super) measures: Vec<PlannedMeasure>,
    pub(super) schema: DFSchemaRef,
}

#[derive(Debug)]
pub(super) struct PlannedMeasure {
    pub(super) op: Op,
    pub(super) argument: Option<usize>,
    pub(super) filter: Option<usize>,
}

/// All aggregations of a pass, with everything equal in them once.
#[derive(Debug)]
pub(super) struct Plan {
    /// Columns of the requests that are read, in this order.
    pub(super) projection: Vec<usize>,
    pub(super) spaces: Vec<Space>,
    pub(super) mapped: Vec<Mapped>,
    pub(super) values: Vec<RowValue>,
    /// What evaluated values see: the columns of a batch that they need, and looked-up ones.
    pub(super) row_columns: Vec<usize>,
    pub(super) row_lookups: Vec<usize>,
    pub(super) row_schema: SchemaRef,
    /// A filter of all aggregations that a text tells: the value, and the text's space.
    pub(super) prefilter: Option<(usize, usize)>,
    pub(super) aggregations: Vec<Aggregation>,
}

/// Whether an expression has columns, all of them of the place.
pub(super) fn is_of_the_place(expr: &Expr) -> bool {
    let columns = expr.column_refs();
    let mut names = columns.iter().map(|column| column.name.as_str());
    !columns.is_empty() && names.all(|name| PLACE.contains(&name))
}

/// Whether values of the type are held as 64-bit integers in a key.
pub(super) fn is_number(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Date32
            | DataType::Timestamp(..)
    )
}
