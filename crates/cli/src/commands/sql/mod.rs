//! `edgeledger sql`.

mod params;
mod questions;

use std::{
    collections::BTreeSet,
    fs,
    io::{IsTerminal, Read},
    time::Duration,
};

use anyhow::Context;
use edgeledger_query::{Limits, Question, Script};
use edgeledger_report::escape_terminal;

use self::params::Given;
use crate::{
    access,
    args::Global,
    config::Config,
    exit::{Exit, UsageError},
    output::Results,
    paths,
    progress::say,
    sql_args::Sql,
};

/// What is asked.
enum Asked {
    Question(Question),
    Text(Script),
}

impl Asked {
    fn of(text: &str) -> anyhow::Result<Self> {
        if let Some(name) = questions::name(text) {
            return Ok(Self::Question(questions::find(name)?));
        }
        let script = Script::parse(text)?;
        if script.statements.is_empty() {
            let error = UsageError::new("there is no query");
            let hint = "give one, or the @name of a question: `edgeledger sql --list` shows them";
            return Err(error.with_hint(hint).into());
        }
        Ok(Self::Text(script))
    }

    /// Names of its parameters.
    fn params(&self) -> BTreeSet<String> {
        match self {
            Self::Question(question) => {
                let params = question.params.iter();
                params.map(|param| param.name.to_owned()).collect()
            }
            Self::Text(script) => script.params.clone(),
        }
    }
}

pub(crate) async fn run(args: Sql, global: &Global) -> anyhow::Result<Exit> {
    if let Some(name) = &args.list {
        match name.as_str() {
            "" => questions::list(args.format)?,
            name => questions::show(&questions::find(name)?)?,
        }
        return Ok(Exit::Ok);
    }
    if args.show {
        return show(&args);
    }
    let config = Config::load(global, &args.data.logs)?;
    let asked = texts(&args, global)?;
    let asked: Vec<Asked> = asked
        .iter()
        .map(|text| Asked::of(text))
        .collect::<anyhow::Result<_>>()?;
    let given = params::given(&args.param)?;
    params::check(&given, &asked.iter().flat_map(Asked::params).collect())?;
    for asked in &asked {
        if let Asked::Text(script) = asked {
            params::of_text(&given, &script.params)?;
        }
    }
    let bill = if args.bill.is_empty() {
        None
    } else {
        Some(super::reconcile::read_bill(&args.bill).await?)
    };
    let opened = access::open(&args.data, &config, global).await?;
    // Removed at the end, with what is left in it.
    let spill = tempfile::Builder::new().prefix("edgeledger-").tempdir();
    let limits = Limits {
        memory: Some(args.bounds.memory_limit),
        spill: spill.as_ref().ok().map(|dir| dir.path().to_owned()),
        allow_write: args.bounds.allow_write,
    };
    let session = opened.session_within(&config, &limits).await?;
    if let Some(bill) = bill {
        session.add_bill(bill.table()?).await?;
    }
    ask(asked, &given, &session, &args).await?;
    let Some(summary) = &opened.ingested else {
        return Ok(Exit::Ok);
    };
    let refused = summary.quarantined.iter().chain(&summary.skipped);
    for (key, reason) in refused {
        say(&format!(
            "left out {}: {}",
            escape_terminal(key),
            escape_terminal(reason)
        ));
    }
    Ok(if summary.is_complete() {
        Exit::Ok
    } else {
        Exit::Incomplete
    })
}

/// Asks one after the other.
async fn ask(
    asked: Vec<Asked>,
    given: &Given,
    session: &edgeledger_query::Session,
    args: &Sql,
) -> anyhow::Result<()> {
    let mut results = Results::new(args.out.as_deref(), args.format, args.max_rows);
    for asked in asked {
        let (script, params) = match asked {
            Asked::Question(question) => {
                let params = questions::values(&question, given, session).await?;
                (Script::parse(question.sql)?, params)
            }
            Asked::Text(script) => {
                let params = params::of_text(given, &script.params)?;
                (script, params)
            }
        };
        for statement in script.statements {
            let run = results.run(session, statement, &params);
            within(args.bounds.timeout, run).await?;
        }
    }
    Ok(())
}

/// A statement took too long.
#[derive(Debug, thiserror::Error)]
#[error("the statement was cancelled after {} s (--timeout)", .0.as_secs())]
struct TimedOut(Duration);

/// What is dropped is cancelled.
async fn within(
    timeout: Option<Duration>,
    run: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, run)
            .await
            .map_err(|_| TimedOut(timeout))?,
        None => run.await,
    }
}

fn show(args: &Sql) -> anyhow::Result<Exit> {
    let name = args.query.as_deref().and_then(questions::name);
    let name = name.ok_or_else(|| {
        let error = UsageError::new("only questions with names are shown");
        error.with_hint("give @NAME: `edgeledger sql --list` shows them")
    })?;
    questions::show(&questions::find(name)?)?;
    Ok(Exit::Ok)
}

/// The texts to run.
fn texts(args: &Sql, global: &Global) -> anyhow::Result<Vec<String>> {
    if let Some(query) = &args.query {
        return Ok(vec![query.clone()]);
    }
    if !args.command.is_empty() {
        return Ok(args.command.clone());
    }
    if let Some(path) = &args.file {
        let text = fs::read_to_string(path).map_err(|error| {
            let hint = paths::nearest(path).filter(|_| !path.exists());
            let error = UsageError::new(format!("cannot read `{}`: {error}", path.display()));
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?;
        return Ok(vec![text]);
    }
    if std::io::stdin().is_terminal() && !global.quiet {
        say("reading the query from stdin; end it with Ctrl-D");
    }
    let mut query = String::new();
    std::io::stdin()
        .read_to_string(&mut query)
        .context("cannot read the query from stdin")?;
    Ok(vec![query])
}
