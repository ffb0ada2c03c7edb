//! Planted secrets and addresses never come out: in no column, no `extra`, no reject, no error.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it")]

use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::util::display::array_value_to_string;
use edgeledger_logs::{
    ClientIp, Options, Parsed, Parser, Privacy, PrivacySettings, REDACTED_PARAMETERS, Redaction,
    droppable_columns, schema,
};
use proptest::{prelude::*, test_runner::RngSeed};

const CANARY: &str = "CaNaRy";
const FIELDS: &str = "date time c-ip c-port cs-uri-stem cs-uri-query cs(Referer) cs(Cookie) x-forwarded-for sc-bytes c-ip cs-uri-query x-new";

fn options(settings: &PrivacySettings) -> Options {
    Options {
        privacy: Privacy::new(settings).unwrap(),
        max_recorded_rejects: 1000,
        ..Options::default()
    }
}

fn client_ip(client_ip: ClientIp) -> PrivacySettings {
    PrivacySettings {
        client_ip,
        ..PrivacySettings::default()
    }
}

fn dropping(columns: &[&str]) -> PrivacySettings {
    PrivacySettings {
        drop_columns: columns.iter().map(|&name| name.to_owned()).collect(),
        ..PrivacySettings::default()
    }
}

fn parse(log: &str, settings: &PrivacySettings) -> Parsed {
    let mut parser = Parser::new(options(settings));
    parser.feed(log.as_bytes()).unwrap();
    parser.finish().unwrap()
}

fn rows(parsed: &Parsed) -> RecordBatch {
    concat_batches(&schema(), &parsed.batches).unwrap()
}

fn row(log: &str, settings: &PrivacySettings) -> RecordBatch {
    let parsed = parse(log, settings);
    assert_eq!(
        (parsed.summary.rows, parsed.summary.rejected_rows),
        (1, 0),
        "{log}"
    );
    rows(&parsed)
}

/// A value as text; nothing for null.
fn value(rows: &RecordBatch, column: &str) -> String {
    array_value_to_string(rows.column_by_name(column).unwrap(), 0).unwrap()
}

/// Everything that can be read from what was parsed.
fn everything(parsed: &Parsed) -> String {
    let rows = rows(parsed);
    let mut out = format!("{:?}", parsed.summary);
    for column in rows.columns() {
        if let Some(column) = column.as_string_opt::<i32>() {
            column.iter().flatten().for_each(|text| out.push_str(text));
        } else {
            write!(out, "{column:?}").unwrap();
        }
    }
    out
}

/// A secret in each form in which a field can hold one.
fn secrets() -> Vec<(&'static str, String)> {
    let mut secrets = Vec::new();
    for name in REDACTED_PARAMETERS {
        for equals in ["=", "%3D", "%253D"] {
            let secret = format!("{name}{equals}{CANARY}");
            secrets.push(("cs-uri-query", format!("a=1&{secret}&b=2")));
            secrets.push(("cs(Cookie)", format!("a=1;%20{secret};%20b=2")));
            secrets.push(("cs(Referer)", format!("https://h/a?{secret}&b=2")));
            secrets.push(("cs(Referer)", format!("https://h/a%23{secret}")));
            secrets.push(("cs-uri-stem", format!("/a;{secret}/b")));
            secrets.push(("cs-uri-stem", format!("/a%253F{secret}/{CANARY}")));
            secrets.push(("x-new", format!("{secret}&{CANARY}")));
        }
        secrets.push(("x-new", format!("a%0A{name}:%20{CANARY}%0Ab")));
        secrets.push(("cs-uri-query", format!("{}={CANARY}", name.to_uppercase())));
        let mut encoded = String::new();
        for byte in name.bytes() {
            write!(encoded, "%25{byte:02x}").unwrap();
        }
        secrets.push(("cs-uri-query", format!("{encoded}={CANARY}")));
    }
    secrets.push(("cs(Referer)", format!("https://{CANARY}:{CANARY}@h/")));
    secrets.push((
        "cs(Referer)",
        format!("https://u:{CANARY}&b=%2540;{CANARY}@h/"),
    ));
    secrets.push((
        "cs-uri-query",
        format!("u=https%253A%252F%252Fu:{CANARY}@h"),
    ));
    secrets.push((
        "cs-uri-query",
        format!("token={}{CANARY}", "x".repeat(100_000)),
    ));
    secrets.push((
        "cs-uri-query",
        format!("{}&token={CANARY}", "=".repeat(100_000)),
    ));
    secrets
}

