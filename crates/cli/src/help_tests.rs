//! Every help text teaches: it has examples, and they parse.

use clap::{Command, CommandFactory};

use crate::args::Cli;

/// All commands that do something, with their full names.
fn leaves(command: &Command, name: &str) -> Vec<(String, Command)> {
    let name = format!("{name}{}", command.get_name());
    let subcommands: Vec<&Command> = command.get_subcommands().collect();
    if subcommands.is_empty() {
        return vec![(name, command.clone())];
    }
    let deeper = subcommands.into_iter();
    deeper
        .flat_map(|sub| leaves(sub, &format!("{name} ")))
        .collect()
}

/// The words of the first command of a shell line, up to a pipe, redirection, comment or `&&`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut is_word, mut quote) = (String::new(), false, None);
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => (quote, is_word) = (Some(c), true),
            (Some(open), c) if c == open => quote = None,
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if !is_word => break,
            (None, c) if c.is_whitespace() => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            (_, c) => {
                word.push(c);
                is_word = true;
            }
        }
    }
    if is_word {
        words.push(word);
    }
    words
}

/// The parts of a line that call the command: `a | edgeledger b` has one.
fn calls(line: &str) -> Vec<Vec<String>> {
    let starts = line.match_indices("edgeledger ").map(|(at, _)| at);
    let starts = starts.filter(|at| {
        let before = line.get(..*at).unwrap_or_default().trim_end();
        before.is_empty() || before.ends_with(['|', '&', ';'])
    });
    starts.filter_map(|at| line.get(at..)).map(words).collect()
}

#[test]
fn every_command_has_examples_that_parse() {
    let command = Cli::command();
    let mut n_examples = 0;
    let all: Vec<_> = command
        .get_subcommands()
        .flat_map(|sub| leaves(sub, "edgeledger "))
        .collect();
    assert!(all.len() >= 19, "{}", all.len());
    for (name, command) in all {
        let help = command.get_after_help().or(command.get_after_long_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("Examples:\n"), "{name} has no examples");
        let lines = help.lines().filter(|line| line.starts_with("  "));
        let examples: Vec<_> = lines.flat_map(calls).collect();
        let own = examples
            .iter()
            .filter(|words| words.join(" ").starts_with(&name));
        assert!(own.count() > 0, "{name} has no example of itself");
        for words in examples {
            let parsed = Cli::command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{name}: {words:?}: {}", parsed.unwrap_err());
            n_examples += 1;
        }
    }
    assert!(n_examples >= 50, "{n_examples}");
}

#[test]
fn lines_are_cut_into_words_as_a_shell_does() {
    let line = "echo 'x | y' | edgeledger sql --out \"a b\" \"SELECT '|' > 1\" -c '' | less # z";
    assert_eq!(
        calls(line),
        [[
            "edgeledger",
            "sql",
            "--out",
            "a b",
            "SELECT '|' > 1",
            "-c",
            ""
        ]]
    );
    assert_eq!(calls("edgeledger a && edgeledger b > c").len(), 2);
    assert_eq!(calls("edgeledger a#b # c"), [["edgeledger", "a#b"]]);
    assert!(calls("  see edgeledger rates").is_empty());
}
