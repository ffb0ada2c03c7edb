//! Releases: few requests, nearly all bytes, and a purge of the cache every night.

use crate::calendar::{self, DAY_S};
use crate::prng::{Prng, mix_text};
use crate::row::Row;

use super::{answer, error, mishap, redirect};

/// The nightly purge of `/dist/*`: seconds after midnight UTC.
pub(crate) const PURGE_S: u64 = 30 * 60;
/// What the purge empties.
pub(crate) const PURGED: &str = "/dist/";

pub(super) const AGENTS: &[(&str, u64)] = &[
    ("rustup/1.29.0", 40),
    ("rustup/1.28.2", 18),
    ("rustup/1.27.1", 5),
    ("curl/8.9.1", 14),
    ("curl/7.88.1", 8),
    ("Wget/1.21.4", 4),
    ("Nix/2.24.9", 3),
    ("python-requests/2.32.3", 4),
    ("bazel/8.1.0", 2),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        3,
    ),
];

const TARGETS: &[(&str, u64)] = &[
    ("x86_64-unknown-linux-gnu", 52),
    ("aarch64-unknown-linux-gnu", 12),
    ("aarch64-apple-darwin", 12),
    ("x86_64-pc-windows-msvc", 12),
    ("x86_64-unknown-linux-musl", 5),
    ("x86_64-apple-darwin", 3),
    ("i686-pc-windows-msvc", 2),
    ("riscv64gc-unknown-linux-gnu", 2),
];

/// Component, weight and size in MB (10^6 bytes) of an average target.
const COMPONENTS: &[((&str, u64), u64)] = &[
    (("rust", 226), 64),
    (("rustc", 78), 14),
    (("rustc-dev", 110), 5),
    (("rust-std", 27), 11),
    (("llvm-tools", 32), 2),
    (("rust-docs", 21), 2),
    (("cargo", 9), 3),
    (("rust-analyzer", 11), 2),
    (("clippy", 4), 1),
    (("rustfmt", 2), 1),
];

/// Share of misses under `/dist/`, per mille: 60 % right after a purge, halving every 90 minutes.
fn miss_per_mille(at_s: u64) -> u64 {
    let since_purge_s = (at_s + DAY_S - PURGE_S) % DAY_S;
    30 + (570 >> (since_purge_s / 5400))
}

pub(super) fn row(prng: &mut Prng, mut row: Row) -> Row {
    let (path, size_bytes, content_type) = object(prng, row.at_s);
    row.path = path;
    if mishap(prng, &mut row, size_bytes, content_type) {
        return row;
    }
    match prng.below(1000) {
        0..=3 => {
            "/rustup.sh".clone_into(&mut row.path);
            redirect(prng, &mut row, 301, "LambdaGeneratedResponse");
            return row;
        }
        4..=11 => {
            let page = prng.pick(&[
                "book/index.html",
                "std/vec/struct.Vec.html",
                "std/index.html",
            ]);
            row.path = format!("/doc/master/{page}");
            redirect(prng, &mut row, 301, "LambdaGeneratedResponse");
            return row;
        }
        12 => {
            row.status = 502;
            row.result("LambdaExecutionError");
            answer(prng, &mut row, 1021, "text/html");
            return row;
        }
        13..=22 => {
            row.path = row.path.replace(".tar.xz", ".tar.zst");
            error(prng, &mut row, 404);
            return row;
        }
        23..=27 => {
            error(prng, &mut row, 503);
            return row;
        }
        _ => {}
    }
    let miss = if row.path.starts_with(PURGED) {
        miss_per_mille(row.at_s)
    } else {
        25
    };
    match prng.below(1000) {
        draw if draw < miss => row.result("Miss"),
        draw if draw > 970 => row.result("RefreshHit"),
        draw if draw > 930 => row.detailed = "OriginShieldHit",
        _ => {}
    }
    if prng.chance(12) {
        row.method = "HEAD";
    }
    let conditional = size_bytes < 2_000_000 && prng.chance(250);
    if conditional && row.result != "Miss" {
        row.status = 304;
        answer(prng, &mut row, 0, "-");
        row.content_length = None;
    } else if size_bytes > 5_000_000 && prng.chance(60) {
        // A download taken up again, or one of several parallel pieces.
        let start = prng.below(size_bytes / 1_000_000) * 1_000_000;
        let end = if prng.chance(500) {
            size_bytes - 1
        } else {
            (start + 15_999_999).min(size_bytes - 1)
        };
        row.status = 206;
        row.range = Some((start, end));
        answer(prng, &mut row, end - start + 1, content_type);
    } else {
        answer(prng, &mut row, size_bytes, content_type);
    }
    row
}

/// Path, size and content type of something asked for at this time.
fn object(prng: &mut Prng, at_s: u64) -> (String, u64, &'static str) {
    const TOML: &str = "application/toml";
    // The newest nightly is the one of the last purge.
    let nightly = calendar::date((at_s - PURGE_S) / DAY_S);
    let (date, version) = match prng.below(100) {
        0..=3 => return ("/dist/channel-rust-stable.toml".to_owned(), 871_204, TOML),
        4..=6 => return ("/dist/channel-rust-nightly.toml".to_owned(), 905_117, TOML),
        7..=9 => {
            return (
                "/dist/channel-rust-nightly.toml.sha256".to_owned(),
                99,
                "text/plain",
            );
        }
        10..=12 => return rustup(prng),
        13..=54 => (nightly, "nightly"),
        55..=58 => ("2026-10-02".to_owned(), "beta"),
        59..=87 if at_s / DAY_S >= 20_727 => ("2026-10-01".to_owned(), "1.98.0"),
        59..=91 => ("2026-08-20".to_owned(), "1.97.0"),
        92..=94 => ("2026-07-09".to_owned(), "1.96.0"),
        95..=97 => ("2026-02-12".to_owned(), "1.93.1"),
        _ => ("2024-11-28".to_owned(), "1.83.0"),
    };
    let target = prng.weighted(TARGETS);
    let (component, size_mb) = prng.weighted(COMPONENTS);
    let installer = component == "rust" && target.contains("windows");
    let ending = if installer { "msi" } else { "tar.xz" };
    let path = format!("/dist/{date}/{component}-{version}-{target}.{ending}");
    // ±10 % by path, so that an object keeps its size.
    let size_bytes = (size_mb * 10_000 * (90 + mix_text(&path) % 21) + mix_text(&path) % 10_000)
        .min(250_000_000);
    (
        path,
        size_bytes,
        if installer {
            "application/x-msi"
        } else {
            "application/x-xz"
        },
    )
}

fn rustup(prng: &mut Prng) -> (String, u64, &'static str) {
    if prng.chance(300) {
        return (
            "/rustup/release-stable.toml".to_owned(),
            46,
            "application/toml",
        );
    }
    let target = prng.weighted(TARGETS);
    let ending = if target.contains("windows") {
        ".exe"
    } else {
        ""
    };
    let version = prng.pick(&["1.29.0", "1.29.0", "1.28.2"]);
    let path = format!("/rustup/archive/{version}/{target}/rustup-init{ending}");
    let size_bytes = 14_000_000 + mix_text(&path) % 7_000_000;
    (path, size_bytes, "binary/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_step_up_at_the_purge_and_decay() {
        let at = |hour: u64, minute: u64| miss_per_mille(hour * 3600 + minute * 60);
        assert_eq!((at(0, 29), at(0, 30)), (30, 600));
        assert!(at(3, 0) < at(0, 59) && at(9, 0) < at(3, 0) && at(18, 0) < 35);
    }
}
