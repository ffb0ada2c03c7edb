//! What AWS billed for CloudFront, out of its billing exports: Cost and Usage Reports (2.0, and the
//! older ones with slashes in their column names) and FOCUS 1.0 to 1.2, as CSV (plain, gzip, zstd)
//! or Parquet, in one file or many.
//!
//! The lines of a bill are summed into one small table ([`Bill::table`]) as they are read, so that
//! a year's export of a whole organisation needs no more memory than its CloudFront part. Numbers
//! are read exactly, as decimals. A line of CloudFront's that cannot be understood is an error that
//! names its file, row, column and value: a bill that is half read proves nothing.
//!
//! This crate must not know prices, logs, SQL or terminals.
//!
//! ```
//! let dir = std::env::temp_dir().join("edgeledger-bill-example");
//! std::fs::create_dir_all(&dir)?;
//! let file = dir.join("bill.csv");
//! std::fs::write(
//!     &file,
//!     "line_item_product_code,line_item_line_item_type,line_item_usage_type,\
//!      line_item_usage_amount,line_item_unblended_cost,line_item_usage_start_date\n\
//!      AmazonCloudFront,Usage,US-DataTransfer-Out-Bytes,12.5,1.0625,2026-10-01T00:00:00.000Z\n",
//! )?;
//! let bill = edgeledger_bill::read(&[file])?;
//! assert_eq!(bill.months().collect::<Vec<_>>(), ["2026-10"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod error;
mod files;
mod line;
mod number;
mod read;
mod table;

pub use columns::Kind;
pub use error::BillError;
pub use read::read;
pub use table::Bill;
