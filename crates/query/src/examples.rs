//! The named questions of `queries/examples`: what `edgeledger sql @name` asks.
//!
//! A file begins with its header, and the statement follows:
//!
//! ```text
//! -- question: One line, as `edgeledger sql --list` shows it
//! -- grain: one row a …
//! -- units: …
//! -- order: …
//! -- param: month text newest  UTC month, YYYY-MM
//! -- param: rows integer 20  How many rows
//! ```
//!
//! A parameter has a name, a type (`text`, `integer` or `decimal`), a default and, after two
//! spaces, its meaning. `$month` in the statement stands for its value.

/// Makes the list of questions: one line a file of `queries/examples`, in the order of names.
macro_rules! examples {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[$((
            $name,
            include_str!(concat!("../../../queries/examples/", $name, ".sql")),
        )),*];
    };
}

examples![
    "aborted-downloads",
    "archive-formats",
    "bots-and-mirrors",
    "cache-miss-paths",
    "client-errors",
    "client-versions",
    "connection-reuse",
    "cost-by-agent",
    "cost-by-client-kind",
    "cost-by-distribution",
    "cost-by-path-group",
    "cost-by-region",
    "cost-changes",
    "credits-runway",
    "day-over-day",
    "downloads-by-channel",
    "downloads-by-component",
    "downloads-by-target",
    "egress-by-country",
    "errors-by-cause",
    "first-byte-percentiles",
    "hit-ratio-by-day",
    "hit-ratio-by-hour",
    "hourly-peaks",
    "http-versions",
    "index-and-packages",
    "installer-downloads",
    "largest-objects",
    "legacy-urls",
    "missing-paths",
    "month-forecast",
    "never-cached",
    "object-sizes",
    "origin-load-by-hour",
    "other-providers",
    "purge-refills",
    "query-string-copies",
    "quiet-hours",
    "range-requests",
    "redirects",
    "referrers",
    "repeat-downloads",
    "slow-edges",
    "status-classes",
    "status-codes",
    "tls-versions",
    "top-networks",
    "top-packages",
    "top-paths",
    "traffic-by-distribution",
    "user-agents",
];

/// A question with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its name, as in `@name`.
    pub name: &'static str,
    /// What it asks, in one line.
    pub question: &'static str,
    /// The file: header and statement.
    pub sql: &'static str,
    /// What it can be asked with.
    pub params: Vec<Param>,
}

/// A parameter of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name, without the `$`.
    pub name: &'static str,
    /// What its values are.
    pub kind: ParamKind,
    /// What it is when it is not given.
    pub default: ParamDefault,
    /// What it is for.
    pub meaning: &'static str,
}

/// What the values of a parameter are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// A number with up to 12 places.
    Decimal,
}

/// What a parameter is when it is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamDefault {
    /// The newest month that is over, else the newest: the parameter is a month.
    NewestMonth,
    /// No restriction: NULL.
    All,
    /// This value.
    Value(&'static str),
}

impl ParamKind {
    /// As the header writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
        }
    }
}

impl ParamDefault {
    /// As the header writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewestMonth => "newest",
            Self::All => "all",
            Self::Value(value) => value,
        }
    }
}

/// Every named question, sorted by name.
pub fn questions() -> impl Iterator<Item = Question> {
    FILES.iter().map(|(name, sql)| parse(name, sql))
}

/// The question of a name.
pub fn question(name: &str) -> Option<Question> {
    let file = FILES.iter().find(|(known, _)| *known == name);
    file.map(|(name, sql)| parse(name, sql))
}

/// Reads the header; what is missing or wrong there is left out, and the test below finds it.
fn parse(name: &'static str, sql: &'static str) -> Question {
    Question {
        name,
        question: value(sql, "question").unwrap_or_default(),
        sql,
        params: header(sql)
            .filter_map(|line| line.strip_prefix("param:"))
            .filter_map(param)
            .collect(),
    }
}

