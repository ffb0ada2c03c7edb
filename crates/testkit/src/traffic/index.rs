//! The package index: very many small answers, many of them "not modified".

use crate::prng::{Prng, mix_text};
use crate::row::Row;

use super::{answer, error, mishap};

pub(super) fn row(prng: &mut Prng, mut row: Row, packages: &[(String, u64)]) -> Row {
    const TEXT: &str = "text/plain";
    let (name, _) = &packages[prng.skewed(packages.len())];
    let config = prng.chance(70);
    row.path = if config {
        "/config.json".to_owned()
    } else {
        path(name)
    };
    let size_bytes = if config {
        311
    } else {
        300 + mix_text(name) % (200 << (mix_text(name) % 7))
    };
    if mishap(prng, &mut row, size_bytes, TEXT) {
        return row;
    }
    match prng.below(100) {
        0..=2 => {
            row.path += "-typo";
            error(prng, &mut row, 404);
        }
        3..=40 => {
            row.status = 304;
            row.result(if prng.chance(300) {
                "RefreshHit"
            } else {
                "Hit"
            });
            answer(prng, &mut row, 0, "-");
            row.content_length = None;
        }
        draw => {
            match draw {
                41..=47 => row.result("Miss"),
                48..=53 => row.result("RefreshHit"),
                _ => {}
            }
            answer(prng, &mut row, size_bytes, TEXT);
        }
    }
    row
}

/// Where the sparse index keeps a package: `/se/rd/serde`, `/3/s/syn`.
fn path(name: &str) -> String {
    let part = |range: std::ops::Range<usize>| name.get(range).unwrap_or_default();
    match name.len() {
        0..=2 => format!("/2/{name}"),
        3 => format!("/3/{}/{name}", part(0..1)),
        _ => format!("/{}/{}/{name}", part(0..2), part(2..4)),
    }
}
