//! The functions as a query calls them.

use arrow::util::display::array_value_to_string;
use datafusion::{logical_expr::ScalarUDF, prelude::SessionContext};
use edgeledger_rates::PriceBook;

use crate::{address_functions, functions, places, url_functions};

fn all() -> impl Iterator<Item = ScalarUDF> {
    let functions = functions::of_user_agents().into_iter();
    let functions = functions.chain(url_functions::all());
    let functions = functions.chain(address_functions::all());
    functions.chain(places::all(&PriceBook::builtin().unwrap()))
}

fn session() -> SessionContext {
    let ctx = SessionContext::new();
    for function in all() {
        ctx.register_udf(function);
    }
    ctx
}

/// The column of a query's answer.
async fn column(sql: &str) -> Vec<String> {
    let batches = session().sql(sql).await.unwrap().collect().await.unwrap();
    let rows = batches.iter().flat_map(|batch| {
        let column = batch.column(0);
        (0..batch.num_rows()).map(|row| array_value_to_string(column, row).unwrap())
    });
    rows.collect()
}

async fn refused(sql: &str) -> String {
    // Planning alone must find it.
    session().sql(sql).await.unwrap_err().strip_backtrace()
}

#[tokio::test]
async fn every_example_gives_what_it_says() {
    for function in all() {
        let documentation = function.documentation().unwrap();
        let example = documentation.sql_example.as_deref().unwrap();
        let (call, answer) = example.split_once(" → ").unwrap();
        assert!(call.starts_with(&format!("{}(", function.name())), "{call}");
        assert_eq!(column(&format!("SELECT {call}")).await, [answer], "{call}");
    }
}

#[test]
fn every_function_is_in_the_manual() {
    let manual = edgeledger_testkit::repo_root().join("docs/sql.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    for function in all() {
        let documentation = function.documentation().unwrap();
        let example = documentation.sql_example.as_deref().unwrap();
        let (call, answer) = example.split_once(" → ").unwrap();
        let syntax = &documentation.syntax_example;
        let about = &documentation.description;
        let row = format!("| `{syntax}` | {about} | `{call}` → `{answer}` |");
        assert!(manual.contains(&row), "docs/sql.md wants the line\n{row}");
    }
}

#[tokio::test]
async fn every_kind_of_text_is_taken() {
    for kind in [
        "Utf8",
        "LargeUtf8",
        "Utf8View",
        "Dictionary(Int32, Utf8)",
        "Dictionary(UInt16, Utf8View)",
    ] {
        let rows = "(VALUES ('/a%41'), (NULL), ('/b'), ('/a%41'), ('%ff%zz')) AS t (x)";
        let text = format!("arrow_cast(x, '{kind}')");
        for (call, expected) in [
            (
                format!("percent_decode({text})"),
                ["/aA", "", "/b", "/aA", "%FF%zz"],
            ),
            (
                format!("path_segment({text}, 1)"),
                ["a%41", "", "b", "a%41", "%ff%zz"],
            ),
            (
                format!("user_agent_family({text})"),
                ["other", "none", "other", "other", "other"],
            ),
            (
                format!("ip_in_network({text}, '10.0.0.0/8')"),
                ["", "", "", "", ""],
            ),
        ] {
            assert_eq!(
                column(&format!("SELECT {call} FROM {rows}")).await,
                expected,
                "{call}"
            );
        }
    }
}

#[tokio::test]
async fn the_other_arguments_may_be_columns() {
    let rows = "(VALUES ('/a/b', 1), ('/a/b', 2), ('/a/b', NULL), ('/a/b', 1)) AS t (path, n)";
    let found = column(&format!("SELECT path_segment(path, n) FROM {rows}")).await;
    assert_eq!(found, ["a", "b", "", "a"]);
    let rows = "(VALUES ('10.0.0.1', '10.0.0.0/8'), ('10.0.0.1', '11.0.0.0/8'), ('10.0.0.1', NULL)) AS t (ip, net)";
    let found = column(&format!("SELECT ip_in_network(ip, net) FROM {rows}")).await;
    assert_eq!(found, ["true", "false", ""]);
}

#[tokio::test]
async fn a_wrong_network_is_named_before_anything_is_read() {
    let error =
        refused("SELECT ip_in_network(ip, '10.0.0.0/33') FROM (VALUES ('10.0.0.1')) AS t (ip)")
            .await;
    assert!(error.contains("`10.0.0.0/33` is no network"), "{error}");
}
