//! One SQL session over the lake: its two tables, the price lists, and the views of
//! `queries/views`. Reading only. The crate must not know log formats or renderers.
//!
//! Every number of a report is a `SELECT` on one of these views, money included.

mod cached;
mod error;
mod functions;
mod session;
mod settings;
mod tables;
mod views;

pub use error::QueryError;
pub use session::{Session, Tables};
pub use settings::{Distribution, HitRatio, Origin, S3FreeTierMethod, Settings};

/// Names of the built-in views, in the order in which they build on each other.
pub fn view_names() -> impl Iterator<Item = &'static str> {
    views::VIEWS.iter().map(|view| view.name)
}
