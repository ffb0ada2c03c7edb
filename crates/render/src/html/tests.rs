//! Small pages.

use super::render;
use crate::{
    chart::{Bar, Chart, ChartKind, Datum, Ladder, Mark, Range, Series, Step, Tier, Unit},
    document::{Block, Document, Fact, Section, Source, Table, Text, foreign, numbers, own, words},
};

fn page(blocks: Vec<Block>) -> String {
    let sections = vec![Section {
        id: "one",
        title: Some("One & only"),
        blocks,
    }];
    render(&Document {
        title: "CDN <report>".to_owned(),
        sections,
    })
}

/// What is in the section, without the head and the style sheet.
fn body(blocks: Vec<Block>) -> String {
    let page = page(blocks);
    let (_, rest) = page.split_once("</h2>\n").unwrap();
    rest.split_once("</section>").unwrap().0.to_owned()
}

#[test]
fn the_policy_knows_the_style_sheet_by_its_digest() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};

    let page = page(vec![]);
    let (_, rest) = page.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let digest = STANDARD.encode(Sha256::digest(style));
    assert!(page.contains(&format!("style-src 'sha256-{digest}'")));
    assert!(!style.contains("//") && !style.contains("@import"));
    for word in ["<script", "style=\"", "http://", "https://"] {
        let (head, body) = page.split_once("<body>").unwrap();
        assert!(!body.contains(word), "{word}");
        assert!(!head.contains("<script"));
    }
}

#[test]
fn a_page_has_a_head_and_contents() {
    let page = page(vec![]);
    let (start, rest) = page.split_once("<style>").unwrap();
    let (_, end) = rest.split_once("</style>").unwrap();
    let (before, rest) = end.split_once("<svg class=\"patterns\"").unwrap();
    let (_, after) = rest.split_once("</svg>\n").unwrap();
    // The digest changes with the style sheet.
    let (policy, rest) = start.split_once("sha256-").unwrap();
    let (_, start) = rest.split_once('\'').unwrap();
    let html = format!("{policy}…'{start}…{before}…{after}");
    insta::assert_snapshot!(html);
}

