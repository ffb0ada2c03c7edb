//! Formats, with log content that would be commands, markup or broken XML.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::world::{Folder, Ran, command, log_of, messages, of, ran, run, verdicts};

/// Paths as CloudFront would log them: percent signs are encoded twice, control characters once.
const HOSTILE: [&str; 8] = [
    "/a%0A::set-env%20name=PATH::/tmp",
    "/::error::fake",
    "/##[set-env%20name=PATH]/tmp",
    "/100%250A::stop-commands::x",
    "/</failure>]]><script>alert(1)</script>",
    "/[x](javascript:alert(1))|`@user`",
    "/%00%1B[2J%0B",
    "/%E2%80%AEgpj.exe",
];

/// A rule that shows every path, decoded as far as SQL can do it here: the hostile characters get
/// into messages as they are.
const RULES: &str = r#"
[builtin.hit-ratio]
enabled = false
[[rule]]
name = "paths, all: of them"
sql = """
SELECT replace(replace(replace(replace(path, '%0A', chr(10)), '%0D', chr(13)), '%1B', chr(27)), '%20', ' ') AS path
FROM requests ORDER BY log_line
"""
message = "seen: {path}"
"#;

struct Hostile(Folder);

impl Hostile {
    fn new() -> Self {
        let dir = Folder::new();
        dir.write("logs/a.log", &log_of(&HOSTILE));
        dir.write("checks.toml", RULES);
        Self(dir)
    }

    fn command(&self, more: &[&str]) -> Command {
        let (logs, rules) = (self.0.file("logs"), self.0.file("checks.toml"));
        let args = [
            "check",
            logs.to_str().unwrap(),
            "--rules",
            rules.to_str().unwrap(),
        ];
        command(&[&args[..], more].concat())
    }

    fn check(&self, format: &str) -> Ran {
        ran(&mut self.command(&["--format", format]))
    }
}

/// Lines that GitHub's runner would take for a command: `::` after blanks (`TryParseV2`
/// of its `ActionCommand`), or the older `##[` anywhere (`TryParse`).
fn commands(text: &str) -> Vec<&str> {
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    text.split(['\n', '\r']).filter(is_command).collect()
}

#[test]
fn the_paths_are_hostile_at_all() {
    let verdicts = verdicts(Hostile::new().check("json"), 3);
    let found = messages(of(&verdicts, "paths, all: of them"));
    assert_eq!(found[0], "seen: /a\n::set-env name=PATH::/tmp");
    assert_eq!(found[2], "seen: /##[set-env name=PATH]/tmp");
    assert!(found[6].contains('\u{1b}'), "{}", found[6]);
}

#[test]
fn no_format_makes_a_command_of_log_content() {
    let hostile = Hostile::new();
    for format in ["table", "json", "junit"] {
        let stdout = hostile.check(format).expect(3);
        assert_eq!(commands(&stdout), [""; 0], "{format}");
        assert!(
            stdout.chars().all(|c| c == '\n' || !c.is_control()),
            "{format}"
        );
        assert!(!stdout.contains('\u{202e}'), "{format}");
    }
    let stdout = hostile.check("github").expect(3);
    let commands = commands(&stdout);
    assert_eq!(commands.len(), HOSTILE.len(), "{stdout}");
    for command in &commands {
        let title = "::error title=edgeledger check%3A paths%2C all%3A of them::seen: /";
        assert!(command.starts_with(title), "{command}");
    }
    assert!(
        commands[0].ends_with("/a\\n::set-env name=PATH::/tmp"),
        "{}",
        commands[0]
    );
    assert!(
        commands[3].ends_with("/100%25250A::stop-commands::x"),
        "{}",
        commands[3]
    );
    assert!(stdout.ends_with("rules: 8 passed, 1 error\n"), "{stdout}");
}

#[test]
fn ten_annotations_a_step_and_one_of_them_sums_up() {
    let dir = Folder::new();
    let paths: Vec<String> = (0..30).map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    dir.write("logs/a.log", &log_of(&paths));
    let rules = "[[rule]]\nname = \"e\"\nsql = \"SELECT path FROM requests WHERE log_line < 10 ORDER BY log_line\"\n\
        [[rule]]\nname = \"w\"\nseverity = \"warning\"\nsql = \"SELECT path FROM requests ORDER BY log_line\"\n";
    let rules = dir.write("checks.toml", rules);
    let logs = dir.file("logs");
    let args = [
        "check",
        logs.to_str().unwrap(),
        "--rules",
        &rules,
        "--format",
        "github",
    ];
    let stdout = run(&args).expect(3);
    let found = commands(&stdout);
    assert_eq!(found.len(), 10, "{stdout}");
    // Lines 3 to 9 of the file: seven errors.
    assert_eq!(
        found
            .iter()
            .filter(|line| line.starts_with("::error "))
            .count(),
        7,
        "{stdout}"
    );
    assert!(
        found[9].starts_with("::warning title=edgeledger check::28 more violations"),
        "{stdout}"
    );
}

