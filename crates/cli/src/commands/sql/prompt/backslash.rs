//! Commands of the prompt itself.

use std::path::PathBuf;

use clap::ValueEnum;
use edgeledger_query::nearest;

use super::settings::Expanded;
use crate::{args::SqlFormat, exit::UsageError};

/// A command's name, what may follow it, and what it does: the text of `\?`.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    ("\\?", "", "this list"),
    ("\\d", "[NAME]", "tables and views, or the columns of one"),
    ("\\dt", "", "tables"),
    ("\\dv", "", "views, and what each is for"),
    ("\\df", "[PATTERN]", "functions; * stands for anything"),
    ("\\l", "", "named questions, asked as @name month=2026-10"),
    ("\\questions", "", "the same"),
    (
        "\\x",
        "[on|off|auto]",
        "rows as blocks; auto: when the table is too wide",
    ),
    (
        "\\timing",
        "[on|off]",
        "time, and rows and bytes read, after each answer",
    ),
    ("\\limit", "[N|off]", "rows shown at most"),
    (
        "\\format",
        "[NAME]",
        "table, csv, json, ndjson, markdown or parquet",
    ),
    (
        "\\o",
        "[FILE]",
        "write answers to a file; without FILE back to the terminal",
    ),
    (
        "\\pager",
        "[on|off]",
        "show answers taller than the terminal with $PAGER or less",
    ),
    ("\\q", "", "quit, as Ctrl-D does"),
];

/// What a line asks of the prompt itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Relations,
    Describe(String),
    Tables,
    Views,
    Functions(Option<String>),
    Questions,
    /// `None` turns it over; so it is with all settings of on and off.
    Expanded(Option<Expanded>),
    Timing(Option<bool>),
    /// `None` asks; 0 is no limit.
    Limit(Option<usize>),
    /// `None` asks.
    Format(Option<SqlFormat>),
    Out(Option<PathBuf>),
    Pager(Option<bool>),
    Quit,
}

/// Whether a text is for the prompt and not for the engine.
pub(super) fn is_command(text: &str) -> bool {
    text.starts_with('\\') || word(text).is_some()
}

/// The commands that are words, for those who do not know the others yet.
fn word(text: &str) -> Option<Command> {
    let text = text.trim_end_matches(';').trim_end();
    let is = |wanted: &[&str]| wanted.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["quit", "exit"]) {
        Some(Command::Quit)
    } else if is(&["help"]) {
        Some(Command::Help)
    } else {
        None
    }
}

/// Whether a file is named at the end of a line.
pub(super) fn names_a_file(line: &str) -> bool {
    line.trim_start().starts_with("\\o ")
}

/// Reads a command.
pub(super) fn parse(text: &str) -> Result<Command, UsageError> {
    if let Some(command) = word(text) {
        return Ok(command);
    }
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    // Only file names may hold a `;`, and hardly one ends with it.
    let name = name.trim_end_matches(';');
    let argument = Some(rest.trim_end_matches(';').trim_end()).filter(|text| !text.is_empty());
    let takes = COMMANDS.iter().find(|(known, _, _)| *known == name);
    if let (Some((_, "", _)), Some(argument)) = (takes, argument) {
        let error = UsageError::new(format!("`{name}` takes nothing, but got `{argument}`"));
        return Err(error.with_hint("one command a line; \\? lists them"));
    }
    let owned = argument.map(str::to_owned);
    Ok(match name {
        "\\?" => Command::Help,
        "\\d" => owned.map_or(Command::Relations, Command::Describe),
        "\\dt" => Command::Tables,
        "\\dv" => Command::Views,
        "\\df" => Command::Functions(owned),
        "\\l" | "\\questions" => Command::Questions,
        "\\x" => Command::Expanded(match argument {
            Some("auto") => Some(Expanded::Auto),
            Some(text) => Some(if switch(name, text, "on, off or auto")? {
                Expanded::On
            } else {
                Expanded::Off
            }),
            None => None,
        }),
        "\\timing" => Command::Timing(switched(name, argument)?),
        "\\pager" => Command::Pager(switched(name, argument)?),
        "\\limit" => Command::Limit(argument.map(limit).transpose()?),
        "\\format" => Command::Format(argument.map(format).transpose()?),
        "\\o" => Command::Out(
            Some(rest)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
        ),
        "\\q" => Command::Quit,
        _ => return Err(unknown(name)),
    })
}

fn switched(name: &str, argument: Option<&str>) -> Result<Option<bool>, UsageError> {
    let switched = argument.map(|text| switch(name, text, "on or off"));
    switched.transpose()
}

