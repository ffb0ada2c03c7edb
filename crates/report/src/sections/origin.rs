//! What caches kept off origins, S3 buckets as well as servers.

use edgeledger_render::chart::{Chart, ChartKind, Datum, Series, Unit};

use super::{
    figure,
    quality::{hour, shortened},
    section,
};
use crate::{
    Report,
    document::{Block, Detail, Section, Table, Text, foreign, numbers, own, words},
    escape::visible,
    figures::{Named, Rows},
    format::{bytes, count, dash, percent, plural},
};

/// Origins that people get to see.
const SHOWN: usize = 15;
/// Origins that get a chart.
const CHARTS: usize = 4;
/// Hours of a day.
const HOURS: usize = 24;

/// The chapter; none without origins.
pub(super) fn less_origin_load(report: &Report) -> Option<Section> {
    let all = report.figures.get("origin_load_all");
    let hourly = report.figures.get("origin_load_hourly");
    let most = all.first()?;
    let mut text = format!(
        "CloudFront answered {} of the {} for {} by itself ({}), and sent {} of {} ({}) that its \
         origin did not have to send.",
        count(most.int("kept_off_requests")),
        plural(most.int("requests"), "request", "requests"),
        most.text("name"),
        percent(most.optional_decimal("kept_off_request_share"), 1),
        bytes(most.int("kept_off_bytes")),
        bytes(most.int("egress_bytes")),
        percent(most.optional_decimal("kept_off_byte_share"), 1),
    );
    let least = all
        .iter()
        .min_by_key(|row| row.optional_decimal("kept_off_request_share"));
    if let Some(least) =
        least.filter(|least| least.text("distribution") != most.text("distribution"))
    {
        text += " The origin of ";
        text += least.text("name");
        text += " is spared least: ";
        text += &percent(least.optional_decimal("kept_off_request_share"), 1);
        text += " of its requests.";
    }
    text += " Regional caches absorb more than logs show, so it is at least so much.";
    let mut blocks = vec![Block::Paragraph(Text::Remark(text))];
    let charts = all.iter().filter_map(|row| chart(row, hourly));
    blocks.extend(charts.take(CHARTS).map(Block::Chart));
    let load = Table::new(
        "Requests and bytes of viewers, and how much of them caches kept off the origin",
        vec![
            words("Name"),
            words("Origin"),
            numbers("Requests"),
            numbers("kept off"),
            numbers("share"),
            numbers("Egress"),
            numbers("kept off"),
            numbers("share"),
        ],
        all.iter().map(load).collect(),
    );
    shortened(&mut blocks, load, SHOWN);
    let peaks = Table::new(
        "Requests an hour, each in its busiest hour of the month",
        vec![
            words("Name"),
            numbers("Viewers"),
            words("in the hour from (UTC)"),
            numbers("At the origin"),
            words("in the hour from (UTC)"),
        ],
        all.iter().map(peaks).collect(),
    );
    shortened(&mut blocks, peaks, SHOWN);
    let columns = [
        ("name", "Name"),
        ("hour_of_day", "Hour (UTC)"),
        ("requests", "Requests"),
        ("origin_requests", "at the origin"),
        ("egress_bytes", "Egress"),
        ("origin_bytes", "from the origin"),
    ];
    let caption = "By hour of the day, all days together";
    let table = figure::table(caption, hourly, &columns, Detail::Extra);
    shortened(&mut blocks, table, SHOWN * HOURS);
    let names = ["origin_load_all", "origin_load_hourly"];
    blocks.push(figure::sources(report, &names));
    Some(section("less-origin-load", "Less origin load", blocks))
}

fn load(row: Named<'_>) -> Vec<Text> {
    vec![
        foreign(row.text("name")),
        match row.text("origin") {
            "s3" => own("S3"),
            "server" => own("server"),
            other => foreign(other),
        },
        own(count(row.int("requests"))),
        own(count(row.int("kept_off_requests"))),
        own(percent(row.optional_decimal("kept_off_request_share"), 1)),
        own(bytes(row.int("egress_bytes"))),
        own(bytes(row.int("kept_off_bytes"))),
        own(percent(row.optional_decimal("kept_off_byte_share"), 1)),
    ]
}

fn peaks(row: Named<'_>) -> Vec<Text> {
    vec![
        foreign(row.text("name")),
        own(count(row.int("peak_requests"))),
        hour(row.text("peak_hour")),
        own(count(row.int("peak_origin_requests"))),
        // Of an origin that nothing reached, every hour is the busiest.
        if row.int("peak_origin_requests") == 0 {
            own(dash())
        } else {
            hour(row.text("peak_origin_hour"))
        },
    ]
}

/// Requests of viewers and at the origin by hour of the day.
fn chart(of: Named<'_>, hourly: &Rows) -> Option<Chart> {
    let mut edge = vec![None; HOURS];
    let mut origin = vec![None; HOURS];
    let mut busiest: Option<Named<'_>> = None;
    let of_it = |row: &Named<'_>| row.text("distribution") == of.text("distribution");
    for row in hourly.iter().filter(of_it) {
        let at = usize::try_from(row.int("hour_of_day")).unwrap_or(HOURS);
        for (values, column) in [(&mut edge, "requests"), (&mut origin, "origin_requests")] {
            if let Some(value) = values.get_mut(at) {
                let requests = row.int(column);
                *value = Some(Datum::int(requests, count(requests)));
            }
        }
        if busiest.is_none_or(|busiest| row.int("requests") > busiest.int("requests")) {
            busiest = Some(row);
        }
    }
    let busiest = busiest?;
    let name = visible(of.text("name"));
    Some(Chart {
        title: format!("{name}: requests by hour of the day (UTC)"),
        summary: format!(
            "Viewers of {name} ask most from {:02}:00 UTC on: {} over the month, of which {} \
             reached the origin.",
            busiest.int("hour_of_day"),
            plural(busiest.int("requests"), "request", "requests"),
            count(busiest.int("origin_requests")),
        ),
        unit: Unit::Count,
        kind: ChartKind::Columns {
            labels: (0..HOURS).map(|hour| format!("{hour:02}")).collect(),
            series: vec![
                Series {
                    name: own("At the edge"),
                    values: edge,
                },
                Series {
                    name: own("At the origin"),
                    values: origin,
                },
            ],
            is_stacked: false,
            marks: Vec::new(),
        },
    })
}
