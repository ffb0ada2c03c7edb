//! One SQL session over the lake: its two tables, the price lists, and the views of
//! `queries/views`. Reading only. The crate must not know log formats or renderers.
//!
//! Every number of a report is a `SELECT` on one of these views, money included.

// Money is decimal: no sum or product in here is of floats.
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

mod address_functions;
mod by_partition;
mod cached;
mod catalog;
mod engine;
mod error;
mod examples;
mod explain;
mod forecast;
mod functions;
mod knobs;
mod limits;
mod logs;
mod of_texts;
mod pass;
mod places;
mod purges;
mod rounding;
mod rule_functions;
mod rule_tables;
mod rules;
mod run;
mod scenario;
mod schema;
mod session;
mod settings;
mod statement;
mod tables;
mod url_functions;
mod user_agent;
mod views;

pub use catalog::{Function, FunctionKind, Relation};
pub use edgeledger_lake::{ScanWatch, Scanned};
pub use error::QueryError;
pub use examples::{Param, ParamDefault, ParamKind, Question, question, questions};
pub use explain::nearest;
pub use knobs::{plans, storage_classes};
pub use limits::{CLOUDFRONT, Limits};
pub use logs::asks_rows_alone;
pub use rules::{
    LegacyKind, LegacyUrl, OTHER_PATHS, PathGroup, Pattern, Places, Rules, RulesError,
};
pub use run::execute;
pub use session::{Session, Tables};
pub use settings::{
    Allocation, Assumptions, Credits, Distribution, ExtraUsage, HitRatio, Origin, Purge,
    S3FreeTierMethod, STANDARD, Settings,
};
pub use statement::{ParamValue, Params, Script, Statement};

/// Names of the built-in views, in the order in which they build on each other.
pub fn view_names() -> impl Iterator<Item = &'static str> {
    let first = [views::CLASSIFIED.name, views::TRAFFIC.name].into_iter();
    first.chain(views::VIEWS.iter().map(|view| view.name))
}
