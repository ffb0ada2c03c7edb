//! Arguments of the subcommands that look after the lake.
//!
//! The doc comments are help texts: what clippy takes for unlinked addresses is what users type.
#![expect(clippy::doc_markdown, reason = "help texts are no Markdown")]

use std::net::IpAddr;

use clap::{ArgGroup, Args};

use crate::args::{LakeArg, SqlFormat};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake compact --lake s3://lake/cdn
  edgeledger lake compact --distribution E2EXAMPLE1RLS --target-mib 256
  edgeledger lake compact --dry-run

Every ingest adds a file to each day and distribution it has rows for; many small files make
queries slow. Compaction reads the files of such a day, sorts their rows by time and writes them
to few files. No row changes, and ingest may run at the same time. The old files stay for those
who still read them: `edgeledger lake vacuum` deletes them later.")]
pub(crate) struct Compact {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Size a file should have, MiB; files under half of it are joined
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub(crate) target_mib: u64,
    /// Only this distribution
    #[arg(long, value_name = "ID")]
    pub(crate) distribution: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake vacuum
  edgeledger lake vacuum --grace-days 30 --dry-run
  edgeledger lake vacuum --grace-days 0 --force     # nothing else may run now

Deletes files that no version of the lake names any more (compacted, forgotten, replaced) and
files that never got into it (runs that were killed or lost a race), once they have been out of
use for the grace. Live files never go. Old commits that a checkpoint replaces go after 30 days.

A grace under one day is dangerous beside others: a run of ingest puts its files in place before
the commit that names them, and a query reads files that a compaction has replaced meanwhile.")]
pub(crate) struct Vacuum {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Days for which a file must have been out of use
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub(crate) grace_days: u32,
    /// Take a grace under one day: nothing else uses the lake now
    #[arg(long)]
    pub(crate) force: bool,
    /// Only say what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("condition")
        .required(true)
        .multiple(true)
        .args(["distribution", "before", "client_ip"]),
    after_help = "\
Examples:
  edgeledger lake forget --before 2025-01-01                    # retention
  edgeledger lake forget --distribution E2EXAMPLE1RLS
  edgeledger lake forget --client-ip 192.0.2.1 --purge          # erasure
  edgeledger lake forget --client-ip 2001:db8::1 --dry-run

Rows for which every given condition holds are taken out. The objects they came from stay
recorded, so that no ingest brings them back; reports of those days change. The logs themselves,
in their bucket, are not touched: that is for the bucket's own rules.

--client-ip finds an address in `client_ip` and among those of `forwarded_for`, however it is
written, and also drops what is kept of rejected lines with it. It does not look into paths,
query strings or cookies.

The files that held the rows stay until `edgeledger lake vacuum` deletes them, and what commits
say of rejected lines until they are trimmed (30 days). --purge deletes both at once, and queries
that read those files now will fail.")]
pub(crate) struct Forget {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Rows of this distribution
    #[arg(long, value_name = "ID")]
    pub(crate) distribution: Option<String>,
    /// Requests before this UTC day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) before: Option<jiff::civil::Date>,
    /// Requests from this address, or forwarded for it
    #[arg(long, value_name = "IP")]
    pub(crate) client_ip: Option<IpAddr>,
    /// Delete the files that held the rows at once
    #[arg(long)]
    pub(crate) purge: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Only say what would be taken out
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake verify
  edgeledger lake verify --quick --format ndjson
  edgeledger lake verify s3://logs/cloudfront/ --lake s3://lake/cdn

Reads every file of the lake and names every difference: files that are missing or not as they
were written, rows that do not add up with the record of the object they came from, commits that
cannot be read. With a SOURCE, also objects it lists that the lake does not have, or has in
another version.

Exit codes: 0 nothing wrong, 4 only the source differs (run `edgeledger ingest`), 5 the lake is
damaged (run `edgeledger lake repair`).")]
pub(crate) struct Verify {
    /// Folder, file or s3://bucket/prefix to compare with [default: none]
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Look at sizes and footers only, not at every byte
    #[arg(long)]
    pub(crate) quick: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake repair --dry-run
  edgeledger lake repair --yes && edgeledger ingest s3://logs/cloudfront/ --full

Rebuilds what the rest of the lake tells: lost records come back from commits, from older files
or from the rows themselves; damaged files are taken out. An object that has lost rows loses the
others too and is recorded as vanished: the next `edgeledger ingest --full` reads it again, whole,
if the source still has it. Files of the log that cannot be read are set aside below
_edgeledger/set-aside, not deleted.")]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Only say what would be repaired
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
}
