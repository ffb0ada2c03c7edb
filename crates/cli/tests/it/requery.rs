//! Every number of a report is a query that anyone can run: the queries that the report shows, given
//! to `edgeledger sql`, say what stands in the golden report, in each of its formats.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Mutex,
};

use edgeledger_rates::Decimal;
use edgeledger_report::{Query, queries};
use edgeledger_testkit::repo_root;
use serde_json::Value;

use crate::run::sample_rows;

/// Where the golden report says something that is no answer to a query.
const SAID_BY_NO_QUERY: [&str; 8] = [
    "schema",
    "month",
    "compared_month",
    "method.version",
    "distribution",
    "notes[]",
    // Follows from quality.objects.
    "quality.complete",
    // The first element of the list in column first_rejects.
    "quality.rejected_objects[].first_reject",
];

fn golden(name: &str) -> String {
    fs::read_to_string(repo_root().join("reports/2026-10").join(name)).unwrap()
}

#[test]
fn every_number_is_the_answer_to_the_query_beside_it() {
    let report: Value = serde_json::from_str(&golden("report.json")).unwrap();
    let left: Mutex<Vec<&Query>> = Mutex::new(queries().collect());
    let seen = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(query) = left.lock().unwrap().pop() else {
                        break;
                    };
                    let columns = check(query, &report);
                    seen.lock().unwrap().extend(columns);
                }
            });
        }
    });
    let mut said = BTreeSet::new();
    leaves(&report, String::new(), &mut said);
    let seen = seen.into_inner().unwrap();
    let unasked: Vec<&String> = said
        .difference(&seen)
        .filter(|path| {
            let mut exceptions = SAID_BY_NO_QUERY.iter();
            !exceptions.any(|exception| {
                path.as_str() == *exception || path.starts_with(&format!("{exception}."))
            })
        })
        .collect();
    assert!(unasked.is_empty(), "no query gives {unasked:?}");
}

/// Runs a query and compares its rows with the report's; the paths of what was compared.
fn check(query: &Query, report: &Value) -> Vec<String> {
    let sql = query.example("2026-10".parse().unwrap(), "2026-09".parse().unwrap(), None);
    let rows = sample_rows(&sql);
    let at = query.path.split('.').fold(report, |value, key| &value[key]);
    let (told, list): (Vec<&Value>, &str) = match at {
        Value::Array(told) => (told.iter().collect(), "[]"),
        Value::Null => (Vec::new(), ""),
        one => (vec![one], ""),
    };
    assert_eq!(rows.len(), told.len(), "{}: {sql}", query.name);
    let mut compared = Vec::new();
    for (row, told) in rows.iter().zip(told) {
        for (column, value) in row.as_object().unwrap() {
            if column == "first_rejects" {
                continue;
            }
            assert!(
                same(value, &told[column]),
                "{}: {column} is {value}, and {} in the report",
                query.name,
                told[column]
            );
            compared.push(format!("{}{list}.{column}", query.path));
        }
    }
    compared
}

/// Numbers by what they are, times by what they say.
fn same(answer: &Value, told: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (answer, told) = (text(answer), text(told));
    match (answer.parse::<Decimal>(), told.parse::<Decimal>()) {
        (Ok(answer), Ok(told)) => answer == told,
        _ => answer.trim_end_matches('Z') == told.trim_end_matches('Z'),
    }
}

/// Paths of all values that are neither objects nor lists of objects.
fn leaves(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(value, format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                leaves(item, format!("{path}[]"), found);
            }
        }
        Value::Null => {}
        _ => {
            found.insert(path);
        }
    }
}

/// A CSV file holds the rows of the query of its name, and the workbook is made of the same tables.
#[test]
fn tables_say_what_the_json_says() {
    let report: Value = serde_json::from_str(&golden("report.json")).unwrap();
    let mut compared = 0;
    for query in queries() {
        let file = repo_root().join(format!("reports/2026-10/csv/{}.csv", query.name));
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        let at = query
            .path
            .split('.')
            .fold(&report, |value, key| &value[key]);
        let Value::Array(told) = at else { continue };
        let mut lines = text.lines().map(cells);
        let header = lines.next().unwrap();
        let rows: Vec<BTreeMap<String, String>> = lines
            .map(|row| header.iter().cloned().zip(row).collect())
            .collect();
        assert_eq!(rows.len(), told.len(), "{}", query.name);
        for (row, told) in rows.iter().zip(told) {
            for (column, cell) in row {
                let Some(value) = told.get(column) else {
                    assert!(column.starts_with("first_"), "{}: {column}", query.name);
                    continue;
                };
                let is_same = match value {
                    Value::Null => cell.is_empty(),
                    Value::Bool(flag) => *cell == flag.to_string(),
                    // What a spreadsheet would take for a formula is guarded.
                    value => {
                        let cell = cell.strip_prefix('\'').unwrap_or(cell);
                        same(&Value::String(cell.to_owned()), value)
                    }
                };
                assert!(is_same, "{}: {column} is {cell}, and {value}", query.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared} cells");
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// Text, Markdown and HTML are renderings of one document: what a table of the Markdown says, the
/// HTML says too.
#[test]
fn formats_for_people_say_the_same() {
    let html = golden("report.html");
    let html = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let mut compared = 0;
    for line in golden("report.md")
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        for cell in line.trim_matches('|').split(" | ") {
            let cell = cell.trim().trim_matches('*').trim_matches('`');
            let is_number = cell.starts_with(|c: char| c.is_ascii_digit() || c == '$' || c == '-');
            if is_number && !cell.contains(['\\', '&', '<']) {
                assert!(html.contains(cell), "{cell}");
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "{compared} numbers");
}
