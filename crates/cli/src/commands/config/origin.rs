//! `config show --origin`: one line a setting, and where it came from.

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use clap::{ArgMatches, CommandFactory, parser::ValueSource};
use edgeledger_report::escape_terminal;
use toml::{Spanned, Value, de::DeTable, de::DeValue};

use crate::{args::Cli, commands::doctor::without_user, config::Config, stdout::Stdout};

/// Tables of the file with one value a key: the table, the key, and its value without any word.
const SETTINGS: [(&str, &str, &str); 18] = [
    ("", "rates", "[]"),
    ("", "rules", "[]"),
    ("", "sources", "[]"),
    ("costs", "cloudfront_free_tier", "true"),
    ("costs", "s3_free_tier", "true"),
    ("costs", "s3_free_tier_method", "\"before_tiers\""),
    ("costs", "hit_ratio", "\"edgeledger\""),
    ("costs", "allocation", "\"average\""),
    ("costs", "cloudfront_discount", "\"0\""),
    ("budget", "monthly_usd", "none"),
    ("credits", "balance_usd", "none"),
    ("credits", "as_of", "none"),
    ("privacy", "client_ip", "\"keep\""),
    ("privacy", "redact", "true"),
    ("privacy", "redact_parameters", "[]"),
    ("privacy", "drop_columns", "[]"),
    ("aws", "requester_pays", "false"),
    ("", "lake", "\"lake\""),
];

/// Tables of which there may be many: the table, and its keys with their values without any word.
const LISTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "distribution",
        &[
            ("id", "none"),
            ("name", "the id"),
            ("origin", "\"s3\""),
            ("bucket_region", "\"us-east-1\""),
            ("price_class", "\"All\""),
            ("storage_class", "\"standard\""),
            ("origin_shield", "none"),
            ("plan", "none"),
        ],
    ),
    (
        "extra_usage",
        &[
            ("item", "none"),
            ("quantity", "none"),
            ("region", "\"global\""),
            ("month", "every month"),
            ("distribution", "nobody's"),
        ],
    ),
    (
        "purge",
        &[
            ("distribution", "none"),
            ("prefix", "none"),
            ("time", "none"),
        ],
    ),
];

/// A setting, its value and where it came from.
type Row = [String; 3];

pub(super) fn show(config: &Config) -> anyhow::Result<()> {
    let text = match &config.file {
        Some(path) => {
            fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?
        }
        None => String::new(),
    };
    let matches = Cli::command().get_matches();
    let rows = Origins {
        matches: leaf(&matches),
        file: config.file.as_deref(),
        text: &text,
        table: DeTable::parse(&text)?,
    }
    .rows();
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let (first, second) = (width(0), width(1).min(40));
    let mut out = Stdout::new();
    for [setting, value, origin] in &rows {
        writeln!(out, "{setting:<first$}  {value:<second$}  {origin}")?;
    }
    Ok(())
}

/// The matches of the subcommand that runs; global options are among them.
fn leaf(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, matches)| leaf(matches))
}

struct Origins<'a> {
    matches: &'a ArgMatches,
    file: Option<&'a Path>,
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

