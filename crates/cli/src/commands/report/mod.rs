//! `edgeledger report`.

mod out;

use std::{
    io::{IsTerminal, Write},
    sync::Arc,
    time::Instant,
};

use edgeledger_query::Session;
use edgeledger_report::{Format, Paper, Request, Scenario};

use crate::{
    access,
    args::{Global, Report, ReportFormat},
    config::Config,
    exit::{Exit, UsageError},
    months,
    progress::{now_us, say},
    stdout::Stdout,
};

pub(crate) async fn run(mut args: Report, global: &Global) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let mut config = Config::load(global, &args.data.logs)?;
    if let Some(allocation) = args.allocation {
        config.query.allocation = allocation.into();
    }
    take_month(&mut args);
    let opened = access::open(&args.data, &config, global).await?;
    let session = opened.session(&config).await?;
    let notes = config.notes();
    if let Some(from) = args.from {
        let to = match args.to {
            Some(to) => to,
            None => months::newest(&session).await?,
        };
        if to < from {
            let error = UsageError::new(format!("`--from {from}` is after `--to {to}`"));
            return Err(error
                .with_hint("--from is the first month, --to the last")
                .into());
        }
        let mut series = edgeledger_report::series(&session, from, to, notes).await?;
        let exit = if series.incomplete_months.is_empty() {
            Exit::Ok
        } else {
            Exit::Incomplete
        };
        if args.run_info {
            series.notes.push(run_info(started)?);
        }
        let name = format!("{from}_{to}");
        deliver(&series, &name, &args, global, &config).await?;
        return Ok(exit);
    }
    let month = match args.month {
        Some(month) => month,
        None => months::newest(&session).await?,
    };
    if args.format.rendered().is_none() && args.out.is_none() {
        if args.distribution.is_some() {
            let error = UsageError::new("FOCUS rows are of all distributions");
            return Err(error.with_hint("leave --distribution out").into());
        }
        let rows = edgeledger_report::focus(&session, month).await?;
        Stdout::new().write_all(rows.as_bytes())?;
        return Ok(Exit::Ok);
    }
    let what_if = scenarios(&session, &args.what_if).await?;
    let request = Request {
        distribution: args.distribution.as_deref(),
        notes,
        what_if: what_if.as_deref(),
        compare: args.compare,
    };
    let mut report = edgeledger_report::build(&session, month, request).await?;
    if args.run_info {
        report.notes.push(run_info(started)?);
    }
    let name = match &report.distribution {
        // Ids are of letters and digits, and no two are the same.
        Some(id) => format!("{month}-{}", file_name(id)),
        None => month.to_string(),
    };
    deliver(&report, &name, &args, global, &config).await?;
    Ok(if report.quality.complete {
        Exit::Ok
    } else {
        Exit::Incomplete
    })
}

/// Writes a report where it was asked for: into a place with all formats, or to standard output.
async fn deliver(
    paper: &impl Paper,
    name: &str,
    args: &Report,
    global: &Global,
    config: &Config,
) -> anyhow::Result<()> {
    if let Some(place) = &args.out {
        let files = edgeledger_report::render_files(paper)?;
        let aws = Arc::new(config.aws());
        let changed = out::write(place, name, files, args.overwrite, &aws).await?;
        if !global.quiet {
            let done = if changed { "wrote" } else { "nothing new in" };
            say(&format!("{done} {}/{name}", place.trim_end_matches('/')));
        }
        return Ok(());
    }
    let Some(format) = args.format.rendered() else {
        let error = UsageError::new("FOCUS rows are of one month");
        return Err(error.with_hint("leave --from and --to out").into());
    };
    if !args.section.is_empty() {
        if !matches!(format, Format::Text | Format::Markdown | Format::Html) {
            let error = UsageError::new("--section is for text, markdown and html");
            let hint = "the other formats always hold everything";
            return Err(error.with_hint(hint).into());
        }
        let sections = edgeledger_report::render_sections(paper, &args.section, format);
        let sections = sections.map_err(|error| {
            let known = || error.known.iter().map(|name| (*name).to_owned());
            let wrong = args
                .section
                .iter()
                .find(|name| !known().any(|known| known == **name));
            let close = wrong.and_then(|name| edgeledger_query::nearest(name, known().collect()));
            let close = close.map_or_else(String::new, |close| format!("{close} "));
            let hint = format!("{close}sections are {}", error.known.join(", "));
            UsageError::new(error.to_string()).with_hint(hint)
        })?;
        return Ok(Stdout::new().write_all(sections.as_bytes())?);
    }
    if format == Format::Xlsx && std::io::stdout().is_terminal() {
        let error = UsageError::new("a workbook is nothing for a terminal");
        let hint = "redirect it: --format xlsx > report.xlsx";
        return Err(error.with_hint(hint).into());
    }
    let rendered = edgeledger_report::render(paper, format)?;
    Ok(Stdout::new().write_all(&rendered)?)
}

/// When the report was made, and how long that took.
fn run_info(started: Instant) -> anyhow::Result<String> {
    let now = jiff::Timestamp::from_microsecond(now_us())?.strftime("%Y-%m-%d %H:%M UTC");
    let took = started.elapsed().as_millis();
    Ok(format!(
        "made at {now}, in {}.{:03} s",
        took / 1000,
        took % 1000
    ))
}

/// A name as a part of a file's name.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
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
            Self::Html => Some(Format::Html),
            Self::Xlsx => Some(Format::Xlsx),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Focus => None,
        }
    }
}
