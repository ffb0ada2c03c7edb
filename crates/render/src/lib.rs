//! Documents of prose, tables and charts, and one renderer a medium.
//!
//! A [`Document`](document::Document) says where each text comes from, and each renderer escapes
//! for its own medium, because log content is hostile. The same document gives the same bytes.
//!
//! This crate must not know traffic, money, SQL or files.

pub mod chart;
pub mod document;
pub mod escape;
pub mod html;
pub mod layout;
pub mod markdown;
pub mod numbers;
pub mod sheet;
pub mod text;

/// Why there is no spreadsheet; nothing else can fail.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A worksheet holds only so many rows.
    #[error(
        "{name} has {rows} rows, and a worksheet holds 1,048,575: write CSV or Parquet instead"
    )]
    TooManyRows {
        /// The table.
        name: String,
        /// Its rows.
        rows: usize,
    },
    /// The library refused.
    #[error("cannot write the spreadsheet: {0}")]
    Written(#[from] rust_xlsxwriter::XlsxError),
}
