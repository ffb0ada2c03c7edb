//! The built-in rules: what they are called, and what of them can be tuned.

use std::collections::BTreeMap;

use edgeledger_rates::Decimal;
use serde::Deserialize;

use crate::{
    commands::check::{
        outcome::{Finding, Kind, MAX_FINDINGS, Outcome, Severity, Status, Values},
        template::Template,
    },
    config::closest,
    exit::UsageError,
};

/// A rule that is on without being asked for.
#[derive(Debug)]
pub(super) struct Builtin {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) severity: Severity,
    /// Name and default of each limit; one without a default is off.
    pub(super) limits: &'static [(&'static str, Option<&'static str>)],
    /// What a message can show.
    pub(super) columns: &'static [&'static str],
    pub(super) message: &'static str,
    /// Only with a baseline.
    pub(super) is_drift: bool,
}

const DRIFT_COLUMNS: &[&str] = &[
    "month",
    "distribution",
    "name",
    "now",
    "baseline",
    "change",
    "change_ratio",
    "baseline_month",
];
const DRIFT: Builtin = Builtin {
    name: "",
    about: "",
    severity: Severity::Warning,
    limits: &[],
    columns: DRIFT_COLUMNS,
    message: "",
    is_drift: true,
};

/// All built-in rules, in the order of their verdicts.
pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "rejects",
        about: "share of rows that could not be read",
        severity: Severity::Error,
        limits: &[("max_ratio", Some("0.01"))],
        columns: &["rejected_rows", "rows", "ratio"],
        message: "{rejected_rows} of {rows} rows could not be read",
        is_drift: false,
    },
    Builtin {
        name: "quarantine",
        about: "log objects that could not be read or were gone (exit code 4)",
        severity: Severity::Error,
        limits: &[("max_objects", Some("0"))],
        columns: &["key", "name", "status", "reason", "distribution", "hour"],
        message: "{name}: {reason}",
        is_drift: false,
    },
    Builtin {
        name: "unknown-edges",
        about: "share of a month's requests at edge codes that no list knows",
        severity: Severity::Warning,
        limits: &[("max_share", Some("0.01"))],
        columns: &[
            "month",
            "edge_code",
            "billed_as",
            "requests",
            "response_bytes",
            "share",
        ],
        message: "edge {edge_code} is in no list: {requests} requests of {month}, billed as {billed_as}",
        is_drift: false,
    },
    Builtin {
        name: "hit-ratio",
        about: "hit ratio of each distribution and month",
        severity: Severity::Warning,
        limits: &[("min", Some("0.1")), ("min_requests", Some("1000"))],
        columns: &[
            "month",
            "distribution",
            "name",
            "request_hit_ratio",
            "requests",
        ],
        message: "{name}: hit ratio {request_hit_ratio} in {month}",
        is_drift: false,
    },
    Builtin {
        name: "cost",
        about: "CloudFront cost of each distribution and month (default: the budget of edgeledger.toml)",
        severity: Severity::Error,
        limits: &[("max_usd", None)],
        columns: &["month", "distribution", "name", "cloudfront_usd", "max_usd"],
        message: "{name}: ${cloudfront_usd} in {month}",
        is_drift: false,
    },
    Builtin {
        name: "budget",
        about: "CloudFront cost of each month (default: the budget of edgeledger.toml)",
        severity: Severity::Error,
        limits: &[("max_usd", None)],
        columns: &["month", "cloudfront_usd", "max_usd"],
        message: "${cloudfront_usd} in {month}",
        is_drift: false,
    },
    Builtin {
        name: "unpriced",
        about: "traffic that no price card covers: costs would be too low",
        severity: Severity::Error,
        limits: &[],
        columns: &["month", "side", "item", "region", "unit", "quantity"],
        message: "no price for {item} in {region} ({side}): {quantity} {unit} in {month}",
        is_drift: false,
    },
    Builtin {
        name: "coverage",
        about: "hours in a row without log objects where usually there are some",
        severity: Severity::Warning,
        limits: &[("max_hours", Some("1")), ("usual_share", Some("0.95"))],
        columns: &[
            "month",
            "distribution",
            "name",
            "hours",
            "first_hour",
            "last_hour",
        ],
        message: "{name}: no log objects in {hours} usual hours from {first_hour} to {last_hour}",
        is_drift: false,
    },
    Builtin {
        name: "schema-drift",
        about: "log objects whose columns are not the usual ones, or not the baseline's",
        severity: Severity::Warning,
        limits: &[("max_objects", Some("0"))],
        columns: &[
            "distribution",
            "name",
            "change",
            "columns",
            "objects",
            "first_hour",
            "last_hour",
        ],
        message: "{name}: {change} columns from {first_hour} on (log objects: {objects}): {columns}",
        is_drift: false,
    },
    Builtin {
        name: "egress-drift",
        about: "bytes sent, against the baseline",
        limits: &[
            ("max_increase", Some("0.5")),
            ("max_decrease", Some("0.5")),
            ("absolute", Some("10000000000")),
        ],
        message: "{name}: {now} bytes sent in {month}, {baseline} in the baseline of {baseline_month}",
        ..DRIFT
    },
    Builtin {
        name: "requests-drift",
        about: "requests, against the baseline",
        limits: &[
            ("max_increase", Some("0.5")),
            ("max_decrease", Some("0.5")),
            ("absolute", Some("10000")),
        ],
        message: "{name}: {now} requests in {month}, {baseline} in the baseline of {baseline_month}",
        ..DRIFT
    },
    Builtin {
        name: "hit-ratio-drift",
        about: "hit ratio, against the baseline",
        severity: Severity::Error,
        limits: &[
            ("max_increase", None),
            ("max_decrease", Some("0")),
            ("absolute", Some("0.05")),
        ],
        message: "{name}: hit ratio {now} in {month}, {baseline} in the baseline of {baseline_month}",
        ..DRIFT
    },
    Builtin {
        name: "cost-drift",
        about: "CloudFront cost, against the baseline",
        severity: Severity::Error,
        limits: &[
            ("max_increase", Some("0.25")),
            ("max_decrease", None),
            ("absolute", Some("10")),
        ],
        message: "{name}: ${now} in {month}, ${baseline} in the baseline of {baseline_month}",
        ..DRIFT
    },
];

