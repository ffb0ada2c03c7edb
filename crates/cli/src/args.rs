//! The command line.
//!
//! The doc comments are help texts: what clippy takes for unlinked addresses is what users type.
#![expect(clippy::doc_markdown, reason = "help texts are no Markdown")]

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use edgeledger_rates::{Decimal, Month};
use serde::Deserialize;

use crate::{check_args, ddl_args, lake_args, rates_args, setup_args, sql_args};

const EXIT_CODES: &str = "\
Exit codes:
  0  done              3  a check failed                 70  a bug
  1  failed            4  done, but data is incomplete  130  interrupted
  2  wrong usage       5  lake contended or damaged      143  terminated

Settings come from flags, then EDGELEDGER_* variables, then edgeledger.toml.
AWS access is the AWS SDK's own: AWS_PROFILE, SSO, roles, AWS_ENDPOINT_URL_S3 …";

/// CDN access logs in, money and answers out: per distribution the egress, cache hit ratio,
/// CloudFront cost, and what serving the same traffic straight from S3 would have cost.
#[derive(Debug, Parser)]
#[command(name = "edgeledger", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// Settings file [default: ./edgeledger.toml, else the one beside --logs]
    #[arg(long, global = true, value_name = "FILE", env = "EDGELEDGER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on stderr
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Region of S3 [default: AWS's own chain]
    #[arg(long, global = true, value_name = "REGION", help_heading = "AWS")]
    pub(crate) region: Option<String>,
    /// Endpoint of an S3-compatible server [default: AWS's own chain]
    #[arg(long, global = true, value_name = "URL", help_heading = "AWS")]
    pub(crate) endpoint_url: Option<String>,
    /// Profile of the AWS configuration [default: AWS's own chain]
    #[arg(long, global = true, value_name = "NAME", help_heading = "AWS")]
    pub(crate) profile: Option<String>,
    /// Pay for requests to buckets that ask for it
    #[arg(long, global = true, help_heading = "AWS")]
    pub(crate) requester_pays: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the lake up to date with log objects
    Ingest(Ingest),
    /// Report a month: egress, hit ratio, cost, savings
    Report(Report),
    /// Compare AWS's bill with the logs
    Reconcile(Reconcile),
    /// Ask the lake, or logs, in SQL
    Sql(sql_args::Sql),
    /// Check logs or the lake against rules, for CI
    Check(check_args::Check),
    /// Look after the lake
    #[command(subcommand)]
    Lake(Lake),
    /// Price lists
    #[command(subcommand)]
    Rates(rates_args::Rates),
    /// Write a settings file, also from Terraform's or AWS's word
    Init(setup_args::Init),
    /// Look whether everything works: settings, credentials, sources, lake
    Doctor(setup_args::Doctor),
    /// Settings
    #[command(subcommand)]
    Config(setup_args::Config),
    /// Print a completion script for a shell
    Completions(setup_args::Completions),
    /// Write manual pages
    Man(setup_args::Man),
}

/// Which lake.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LakeArg {
    /// Folder or s3://bucket/prefix of the lake [default: edgeledger.toml's, else ./lake]
    #[arg(long, value_name = "LAKE", env = "EDGELEDGER_LAKE")]
    pub(crate) lake: Option<String>,
}

/// The lake, or logs read for this one command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DataArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Read these logs instead of a lake (folder, file or s3://bucket/prefix; repeatable)
    #[arg(long, value_name = "SOURCE")]
    pub(crate) logs: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger ingest s3://logs/cloudfront/ --lake s3://lake/cdn
  edgeledger ingest ./logs --lake ./lake --since 2026-10-01 --until 2026-11-02

Objects the lake has are skipped, so it may run again at any time; damaged objects are
quarantined one by one (exit code 4), and every run is safe beside another.")]
pub(crate) struct Ingest {
    /// Folder, file or s3://bucket/prefix [default: sources of edgeledger.toml]
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Only objects named from this hour on (YYYY-MM-DD or YYYY-MM-DD-HH, UTC)
    #[arg(long, value_name = "HOUR", value_parser = hour)]
    pub(crate) since: Option<String>,
    /// Only objects named before this hour
    #[arg(long, value_name = "HOUR", value_parser = hour)]
    pub(crate) until: Option<String>,
    /// Share of rejected rows over which an object is quarantined
    #[arg(long, value_name = "RATIO", default_value_t = 0.01, value_parser = ratio)]
    pub(crate) max_reject_ratio: f64,
    /// List every object; else names older than the look-back are left out after a complete run
    #[arg(long)]
    pub(crate) full: bool,
    /// Days before the newest hour of the last complete run in which late objects are looked for
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) look_back: u32,
    /// Read quarantined objects again
    #[arg(long)]
    pub(crate) retry_quarantined: bool,
    /// Take ingested objects that came back as another version, and their old rows out
    #[arg(long)]
    pub(crate) replace_changed: bool,
    /// End after this long with what is read by then (90s, 50m, 2h); the next run goes on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) deadline: Option<Duration>,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}

