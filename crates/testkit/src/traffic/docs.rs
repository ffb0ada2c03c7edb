//! Manuals: browsers, HTTP/3, referrers, search queries.

use crate::prng::{Prng, mix_text};
use crate::row::{Row, encode};

use super::{answer, error, mishap, plain_http, redirect};

pub(super) const AGENTS: &[(&str, u64)] = &[
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        30,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        30,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        22,
    ),
    (
        "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://www.example.org/bot)",
        16,
    ),
    ("curl/8.9.1", 2),
];

const PAGES: &[&str] = &[
    "/stable/std/index.html",
    "/stable/std/vec/struct.Vec.html",
    "/stable/book/index.html",
    "/stable/std/collections/struct.HashMap.html",
    "/stable/std/option/enum.Option.html",
    "/stable/book/ch04-01-what-is-ownership.html",
    "/stable/reference/items.html",
    "/stable/cargo/reference/manifest.html",
    "/nightly/std/simd/index.html",
    "/stable/std/iter/trait.Iterator.html",
    "/stable/std/primitive.str.html",
];
const ASSETS: &[(&str, u64, &str)] = &[
    ("/static.files/rustdoc-1a2b3c4d.css", 52_410, "text/css"),
    ("/static.files/main-5e6f7081.js", 38_902, "text/javascript"),
    (
        "/static.files/search-9a8b7c6d.js",
        121_774,
        "text/javascript",
    ),
    (
        "/static.files/FiraSans-Regular-0fe48ade.woff2",
        132_780,
        "font/woff2",
    ),
    ("/stable/search-index.js", 3_481_112, "text/javascript"),
];

pub(super) fn row(prng: &mut Prng, mut row: Row) -> Row {
    const HTML: &str = "text/html";
    let page = PAGES[prng.skewed(PAGES.len())];
    let page_bytes = 9_000 + mix_text(page) % 120_000;
    page.clone_into(&mut row.path);
    if prng.chance(300) {
        "https://search.example.com/".clone_into(&mut row.referrer);
    }
    if mishap(prng, &mut row, page_bytes, HTML) {
        return row;
    }
    match prng.below(100) {
        0..=3 => {
            row.path += "l";
            error(prng, &mut row, 404);
            return row;
        }
        4..=6 => {
            row.path = format!("/doc{page}");
            redirect(prng, &mut row, 301, "LambdaGeneratedResponse");
            return row;
        }
        _ => {}
    }
    row.result(prng.weighted(&[("Hit", 84), ("Miss", 10), ("RefreshHit", 6)]));
    if prng.chance(120) && row.result != "Miss" {
        row.status = 304;
        answer(prng, &mut row, 0, "-");
        row.content_length = None;
    } else if prng.chance(550) {
        let (path, size_bytes, content_type) = prng.pick(ASSETS);
        path.clone_into(&mut row.path);
        row.referrer = format!("https://docs.example.org{page}");
        answer(prng, &mut row, size_bytes, content_type);
    } else {
        if prng.chance(80) {
            let word = prng.pick(&["vec", "hash map", "Option<T>", "größe"]);
            row.query = encode(&format!("search={}", encode(word)));
        }
        answer(prng, &mut row, page_bytes, HTML);
        if row.http_version != "HTTP/1.1" {
            // Compressed at the edge: the length was not known beforehand.
            row.content_length = None;
        }
    }
    if row.agent.starts_with("curl") {
        plain_http(&mut row);
    }
    row
}
