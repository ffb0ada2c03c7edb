//! Built-in rules on log objects.

use std::collections::{BTreeMap, BTreeSet};

use edgeledger_rates::Decimal;

use crate::commands::check::{
    baseline::Baseline,
    builtin::Tuned,
    data::{Data, hour, number, text},
    outcome::{Outcome, several},
};

pub(super) async fn rejects(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT coalesce(sum(rejected_rows), 0), coalesce(sum(rows + rejected_rows), 0) \
        FROM log_objects";
    let rows = data.of_objects(select, "").await?;
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    let rejected = number(first, 0).unwrap_or_default();
    let all = number(first, 1).unwrap_or_default();
    let ratio = if all.is_zero() {
        Decimal::ZERO
    } else {
        rejected / all
    };
    let most = rule.limit_or_zero("max_ratio");
    let mut violations = rule.violations();
    if ratio > most {
        violations.add_row([
            ("rejected_rows", Some(rejected.to_string())),
            ("rows", Some(all.to_string())),
            ("ratio", Some(ratio.round_dp(6).to_string())),
        ]);
    }
    let summary = format!(
        "{} ({rejected} of {all} rows), at most {most}",
        ratio.round_dp(6)
    );
    Ok(rule.verdict(summary, violations))
}

pub(super) async fn quarantine(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT key, name, status, reason, distribution, hour FROM log_objects";
    let more = "AND status IN ('quarantined', 'vanished') ORDER BY key";
    let rows = data.of_objects(select, more).await?;
    let most = rule.limit_or_zero("max_objects");
    let count = Decimal::from(rows.len());
    let mut violations = rule.violations();
    if count > most {
        for row in &rows {
            violations.add_row([
                ("key", text(row, 0)),
                ("name", text(row, 1)),
                ("status", text(row, 2)),
                ("reason", text(row, 3).or_else(|| text(row, 2))),
                ("distribution", text(row, 4)),
                ("hour", hour(row, 5)),
            ]);
        }
    }
    let summary = format!("{}, at most {most}", several(count, "log object"));
    Ok(rule.verdict(summary, violations))
}

/// Log objects of a distribution with the same columns.
#[derive(Debug)]
struct Layout {
    columns: BTreeSet<String>,
    objects: u64,
    first_hour: Option<String>,
    last_hour: Option<String>,
}

/// The columns of log objects by distribution.
async fn layouts(data: &Data) -> anyhow::Result<BTreeMap<String, Vec<Layout>>> {
    let select = "SELECT distribution, columns, count(*), min(hour), max(hour) FROM log_objects";
    let more = "AND distribution IS NOT NULL AND columns IS NOT NULL AND status = 'ingested' \
        GROUP BY distribution, columns ORDER BY distribution, count(*) DESC, columns";
    let mut all: BTreeMap<String, Vec<Layout>> = BTreeMap::new();
    for row in data.of_objects(select, more).await? {
        let Some((distribution, columns)) = text(&row, 0).zip(text(&row, 1)) else {
            continue;
        };
        let layout = Layout {
            columns: columns.split(' ').map(str::to_owned).collect(),
            objects: text(&row, 2)
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            first_hour: hour(&row, 3),
            last_hour: hour(&row, 4),
        };
        let known = all.entry(distribution).or_default();
        // The same columns in another order are no other columns.
        match known
            .iter_mut()
            .find(|other| other.columns == layout.columns)
        {
            Some(other) => {
                other.objects += layout.objects;
                other.first_hour = other.first_hour.take().min(layout.first_hour);
                other.last_hour = other.last_hour.take().max(layout.last_hour);
            }
            None => known.push(layout),
        }
    }
    Ok(all)
}

/// The columns that most objects of each distribution have.
pub(super) async fn usual_columns(
    data: &Data,
) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let layouts = layouts(data).await?;
    let usual = layouts.into_iter().map(|(distribution, layouts)| {
        let columns = usual(&layouts).cloned().unwrap_or_default();
        (distribution, columns)
    });
    Ok(usual.collect())
}

/// Of two that are as frequent, the one with more columns.
fn usual(layouts: &[Layout]) -> Option<&BTreeSet<String>> {
    let most = layouts
        .iter()
        .max_by_key(|layout| (layout.objects, layout.columns.len()));
    most.map(|layout| &layout.columns)
}

pub(super) async fn schema_drift(
    data: &Data,
    rule: &Tuned,
    baseline: Option<&Baseline>,
) -> anyhow::Result<Outcome> {
    let all = layouts(data).await?;
    let most = rule.limit_or_zero("max_objects");
    let mut violations = rule.violations();
    let mut odd = 0_u64;
    let mut rows = Vec::new();
    for (distribution, layouts) in &all {
        let expected = baseline.and_then(|baseline| baseline.columns(distribution));
        let Some(expected) = expected.or_else(|| usual(layouts)) else {
            continue;
        };
        for layout in layouts {
            let new: Vec<&str> = names(layout.columns.difference(expected));
            let missing: Vec<&str> = names(expected.difference(&layout.columns));
            if new.is_empty() && missing.is_empty() {
                continue;
            }
            odd += layout.objects;
            for (change, columns) in [("new", new), ("missing", missing)] {
                if !columns.is_empty() {
                    rows.push((distribution, layout, change, columns.join(" ")));
                }
            }
        }
    }
    if Decimal::from(odd) > most {
        for (distribution, layout, change, columns) in rows {
            violations.add_row([
                ("distribution", Some(distribution.clone())),
                ("name", Some(data.name(distribution).to_owned())),
                ("change", Some(change.to_owned())),
                ("columns", Some(columns)),
                ("objects", Some(layout.objects.to_string())),
                ("first_hour", layout.first_hour.clone()),
                ("last_hour", layout.last_hour.clone()),
            ]);
        }
    }
    let summary = format!(
        "{} with other columns, at most {most}",
        several(odd, "log object")
    );
    Ok(rule.verdict(summary, violations))
}

fn names<'a>(columns: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    columns.map(String::as_str).collect()
}
