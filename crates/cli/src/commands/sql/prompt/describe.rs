//! Lists of what there is to ask.

use arrow::datatypes::DataType;
use edgeledger_query::{Relation, Session, questions as named_questions};

use crate::grid::Grid;

/// Tables, views or both.
pub(super) fn relations(session: &Session, wanted: impl Fn(&Relation) -> bool) -> Grid {
    let mut grid = Grid::of_texts(&["name", "kind", "purpose"]);
    for relation in session.relations().into_iter().filter(wanted) {
        let kind = if relation.is_view { "view" } else { "table" };
        let purpose = relation.purpose.unwrap_or_default();
        grid.push([
            Some(relation.name),
            Some(kind.to_owned()),
            Some(purpose.to_owned()),
        ]);
    }
    grid
}

/// The named questions.
pub(super) fn questions() -> Grid {
    let mut grid = Grid::of_texts(&["name", "question", "parameters"]);
    for asked in named_questions() {
        let params = asked.params.iter();
        let params: Vec<String> = params
            .map(|param| format!("{}={}", param.name, param.default.as_str()))
            .collect();
        grid.push([
            Some(format!("@{}", asked.name)),
            Some(asked.question.to_owned()),
            Some(params.join(" ")),
        ]);
    }
    grid
}

/// The columns of a table or view, and what one row of it is.
pub(super) async fn columns(session: &Session, name: &str) -> anyhow::Result<(Grid, String)> {
    let name = name.trim_matches('"');
    let schema = session.columns(name).await?;
    let mut grid = Grid::of_texts(&["column", "type"]);
    for field in schema.fields() {
        grid.push([
            Some(field.name().clone()),
            Some(type_name(field.data_type())),
        ]);
    }
    let relations = session.relations();
    let relation = relations.iter().find(|relation| relation.name == name);
    let mut about = String::new();
    for (key, text) in [
        ("purpose", relation.and_then(|relation| relation.purpose)),
        ("one row", relation.and_then(|relation| relation.grain)),
    ] {
        if let Some(text) = text {
            about.push_str(&line(key, text));
        }
    }
    Ok((grid, about))
}

fn line(key: &str, text: &str) -> String {
    format!("{key}: {text}\n")
}

/// Functions whose names fit a pattern: `*` stands for anything; without one a part is enough.
pub(super) fn functions(session: &Session, pattern: Option<&str>) -> Grid {
    let mut grid = Grid::of_texts(&["name", "kind", "call", "meaning"]);
    for function in session.described_functions() {
        if pattern.is_none_or(|pattern| fits(&function.name, pattern)) {
            grid.push([
                Some(function.name),
                Some(function.kind.as_str().to_owned()),
                Some(function.syntax.unwrap_or_default()),
                Some(function.description.unwrap_or_default()),
            ]);
        }
    }
    grid
}

fn fits(name: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    if !pattern.contains('*') {
        return name.contains(&pattern);
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let last = parts.next_back().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last)
}

/// A type as SQL calls it.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::UInt8 => "tinyint unsigned".to_owned(),
        DataType::UInt16 => "smallint unsigned".to_owned(),
        DataType::UInt32 => "integer unsigned".to_owned(),
        DataType::UInt64 => "bigint unsigned".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Decimal128(digits, places) | DataType::Decimal256(digits, places) => {
            format!("decimal({digits}, {places})")
        }
        DataType::Dictionary(_, values) => type_name(values),
        other => other.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, is_fit) in [
            ("decode", true),
            ("DECODE", true),
            ("percent*", true),
            ("*decode", true),
            ("p*t*de", true),
            ("*", true),
            ("p*x*", false),
            ("decode*", false),
            ("encode", false),
        ] {
            assert_eq!(fits("percent_decode", pattern), is_fit, "{pattern}");
        }
    }
}
