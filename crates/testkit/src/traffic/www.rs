//! A web application behind the CDN: methods that write, errors, little to cache.

use crate::prng::Prng;
use crate::row::{Row, encode};

use super::{answer, error, mishap, plain_http, redirect};

pub(super) const AGENTS: &[(&str, u64)] = &[
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        18,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        22,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        12,
    ),
    (
        "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://www.example.org/bot)",
        14,
    ),
    ("cargo/1.98.0 (2f8a1c3d5 2026-09-24)", 20),
    ("python-requests/2.32.3", 8),
    ("curl/8.9.1", 6),
];

pub(super) fn row(prng: &mut Prng, mut row: Row, packages: &[(String, u64)]) -> Row {
    const JSON: &str = "application/json;%20charset=utf-8";
    let (name, _) = &packages[prng.skewed(packages.len())];
    row.result("Miss");
    let body_bytes = prng.range(2, 60) * prng.range(100, 1000);
    "/".clone_into(&mut row.path);
    if row.agent.starts_with("Mozilla") && prng.chance(500) {
        row.referrer = format!("https://www.example.org/crates/{name}");
    }
    if mishap(prng, &mut row, body_bytes, JSON) {
        return row;
    }
    match prng.below(100) {
        0..=19 => {
            row.path = format!("/assets/vendor-{:04x}.js", prng.below(4) * 0x1111);
            row.result(prng.weighted(&[("Hit", 88), ("Miss", 8), ("RefreshHit", 4)]));
            answer(prng, &mut row, 412_000, "text/javascript");
        }
        20..=51 => {
            row.path = format!("/api/v1/crates/{name}");
            if prng.chance(60) {
                row.method = "HEAD";
            }
            answer(prng, &mut row, body_bytes, JSON);
        }
        52..=61 => {
            "/api/v1/crates".clone_into(&mut row.path);
            row.query = encode(&format!(
                "page={}&per_page=50&q={name} async",
                prng.range(1, 40)
            ));
            answer(prng, &mut row, body_bytes, JSON);
        }
        62..=69 => answer(prng, &mut row, 5_321, "text/html"),
        70..=74 => {
            // Publishing a package: the request is the big part.
            row.method = "PUT";
            "/api/v1/crates/new".clone_into(&mut row.path);
            row.request_bytes += prng.range(4, 2_000) * prng.range(100, 2_000);
            answer(prng, &mut row, 130, JSON);
        }
        75..=79 => {
            row.method = "POST";
            "/api/private/session".clone_into(&mut row.path);
            row.request_bytes += prng.range(200, 4_000);
            if prng.chance(300) {
                error(prng, &mut row, 403);
            } else {
                answer(prng, &mut row, 640, JSON);
            }
        }
        80..=82 => {
            row.method = "OPTIONS";
            row.path = format!("/api/v1/crates/{name}/owners");
            row.status = 204;
            answer(prng, &mut row, 0, "-");
        }
        83 => {
            row.method = prng.pick(&["DELETE", "PATCH"]);
            row.path = format!("/api/v1/crates/{name}/owners");
            row.request_bytes += prng.range(40, 900);
            answer(prng, &mut row, 60, JSON);
        }
        84..=87 => {
            row.path = format!("/crates/{name}/");
            row.status = 302;
            answer(prng, &mut row, 0, "-");
        }
        88..=91 => {
            row.path = prng
                .pick(&["/wp-login.php", "/.env", "/.git/config"])
                .to_owned();
            error(prng, &mut row, 404);
        }
        92..=93 => {
            row.path = format!("/api/v1/crates/{name}");
            error(prng, &mut row, 429);
        }
        94..=96 => {
            row.path = format!("/api/v1/crates/{name}/downloads");
            let status = prng.pick(&[500, 502, 503, 503, 504]);
            error(prng, &mut row, status);
        }
        97..=98 => {
            plain_http(&mut row);
            redirect(prng, &mut row, 301, "Redirect");
        }
        _ => {
            plain_http(&mut row);
            "/health".clone_into(&mut row.path);
            answer(prng, &mut row, 2, "text/plain");
        }
    }
    row
}