fn switch(name: &str, text: &str, known: &str) -> Result<bool, UsageError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => {
            let error = UsageError::new(format!("`{name}` does not know `{text}`"));
            Err(error.with_hint(format!("it takes {known}")))
        }
    }
}

fn limit(text: &str) -> Result<usize, UsageError> {
    if text == "off" {
        return Ok(0);
    }
    match text.parse() {
        Ok(rows) if rows > 0 => Ok(rows),
        _ => {
            let error = UsageError::new(format!("`{text}` is no number of rows"));
            Err(error.with_hint("\\limit takes a number such as 5000, or off"))
        }
    }
}

fn format(text: &str) -> Result<SqlFormat, UsageError> {
    SqlFormat::from_str(text, true).map_err(|_| {
        let error = UsageError::new(format!("there is no format `{text}`"));
        let close = nearest(text, formats());
        error.with_hint(close.unwrap_or_else(|| format!("formats: {}", formats().join(", "))))
    })
}

/// The names of all formats.
pub(super) fn formats() -> Vec<String> {
    let formats = SqlFormat::value_variants().iter();
    formats.map(|format| format_name(*format)).collect()
}

/// The name of a format.
pub(super) fn format_name(format: SqlFormat) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn unknown(name: &str) -> UsageError {
    let error = UsageError::new(format!("there is no command `{name}`"));
    let known = COMMANDS.iter().map(|(name, _, _)| (*name).to_owned());
    let close = nearest(name, known.collect());
    let close = close.map_or_else(String::new, |close| format!("{close} "));
    error.with_hint(format!("{close}\\? lists all commands"))
}

/// The text of `\?`.
pub(super) fn help() -> String {
    let mut text = String::from(
        "A statement ends with ; and may have many lines. TAB completes; Ctrl-R searches the \
         history;\nCtrl-C drops the line, or cancels the query that runs; Ctrl-D ends the prompt.\n\n",
    );
    for (name, argument, meaning) in COMMANDS {
        let call = format!("{name} {argument}");
        text.push_str(&line(&call, meaning));
    }
    text
}

fn line(call: &str, meaning: &str) -> String {
    format!("  {call:<18} {meaning}\n")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{COMMANDS, Command, Expanded, help, parse};
    use crate::args::SqlFormat;

    #[test]
    fn every_command() {
        for (text, command) in [
            ("\\?", Command::Help),
            ("help;", Command::Help),
            ("\\d", Command::Relations),
            ("\\d  requests ;", Command::Describe("requests".to_owned())),
            ("\\dt", Command::Tables),
            ("\\dv;", Command::Views),
            ("\\df", Command::Functions(None)),
            (
                "\\df *decode*",
                Command::Functions(Some("*decode*".to_owned())),
            ),
            ("\\l", Command::Questions),
            ("\\questions", Command::Questions),
            ("\\x", Command::Expanded(None)),
            ("\\x on", Command::Expanded(Some(Expanded::On))),
            ("\\x off", Command::Expanded(Some(Expanded::Off))),
            ("\\x auto", Command::Expanded(Some(Expanded::Auto))),
            ("\\timing", Command::Timing(None)),
            ("\\timing on", Command::Timing(Some(true))),
            ("\\limit", Command::Limit(None)),
            ("\\limit 50", Command::Limit(Some(50))),
            ("\\limit off", Command::Limit(Some(0))),
            ("\\format csv", Command::Format(Some(SqlFormat::Csv))),
            ("\\o", Command::Out(None)),
            (
                "\\o a b;c.csv",
                Command::Out(Some(PathBuf::from("a b;c.csv"))),
            ),
            ("\\pager off", Command::Pager(Some(false))),
            ("\\q", Command::Quit),
            ("EXIT", Command::Quit),
        ] {
            assert_eq!(parse(text).unwrap(), command, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_right() {
        for (text, message, hint) in [
            (
                "\\timng",
                "there is no command `\\timng`",
                "did you mean `\\timing`",
            ),
            ("\\w", "there is no command `\\w`", "\\? lists all commands"),
            (
                "\\x maybe",
                "`\\x` does not know `maybe`",
                "on, off or auto",
            ),
            (
                "\\format jsn",
                "there is no format `jsn`",
                "did you mean `json`",
            ),
            ("\\limit 0", "`0` is no number of rows", "5000"),
            (
                "\\dt a",
                "`\\dt` takes nothing, but got `a`",
                "\\? lists them",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.message, message);
            let said = error.hint.unwrap();
            assert!(said.contains(hint), "{text}: {said}");
        }
    }

    #[test]
    fn the_help_lists_every_command_that_is_read() {
        for (name, _, meaning) in COMMANDS {
            assert!(parse(name).is_ok(), "{name}");
            assert!(help().contains(meaning), "{name}");
        }
    }
}
