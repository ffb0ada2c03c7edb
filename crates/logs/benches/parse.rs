//! How fast one core parses a log: `cargo bench -p edgeledger-logs -- [LOG]`, where LOG is an
//! uncompressed log whose rows are repeated; without it, a row of 33 columns is, and the same with
//! a query, a referrer and a cookie, as they are and with secrets; then each era of the format.
#![expect(clippy::print_stdout, reason = "the result of a benchmark")]

use std::time::Instant;

use edgeledger_logs::{ClientIp, Options, Parser, Privacy, PrivacySettings};

const HEADER: &str = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n";
const ROW: &str = "2024-01-16\t23:56:42\tCMH68-P2\t214182\t192.0.2.1\tGET\td111111abcdef8.cloudfront.net\t/crates/bindgen/bindgen-0.65.1.crate\t200\t-\tcargo%201.74.0%20(ecb9851af%202023-10-18)\t-\t-\tHit\teGC6xGseFkxo1BMAlPTAqh0w9-Bxi9fsSLT2MZWcPcqdjNjngxfOvQ==\tstatic.example.com\thttps\t97\t0.017\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t54298\t0.017\tHit\tapplication/gzip\t213479\t-\t-\n";
const LOG_BYTES: usize = 256 << 20;
const CHUNK_BYTES: usize = 256 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keep = Options::default();
    if let Some(path) = std::env::args().skip(1).find(|arg| !arg.starts_with("--")) {
        return measure("as logged", &std::fs::read(path)?, &keep);
    }
    let truncate = Options {
        privacy: Privacy::new(&PrivacySettings {
            client_ip: ClientIp::Truncate,
            ..PrivacySettings::default()
        })?,
        ..Options::default()
    };
    let with = |query: &str, cookie: &str| {
        let cells = format!("\t200\thttps://www.example.com/a/b?{query}\t");
        let row = ROW.replace("\t200\t-\t", &cells);
        let cells = format!("\t{query}\t{cookie}\tHit\t");
        row.replace("\t-\t-\tHit\t", &cells)
    };
    let plain = with("page=2&sort=name&utm_source=news", "theme=dark;%20lang=en");
    let secret = with(
        "Expires=1700000000&Signature=nitfHRCrtziwO2HwPfWw~yYDhUF5EwRun&Key-Pair-Id=K2JCJMDEHXQW5F",
        "theme=dark;%20session=2b1d7f6c;%20lang=en",
    );
    for (name, row, options) in [
        ("no parameters", ROW, &keep),
        ("no parameters, addresses truncated", ROW, &truncate),
        ("parameters", &plain, &keep),
        ("secrets redacted", &secret, &keep),
    ] {
        measure(name, [HEADER, row].concat().as_bytes(), options)?;
    }
    for columns in [12, 15, 18, 19, 24, 26, 33] {
        measure(
            &format!("the first {columns} columns"),
            era(columns).as_bytes(),
            &keep,
        )?;
    }
    measure("version 2, text", &std::fs::read(VERSION_2)?, &keep)?;
    measure("version 2, JSON", json_line().as_bytes(), &keep)
}

/// A log of the second version, with the columns it added.
const VERSION_2: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/testdata/reads_the_columns_of_v2.log"
);

fn names() -> impl Iterator<Item = &'static str> {
    let line = HEADER.lines().nth(1).unwrap_or_default();
    line.split(' ').skip(1)
}

/// Columns were only ever added at the end: how a log looked when it had so many.
fn era(columns: usize) -> String {
    let names: Vec<&str> = names().take(columns).collect();
    let cells: Vec<&str> = ROW.trim_end().split('\t').take(columns).collect();
    format!(
        "#Version: 1.0\n#Fields: {}\n{}\n",
        names.join(" "),
        cells.join("\t")
    )
}

/// The same row as JSON.
fn json_line() -> String {
    let pairs = names().zip(ROW.trim_end().split('\t'));
    let pairs: Vec<String> = pairs
        .map(|(name, cell)| format!("\"{name}\":\"{cell}\""))
        .collect();
    format!("{{{}}}\n", pairs.join(","))
}

fn measure(name: &str, text: &[u8], options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let mut log = Vec::with_capacity(LOG_BYTES + text.len());
    log.extend_from_slice(text);
    let rows = text
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"#"));
    let rows = rows.collect::<Vec<_>>().concat();
    while log.len() < LOG_BYTES && !rows.is_empty() {
        log.extend_from_slice(&rows);
    }
    for _ in 0..3 {
        let start = Instant::now();
        let mut parser = Parser::new(options.clone());
        for chunk in log.chunks(CHUNK_BYTES) {
            parser.feed(chunk)?;
            drop(parser.take_batches());
        }
        let summary = parser.finish()?.summary;
        let micros = u64::try_from(start.elapsed().as_micros())?.max(1);
        println!(
            "{} ({name}): {} MB/s, {} thousand rows/s, {} bytes/row",
            summary.format,
            summary.bytes / micros,
            summary.rows * 1000 / micros,
            summary.bytes / summary.rows.max(1),
        );
    }
    Ok(())
}
