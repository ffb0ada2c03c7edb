//! Verdicts as commands of GitHub's runner, which become annotations.

use edgeledger_report::escape_terminal;

use super::table::plain;
use crate::commands::check::outcome::{Finding, Outcome, Outcomes, Severity};

/// GitHub shows ten annotations of a kind a step, and drops the others.
const MAX_ANNOTATIONS: usize = 10;

/// At most ten annotations, the worst first and each rule's first violation before any second one;
/// when there are more, the tenth says how many others there are.
pub(super) fn github(outcomes: &Outcomes) -> String {
    let failed = outcomes.rules.iter().filter(|rule| rule.is_failed());
    let mut all: Vec<(Severity, usize, &Outcome, &Finding)> = failed
        .flat_map(|rule| {
            let findings = rule.findings.iter().enumerate();
            findings.map(move |(at, finding)| (rule.severity, at, rule, finding))
        })
        .collect();
    // Stable: rules stay in their order.
    all.sort_by_key(|(severity, at, ..)| (*severity, *at));
    let failed = outcomes.rules.iter().filter(|rule| rule.is_failed());
    let violations: u64 = failed.map(|rule| rule.violations).sum();
    let most = u64::try_from(MAX_ANNOTATIONS).unwrap_or(u64::MAX);
    let shown = if violations > most {
        MAX_ANNOTATIONS - 1
    } else {
        MAX_ANNOTATIONS
    };
    let mut lines: Vec<String> = all
        .iter()
        .take(shown)
        .map(|(severity, _, rule, finding)| {
            let message = escape_terminal(&finding.message);
            command(
                *severity,
                &format!("edgeledger check: {}", rule.rule),
                &message,
            )
        })
        .collect();
    if violations > most {
        let left = violations.saturating_sub(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        let worst = all.get(lines.len()).map_or(Severity::Notice, |left| left.0);
        let message = format!(
            "{left} more violations are not shown here ({}): see the job summary, or --format json",
            outcomes.in_a_line()
        );
        lines.push(command(worst, "edgeledger check", &message));
    }
    lines.push(plain(&outcomes.in_a_line()));
    lines.push(String::new());
    lines.join("\n")
}

/// `::error title=…::…`.
fn command(severity: Severity, title: &str, message: &str) -> String {
    format!(
        "::{} title={}::{}",
        severity.as_str(),
        escape_property(&escape_terminal(title)),
        escape_data(message)
    )
}

/// What stands behind the second `::`, as GitHub's toolkit escapes it.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property, as GitHub's toolkit escapes it.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::write::tests::{hostile, is_command, lines};

    type Command = (String, Vec<(String, String)>, String);

    /// A command as GitHub's runner reads it (actions/runner, `ActionCommand.TryParseV2`): name,
    /// properties and data, each with its escapes undone.
    fn parse(line: &str) -> Option<Command> {
        let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let undo = |text: &str, marks: &[(&str, &str)]| {
            let undo = |text: String, (mark, c): &(&str, &str)| text.replace(mark, c);
            marks.iter().fold(text.to_owned(), undo)
        };
        let (cr, lf, percent) = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"));
        let properties = properties.split(',').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let value = undo(value, &[cr, lf, ("%3A", ":"), ("%2C", ","), percent]);
            Some((name.to_owned(), value))
        });
        Some((
            name.to_owned(),
            properties.collect(),
            undo(data, &[cr, lf, percent]),
        ))
    }

    #[test]
    fn escapes_are_those_of_the_toolkit() {
        // The cases of the toolkit's own tests (packages/core/__tests__/command.test.ts).
        assert_eq!(
            escape_data("percent % percent % cr \r cr \r lf \n lf \n"),
            "percent %25 percent %25 cr %0D cr %0D lf %0A lf %0A"
        );
        assert_eq!(
            escape_property(
                "percent % percent % cr \r cr \r lf \n lf \n colon : colon : comma , comma ,"
            ),
            "percent %25 percent %25 cr %0D cr %0D lf %0A lf %0A colon %3A colon %3A comma %2C comma %2C"
        );
        assert_eq!(escape_data("%25 %0D %0A"), "%2525 %250D %250A");
    }

    #[test]
    fn annotations_are_ten_and_the_worst_come_first() {
        let text = github(&hostile());
        let commands: Vec<_> = lines(&text).filter_map(parse).collect();
        assert_eq!(commands.len(), 10, "{text}");
        assert_eq!(lines(&text).filter(|line| is_command(line)).count(), 10);
        for (name, properties, _) in &commands[..9] {
            assert_eq!(name, "error");
            let title = ("title".to_owned(), "edgeledger check: a, b: c".to_owned());
            assert_eq!(properties, &[title], "{text}");
        }
        let (name, _, data) = &commands[9];
        assert_eq!(name, "warning", "the worst that is left out");
        assert!(
            data.starts_with("18 more violations are not shown here (5 rules: "),
            "{data}"
        );
    }

    #[test]
    fn each_rule_is_shown_before_any_is_twice() {
        let mut outcomes = hostile();
        for rule in &mut outcomes.rules {
            rule.severity = Severity::Warning;
        }
        let text = github(&outcomes);
        let titles: Vec<String> = lines(&text)
            .filter_map(parse)
            .filter_map(|command| command.1.into_iter().next())
            .map(|(_, title)| title.replace("edgeledger check: ", ""))
            .collect();
        assert_eq!(titles[..4], ["a, b: c", "warned", "noted", "a, b: c"]);
    }

    #[test]
    fn messages_come_through_as_one_line_of_text() {
        let text = github(&hostile());
        let data: Vec<String> = lines(&text).filter_map(parse).map(|it| it.2).collect();
        assert_eq!(data[0], "path /a\\n::set-env name=PATH::/tmp");
        assert_eq!(data[4], "path 100%0A::stop-commands::x, title=y:z");
        assert!(
            data.iter().all(|data| !data.contains(['\n', '\r'])),
            "{data:?}"
        );
    }
}
