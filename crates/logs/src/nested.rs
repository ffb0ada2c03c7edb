//! Secrets in the values of JSON logs that are objects or arrays.
//!
//! CloudFront's values are strings; others come from whoever rewrote the log. They are rebuilt
//! from their raw parts, so that a number never passes through a float.

use serde_json::value::RawValue;

use crate::extra::push_json_string;
use crate::json::{Member, Object};
use crate::privacy::{Privacy, Stored};

/// Levels that are looked into. What is deeper is not stored: each level is read again, which
/// must stay linear.
const MAX_DEPTH: usize = 8;
const TOO_DEEP: &str = "\"REDACTED\"";

/// What is stored of a member, as JSON.
pub(crate) fn stored(
    privacy: &Privacy,
    copy_of: Option<usize>,
    name: &str,
    member: &Member<'_>,
) -> Stored {
    member_stored(privacy, copy_of, name, member, MAX_DEPTH)
}

fn member_stored(
    privacy: &Privacy,
    copy_of: Option<usize>,
    name: &str,
    member: &Member<'_>,
    depth: usize,
) -> Stored {
    let is_compound = member.json.starts_with(['{', '[']);
    // The raw text of an object has quotes that a redacted value could swallow.
    let stored = privacy.stored(copy_of, name, &member.text);
    match (stored, is_compound) {
        (Stored::Text(_), true) if !privacy.is_listed(copy_of, name) => {
            rebuilt(privacy, member.json, depth)
        }
        (Stored::AsIs, true) if privacy.looks_into_unknown() => {
            rebuilt(privacy, member.json, depth)
        }
        (Stored::Text(text), _) => Stored::Text(string(&text)),
        (stored, _) => stored,
    }
}

fn rebuilt(privacy: &Privacy, json: &str, depth: usize) -> Stored {
    let Some(depth) = depth.checked_sub(1) else {
        return Stored::Text(TOO_DEEP.to_owned());
    };
    let mut out = String::with_capacity(json.len());
    let mut is_changed = false;
    if let Some(Object(members)) = Object::parse(json) {
        out.push('{');
        for member in &members {
            if out.len() > 1 {
                out.push(',');
            }
            let name = privacy.field_name(&member.name);
            is_changed |= *name != *member.name;
            push_json_string(&mut out, &name);
            out.push(':');
            is_changed |= push(&mut out, privacy, &member.name, member, depth);
        }
        out.push('}');
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json) {
        out.push('[');
        for item in items {
            if out.len() > 1 {
                out.push(',');
            }
            match Member::unnamed(item.get()) {
                Some(member) => is_changed |= push(&mut out, privacy, "", &member, depth),
                None => return Stored::Text(TOO_DEEP.to_owned()),
            }
        }
        out.push(']');
    } else {
        return Stored::Text(TOO_DEEP.to_owned());
    }
    if is_changed {
        Stored::Text(out)
    } else {
        Stored::AsIs
    }
}

/// Adds a value as far as it may be stored; whether it is another than before.
fn push(
    out: &mut String,
    privacy: &Privacy,
    name: &str,
    member: &Member<'_>,
    depth: usize,
) -> bool {
    match member_stored(privacy, None, name, member, depth) {
        Stored::AsIs => {
            out.push_str(member.json);
            return false;
        }
        Stored::Text(json) => out.push_str(&json),
        Stored::Null => out.push_str("null"),
    }
    true
}

fn string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_json_string(&mut json, text);
    json
}
