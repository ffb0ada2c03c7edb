//! Verdicts for people.

use edgeledger_report::escape_terminal;

use crate::{
    commands::check::outcome::{Outcome, Outcomes},
    runner::inert,
};

/// Violations shown of a rule.
const SHOWN: usize = 10;

/// One line a rule, and its first violations under it.
pub(super) fn table(outcomes: &Outcomes) -> String {
    let mut lines = Vec::new();
    for rule in &outcomes.rules {
        lines.push(line(rule));
        let shown = rule.findings.iter().take(SHOWN);
        lines.extend(shown.map(|finding| format!("     - {}", plain(&finding.message))));
        if let Some(more) = more(rule, SHOWN) {
            lines.push(format!("     - {more}"));
        }
    }
    lines.push(outcomes.in_a_line());
    lines.push(String::new());
    lines.join("\n")
}

fn line(rule: &Outcome) -> String {
    let (name, summary) = (plain(&rule.rule), plain(&rule.summary));
    format!("{:<4} {name}: {summary}", rule.mark())
}

/// `… and 5 more`, of violations beyond the shown ones.
pub(super) fn more(rule: &Outcome, shown: usize) -> Option<String> {
    let shown = u64::try_from(shown.min(rule.findings.len())).unwrap_or(u64::MAX);
    let more = rule.violations.saturating_sub(shown);
    (more > 0 && rule.is_failed()).then(|| format!("… and {more} more"))
}

/// Text that steers neither a terminal nor GitHub's runner.
pub(super) fn plain(text: &str) -> String {
    inert(&escape_terminal(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::write::tests::{hostile, is_command, lines};

    #[test]
    fn hostile_content_stays_within_its_line() {
        let text = table(&hostile());
        // Five rules, nine violations of three of them, and the last line.
        assert_eq!(text.lines().count(), 5 + 27 + 1, "{text}");
        assert!(lines(&text).all(|line| !is_command(line)), "{text}");
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(
            text.contains("FAIL a, b: c: 7 rows\n     - path /a\\n::set-env"),
            "{text}"
        );
        assert!(text.ends_with("5 rules: 1 passed, 1 error, 1 warning, 1 notice, 1 skipped\n"));
    }

    #[test]
    fn many_violations_are_cut() {
        let mut outcomes = hostile();
        outcomes.rules.truncate(1);
        let rule = &mut outcomes.rules[0];
        rule.violations = 5_000;
        rule.findings = std::iter::repeat_n(rule.findings[0].clone(), 20).collect();
        let text = table(&outcomes);
        assert_eq!(text.lines().count(), 1 + 10 + 1 + 1, "{text}");
        assert!(text.contains("… and 4990 more"), "{text}");
    }
}
