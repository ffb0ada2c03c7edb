//! What must hold of every page, in every view.

use edgeledger_render::html::render;

use crate::{
    browser::{Browser, VIEWS, View},
    kitchen_sink::kitchen_sink,
};

/// The golden report of the sample logs, where the repository has one.
const GOLDEN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../reports/2026-10/report.html"
);

#[tokio::test]
async fn pages_are_good_to_read() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    browser.check(check_all).await;
}

async fn check_all(browser: &Browser) {
    let mut pages = vec![("kitchen-sink", render(&kitchen_sink()))];
    pages.extend(
        std::fs::read_to_string(GOLDEN)
            .ok()
            .map(|html| ("report", html)),
    );
    for (name, html) in pages {
        assert!(html.len() < 1_000_000, "{name}: {} bytes", html.len());
        browser.open(&html, name).await;
        let mut failures = Vec::new();
        for view in VIEWS {
            browser.show(view).await;
            browser.picture(&format!("{name}-{}", view.name)).await;
            failures.extend(check(browser, view).await);
        }
        assert!(failures.is_empty(), "{name}: {failures:#?}");
        browser.print(name).await;
        let requests = browser.requests().await;
        assert_eq!(requests.len(), 1, "{name} asked for {requests:?}");
        let log = browser.log("browser").await;
        assert!(log.is_empty(), "{name}: {log:?}");
    }
}

/// What is wrong with the page in a view.
async fn check(browser: &Browser, view: View) -> Vec<String> {
    let answer = browser.run(include_str!("pages.js")).await;
    assert_eq!(answer["width"], view.width);
    assert!(answer["texts"].as_u64() > Some(100), "few texts were seen");
    let kinds = ["wide", "charts", "headings", "contrast", "overlaps"];
    let failures = kinds.iter().flat_map(|kind| {
        let failures = answer[kind].as_array().unwrap().iter();
        failures.map(move |failure| format!("{} {kind}: {failure}", view.name))
    });
    failures.collect()
}
