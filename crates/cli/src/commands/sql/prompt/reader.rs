//! Reads statements from the terminal, in a thread of its own: the line editor blocks.

use std::{borrow::Cow, path::PathBuf, sync::mpsc, thread};

use anyhow::Context as _;
use rustyline::{
    Config, Context, Editor, Helper,
    completion::{Completer, FilenameCompleter, Pair},
    config::{BellStyle, CompletionType},
    error::ReadlineError,
    highlight::Highlighter,
    hint::{Hint, Hinter},
    history::FileHistory,
    validate::{ValidationContext, ValidationResult, Validator},
};
use tokio::sync::mpsc as answers;

use super::{
    backslash,
    complete::{Names, complete},
    environment::make_history,
};
use crate::{commands::sql::statements::split, progress::say};

const PROMPT: &str = "edgeledger> ";
/// Statements that the history keeps.
const KEPT: usize = 5_000;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Statements or a command.
    Text(String),
    /// Ctrl-C: the line is dropped.
    Interrupted,
    /// Ctrl-D: the prompt ends.
    End,
}

/// The size of the terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The editor's thread. It ends when this is dropped.
pub(super) struct Reader {
    ask: mpsc::Sender<()>,
    answers: answers::Receiver<anyhow::Result<(Read, Screen)>>,
}

impl Reader {
    pub(super) fn new<N: Names + Send + 'static>(
        names: N,
        history: Option<PathBuf>,
        no_color: bool,
    ) -> Self {
        let (ask, asked) = mpsc::channel();
        let (answer, answers) = answers::channel(1);
        thread::spawn(move || {
            let mut lines = Lines::new(names, history, no_color);
            while asked.recv().is_ok() {
                let read = match &mut lines {
                    Ok(lines) => lines.next(),
                    Err(error) => Err(anyhow::anyhow!("{error:#}")),
                };
                if answer.blocking_send(read).is_err() {
                    break;
                }
            }
        });
        Self { ask, answers }
    }

    /// Asks for the next statements.
    pub(super) async fn next(&mut self) -> anyhow::Result<(Read, Screen)> {
        self.ask.send(()).context("the line editor broke")?;
        let read = self.answers.recv().await;
        read.context("the line editor broke")?
    }
}

struct Lines<N: Names> {
    editor: Editor<Helping<N>, FileHistory>,
    history: Option<PathBuf>,
}

impl<N: Names> Lines<N> {
    fn new(names: N, history: Option<PathBuf>, no_color: bool) -> anyhow::Result<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .bell_style(BellStyle::None)
            .history_ignore_space(true)
            .max_history_size(KEPT)?
            .build();
        let mut editor = Editor::with_config(config).context("cannot use the terminal")?;
        editor.set_helper(Some(Helping {
            names,
            files: FilenameCompleter::new(),
            no_color,
        }));
        let mut lines = Self { editor, history };
        if let Err(error) = lines.load() {
            say(&format!("going on without a history: {error:#}"));
            lines.history = None;
        }
        Ok(lines)
    }

    fn load(&mut self) -> anyhow::Result<()> {
        let Some(path) = &self.history else {
            return Ok(());
        };
        let failed = || format!("cannot use `{}`", path.display());
        make_history(path).with_context(failed)?;
        self.editor.load_history(path).with_context(failed)
    }

    fn next(&mut self) -> anyhow::Result<(Read, Screen)> {
        let read = match self.editor.readline(PROMPT) {
            Ok(text) => {
                self.remember(&text);
                Read::Text(text)
            }
            Err(ReadlineError::Interrupted) => Read::Interrupted,
            Err(ReadlineError::Eof) => Read::End,
            Err(error) => return Err(error).context("cannot read from the terminal"),
        };
        let (columns, rows) = self.editor.dimensions().unwrap_or((80, 24));
        let screen = Screen {
            columns: usize::from(columns),
            rows: usize::from(rows),
        };
        Ok((read, screen))
    }

    fn remember(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let kept = self.editor.add_history_entry(text.trim_end());
        let (Ok(true), Some(path)) = (kept, &self.history) else {
            return;
        };
        if let Err(error) = self.editor.append_history(path) {
            say(&format!("cannot write the history: {error}"));
            self.history = None;
        }
    }
}

/// What helps while a line is typed.
struct Helping<N> {
    names: N,
    files: FilenameCompleter,
    no_color: bool,
}

impl<N: Names> Helper for Helping<N> {}

impl<N: Names> Completer for Helping<N> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        if backslash::names_a_file(line) {
            return self.files.complete(line, pos, context);
        }
        let (start, words) = complete(line, pos, &self.names);
        let pairs = words.into_iter().map(|word| Pair {
            display: word.clone(),
            replacement: word,
        });
        Ok((start, pairs.collect()))
    }
}

/// Says on an empty new line that the statement goes on.
struct Cue(String);

impl Hint for Cue {
    fn display(&self) -> &str {
        &self.0
    }

    /// It is never taken over into the line.
    fn completion(&self) -> Option<&str> {
        None
    }
}

impl<N: Names> Hinter for Helping<N> {
    type Hint = Cue;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Cue> {
        let is_new_line = pos == line.len() && line.ends_with('\n');
        is_new_line.then(|| {
            let split = split(line);
            Cue(match split.open {
                Some(open) => format!("   -> {} is still open", open.mark()),
                None => "   -> a statement ends with ;".to_owned(),
            })
        })
    }
}

impl<N: Names> Highlighter for Helping<N> {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.no_color {
            Cow::Borrowed(hint)
        } else {
            Cow::Owned(format!("\u{1b}[2m{hint}\u{1b}[0m"))
        }
    }
}

impl<N: Names> Validator for Helping<N> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

/// Whether a text can be run as it is. Commands and named questions are one line.
fn is_complete(text: &str) -> bool {
    let text = text.trim();
    if backslash::is_command(text) || (text.starts_with('@') && !text.contains('\n')) {
        return true;
    }
    split(text).rest.is_none()
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn statements_end_with_a_semicolon_and_commands_with_the_line() {
        for complete in [
            "",
            "SELECT 1;",
            "SELECT 1; -- done",
            "SELECT ';';",
            "\\d requests",
            " \\q",
            "exit",
            "quit",
            "help",
            "@top-paths rows=5",
            "-- nothing",
        ] {
            assert!(is_complete(complete), "{complete}");
        }
        for open in [
            "SELECT 1",
            "SELECT ';",
            "SELECT 1; SELECT 2",
            "/* a",
            "SELECT 1 -- ;",
        ] {
            assert!(!is_complete(open), "{open}");
        }
    }
}
