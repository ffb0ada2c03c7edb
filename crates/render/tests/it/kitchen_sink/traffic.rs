//! The chapters on traffic, and what is at the edges of a report.

use edgeledger_render::{
    chart::{Bar, ChartKind, Datum, Mark, Series, Unit},
    document::{Block, Section, Table, Text, numbers, words},
};

use super::{Sink, noise, section};

impl Sink<'_> {
    pub(super) fn origins(&self) -> Section {
        let hours: Vec<String> = (0..24)
            .map(|hour| (self.change)(&format!("{hour:02}")))
            .collect();
        let cells = (0..31_u32)
            .map(|day| {
                let cell = |hour: u32| {
                    let peak = if hour == 2 { 900.0 } else { 80.0 };
                    let is_gap = day == 11 && (4..9).contains(&hour);
                    (!is_gap).then(|| self.count_of(peak * (0.4 + noise(day * 24 + hour))))
                };
                (0..24).map(cell).collect()
            })
            .collect();
        let rows = (1..=31)
            .map(|day| (self.change)(&format!("{day} Oct")))
            .collect();
        let days: Vec<Vec<Text>> = (1..=31_u32)
            .map(|day| {
                let name = format!("2026-10-{day:02}");
                self.row(&name, &[&format!("{}", 200 + day * 7), "96.1%"])
            })
            .collect();
        section(
            "origins",
            "Less origin load",
            vec![
                self.chart(
                    "Requests that reached the origins, by hour",
                    "Every night at two o'clock ten times as many requests reach the origins.",
                    Unit::Count,
                    ChartKind::Heat {
                        rows,
                        columns: hours,
                        cells,
                    },
                ),
                Block::Table(
                    Table::new(
                        "Requests by day",
                        vec![words("Day"), numbers("Requests"), numbers("Hit ratio")],
                        days.clone(),
                    )
                    .folded(),
                ),
                Block::Table(
                    Table::new(
                        "Requests by day and everything else",
                        vec![words("Day"), numbers("Requests"), numbers("Hit ratio")],
                        days,
                    )
                    .extra(),
                ),
                self.sources(&["origin_hours"]),
            ],
        )
    }

    fn count_of(&self, count: f64) -> Datum {
        self.datum(count, &format!("{count:.0}"))
    }

    pub(super) fn forecast(&self) -> Section {
        let series = |name: &str, value: &dyn Fn(u32) -> Option<Datum>| Series {
            name: self.foreign(name),
            values: (0..31).map(value).collect(),
        };
        let ratio = |base: f64, seed: u32| {
            move |day: u32| (day < 24).then(|| self.percent(base + noise(day + seed) * 0.03))
        };
        let stacked = |base: f64, seed: u32| {
            move |day: u32| Some(self.gib(base * (0.8 + noise(day + seed) * 0.5)))
        };
        let names = ["releases", "crates", "docs", "www", "index", "static"];
        let six = |base: f64| -> Vec<Series> {
            let each = names.iter().zip(0_u32..);
            each.map(|(name, at)| series(name, &stacked(base / f64::from(at + 1), at * 100)))
                .collect()
        };
        let mark = |at: usize, text: &str| Mark {
            at,
            text: self.foreign(text),
        };
        section(
            "forecast",
            "Days",
            vec![
                self.chart(
                    "Egress by day",
                    "Between 2.1 and 4.0 TiB a day, with a peak on 9 October.",
                    Unit::Bytes,
                    ChartKind::Columns {
                        labels: self.days(),
                        series: six(1200.0),
                        is_stacked: true,
                        marks: vec![
                            mark(8, "a release"),
                            mark(20, "logs are missing for five hours"),
                        ],
                    },
                ),
                self.chart(
                    "Savings by day, two distributions beside each other",
                    "index loses every day.",
                    Unit::Usd,
                    ChartKind::Columns {
                        labels: self.days(),
                        series: vec![
                            series("releases", &|day| Some(self.usd(20.0 + noise(day) * 30.0))),
                            series("index", &|day| Some(self.usd(-3.0 - noise(day + 7) * 20.0))),
                        ],
                        is_stacked: false,
                        marks: vec![],
                    },
                ),
                self.chart(
                    "Hit ratio by day",
                    "All between 88% and 98%.",
                    Unit::Ratio,
                    ChartKind::Lines {
                        labels: self.days(),
                        series: vec![
                            series("releases", &ratio(0.95, 1)),
                            series("crates", &ratio(0.92, 200)),
                            series("docs", &ratio(0.88, 300)),
                        ],
                        band: vec![],
                        marks: vec![mark(8, "a release")],
                    },
                ),
                self.chart(
                    "Cost so far and to come",
                    "By the end of the month between $4,600 and $5,000.",
                    Unit::Usd,
                    ChartKind::Lines {
                        labels: self.days(),
                        series: vec![series("Cost", &|day| {
                            (day < 20).then(|| self.usd(f64::from(day + 1) * 155.0))
                        })],
                        band: (0..31_u32)
                            .map(|day| {
                                let middle = f64::from(day + 1) * 155.0;
                                let wide = f64::from(day.saturating_sub(19)) * 18.0;
                                (day >= 19)
                                    .then(|| (self.usd(middle - wide), self.usd(middle + wide)))
                            })
                            .collect(),
                        marks: vec![],
                    },
                ),
            ],
        )
    }

    /// Charts at the edges of what can be drawn.
    pub(super) fn edges(&self) -> Section {
        let columns = |sizes: &[f64], text: &str| ChartKind::Columns {
            labels: sizes.iter().map(|_| (self.change)("now")).collect(),
            series: vec![Series {
                name: self.own("One"),
                values: sizes
                    .iter()
                    .map(|size| Some(self.datum(*size, text)))
                    .collect(),
            }],
            is_stacked: true,
            marks: vec![],
        };
        let many = (0..200_u32).map(|n| Bar {
            label: self.foreign(&format!("distribution {n}")),
            parts: vec![Some(self.count(20_000 / (n + 1)))],
        });
        section(
            "edges",
            "At the edges",
            vec![
                self.chart("Nothing", "There is nothing.", Unit::Usd, columns(&[], "")),
                self.chart("One", "There is one.", Unit::Count, columns(&[3.0], "3")),
                self.chart(
                    "All zero",
                    "All are zero.",
                    Unit::Bytes,
                    columns(&[0.0, 0.0], "0 B"),
                ),
                self.chart(
                    "Huge",
                    "Huge, not a number, endless.",
                    Unit::Bytes,
                    columns(&[1e18, f64::NAN, f64::INFINITY, -1e18], "1e18"),
                ),
                self.chart(
                    "Two hundred",
                    "Two hundred bars.",
                    Unit::Count,
                    ChartKind::Bars {
                        series: vec![self.own("Requests")],
                        bars: many.collect(),
                        is_stacked: false,
                    },
                ),
            ],
        )
    }

    /// Names that mean harm.
    pub(super) fn names(&self) -> Section {
        let long = format!("/{}.tar.gz", "x".repeat(100_000));
        let rows = [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "javascript:alert(1)",
            "=cmd|'/c calc'!A0",
            "\u{202e}gpj.exe\u{2066}",
            "\u{1b}[2J\u{7}",
            "א ב ג 123 (שלום)",
            "好好好好好好",
            long.as_str(),
        ];
        let rows = rows.iter().map(|name| self.row(name, &["1", "2"]));
        section(
            "names",
            "Names that mean harm",
            vec![Block::Table(Table::new(
                "",
                vec![words("Path"), numbers("Requests"), numbers("")],
                rows.collect(),
            ))],
        )
    }
}
