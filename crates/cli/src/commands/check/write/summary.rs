//! Verdicts as a job summary: Markdown, appended to a file.

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use edgeledger_report::escape_markdown;

use super::table::more;
use crate::{
    commands::check::outcome::{Outcome, Outcomes},
    progress::say,
};

/// GitHub takes no summary of a step that is larger than 1 MiB.
const MAX_BYTES: usize = 1024 * 1024 - 1;
const CUT: &str = "\n_Cut here: a job summary holds 1 MiB at most. `--format json` has more._\n";

/// Appends the summary to the file, which then stays under 1 MiB.
pub(crate) fn append_summary(outcomes: &Outcomes, path: &Path) -> anyhow::Result<()> {
    let fail = || format!("cannot write the summary `{}`", path.display());
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(fail)?;
    let size = file.metadata().with_context(fail)?.len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let Some(text) = markdown(outcomes, MAX_BYTES.saturating_sub(size)) else {
        say("the job summary is full: nothing was added to it");
        return Ok(());
    };
    file.write_all(text.as_bytes()).with_context(fail)?;
    Ok(())
}

/// The summary in at most `room` bytes, if there is room for any.
fn markdown(outcomes: &Outcomes, room: usize) -> Option<String> {
    let mut text = String::new();
    let room = room.checked_sub(CUT.len())?;
    for line in lines(outcomes) {
        if text.len() + line.len() + 1 > room {
            if text.is_empty() {
                return None;
            }
            text.push_str(CUT);
            return Some(text);
        }
        text.push_str(&line);
        text.push('\n');
    }
    Some(text)
}

fn lines(outcomes: &Outcomes) -> Vec<String> {
    let counts = outcomes.counts();
    let word = match (counts.errors, counts.warnings) {
        (0, 0) => "passed",
        (0, _) => "passed with warnings",
        _ => "failed",
    };
    let month = outcomes.month.as_deref();
    let of = month.map_or_else(String::new, |month| {
        format!(" of {}", escape_markdown(month))
    });
    let mut lines = vec![
        format!("## EdgeLedger check{of}: {word}"),
        String::new(),
        outcomes.in_a_line(),
        String::new(),
        "| | rule | found |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for rule in &outcomes.rules {
        let (name, found) = (escape_markdown(&rule.rule), escape_markdown(&rule.summary));
        lines.push(format!("| {} | {name} | {found} |", rule.mark()));
    }
    for rule in outcomes.rules.iter().filter(|rule| rule.is_failed()) {
        lines.extend(violations(rule));
    }
    lines.push(String::new());
    lines
}

fn violations(rule: &Outcome) -> Vec<String> {
    let name = escape_markdown(&rule.rule);
    let mut lines = vec![
        String::new(),
        format!("### {}: {name}", rule.severity.as_str()),
        String::new(),
    ];
    let findings = rule.findings.iter();
    lines.extend(findings.map(|finding| format!("- {}", escape_markdown(&finding.message))));
    lines.extend(more(rule, usize::MAX).map(|more| format!("- {more}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::write::tests::hostile;

    #[test]
    fn hostile_content_stays_text() {
        let text = markdown(&hostile(), MAX_BYTES).unwrap();
        assert!(
            text.starts_with("## EdgeLedger check of 2026-10: failed\n"),
            "{text}"
        );
        assert!(!text.contains("<script") && !text.contains("<img"));
        // 9 violations of 3 rules.
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("- path "))
                .count(),
            27
        );
        let rows = text.lines().filter(|line| line.starts_with("| "));
        for row in rows {
            assert_eq!(row.matches(" | ").count(), 2, "{row}");
        }
    }

    #[test]
    fn a_long_summary_is_cut_and_says_so() {
        let mut outcomes = hostile();
        let finding = outcomes.rules[0].findings[0].clone();
        outcomes.rules[0].findings = std::iter::repeat_n(finding, 40_000).collect();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.md");
        fs::write(&path, "before\n").unwrap();
        append_summary(&outcomes, &path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.len() < 1 << 20 && text.len() > 1_000_000,
            "{}",
            text.len()
        );
        assert!(text.starts_with("before\n## EdgeLedger") && text.ends_with(CUT));
        append_summary(&outcomes, &path).unwrap();
        append_summary(&outcomes, &path).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
        assert_eq!(markdown(&outcomes, 10), None);
    }
}
