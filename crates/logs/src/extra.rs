//! The `extra` column: a JSON object of what has no column of its own.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::json::Member;
use crate::nested;
use crate::privacy::{Privacy, Stored};

/// Longest name kept, in bytes. Names come once per header but are written with every row, so an
/// overlong one would let a small log fill a large lake.
const MAX_NAME_BYTES: usize = 128;

/// A JSON object under construction, reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    json: String,
    privacy: Privacy,
    /// Whether nobody asks for it.
    is_off: bool,
}

impl Extra {
    pub(crate) fn new(privacy: Privacy, is_wanted: bool) -> Self {
        Extra {
            json: String::new(),
            privacy,
            is_off: !is_wanted,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.json.clear();
    }

    /// Adds a text value, as far as it may be stored: of a field without a column, or a copy of
    /// one with a column.
    pub(crate) fn push_text(&mut self, name: &str, copy_of: Option<usize>, text: &str) {
        if self.is_off || self.privacy.drops(copy_of) {
            return;
        }
        let text = match self.privacy.stored(copy_of, name, text) {
            Stored::AsIs => Cow::Borrowed(text),
            Stored::Text(text) => Cow::Owned(text),
            Stored::Null => return,
        };
        self.push_name(name);
        push_json_string(&mut self.json, &text);
    }

    /// Adds a member of a JSON log, as far as it may be stored.
    pub(crate) fn push_json(&mut self, name: &str, copy_of: Option<usize>, member: &Member<'_>) {
        if self.is_off || self.privacy.drops(copy_of) {
            return;
        }
        let json = match nested::stored(&self.privacy, copy_of, name, member) {
            Stored::AsIs => Cow::Borrowed(member.json),
            Stored::Text(json) => Cow::Owned(json),
            Stored::Null => return,
        };
        self.push_name(name);
        self.json.push_str(&json);
    }

    /// Ends the object; `None` when it has no members.
    pub(crate) fn end(&mut self) -> Option<&str> {
        if self.json.is_empty() {
            return None;
        }
        self.json.push('}');
        Some(&self.json)
    }

    fn push_name(&mut self, name: &str) {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        push_json_string(&mut self.json, name);
        self.json.push(':');
    }
}

pub(crate) fn push_json_string(out: &mut String, text: &str) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\u{1f}' => {
                let code = usize::try_from(u32::from(char)).unwrap_or_default();
                out.push_str("\\u00");
                out.extend(HEX.get(code / 16));
                out.extend(HEX.get(code % 16));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Gives the members of one object different names: the second `a` becomes `a#2`.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
    n_seen: HashMap<String, u32>,
}

impl Names {
    /// A name for a field that has no column.
    pub(crate) fn unknown(&mut self, name: &str) -> String {
        self.unique(name, 0)
    }

    /// A name for another copy of a field that has a column: `#2` at least.
    pub(crate) fn copy_of(&mut self, field: &str) -> String {
        self.unique(field, 1)
    }

    fn unique(&mut self, name: &str, n_before: u32) -> String {
        let name = shortened(name);
        let n_seen = self.n_seen.entry(name.to_owned()).or_insert(n_before);
        loop {
            *n_seen = n_seen.saturating_add(1);
            let candidate = if *n_seen == 1 {
                name.to_owned()
            } else {
                format!("{name}#{n_seen}")
            };
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

/// A name cut to the length that is kept.
pub(crate) fn shortened(name: &str) -> &str {
    name.get(..name.floor_char_boundary(MAX_NAME_BYTES))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_null_without_members_and_json_with_them() {
        let mut extra = Extra::default();
        assert_eq!(extra.end(), None);
        extra.push_text("a\"\\\n\u{1f}", None, "ü\0");
        let member = Member {
            name: "b".into(),
            text: "[1, 2]".into(),
            json: "[1, 2]",
        };
        extra.push_json("b", None, &member);
        let json = extra.end().unwrap();
        assert_eq!(json, r#"{"a\"\\\u000a\u001f":"ü\u0000","b":[1, 2]}"#);
        assert!(serde_json::from_str::<serde_json::Value>(json).is_ok());
        extra.clear();
        assert_eq!(extra.end(), None);
    }

    #[test]
    fn names_never_repeat() {
        let mut names = Names::default();
        let found = ["a", "a", "a#2", "a", "a#2"].map(|name| names.unknown(name));
        assert_eq!(found, ["a", "a#2", "a#2#2", "a#3", "a#2#3"]);
        assert_eq!(names.copy_of("sc-bytes"), "sc-bytes#2");
        assert_eq!(names.copy_of("sc-bytes"), "sc-bytes#3");
        assert_eq!(names.unknown("a#3"), "a#3#2");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(shortened(&"é".repeat(100)), "é".repeat(64));
        assert_eq!(shortened(&format!("x{}", "é".repeat(100))).len(), 127);
    }
}