/// What of people is kept.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Privacy (docs/privacy.md)")]
pub(crate) struct PrivacyArgs {
    /// Client addresses: keep, truncate (to /24 and /48) or drop [default: edgeledger.toml's, else keep]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) client_ip: Option<ClientIpArg>,
    /// Keep signatures, tokens and passwords in query strings
    #[arg(long)]
    pub(crate) no_redact: bool,
    /// Redact the values of this query parameter too (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "no_redact")]
    pub(crate) redact: Vec<String>,
    /// Store a column as NULL (repeatable)
    #[arg(long, value_name = "COLUMN")]
    pub(crate) drop_column: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientIpArg {
    Keep,
    Truncate,
    Drop,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger report 2026-10
  edgeledger report 2026-10 --format html > october.html
  edgeledger report 2026-10 --format markdown > october.md
  edgeledger report 2026-10 --out reports
  edgeledger report 2026-10 --out s3://bucket/reports
  edgeledger report 2026-10 --distribution releases --section nightly-purge
  edgeledger report 2026-10 --compare 2026-07
  edgeledger report --from 2026-01 --to 2026-10
  edgeledger report --logs sample-logs 2026-10
  edgeledger report 2026-10 --format focus > focus.csv
  edgeledger report 2026-10 --allocation marginal
  edgeledger report 2026-10 --what-if
  edgeledger report 2026-10 --what-if price_class=100 --what-if releases:plan=pro
  edgeledger report 2026-10 --what-if releases:bucket_region=eu-west-1,hit_ratio=+0.05

--what-if adds a chapter that ranks other ways to pay for the same traffic: other price classes,
regions, hit ratios and discounts, flat-rate plans, the savings bundle, other providers' list
prices, and the scenarios given. A scenario is settings joined by commas: price_class,
bucket_region, storage_class, plan (of all distributions, or of one with NAME: before it),
hit_ratio=+0.05, discount=0.25, only=NAME, without=NAME and more (docs/cost-model.md).
In SQL: SELECT * FROM what_if('price_class=100', 'hit_ratio=+0.05')")]
pub(crate) struct Report {
    /// UTC month, YYYY-MM [default: the newest month of the lake that is over]
    #[arg(value_name = "MONTH")]
    pub(crate) month: Option<Month>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Format on stdout
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    /// Write every format below DIR/MONTH instead, and an index page: a folder or s3://bucket/prefix
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    pub(crate) out: Option<String>,
    /// Replace files of an earlier report that are different
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
    /// Only this distribution, by name or id
    #[arg(long, value_name = "NAME", conflicts_with = "what_if")]
    pub(crate) distribution: Option<String>,
    /// Only this section, by its name in the links of the HTML (repeatable)
    #[arg(long, value_name = "SECTION", conflicts_with = "out")]
    pub(crate) section: Vec<String>,
    /// Compare with this month [default: the month before]
    #[arg(long, value_name = "MONTH")]
    pub(crate) compare: Option<Month>,
    /// First month of a series of months, instead of the report of one
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["month", "compare", "what_if", "distribution"])]
    pub(crate) from: Option<Month>,
    /// Last month of the series [default: the newest month of the lake that is over]
    #[arg(long, value_name = "MONTH", requires = "from")]
    pub(crate) to: Option<Month>,
    /// Say when the report was made and how long that took (no two reports are then the same)
    #[arg(long)]
    pub(crate) run_info: bool,
    /// How distributions share the organisation's cost [default: edgeledger.toml's, else average]
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(crate) allocation: Option<AllocationArg>,
    /// Add other ways to pay for the month, and this scenario (repeatable)
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "")]
    pub(crate) what_if: Vec<String>,
}

/// How distributions share the organisation's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AllocationArg {
    /// Each cost line by its average rate
    Average,
    /// In proportion to what each would cost alone
    Standalone,
    /// In proportion to what the month would cost less without each
    Marginal,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Markdown,
    /// One file with charts, for browsers and printers
    Html,
    Json,
    /// The table of distributions
    Csv,
    /// A workbook with a sheet for each table
    Xlsx,
    /// FOCUS 1.2 rows as CSV: an estimate, marked as one (docs/reconcile.md)
    Focus,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger reconcile cur-00001.csv.gz 2026-10
  edgeledger reconcile cur-00001.snappy.parquet cur-00002.snappy.parquet
  edgeledger reconcile ./exports/data/BILLING_PERIOD=2026-10 --tolerance 0.02
  edgeledger reconcile focus.csv --logs ./logs --format csv > comparison.csv

