//! `edgeledger report`.

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use arrow::array::AsArray;
use edgeledger_query::Session;
use edgeledger_rates::Month;
use edgeledger_report::{Format, Scenario};

use crate::{
    access,
    args::{Global, Report, ReportFormat},
    config::Config,
    exit::{Exit, UsageError},
    progress::{now_us, say},
    stdout::Stdout,
};

pub(crate) async fn run(mut args: Report, global: &Global) -> anyhow::Result<Exit> {
    let mut config = Config::load(global, &args.data.logs)?;
    if let Some(allocation) = args.allocation {
        config.query.allocation = allocation.into();
    }
    take_month(&mut args);
    let opened = access::open(&args.data, &config, global).await?;
    let session = opened.session(&config).await?;
    let month = match args.month {
        Some(month) => month,
        None => newest_month(&session).await?,
    };
    let what_if = scenarios(&session, &args.what_if).await?;
    let notes = config.notes();
    let report = edgeledger_report::build(&session, month, notes, what_if.as_deref()).await?;
    match &args.out {
        Some(dir) if dir.to_string_lossy().contains("://") => {
            let error = UsageError::new(format!("`{}` is not a folder", dir.display()));
            return Err(error
                .with_hint("reports are written to local folders")
                .into());
        }
        Some(dir) => {
            let dir = dir.join(month.to_string());
            for (name, text) in edgeledger_report::render_files(&report) {
                write_file(&dir.join(name), &text)?;
            }
            if !global.quiet {
                say(&format!("wrote {}", dir.display()));
            }
        }
        None => {
            let text = match args.format.rendered() {
                Some(format) => edgeledger_report::render(&report, format),
                None => edgeledger_report::focus(&session, month).await?,
            };
            Stdout::new().write_all(text.as_bytes())?;
        }
    }
    Ok(if report.quality.complete {
        Exit::Ok
    } else {
        Exit::Incomplete
    })
}

/// `--what-if 2026-10` asks for no scenario of that name: it is the month.
fn take_month(args: &mut Report) {
    for text in &mut args.what_if {
        if args.month.is_none()
            && let Ok(month) = text.parse()
        {
            args.month = Some(month);
            text.clear();
        }
    }
}

/// The scenarios given; `None` when the chapter is not asked for.
async fn scenarios(session: &Session, given: &[String]) -> anyhow::Result<Option<Vec<Scenario>>> {
    if given.is_empty() {
        return Ok(None);
    }
    let mut scenarios = Vec::new();
    for text in given.iter().filter(|text| !text.is_empty()) {
        let scenario = Scenario::new(session, text).await?;
        if !scenarios.contains(&scenario) {
            scenarios.push(scenario);
        }
    }
    Ok(Some(scenarios))
}

impl ReportFormat {
    /// The renderer of the report; FOCUS rows are not the report, but the bill it expects.
    fn rendered(self) -> Option<Format> {
        match self {
            Self::Text => Some(Format::Text),
            Self::Markdown => Some(Format::Markdown),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Focus => None,
        }
    }
}

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The newest month with requests that is over; a running one only if there is no other.
async fn newest_month(session: &Session) -> anyhow::Result<Month> {
    let mut months = Vec::new();
    for batch in session
        .query("SELECT CAST(month AS VARCHAR) AS month FROM months ORDER BY month")
        .await?
    {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
        for month in column.as_string::<i32>().iter().flatten() {
            months.push(month.parse::<Month>()?);
        }
    }
    let today = jiff::Timestamp::from_microsecond(now_us())?
        .strftime("%Y-%m")
        .to_string()
        .parse::<Month>()?;
    let closed = months.iter().rev().find(|month| **month < today);
    closed
        .or(months.last())
        .copied()
        .ok_or_else(|| UsageError::new("there are no requests to report").into())
}
