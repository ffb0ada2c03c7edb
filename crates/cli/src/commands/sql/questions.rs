//! Questions with names: `@name`, `--list`, `--show`.

use std::{io::Write, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, StringArray},
    compute::cast,
    datatypes::DataType,
};
use edgeledger_query::{
    Param, ParamDefault, ParamValue, Params, Question, Session, nearest, question, questions,
};

use super::params::{self, Given};
use crate::{args::SqlFormat, exit::UsageError, months, output, stdout::Stdout};

/// The name in a query that is only `@name`.
pub(super) fn name(query: &str) -> Option<&str> {
    let name = query.trim().trim_end_matches(';').strip_prefix('@')?;
    (!name.contains(char::is_whitespace)).then_some(name)
}

/// The question of a name, with or without its `@`.
pub(super) fn find(name: &str) -> anyhow::Result<Question> {
    let name = name.trim_start_matches('@');
    question(name).ok_or_else(|| {
        let names = questions().map(|question| question.name.to_owned());
        let close = nearest(name, names.collect());
        let close = close.map_or_else(String::new, |close| format!("{close} "));
        let error = UsageError::new(format!("there is no question `{name}`"));
        error
            .with_hint(format!("{close}`edgeledger sql --list` shows them all"))
            .into()
    })
}

/// A named question at the prompt: `@name`, and values of parameters behind it.
pub(super) fn called(text: &str) -> Option<anyhow::Result<(Question, Given)>> {
    let text = text.trim().trim_end_matches(';').strip_prefix('@')?;
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let values: Vec<String> = words.map(str::to_owned).collect();
    Some(find(name).and_then(|question| {
        let given = params::given(&values)?;
        let known = question.params.iter().map(|param| param.name.to_owned());
        params::check(&given, &known.collect())?;
        Ok((question, given))
    }))
}

/// Writes every question in a line.
pub(super) fn list(format: SqlFormat) -> anyhow::Result<()> {
    let all: Vec<Question> = questions().collect();
    if format == SqlFormat::Table {
        let width = all.iter().map(|question| question.name.len()).max();
        let width = width.unwrap_or_default() + 1;
        let mut to = Stdout::new();
        for Question { name, question, .. } in all {
            writeln!(to, "@{name:<width$} {question}")?;
        }
        return Ok(to.flush()?);
    }
    let column = |cell: &dyn Fn(&Question) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(all.iter().map(cell)))
    };
    let params = |question: &Question| {
        let params = question.params.iter();
        let params: Vec<String> = params
            .map(|param| format!("{}={}", param.name, param.default.as_str()))
            .collect();
        params.join(" ")
    };
    let batch = RecordBatch::try_from_iter([
        ("name", column(&|question| question.name.to_owned())),
        ("question", column(&|question| question.question.to_owned())),
        ("parameters", column(&params)),
    ])?;
    output::write_batch(&batch, format)
}

/// Writes a question's SQL; its header names the parameters.
pub(super) fn show(question: &Question) -> anyhow::Result<()> {
    let mut to = Stdout::new();
    writeln!(to, "{}", question.sql.trim_end())?;
    Ok(to.flush()?)
}

/// Values for a question's parameters: those given, else the defaults.
pub(super) async fn values(
    question: &Question,
    given: &Given,
    session: &Session,
) -> anyhow::Result<Params> {
    let mut values = Params::new();
    for param in &question.params {
        let text = match given.get(param.name) {
            Some(text) => {
                check(param, text, session).await?;
                Some(text.clone())
            }
            None => match param.default {
                ParamDefault::NewestMonth => Some(months::newest(session).await?.to_string()),
                ParamDefault::All => None,
                ParamDefault::Value(text) => Some(text.to_owned()),
            },
        };
        let kind = Some(param.kind);
        values.insert(param.name.to_owned(), ParamValue { text, kind });
    }
    Ok(values)
}

/// Refuses a month or a distribution that would only find nothing.
async fn check(param: &Param, text: &str, session: &Session) -> anyhow::Result<()> {
    if param.default == ParamDefault::NewestMonth {
        return months::check(session, param.name, text).await;
    }
    if param.name != "distribution" || param.default != ParamDefault::All {
        return Ok(());
    }
    let mut known = Vec::new();
    let sql = "SELECT distribution, name FROM distributions ORDER BY name, distribution";
    for batch in session.query(sql).await? {
        for column in batch.columns() {
            let column = cast(column, &DataType::Utf8)?;
            let names = column.as_string::<i32>().iter().flatten();
            known.extend(names.map(str::to_owned));
        }
    }
    if known.iter().any(|name| name == text) {
        return Ok(());
    }
    let error = UsageError::new(format!("there is no distribution `{text}`"));
    Err(match nearest(text, known.clone()) {
        Some(close) => error.with_hint(close),
        None => error.with_hint(format!("there are {}", known.join(", "))),
    }
    .into())
}
