//! Questions on lakes of few hand-written requests: their answers are worked out by hand.

use std::{collections::BTreeMap, fmt::Write};

use edgeledger_testkit::gzip;
use tempfile::TempDir;

use crate::ask::{Row, number, rows, run};

const FIELDS: &str = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method \
                      cs(Host) cs-uri-stem sc-status cs(User-Agent) x-edge-result-type x-host-header \
                      cs-protocol ssl-protocol cs-protocol-version c-port sc-range-start sc-range-end\n";

/// A request of cargo's, which the cache answered.
#[derive(Clone, Copy)]
struct Request<'a> {
    date: &'a str,
    hour: u32,
    path: &'a str,
    bytes: u64,
    client: &'a str,
    status: u16,
    result: &'a str,
    /// The range asked for, in two cells.
    range: &'a str,
}

const PLAIN: Request<'_> = Request {
    date: "2026-10-01",
    hour: 12,
    path: "/a",
    bytes: 100,
    client: "192.0.2.7",
    status: 200,
    result: "Hit",
    range: "-\t-",
};

/// A lake of requests.
struct Lake(TempDir);

impl Lake {
    fn of<'a>(requests: impl IntoIterator<Item = Request<'a>>, ingest: &[&str]) -> Self {
        let mut log = FIELDS.to_owned();
        for request in requests {
            let Request {
                date,
                hour,
                path,
                bytes,
                client,
                status,
                result,
                range,
            } = request;
            writeln!(
                log,
                "{date}\t{hour:02}:30:00\tFRA56-P4\t{bytes}\t{client}\tGET\td1.example.org\t{path}\t\
                 {status}\tcargo/1.98.0\t{result}\twww.example.org\thttps\tTLSv1.3\tHTTP/2.0\t40000\t{range}"
            )
            .unwrap();
        }
        let lake = Self(tempfile::tempdir().unwrap());
        let logs = lake.path("logs");
        std::fs::create_dir(&logs).unwrap();
        let object = format!("{logs}/E2EXAMPLE1RLS.2026-10-01-12.0123abcd.gz");
        std::fs::write(object, gzip(log)).unwrap();
        let path = lake.path("lake");
        run(&[&["ingest", &logs, "--lake", &path], ingest].concat());
        lake
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// The answer to a question for October.
    fn ask(&self, question: &str) -> Vec<Row> {
        let lake = self.path("lake");
        let settings = ["--format", "csv", "--param", "month=2026-10"];
        let answer = run(&[&["sql", "--lake", &lake, question], &settings[..]].concat());
        rows(&answer)
    }
}

/// A column of rows.
fn column<'a>(rows: &'a [Row], column: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[column].as_str()).collect()
}

/// The third of October has no requests.
#[test]
fn a_day_is_compared_with_the_day_before_it() {
    let day = |date, bytes, result| Request {
        date,
        bytes,
        result,
        ..PLAIN
    };
    let requests = [
        day("2026-10-01", 100, "Hit"),
        day("2026-10-01", 100, "Miss"),
        day("2026-10-02", 300, "Hit"),
        day("2026-10-04", 600, "Miss"),
        day("2026-10-05", 150, "Hit"),
    ];
    let lake = Lake::of(requests, &[]);
    let dates = ["2026-10-01", "2026-10-02", "2026-10-04", "2026-10-05"];
    let days = lake.ask("@day-over-day");
    assert_eq!(column(&days, "date"), dates);
    assert_eq!(column(&days, "egress_bytes"), ["200", "300", "600", "150"]);
    let changes = ["", "0.500000", "", "-0.750000"];
    assert_eq!(column(&days, "egress_change"), changes);
    let days = lake.ask("@hit-ratio-by-day");
    assert_eq!(column(&days, "date"), dates);
    let ratios = ["0.500000", "1.000000", "0.000000", "1.000000"];
    assert_eq!(column(&days, "request_hit_ratio"), ratios);
    assert_eq!(column(&days, "change"), ["", "0.500000", "", "1.000000"]);
}

