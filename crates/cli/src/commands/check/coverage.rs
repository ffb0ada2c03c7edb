//! The built-in rule `coverage`: hours without log objects that usually have some.

use std::collections::{BTreeMap, BTreeSet};

use edgeledger_rates::Decimal;

use crate::commands::check::{
    builtin::Tuned,
    data::{Data, text},
    outcome::{Outcome, several},
};

/// Hours since 1970 of a distribution that have log objects.
type Hours = BTreeMap<String, BTreeSet<i64>>;

const HOURS_A_DAY: i64 = 24;
/// A distribution needs this many days with logs before any hour of the day is usual.
const DAYS_TO_BE_USUAL: usize = 7;
/// Of this many steps from a day with logs to the next, one may be longer than usual.
const STEPS_TO_AN_OUTAGE: usize = 10;

pub(super) async fn coverage(data: &Data, rule: &Tuned) -> anyhow::Result<Outcome> {
    let select = "SELECT distribution, CAST(date_part('epoch', hour) AS BIGINT) / 3600 \
        FROM log_hours WHERE hour IS NOT NULL AND distribution IS NOT NULL";
    // A name may say any year. Requests are logged within a day; what no request reaches is no
    // time that the others went on to.
    let last = data.newest_day.map_or(i64::MAX, |day| {
        day.saturating_add(2).saturating_mul(HOURS_A_DAY)
    });
    let mut hours = Hours::new();
    for row in data.rows(select, &[]).await? {
        let hour = text(&row, 1).and_then(|hour| hour.parse().ok());
        if let Some((distribution, hour)) = text(&row, 0).zip(hour)
            && hour < last
        {
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

/// Runs of usual hours without objects. Hours of the day are usual that enough of the days with
/// objects have: days of an outage say nothing about it, however many they are. A distribution
/// that fell silent is missed a day after the others went on.
fn runs(hours: &BTreeSet<i64>, newest: i64, usual_share: Decimal) -> Vec<Vec<i64>> {
    let (Some(first), Some(last)) = (hours.first().copied(), hours.last().copied()) else {
        return Vec::new();
    };
    let days: BTreeSet<i64> = hours.iter().map(|hour| day(*hour)).collect();
    if days.len() < DAYS_TO_BE_USUAL {
        return Vec::new();
    }
    let enough = usual_share * Decimal::from(days.len());
    let usual: Vec<i64> = (0..HOURS_A_DAY)
        .filter(|of_day| {
            let is_it = |hour: &&i64| hour.rem_euclid(HOURS_A_DAY) == *of_day;
            Decimal::from(hours.iter().filter(is_it).count()) >= enough
        })
        .collect();
    let end = last.max(newest - HOURS_A_DAY);
    // A name may say any year: no more hours are looked at than ten years have.
    let end = end.min(first.saturating_add(10 * 366 * HOURS_A_DAY));
    let mut runs: Vec<Vec<i64>> = Vec::new();
    let mut is_open = false;
    for day in expected_days(&days, day(end)) {
        let hours_of_day = usual.iter().map(|of_day| day * HOURS_A_DAY + of_day);
        for hour in hours_of_day.filter(|hour| (first..=end).contains(hour)) {
            if hours.contains(&hour) {
                is_open = false;
            } else if let (true, Some(run)) = (is_open, runs.last_mut()) {
                run.push(hour);
            } else {
                runs.push(vec![hour]);
                is_open = true;
            }
        }
    }
    runs
}

fn day(hour: i64) -> i64 {
    hour.div_euclid(HOURS_A_DAY)
}

/// Days that have logs, or should: some distributions have none at weekends, or only every other
/// day, so that those in longer steps than usual are missed.
fn expected_days(days: &BTreeSet<i64>, end: i64) -> Vec<i64> {
    let mut steps: Vec<i64> = days
        .iter()
        .zip(days.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect();
    steps.sort_unstable_by(|a, b| b.cmp(a));
    let outages = (steps.len() / STEPS_TO_AN_OUTAGE).max(1);
    let step = steps.get(outages).copied().unwrap_or(1).max(1);
    let mut expected = Vec::new();
    let mut following = days.iter().skip(1).copied().chain([end.saturating_add(1)]);
    for day in days.iter().take_while(|day| **day <= end) {
        let next = following.next().unwrap_or(end).min(end.saturating_add(1));
        let mut day = *day;
        while day < next {
            expected.push(day);
            day = day.saturating_add(step);
        }
    }
    expected
}

/// `2026-10-20 06:00` in UTC.
fn hour_in_words(hour: i64) -> String {
    let time = jiff::Timestamp::from_second(hour.saturating_mul(3_600));
    time.map_or_else(
        |_| format!("hour {hour}"),
        |time| time.strftime("%Y-%m-%d %H:00").to_string(),
    )
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

    /// An object at noon of each of these days.
    fn noons(days: impl IntoIterator<Item = i64>) -> BTreeSet<i64> {
        days.into_iter().map(|day| day * 24 + 12).collect()
    }

    #[test]
    fn days_without_logs_are_usual_where_they_come_again_and_again() {
        let newest = 34 * 24 + 12;
        // Every other day, and five days a week.
        let other = noons((0..35).step_by(2));
        let weekdays = noons((0..35).filter(|day| day % 7 < 5));
        for hours in [&other, &weekdays] {
            assert!(runs(hours, newest, share()).is_empty(), "{hours:?}");
        }
        // One that is missing, and a week of them.
        let less = noons((0..35).step_by(2).filter(|day| *day != 10));
        assert_eq!(runs(&less, newest, share()), [[10 * 24 + 12]]);
        let less = noons((0..35).filter(|day| day % 7 < 5 && !(14..21).contains(day)));
        assert_eq!(runs(&less, newest, share()).len(), 1);
    }

    #[test]
    fn an_outage_may_be_longer_than_what_is_there() {
        let hours = noons((0..5).chain([95, 96, 97]));
        let found = runs(&hours, 97 * 24 + 12, share());
        assert_eq!(
            found,
            [(5..95).map(|day| day * 24 + 12).collect::<Vec<_>>()]
        );
    }
}
