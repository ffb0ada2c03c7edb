//! What a rule found.

use std::{collections::BTreeMap, fmt::Display};

use serde::{Deserialize, Serialize};

/// How bad it is when a rule fails. Only errors change the exit code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    #[default]
    Error,
    Warning,
    Notice,
}

impl Severity {
    /// The word in rules files, JSON and GitHub's commands.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Passed,
    Failed,
    /// There was nothing to compare with.
    Skipped,
}

/// What kind of rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Builtin,
    Sql,
    Threshold,
    Budget,
    Change,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Sql => "sql",
            Self::Threshold => "threshold",
            Self::Budget => "budget",
            Self::Change => "change",
        }
    }
}

/// Named values of a violating row; no value is NULL.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// One violation. Message and values hold log content as it is: each output escapes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) message: String,
    pub(super) values: Values,
}

/// How many violations of a rule are kept; the others are only counted.
pub(super) const MAX_FINDINGS: usize = 1_000;

/// The verdict on a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Outcome {
    pub(super) rule: String,
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) status: Status,
    /// What was found, and the limit.
    pub(super) summary: String,
    /// All violations.
    pub(super) violations: u64,
    /// The first [`MAX_FINDINGS`] of them.
    pub(super) findings: Vec<Finding>,
}

impl Outcome {
    pub(super) fn is_failed(&self) -> bool {
        self.status == Status::Failed
    }

    /// The word that begins the rule's line.
    pub(super) fn mark(&self) -> &'static str {
        match (self.status, self.severity) {
            (Status::Passed, _) => "ok",
            (Status::Skipped, _) => "skip",
            (Status::Failed, Severity::Error) => "FAIL",
            (Status::Failed, Severity::Warning) => "warn",
            (Status::Failed, Severity::Notice) => "note",
        }
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn several(count: impl Display, word: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {word}{plural}")
}

/// All verdicts of a run.
#[derive(Debug)]
pub(super) struct Outcomes {
    /// The month that was asked for.
    pub(super) month: Option<String>,
    /// The month that was compared, and that `$month` stood for.
    pub(super) compared: Option<String>,
    /// Whether a rule went by that one month.
    pub(super) is_one_month: bool,
    pub(super) rules: Vec<Outcome>,
    pub(super) exit_code: u8,
}

/// How the rules ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) rules: usize,
    pub(super) passed: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notices: usize,
    pub(super) skipped: usize,
}

impl Outcomes {
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts {
            rules: self.rules.len(),
            ..Counts::default()
        };
        for rule in &self.rules {
            let count = match (rule.status, rule.severity) {
                (Status::Passed, _) => &mut counts.passed,
                (Status::Skipped, _) => &mut counts.skipped,
                (Status::Failed, Severity::Error) => &mut counts.errors,
                (Status::Failed, Severity::Warning) => &mut counts.warnings,
                (Status::Failed, Severity::Notice) => &mut counts.notices,
            };
            *count += 1;
        }
        counts
    }

    /// The month that rules took without being asked for one.
    pub(super) fn taken_month(&self) -> Option<&str> {
        let is_taken = self.is_one_month && self.month.is_none();
        self.compared.as_deref().filter(|_| is_taken)
    }

    /// `12 rules: 10 passed, 1 error, 1 warning`.
    pub(super) fn in_a_line(&self) -> String {
        let counts = self.counts();
        let mut parts = vec![format!("{} passed", counts.passed)];
        let failed = [
            (counts.errors, "error"),
            (counts.warnings, "warning"),
            (counts.notices, "notice"),
        ];
        let failed = failed.iter().filter(|(count, _)| *count > 0);
        parts.extend(failed.map(|(count, word)| several(*count, word)));
        if counts.skipped > 0 {
            parts.push(format!("{} skipped", counts.skipped));
        }
        let of = self.taken_month().map_or_else(String::new, |month| {
            format!("; $month and comparisons: {month}")
        });
        format!(
            "{}: {}{of}",
            several(counts.rules, "rule"),
            parts.join(", ")
        )
    }
}