/// The lines of the header without their `-- `.
fn header(sql: &'static str) -> impl Iterator<Item = &'static str> {
    sql.lines().map_while(|line| line.strip_prefix("-- "))
}

/// The value of a key of the header.
fn value(sql: &'static str, key: &str) -> Option<&'static str> {
    let value = header(sql).find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// ` month text newest  UTC month, YYYY-MM`.
fn param(text: &'static str) -> Option<Param> {
    let (name, rest) = text.trim().split_once(' ')?;
    let (kind, rest) = rest.trim_start().split_once(' ')?;
    let (default, meaning) = rest.trim_start().split_once("  ")?;
    Some(Param {
        name,
        kind: match kind {
            "text" => ParamKind::Text,
            "integer" => ParamKind::Integer,
            "decimal" => ParamKind::Decimal,
            _ => return None,
        },
        default: match default {
            "newest" | "newest-complete-month" => ParamDefault::NewestMonth,
            "all" => ParamDefault::All,
            value => ParamDefault::Value(value),
        },
        meaning: meaning.trim(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use datafusion::sql::sqlparser::{
        dialect::GenericDialect,
        tokenizer::{Token, Tokenizer},
    };

    use super::{FILES, Param, ParamDefault, ParamKind, header, param, question, questions, value};

    #[test]
    fn every_file_is_a_question() {
        let folder = edgeledger_testkit::repo_root().join("queries/examples");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let known = FILES.iter().map(|(name, _)| format!("{name}.sql"));
        assert_eq!(known.collect::<Vec<_>>(), files);
        assert_eq!(questions().count(), files.len());
    }

    #[test]
    fn headers_are_complete() {
        for asked in questions() {
            let name = asked.name;
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
            for key in ["question", "grain", "units", "order"] {
                let value = value(asked.sql, key);
                assert!(value.is_some(), "{name} has no line `-- {key}: …`");
            }
            let length = asked.question.chars().count();
            assert!(length <= 100, "the question of {name} has {length} letters");
            let written = header(asked.sql).filter(|line| line.starts_with("param"));
            assert_eq!(
                written.count(),
                asked.params.len(),
                "{name} has a parameter that is no `-- param: NAME TYPE DEFAULT  MEANING`"
            );
            for param in &asked.params {
                assert!(!param.meaning.is_empty(), "{name}: ${}", param.name);
                if let ParamDefault::Value(value) = param.default {
                    let is_good = match param.kind {
                        ParamKind::Text => !value.contains(['\'', '"']),
                        ParamKind::Integer => value.parse::<i64>().is_ok(),
                        ParamKind::Decimal => value.parse::<f64>().is_ok(),
                    };
                    assert!(is_good, "{name}: ${} cannot be {value}", param.name);
                }
            }
        }
    }

    /// A parameter that the statement does not use would be taken and do nothing.
    #[test]
    fn parameters_are_those_of_the_statement() {
        for asked in questions() {
            let tokens = Tokenizer::new(&GenericDialect {}, asked.sql)
                .tokenize()
                .unwrap();
            let used: BTreeSet<String> = tokens
                .into_iter()
                .filter_map(|token| match token {
                    Token::Placeholder(name) => Some(name),
                    _ => None,
                })
                .collect();
            let known = asked.params.iter().map(|param| format!("${}", param.name));
            assert_eq!(used, known.collect(), "{}", asked.name);
        }
    }

    #[test]
    fn a_parameter_is_name_type_default_and_meaning() {
        assert_eq!(
            param(" month text newest  UTC month, YYYY-MM"),
            Some(Param {
                name: "month",
                kind: ParamKind::Text,
                default: ParamDefault::NewestMonth,
                meaning: "UTC month, YYYY-MM",
            })
        );
        let rows = param(" rows integer 20  How many rows").unwrap();
        assert_eq!(rows.kind, ParamKind::Integer);
        assert_eq!(rows.default, ParamDefault::Value("20"));
        for wrong in [
            "",
            " month",
            " month text",
            " month text newest",
            " month text newest UTC",
            " month word newest  UTC",
        ] {
            assert_eq!(param(wrong), None, "{wrong}");
        }
        assert_eq!(question("no-such-question"), None);
    }
}
