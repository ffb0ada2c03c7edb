//! What a session has to ask: its tables and views, their columns, and functions.

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    logical_expr::{Documentation, Signature, TypeSignature},
    prelude::SessionContext,
};
use edgeledger_lake::ScanWatch;

use crate::{
    QueryError, Session,
    explain::nearest,
    views::{BILL_VIEWS, CLASSIFIED, TRAFFIC, VIEWS, View},
};

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// Whether it is a view of `queries/`, else a table.
    pub is_view: bool,
    /// What it is for, in one line.
    pub purpose: Option<&'static str>,
    /// What one row is.
    pub grain: Option<&'static str>,
}

/// A function of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it is called for.
    pub kind: FunctionKind,
    /// How it is called, where that is known.
    pub syntax: Option<String>,
    /// What it does, in one line, where that is known.
    pub description: Option<String>,
}

/// What a function is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FunctionKind {
    /// One value for each row.
    Scalar,
    /// One value for many rows.
    Aggregate,
    /// One value for each row, out of the rows around it.
    Window,
    /// A table.
    Table,
}

impl FunctionKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Aggregate => "aggregate",
            Self::Window => "window",
            Self::Table => "table",
        }
    }
}

impl Session {
    /// All tables and views, by name.
    pub fn relations(&self) -> Vec<Relation> {
        let names = self.table_names();
        let relations = names.into_iter().map(|name| {
            let view = view(&name);
            Relation {
                is_view: view.is_some(),
                purpose: match view {
                    Some(view) => header(view, "purpose"),
                    None => purpose_of_table(&name),
                },
                grain: view.and_then(|view| header(view, "grain")),
                name,
            }
        });
        relations.collect()
    }

    /// The columns of a table or view.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the nearest names when there is none of the name, and when a
    /// view cannot be planned.
    pub async fn columns(&self, relation: &str) -> Result<SchemaRef, QueryError> {
        let names = self.table_names();
        if !names.iter().any(|name| name == relation) {
            return Err(QueryError::Invalid {
                message: format!("there is no table or view `{relation}`"),
                hint: nearest(relation, names),
            });
        }
        let name = datafusion::common::TableReference::bare(relation.to_owned());
        let provider = self.ctx.table_provider(name).await;
        Ok(provider.map_err(QueryError::Failed)?.schema())
    }

    /// All functions by name, with how they are called and what for.
    pub fn described_functions(&self) -> Vec<Function> {
        let mut known = BTreeMap::new();
        let mut add = |name: &str, kind, documented: Option<&Documentation>, arguments| {
            let described = documented.map(|text| one_line(&text.description));
            let syntax = documented.map(|text| one_line(&text.syntax_example));
            let function = Function {
                name: name.to_owned(),
                kind,
                syntax: syntax.or(arguments),
                description: described,
            };
            known.insert((name.to_owned(), kind), function);
        };
        let state = self.ctx.state();
        each(state.scalar_functions(), |name, function| {
            let arguments = arguments(name, function.signature());
            let documented = function.documentation();
            add(name, FunctionKind::Scalar, documented, arguments);
        });
        each(state.aggregate_functions(), |name, function| {
            let documented = function.documentation();
            add(name, FunctionKind::Aggregate, documented, None);
        });
        each(state.window_functions(), |name, function| {
            let documented = function.documentation();
            add(name, FunctionKind::Window, documented, None);
        });
        each(state.table_functions(), |name, _| {
            add(name, FunctionKind::Table, None, None);
        });
        known.into_values().collect()
    }

    /// What watches the scans of this session's queries.
    pub fn scan_watch(&self) -> Arc<ScanWatch> {
        watch(&self.ctx).unwrap_or_default()
    }
}

fn watch(ctx: &SessionContext) -> Option<Arc<ScanWatch>> {
    ctx.state().config().get_extension::<ScanWatch>()
}

/// Visits functions without their aliases' order, which is the map's own.
fn each<F>(functions: &std::collections::HashMap<String, F>, mut visit: impl FnMut(&str, &F)) {
    let sorted: BTreeMap<&String, &F> = functions.iter().collect();
    for (name, function) in sorted {
        visit(name, function);
    }
}

fn view(name: &str) -> Option<&'static View> {
    let first = [&CLASSIFIED, &TRAFFIC].into_iter();
    let mut views = first.chain(VIEWS).chain(BILL_VIEWS);
    views.find(|view| view.name == name)
}

fn purpose_of_table(name: &str) -> Option<&'static str> {
    Some(match name {
        "requests" => "every request of the logs",
        "log_files" => "every log object that was looked at, and what became of it",
        "bill_lines" => "CloudFront's lines of the bill",
        _ => return None,
    })
}

/// The line of a view's header.
fn header(view: &View, key: &str) -> Option<&'static str> {
    let lines = view.sql.lines().map_while(|line| line.strip_prefix("-- "));
    let mut values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    values.next().map(str::trim)
}

/// How a function without documentation is called, if it takes one fixed list of arguments.
fn arguments(name: &str, signature: &Signature) -> Option<String> {
    let TypeSignature::Exact(types) = &signature.type_signature else {
        return None;
    };
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    Some(format!("{name}({})", types.join(", ")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
