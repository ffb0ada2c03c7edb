//! Statements as users write them: several in a text, with parameters.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::{
    arrow::datatypes::DataType,
    common::ScalarValue,
    error::Result,
    logical_expr::LogicalPlan,
    sql::{
        parser::{DFParserBuilder, Statement as Parsed},
        sqlparser::{
            dialect::GenericDialect,
            tokenizer::{Token, Tokenizer},
        },
    },
};

use crate::{QueryError, examples::ParamKind, explain};

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement(pub(crate) Parsed);

/// The statements of a text, in order.
#[derive(Debug, Clone)]
pub struct Script {
    /// The statements; none in a text of blanks and comments.
    pub statements: Vec<Statement>,
    /// Names of the parameters they use, without the `$`.
    pub params: BTreeSet<String>,
}

impl Script {
    /// Reads a text of statements that end with `;` (the last one need not).
    ///
    /// # Errors
    /// [`QueryError::Invalid`] when it is no SQL.
    pub fn parse(sql: &str) -> Result<Self, QueryError> {
        let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize();
        let tokens = tokens.map_err(|error| QueryError::Invalid {
            message: error.to_string(),
            hint: None,
        })?;
        let params = tokens.into_iter().filter_map(|token| match token {
            Token::Placeholder(name) => Some(name.trim_start_matches('$').to_owned()),
            _ => None,
        });
        Ok(Self {
            params: params.collect(),
            statements: statements(sql)?,
        })
    }
}

/// The statements of a text.
pub(crate) fn statements(sql: &str) -> Result<Vec<Statement>, QueryError> {
    let parsed = DFParserBuilder::new(sql)
        .with_dialect(&GenericDialect {})
        .build()
        .and_then(|mut parser| parser.parse_statements());
    match parsed {
        Ok(statements) => Ok(statements.into_iter().map(Statement).collect()),
        Err(error) => Err(QueryError::Invalid {
            message: explain::message(&error),
            hint: None,
        }),
    }
}

/// Values of parameters by name.
pub type Params = BTreeMap<String, ParamValue>;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamValue {
    /// The value as text; `None` is NULL.
    pub text: Option<String>,
    /// What it is; `None` is what the statement makes of the parameter, else a whole number if it
    /// is one, else a text.
    pub kind: Option<ParamKind>,
}

impl ParamValue {
    /// The value, if it is one of its kind or of the type that the statement wants.
    fn scalar(&self, wanted: Option<&DataType>) -> Result<ScalarValue> {
        let as_type = |wanted: &DataType| match &self.text {
            Some(text) => ScalarValue::try_from_string(text.trim().to_owned(), wanted),
            None => ScalarValue::try_from(wanted),
        };
        match (self.kind, wanted) {
            (Some(ParamKind::Integer), _) => as_type(&DataType::Int64),
            (Some(ParamKind::Decimal), _) => as_type(&DECIMAL),
            (None, Some(wanted)) if !is_text(wanted) => as_type(wanted),
            (None, None) if self.is_integer() => as_type(&DataType::Int64),
            _ => Ok(ScalarValue::Utf8(self.text.clone())),
        }
    }

    fn is_integer(&self) -> bool {
        let text = self.text.as_deref();
        text.is_some_and(|text| text.parse::<i64>().is_ok())
    }
}

/// What a decimal parameter is passed as.
const DECIMAL: DataType = DataType::Decimal128(38, 12);

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// A type in words.
fn in_words(data_type: &DataType) -> String {
    match data_type {
        data_type if data_type.is_integer() => "whole number".to_owned(),
        data_type if data_type.is_numeric() => "number".to_owned(),
        DataType::Date32 | DataType::Date64 => "date (YYYY-MM-DD)".to_owned(),
        DataType::Timestamp(..) => "time (YYYY-MM-DD HH:MM:SS)".to_owned(),
        DataType::Boolean => "true or false".to_owned(),
        other => other.to_string(),
    }
}

/// Puts values in the place of a plan's parameters.
pub(crate) fn bind(plan: LogicalPlan, params: &Params) -> Result<LogicalPlan, QueryError> {
    if params.is_empty() {
        return Ok(plan);
    }
    // Where a parameter stands in places of two types, neither is the one wanted.
    let types = plan.get_parameter_types().unwrap_or_default();
    let mut values = Vec::new();
    for (name, value) in params {
        let wanted = types.get(&format!("${name}")).and_then(Option::as_ref);
        let scalar = value.scalar(wanted).map_err(|_| {
            let wanted = match value.kind {
                Some(ParamKind::Integer) => in_words(&DataType::Int64),
                Some(ParamKind::Decimal) => in_words(&DECIMAL),
                _ => wanted.map(in_words).unwrap_or_default(),
            };
            let text = value.text.as_deref().unwrap_or("NULL");
            QueryError::Invalid {
                message: format!("`{text}` is no {wanted}, which the parameter `{name}` is here"),
                hint: None,
            }
        })?;
        values.push((name.clone(), scalar));
    }
    plan.with_param_values(values)
        .map_err(|error| QueryError::Invalid {
            message: explain::message(&error),
            hint: None,
        })
}

#[cfg(test)]
mod tests {
    use super::{ParamValue, Script};
    use crate::ParamKind;
    use datafusion::{arrow::datatypes::DataType, common::ScalarValue};

    #[test]
    fn a_text_has_statements_and_parameters() {
        let script = Script::parse(
            "-- $not; this\nSELECT '$nor;', $a; ;\n/* $c */ SELECT $b + $a AS \"$d\";",
        )
        .unwrap();
        assert_eq!(script.statements.len(), 2);
        assert_eq!(script.params.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(Script::parse(" -- nothing").unwrap().statements.is_empty());
        assert!(Script::parse("SELECT 1 SELECT 2").is_err());
        assert!(Script::parse("SELECT 'open").is_err());
    }

    #[test]
    fn a_value_is_what_the_statement_wants() {
        let of = |text: &str, kind, wanted: Option<DataType>| {
            let text = Some(text.to_owned());
            ParamValue { text, kind }.scalar(wanted.as_ref()).ok()
        };
        let text = |text: &str| Some(ScalarValue::from(text));
        let whole = |number: i64| Some(ScalarValue::from(number));
        assert_eq!(of("20", None, None), whole(20));
        assert_eq!(of("20", None, Some(DataType::Utf8View)), text("20"));
        assert_eq!(of("20", Some(ParamKind::Text), None), text("20"));
        assert_eq!(of("2026-10", None, None), text("2026-10"));
        assert_eq!(
            of("404", None, Some(DataType::UInt16)),
            Some(ScalarValue::UInt16(Some(404)))
        );
        assert_eq!(of("many", None, Some(DataType::UInt16)), None);
        assert_eq!(of("2.5", Some(ParamKind::Integer), None), None);
        assert_eq!(
            of("2.5", Some(ParamKind::Decimal), None),
            Some(ScalarValue::Decimal128(Some(2_500_000_000_000), 38, 12))
        );
    }
}
