//! Package files: most requests, small objects, kept for ever; legacy URLs are redirected.

use crate::prng::{Prng, mix_text};
use crate::row::Row;

use super::{answer, error, mishap, redirect};

pub(super) const AGENTS: &[(&str, u64)] = &[
    ("cargo/1.98.0 (2f8a1c3d5 2026-09-24)", 34),
    ("cargo/1.97.0 (9b1c2d7e4 2026-08-12)", 20),
    ("cargo/1.99.0-nightly (77d0be31f 2026-10-03)", 10),
    ("cargo/1.93.1 (083ac5135 2026-01-30)", 9),
    ("cargo 1.74.0 (ecb9851af 2023-10-18)", 6),
    ("cargo/1.75.0", 6),
    ("curl/8.9.1", 5),
    ("Nix/2.24.9", 3),
    ("panamax/1.0.14", 2),
    ("Wget/1.21.4", 2),
    ("-", 1),
];

const KNOWN: &[&str] = &[
    "syn",
    "serde",
    "quote",
    "libc",
    "rand",
    "cfg-if",
    "bitflags",
    "hashbrown",
    "itoa",
    "base64",
    "memchr",
    "regex",
    "serde_json",
    "getrandom",
    "log",
    "once_cell",
    "smallvec",
    "tokio",
    "indexmap",
    "thiserror",
    "clap",
    "heck",
    "anyhow",
    "bytes",
    "hyper",
    "http",
    "rustix",
    "digest",
    "toml",
    "num-traits",
    "time",
    "url",
    "uuid",
    "rayon",
    "flate2",
    "chrono",
];
const PARTS: &[&str] = &[
    "async", "core", "derive", "macro", "util", "proto", "sys", "parse", "tree", "net", "stream",
    "fmt", "test", "geo", "audio", "crypto", "auth", "kv", "queue", "trace", "grid", "ecs", "hal",
];

/// Names with the size of their newest version in bytes, most popular first.
pub(super) fn packages(prng: &mut Prng) -> Vec<(String, u64)> {
    let mut names: Vec<String> = KNOWN.iter().map(|&name| name.to_owned()).collect();
    for (i, left) in PARTS.iter().enumerate() {
        for right in PARTS.iter().skip(i + 1) {
            if prng.chance(600) {
                names.push(format!("{left}{}{right}", prng.pick(&["-", "_"])));
            }
        }
    }
    let sized = |name: String| {
        // 5 to 500 KB, every doubling about equally likely.
        let octave = 5_000 << (mix_text(&name) % 6);
        let size_bytes = octave + prng.below(octave);
        (name, size_bytes)
    };
    names.into_iter().map(sized).collect()
}

/// A version of a package: an object keeps its size.
fn version(prng: &mut Prng) -> String {
    let (minor, patch) = (prng.skewed(12), prng.skewed(20));
    // A "+" is asked for as %2B, and CloudFront encodes the percent sign again.
    let build = if prng.chance(15) { "%252B1.8.1" } else { "" };
    format!("1.{minor}.{patch}{build}")
}

pub(super) fn row(prng: &mut Prng, mut row: Row, packages: &[(String, u64)]) -> Row {
    const GZIP: &str = "application/gzip";
    let (name, newest_bytes) = &packages[prng.skewed(packages.len())];
    let version = version(prng);
    row.path = format!("/crates/{name}/{name}-{version}.crate");
    let size_bytes = newest_bytes * (80 + mix_text(&row.path) % 40) / 100;
    if mishap(prng, &mut row, size_bytes, GZIP) {
        return row;
    }
    match prng.below(1000) {
        // The old download URL, still built into tools and lock files.
        0..=59 => {
            row.path = format!("/api/v1/crates/{name}/{version}/download");
            let status = if prng.chance(700) { 302 } else { 301 };
            redirect(prng, &mut row, status, "FunctionGeneratedResponse");
        }
        60..=65 => error(prng, &mut row, 403),
        66 => error(prng, &mut row, 502),
        67..=68 => {
            row.result("LimitExceeded");
            row.status = 429;
            answer(prng, &mut row, 560, "text/html");
        }
        draw => {
            match draw % 100 {
                0..=5 => row.result("Miss"),
                6..=7 => row.result("RefreshHit"),
                8..=10 => row.detailed = "OriginShieldHit",
                _ => {}
            }
            if prng.chance(6) {
                row.method = "HEAD";
            }
            answer(prng, &mut row, size_bytes, GZIP);
        }
    }
    row
}

/// What the client that downloads too much calls itself.
pub(crate) const ANOMALY_AGENT: &str = "ci-fetch/0.3";

pub(super) fn anomaly_row(prng: &mut Prng, mut row: Row) -> Row {
    let name = prng.pick(&["windows-bindings-all", "icu-data-full"]);
    row.path = format!("/crates/{name}/{name}-0.61.{}.crate", prng.below(3));
    "203.0.113.77".clone_into(&mut row.ip);
    ANOMALY_AGENT.clone_into(&mut row.agent);
    answer(
        prng,
        &mut row,
        480_000 + mix_text(name) % 20_000,
        "application/gzip",
    );
    row
}