#[test]
fn sections_of_one_name_have_ids_of_their_own() {
    let section = |id| Section {
        id,
        title: Some("Title"),
        blocks: vec![],
    };
    let page = render(&Document {
        title: String::new(),
        sections: vec![section("a"), section("a"), section("content")],
    });
    for id in ["a", "a-2", "content", "content-2"] {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    for id in ["a", "a-2", "content-2"] {
        assert_eq!(
            page.matches(&format!("<li><a href=\"#{id}\"")).count(),
            1,
            "{id}"
        );
    }
}

#[test]
fn prose_facts_and_queries() {
    let html = body(vec![
        Block::Paragraph(own("Cost < $5 & more")),
        Block::List(vec![
            foreign("<b>"),
            Text::Remark("\u{202e}evil".to_owned()),
        ]),
        Block::Facts(vec![
            Fact::new("Cost", "$5.00", "in all"),
            Fact::new("", "+5%", "to September"),
            Fact::new("Requests", "1,204,551,893", ""),
        ]),
        Block::Sources(vec![Source::new(
            "savings",
            "SELECT 1\n\tWHERE 'a' < 'b'\n",
        )]),
    ]);
    insta::assert_snapshot!(html);
}

#[test]
fn tables() {
    let rows = || {
        vec![
            vec![foreign("a<b"), own("1"), own("S3 us-west-1")],
            vec![own("All"), own("2"), own("")],
        ]
    };
    let columns = || vec![words("Name"), numbers("Requests"), words("")];
    let html = body(vec![
        Block::Table(Table::new("Caption", columns(), rows()).with_totals(1)),
        Block::Table(Table::new("", columns(), vec![])),
        Block::Table(Table::new("Folded", columns(), rows()).folded()),
        Block::Table(Table::new("Extra", columns(), rows()).extra()),
    ]);
    insta::assert_snapshot!(html);
}

#[test]
fn a_chart_is_drawn_for_wide_and_narrow_pages() {
    let kind = ChartKind::Columns {
        labels: vec!["1 Oct".to_owned(), "2 Oct".to_owned()],
        series: vec![Series {
            name: foreign("rel<eases"),
            values: vec![Some(Datum::count(1200)), Some(Datum::count(-300))],
        }],
        is_stacked: true,
        marks: vec![],
    };
    let chart = Chart::new("Requests", "Fewer & fewer.", Unit::Count, kind);
    let html = body(vec![Block::Chart(chart)]);
    insta::assert_snapshot!(html);
}

#[test]
fn wide_tables_can_be_scrolled_by_keyboard() {
    let columns = vec![numbers("A number with a long name"); 20];
    let row = vec![own("1,234,567.89"); 20];
    let html = body(vec![Block::Table(Table::new("Wide", columns, vec![row]))]);
    assert!(html.contains("role=\"region\" aria-label=\"Wide\" tabindex=\"0\""));
    // Beyond the columns that the style sheet knows, cells say it themselves.
    assert_eq!(html.matches("<td class=\"n\">").count(), 4);
    assert!(html.contains("n16\"") && !html.contains("n17"));
}

/// Every kind of chart over the same sizes, with lists of different lengths.
fn charts_of(sizes: &[f64]) -> Vec<ChartKind> {
    let data: Vec<Option<Datum>> = sizes
        .iter()
        .map(|size| Some(Datum::new(*size, "n")))
        .collect();
    let series = || Series {
        name: own("series"),
        values: data
            .iter()
            .cloned()
            .chain([None, data.first().cloned().flatten()])
            .collect(),
    };
    let mark = |at| Mark {
        at,
        text: own("mark"),
    };
    let labels = || sizes.iter().map(|_| "at".to_owned()).collect::<Vec<_>>();
    let mut kinds: Vec<ChartKind> = [true, false]
        .map(|is_stacked| ChartKind::Columns {
            labels: labels(),
            series: vec![series(); 7],
            is_stacked,
            marks: vec![mark(0), mark(99)],
        })
        .into();
    kinds.extend([true, false].map(|is_stacked| {
        ChartKind::Bars {
            series: vec![own("one")],
            bars: sizes
                .iter()
                .map(|_| Bar {
                    label: own("bar"),
                    parts: data.clone(),
                })
                .collect(),
            is_stacked,
        }
    }));
    let datum = |size: &f64| Datum::new(*size, "n");
    kinds.extend([
        ChartKind::Lines {
            labels: labels(),
            series: vec![series()],
            band: sizes
                .iter()
                .map(|size| Some((datum(size), datum(size))))
                .chain([None])
                .collect(),
            marks: vec![mark(99)],
        },
        ChartKind::Waterfall {
            steps: sizes
                .iter()
                .map(|size| Step {
                    label: own("step"),
                    datum: datum(size),
                    is_total: *size > 1e9,
                })
                .collect(),
        },
        ChartKind::Heat {
            rows: labels(),
            columns: labels(),
            cells: vec![data.clone(), vec![]],
        },
        ChartKind::Ranges {
            ranges: sizes
                .iter()
                .map(|size| Range {
                    label: own("range"),
                    low: datum(size),
                    value: datum(size),
                    high: datum(&0.0),
                })
                .collect(),
        },
        ChartKind::Ladders {
            ladders: sizes
                .iter()
                .map(|size| Ladder {
                    label: own("ladder"),
                    position: datum(size),
                    tiers: sizes
                        .iter()
                        .map(|end| Tier {
                            end: Some(*end),
                            text: "$1".to_owned(),
                        })
                        .chain([Tier {
                            end: None,
                            text: "$0".to_owned(),
                        }])
                        .collect(),
                })
                .collect(),
        },
    ]);
    kinds
}

#[test]
fn odd_numbers_do_not_break_a_drawing() {
    let many: Vec<f64> = (0..200).map(f64::from).collect();
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        -1e300,
        f64::MIN_POSITIVE,
        0.0,
        1e18,
    ];
    for sizes in [
        &[][..],
        &[0.0],
        &[-1.0],
        &[0.0, 0.0],
        &[f64::NAN],
        &odd,
        &many,
    ] {
        for unit in [Unit::Bytes, Unit::Count, Unit::Usd, Unit::Ratio] {
            for kind in charts_of(sizes) {
                let html = body(vec![Block::Chart(Chart::new(
                    "title", "summary", unit, kind,
                ))]);
                for attribute in html.split('"').skip(1).step_by(2) {
                    assert!(
                        !attribute.contains("NaN") && !attribute.contains("inf"),
                        "{attribute}"
                    );
                    let mut decimals = attribute.split('.').skip(1);
                    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).count();
                    assert!(decimals.all(|rest| digits(rest) <= 2), "{attribute}");
                }
            }
        }
    }
}

#[test]
fn tables_of_odd_shape_do_not_break_a_page() {
    let rows = vec![vec![], vec![own("1"); 5], vec![own("2")]];
    let html = body(vec![
        Block::Table(Table::new("Odd", vec![words("a"), numbers("b")], rows).with_totals(9)),
        Block::Facts(vec![Fact::new("", "1", "first")]),
        Block::Facts(vec![]),
    ]);
    assert_eq!(html.matches("<tr>").count(), 4);
    assert_eq!(html.matches("<div").count(), html.matches("</div>").count());
}
