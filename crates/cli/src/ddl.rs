//! Statements and code that make a lake known to other engines. Pure: a place in, a text out.
//!
//! Every name and place goes through the quoting of its dialect. What an engine needs to be told
//! beforehand stands in comments, which hold nothing but our own words.

use edgeledger_lake::LiveFiles;

use crate::{ddl_args::Engine, exit::UsageError};

/// Where the lake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// An absolute path.
    Folder(String),
    /// `s3://bucket/prefix` without a slash at its end.
    S3(String),
}

impl Place {
    fn root(&self) -> &str {
        match self {
            Self::Folder(root) | Self::S3(root) => root,
        }
    }

    /// Where a table lies.
    fn table(&self, name: &str) -> String {
        format!("{}/{name}", self.root().trim_end_matches('/'))
    }
}

/// The text for `engine`; `files` are to be named one by one.
pub(crate) fn text(
    engine: Engine,
    place: &Place,
    database: &str,
    files: Option<&LiveFiles>,
) -> Result<String, UsageError> {
    let named = [("location", place.root()), ("database", database)];
    for (what, text) in named {
        if text.is_empty() || text.chars().any(char::is_control) {
            let error = format!("a {what} that is empty or has control characters");
            return Err(UsageError::new(format!("cannot print {error}")));
        }
    }
    match (engine, files) {
        (Engine::Athena, _) => athena(place, database),
        (Engine::Duckdb, None) => Ok(duckdb(place, database)),
        (Engine::Duckdb, Some(files)) => duckdb_files(place, database, files),
        (Engine::Spark, _) => Ok(spark(place, database)),
        (Engine::Trino, _) => Ok(trino(place, database)),
        (Engine::Clickhouse, _) => Ok(clickhouse(place, database)),
        (Engine::Polars, _) => polars(place),
        (Engine::Deltalake, _) => deltalake(place),
    }
}

/// Quoted by doubling the quote: standard SQL.
fn doubled(quote: char, text: &str) -> String {
    let twice = format!("{quote}{quote}");
    format!("{quote}{}{quote}", text.replace(quote, &twice))
}

/// Quoted with backslashes, which these dialects take away again.
fn backslashed(quote: char, text: &str) -> String {
    let escaped = text.replace('\\', "\\\\");
    format!(
        "{quote}{}{quote}",
        escaped.replace(quote, &format!("\\{quote}"))
    )
}

/// A literal of Python.
fn python(text: &str) -> String {
    backslashed('"', text)
}

/// The totals, and the same by distribution and month; `month` is the dialect's own.
fn totals(requests: &str, month: &str) -> String {
    format!(
        "\
-- The same as: edgeledger sql \"SELECT count(*) AS requests, sum(response_bytes) AS bytes FROM requests\"
SELECT count(*) AS requests, sum(response_bytes) AS bytes
FROM {requests};

SELECT distribution, {month} AS month, count(*) AS requests, sum(response_bytes) AS bytes
FROM {requests}
GROUP BY 1, 2
ORDER BY 1, 2;
"
    )
}

fn athena(place: &Place, database: &str) -> Result<String, UsageError> {
    let Place::S3(_) = place else {
        let error = UsageError::new("Athena reads S3 only, and this lake is a folder");
        return Err(error.with_hint("give the lake's copy on S3: --lake s3://bucket/prefix"));
    };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !database.chars().all(is_plain) {
        let error = UsageError::new(format!("Athena takes no database `{database}`"));
        return Err(error.with_hint("use a-z, 0-9 and _ in --database"));
    }
    let table = |name: &str| {
        let location = backslashed('\'', &format!("{}/", place.table(name)));
        format!(
            "\
CREATE EXTERNAL TABLE IF NOT EXISTS `{database}`.`{name}`
LOCATION {location}
TBLPROPERTIES ('table_type' = 'DELTA');
"
        )
    };
    Ok(format!(
        "\
-- Amazon Athena, engine version 3: it reads Delta tables itself. Run the statements one by one.
-- Columns and partition columns (distribution, date) come from the tables' own logs.
CREATE DATABASE IF NOT EXISTS `{database}`;

{}
{}
{}",
        table("requests"),
        table("log_files"),
        totals(
            &format!("\"{database}\".\"requests\""),
            "date_format(\"date\", '%Y-%m')"
        )
    ))
}

const NO_GLOB: &str = "\
-- Never read the folder with a glob: it also holds files that are replaced or were never committed.
";

/// How it gets at S3: with the credentials of AWS's own chain.
fn duckdb_s3(place: &Place) -> String {
    match place {
        Place::Folder(_) => String::new(),
        Place::S3(root) => format!(
            "\
INSTALL httpfs;
LOAD httpfs;
INSTALL aws;
LOAD aws;
CREATE OR REPLACE SECRET edgeledger (TYPE s3, PROVIDER credential_chain, SCOPE {});
",
            doubled('\'', root)
        ),
    }
}

