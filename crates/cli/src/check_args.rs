//! Arguments of `check`.
//!
//! The doc comments are help texts: what clippy takes for unlinked addresses is what users type.
#![expect(clippy::doc_markdown, reason = "help texts are no Markdown")]

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{OsStringValueParser, TypedValueParser},
};
use edgeledger_rates::Month;

use crate::args::LakeArg;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger check sample-logs
  edgeledger check sample-logs --rules queries/checks/sample.toml --month 2026-10
  edgeledger check --lake s3://lake/cdn --month 2026-10 --baseline reports/2026-09/report.json
  edgeledger check --lake ./lake --baseline checks-baseline.json --update-baseline
  edgeledger check ./logs --format github
  edgeledger check ./logs --format junit > checks.xml
  edgeledger check --list-rules

Built-in rules are on without a rules file: rejects, quarantine, unknown-edges, hit-ratio, cost,
coverage, schema-drift and more (--list-rules). A rules file tunes them and adds others:
  [builtin.hit-ratio]
  min = \"0.80\"                   # of every distribution
  [builtin.coverage]
  enabled = false
  [[rule]]                       # rows of the query are violations
  name = \"posts\"
  severity = \"warning\"           # or error (the default: exit code 3), notice
  sql = \"SELECT path, count(*) AS posts FROM requests WHERE method = 'POST' GROUP BY path\"
  message = \"{path} got {posts} POSTs\"
  [[rule]]                       # a column of a view, between min and max
  name = \"releases-hits\"
  view = \"hit_ratio\"
  column = \"request_hit_ratio\"
  distribution = \"releases\"
  min = \"0.80\"
  [[rule]]                       # what a month may cost
  name = \"monthly-budget\"
  budget = \"150.00\"
  [[rule]]                       # change since the baseline
  name = \"releases-egress\"
  view = \"monthly_traffic\"
  column = \"response_bytes\"
  key = \"name\"
  max_increase = \"0.25\"
docs/checks.md explains each kind, the formats, and use on GitHub.

Exit codes: 0 all rules of severity error passed, 1 something else failed (such as a --summary
that cannot be written), 2 wrong rules or arguments, 3 a rule failed, 4 only `quarantine` did: log
objects could not be read, or were gone, 5 the lake is damaged, contended or of another version.")]
pub(crate) struct Check {
    /// Logs: folder, file or s3://bucket/prefix [default: check the lake]
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Rules file [default: only the built-in rules]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Only this UTC month [default: every month; of drifts and $month the newest whole one]
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<Month>,
    /// Compare with this: JSON of a report, or written by --update-baseline [default: the rules file's]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the month's figures to the baseline file instead of checking
    #[arg(long)]
    pub(crate) update_baseline: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Table)]
    pub(crate) format: CheckFormat,
    /// Append a summary in Markdown, of less than 1 MiB, to this file
    // An empty variable is none: so it is where there is no summary.
    #[arg(
        long,
        value_name = "FILE",
        env = "GITHUB_STEP_SUMMARY",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub(crate) summary: Option<PathBuf>,
    /// List the rules, those of --rules too, and check nothing
    #[arg(long)]
    pub(crate) list_rules: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Table,
    Json,
    /// JUnit XML: a test case a rule
    Junit,
    /// Annotations of GitHub Actions, at most 10
    Github,
}
