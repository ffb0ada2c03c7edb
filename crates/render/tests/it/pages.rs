//! What must hold of every page, in every view.

use edgeledger_render::html::render;
use serde_json::{Value, json};

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
    // The browser is ended whatever the checks say.
    let checked = tokio::spawn(async move {
        let checked = std::panic::AssertUnwindSafe(check_all(&browser));
        let outcome = futures::FutureExt::catch_unwind(checked).await;
        browser.end().await;
        outcome
    });
    if let Err(panic) = checked.await.unwrap() {
        std::panic::resume_unwind(panic);
    }
}

async fn check_all(browser: &Browser) {
    let mut pages = vec![("kitchen-sink", render(&kitchen_sink()))];
    pages.extend(
        std::fs::read_to_string(GOLDEN)
            .ok()
            .map(|html| ("report", html)),
    );
    for (name, html) in pages {
        browser.open(&html, name).await;
        for view in VIEWS {
            browser.show(view).await;
            browser.picture(&format!("{name}-{}", view.name)).await;
            check(browser, name, view).await;
        }
        browser.print(name).await;
        let requests = browser.requests().await;
        assert_eq!(requests.len(), 1, "{name} asked for {requests:?}");
        let log = browser.log("browser").await;
        assert!(log.is_empty(), "{name}: {log:?}");
    }
}

async fn check(browser: &Browser, name: &str, view: View) {
    let failures = browser.run(include_str!("pages.js")).await;
    let place = format!("{name}, {}", view.name);
    assert_eq!(failures["wide"], json!([]), "{place}: wider than the page");
    assert_eq!(
        failures["charts"],
        json!([]),
        "{place}: charts without words"
    );
    assert_eq!(failures["headings"], json!([]), "{place}: headings");
    assert_eq!(failures["contrast"], json!([]), "{place}: contrast");
    assert_eq!(failures["overlaps"], json!([]), "{place}: texts upon texts");
    assert!(
        failures["texts"].as_u64() > Some(100),
        "{place}: {}",
        Value::from("few texts")
    );
}
