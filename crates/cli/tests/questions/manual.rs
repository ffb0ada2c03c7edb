//! `docs/sql.md` lists what there is.

use edgeledger_testkit::repo_root;

use crate::ask::{ask, file, names, params, refused, rows};

fn manual() -> String {
    std::fs::read_to_string(repo_root().join("docs/sql.md")).unwrap()
}

#[track_caller]
fn assert_listed(manual: &str, row: &str) {
    assert!(manual.contains(row), "docs/sql.md wants the line\n{row}");
}

#[test]
fn every_question_is_listed() {
    let manual = manual();
    for name in names() {
        let file = file(&name);
        let question = file
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("-- question: "));
        let params: Vec<String> = params(&file)
            .iter()
            .map(|param| format!("`{param}`"))
            .collect();
        let row = format!(
            "| [`{name}`](../queries/examples/{name}.sql) | {} | {} |",
            question.unwrap(),
            params.join(", ")
        );
        assert_listed(&manual, &row);
    }
    let listed = manual.matches("](../queries/examples/").count();
    assert_eq!(
        listed,
        names().len(),
        "docs/sql.md lists questions that are gone"
    );
}

#[test]
fn every_view_is_listed() {
    let manual = manual();
    for folder in ["views", "bill"] {
        for entry in std::fs::read_dir(repo_root().join("queries").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let sql = std::fs::read_to_string(&path).unwrap();
            let mut lines = sql.lines();
            let first = lines
                .next()
                .and_then(|line| line.strip_prefix("-- purpose: "));
            let more = lines
                .take_while(|line| !line.starts_with("-- grain:"))
                .filter_map(|line| line.strip_prefix("--"));
            let purpose = more.fold(first.unwrap().to_owned(), |purpose, line| {
                purpose + " " + line.trim()
            });
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert_listed(&manual, &format!("| `{name}` | {purpose} |"));
        }
    }
}

/// Formatted like the views: no line too long to read, no tab, no space at its end.
#[test]
fn questions_read_well() {
    for name in names() {
        for (at, line) in file(&name).lines().enumerate() {
            let place = format!("{name}:{}", at + 1);
            assert!(line.chars().count() <= 120, "{place} is too long");
            assert!(
                !line.contains('\t') && !line.ends_with(' '),
                "{place} has odd spaces"
            );
        }
    }
}

/// What the manual says of parameters, functions and their mistakes.
#[test]
fn what_the_manual_says_holds() {
    let paths = ask(&[
        "--param=host=docs.example.org",
        "SELECT path, count(*) AS requests FROM requests WHERE host = $host GROUP BY path \
         ORDER BY 2 DESC, 1 LIMIT 5",
    ]);
    assert_eq!(rows(&paths).len(), 5);
    let shown = rows(&ask(&["SHOW FUNCTIONS LIKE 'url%'"]));
    let syntax = shown.iter().map(|row| row["syntax_example"].as_str());
    assert!(syntax.into_iter().any(|syntax| syntax == "url_host(url)"));
    let wrong = refused(&["SELECT ip_in_network(client_ip, '10.0.0.0/33') FROM requests"]);
    assert!(
        wrong.starts_with("error: `10.0.0.0/33` is no network: write it like"),
        "{wrong}"
    );
    // Exact and estimated, within what the manual says.
    let counted = rows(&ask(&[
        "SELECT count(DISTINCT path) AS exact, approx_distinct(path) AS estimate FROM requests",
    ]));
    let number = |column: &str| counted[0][column].parse::<i64>().unwrap();
    let off = (number("exact") - number("estimate")).abs();
    assert!(off * 1000 <= number("exact") * 32, "{counted:?}");
}