#[test]
fn secrets_never_come_out() {
    for (field, secret) in secrets() {
        let time = "2024-01-16\t23:56:42";
        let json =
            format!(r#"{{"date":"2024-01-16","time":"23:56:42","c-port":"7","{field}":"{secret}""#);
        for log in [
            // A row, a copy of the field, and the field under a name that is not known.
            format!("#Fields: date time {field} sc-bytes\n{time}\t{secret}\t1\n"),
            format!("#Fields: date time {field} {field}\n{time}\t-\t{secret}\n"),
            format!("#Fields: date time foo c-port\n{time}\t{secret}\t{secret}\n"),
            // Rejects: too few columns, a bad number, a bad time, and a line that is too long.
            format!("#Fields: date time\n{secret}\t{time}\n"),
            format!("#Fields: date time sc-bytes\n{time}\t{secret}\n"),
            format!("#Fields: date time\n{secret}\t23:56:42\n"),
            format!("#Fields: timestamp\n{secret}\n"),
            format!("#Fields: date time\n{secret}{}\n", "x".repeat(1 << 20)),
            // Names of fields.
            format!("#Fields: date time {secret}\n{time}\tx\n"),
            // JSON: a member, a copy, an unknown one, nested ones, a bad line.
            format!("{json},\"sc-bytes\":1}}\n"),
            format!("{json},\"{field}\":\"{secret}\",\"foo\":\"{secret}\"}}\n"),
            format!("{json},\"foo\":{{\"a\":[1.50,\"{secret}\"]}}}}\n"),
            format!("{json},\"{secret}\":\"x\"}}\n"),
            format!("{json},\"sc-bytes\":\"{secret}\"}}\n"),
            format!("{json}}}\n{json}\n"),
            format!("{json}}}\n{{\"{field}\":\"{secret}\"\n"),
        ] {
            let found = everything(&parse(&log, &PrivacySettings::default()));
            assert!(!found.contains(CANARY), "{log}\n{found}");
        }
        let version = format!("#Version: {secret}\n");
        let err = Parser::new(Options::default())
            .feed(version.as_bytes())
            .unwrap_err();
        assert!(!err.to_string().contains(CANARY), "{err}");
    }
}

#[test]
fn members_with_listed_names_are_redacted() {
    let log = format!(
        r#"{{"sc-bytes":1,"timestamp":1705449402,"token":"{CANARY}","cs(Authorization)":"{CANARY}","a":{{"n":1.50,"pwd":["{CANARY}"]}}}}"#
    );
    let found = value(&row(&log, &PrivacySettings::default()), "extra");
    assert_eq!(
        found,
        r#"{"token":"REDACTED","cs(Authorization)":"REDACTED","a":{"n":1.50,"pwd":"REDACTED"}}"#
    );
}

#[test]
fn redaction_can_be_extended_and_switched_off() {
    let log = "#Fields: date time cs-uri-query\n2024-01-16\t23:56:42\ttoken=1&MY_ID=2&x=3\n";
    let found = |redaction| {
        let settings = PrivacySettings {
            redaction,
            ..PrivacySettings::default()
        };
        value(&row(log, &settings), "query")
    };
    let extra_names = vec!["my-id".to_owned()];
    assert_eq!(found(Redaction::default()), "token=REDACTED&MY_ID=2&x=3");
    assert_eq!(
        found(Redaction::On { extra_names }),
        "token=REDACTED&MY_ID=REDACTED&x=3"
    );
    assert_eq!(found(Redaction::Off), "token=1&MY_ID=2&x=3");
}

/// One row whose addresses all end in 77 and whose ports are 54321.
fn log_with_addresses() -> String {
    format!(
        "#Fields: {FIELDS}\n2024-01-16\t23:56:42\t203.0.113.77\t54321\t/a\tq=1\t-\t-\t198.51.100.77%2C%20[2001:db8:1:77::77]:54321\t1\t2001:db8:1:77::77\tq=2\tvia 192.0.2.77\n"
    )
}

#[test]
fn addresses_are_kept_truncated_or_dropped() {
    let check = |policy, expect: [&str; 4]| {
        let rows = row(&log_with_addresses(), &client_ip(policy));
        let found =
            ["client_ip", "forwarded_for", "client_port", "extra"].map(|name| value(&rows, name));
        assert_eq!(found, expect);
        assert_eq!(value(&rows, "query"), "q=1");
        assert_eq!(value(&rows, "response_bytes"), "1");
    };
    check(
        ClientIp::Keep,
        [
            "203.0.113.77",
            "198.51.100.77%2C%20[2001:db8:1:77::77]:54321",
            "54321",
            r#"{"c-ip#2":"2001:db8:1:77::77","cs-uri-query#2":"q=2","x-new":"via 192.0.2.77"}"#,
        ],
    );
    check(
        ClientIp::Truncate,
        [
            "203.0.113.0",
            "198.51.100.0%2C%202001:db8:1::",
            "54321",
            r#"{"c-ip#2":"2001:db8:1::","cs-uri-query#2":"q=2","x-new":"via <ip>"}"#,
        ],
    );
    check(
        ClientIp::Drop,
        ["", "", "", r#"{"cs-uri-query#2":"q=2","x-new":"via <ip>"}"#],
    );
}

#[test]
fn what_is_no_address_becomes_null() {
    let log = "#Fields: date time c-ip x-forwarded-for c-ip\n2024-01-16\t23:56:42\tsecret\tunknown\tsecret\n";
    let rows = row(log, &client_ip(ClientIp::Truncate));
    for column in ["client_ip", "forwarded_for", "extra"] {
        assert!(rows.column_by_name(column).unwrap().is_null(0), "{column}");
    }
}

#[test]
fn rejects_hold_no_addresses_whatever_the_policy() {
    for policy in [ClientIp::Keep, ClientIp::Truncate, ClientIp::Drop] {
        for address in [
            "203.0.113.77",
            "2001:db8:1:77::77",
            "::ffff:203.0.113.77",
            "2001%3Adb8%3A%3A77",
        ] {
            let log = format!(
                "#Fields: date time sc-bytes\n{address}\n2024-01-16\t23:56:42\t{address}\n{address}\t23:56:42\t1\n{}{address}{}\n",
                "x".repeat(40),
                "y".repeat(1 << 20)
            );
            let settings = PrivacySettings {
                redaction: Redaction::Off,
                ..client_ip(policy)
            };
            let parsed = parse(&log, &settings);
            assert_eq!(parsed.summary.rejects.len(), 4);
            let found = everything(&parsed);
            assert!(!found.contains("77") && !found.contains("203"), "{found}");
            assert_eq!(parsed.summary.rejects[0].preview, "<ip>");
            let reason = parsed.summary.rejects[1].reason.to_string();
            assert_eq!(reason, "malformed number `<ip>` in `sc-bytes`");
        }
    }
}

#[test]
fn dropped_columns_are_null_with_their_copies() {
    let fields: Vec<_> = droppable_columns()
        .filter(|name| *name != "extra")
        .collect();
    let rows = row(
        &log_with_addresses(),
        &dropping(&["client_ip", "query", "client_port"]),
    );
    assert_eq!(value(&rows, "extra"), r#"{"x-new":"via 192.0.2.77"}"#);
    for column in ["client_ip", "query", "client_port"] {
        assert!(rows.column_by_name(column).unwrap().is_null(0), "{column}");
    }
    assert_eq!(value(&rows, "path"), "/a");
    let rows = row(&log_with_addresses(), &dropping(&["extra"]));
    assert!(rows.column_by_name("extra").unwrap().is_null(0));
    assert_eq!(value(&rows, "client_ip"), "203.0.113.77");
    let rows = row(&log_with_addresses(), &dropping(&fields));
    for column in &fields {
        assert!(rows.column_by_name(column).unwrap().is_null(0), "{column}");
    }
    assert_eq!(value(&rows, "response_bytes"), "1");

    let bad = "#Fields: date time c-port\n2024-01-16\t23:56:42\tx\n";
    let rows = row(bad, &dropping(&["client_port"]));
    assert!(rows.column_by_name("extra").unwrap().is_null(0));
}

/// Views of chapters about paths, clients and times, which a lake without these cannot have.
const CHAPTERS: [&str; 4] = [
    "anomalies.sql",
    "prefix_quarters.sql",
    "purges.sql",
    "response_times.sql",
];

/// Views that only give the columns other names.
const OTHER_NAMES: [&str; 2] = ["cloudfront_logs.sql", "cloudfront_standard_logs.sql"];

/// A column that a view of traffic or cost reads must not be droppable.
#[test]
fn no_report_reads_a_droppable_column() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../queries/views");
    let mut n_views = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let sql = std::fs::read_to_string(&path).unwrap();
        if !sql.contains("FROM requests") || OTHER_NAMES.iter().any(|view| path.ends_with(view)) {
            continue;
        }
        if CHAPTERS.iter().any(|chapter| path.ends_with(chapter)) {
            continue;
        }
        n_views += 1;
        let code: String = sql
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        let words: Vec<_> = code
            .split(|char: char| !char.is_alphanumeric() && char != '_')
            .collect();
        for column in droppable_columns() {
            assert!(!words.contains(&column), "{column} in {}", path.display());
        }
    }
    assert!(n_views >= 3, "{n_views} views read the requests");
}

#[test]
fn docs_list_every_parameter_and_column() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/privacy.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let columns = schema();
    let columns = columns.fields().iter().map(|field| field.name().as_str());
    for name in columns.chain(REDACTED_PARAMETERS.iter().copied()) {
        assert!(
            docs.contains(&format!("`{name}`")),
            "{name} is not in docs/privacy.md"
        );
    }
}