/// October's days up to one of them, but for the fifteenth.
fn month_until(last: u32) -> Vec<String> {
    let days = (1..=last).filter(|day| *day != 15);
    days.map(|day| format!("2026-10-{day:02}")).collect()
}

/// A request at noon of each day, and one in the evening of all but the last.
#[test]
fn a_day_without_any_request_is_quiet() {
    let asked = |dates: &[String]| {
        let last = dates.last().unwrap();
        let noon = dates.iter().map(|date| Request { date, ..PLAIN });
        let evening = dates.iter().filter(|date| *date != last);
        let evening = evening.map(|date| Request {
            date,
            hour: 18,
            ..PLAIN
        });
        let quiet = Lake::of(noon.chain(evening), &[]).ask("@quiet-hours");
        let hours = quiet.iter().map(|row| {
            assert_eq!(number(row, "requests"), 0);
            assert_eq!(number(row, "usual_bytes"), 100);
            format!("{}T{}", row["date"], row["hour_of_day"])
        });
        hours.collect::<Vec<_>>()
    };
    let gap = ["2026-10-15T12", "2026-10-15T18"];
    // Nobody knows yet what comes behind the lake's last hour.
    assert_eq!(asked(&month_until(29)), gap);
    // November is there: what is missing at October's end did not come.
    let mut dates = month_until(29);
    dates.push("2026-11-01".to_owned());
    let end = ["T12", "T18"].map(|hour| [30, 31].map(|day| format!("2026-10-{day}{hour}")));
    let mut all: Vec<String> = gap.map(str::to_owned).into();
    all.extend(end.into_iter().flatten());
    all.sort();
    assert_eq!(asked(&dates), all);
}

/// Two networks; one of them fetches a file three times, and a piece of another twice.
const REQUESTS: [Request<'_>; 9] = {
    let file = Request {
        path: "/dist/a.tar.xz",
        ..PLAIN
    };
    let piece = Request {
        path: "/big",
        status: 206,
        range: "0\t99",
        ..PLAIN
    };
    let gone = Request {
        path: "/gone",
        status: 404,
        ..PLAIN
    };
    [
        file,
        file,
        file,
        piece,
        piece,
        gone,
        Request {
            client: "198.51.100.1",
            ..gone
        },
        Request {
            path: "/crates/serde/serde-1.0.0.crate",
            ..PLAIN
        },
        Request {
            path: "/rustup/archive/1.29.0/x86_64-apple-darwin/rustup-init",
            ..PLAIN
        },
    ]
};

/// Questions that say how many networks there are, and how many these are of the requests above.
const NETWORKS: [(&str, &str); 5] = [
    ("@client-versions", "2"),
    ("@installer-downloads", "1"),
    ("@missing-paths", "2"),
    ("@tls-versions", "2"),
    ("@top-packages", "1"),
];

fn networks_of(lake: &Lake) -> BTreeMap<&'static str, String> {
    let asked = NETWORKS.iter().map(|(question, _)| {
        let answer = lake.ask(question);
        (*question, column(&answer, "networks").join(" "))
    });
    asked.collect()
}

#[test]
fn who_comes_again_is_known_by_addresses() {
    let lake = Lake::of(REQUESTS, &[]);
    let repeats = lake.ask("@repeat-downloads");
    assert_eq!(column(&repeats, "path"), ["/dist/a.tar.xz"]);
    assert_eq!(column(&repeats, "network"), ["192.0.2.0/24"]);
    assert_eq!(column(&repeats, "repeats"), ["2"]);
    assert_eq!(column(&repeats, "repeated_bytes"), ["200"]);
    let pieces = lake.ask("@range-requests");
    assert_eq!(column(&pieces, "repeated_requests"), ["1"]);
    assert_eq!(column(&pieces, "repeated_bytes"), ["100"]);
    let networks = lake.ask("@top-networks");
    let found = column(&networks, "network");
    assert_eq!(found, ["192.0.2.0/24", "198.51.100.0/24"]);
    assert_eq!(column(&networks, "addresses"), ["1", "1"]);
    let connections = lake.ask("@connection-reuse");
    assert_eq!(column(&connections, "connections"), ["2"]);
    assert_eq!(
        networks_of(&lake),
        BTreeMap::from(NETWORKS.map(|(of, n)| (of, n.to_owned())))
    );
}