#[test]
fn a_clean_run_annotates_nothing() {
    let dir = Folder::new();
    dir.write("a.log", &log_of(&["/a"]));
    let stdout = run(&["check", &dir.path(), "--format", "github"]).expect(0);
    assert_eq!(stdout, "9 rules: 9 passed\n");
}

/// What Python's strict reader makes of an XML document.
fn read_xml(xml: &str) -> Option<Value> {
    const READER: &str = "
import json, sys, xml.etree.ElementTree as tree
def of(e): return {'tag': e.tag, 'at': e.attrib, 'text': e.text or '', 'in': [of(c) for c in e]}
print(json.dumps(of(tree.fromstring(sys.stdin.buffer.read()))))";
    let python = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: no python3");
        return None;
    };
    python
        .stdin
        .take()
        .unwrap()
        .write_all(xml.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "no XML:\n{xml}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn junit_is_xml_that_says_the_same() {
    let hostile = Hostile::new();
    let Some(suites) = read_xml(&hostile.check("junit").expect(3)) else {
        return;
    };
    let verdicts = verdicts(hostile.check("json"), 3);
    assert_eq!(suites["tag"], "testsuites");
    let suite = &suites["in"][0];
    assert_eq!(
        (&suite["tag"], &suite["at"]["tests"]),
        (&"testsuite".into(), &"9".into())
    );
    assert_eq!(suite["at"]["failures"], "1");
    let cases = suite["in"].as_array().unwrap();
    let names: Vec<&Value> = cases.iter().map(|case| &case["at"]["name"]).collect();
    let rules: Vec<&Value> = verdicts["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["rule"])
        .collect();
    assert_eq!(names, rules);
    let failed = cases.last().unwrap();
    assert_eq!(failed["at"]["classname"], "edgeledger.check.sql");
    let failure = &failed["in"][0];
    assert_eq!(
        (&failure["tag"], &failure["at"]["message"]),
        (&"failure".into(), &"8 rows".into())
    );
    let lines: Vec<&str> = failure["text"].as_str().unwrap().lines().collect();
    assert_eq!(lines.len(), HOSTILE.len());
    assert_eq!(lines[0], "- seen: /a\\n::set-env name=PATH::/tmp");
    assert_eq!(lines[4], "- seen: /</failure>]]><script>alert(1)</script>");
    assert!(lines[6].contains("\\u{1b}[2J"), "{}", lines[6]);
}

#[test]
fn the_job_summary_is_appended_where_github_says() {
    let hostile = Hostile::new();
    let file = hostile.0.write("summary.md", "# Before\n");
    let ran_ = ran(hostile.command(&[]).env("GITHUB_STEP_SUMMARY", &file));
    assert_eq!(ran_.code, 3);
    let text = hostile.0.read("summary.md");
    assert!(
        text.starts_with("# Before\n## EdgeLedger check: failed\n\n9 rules: 8 passed, 1 error\n"),
        "{text}"
    );
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("- seen: "))
            .count(),
        HOSTILE.len()
    );
    for harmful in ["<script", "`@user`", "\u{1b}", "\u{202e}"] {
        assert!(!text.contains(harmful), "{harmful}: {text}");
    }
    assert!(text.contains("/\\[x\\](javascript"), "{text}");
    // An empty variable is none, and --summary goes before it.
    ran(hostile.command(&[]).env("GITHUB_STEP_SUMMARY", "")).expect(3);
    let other = hostile.0.file("other.md");
    let mut command = hostile.command(&["--summary", other.to_str().unwrap()]);
    ran(command.env("GITHUB_STEP_SUMMARY", &file)).expect(3);
    assert_eq!(hostile.0.read("summary.md"), text);
    assert!(hostile.0.read("other.md").starts_with("## EdgeLedger"));
}

#[test]
fn the_job_summary_stays_under_a_mebibyte() {
    let dir = Folder::new();
    let path = format!("/{}", "<".repeat(190));
    dir.write("logs/a.log", &log_of(&[path.as_str(); 1_000]));
    let rule = |n: u32| format!("[[rule]]\nname = \"r{n}\"\nsql = \"SELECT path FROM requests\"\n");
    let rules = dir.write("checks.toml", &(0..4).map(rule).collect::<String>());
    let (logs, file) = (dir.file("logs"), dir.file("summary.md"));
    let args = [
        "check",
        logs.to_str().unwrap(),
        "--rules",
        &rules,
        "--summary",
        file.to_str().unwrap(),
    ];
    run(&args).expect(3);
    let size = fs::metadata(&file).unwrap().len();
    assert!((1_000_000..1 << 20).contains(&size), "{size}");
    let text = dir.read("summary.md");
    assert!(
        text.trim_end().ends_with("more._"),
        "it says that it was cut"
    );
    // A second check in the same step cannot make it too large.
    run(&args).expect(3);
    let size = fs::metadata(&file).unwrap().len();
    assert!(size < 1 << 20, "{size}");
}
