//! The prompt of `edgeledger sql` on a terminal.

mod answer;
mod asking;
mod backslash;
mod complete;
mod describe;
mod environment;
mod names;
mod pager;
mod reader;
mod settings;

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use edgeledger_query::{Script, Session};

use self::{
    answer::{OnScreen, ToFile},
    asking::{Asked, Query, ask},
    backslash::Command,
    environment::Environment,
    names::SessionNames,
    reader::{Read, Reader, Screen},
    settings::{Expanded, Out, Settings},
};
use super::{
    params::{self, Given},
    questions,
    statements::split,
    workers::{Workers, within},
};
use crate::{
    args::{Global, SqlFormat},
    exit::UsageError,
    grid::Grid,
    progress::{count, say},
    sql_args::Sql,
};

/// Whether someone is at a terminal, and has not said what to ask.
pub(super) fn is_wanted(args: &Sql) -> bool {
    let has_text = args.query.is_some() || !args.command.is_empty() || args.file.is_some();
    let has_question = has_text || args.list.is_some() || args.show || args.out.is_some();
    !has_question && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Talks until the user ends it.
pub(super) async fn run(
    session: Session,
    given: Given,
    args: &Sql,
    global: &Global,
) -> anyhow::Result<()> {
    let environment = Environment::read();
    let history = environment.history().filter(|_| !args.prompt.no_history);
    let names = SessionNames::new(session.clone());
    let mut reader = Reader::new(names, history, environment.no_color);
    let mut prompt = Prompt {
        session,
        given,
        settings: Settings::new(args.format, args.max_rows),
        environment,
        timeout: args.bounds.timeout,
        workers: Workers::new()?,
        is_quiet: global.quiet,
    };
    if !global.quiet {
        let version = env!("CARGO_PKG_VERSION");
        say(&format!(
            "EdgeLedger {version}. A statement ends with ; and \\? lists commands, \\q quits."
        ));
    }
    loop {
        let (read, screen) = reader.next().await?;
        let text = match read {
            Read::Text(text) => text,
            Read::Interrupted => continue,
            Read::End => break,
        };
        match prompt.take(text.trim(), screen).await {
            Ok(Next::Go) => {}
            Ok(Next::Quit) => break,
            // An error ends the line, not the prompt.
            Err(error) => crate::tell(&error),
        }
    }
    Ok(())
}

/// What happens after a line.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Go,
    Quit,
}

struct Prompt {
    session: Session,
    /// Values of parameters, from the command line.
    given: Given,
    settings: Settings,
    environment: Environment,
    timeout: Option<Duration>,
    /// What queries run on.
    workers: Workers,
    is_quiet: bool,
}

async fn queries(session: Session, given: Given, text: String) -> anyhow::Result<Vec<Query>> {
    let (script, params) = if let Some(called) = questions::called(&text) {
        let (question, mut own) = called?;
        for param in &question.params {
            if let Some(value) = given.get(param.name) {
                own.entry(param.name.to_owned())
                    .or_insert_with(|| value.clone());
            }
        }
        let params = questions::values(&question, &own, &session).await?;
        (Script::parse(question.sql)?, params)
    } else {
        let script = Script::parse(&text)?;
        let params = params::of_text(&given, &script.params)?;
        (script, params)
    };
    let queries = script.statements.into_iter().map(|statement| Query {
        statement,
        params: params.clone(),
    });
    Ok(queries.collect())
}

impl Prompt {
    async fn take(&mut self, text: &str, screen: Screen) -> anyhow::Result<Next> {
        if backslash::is_command(text) {
            return self.obey(backslash::parse(text)?, screen).await;
        }
        for statement in split(text).all() {
            let Some(queries) = self.queries(statement).await? else {
                say("cancelled");
                return Ok(Next::Go);
            };
            for query in queries {
                let ran = self.run(query, screen).await;
                if !matches!(ran, Ok(true)) {
                    // What was cancelled may go on computing for a while, and would keep the next
                    // query waiting for a thread.
                    self.workers = Workers::new()?;
                }
                if !ran? {
                    return Ok(Next::Go);
                }
            }
        }
        Ok(Next::Go)
    }

    /// What a statement, or the name of a question, stands for; `None` if that was cancelled: a
    /// question looks at the months, which can take as long as a query.
    async fn queries(&self, text: &str) -> anyhow::Result<Option<Vec<Query>>> {
        let queries = queries(self.session.clone(), self.given.clone(), text.to_owned());
        let asked = self.workers.run(self.timeout, queries);
        tokio::select! {
            queries = asked => queries.map(Some),
            _ = tokio::signal::ctrl_c() => Ok(None),
        }
    }