#[test]
fn without_addresses_nobody_comes_again() {
    let lake = Lake::of(REQUESTS, &["--client-ip", "drop"]);
    let none = ["@repeat-downloads", "@connection-reuse"].map(|of| lake.ask(of).len());
    assert_eq!(none, [0, 0]);
    // Ports that were logged without addresses are no connections.
    let ports = REQUESTS.map(|request| Request {
        client: "-",
        ..request
    });
    assert!(Lake::of(ports, &[]).ask("@connection-reuse").is_empty());
    let pieces = lake.ask("@range-requests");
    let pieces = ["requests", "repeated_requests", "repeated_bytes"].map(|of| column(&pieces, of));
    assert_eq!(pieces, [["2"], [""], [""]]);
    let networks = lake.ask("@top-networks");
    let networks = ["network", "addresses", "requests"].map(|of| column(&networks, of));
    assert_eq!(networks, [["-"], [""], ["9"]]);
    let none = NETWORKS.map(|(of, _)| (of, String::new()));
    assert_eq!(networks_of(&lake), BTreeMap::from(none));
}

/// Files of releases: component, channel, target.
const RELEASES: [(&str, [&str; 3]); 22] = [
    ("rustc-1.98.0-src.tar.xz", ["rustc", "1.98.0", "src"]),
    (
        "2026-10-01/rustc-nightly-src.tar.gz",
        ["rustc", "nightly", "src"],
    ),
    (
        "2026-10-01/rustc-nightly-src-gpl.tar.xz",
        ["rustc", "nightly", "src-gpl"],
    ),
    (
        "rustc-1.99.0-beta.3-src.tar.xz",
        ["rustc", "1.99.0-beta.3", "src"],
    ),
    ("rustc-beta-src.tar.gz", ["rustc", "beta", "src"]),
    (
        "2026-10-01/rust-std-nightly-x86_64-unknown-linux-gnu.tar.xz",
        ["rust-std", "nightly", "x86_64-unknown-linux-gnu"],
    ),
    (
        "rust-1.98.0-i686-pc-windows-msvc.msi",
        ["rust", "1.98.0", "i686-pc-windows-msvc"],
    ),
    (
        "rust-1.98.0-x86_64-apple-darwin.pkg",
        ["rust", "1.98.0", "x86_64-apple-darwin"],
    ),
    (
        "2026-10-01/rustc-dev-nightly-x86_64-unknown-linux-gnu.tar.xz",
        ["rustc-dev", "nightly", "x86_64-unknown-linux-gnu"],
    ),
    (
        "2026-10-01/rust-src-nightly.tar.xz",
        ["rust-src", "nightly", "any"],
    ),
    ("rust-src-1.98.0.tar.gz", ["rust-src", "1.98.0", "any"]),
    (
        "rust-docs-1.98.0-aarch64-apple-darwin.tar.xz",
        ["rust-docs", "1.98.0", "aarch64-apple-darwin"],
    ),
    (
        "rust-docs-json-preview-nightly-x86_64-unknown-linux-gnu.tar.xz",
        [
            "rust-docs-json-preview",
            "nightly",
            "x86_64-unknown-linux-gnu",
        ],
    ),
    (
        "llvm-tools-1.98.0-x86_64-unknown-linux-musl.tar.xz",
        ["llvm-tools", "1.98.0", "x86_64-unknown-linux-musl"],
    ),
    (
        "cargo-1.98.0-x86_64-unknown-freebsd.tar.gz",
        ["cargo", "1.98.0", "x86_64-unknown-freebsd"],
    ),
    (
        "rust-std-1.98.0-thumbv8m.main-none-eabihf.tar.xz",
        ["rust-std", "1.98.0", "thumbv8m.main-none-eabihf"],
    ),
    (
        "rust-std-1.98.0-wasm32-wasip1.tar.xz",
        ["rust-std", "1.98.0", "wasm32-wasip1"],
    ),
    (
        "rust-std-1.98.0-wasm32v1-none.tar.xz",
        ["rust-std", "1.98.0", "wasm32v1-none"],
    ),
    (
        "rust-1.0.0-alpha.2-x86_64-unknown-linux-gnu.tar.gz",
        ["rust", "1.0.0-alpha.2", "x86_64-unknown-linux-gnu"],
    ),
    (
        "rust-1.0.0-alpha-x86_64-unknown-linux-gnu.tar.gz",
        ["rust", "1.0.0-alpha", "x86_64-unknown-linux-gnu"],
    ),
    (
        "rust-1.99.0-beta.3-x86_64-unknown-linux-gnu.tar.xz",
        ["rust", "1.99.0-beta.3", "x86_64-unknown-linux-gnu"],
    ),
    (
        "rustc-codegen-cranelift-preview-nightly-x86_64-unknown-linux-gnu.tar.xz",
        [
            "rustc-codegen-cranelift-preview",
            "nightly",
            "x86_64-unknown-linux-gnu",
        ],
    ),
];

