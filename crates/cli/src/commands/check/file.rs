//! The rules file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use edgeledger_rates::Decimal;
use serde::Deserialize;

use crate::{
    commands::check::{
        builtin::{BUILTINS, Tuned, Tuning},
        outcome::{Kind, Severity},
        template::Template,
    },
    exit::UsageError,
};

/// The file as written. Decimals are best in quotes, so that `0.8` means exactly that.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    baseline: Option<PathBuf>,
    builtin: BTreeMap<String, Tuning>,
    rule: Vec<FileRule>,
    // As files were written before there were others: each stands for a rule of today.
    rejects: Option<Rejects>,
    quarantine: Option<Quarantine>,
    hit_ratio: Vec<HitRatio>,
    cost: Vec<Cost>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rejects {
    max_ratio: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quarantine {
    max_objects: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HitRatio {
    distribution: Option<String>,
    min: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    distribution: Option<String>,
    max_usd: Decimal,
}

/// `[[rule]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileRule {
    name: String,
    severity: Severity,
    message: Option<String>,
    sql: Option<String>,
    view: Option<String>,
    column: Option<String>,
    #[serde(rename = "where")]
    filter: Option<String>,
    distribution: Option<String>,
    min: Option<Decimal>,
    max: Option<Decimal>,
    budget: Option<Decimal>,
    max_increase: Option<Decimal>,
    max_decrease: Option<Decimal>,
    absolute: Option<Decimal>,
    key: Option<String>,
    baseline: Option<String>,
}

/// What is checked, and how.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) builtins: Vec<Tuned>,
    pub(super) own: Vec<Rule>,
    /// The baseline that the file names.
    pub(super) baseline: Option<PathBuf>,
}

/// A rule of the file.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) severity: Severity,
    pub(super) message: Option<Template>,
    pub(super) what: What,
}

/// What a rule asks.
#[derive(Debug)]
pub(super) enum What {
    /// Rows of a query are violations.
    Sql(String),
    /// A column of a view stays within limits.
    Threshold {
        cells: Cells,
        min: Option<Decimal>,
        max: Option<Decimal>,
    },
    /// A month costs no more.
    Budget {
        usd: Decimal,
        distribution: Option<String>,
    },
    /// A column of a view stays near the baseline.
    Change {
        cells: Cells,
        tolerance: Tolerance,
        /// The column that tells rows apart.
        key: Option<String>,
        /// Where a report's JSON has the value.
        pointer: Option<String>,
    },
}

impl Rule {
    pub(super) fn kind(&self) -> Kind {
        match self.what {
            What::Sql(_) => Kind::Sql,
            What::Threshold { .. } => Kind::Threshold,
            What::Budget { .. } => Kind::Budget,
            What::Change { .. } => Kind::Change,
        }
    }
}

/// A column of some rows of a view.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) view: String,
    pub(super) column: String,
    pub(super) filter: Option<String>,
    pub(super) distribution: Option<String>,
}

/// Which changes are none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    /// As a share of what was; without it any increase will do.
    pub(super) max_increase: Option<Decimal>,
    pub(super) max_decrease: Option<Decimal>,
    /// A change up to this is none, whatever its share.
    pub(super) absolute: Decimal,
}

impl Rules {
    /// Reads a rules file; without one there are the built-in rules.
    pub(super) fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::of(File::default())?);
        };
        let text = fs::read_to_string(path).map_err(|error| {
            UsageError::new(format!(
                "cannot read the rules `{}`: {error}",
                path.display()
            ))
        })?;
        let within = |error: UsageError| UsageError {
            message: format!("`{}`: {}", path.display(), error.message),
            hint: error.hint,
        };
        let file: File = toml::from_str(&text)
            .map_err(|error| within(UsageError::new(error.to_string().trim_end())))?;
        let mut rules = Self::of(file).map_err(within)?;
        let dir = path.parent().unwrap_or(Path::new(""));
        rules.baseline = rules.baseline.map(|file| dir.join(file));
        Ok(rules)
    }

    fn of(file: File) -> Result<Self, UsageError> {
        let mut tunings = file.builtin;
        let older = [
            (
                "rejects",
                "max_ratio",
                file.rejects.and_then(|old| old.max_ratio),
            ),
            (
                "quarantine",
                "max_objects",
                file.quarantine
                    .and_then(|old| old.max_objects)
                    .map(Decimal::from),
            ),
        ];
        for (rule, name, limit) in older {
            let Some(limit) = limit else { continue };
            if tunings.contains_key(rule) {
                let error = UsageError::new(format!("[{rule}] and [builtin.{rule}] say the same"));
                return Err(error.with_hint(format!("keep [builtin.{rule}]")));
            }
            tunings.insert(rule.to_owned(), Tuning::limit(name, limit));
        }
        let mut own = Vec::new();
        let hit_ratios = file.hit_ratio.into_iter().map(|old| Rule {
            name: old_name("hit_ratio", old.distribution.as_deref()),
            severity: Severity::Error,
            message: None,
            what: What::Threshold {
                cells: Cells {
                    view: match old.distribution {
                        Some(_) => "hit_ratio".to_owned(),
                        None => "headline".to_owned(),
                    },
                    column: "request_hit_ratio".to_owned(),
                    filter: None,
                    distribution: old.distribution,
                },
                min: Some(old.min),
                max: None,
            },
        });
        own.extend(hit_ratios);
        let costs = file.cost.into_iter().map(|old| Rule {
            name: old_name("cost", old.distribution.as_deref()),
            severity: Severity::Error,
            message: None,
            what: What::Budget {
                usd: old.max_usd,
                distribution: old.distribution,
            },
        });
        own.extend(costs);
        tell_apart(&mut own);
        for rule in file.rule {
            own.push(rule.into_rule()?);
        }
        check_names(&own)?;
        Ok(Self {
            builtins: Tuned::all(&tunings)?,
            own,
            baseline: file.baseline,
        })
    }
}

