//! Message templates: `{distribution} sent {egress_bytes}`.

use crate::{commands::check::outcome::Values, config::closest, exit::UsageError};

/// The most characters of one value in a message: a path may be as long as its sender likes.
const MAX_VALUE: usize = 200;
/// The most characters of a message.
const MAX_MESSAGE: usize = 2_000;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
}

impl Template {
    /// Reads a template; `{{` and `}}` stand for braces.
    pub(super) fn parse(text: &str) -> Result<Self, UsageError> {
        let fail = |what: &str| {
            let error = UsageError::new(format!("the message `{text}` {what}"));
            error.with_hint("write a column as {name}, and a brace as {{ or }}")
        };
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.next_if_eq(&c).is_some() => plain.push(c),
                '}' => return Err(fail("has a } without its {")),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(c) if c != '{' => name.push(c),
                            _ => return Err(fail("has a { without its }")),
                        }
                    }
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Column(name.trim().to_owned()));
                }
                c => plain.push(c),
            }
        }
        parts.push(Part::Text(plain));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    /// Whether every column is one of `known`.
    pub(super) fn check<'a>(
        &self,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), UsageError> {
        for part in &self.0 {
            let Part::Column(name) = part else { continue };
            if known.clone().any(|other| other == name) {
                continue;
            }
            let error = UsageError::new(format!("the message has no column `{name}` to show"));
            return Err(error.with_hint(match closest(name, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
            }));
        }
        Ok(())
    }

    /// The message about a row. It holds log content as it is: each output escapes it.
    pub(super) fn fill(&self, values: &Values) -> String {
        let mut message = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => message.push_str(text),
                Part::Column(name) => message.push_str(&shown(values.get(name))),
            }
        }
        shortened(&message, MAX_MESSAGE)
    }
}

/// A message of all values, for rules without a template.
pub(super) fn all(values: &Values) -> String {
    let shown = values
        .iter()
        .map(|(name, value)| format!("{name} = {}", shown(Some(value))));
    shortened(&shown.collect::<Vec<_>>().join(", "), MAX_MESSAGE)
}

fn shown(value: Option<&Option<String>>) -> String {
    match value {
        Some(Some(value)) => shortened(value, MAX_VALUE),
        _ => "none".to_owned(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let row = [
            ("path", Some("/a{n}%0A")),
            ("n", Some("3")),
            ("reason", None),
        ];
        row.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .into()
    }

    #[test]
    fn columns_are_filled_once() {
        let of = |text: &str| Template::parse(text).unwrap().fill(&values());
        assert_eq!(of("{path} got { n }"), "/a{n}%0A got 3");
        assert_eq!(of("{{path}} {reason}"), "{path} none");
        assert_eq!(of("plain"), "plain");
        assert_eq!(all(&values()), "n = 3, path = /a{n}%0A, reason = none");
    }

    #[test]
    fn braces_need_their_other() {
        for wrong in ["{", "}", "{a", "a}", "{a{b}}", "{a}}"] {
            let error = Template::parse(wrong).unwrap_err();
            assert!(
                error.message.contains("brace") || error.message.contains("without its"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_unknown_column_names_the_nearest() {
        let template = Template::parse("{egres_bytes}").unwrap();
        let known = ["distribution", "egress_bytes"];
        let error = template.check(known.into_iter()).unwrap_err();
        assert!(error.message.contains("`egres_bytes`"), "{}", error.message);
        assert_eq!(error.hint.unwrap(), "did you mean `egress_bytes`?");
        let error = Template::parse("{zzz}")
            .unwrap()
            .check(known.into_iter())
            .unwrap_err();
        assert_eq!(error.hint.unwrap(), "there are distribution, egress_bytes");
    }

    #[test]
    fn long_values_are_cut() {
        let long = "ü".repeat(5_000);
        let values = Values::from([("path".to_owned(), Some(long))]);
        let message = Template::parse("{path}").unwrap().fill(&values);
        assert_eq!(message.chars().count(), MAX_VALUE + 1);
        let message = Template::parse(&"{path}".repeat(100))
            .unwrap()
            .fill(&values);
        assert_eq!(message.chars().count(), MAX_MESSAGE + 1);
    }
}
