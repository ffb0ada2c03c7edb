//! Rules about change since the baseline.

use std::collections::BTreeMap;

use anyhow::Context;
use edgeledger_rates::Decimal;

use super::{CHANGE_COLUMNS, Prepared};
use crate::{
    commands::check::{
        baseline::{Baseline, RuleValue},
        data::{Data, decimal},
        file::{Cells, What},
        outcome::{Outcome, Values},
    },
    exit::UsageError,
};

/// The most rows that a rule about change may compare.
const MAX_KEYS: usize = 10_000;

impl Prepared<'_> {
    /// Values of a rule about change, by key, with their rows.
    async fn values(
        &self,
        data: &Data,
        cells: &Cells,
    ) -> anyhow::Result<BTreeMap<Option<String>, (Option<Decimal>, Values)>> {
        let What::Change { key, .. } = &self.rule.what else {
            return Ok(BTreeMap::new());
        };
        let mut found = BTreeMap::new();
        let mut problem = None;
        data.each_row(&self.sql, &self.params(), |row| {
            let of = key.as_ref().and_then(|key| row.get(key).cloned().flatten());
            let value = row.get(&cells.column).and_then(Option::as_deref);
            let value = value.and_then(decimal);
            if found.len() >= MAX_KEYS {
                problem = Some(format!("it compares more than {MAX_KEYS} rows"));
            } else if found.insert(of.clone(), (value, row)).is_some() {
                problem = Some(match (key, of) {
                    (Some(key), Some(of)) => format!("two rows have `{of}` as their {key}"),
                    _ => "it gives more than one row".to_owned(),
                });
            }
        })
        .await?;
        match problem {
            None => Ok(found),
            Some(problem) => {
                let error = UsageError::new(problem);
                let hint =
                    "name the column that tells rows apart as key, and narrow the rows by where";
                Err(error.with_hint(hint).into())
            }
        }
    }

    /// What a baseline keeps of the rule.
    pub(crate) async fn for_baseline(&self, data: &Data) -> anyhow::Result<Vec<RuleValue>> {
        let What::Change { cells, .. } = &self.rule.what else {
            return Ok(Vec::new());
        };
        let values = self.values(data, cells).await;
        let values = values.with_context(|| format!("rule `{}`", self.rule.name))?;
        let values = values.into_iter().filter_map(|(key, (value, _))| {
            Some(RuleValue {
                rule: self.rule.name.clone(),
                key,
                value: value?,
            })
        });
        Ok(values.collect())
    }

    pub(super) async fn check_change(
        &self,
        data: &Data,
        cells: &Cells,
        baseline: Option<&Baseline>,
    ) -> anyhow::Result<Outcome> {
        let What::Change {
            tolerance, pointer, ..
        } = &self.rule.what
        else {
            return Ok(self.skipped("it is not about change"));
        };
        let Some(baseline) = baseline else {
            return Ok(self.skipped("no baseline: give one by --baseline"));
        };
        let mut was = baseline.values(&self.rule.name);
        if was.is_empty()
            && let Some(value) = pointer.as_deref().and_then(|at| baseline.pointed(at))
        {
            was.insert(None, value);
        }
        if was.is_empty() {
            return Ok(self.skipped(match pointer {
                Some(_) => "the baseline has no number there",
                None => "the baseline has no value of it: --update-baseline adds it",
            }));
        }
        let now = self.values(data, cells).await?;
        let mut violations = self.violations();
        let mut largest: Option<Decimal> = None;
        for (key, was) in &was {
            // A row that is gone has nothing left of its value.
            let (value, mut row) = now.get(key).cloned().unwrap_or_default();
            let change = tolerance.judge(value.unwrap_or_default(), *was);
            let by = |ratio: &Decimal| ratio.abs();
            if largest.as_ref().map(by) < change.ratio.as_ref().map(by) {
                largest = change.ratio;
            }
            if change.is_tolerated {
                continue;
            }
            let ratio = change.ratio.map(|ratio| ratio.to_string());
            let of = key
                .as_ref()
                .map_or_else(String::new, |key| format!("{key}: "));
            let message = format!(
                "{of}{} = {}, {was} in the baseline of {} ({})",
                cells.column,
                value.map_or_else(|| "none".to_owned(), |value| value.to_string()),
                baseline.month,
                ratio.clone().unwrap_or_else(|| "new".to_owned()),
            );
            let more = [
                Some(was.to_string()),
                Some(baseline.month.clone()),
                Some(change.by.to_string()),
                ratio,
            ];
            row.extend(CHANGE_COLUMNS.map(str::to_owned).into_iter().zip(more));
            if self.rule.message.is_some() {
                violations.add(row);
            } else {
                violations.add_as(message, row);
            }
        }
        let summary = format!(
            "{} of {} values changed since {}, by {} at most",
            violations.count(),
            was.len(),
            baseline.month,
            largest.unwrap_or_default()
        );
        Ok(self.verdict(summary, violations))
    }
}
