//! The chapters on money.

use edgeledger_render::{
    chart::{Bar, ChartKind, Ladder, Range, Step, Tier, Unit},
    document::{Block, Section, Table, numbers, words},
};

use super::{GIB, Sink, section};

impl Sink<'_> {
    pub(super) fn summary(&self) -> Section {
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

    pub(super) fn changes(&self) -> Section {
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

    pub(super) fn places(&self) -> Section {
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

    pub(super) fn egress(&self) -> Section {
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
}
