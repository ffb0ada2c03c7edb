//! JSON lines of standard logging v2: one object per line, values strings or numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one object in their order, repeated names included.
#[derive(Debug)]
pub(crate) struct Object<'a>(pub(crate) Vec<Member<'a>>);

#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    /// The value as a cell: a string without its quotes, nothing for null, else the JSON text, so
    /// that a number never passes through a float.
    pub(crate) text: Cow<'a, str>,
    /// The value as written.
    pub(crate) json: &'a str,
}

impl<'a> Object<'a> {
    /// Reads a line; `None` when it is not one whole JSON object.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(48);
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            let json = value.get();
            let text = cell(json).map_err(serde::de::Error::custom)?;
            members.push(Member { name, text, json });
        }
        Ok(Object(members))
    }
}

impl<'a> Member<'a> {
    /// A value without a name; `None` when it cannot be read.
    pub(crate) fn unnamed(json: &'a str) -> Option<Self> {
        let text = cell(json).ok()?;
        let name = Cow::Borrowed("");
        Some(Member { name, text, json })
    }
}

fn cell(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match json
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(text) if !text.contains('\\') => Ok(Cow::Borrowed(text)),
        Some(_) => serde_json::from_str(json).map(Cow::Owned),
        None if json == "null" => Ok(Cow::Borrowed("")),
        None => Ok(Cow::Borrowed(json)),
    }
}

/// A member's name, borrowed from the line unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: Option<&[(&str, &str)]>) {
        let object = Object::parse(line);
        let found: Option<Vec<_>> = object.as_ref().map(|Object(members)| {
            members
                .iter()
                .map(|member| (&*member.name, &*member.text))
                .collect()
        });
        assert_eq!(found.as_deref(), expect, "{line}");
    }

    #[test]
    fn values_become_cells() {
        check(
            r#"{"a":"x","b":1.50,"c":null,"d":[1,{}],"a":"y"}"#,
            Some(&[
                ("a", "x"),
                ("b", "1.50"),
                ("c", ""),
                ("d", "[1,{}]"),
                ("a", "y"),
            ]),
        );
        check(r#" {"\u0061\n" : "q\"\u00fc" } "#, Some(&[("a\n", "q\"ü")]));
        check("{}", Some(&[]));
    }

    #[test]
    fn only_whole_objects_are_read() {
        for line in [
            "",
            "[]",
            "\"str\"",
            "1",
            "{",
            "{}x",
            "{\"a\":1",
            "{a:1}",
            r#"{"a":"\ud800"}"#,
        ] {
            check(line, None);
        }
    }
}