/// What lies beside them: manifests, checksums, signatures.
const NO_RELEASES: [&str; 8] = [
    "channel-rust-stable.toml",
    "channel-rust-1.98.0.toml",
    "2026-10-01/channel-rust-nightly.toml.sha256",
    "channel-rust-nightly-date.txt",
    "rustc-1.98.0-src.tar.xz.sha256",
    "rustc-1.98.0-src.tar.xz.asc",
    "rust-1.98.0-x86_64-unknown-linux-gnu.tar.xz.asc",
    "index.html",
];

#[test]
fn files_of_releases_are_known_by_their_names() {
    // A sum of bytes tells which files are in it.
    let named = RELEASES.iter().map(|(file, _)| *file).chain(NO_RELEASES);
    let paths: Vec<String> = named.map(|file| format!("/dist/{file}")).collect();
    let requests = paths.iter().enumerate().map(|(at, path)| Request {
        path,
        bytes: 1 << at,
        ..PLAIN
    });
    let lake = Lake::of(requests, &[]);
    for (at, key) in ["component", "channel", "target"].into_iter().enumerate() {
        let mut wanted = BTreeMap::<String, (u64, u64)>::new();
        for (bit, (_, names)) in RELEASES.iter().enumerate() {
            let (downloads, bytes) = wanted.entry(names[at].to_owned()).or_default();
            *downloads += 1;
            *bytes += 1 << bit;
        }
        let found = lake.ask(&format!("@downloads-by-{key}"));
        let found = found.iter().map(|row| {
            let counted = (number(row, "downloads"), number(row, "egress_bytes"));
            (row[key].clone(), counted)
        });
        assert_eq!(found.collect::<BTreeMap<_, _>>(), wanted, "{key}");
    }
}

/// The newest installer has no version in its path.
#[test]
fn installers_have_a_target_and_a_version() {
    let paths = [
        "/rustup/archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/dist/x86_64-unknown-linux-gnu/rustup-init",
        "/rustup/dist/x86_64-pc-windows-msvc/rustup-init.exe",
        "/rustup/dist/x86_64-pc-windows-msvc/rustup-init.exe",
        "/rustup/dist/x86_64-pc-windows-msvc/rustup-init.exe.sha256",
        "/rustup/other/x86_64-pc-windows-msvc/rustup-init.exe",
    ];
    let lake = Lake::of(paths.map(|path| Request { path, ..PLAIN }), &[]);
    let found = lake.ask("@installer-downloads");
    let targets = [
        "x86_64-pc-windows-msvc",
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-gnu",
    ];
    assert_eq!(column(&found, "target"), targets);
    assert_eq!(column(&found, "version"), ["newest", "1.29.0", "newest"]);
    assert_eq!(column(&found, "downloads"), ["2", "1", "1"]);
}
