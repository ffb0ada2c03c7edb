//! How long a lake takes to answer six questions about a month:
//! `cargo bench -p edgeledger --bench queries -- [LAKE]`.
//!
//! LAKE is a folder; without it the sample logs are read into a temporary lake some times over.
//! One process, as many threads as `--threads` says (2); each question is asked once cold, then
//! `--reps` times (5). Prints JSON: median, least and first milliseconds, and the mean of the
//! processor's. `--only Q1` asks some of them. `--answers FILE` also writes the rows, so that another engine can be held to
//! them; `--month` and `--distribution` say what is asked about.
#![expect(clippy::print_stdout, reason = "the result of a benchmark")]

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use anyhow::{Context, bail};
use arrow::{json::ArrayWriter, record_batch::RecordBatch};
use edgeledger_ingest::{Durability, Storage};
use edgeledger_lake::Lake;
use edgeledger_query::{Session, Settings};
use edgeledger_rates::{Month, PriceBook};
use serde_json::{Value, json};

mod support;

/// Name, question. `{month}` becomes the month's days, `{distribution}` the distribution asked for.
const QUESTIONS: [(&str, &str); 8] = [
    (
        "Q1 month per distribution",
        "SELECT distribution, count(*) AS n, sum(response_bytes) AS b,
            CAST(sum(CASE WHEN result_type IN ('RefreshHit', 'Hit') THEN 1 ELSE 0 END) AS DOUBLE)
                / count(*) AS hits
        FROM requests WHERE {month} GROUP BY distribution ORDER BY 1",
    ),
    (
        "Q2 bytes per day",
        "SELECT distribution, date, sum(response_bytes) AS b
        FROM requests WHERE {month} GROUP BY distribution, date ORDER BY 1, 2",
    ),
    (
        "Q3 top 20 paths",
        "SELECT path, sum(response_bytes) AS b, count(*) AS n
        FROM requests WHERE {month} AND distribution = '{distribution}'
        GROUP BY path ORDER BY b DESC LIMIT 20",
    ),
    (
        "Q4 bytes per edge prefix",
        // The prefix is cut from some hundred edges, not from every row.
        "SELECT substr(edge_location, 1, 3) AS e, sum(b) AS b, sum(n) AS n
        FROM (
            SELECT edge_location, sum(response_bytes) AS b, count(*) AS n
            FROM requests WHERE {month} GROUP BY edge_location
        ) GROUP BY e ORDER BY 1",
    ),
    (
        "Q5 distinct clients per day",
        "SELECT date, count(DISTINCT client_ip) AS ips
        FROM requests WHERE {month} GROUP BY date ORDER BY 1",
    ),
    (
        "Q6 quantiles of time taken",
        "WITH counted AS (
            SELECT distribution, time_taken_us AS us, count(*) AS n
            FROM requests WHERE {month} AND time_taken_us IS NOT NULL GROUP BY 1, 2
        ), summed AS (
            SELECT distribution, us,
                sum(n) OVER (PARTITION BY distribution ORDER BY us) AS upto,
                sum(n) OVER (PARTITION BY distribution) AS n
            FROM counted
        )
        SELECT distribution,
            min(us) FILTER (WHERE upto * 100 >= n * 50) AS p50,
            min(us) FILTER (WHERE upto * 100 >= n * 95) AS p95,
            min(us) FILTER (WHERE upto * 100 >= n * 99) AS p99
        FROM summed GROUP BY distribution ORDER BY 1",
    ),
    (
        "Q5a distinct clients, about",
        "SELECT date, approx_distinct(client_ip) AS ips
        FROM requests WHERE {month} GROUP BY date ORDER BY 1",
    ),
    (
        "Q1v the view usage",
        "SELECT distribution, sum(requests) AS n, sum(response_bytes) AS b
        FROM usage WHERE month = '{name}' GROUP BY distribution ORDER BY 1",
    ),
];
/// How often the sample logs are read when there is no lake to ask.
const COPIES: usize = 20;

struct Args {
    lake: Option<String>,
    reps: usize,
    threads: usize,
    answers: Option<String>,
    month: Month,
    distribution: Option<String>,
    only: Option<String>,
}