/// Text of parameters, encoded or not, with secrets and without.
fn query() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "token",
        "Signature",
        "a",
        "b1",
        "=",
        "=",
        "=",
        "&",
        "&",
        ";",
        "?",
        "/",
        "%3D",
        "%26",
        "%253D",
        "%2526",
        "%",
        "%2",
        "%zz",
        "%25",
        "%20",
        "+",
        "://",
        "@",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "é",
        "%00",
        "x-y",
        "REDACTED",
        "user:pw@",
        "%3F",
        "#",
        "%23",
        "\\u003d",
        "\\",
    ]);
    prop::collection::vec(piece, 1..30)
        .prop_map(|pieces| pieces.concat())
        // A line that starts so is a comment.
        .prop_filter("no comment", |query| !query.starts_with('#'))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn redacting_twice_is_redacting_once(query in query()) {
        let columns = ["path", "query", "referrer", "cookie", "extra"];
        let log = |values: &[String]| format!("#Fields: date time cs-uri-stem cs-uri-query cs(Referer) cs(Cookie) new\n2024-01-16\t23:56:42\t{}\n", values.join("\t"));
        // What a truncated address leaves behind may look like a name that the address hid.
        let settings = client_ip(ClientIp::Keep);
        let once = row(&log(&vec![query; 5]), &settings);
        let mut values: Vec<_> = columns.map(|column| value(&once, column)).to_vec();
        if let Ok(extra) = serde_json::from_str::<serde_json::Value>(&values[4]) {
            values[4] = extra["new"].as_str().unwrap().to_owned();
        }
        let twice = row(&log(&values), &settings);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn unknown_parameters_are_untouched(parameters in prop::collection::vec(("[f-h%]{1,9}", "[^\t\r\n@&;:#]{0,20}"), 1..8)) {
        let query = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        prop_assume!(!REDACTED_PARAMETERS.iter().any(|name| query.to_lowercase().contains(&name.to_lowercase())));
        let log = format!("#Fields: date time cs-uri-query cs(Cookie)\n2024-01-16\t23:56:42\t{query}\t{query}\n");
        let rows = row(&log, &PrivacySettings::default());
        prop_assert_eq!(value(&rows, "query"), query.as_str());
        prop_assert_eq!(value(&rows, "cookie"), query.as_str());
    }

    #[test]
    fn planted_values_never_come_out(
        before in "[a-h=&%]{0,20}", name in prop::sample::select(REDACTED_PARAMETERS), after in "[a-h=&%]{0,20}",
    ) {
        let query = format!("{before}&{name}=x{CANARY}y&{after}");
        let log = format!("#Fields: date time cs-uri-query sc-bytes\n2024-01-16\t23:56:42\t{query}\t7\n{query}\n");
        let parsed = parse(&log, &PrivacySettings::default());
        prop_assert!(!everything(&parsed).contains(CANARY));
        let found = rows(&parsed);
        prop_assert_eq!(value(&found, "query"), format!("{before}&{name}=REDACTED&{after}"));
        prop_assert_eq!(value(&found, "response_bytes"), "7");
    }
}