/// `[builtin.NAME]` of a rules file.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Tuning {
    enabled: Option<bool>,
    severity: Option<Severity>,
    message: Option<String>,
    #[serde(flatten)]
    limits: BTreeMap<String, toml::Value>,
}

impl Tuning {
    /// A tuning of one limit, as older rules files write it.
    pub(super) fn limit(name: &str, limit: Decimal) -> Self {
        Self {
            limits: BTreeMap::from([(name.to_owned(), limit.to_string().into())]),
            ..Self::default()
        }
    }
}

/// A built-in rule as tuned.
#[derive(Debug)]
pub(super) struct Tuned {
    pub(super) builtin: &'static Builtin,
    pub(super) is_enabled: bool,
    pub(super) severity: Severity,
    limits: BTreeMap<&'static str, Decimal>,
    template: Template,
}

impl Tuned {
    /// All built-in rules, as a rules file tunes them.
    pub(super) fn all(tunings: &BTreeMap<String, Tuning>) -> Result<Vec<Self>, UsageError> {
        let names = || BUILTINS.iter().map(|rule| rule.name);
        for name in tunings.keys() {
            if !names().any(|known| known == name) {
                let error = UsageError::new(format!("no built-in rule is called `{name}`"));
                return Err(error.with_hint(match closest(name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`edgeledger check --list-rules` lists them".to_owned(),
                }));
            }
        }
        let none = Tuning::default();
        let rules = BUILTINS.iter();
        rules
            .map(|rule| Self::new(rule, tunings.get(rule.name).unwrap_or(&none)))
            .collect()
    }

    fn new(builtin: &'static Builtin, tuning: &Tuning) -> Result<Self, UsageError> {
        let known = || builtin.limits.iter().map(|(name, _)| *name);
        for name in tuning.limits.keys() {
            if !known().any(|other| other == name) {
                let error = UsageError::new(format!(
                    "the built-in rule `{}` has no setting `{name}`",
                    builtin.name
                ));
                let all = ["enabled", "severity", "message"]
                    .into_iter()
                    .chain(known());
                return Err(error.with_hint(match closest(name, all.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", all.collect::<Vec<_>>().join(", ")),
                }));
            }
        }
        let mut limits = BTreeMap::new();
        for (name, default) in builtin.limits {
            let default = default.and_then(|text| text.parse().ok());
            let limit = match tuning.limits.get(*name) {
                Some(value) => Some(number(builtin.name, name, value)?),
                None => default,
            };
            if let Some(limit) = limit {
                limits.insert(*name, limit);
            }
        }
        let template = Template::parse(tuning.message.as_deref().unwrap_or(builtin.message))?;
        template.check(builtin.columns.iter().copied())?;
        Ok(Self {
            builtin,
            is_enabled: tuning.enabled.unwrap_or(true),
            severity: tuning.severity.unwrap_or(builtin.severity),
            limits,
            template,
        })
    }

