//! No text changes the structure of a page: neither for a parser nor in a real browser.

use edgeledger_render::{
    chart::{Bar, Chart, ChartKind, Datum, Mark, Series, Unit},
    document::{Block, Document, Section, Table, Text, words},
    escape, html, layout, markdown, text,
};
use scraper::{Html, Node};
use serde_json::Value;

use crate::{
    browser::{Browser, VIEWS},
    kitchen_sink::small_document as document,
    payloads::payloads,
};

/// A harmless text that takes the same room as a payload, so that the drawing is the same.
fn harmless(payload: &str) -> String {
    let same = |c: char| match (layout::display_width(c.encode_utf8(&mut [0; 4])), c) {
        // What decides about lines, signs and widths stays.
        (_, ' ' | '%' | 'M' | 'W' | 'm' | '@' | '-' | '+' | '−' | '–') => c,
        (0, _) => '\u{301}',
        (2, _) => '好',
        _ => 'x',
    };
    let shown = |line: &str| escape::visible(line).chars().map(same).collect::<String>();
    shown(payload)
}

/// Elements with their attributes, in order, and where texts are.
fn shape(html: &str) -> Vec<String> {
    let parsed = Html::parse_document(html);
    let nodes = parsed.tree.root().descendants();
    nodes
        .filter_map(|node| match node.value() {
            Node::Element(element) => {
                let mut attributes: Vec<_> = element
                    .attrs()
                    // Our words for what a region holds; the value is text, whatever it says.
                    .map(|(name, value)| format!("{name}={value:?}"))
                    .collect();
                attributes.sort();
                let depth = node.ancestors().count();
                Some(format!(
                    "{depth} <{} {}>",
                    element.name(),
                    attributes.join(" ")
                ))
            }
            Node::Comment(comment) => Some(format!("comment {comment:?}")),
            Node::ProcessingInstruction(_) => Some("instruction".to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn no_text_changes_the_structure_of_a_page() {
    let payloads = payloads();
    assert!(payloads.len() >= 300);
    std::thread::scope(|scope| {
        for some in payloads.chunks(payloads.len().div_ceil(4)) {
            scope.spawn(move || some.iter().for_each(|payload| check(payload)));
        }
    });
}

fn check(payload: &str) {
    let hostile = html::render(&document(&|_| payload.to_owned()));
    let calm = html::render(&document(&|_| harmless(payload)));
    let (hostile_shape, calm_shape) = (shape(&hostile), shape(&calm));
    let other = hostile_shape
        .iter()
        .zip(&calm_shape)
        .find(|(one, other)| one != other);
    assert_eq!(other, None, "{payload:?}");
    assert_eq!(hostile_shape.len(), calm_shape.len(), "{payload:?}");
    assert!(
        !hostile.contains(|c| c != '\n' && escape::is_hidden(c)),
        "{payload:?}"
    );
}

#[test]
fn long_texts_are_cut_in_every_medium() {
    let long = "<b>|".repeat(25_000);
    let name = || Text::Foreign(long.clone());
    let bar = Bar {
        label: name(),
        parts: vec![Some(Datum::count(1)), None],
    };
    let series = Series {
        name: name(),
        values: vec![Some(Datum::count(1))],
    };
    let mark = Mark {
        at: 0,
        text: name(),
    };
    let kinds = [
        ChartKind::Bars {
            series: vec![name(), name()],
            bars: vec![bar],
            is_stacked: true,
        },
        ChartKind::Columns {
            labels: vec![long.clone()],
            series: vec![series.clone(), series],
            is_stacked: false,
            marks: vec![mark],
        },
    ];
    let charts = kinds.map(|kind| Block::Chart(Chart::new("Long", "Long", Unit::Count, kind)));
    let blocks = [
        Block::Paragraph(name()),
        Block::List(vec![name(), Text::Remark(long.clone())]),
        Block::Table(Table::new("", vec![words("Name")], vec![vec![name()]])),
    ];
    let document = Document {
        title: "Long".to_owned(),
        sections: vec![Section {
            id: "long",
            title: None,
            blocks: blocks.into_iter().chain(charts).collect(),
        }],
    };
    for rendered in [
        html::render(&document),
        markdown::render(&document),
        text::render(&document),
    ] {
        assert!(rendered.contains("(100000 characters)"), "{rendered}");
        assert!(rendered.len() < 60_000, "{}", rendered.len());
    }
}

/// All payloads on a few pages, each in every place of a text.
fn pages() -> Vec<Document> {
    let all = payloads();
    let page = |some: &[String]| {
        let of = |payload: &String| document(&|_| payload.clone()).sections;
        Document {
            title: some.concat(),
            sections: some.iter().flat_map(of).collect(),
        }
    };
    all.chunks(100).map(page).collect()
}

#[tokio::test]
async fn no_text_does_anything_in_a_browser() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    browser
        .check(async |browser| {
            browser.show(VIEWS[0]).await;
            for page in pages() {
                let html = html::render(&page);
                browser.open(&html, "payloads").await;
                let seen = browser.run(include_str!("injection.js")).await;
                // Every element is one of ours, and no text became one.
                let bytes = html.as_bytes();
                let tags = bytes
                    .windows(2)
                    .filter(|two| two[0] == b'<' && two[1].is_ascii_lowercase());
                assert_eq!(seen["elements"].as_u64(), u64::try_from(tags.count()).ok());
                for nothing in ["handlers", "addresses", "styles", "unknown", "harmed"] {
                    assert_eq!(seen[nothing], Value::from(0), "{nothing}");
                }
                let requests = browser.requests().await;
                assert_eq!(requests.len(), 1, "{requests:?}");
                let log = browser.log("browser").await;
                assert!(log.is_empty(), "{log:?}");
            }
        })
        .await;
}