A bill is a Cost and Usage Report (2.0, or the older one) or a FOCUS export (1.0 to 1.2) of AWS, as
CSV (.csv, .csv.gz) or Parquet: files, and folders of parts. Quantities are compared first, then
cost, by usage type, and by distribution where the export has resource ids. Exit code 3 when the
total cost, or a usage type of more than a cent, is off by more than the tolerance.
Other formats than table print the comparison by usage type; all of it in SQL:
  edgeledger sql --bill bill.csv \"SELECT * FROM bill_distribution_comparison\"")]
pub(crate) struct Reconcile {
    /// Files or folders of the bill; a last word YYYY-MM is the month [default: the bill's only one]
    #[arg(value_name = "BILL", required = true)]
    pub(crate) bill: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Difference that is no difference, as a share of the bill
    #[arg(long, value_name = "RATIO", default_value = "0.01", value_parser = share)]
    pub(crate) tolerance: Decimal,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlFormat {
    Table,
    Csv,
    Json,
    Ndjson,
    Markdown,
    Parquet,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lake {
    /// What the lake holds: log objects and rows by distribution, gaps, and what needs attention
    Status(LakeStatus),
    /// Join small files into large ones
    Compact(lake_args::Compact),
    /// Delete files that nobody needs any more
    Vacuum(lake_args::Vacuum),
    /// Take rows out for good: retention, erasure
    Forget(lake_args::Forget),
    /// Check the lake against itself and against the sources
    Verify(lake_args::Verify),
    /// Rebuild what is damaged from what is whole
    Repair(lake_args::Repair),
    /// Print what lets another engine read the lake
    Ddl(ddl_args::Ddl),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake status
  edgeledger lake status --month 2026-10
  edgeledger lake status --gaps --distribution releases
  edgeledger lake status --hours --month 2026-10 --format csv > hours.csv

Distributions and hours are those in the names of the log objects. A gap is a run of hours without
any object between a distribution's first and last: CloudFront writes no file for an idle hour, so
a gap is a question, not a loss. With --month, gaps that touch the month are shown whole.
Other formats than table print one table: the distributions, or what --hours or --gaps ask for.
A row without a distribution counts the objects whose names tell none. The same in SQL, also
FROM log_gaps, log_objects and restatements:
  edgeledger sql \"SELECT * FROM log_hours\"")]
pub(crate) struct LakeStatus {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// One line a distribution and hour: its log objects by status, and their rows
    #[arg(long, conflicts_with = "gaps")]
    pub(crate) hours: bool,
    /// Every run of hours without log objects
    #[arg(long)]
    pub(crate) gaps: bool,
    /// Only this distribution
    #[arg(long, value_name = "ID_OR_NAME")]
    pub(crate) distribution: Option<String>,
    /// Only log objects named for this UTC month
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: Option<Month>,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

/// `YYYY-MM-DD` or `YYYY-MM-DD-HH`, as the hour it begins.
fn hour(text: &str) -> Result<String, String> {
    let (date, hour) = match text.len() {
        10 => (text, "00"),
        13 => text.rsplit_once('-').unwrap_or((text, "")),
        _ => ("", ""),
    };
    let is_date = date.parse::<jiff::civil::Date>().is_ok();
    let is_hour = hour.len() == 2 && hour.parse::<u8>().is_ok_and(|hour| hour < 24);
    if is_date && is_hour {
        Ok(format!("{date}-{hour}"))
    } else {
        Err("not a UTC day (YYYY-MM-DD) or hour (YYYY-MM-DD-HH)".to_owned())
    }
}

/// `90s`, `50m`, `2h`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time such as 90s, 50m or 2h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text
        .strip_suffix(unit)
        .and_then(|number| number.parse().ok())
        .ok_or_else(wrong)?;
    let seconds = match unit {
        's' => number,
        'm' => number.saturating_mul(60),
        'h' => number.saturating_mul(3_600),
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(seconds))
}

/// A share as a decimal.
fn share(text: &str) -> Result<Decimal, String> {
    let share: Decimal = text.parse().map_err(|_| "not a number".to_owned())?;
    if (Decimal::ZERO..=Decimal::ONE).contains(&share) {
        Ok(share)
    } else {
        Err("not between 0 and 1".to_owned())
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&ratio) {
        Ok(ratio)
    } else {
        Err("not between 0 and 1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, hour, time};

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_have_a_unit() {
        for (text, seconds) in [("90s", 90), ("50m", 3_000), ("2h", 7_200)] {
            assert_eq!(time(text).unwrap().as_secs(), seconds);
        }
        for wrong in ["", "5", "m", "1d", "-1s", "1.5h", "5 m", "5µ"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hours_are_days_or_hours() {
        assert_eq!(hour("2026-10-01").unwrap(), "2026-10-01-00");
        assert_eq!(hour("2026-10-01-23").unwrap(), "2026-10-01-23");
        for wrong in [
            "2026-10",
            "2026-10-01-24",
            "2026-13-01",
            "yesterday",
            "2026-10-01T00",
        ] {
            assert!(hour(wrong).is_err(), "{wrong}");
        }
    }
}
