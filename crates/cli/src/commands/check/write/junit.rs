//! Verdicts as XML of `JUnit`: one suite, a test case a rule. Warnings and notices are no failures, as
//! they do not change the exit code: they stand in `system-out`.

use edgeledger_report::escape_terminal;

use super::table::more;
use crate::commands::check::outcome::{Outcome, Outcomes, Severity, Status};

/// Violations written of a rule.
const WRITTEN: usize = 100;

pub(super) fn junit(outcomes: &Outcomes) -> String {
    let counts = outcomes.counts();
    let sums = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        counts.rules, counts.errors, counts.skipped
    );
    let mut lines = vec![
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(),
        format!("<testsuites name=\"edgeledger check\" {sums}>"),
        format!("  <testsuite name=\"edgeledger check\" {sums}>"),
    ];
    if let Some(month) = outcomes.taken_month() {
        let month = xml(month);
        lines.push(format!(
            "    <properties><property name=\"compared_month\" value=\"{month}\"/></properties>"
        ));
    }
    for rule in &outcomes.rules {
        lines.extend(case(rule));
    }
    lines.push("  </testsuite>".to_owned());
    lines.push("</testsuites>".to_owned());
    lines.push(String::new());
    lines.join("\n")
}

fn case(rule: &Outcome) -> Vec<String> {
    let class = format!("edgeledger.check.{}", rule.kind.as_str());
    let open = format!(
        "    <testcase classname=\"{class}\" name=\"{}\"",
        xml(&rule.rule)
    );
    let summary = xml(&rule.summary);
    let inner = match (rule.status, rule.severity) {
        (Status::Passed, _) => format!("      <system-out>{summary}</system-out>"),
        (Status::Skipped, _) => format!("      <skipped message=\"{summary}\"/>"),
        (Status::Failed, Severity::Error) => {
            let text = violations(rule);
            format!("      <failure type=\"error\" message=\"{summary}\">{text}</failure>")
        }
        (Status::Failed, severity) => {
            let (word, text) = (severity.as_str(), violations(rule));
            format!("      <system-out>{word}: {summary}\n{text}</system-out>")
        }
    };
    vec![format!("{open}>"), inner, "    </testcase>".to_owned()]
}

/// A line a violation.
fn violations(rule: &Outcome) -> String {
    let shown = rule.findings.iter().take(WRITTEN);
    let mut lines: Vec<String> = shown
        .map(|finding| format!("- {}", xml(&finding.message)))
        .collect();
    lines.extend(more(rule, WRITTEN).map(|more| format!("- {more}")));
    lines.join("\n")
}

/// Text between tags or in quotes. Characters that XML forbids even as references are spelled out,
/// and nothing begins a line or a command of GitHub's runner.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape_terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '[' => out.push_str("&#91;"),
            '\u{fffe}' => out.push_str("\\u{fffe}"),
            '\u{ffff}' => out.push_str("\\u{ffff}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::write::tests::{hostile, is_command, lines};

    #[test]
    fn hostile_content_stays_text() {
        let text = junit(&hostile());
        assert!(lines(&text).all(|line| !is_command(line)), "{text}");
        // The characters that XML 1.0 allows, section 2.2.
        let is_char = |c: char| {
            matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
                || c >= '\u{10000}'
        };
        assert!(text.chars().all(is_char), "{text:?}");
        assert_eq!(text.matches("<script").count(), 0);
        assert_eq!(text.matches("<testcase ").count(), 5);
        assert!(
            text.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\""),
            "{text}"
        );
    }
}
