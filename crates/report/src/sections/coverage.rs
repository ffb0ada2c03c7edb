//! The hours of the month that have logs, as a map.

use edgeledger_render::chart::{Chart, ChartKind, Datum, Unit};

use super::figure;
use crate::{
    Report,
    document::{Block, Detail, Table, Text, foreign, numbers, own, words},
    escape::visible,
    figures::Named,
    format::{count, plural},
};

/// Hours of a day.
const HOURS: usize = 24;
/// From few requests to many.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// An hour without logs.
const NONE: char = '·';

/// Requests of an hour; none without logs.
type Hour = Option<i64>;

/// The map and its table; nothing where the map is of other distributions as well.
pub(super) fn map(report: &Report, blocks: &mut Vec<Block>) {
    let rows = report.figures.get("coverage_map");
    let mut days: Vec<(String, Vec<Hour>)> = Vec::new();
    for row in rows.iter() {
        let date = row.text("date");
        if days.last().is_none_or(|(last, _)| last != date) {
            days.push((date.to_owned(), vec![None; HOURS]));
        }
        let at = usize::try_from(row.int("hour_of_day")).unwrap_or(HOURS);
        let hours = days.last_mut().map(|(_, hours)| hours);
        if let Some(hour) = hours.and_then(|hours| hours.get_mut(at)) {
            *hour = hour_of(row);
        }
    }
    if days.is_empty() {
        return;
    }
    let all = || days.iter().flat_map(|(_, hours)| hours);
    let most = all().filter_map(|hour| *hour).max().unwrap_or(0);
    let without = number(all().filter(|hour| hour.is_none()).count());
    let mut summary = format!(
        "{} of the month {} no logs of any distribution",
        plural(without, "hour", "hours"),
        if without == 1 { "has" } else { "have" },
    );
    let is_empty = |(_, hours): &&(String, Vec<Hour>)| hours.iter().all(Option::is_none);
    let empty = number(days.iter().filter(is_empty).count());
    if empty > 0 {
        summary += ", among them all of ";
        summary += &plural(empty, "day", "days");
    }
    summary += ". The busiest has ";
    summary += &plural(most, "request", "requests");
    summary += ".";
    blocks.push(Block::Paragraph(own(format!(
        "{summary} By day: · for an hour without logs, ▁ to █ from few requests to many."
    ))));
    blocks.push(Block::Chart(Chart {
        title: "Requests by day and hour (UTC)".to_owned(),
        summary,
        unit: Unit::Count,
        kind: ChartKind::Heat {
            rows: days.iter().map(|(date, _)| visible(date)).collect(),
            columns: (0..HOURS).map(|hour| format!("{hour:02}")).collect(),
            cells: days.iter().map(|(_, hours)| cells(hours)).collect(),
        },
    }));
    blocks.push(Block::Table(Table {
        caption: "Logs by day and hour",
        columns: vec![
            words("Day (UTC)"),
            words("Hours 00–23"),
            numbers("With logs"),
        ],
        rows: days
            .iter()
            .map(|(date, hours)| line(date, hours, most))
            .collect(),
        totals: 0,
        detail: Detail::Folded,
    }));
    blocks.push(figure::sources(report, &["coverage_map"]));
}

fn hour_of(row: Named<'_>) -> Hour {
    let requests = row.int("requests");
    (requests > 0 || row.int("objects") > 0).then_some(requests)
}

fn cells(hours: &[Hour]) -> Vec<Option<Datum>> {
    let cell = |hour: &Hour| hour.map(|requests| Datum::int(requests, count(requests)));
    hours.iter().map(cell).collect()
}

fn line(date: &str, hours: &[Hour], most: i64) -> Vec<Text> {
    let with = number(hours.iter().filter(|hour| hour.is_some()).count());
    vec![
        foreign(date),
        own(hours
            .iter()
            .map(|hour| level(*hour, most))
            .collect::<String>()),
        own(count(with)),
    ]
}

/// Eighths of the busiest hour, begun ones counted.
fn level(hour: Hour, most: i64) -> char {
    let Some(requests) = hour else {
        return NONE;
    };
    let top = i128::from(most.max(1));
    let eighths = (i128::from(requests.max(0)) * 8 + top - 1) / top;
    let at = usize::try_from(eighths.clamp(1, 8) - 1).unwrap_or(0);
    LEVELS.get(at).copied().unwrap_or(NONE)
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn levels_are_begun_eighths_of_the_busiest_hour() {
        let hours = [
            None,
            Some(0),
            Some(1),
            Some(100),
            Some(101),
            Some(799),
            Some(800),
        ];
        let line: String = hours.iter().map(|hour| level(*hour, 800)).collect();
        assert_eq!(line, "·▁▁▁▂██");
        assert_eq!(level(Some(0), 0), '▁');
        assert_eq!(level(Some(i64::MAX), i64::MAX), '█');
    }
}