fn args() -> anyhow::Result<Args> {
    let mut args = Args {
        lake: None,
        reps: 5,
        threads: 2,
        answers: None,
        month: "2026-10".parse()?,
        distribution: None,
        only: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        let mut value = || given.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--reps" => args.reps = value()?.parse()?,
            "--threads" => args.threads = value()?.parse()?,
            "--answers" => args.answers = Some(value()?),
            "--month" => args.month = value()?.parse()?,
            "--distribution" => args.distribution = Some(value()?),
            "--only" => args.only = Some(value()?),
            other if other.starts_with('-') => bail!("unknown option `{other}`"),
            _ => args.lake = Some(arg),
        }
    }
    Ok(args)
}

fn main() -> anyhow::Result<()> {
    let args = args()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads)
        .enable_all()
        .build()?;
    runtime.block_on(run(&args))
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let temporary;
    let lake = if let Some(lake) = &args.lake {
        Path::new(lake)
    } else {
        temporary = tempfile::tempdir()?;
        let logs = support::sample_logs(COPIES)?;
        support::ingest(logs.path(), temporary.path()).await?;
        temporary.path()
    };
    let lake = Lake::open(Storage::local(lake, Durability::Temporary)?).await?;
    let session = Session::open(&lake, &PriceBook::builtin()?, &Settings::default()).await?;
    let distribution = match &args.distribution {
        Some(name) => name.clone(),
        None => lake.distributions()?.first().cloned().unwrap_or_default(),
    };
    let month = args.month;
    let days = format!(
        "date >= DATE '{month}-01' AND date < DATE '{}-01'",
        month.next()
    );
    let mut answers = BTreeMap::new();
    let mut times: BTreeMap<&str, (Vec<f64>, Option<f64>)> = BTreeMap::new();
    let chosen = |name: &str| {
        args.only
            .as_ref()
            .is_none_or(|only| name.starts_with(only.as_str()))
    };
    for (name, question) in QUESTIONS.into_iter().filter(|(name, _)| chosen(name)) {
        let sql = question
            .replace("{month}", &days)
            .replace("{name}", &month.to_string())
            .replace("{distribution}", &distribution);
        let (took, cpu) = times.entry(name).or_default();
        let mut before = None;
        for round in 0..=args.reps {
            let start = Instant::now();
            let rows = session.query(&sql).await?;
            took.push(start.elapsed().as_secs_f64() * 1000.0);
            answers.entry(name).or_insert(rows);
            if round == 0 {
                before = support::processor_ms();
            }
        }
        let after = support::processor_ms()
            .zip(before)
            .map(|(after, before)| after - before);
        *cpu = after.map(|ms| ms / f64::from(u32::try_from(args.reps).unwrap_or(u32::MAX)));
    }
    if let Some(path) = &args.answers {
        let rows = answers
            .iter()
            .map(|(name, rows)| Ok(((*name).to_owned(), values(rows)?)))
            .collect::<anyhow::Result<serde_json::Map<_, _>>>()?;
        fs::write(path, Value::Object(rows).to_string())?;
    }
    let lines = times.into_iter().map(|(name, (mut took, cpu))| {
        let first = took.remove(0);
        took.sort_by(f64::total_cmp);
        let tell =
            |ms: Option<&f64>| ms.map_or(Value::Null, |ms| json!((ms * 10.0).round() / 10.0));
        let line = json!({
            "median_ms": tell(took.get(took.len() / 2)),
            "least_ms": tell(took.first()),
            "first_ms": tell(Some(&first)),
            "processor_ms": tell(cpu.as_ref()),
        });
        (name.to_owned(), line)
    });
    println!("{:#}", Value::Object(lines.collect()));
    Ok(())
}

fn values(rows: &[RecordBatch]) -> anyhow::Result<Value> {
    let mut writer = ArrayWriter::new(Vec::new());
    for batch in rows {
        writer.write(batch)?;
    }
    writer.finish()?;
    let text = writer.into_inner();
    Ok(if text.is_empty() {
        json!([])
    } else {
        serde_json::from_slice(&text)?
    })
}
