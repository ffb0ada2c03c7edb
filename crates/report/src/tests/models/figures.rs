//! Sample rows of figures, one file of `tests/figures` each.

use std::collections::BTreeMap;

use edgeledger_rates::Decimal;
use serde_json::Value as Json;

use crate::figures::{FIGURES, Figures, Rows, Value};

/// Every figure with the rows of its file: a JSON list of objects, as the report writes them.
pub(super) fn typical() -> Figures {
    figures(|_, value| value)
}

/// The same with every text replaced.
pub(super) fn hostile(mut attack: impl FnMut() -> String) -> Figures {
    figures(|_, value| match value {
        Value::Text(_) => Value::Text(attack()),
        other => other,
    })
}

/// The same with every count and amount at the end of what fits.
pub(super) fn huge() -> Figures {
    figures(|column, value| match value {
        Value::Int(_) => Value::Int(i64::MAX),
        Value::Decimal(_, decimals) if column.ends_with("_usd") => {
            Value::Decimal(Decimal::from(999_999_999_999_i64), decimals)
        }
        other => other,
    })
}

fn figures(mut change: impl FnMut(&str, Value) -> Value) -> Figures {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/figures");
    let mut figures = Vec::new();
    for query in FIGURES {
        let text = std::fs::read_to_string(format!("{folder}/{}.json", query.name));
        let list: Vec<BTreeMap<String, Json>> = serde_json::from_str(&text.unwrap()).unwrap();
        let columns: Vec<String> = list[0].keys().cloned().collect();
        let mut rows = Vec::new();
        for row in &list {
            let mut cells = Vec::new();
            for column in &columns {
                cells.push(change(column, value(column, &row[column])));
            }
            rows.push(cells);
        }
        figures.push((query.name, Rows { columns, rows }));
    }
    Figures::new(figures)
}

fn value(column: &str, json: &Json) -> Value {
    let is_decimal = ["_usd", "_ratio", "_share", "usd_exact"]
        .iter()
        .any(|end| column.ends_with(end))
        || column.contains("usd_per_")
        || column == "months_left";
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        Json::String(text) if is_decimal => {
            let number: Decimal = text.parse().unwrap();
            Value::Decimal(number, number.scale())
        }
        Json::String(text) => Value::Text(text.clone()),
        other => panic!("{column} is {other}"),
    }
}
