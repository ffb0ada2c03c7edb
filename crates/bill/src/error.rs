//! Why a bill could not be read.

use std::path::PathBuf;

use arrow::error::ArrowError;
use edgeledger_container::ContainerError;
use parquet::errors::ParquetError;

/// Why a bill could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillError {
    /// The file or folder is not there, or cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A folder without any bill.
    #[error("`{}` holds no .csv, .csv.gz or .parquet file", path.display())]
    NoFiles {
        /// Which.
        path: PathBuf,
    },
    /// The same file was named twice, and would count twice.
    #[error("`{}` is named twice", path.display())]
    Twice {
        /// Which.
        path: PathBuf,
    },
    /// The columns are those of no export we know.
    #[error(
        "`{}` is no billing export: a Cost and Usage Report would need the columns {missing_cur}; \
         a FOCUS export would need {missing_focus}",
        path.display()
    )]
    UnknownColumns {
        /// Which file.
        path: PathBuf,
        /// What a Cost and Usage Report has and this file has not.
        missing_cur: String,
        /// What a FOCUS export has and this file has not.
        missing_focus: String,
    },
    /// One kind of export, but not whole.
    #[error("`{}` looks like {kind}, but has no column {missing}", path.display())]
    MissingColumns {
        /// Which file.
        path: PathBuf,
        /// The kind its other columns tell.
        kind: &'static str,
        /// The columns that are not there.
        missing: String,
    },
    /// Two kinds of export would count everything twice.
    #[error("`{}` is {kind}, but `{}` is {other_kind}: give one kind", path.display(), other.display())]
    MixedKinds {
        /// The second file.
        path: PathBuf,
        /// Its kind.
        kind: &'static str,
        /// The first file.
        other: PathBuf,
        /// Its kind.
        other_kind: &'static str,
    },
    /// Several folders below one that was given hold lines of one month: versions of one bill.
    #[error(
        "lines of {month} lie in `{}` and in `{}`: versions of one bill would count twice; name the \
         folder or the files that count", first.display(), second.display()
    )]
    Versions {
        /// The month.
        month: String,
        /// A folder.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A cell of a CloudFront line cannot be what the bill says.
    #[error("`{}`, row {row}, column `{column}`: `{value}` {problem}", path.display())]
    Cell {
        /// Which file.
        path: PathBuf,
        /// Counted as a spreadsheet does: the header of a CSV file is row 1, the first row of a
        /// Parquet file too.
        row: u64,
        /// The column's name in the file.
        column: String,
        /// What it holds, cut where it is long.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A sum does not fit.
    #[error("`{}`: the sum of the lines of `{usage_type}` is out of range", path.display())]
    Sum {
        /// Which file.
        path: PathBuf,
        /// Of which usage type.
        usage_type: String,
    },
    /// A report of ours, which is no bill.
    #[error("`{}` is an estimate made by EdgeLedger, not a bill", path.display())]
    Estimate {
        /// Which file.
        path: PathBuf,
    },
    /// The compressed file is damaged or cut.
    #[error("`{}` cannot be unpacked", path.display())]
    Container {
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        source: ContainerError,
    },
    /// The file is no CSV, or its rows do not fit its header.
    #[error("`{}` is not a CSV file that can be read", path.display())]
    Csv {
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        source: ArrowError,
    },
    /// The file is no Parquet, or is damaged.
    #[error("`{}` is not a Parquet file that can be read", path.display())]
    Parquet {
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        source: ParquetError,
    },
    /// The table could not be made.
    #[error("the table of the bill could not be made")]
    Table(#[from] ArrowError),
}
