//! A document of every kind of block and chart.

use edgeledger_render::{
    chart::{Bar, Chart, ChartKind, Datum, Ladder, Mark, Range, Series, Step, Tier, Unit},
    document::{Block, Document, Fact, Section, Source, Table, Text, foreign, numbers, own, words},
};

const GIB: f64 = 1_073_741_824.0;

/// What each string of the document becomes.
pub(crate) type Change<'a> = &'a dyn Fn(&str) -> String;

/// The document as it is meant.
pub(crate) fn kitchen_sink() -> Document {
    document(&str::to_owned)
}

/// The document with every string changed that is not part of the program.
pub(crate) fn document(change: Change<'_>) -> Document {
    let sink = Sink { change };
    Document {
        title: change("CDN report for October 2026"),
        sections: vec![
            sink.summary(),
            sink.changes(),
            sink.places(),
            sink.egress(),
            sink.origins(),
            sink.forecast(),
            sink.edges(),
            sink.names(),
        ],
    }
}

/// The document with every string changed, and a few rows of everything.
pub(crate) fn small_document(change: Change<'_>) -> Document {
    let mut document = document(change);
    let blocks = document
        .sections
        .iter_mut()
        .flat_map(|section| &mut section.blocks);
    for block in blocks {
        match block {
            Block::Table(table) => table.rows.truncate(3),
            Block::Chart(chart) => shorten(&mut chart.kind),
            _ => {}
        }
    }
    document
}

fn shorten(kind: &mut ChartKind) {
    match kind {
        ChartKind::Columns {
            labels,
            series,
            marks,
            ..
        }
        | ChartKind::Lines {
            labels,
            series,
            marks,
            ..
        } => {
            labels.truncate(2);
            series.truncate(2);
            marks.truncate(1);
            for mark in marks {
                mark.at = 1;
            }
        }
        ChartKind::Bars { bars, .. } => bars.truncate(2),
        ChartKind::Waterfall { steps } => steps.truncate(3),
        ChartKind::Heat {
            rows,
            columns,
            cells,
        } => {
            rows.truncate(2);
            columns.truncate(3);
            cells.truncate(2);
        }
        ChartKind::Ranges { ranges } => ranges.truncate(2),
        ChartKind::Ladders { ladders } => ladders.truncate(2),
    }
}

/// Noise that is the same each time, from 0 to 1.
fn noise(n: u32) -> f64 {
    let mixed = n
        .wrapping_mul(2_654_435_761)
        .rotate_left(13)
        .wrapping_mul(2_246_822_519);
    f64::from(mixed >> 12) / f64::from(1_u32 << 20)
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section {
        id,
        title: Some(title),
        blocks,
    }
}

struct Sink<'a> {
    change: Change<'a>,
}

