//! Asking questions.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::repo_root;

/// The sample's whole month.
pub(crate) const MONTH: &str = "2026-10";

/// What the command wrote, when it did what it was told.
pub(crate) fn run(args: &[&str]) -> String {
    let (is_ok, stdout, stderr) = ran(args);
    assert!(is_ok, "{args:?}: {stderr}");
    stdout
}

/// Whether the command did what it was told, and what it wrote.
fn ran(args: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
    command
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::null());
    for name in ["EDGELEDGER_CONFIG", "EDGELEDGER_LAKE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let is_ok = output.status.success();
    (is_ok, text(output.stdout), text(output.stderr))
}

/// A lake of the sample logs, made once.
fn lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lake").to_str().unwrap().to_owned();
        run(&["ingest", "sample-logs", "--lake", &path]);
        (dir, path)
    });
    path
}

/// The arguments that ask a lake of the sample logs.
fn asking<'a>(asked: &[&'a str]) -> Vec<&'a str> {
    let lake = [
        "sql",
        "--lake",
        lake(),
        "--config",
        "sample-logs/edgeledger.toml",
    ];
    let all = lake.iter().chain(&["--format", "csv"]).chain(asked);
    all.copied().collect()
}

/// The answer as CSV to `asked`: arguments of `edgeledger sql`.
pub(crate) fn ask(asked: &[&str]) -> String {
    run(&asking(asked))
}

/// What is said when `asked` is refused.
pub(crate) fn refused(asked: &[&str]) -> String {
    let (is_ok, stdout, stderr) = ran(&asking(asked));
    assert!(!is_ok && stdout.is_empty(), "{stdout}");
    stderr
}

/// What stands before the answer to a question.
const MARK: &str = "the question is ";

/// Every question's whole answer for the sample's month. Two processes ask them all, because the
/// views that one question has computed are there for the next.
fn answers() -> &'static BTreeMap<String, String> {
    static ANSWERS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let names = names();
        let (some, others) = names.split_at(names.len() / 2);
        std::thread::scope(|scope| {
            let others = scope.spawn(|| answers_to(others));
            let mut all = answers_to(some);
            all.extend(others.join().unwrap());
            all
        })
    })
}

fn answers_to(names: &[String]) -> BTreeMap<String, String> {
    let mut commands = vec![
        format!("--param=month={MONTH}"),
        "--param=rows=100000".into(),
    ];
    for name in names {
        commands.push(format!("--command=SELECT '{MARK}{name}' AS mark"));
        commands.push(format!("--command=@{name}"));
    }
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let all = ask(&commands);
    let of_each = all.split("mark\n").filter(|part| !part.is_empty());
    of_each
        .map(|part| {
            let (mark, answer) = part.split_once('\n').unwrap();
            let name = mark.strip_prefix(MARK).unwrap();
            (name.to_owned(), format!("{}\n", answer.trim_matches('\n')))
        })
        .collect()
}

/// A question's whole answer for the sample's month, as CSV.
pub(crate) fn answer(name: &str) -> &'static str {
    answers().get(name).unwrap()
}

/// The names of all questions, sorted.
pub(crate) fn names() -> Vec<String> {
    let folder = std::fs::read_dir(repo_root().join("queries/examples")).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files
        .map(|file| file.strip_suffix(".sql").unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The file of a question.
pub(crate) fn file(name: &str) -> String {
    let path = repo_root().join(format!("queries/examples/{name}.sql"));
    std::fs::read_to_string(path).unwrap()
}

/// The names of a file's parameters.
pub(crate) fn params(file: &str) -> Vec<&str> {
    let lines = file.lines();
    let params = lines.filter_map(|line| line.strip_prefix("-- param: "));
    params.filter_map(|param| param.split(' ').next()).collect()
}

/// A row of an answer: its cells by column.
pub(crate) type Row = BTreeMap<String, String>;

/// The rows of CSV.
pub(crate) fn rows(csv: &str) -> Vec<Row> {
    let mut lines = records(csv).into_iter();
    let columns = lines.next().unwrap();
    lines
        .map(|cells| {
            assert_eq!(cells.len(), columns.len(), "{cells:?}");
            columns.iter().cloned().zip(cells).collect()
        })
        .collect()
}

/// RFC 4180: a quoted cell may hold commas, line ends, and quotes, which are doubled.
fn records(csv: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other => cell.push(other),
        }
    }
    assert!(record.is_empty() && cell.is_empty(), "{csv} has no end");
    records
}

pub(crate) fn number(row: &Row, column: &str) -> u64 {
    let number = row[column].parse();
    number.unwrap_or_else(|_| panic!("{column} in {row:?}"))
}

/// `key → (requests, bytes)` of rows, summed.
pub(crate) fn tallies(csv: &str, key: impl Fn(&Row) -> String) -> BTreeMap<String, (u64, u64)> {
    let mut tallies = BTreeMap::<String, (u64, u64)>::new();
    for row in rows(csv) {
        let tally = tallies.entry(key(&row)).or_default();
        tally.0 += number(&row, "requests");
        tally.1 += number(&row, "egress_bytes");
    }
    tallies
}
