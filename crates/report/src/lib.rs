//! A month of traffic and money as a model, and its renderers.
//!
//! [`build`] fills a [`Report`] from the SQL views of `queries/views`, and from nothing else: every
//! number of a report is a `SELECT` that anyone can run. The model holds raw numbers; each renderer
//! formats them, and escapes for its own medium, because log content is hostile. The same model
//! gives the same bytes.
//!
//! This crate must not know S3, Delta, log formats or the clock.
//!
//! ```
//! use edgeledger_report::Format;
//!
//! let format: Format = "markdown".parse()?;
//! assert_eq!(format.to_string(), "markdown");
//! # Ok::<(), edgeledger_report::UnknownFormat>(())
//! ```

// Money is decimal: no sum or product in here is of floats.
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

mod error;
mod figures;
mod focus;
mod format;
mod index;
mod json;
mod load;
mod model;
mod output;
mod prose;
mod reconcile;
mod rows;
mod sections;
mod series;
mod tables;

use edgeledger_render::{document, escape, layout};

#[cfg(test)]
mod tests;

pub use edgeledger_render::escape::{
    json as escape_json, markdown as escape_markdown, visible as escape_terminal,
};
pub use edgeledger_render::html::INDEX_MARK;
pub use edgeledger_render::numbers::count as format_count;
pub use error::{ColumnError, ReportError, UnpricedRow};
pub use figures::{Figures, Named, Query, Rows, Value, queries};
pub use focus::focus;
pub use index::{IndexEntry, index};
pub use load::{Request, Scenario, build};
pub use model::{
    AssumedItemPrice, AssumedPrice, BreakEven, CacheResult, Card, CostItem, CostLine, Coverage,
    Day, Distribution, ExcludedObject, Headline, Method, ObjectTotals, ObjectsByStatus, Offer,
    OriginLoad, PlanOption, Quality, Region, Reject, RejectedObject, Report, Restatement, SCHEMA,
    Unknown, UnknownEdge, WhatIf,
};
pub use output::{
    Format, Paper, RenderError, UnknownFormat, UnknownSection, render, render_files,
    render_sections,
};
pub use reconcile::{
    BillDistribution, BillLine, Finding, FoundIn, LeftOut, Reconciliation, reconcile,
};
pub use series::{SERIES_SCHEMA, Series, SeriesTotals, series};
