//! Arguments of `edgeledger sql`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    args::{DataArgs, SqlFormat, time},
    prompt_args::PromptArgs,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger sql                     # the prompt, on a terminal: \\? helps, \\q ends it
  edgeledger sql --list
  edgeledger sql @top-paths --param month=2026-10 --param rows=5
  edgeledger sql @top-paths --show
  edgeledger sql \"SELECT * FROM headline\"
  edgeledger sql -c \"SELECT * FROM savings WHERE month = \\$month\" --param month=2026-10
  edgeledger sql --logs access.log.gz \"SELECT result_type, count(*) FROM requests GROUP BY 1\"
  edgeledger sql --format csv --file query.sql > answer.csv
  echo 'SELECT * FROM savings' | edgeledger sql --format ndjson
  edgeledger sql --allow-write \"COPY (SELECT * FROM daily_cost) TO 'daily.parquet'\"

Tables: requests, log_files, cloudfront_logs (AWS's column names), and the views that reports are
made of; with --bill also bill_lines, bill_comparison and others (docs/reconcile.md). `SHOW TABLES`
lists them, `DESCRIBE name` shows the columns of one.

The prompt has a history, completion with TAB, and commands: \\d NAME shows columns, \\x shows rows
as blocks, \\o FILE writes to a file (docs/sql-prompt.md). A statement ends with `;`.

Statements only read, and only the lake: no other file and no address can be named in them.
With --allow-write, COPY … TO a local file, CREATE EXTERNAL TABLE and CREATE VIEW (for this session)
are allowed too. Nothing in SQL ever changes the lake.")]
pub(crate) struct Sql {
    /// The query, or @NAME of a question that --list shows [default: --command, --file, else the prompt or stdin]
    #[arg(value_name = "QUERY", conflicts_with_all = ["file", "command"])]
    pub(crate) query: Option<String>,
    /// Run these statements, separated by `;` (repeatable)
    #[arg(long, short, value_name = "QUERY", conflicts_with = "file")]
    pub(crate) command: Vec<String>,
    /// Run the statements of a file
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Value of a parameter: NAME=VALUE for `$NAME` in the query (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// List the questions that have names, or show the one of this name
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["query", "command", "file", "param"]
    )]
    pub(crate) list: Option<String>,
    /// Show the question's SQL and parameters instead of asking it
    #[arg(long, conflicts_with_all = ["command", "file", "list"], requires = "query")]
    pub(crate) show: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Ask about a bill too: CSV or Parquet of a CUR or FOCUS export, file or folder (repeatable)
    #[arg(long, value_name = "BILL")]
    pub(crate) bill: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Rows of a table that a terminal is shown at most, 0 for all; files and pipes get every row
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) max_rows: usize,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
    #[command(flatten)]
    pub(crate) prompt: PromptArgs,
}

/// What statements may use and do.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Bounds")]
pub(crate) struct Bounds {
    /// Memory for sorts, joins and aggregations (512MiB, 4GiB); what is more goes to a temporary
    /// folder
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    pub(crate) memory_limit: usize,
    /// Cancel a statement that takes longer than this (90s, 50m, 2h)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) timeout: Option<Duration>,
    /// Allow COPY … TO a local file, CREATE EXTERNAL TABLE and CREATE VIEW; never changes the lake
    #[arg(long)]
    pub(crate) allow_write: bool,
}

/// `512MiB`, `2GiB`.
fn size(text: &str) -> Result<usize, String> {
    let wrong = || "not a size such as 512MiB or 2GiB".to_owned();
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(unit_at).ok_or_else(wrong)?;
    let shift = match unit {
        "KiB" | "K" => 10,
        "MiB" | "M" => 20,
        "GiB" | "G" => 30,
        "TiB" | "T" => 40,
        _ => return Err(wrong()),
    };
    let number: usize = number.parse().map_err(|_| wrong())?;
    let unit = 1_usize.checked_shl(shift);
    let bytes = unit.and_then(|unit| number.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size("512MiB"), Ok(536_870_912));
        assert_eq!(size("2GiB"), Ok(2_147_483_648));
        assert_eq!(size("3K"), Ok(3_072));
        for wrong in [
            "",
            "0MiB",
            "5",
            "MiB",
            "1.5GiB",
            "-1GiB",
            "2 GiB",
            "2GB",
            "99999999999999TiB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
