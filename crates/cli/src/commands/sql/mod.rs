//! `edgeledger sql`.

mod params;
mod prompt;
mod questions;
mod statements;
mod workers;

use std::{
    collections::BTreeSet,
    fs,
    io::{IsTerminal, Read},
    sync::Arc,
};

use anyhow::Context;
use edgeledger_query::{Limits, Question, Script, Session};
use edgeledger_raw::ExternalLogs;
use edgeledger_report::escape_terminal;

use self::{params::Given, workers::Workers};
use crate::{
    access,
    args::Global,
    config::Config,
    exit::{Exit, UsageError},
    output::Results,
    paths,
    progress::{count, say},
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

/// Whether the command is to open the prompt.
pub(crate) fn opens_prompt(args: &Sql) -> bool {
    prompt::is_wanted(args)
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
    if opens_prompt(&args) {
        let given = params::given(&args.param)?;
        // Until the prompt is there, Ctrl-C ends the command.
        let open = tokio::select! {
            opened = open(&args, &config, global, None) => opened?,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        };
        prompt::run(open.session.clone(), given, &args, global).await?;
        return Ok(open.say_refused(global));
    }
    let texts = texts(&args, global)?;
    let asked: Vec<Asked> = texts
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
    // A question looks at the months too.
    let is_text = |asked: &Asked| matches!(asked, Asked::Text(_));
    let queries = asked.iter().all(is_text).then(|| texts.join(";\n"));
    let open = open(&args, &config, global, queries.as_deref()).await?;
    let ended = ask(asked, &given, &open.session, &args).await;
    ended.map_err(|error| open.data.cause(error))?;
    Ok(open.say_refused(global))
}

/// What is asked, and what it lives on.
struct Open {
    session: edgeledger_query::Session,
    data: access::Opened,
    /// Tables that statements made of logs.
    external: Option<Arc<ExternalLogs>>,
    /// Removed at the end, with what is left in it.
    _spill: Option<tempfile::TempDir>,
}

/// `queries` are those that will be asked, and all of them, if that is known.
async fn open(
    args: &Sql,
    config: &Config,
    global: &Global,
    queries: Option<&str>,
) -> anyhow::Result<Open> {
    let bill = if args.bill.is_empty() {
        None
    } else {
        Some(super::reconcile::read_bill(&args.bill).await?)
    };
    let data = match queries {
        Some(queries) => access::open_for_queries(&args.data, config, global, queries).await?,
        None => access::open(&args.data, config, global).await?,
    };
    let spill = tempfile::Builder::new()
        .prefix("edgeledger-")
        .tempdir()
        .ok();
    let limits = Limits {
        memory: Some(args.bounds.memory_limit),
        spill: spill.as_ref().map(|dir| dir.path().to_owned()),
        allow_write: args.bounds.allow_write,
    };
    let session = data.session_within(config, &limits).await?;
    if let Some(bill) = bill {
        session.add_bill(bill.table()?).await?;
    }
    let external = limits.allow_write;
    let external = external.then(|| access::allow_external_tables(&session, config));
    Ok(Open {
        session,
        data,
        external: external.transpose()?,
        _spill: spill,
    })
}

impl Open {
    /// Names the log objects that are not in the answers.
    fn say_refused(&self, global: &Global) -> Exit {
        if let Some((read, listed)) = self.data.objects_read()
            && read < listed
            && !global.quiet
        {
            let (read, listed) = (count(read as u64), count(listed as u64));
            say(&format!("{read} of {listed} objects read"));
        }
        let made = self.external.iter().flat_map(|made| made.opened());
        let summaries = self.data.read_so_far().into_iter();
        let mut exit = Exit::Ok;
        for summary in summaries.chain(made.map(|logs| logs.summary())) {
            for (key, reason) in summary.quarantined.iter().chain(&summary.skipped) {
                say(&format!(
                    "left out {}: {}",
                    escape_terminal(key),
                    escape_terminal(reason)
                ));
            }
            if !summary.is_complete() {
                exit = Exit::Incomplete;
            }
        }
        exit
    }
}

/// Asks one after the other.
async fn ask(
    asked: Vec<Asked>,
    given: &Given,
    session: &Session,
    args: &Sql,
) -> anyhow::Result<()> {
    let workers = Workers::new()?;
    let mut results = Results::new(args.out.as_deref(), args.format, args.max_rows);
    for asked in asked {
        let (script, params) = match asked {
            Asked::Question(question) => {
                let (session, given) = (session.clone(), given.clone());
                let sql = question.sql;
                let values = async move { questions::values(&question, &given, &session).await };
                let params = workers.run(args.bounds.timeout, values).await?;
                (Script::parse(sql)?, params)
            }
            Asked::Text(script) => {
                let params = params::of_text(given, &script.params)?;
                (script, params)
            }
        };
        for statement in script.statements {
            let (session, params) = (session.clone(), params.clone());
            let run = async move {
                results.run(&session, statement, &params).await?;
                Ok(results)
            };
            results = workers.run(args.bounds.timeout, run).await?;
        }
    }
    Ok(())
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