    /// Whether it compares with the baseline, and is on.
    pub(super) fn is_drift_on(&self) -> bool {
        self.is_enabled && self.builtin.is_drift
    }

    /// A limit, if it is set.
    pub(super) fn limit(&self, name: &str) -> Option<Decimal> {
        self.limits.get(name).copied()
    }

    /// A limit that has a default.
    pub(super) fn limit_or_zero(&self, name: &str) -> Decimal {
        self.limit(name).unwrap_or_default()
    }

    /// The limits in a line: `min 0.1, min_requests 1000`.
    pub(super) fn limits_in_words(&self) -> String {
        let limits = self.builtin.limits.iter();
        let words = limits.map(|(name, _)| match self.limit(name) {
            Some(limit) => format!("{name} {limit}"),
            None => format!("{name} not set"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The verdict: passed without violations.
    pub(super) fn verdict(&self, summary: String, violations: Violations) -> Outcome {
        violations.verdict(self.builtin.name, Kind::Builtin, self.severity, summary)
    }

    pub(super) fn violations(&self) -> Violations {
        Violations::new(self.template.clone())
    }
}

/// A limit of a rules file: in quotes, or a number.
fn number(rule: &str, name: &str, value: &toml::Value) -> Result<Decimal, UsageError> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| {
        let error = UsageError::new(format!(
            "{name} of `{rule}` is `{text}`, which is no number"
        ));
        error.with_hint("write it in digits and in quotes, such as \"0.05\"")
    })
}

/// Violations while they are found.
#[derive(Debug)]
pub(super) struct Violations {
    template: Option<Template>,
    count: u64,
    kept: Vec<Finding>,
}

impl Violations {
    pub(super) fn new(template: impl Into<Option<Template>>) -> Self {
        Self {
            template: template.into(),
            count: 0,
            kept: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// A violating row.
    pub(super) fn add(&mut self, values: Values) {
        let message = match &self.template {
            Some(template) => template.fill(&values),
            None => super::template::all(&values),
        };
        self.add_as(message, values);
    }

    /// A violating row with named values in order.
    pub(super) fn add_row<const N: usize>(&mut self, values: [(&str, Option<String>); N]) {
        self.add(values.map(|(name, value)| (name.to_owned(), value)).into());
    }

    /// A violation that the template does not suit.
    pub(super) fn add_as(&mut self, message: String, values: Values) {
        self.count += 1;
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(Finding { message, values });
        }
    }

    /// The verdict: passed without violations.
    pub(super) fn verdict(
        self,
        rule: &str,
        kind: Kind,
        severity: Severity,
        summary: String,
    ) -> Outcome {
        Outcome {
            rule: rule.to_owned(),
            kind,
            severity,
            status: if self.is_empty() {
                Status::Passed
            } else {
                Status::Failed
            },
            summary,
            violations: self.count,
            findings: self.kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_numbers_and_messages_fit() {
        let rules = Tuned::all(&BTreeMap::new()).unwrap();
        assert_eq!(rules.len(), BUILTINS.len());
        for rule in rules {
            let set = rule.builtin.limits.iter().filter(|limit| limit.1.is_some());
            assert_eq!(rule.limits.len(), set.count(), "{}", rule.builtin.name);
        }
    }

    #[test]
    fn findings_beyond_the_kept_ones_are_counted() {
        let mut violations = Violations::new(None);
        for n in 0..MAX_FINDINGS + 5 {
            violations.add_row([("n", Some(n.to_string()))]);
        }
        let outcome = violations.verdict("x", Kind::Sql, Severity::Error, String::new());
        assert_eq!(outcome.violations, MAX_FINDINGS as u64 + 5);
        assert_eq!(outcome.findings.len(), MAX_FINDINGS);
    }
}