fn duckdb(place: &Place, database: &str) -> String {
    let schema = doubled('"', database);
    let s3 = duckdb_s3(place);
    let view = |name: &str| {
        let location = doubled('\'', &place.table(name));
        format!(
            "CREATE OR REPLACE VIEW {schema}.\"{name}\" AS SELECT * FROM delta_scan({location});\n"
        )
    };
    format!(
        "\
-- DuckDB reads Delta tables with its extension `delta`, which INSTALL downloads once.
-- Where it cannot be had: `--engine duckdb --files` names the live files for DuckDB itself, and
-- `--engine deltalake` gives DuckDB the tables through the Python package deltalake.
{NO_GLOB}INSTALL delta;
LOAD delta;
{s3}CREATE SCHEMA IF NOT EXISTS {schema};
{}{}
{}",
        view("requests"),
        view("log_files"),
        totals(
            &format!("{schema}.\"requests\""),
            "strftime(\"date\", '%Y-%m')"
        )
    )
}

fn duckdb_files(place: &Place, database: &str, files: &LiveFiles) -> Result<String, UsageError> {
    if place.root().contains(['*', '?', '[', '{']) {
        let error = UsageError::new("DuckDB would take the lake's location for a pattern");
        return Err(error.with_hint("move the lake to a place without * ? [ { in its name"));
    }
    if files.requests.is_empty() || files.log_files.is_empty() {
        let error = UsageError::new("the lake has no files yet");
        return Err(error.with_hint("bring logs in with `edgeledger ingest SOURCE`"));
    }
    let schema = doubled('"', database);
    let view = |name: &str, files: &[String], options: &str| {
        let folder = place.table(name);
        let files: Vec<String> = files
            .iter()
            .map(|file| doubled('\'', &format!("{folder}/{file}")))
            .collect();
        format!(
            "CREATE OR REPLACE VIEW {schema}.\"{name}\" AS SELECT * FROM read_parquet([\n  {}\n], {options});\n",
            files.join(",\n  ")
        )
    };
    let s3 = duckdb_s3(place);
    Ok(format!(
        "\
-- DuckDB without its extension `delta`: the live files of the lake as it is now, one by one.
-- Print this again after each ingest, compaction or vacuum: the list is then another.
{NO_GLOB}{s3}CREATE SCHEMA IF NOT EXISTS {schema};
{}{}
{}",
        view(
            "requests",
            &files.requests,
            "hive_partitioning = true, hive_types = {'distribution': VARCHAR, 'date': DATE}, union_by_name = true"
        ),
        view("log_files", &files.log_files, "union_by_name = true"),
        totals(
            &format!("{schema}.\"requests\""),
            "strftime(\"date\", '%Y-%m')"
        )
    ))
}

fn spark(place: &Place, database: &str) -> String {
    let database = doubled('`', database);
    let table = |name: &str| {
        // Open-source Spark knows Amazon's file system as s3a.
        let location = match place {
            Place::Folder(_) => format!("file://{}", place.table(name)),
            Place::S3(_) => place.table(name).replacen("s3://", "s3a://", 1),
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {database}.`{name}` USING DELTA LOCATION {};\n",
            backslashed('\'', &location)
        )
    };
    let hadoop = match place {
        Place::Folder(_) => "",
        Place::S3(_) => {
            "\
-- For S3 add org.apache.hadoop:hadoop-aws of Spark's Hadoop version to --packages.
"
        }
    };
    format!(
        "\
-- Spark reads Delta tables with Delta Lake (Databricks has it). For Spark 4.0:
--   spark-sql --packages io.delta:delta-spark_2.13:4.0.0 \\
--     --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension \\
--     --conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog
{hadoop}-- Columns and partition columns (distribution, date) come from the tables' own logs.
CREATE DATABASE IF NOT EXISTS {database};
{}{}
{}",
        table("requests"),
        table("log_files"),
        totals(
            &format!("{database}.`requests`"),
            "date_format(`date`, 'yyyy-MM')"
        )
    )
}

fn trino(place: &Place, database: &str) -> String {
    let schema = doubled('"', database);
    let location = |name: &str| match place {
        Place::Folder(_) => format!("local://{}", place.table(name)),
        Place::S3(_) => place.table(name),
    };
    let table = |name: &str| {
        format!(
            "\
CALL delta.system.register_table(
  schema_name => {},
  table_name => '{name}',
  table_location => {}
);
",
            doubled('\'', database),
            doubled('\'', &location(name))
        )
    };
    let files = match place {
        Place::Folder(_) => {
            "\
--   fs.native-local.enabled=true
--   local.location=local:///
-- and all nodes see the folder.
"
        }
        Place::S3(_) => {
            "\
--   fs.native-s3.enabled=true
--   s3.region=the bucket's
"
        }
    };
    format!(
        "\
-- Trino reads Delta tables through a catalog with its connector delta_lake, here named `delta`:
--   connector.name=delta_lake
--   delta.register-table-procedure.enabled=true
{files}-- Columns and partition columns (distribution, date) come from the tables' own logs.
CREATE SCHEMA IF NOT EXISTS delta.{schema};
{}{}
{}",
        table("requests"),
        table("log_files"),
        totals(
            &format!("delta.{schema}.\"requests\""),
            "date_format(\"date\", '%Y-%m')"
        )
    )
}