fn old_name(rule: &str, distribution: Option<&str>) -> String {
    format!("{rule} ({})", distribution.unwrap_or("all"))
}

/// Older files may hold two rules about one thing.
fn tell_apart(rules: &mut [Rule]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for rule in rules {
        let count = seen.entry(rule.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            rule.name = format!("{} {count}", rule.name);
        }
    }
}

/// Names are unique: baselines and test reports go by them.
fn check_names(rules: &[Rule]) -> Result<(), UsageError> {
    let mut names: Vec<&str> = BUILTINS.iter().map(|rule| rule.name).collect();
    for rule in rules {
        if names.contains(&rule.name.as_str()) {
            let error = UsageError::new(format!("two rules are called `{}`", rule.name));
            return Err(error.with_hint("give each its own name; --list-rules lists all"));
        }
        names.push(&rule.name);
    }
    Ok(())
}

impl FileRule {
    fn into_rule(self) -> Result<Rule, UsageError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().any(char::is_control) {
            let error = UsageError::new("a [[rule]] has no name");
            return Err(error.with_hint("add name = \"…\": reports and baselines go by it"));
        }
        let within = |error: UsageError| UsageError {
            message: format!("rule `{name}`: {}", error.message),
            hint: error.hint,
        };
        let message = self.message.as_deref().map(Template::parse).transpose();
        let (severity, message) = (self.severity, message.map_err(within)?);
        let what = self.into_what().map_err(within)?;
        Ok(Rule {
            name,
            severity,
            message,
            what,
        })
    }

    /// The names of the settings that are there.
    fn settings(&self) -> Vec<&'static str> {
        let all = [
            ("sql", self.sql.is_some()),
            ("view", self.view.is_some()),
            ("column", self.column.is_some()),
            ("where", self.filter.is_some()),
            ("distribution", self.distribution.is_some()),
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("budget", self.budget.is_some()),
            ("max_increase", self.max_increase.is_some()),
            ("max_decrease", self.max_decrease.is_some()),
            ("absolute", self.absolute.is_some()),
            ("key", self.key.is_some()),
            ("baseline", self.baseline.is_some()),
        ];
        let there = all.iter().filter(|(_, is_there)| *is_there);
        there.map(|(name, _)| *name).collect()
    }

    fn into_what(self) -> Result<What, UsageError> {
        let settings = self.settings();
        let only = |kind: &str, allowed: &[&str]| {
            let odd = settings.iter().find(|name| !allowed.contains(name));
            odd.map_or(Ok(()), |odd| {
                let error = UsageError::new(format!("{kind} has no `{odd}`"));
                Err(error.with_hint(format!("it may have {}", allowed.join(", "))))
            })
        };
        if let Some(sql) = self.sql {
            only("a rule with sql", &["sql"])?;
            return Ok(What::Sql(sql));
        }
        if let Some(usd) = self.budget {
            only("a rule with a budget", &["budget", "distribution"])?;
            return Ok(What::Budget {
                usd,
                distribution: self.distribution,
            });
        }
        let (Some(view), Some(column)) = (self.view, self.column) else {
            return Err(UsageError::new("it says nothing to check").with_hint(
                "give sql; or view and column with min or max, or with max_increase or \
                 max_decrease; or budget",
            ));
        };
        let cells = Cells {
            view,
            column,
            filter: self.filter,
            distribution: self.distribution,
        };
        let common = ["view", "column", "where", "distribution"];
        if self.max_increase.is_some() || self.max_decrease.is_some() {
            let more = [
                "max_increase",
                "max_decrease",
                "absolute",
                "key",
                "baseline",
            ];
            only("a rule about change", &[&common[..], &more[..]].concat())?;
            let limits = [self.max_increase, self.max_decrease, self.absolute];
            if limits.iter().flatten().any(Decimal::is_sign_negative) {
                return Err(UsageError::new("a tolerance is negative").with_hint(
                    "write a decrease of at most a quarter as max_decrease = \"0.25\"",
                ));
            }
            if self.key.is_some() && self.baseline.is_some() {
                // Such a place holds one value: it cannot be each row's.
                let error = UsageError::new("`key` and `baseline` do not go together");
                return Err(error.with_hint(
                    "leave `baseline` out and keep the rows' values by --update-baseline, or \
                     narrow the rows to one and leave `key` out",
                ));
            }
            return Ok(What::Change {
                cells,
                tolerance: Tolerance {
                    max_increase: self.max_increase,
                    max_decrease: self.max_decrease,
                    absolute: self.absolute.unwrap_or_default(),
                },
                key: self.key,
                pointer: self.baseline,
            });
        }
        only(
            "a rule about a column",
            &[&common[..], &["min", "max"]].concat(),
        )?;
        if self.min.is_none() && self.max.is_none() {
            let error = UsageError::new("it has a column, but no limit");
            return Err(error.with_hint("add min, max, max_increase or max_decrease"));
        }
        Ok(What::Threshold {
            cells,
            min: self.min,
            max: self.max,
        })
    }
}

#[cfg(test)]
mod tests;
