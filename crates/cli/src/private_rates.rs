//! Price cards inside `edgeledger.toml`: `[[private_rates]]`.

use std::path::Path;

use edgeledger_rates::{PriceBook, RatesError};
use toml::{Table, Value};

use crate::exit::UsageError;

/// Lays the tables over `book` as price cards, one after the other. They are those of cards, but
/// what says where a price comes from may be left out.
pub(crate) fn lay(
    mut book: PriceBook,
    path: Option<&Path>,
    tables: &[Table],
) -> anyhow::Result<PriceBook> {
    let path = path.unwrap_or(Path::new(""));
    let file = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for (number, table) in (1..).zip(tables) {
        let label = format!("private rates {number} of {}", path.display());
        let card = with_defaults(
            table.clone(),
            &format!("private rates {number} of {file}"),
            &file,
        );
        let card = toml::to_string(&card)
            .map_err(|error| UsageError::new(format!("`{label}`: {error}")))?;
        book = book
            .with_cards(&[(&label, &card)])
            .map_err(|error| wrong(&label, &card, &error))?;
    }
    Ok(book)
}

/// The card, with what it does not say of its origin. Only prices have such keys.
fn with_defaults(mut card: Table, name: &str, file: &str) -> Table {
    const GROUPS: [&str; 6] = [
        "egress",
        "requests",
        "origin_transfer",
        "free",
        "other",
        "plan",
    ];
    let default = |table: &mut Table, key: &str, value: &str| {
        if !table.contains_key(key) {
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    };
    default(&mut card, "kind", "prices");
    if card.get("kind").and_then(Value::as_str) != Some("prices") {
        return card;
    }
    default(&mut card, "name", name);
    default(&mut card, "source", file);
    for (_, group) in card
        .iter_mut()
        .filter(|(key, _)| GROUPS.contains(&key.as_str()))
    {
        let tables = match group {
            Value::Array(tables) => tables.as_mut_slice(),
            table => std::slice::from_mut(table),
        };
        for table in tables.iter_mut().filter_map(Value::as_table_mut) {
            default(table, "source", file);
            default(table, "seen", "-");
            default(table, "confidence", "high");
        }
    }
    card
}

/// What is wrong, in words of the settings file: the card's text was never written by anyone, so its
/// line numbers say nothing, but its line does.
fn wrong(label: &str, card: &str, error: &RatesError) -> UsageError {
    let RatesError::Toml { source, .. } = error else {
        return UsageError::of(error);
    };
    let line = source
        .span()
        .and_then(|span| {
            let from = card.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
            card.get(from..)?.lines().next()
        })
        .filter(|line| !line.is_empty())
        .map_or_else(String::new, |line| format!(" in `{line}`"));
    UsageError::new(format!(
        "could not read {label}: {}{line}",
        source.message()
    ))
}