fn clickhouse(place: &Place, database: &str) -> String {
    let database = backslashed('`', database);
    let (engine, told) = match place {
        Place::Folder(_) => (
            "DeltaLakeLocal",
            "\
-- A server reads only below its user_files_path, chdb only below the working folder (start it in
-- the lake's folder or above); clickhouse-local reads everywhere.
",
        ),
        Place::S3(_) => (
            "DeltaLake",
            "\
-- Credentials come from the server's environment, or as DeltaLake(url, 'key id', 'secret').
-- A bucket that is not in us-east-1: https://BUCKET.s3.REGION.amazonaws.com/… instead of s3://BUCKET/…
",
        ),
    };
    let table = |name: &str| {
        let location = backslashed('\'', &format!("{}/", place.table(name)));
        format!("CREATE TABLE IF NOT EXISTS {database}.`{name}` ENGINE = {engine}({location});\n")
    };
    format!(
        "\
-- ClickHouse reads Delta tables itself.
{told}-- Columns and partition columns (distribution, date) come from the tables' own logs.
CREATE DATABASE IF NOT EXISTS {database};
{}{}
{}",
        table("requests"),
        table("log_files"),
        totals(
            &format!("{database}.`requests`"),
            "formatDateTime(date, '%Y-%m')"
        )
    )
}

const PYTHON_S3: &str = "\
# Credentials and region come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and so on.
";

/// The package deltalake takes a percent sign for an escape, whatever it is given.
fn deltalake_reads(place: &Place) -> Result<(), UsageError> {
    if place.root().contains('%') {
        let error =
            UsageError::new("the Python package deltalake reads no place with % in its name");
        return Err(error.with_hint("move the lake, or link to it from a place without"));
    }
    Ok(())
}

fn polars(place: &Place) -> Result<String, UsageError> {
    deltalake_reads(place)?;
    let s3 = match place {
        Place::Folder(_) => "",
        Place::S3(_) => PYTHON_S3,
    };
    // `scan_delta` of Polars 2.1 looks for the escaped names of such places.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/+'".contains(c);
    let (packages, import, scan): (_, _, fn(&str) -> String) = if place
        .root()
        .trim_start_matches("s3://")
        .chars()
        .all(is_plain)
    {
        ("polars deltalake", "", |table| {
            format!("pl.scan_delta({table})")
        })
    } else {
        (
            "polars deltalake pyarrow",
            "\nfrom deltalake import DeltaTable",
            |table| format!("pl.scan_pyarrow_dataset(DeltaTable({table}).to_pyarrow_dataset())"),
        )
    };
    Ok(format!(
        "\
# Polars reads Delta tables with the package deltalake: pip install {packages}
{s3}import polars as pl{import}

requests = {}
log_files = {}

# The same as: edgeledger sql \"SELECT count(*) AS requests, sum(response_bytes) AS bytes FROM requests\"
total = requests.select(pl.len().alias(\"requests\"), pl.col(\"response_bytes\").sum().alias(\"bytes\")).collect()
print(total)

# Filters on the partition columns, distribution and date, leave whole files unread.
by_month = (
    requests.group_by(\"distribution\", pl.col(\"date\").dt.strftime(\"%Y-%m\").alias(\"month\"))
    .agg(pl.len().alias(\"requests\"), pl.col(\"response_bytes\").sum().alias(\"bytes\"))
    .sort(\"distribution\", \"month\")
    .collect()
)
print(by_month)
",
        scan(&python(&place.table("requests"))),
        scan(&python(&place.table("log_files")))
    ))
}

fn deltalake(place: &Place) -> Result<String, UsageError> {
    deltalake_reads(place)?;
    let s3 = match place {
        Place::Folder(_) => "",
        Place::S3(_) => PYTHON_S3,
    };
    Ok(format!(
        "\
# The Delta tables as Arrow datasets, and SQL on them: pip install deltalake pyarrow duckdb
# DuckDB needs none of its extensions for it.
{s3}import duckdb
from deltalake import DeltaTable

requests = DeltaTable({}).to_pyarrow_dataset()
log_files = DeltaTable({}).to_pyarrow_dataset()

# The same as: edgeledger sql \"SELECT count(*) AS requests, sum(response_bytes) AS bytes FROM requests\"
total = duckdb.sql(\"SELECT count(*) AS requests, sum(response_bytes) AS bytes FROM requests\")
print(total)

# Filters on the partition columns, distribution and date, leave whole files unread.
by_month = duckdb.sql(
    \"\"\"
    SELECT distribution, strftime(date, '%Y-%m') AS month, count(*) AS requests, sum(response_bytes) AS bytes
    FROM requests
    GROUP BY 1, 2
    ORDER BY 1, 2
    \"\"\"
)
print(by_month)
",
        python(&place.table("requests")),
        python(&place.table("log_files"))
    ))
}
