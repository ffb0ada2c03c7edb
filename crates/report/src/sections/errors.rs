//! Errors and slow responses.

use super::{figure, quality::shortened, section};
use crate::{
    Report,
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    figures::{Named, Rows},
    format::{bytes, count, dash, percent, plural},
};

/// Rows of a table that people get to see.
const SHOWN: usize = 15;

/// The chapter; none without requests.
pub(super) fn errors(report: &Report) -> Option<Section> {
    let causes = report.figures.get("error_causes");
    let slow = report.figures.get("slow_responses");
    let edges = report.figures.get("slow_edges");
    if causes.is_empty() && slow.is_empty() {
        return None;
    }
    let mut findings = vec![most(causes)];
    findings.extend(waiting(slow));
    let mut blocks = vec![Block::Paragraph(Text::Remark(findings.join(" ")))];
    if !causes.is_empty() {
        let columns = [
            ("name", "Name"),
            ("status", "Status"),
            ("cause", "Cause"),
            ("requests", "Requests"),
            ("request_share", "of all"),
        ];
        let caption = "Errors by status (0: the viewer was gone) and by what CloudFront says was \
            the cause";
        let table = figure::table(caption, causes, &columns, Detail::Main);
        shortened(&mut blocks, table, SHOWN);
    }
    if !slow.is_empty() {
        let mut columns = vec![words("Name"), words("Outcome"), numbers("Requests")];
        columns.extend(QUANTILES.map(|(_, title)| numbers(title)));
        columns.push(numbers("A second"));
        let table = Table::new(
            "Time within which half, 95% and 99% of the requests had their first byte, and the \
             speed of answers of 1 MiB and more",
            columns,
            slow.iter()
                .map(|row| {
                    let first = [
                        foreign(row.text("name")),
                        foreign(row.text("outcome")),
                        own(count(row.int("requests"))),
                    ];
                    first.into_iter().chain(speed(row)).collect()
                })
                .collect(),
        );
        // Three rows a distribution.
        shortened(&mut blocks, table, 3 * SHOWN);
    }
    if !edges.is_empty() {
        let mut columns = vec![words("Edge"), words("City"), words("Country")];
        columns.push(numbers("Hits"));
        columns.extend(QUANTILES.map(|(_, title)| numbers(title)));
        columns.push(numbers("A second"));
        // Folded tables have no caption where a medium cannot fold.
        blocks.push(Block::Paragraph(own(
            "Hits by edge location, the slowest first, of edges with at least 100 of them:",
        )));
        let table = Table::new(
            "Hits by edge location",
            columns,
            edges
                .iter()
                .map(|row| {
                    let first = [
                        foreign(row.text("edge_code")),
                        figure::cell(row, "city"),
                        figure::cell(row, "country"),
                        own(count(row.int("measured_requests"))),
                    ];
                    first.into_iter().chain(speed(row)).collect()
                })
                .collect(),
        );
        shortened(&mut blocks, table.folded(), SHOWN);
    }
    let names = ["error_causes", "slow_responses", "slow_edges"];
    blocks.push(figure::sources(report, &names));
    Some(section("errors", "Errors and slow responses", blocks))
}

const QUANTILES: [(&str, &str); 3] = [("p50_ms", "50%"), ("p95_ms", "95%"), ("p99_ms", "99%")];

fn speed(row: Named<'_>) -> impl Iterator<Item = Text> {
    let a_second = row.optional_int("long_bytes_per_second");
    QUANTILES
        .map(|(column, _)| own(row.optional_int(column).map_or_else(dash, duration)))
        .into_iter()
        .chain([own(a_second.map_or_else(dash, bytes))])
}

/// `9 ms`, `2.9 s`.
fn duration(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..1_000_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => "> 999 s".to_owned(),
    }
}

/// The most frequent error, and the most frequent that a server made.
fn most(causes: &Rows) -> String {
    let Some(first) = causes.first() else {
        return "No request failed.".to_owned();
    };
    let mut text = format!("The most frequent error is {}.", error(first));
    let is_server = |row: &Named<'_>| row.int("status") >= 500;
    if let Some(row) = causes.iter().find(is_server).filter(|_| !is_server(&first)) {
        text += " The most frequent server error (5xx) is ";
        text += &error(row);
        text += ".";
    }
    text
}

fn error(row: Named<'_>) -> String {
    format!(
        "{} ({}) at {}: {}, {} of its requests",
        row.int("status"),
        row.text("cause"),
        row.text("name"),
        plural(row.int("requests"), "request", "requests"),
        percent(row.optional_decimal("request_share"), 2),
    )
}

/// How much longer misses take, where most is measured.
fn waiting(slow: &Rows) -> Option<String> {
    let of = |outcome: &'static str| {
        slow.iter()
            .filter(move |row| row.text("outcome") == outcome)
    };
    let hit = of("hit").max_by_key(|row| row.int("measured_requests"))?;
    let miss = of("miss").find(|row| row.text("distribution") == hit.text("distribution"))?;
    let within = |row: Named<'_>, column: &str| row.optional_int(column).map(duration);
    Some(format!(
        "At {}, half of the hits had their first byte within about {} and 95% within about {}; \
         misses, which wait for the origin, within about {} and {}.",
        hit.text("name"),
        within(hit, "p50_ms")?,
        within(hit, "p95_ms")?,
        within(miss, "p50_ms")?,
        within(miss, "p95_ms")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (2_950, "2.9 s"),
            (999_999, "999.9 s"),
            (1_000_000, "> 999 s"),
            (i64::MAX, "> 999 s"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}
