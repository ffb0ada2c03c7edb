//! Built-in rules on log objects.

use std::collections::{BTreeMap, BTreeSet};

use edgeledger_rates::Decimal;

use crate::commands::check::{
    baseline::Baseline,
    builtin::Tuned,
    data::{Data, number, text},
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
                ("hour", text(row, 5)),
            ]);
        }
    }
    let summary = format!("{}, at most {most}", several(count, "log object"));
    Ok(rule.verdict(summary, violations))
}

/// Hours since 1970 of a distribution that have log objects.
type Hours = BTreeMap<String, BTreeSet<i64>>;

const HOURS_A_DAY: i64 = 24;
/// A distribution needs this many days of logs before any hour of the day is usual.
const DAYS_TO_BE_USUAL: i64 = 7;

pub(super) async fn coverage(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT distribution, CAST(date_part('epoch', hour) AS BIGINT) / 3600 \
        FROM log_hours WHERE hour IS NOT NULL AND distribution IS NOT NULL";
    let mut hours = Hours::new();
    for row in data.rows(select, &[]).await? {
        let hour = text(&row, 1).and_then(|hour| hour.parse().ok());
        if let Some((distribution, hour)) = text(&row, 0).zip(hour) {
            hours.entry(distribution).or_default().insert(hour);
        }
    }
    let newest = hours.values().filter_map(|hours| hours.last()).max();
    let newest = newest.copied().unwrap_or_default();
    let most = rule.limit_or_zero("max_hours");
    let mut violations = rule.violations();
    let mut missing = 0;
    for (distribution, hours) in &hours {
        for run in runs(hours, newest, rule.limit_or_zero("usual_share")) {
            let in_month = |hour: &i64| {
                let month = data.month.as_deref();
                month.is_none_or(|month| hour_in_words(*hour).starts_with(month))
            };
            let run: Vec<i64> = run.into_iter().filter(in_month).collect();
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            missing += run.len();
            if Decimal::from(run.len()) <= most {
                continue;
            }
            let first = hour_in_words(*first);
            violations.add_row([
                ("month", Some(first.chars().take(7).collect())),
                ("distribution", Some(distribution.clone())),
                ("name", Some(data.name(distribution).to_owned())),
                ("hours", Some(run.len().to_string())),
                ("first_hour", Some(first)),
                ("last_hour", Some(hour_in_words(*last))),
            ]);
        }
    }
    let summary = format!(
        "{} without log objects, at most {most} in a row",
        several(missing, "usual hour")
    );
    Ok(rule.verdict(summary, violations))
}

/// Runs of hours without objects, of those hours of the day that usually have some. A
/// distribution that fell silent is missed a day after the others went on.
fn runs(hours: &BTreeSet<i64>, newest: i64, usual_share: Decimal) -> Vec<Vec<i64>> {
    let (Some(first), Some(last)) = (hours.first().copied(), hours.last().copied()) else {
        return Vec::new();
    };
    let end = last.max(newest - HOURS_A_DAY);
    let days = end.div_euclid(HOURS_A_DAY) - first.div_euclid(HOURS_A_DAY) + 1;
    if days < DAYS_TO_BE_USUAL {
        return Vec::new();
    }
    let usual: BTreeSet<i64> = (0..HOURS_A_DAY)
        .filter(|of_day| {
            let there = hours
                .iter()
                .filter(|hour| hour.rem_euclid(HOURS_A_DAY) == *of_day);
            Decimal::from(there.count()) >= usual_share * Decimal::from(days)
        })
        .collect();
    let mut runs: Vec<Vec<i64>> = Vec::new();
    let mut is_open = false;
    // A name may say any year: no more hours are looked at than ten years have.
    let end = end.min(first.saturating_add(10 * 366 * HOURS_A_DAY));
    for hour in (first..=end).filter(|hour| usual.contains(&hour.rem_euclid(HOURS_A_DAY))) {
        if hours.contains(&hour) {
            is_open = false;
        } else if let (true, Some(run)) = (is_open, runs.last_mut()) {
            run.push(hour);
        } else {
            runs.push(vec![hour]);
            is_open = true;
        }
    }
    runs
}

/// `2026-10-20 06:00` in UTC.
fn hour_in_words(hour: i64) -> String {
    let time = jiff::Timestamp::from_second(hour.saturating_mul(3_600));
    time.map_or_else(
        |_| format!("hour {hour}"),
        |time| time.strftime("%Y-%m-%d %H:00").to_string(),
    )
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
            first_hour: text(&row, 3),
            last_hour: text(&row, 4),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> Decimal {
        Decimal::new(9, 1)
    }

    #[test]
    fn a_hole_in_usual_hours_is_found_and_nothing_else() {
        // Ten days of objects at 3 and 4 o'clock, but not on day 5; once an odd one at 7.
        let mut hours: BTreeSet<i64> = (0..10)
            .filter(|day| *day != 5)
            .flat_map(|day| [day * 24 + 3, day * 24 + 4])
            .collect();
        hours.insert(3 * 24 + 7);
        let newest = *hours.last().unwrap();
        assert_eq!(runs(&hours, newest, share()), [[5 * 24 + 3, 5 * 24 + 4]]);
        let short: BTreeSet<i64> = hours.range(..6 * 24).copied().collect();
        assert!(runs(&short, 6 * 24, share()).is_empty(), "too few days");
        assert!(runs(&BTreeSet::new(), newest, share()).is_empty());
    }

    #[test]
    fn a_distribution_that_fell_silent_is_missed_a_day_later() {
        let hours: BTreeSet<i64> = (0..480).collect();
        assert!(runs(&hours, 479 + 24, share()).is_empty());
        let found = runs(&hours, 479 + 24 + 5, share());
        assert_eq!(found, [[480, 481, 482, 483, 484]]);
    }

    #[test]
    fn hours_have_words() {
        assert_eq!(hour_in_words(497_670), "2026-10-10 06:00");
        assert_eq!(hour_in_words(i64::MAX), format!("hour {}", i64::MAX));
    }
}
