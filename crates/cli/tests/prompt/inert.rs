//! What a client sent is shown, and steers nothing; files and pipes get it as it is.

use std::{fs, process::Command};

use edgeledger_testkit::{gzip, repo_root};
use tempfile::TempDir;

use crate::terminal::{Start, text};

/// Sets a title, clears the screen, writes in red, and writes backwards.
const AGENT: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{202e}\u{9b}1m";
const QUERY: &str = "SELECT user_agent FROM requests";

/// A log of a client with that name.
fn hostile_log() -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let log = format!(
        "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) \
         cs-uri-stem sc-status cs(User-Agent) x-edge-result-type x-host-header cs-protocol\n\
         2026-10-01\t00:00:00\tFRA56-P4\t100\t192.0.2.1\tGET\td1.example.org\t/a\t200\t\
         {AGENT}\tHit\twww.example.org\thttps\n"
    );
    let file = dir.path().join("E2EXAMPLE1RLS.2026-10-01-00.aaaaaaaa.gz");
    fs::write(&file, gzip(log)).unwrap();
    let logs = text(&file);
    (dir, logs)
}

fn on_logs(logs: &str, args: &[&str]) -> Start {
    let args = ["--logs", logs].into_iter().chain(args.iter().copied());
    Start {
        args: args.map(str::to_owned).collect(),
        ..Start::default()
    }
}

#[test]
fn log_content_does_not_steer_the_prompt() {
    let (_dir, logs) = hostile_log();
    let mut terminal = on_logs(&logs, &[]).open();
    for setting in [
        "\\x off",
        "\\x on",
        "\\format csv",
        "\\format markdown",
        "\\format json",
        "\\format ndjson",
    ] {
        terminal.ask(setting);
        // Had it been cleared, the line that was typed would be gone.
        let screen = terminal.ask(&format!("{QUERY};"));
        assert!(screen.contains(QUERY), "{setting}: {screen}");
        assert!(
            screen.contains("1b") && screen.contains("[31mred"),
            "{setting}: {screen}"
        );
        assert!(
            !screen.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
            "{setting}: {screen}"
        );
    }
}

const FORMATS: [&str; 5] = ["table", "csv", "json", "ndjson", "markdown"];

#[test]
fn log_content_does_not_steer_a_terminal_without_the_prompt() {
    let (_dir, logs) = hostile_log();
    for format in FORMATS {
        let drawn = on_logs(&logs, &["--quiet", "--format", format, "-c", QUERY]).drawn();
        assert!(drawn.contains("[31mred"), "{format}: {drawn:?}");
        let is_sign = |sign: char| sign.is_control() && !"\r\n".contains(sign);
        assert!(
            !drawn.contains(is_sign) && !drawn.contains('\u{202e}'),
            "{format}: {drawn:?}"
        );
    }
}

/// JSON has escapes of its own for signs below a blank, and tables are drawn for people.
#[test]
fn files_and_pipes_get_what_was_logged() {
    let (dir, logs) = hostile_log();
    let json = "\\u001b]0;owned\\u0007\\u001b[2J\\u001b[31mred\u{202e}\u{9b}1m";
    for (format, wanted) in [
        ("csv", format!("user_agent\n{AGENT}\n")),
        ("json", format!("[{{\"user_agent\":\"{json}\"}}]\n")),
        ("ndjson", format!("{{\"user_agent\":\"{json}\"}}\n")),
    ] {
        let ask = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
            command.args(["sql", "--logs", &logs, "--format", format, "-c", QUERY]);
            let output = command.args(more).current_dir(repo_root()).output();
            let output = output.unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(ask(&[]), wanted, "{format}");
        let file = text(&dir.path().join("answer"));
        assert_eq!(ask(&["--out", &file]), "", "{format}");
        assert_eq!(fs::read_to_string(&file).unwrap(), wanted, "{format}");
    }
}
