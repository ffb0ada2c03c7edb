//! `--param NAME=VALUE`.

use std::collections::{BTreeMap, BTreeSet};

use edgeledger_query::{ParamValue, Params, nearest};

use crate::exit::UsageError;

/// Values as they were given, by name.
pub(super) type Given = BTreeMap<String, String>;

/// Reads the values.
pub(super) fn given(params: &[String]) -> anyhow::Result<Given> {
    let mut values = Given::new();
    for param in params {
        let (name, value) = param
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| {
                let error = UsageError::new(format!("--param {param}: NAME=VALUE is wanted"));
                error.with_hint("such as --param month=2026-10 for `$month` in the query")
            })?;
        let name = name.trim_start_matches('$');
        if values.insert(name.to_owned(), value.to_owned()).is_some() {
            let error = UsageError::new(format!("--param {name} is given more than once"));
            return Err(error.into());
        }
    }
    Ok(values)
}

/// Refuses values for parameters that nothing asks for.
pub(super) fn check(given: &Given, known: &BTreeSet<String>) -> anyhow::Result<()> {
    let Some(name) = given.keys().find(|name| !known.contains(*name)) else {
        return Ok(());
    };
    let error = UsageError::new(format!("the query has no parameter `{name}`"));
    let close = nearest(name, known.iter().cloned().collect());
    let close = close.map_or_else(String::new, |close| format!("{close} "));
    Err(error.with_hint(format!("{close}{}", list(known))).into())
}

/// The values of the parameters that a text of statements uses.
pub(super) fn of_text(given: &Given, used: &BTreeSet<String>) -> anyhow::Result<Params> {
    let missing: Vec<&str> = used
        .iter()
        .filter(|name| !given.contains_key(*name))
        .map(String::as_str)
        .collect();
    if let Some(first) = missing.first() {
        let error = UsageError::new(format!(
            "the query has parameters without a value: {}",
            missing.join(", ")
        ));
        let hint = format!("{}; give --param {first}=…", list(used));
        return Err(error.with_hint(hint).into());
    }
    let used = given.iter().filter(|(name, _)| used.contains(*name));
    let value = |text: &String| ParamValue {
        text: Some(text.clone()),
        kind: None,
    };
    Ok(used
        .map(|(name, text)| (name.clone(), value(text)))
        .collect())
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "it has none".to_owned();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("its parameters: {}", names.join(", "))
}
