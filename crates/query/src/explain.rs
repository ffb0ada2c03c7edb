//! The engine's errors in short, with the nearest valid names.

use std::collections::BTreeSet;

use datafusion::{
    common::{Column, SchemaError},
    error::DataFusionError,
};

use crate::{QueryError, Session};

/// Most names in a list of them.
const LISTED: usize = 12;

/// The engine's message without its wrappers.
pub(crate) fn message(error: &DataFusionError) -> String {
    let root = error.find_root();
    if let DataFusionError::SQL(error, _) = root {
        let message = error.to_string();
        let message = message
            .strip_prefix("sql parser error: ")
            .unwrap_or(&message);
        return message.to_owned();
    }
    let message = root.strip_backtrace();
    [
        "Error during planning: ",
        "Schema error: ",
        "This feature is not implemented: ",
        "External error: ",
        "Arrow error: ",
        "Cast error: ",
        "Parser error: ",
    ]
    .iter()
    .fold(message, |message, prefix| {
        message
            .strip_prefix(prefix)
            .map(str::to_owned)
            .unwrap_or(message)
    })
}

impl Session {
    /// The engine's message without its wrappers, and the nearest names for one not found.
    pub(crate) fn explain(&self, error: &DataFusionError) -> QueryError {
        if let DataFusionError::SchemaError(schema_error, _) = error.find_root()
            && let SchemaError::FieldNotFound {
                field,
                valid_fields,
            } = schema_error.as_ref()
        {
            return no_column(field, valid_fields);
        }
        let message = message(error);
        // Some messages go on with a guess of the engine's, or with every name there is.
        let first = message.lines().next().unwrap_or_default();
        let quoted = |prefix: &str| {
            let rest = first.strip_prefix(prefix)?;
            rest.rsplit_once('\'').map(|(name, _)| name)
        };
        if let Some(name) = quoted("table function '") {
            let hint = close(name, &self.table_functions());
            return invalid(first, hint);
        }
        if let Some(name) = quoted("table '") {
            return self.no_table(first, name);
        }
        if let Some(name) = quoted("Invalid function '") {
            let names = self.functions();
            let hint = if self.table_functions().contains(name) {
                Some(format!("`{name}` is a table: SELECT … FROM {name}(…)"))
            } else {
                close(name, &names).or_else(|| Some("`SHOW FUNCTIONS` lists them all".to_owned()))
            };
            return invalid(first, hint);
        }
        invalid(&message, None)
    }

    fn no_table(&self, message: &str, name: &str) -> QueryError {
        // `datafusion.public.name`: catalog and schema have no dots.
        let bare = name.strip_prefix("datafusion.public.").unwrap_or(name);
        let looks_like_file = bare.contains(['/', '\\', ':'])
            || bare.contains(".csv")
            || bare.contains(".json")
            || bare.contains(".parquet");
        let hint = if looks_like_file {
            Some(
                "a query reads the session's tables, and no files: `SHOW TABLES` lists them"
                    .to_owned(),
            )
        } else {
            let wanted = bare.rsplit('.').next().unwrap_or(bare);
            nearest(wanted, self.table_names())
                .or_else(|| Some("`SHOW TABLES` lists them all".to_owned()))
        };
        invalid(&message.replace("datafusion.public.", ""), hint)
    }

    /// Names of the functions of expressions.
    pub fn functions(&self) -> BTreeSet<String> {
        let state = self.ctx.state();
        let names = state.scalar_functions().keys();
        let names = names.chain(state.aggregate_functions().keys());
        names
            .chain(state.window_functions().keys())
            .cloned()
            .collect()
    }

    /// Names of the functions that stand for tables.
    pub fn table_functions(&self) -> BTreeSet<String> {
        self.ctx.state().table_functions().keys().cloned().collect()
    }
}

fn invalid(message: &str, hint: Option<String>) -> QueryError {
    QueryError::Invalid {
        message: message.to_owned(),
        hint,
    }
}

/// A column that is not there: the nearest of the query's tables, or what they have.
fn no_column(field: &Column, valid: &[Column]) -> QueryError {
    let message = format!("no column named {}", field.quoted_flat_name());
    let tables: BTreeSet<String> = valid
        .iter()
        .filter_map(|column| column.relation.as_ref())
        .map(|table| table.table().to_owned())
        .collect();
    if let Some(table) = &field.relation
        && !tables.is_empty()
        && !tables.contains(table.table())
    {
        let hint = close(table.table(), &tables)
            .unwrap_or_else(|| format!("tables of the query: {}", listed(&tables)));
        return invalid(&message, Some(hint));
    }
    let of_table = |column: &&Column| {
        field.relation.is_none() || column.relation.as_ref() == field.relation.as_ref()
    };
    let names: BTreeSet<String> = valid
        .iter()
        .filter(of_table)
        .map(|column| column.name.clone())
        .collect();
    let hint = if names.is_empty() {
        None
    } else {
        close(&field.name, &names)
            .or_else(|| Some(format!("columns there are: {}", listed(&names))))
    };
    invalid(&message, hint)
}

fn close(wanted: &str, names: &BTreeSet<String>) -> Option<String> {
    nearest(wanted, names.iter().cloned().collect())
}

/// Some names, and how many more there are.
fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
    let mut text = shown.join(", ");
    if let more @ 1.. = names.len().saturating_sub(LISTED) {
        text = format!("{text} and {more} more (`DESCRIBE table` shows them)");
    }
    text
}

/// The names most like `wanted`, as a sentence; `None` when nothing is close.
pub fn nearest(wanted: &str, names: Vec<String>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let mut close: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let names: Vec<String> = close
        .into_iter()
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}