impl Origins<'_> {
    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![
            self.argument("config", "EDGELEDGER_CONFIG", || match self.file {
                Some(file) => (shown(&file.display().to_string()), "found".to_owned()),
                None => ("none".to_owned(), "default".to_owned()),
            }),
        ];
        rows.push(self.argument("lake", "EDGELEDGER_LAKE", || {
            self.of_file("", "lake", "\"lake\"")
        }));
        for (name, variables) in [
            ("profile", &["AWS_PROFILE"][..]),
            ("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
            ("endpoint_url", &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
        ] {
            let [_, value, origin] = self.argument(name, "", || {
                let found = self.of_file("aws", name, "AWS's own chain");
                match variables.iter().find_map(|name| variable(name)) {
                    Some(of_aws) if found.1 == "default" => of_aws,
                    _ => found,
                }
            });
            rows.push([format!("aws.{name}"), value, origin]);
        }
        for (table, key, default) in SETTINGS {
            let name = joined(table, key);
            if name == "lake" {
                continue;
            }
            let (mut value, mut origin) = self.of_file(table, key, default);
            if self.is_flag("requester_pays") && key == "requester_pays" {
                (value, origin) = ("true".to_owned(), "--requester-pays".to_owned());
            }
            rows.push([name, value, origin]);
        }
        for (list, keys) in LISTS {
            for (number, entry) in self.list(list) {
                for (key, default) in keys {
                    let (value, origin) = self.of_table(entry, key, default);
                    rows.push([format!("{list}[{number}].{key}"), value, origin]);
                }
            }
        }
        for (number, entry) in self.list("private_rates") {
            for (key, value) in entry {
                let name = shown(key.get_ref());
                let line = self.line(key.span().start);
                rows.push([
                    format!("private_rates[{number}].{name}"),
                    in_toml(value.get_ref()),
                    line,
                ]);
            }
        }
        rows
    }

    /// Of a flag, its variable, or else what `other` says.
    fn argument(&self, id: &str, variable: &str, other: impl Fn() -> (String, String)) -> Row {
        let given = self.matches.try_get_raw(id).ok().flatten();
        let given = given.and_then(|mut values| values.next());
        let given = given.map(|value| shown(&format!("{:?}", value.to_string_lossy())));
        let (value, origin) = match (given, self.matches.value_source(id)) {
            (Some(value), Some(ValueSource::EnvVariable)) => (value, variable.to_owned()),
            (Some(value), Some(ValueSource::CommandLine)) => {
                (value, format!("--{}", id.replace('_', "-")))
            }
            _ => other(),
        };
        [id.to_owned(), value, origin]
    }

    fn is_flag(&self, id: &str) -> bool {
        self.matches.value_source(id) == Some(ValueSource::CommandLine)
    }

    /// A value of the file, or the default.
    fn of_file(&self, table: &str, key: &str, default: &str) -> (String, String) {
        let top = self.table.get_ref();
        if table.is_empty() {
            return self.of_table(top, key, default);
        }
        match top.get(table).map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => self.of_table(table, key, default),
            _ => (default.to_owned(), "default".to_owned()),
        }
    }

    fn of_table(&self, table: &DeTable<'_>, key: &str, default: &str) -> (String, String) {
        match table.get_key_value(key) {
            Some((key, value)) => (in_toml(value.get_ref()), self.line(key.span().start)),
            None => (default.to_owned(), "default".to_owned()),
        }
    }

    /// The tables of a list, counted from 1.
    fn list(&self, name: &str) -> Vec<(usize, &DeTable<'_>)> {
        let Some(DeValue::Array(items)) = self.table.get_ref().get(name).map(Spanned::get_ref)
        else {
            return Vec::new();
        };
        let tables = items.iter().filter_map(|item| match item.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        });
        (1..).zip(tables).collect()
    }

    /// `edgeledger.toml:12` of a place in the file.
    fn line(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let file = self
            .file
            .map_or_else(String::new, |file| file.display().to_string());
        shown(&format!("{file}:{line}"))
    }
}

fn joined(table: &str, key: &str) -> String {
    match table {
        "" => key.to_owned(),
        table => format!("{table}.{key}"),
    }
}

/// A value on one line.
fn in_toml(value: &DeValue<'_>) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        DeValue::String(text) => format!("\"{}\"", shown(text)),
        DeValue::Integer(number) => shown(number.as_str()),
        DeValue::Float(number) => shown(number.as_str()),
        DeValue::Boolean(bool) => bool.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| in_toml(item.get_ref()));
            format!("[{}]", list(items.collect()))
        }
        DeValue::Table(table) => {
            let items = table.iter().map(|(key, value)| {
                format!("{} = {}", shown(key.get_ref()), in_toml(value.get_ref()))
            });
            format!("{{ {} }}", list(items.collect()))
        }
    }
}

fn shown(text: &str) -> String {
    escape_terminal(text)
}

/// A variable that AWS's own chain reads, and its name.
fn variable(name: &str) -> Option<(String, String)> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    let value = value.to_string_lossy();
    let value = if value.contains("://") {
        without_user(&value)
    } else {
        value.into_owned()
    };
    let value = Value::String(value);
    Some((shown(&value.to_string()), name.to_owned()))
}
