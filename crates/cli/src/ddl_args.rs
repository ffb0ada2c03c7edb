//! Arguments of `edgeledger lake ddl`.
//!
//! The doc comments are help texts: what clippy takes for unlinked addresses is what users type.
#![expect(clippy::doc_markdown, reason = "help texts are no Markdown")]

use clap::{Args, ValueEnum};

use crate::args::LakeArg;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger lake ddl --engine duckdb --lake ./lake | duckdb
  edgeledger lake ddl --engine duckdb --files --lake ./lake | duckdb    # without its extension
  edgeledger lake ddl --engine athena --lake s3://lake/cdn --database cdn
  edgeledger lake ddl --engine polars --lake ./lake > totals.py && python3 totals.py

The lake is two Delta tables, `requests` (partitioned by distribution and date) and `log_files`.
What is printed makes both known to the engine and asks for the totals that
  edgeledger sql \"SELECT count(*) AS requests, sum(response_bytes) AS bytes FROM requests\"
gives. Nothing is run and nothing is written; for an s3:// lake nothing is read either, but with
--files. Never read the lake's folders with a glob: they also hold files that are replaced or were
never committed. docs/other-engines.md says more.")]
pub(crate) struct Ddl {
    /// The engine
    #[arg(long, value_enum)]
    pub(crate) engine: Engine,
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Database (schema) that the tables get in engines of SQL
    #[arg(long, value_name = "NAME", default_value = "edgeledger")]
    pub(crate) database: String,
    /// DuckDB: name every live file instead of the Delta table; print it again after each ingest
    #[arg(long)]
    pub(crate) files: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Athena,
    Duckdb,
    Spark,
    Trino,
    Clickhouse,
    Polars,
    /// The Python package deltalake, with pyarrow and DuckDB
    Deltalake,
}