    /// Runs a query; `false` if it was cancelled.
    async fn run(&mut self, query: Query, screen: Screen) -> anyhow::Result<bool> {
        let threads = self.workers.handle()?;
        let format = self.settings.format;
        let Some(out) = &mut self.settings.out else {
            if format == SqlFormat::Parquet {
                let error = UsageError::new("Parquet is not for a terminal");
                return Err(error.with_hint("write it to a file: \\o FILE").into());
            }
            let mut rows = OnScreen::new(format, self.settings.limit);
            let asked = ask(threads, &self.session, query, &mut rows, self.is_quiet);
            let asked = within(self.timeout, asked).await?;
            let Some(end) = self.end(&asked, rows.count()) else {
                return Ok(false);
            };
            let text = rows.shown(&self.settings, screen, &end)?;
            self.show(text, screen).await?;
            return Ok(true);
        };
        let mut rows = ToFile::new(out, format);
        let asked = ask(threads, &self.session, query, &mut rows, self.is_quiet);
        let asked = within(self.timeout, asked).await;
        let n_rows = if matches!(asked, Ok(Asked::Done(..))) {
            rows.finish()?
        } else {
            if rows.undo() {
                out.undo()?;
            }
            0
        };
        let asked = asked?;
        let path = out.path.display().to_string();
        let Some(end) = self.end(&asked, n_rows) else {
            return Ok(false);
        };
        say(&format!("{end} to {path}"));
        Ok(true)
    }

    /// The footer of an answer; `None` if there is none.
    fn end(&self, asked: &Asked, n_rows: usize) -> Option<String> {
        let Asked::Done(time, scanned) = asked else {
            say("cancelled");
            return None;
        };
        let mut text = format!("{} row{}", count(n_rows as u64), plural(n_rows));
        if self.settings.timing {
            text.push_str(", ");
            text.push_str(&asking::seconds(*time));
            if let Some(read) = asking::read(*scanned) {
                text.push_str("; ");
                text.push_str(&read);
            }
        }
        Some(text)
    }

    async fn obey(&mut self, command: Command, screen: Screen) -> anyhow::Result<Next> {
        let settings = &mut self.settings;
        match command {
            Command::Quit => return Ok(Next::Quit),
            Command::Help => self.show(backslash::help(), screen).await?,
            Command::Relations => {
                let all = describe::relations(&self.session, |_| true);
                self.list(&all, "", screen).await?;
            }
            Command::Tables => {
                let tables = describe::relations(&self.session, |relation| !relation.is_view);
                self.list(&tables, "", screen).await?;
            }
            Command::Views => {
                let views = describe::relations(&self.session, |relation| relation.is_view);
                self.list(&views, "", screen).await?;
            }
            Command::Describe(name) => {
                let (columns, about) = describe::columns(&self.session, &name).await?;
                self.list(&columns, &about, screen).await?;
            }
            Command::Functions(pattern) => {
                let functions = describe::functions(&self.session, pattern.as_deref());
                self.list(&functions, "", screen).await?;
            }
            Command::Questions => {
                let questions = describe::questions();
                self.list(
                    &questions,
                    "ask one with @name, or @name month=2026-10\n",
                    screen,
                )
                .await?;
            }
            Command::Expanded(to) => {
                settings.expanded = to.unwrap_or(match settings.expanded {
                    Expanded::Off => Expanded::On,
                    Expanded::On | Expanded::Auto => Expanded::Off,
                });
                say(&format!("rows as blocks: {}", settings.expanded.as_str()));
            }
            Command::Timing(to) => {
                settings.timing = to.unwrap_or(!settings.timing);
                say(&format!("timing: {}", on_or_off(settings.timing)));
            }
            Command::Pager(to) => {
                settings.pager = to.unwrap_or(!settings.pager);
                say(&format!("pager: {}", on_or_off(settings.pager)));
            }
            Command::Limit(to) => {
                if let Some(rows) = to {
                    settings.limit = Some(rows).filter(|rows| *rows > 0);
                }
                let limit = settings.limit.map_or_else(
                    || "off".to_owned(),
                    |rows| format!("{} rows", count(rows as u64)),
                );
                say(&format!("limit: {limit}"));
            }
            Command::Format(to) => {
                settings.format = to.unwrap_or(settings.format);
                say(&format!(
                    "format: {}",
                    backslash::format_name(settings.format)
                ));
            }
            Command::Out(to) => self.turn_to(to)?,
        }
        Ok(Next::Go)
    }

    /// Sends answers to a file, or back to the terminal.
    fn turn_to(&mut self, path: Option<PathBuf>) -> anyhow::Result<()> {
        let out = path.map(Out::open).transpose()?;
        say(&match &out {
            Some(out) => format!("answers go to {}", out.path.display()),
            None => "answers go to the terminal".to_owned(),
        });
        self.settings.out = out;
        Ok(())
    }

    /// Shows a list of names.
    async fn list(&self, grid: &Grid, about: &str, screen: Screen) -> anyhow::Result<()> {
        let (table, _) = grid.table(screen.columns);
        let n_rows = grid.len();
        let text = format!(
            "{table}{about}({} row{})\n",
            count(n_rows as u64),
            plural(n_rows)
        );
        self.show(text, screen).await
    }

    async fn show(&self, text: String, screen: Screen) -> anyhow::Result<()> {
        let pager = if self.settings.pager {
            self.environment.pager()
        } else {
            Vec::new()
        };
        pager::show(text, pager, screen).await
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn on_or_off(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}