impl Sink<'_> {
    fn own(&self, text: &str) -> Text {
        own((self.change)(text))
    }

    fn foreign(&self, text: &str) -> Text {
        foreign(&(self.change)(text))
    }

    fn remark(&self, text: &str) -> Text {
        Text::Remark((self.change)(text))
    }

    fn days(&self) -> Vec<String> {
        (1..=31)
            .map(|day| (self.change)(&format!("{day} Oct")))
            .collect()
    }

    fn datum(&self, size: f64, text: &str) -> Datum {
        Datum::new(size, (self.change)(text))
    }

    fn gib(&self, gib: f64) -> Datum {
        self.datum(gib * GIB, &format!("{gib:.1} GiB"))
    }

    fn usd(&self, usd: f64) -> Datum {
        let sign = if usd < 0.0 { "-" } else { "" };
        self.datum(usd, &format!("{sign}${:.2}", usd.abs()))
    }

    fn percent(&self, share: f64) -> Datum {
        self.datum(share, &format!("{:.1}%", share * 100.0))
    }

    fn count(&self, count: u32) -> Datum {
        self.datum(f64::from(count), &count.to_string())
    }

    fn row(&self, name: &str, cells: &[&str]) -> Vec<Text> {
        let cells = cells.iter().map(|cell| self.own(cell));
        std::iter::once(self.foreign(name)).chain(cells).collect()
    }

    fn chart(&self, title: &str, summary: &str, unit: Unit, kind: ChartKind) -> Block {
        Block::Chart(Chart::new(
            (self.change)(title),
            (self.change)(summary),
            unit,
            kind,
        ))
    }

    fn sources(&self, names: &[&'static str]) -> Block {
        let source = |name: &&'static str| {
            let sql = format!(
                "SELECT date, sum(egress_bytes) AS egress_bytes\nFROM {name}\nWHERE month = '2026-10'\n  AND distribution <> 'a<b'\nGROUP BY date\nORDER BY date"
            );
            Source::new(name, (self.change)(&sql))
        };
        Block::Sources(names.iter().map(source).collect())
    }

    fn fact(&self, label: &'static str, value: &str, remark: &str) -> Fact {
        Fact::new(label, (self.change)(value), (self.change)(remark))
    }

    fn summary(&self) -> Section {
        Section {
            id: "summary",
            title: None,
            blocks: vec![
                Block::Paragraph(self.own(
                    "CloudFront cost $4,812.37 and saved $3,996.20 against the same traffic straight from S3: \
                     5.2% more than in September, mostly because of more traffic in Europe.",
                )),
                Block::Facts(vec![
                    self.fact("Cost", "$4,812.37", "CloudFront and its reads of S3"),
                    self.fact("", "+5.2%", "to September, by day +1.8%"),
                    self.fact("Savings", "$3,996.20", "against S3, 45.4%"),
                    self.fact("", "$3,411.05", "at least"),
                    self.fact("", "$4,120.77", "at most"),
                    self.fact("Egress", "92.41 TiB", "to viewers"),
                    self.fact("Requests", "1,204,551,893", "38,846,835 a day"),
                    self.fact("Hit ratio", "93.4%", "of requests"),
                    self.fact("", "96.1%", "of bytes"),
                    self.fact("Price", "$52.08 / TiB", ""),
                    self.fact("Completeness", "743 of 744 hours", "have logs"),
                ]),
            ],
        }
    }

    fn changes(&self) -> Section {
        let step = |label: &str, usd: f64, is_total: bool| Step {
            label: self.own(label),
            datum: self.usd(usd),
            is_total,
        };
        section(
            "why",
            "Why it changed",
            vec![
                Block::Paragraph(self.own(
                    "The steps add up to the difference between the months exactly. Months are compared by day.",
                )),
                self.chart(
                    "From September to October",
                    "Cost rose from $4,574.51 to $4,812.37. Volume added $310.40, the hit ratio took off $61.12.",
                    Unit::Usd,
                    ChartKind::Waterfall {
                        steps: vec![
                            step("September", 4574.51, true),
                            step("Days in the month", 147.57, false),
                            step("Volume", 310.40, false),
                            step("Region mix", -38.90, false),
                            step("Tiers", -120.09, false),
                            step("Hit ratio", -61.12, false),
                            step("Requests", 0.0, false),
                            step("October", 4812.37, true),
                        ],
                    },
                ),
                self.chart(
                    "From nothing",
                    "Savings by reason; requests cost more than they saved.",
                    Unit::Usd,
                    ChartKind::Waterfall {
                        steps: vec![
                            step("Egress", 83.0, false),
                            step("Requests", -101.5, false),
                            step("Reads of the origin", 4.2, false),
                            step("Savings", -14.3, true),
                        ],
                    },
                ),
                Block::Table(
                    Table::new(
                        "Cost by reason",
                        vec![words("Reason"), numbers("Change"), numbers("Share")],
                        vec![
                            self.row("Volume", &["$310.40", "130.5%"]),
                            self.row("Hit ratio", &["-$61.12", "-25.7%"]),
                            self.row("All", &["$237.86", "100.0%"]),
                        ],
                    )
                    .with_totals(1),
                ),
                self.sources(&["month_changes", "month_costs"]),
            ],
        )
    }

    fn places(&self) -> Section {
        let bar = |name: &str, parts: &[f64]| Bar {
            label: self.foreign(name),
            parts: parts.iter().map(|gib| Some(self.gib(*gib))).collect(),
        };
        let tiers = |prices: &[&str]| -> Vec<Tier> {
            let ends = [10.0, 50.0, 150.0, 500.0, 1024.0, 5120.0];
            let ends = ends
                .into_iter()
                .map(|tib| Some(tib * 1024.0 * GIB))
                .chain([None]);
            let tier = |(end, price): (Option<f64>, &&str)| Tier {
                end,
                text: (self.change)(price),
            };
            ends.zip(prices).map(tier).collect()
        };
        let ladder = |name: &str, gib: f64, text: &str| Ladder {
            label: self.own(name),
            position: self.datum(gib * GIB, text),
            tiers: tiers(&[
                "$0.085", "$0.080", "$0.060", "$0.040", "$0.030", "$0.025", "$0.020",
            ]),
        };
        section(
            "where",
            "Where it goes",
            vec![
                self.chart(
                    "Egress by distribution",
                    "releases sent 61.2 TiB, two thirds of all.",
                    Unit::Bytes,
                    ChartKind::Bars {
                        series: vec![self.own("Egress")],
                        bars: vec![
                            bar("releases", &[62_668.8]),
                            bar("crates", &[25_122.9]),
                            bar(
                                "docs with a name that is far too long for the column of names",
                                &[5120.0],
                            ),
                            bar("www", &[1012.4]),
                            bar("index", &[0.3]),
                            bar("nothing", &[0.0]),
                        ],
                        is_stacked: false,
                    },
                ),
                self.chart(
                    "Egress by region and origin",
                    "Europe had the most, mostly from hits.",
                    Unit::Bytes,
                    ChartKind::Bars {
                        series: vec![self.own("Hits"), self.own("Misses")],
                        bars: vec![
                            bar("Europe", &[41_000.0, 1900.5]),
                            bar("North America", &[30_200.0, 1500.0]),
                            bar("Asia", &[9000.0, 1210.0]),
                        ],
                        is_stacked: true,
                    },
                ),
                self.chart(
                    "Price ladders",
                    "North America is on the third tier, Europe on the second.",
                    Unit::Bytes,
                    ChartKind::Ladders {
                        ladders: vec![
                            ladder("North America", 61_440.0, "60.0 TiB"),
                            ladder("Europe", 22_528.0, "22.0 TiB"),
                            ladder("India", 8_000_000.0, "7.63 PiB"),
                        ],
                    },
                ),
                Block::Table(
                    Table::new(
                        "Distributions",
                        vec![
                            words("Distribution"),
                            words("Origin"),
                            numbers("Egress"),
                            numbers("Requests"),
                            numbers("Hit ratio"),
                            numbers("Cost"),
                            numbers("S3"),
                            numbers("Savings"),
                            numbers("Share"),
                        ],
                        vec![
                            self.row(
                                "releases",
                                &[
                                    "S3 us-west-1",
                                    "61.20 TiB",
                                    "301,144,012",
                                    "95.1%",
                                    "$3,201.11",
                                    "$5,881.00",
                                    "$2,679.89",
                                    "45.6%",
                                ],
                            ),
                            self.row(
                                "crates",
                                &[
                                    "S3 us-west-1",
                                    "24.53 TiB",
                                    "880,000,121",
                                    "96.6%",
                                    "$1,400.62",
                                    "$2,804.10",
                                    "$1,403.48",
                                    "50.1%",
                                ],
                            ),
                            self.row(
                                "index",
                                &[
                                    "S3 us-east-1",
                                    "0.31 GiB",
                                    "20,451,114",
                                    "92.7%",
                                    "$198.12",
                                    "$111.95",
                                    "-$86.17",
                                    "-77.0%",
                                ],
                            ),
                            self.row(
                                "www",
                                &[
                                    "server",
                                    "1,012.40 GiB",
                                    "2,956,646",
                                    "19.7%",
                                    "$12.52",
                                    "–",
                                    "–",
                                    "–",
                                ],
                            ),
                            self.row(
                                "All",
                                &[
                                    "",
                                    "92.41 TiB",
                                    "1,204,551,893",
                                    "93.4%",
                                    "$4,812.37",
                                    "$8,797.05",
                                    "$3,996.20",
                                    "45.4%",
                                ],
                            ),
                        ],
                    )
                    .with_totals(1),
                ),
                self.sources(&["savings"]),
            ],
        )
    }

    fn egress(&self) -> Section {
        let range = |name: &str, low: f64, value: f64, high: f64| Range {
            label: self.foreign(name),
            low: self.usd(low),
            value: self.usd(value),
            high: self.usd(high),
        };
        section(
            "cheaper",
            "Cheaper egress",
            vec![
                Block::Paragraph(self.remark("index costs more than it saves: its objects are 16 KiB on average, and requests cost more than their bytes.")),
                self.chart(
                    "Savings and how sure they are",
                    "releases and crates save for certain, index loses.",
                    Unit::Usd,
                    ChartKind::Ranges {
                        ranges: vec![
                            range("releases", 2301.0, 2679.89, 2740.2),
                            range("crates", 1110.05, 1403.48, 1466.9),
                            range("docs", -20.0, 12.0, 90.0),
                            range("index", -240.0, -86.17, -41.0),
                        ],
                    },
                ),
                Block::List(vec![
                    self.own("List prices are an upper bound for anyone with a private rate."),
                    self.foreign("a-foreign-name"),
                    self.remark("A remark that quotes a name."),
                ]),
                self.sources(&["savings_ranges", "savings"]),
            ],
        )
    }

    fn origins(&self) -> Section {
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

    fn forecast(&self) -> Section {
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
    fn edges(&self) -> Section {
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
    fn names(&self) -> Section {
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
