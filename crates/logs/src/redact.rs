//! Secrets in query strings, cookies and URLs: the value goes, the name stays.
//!
//! Text is read in units: a byte, or a byte under any number of percent encodings (`%3D`,
//! `%253D`), since CloudFront encodes the `%` of what was encoded already, and URLs travel inside
//! the parameters of other URLs. Everything here is linear in the text.

mod quick;

pub(crate) use quick::has_no_signs;

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "REDACTED";

/// Longest name that is listed, in bytes without `-` and `_`.
pub(crate) const MAX_NAME_BYTES: usize = 63;

/// Encodings deeper than this count as one depth. So few depths keep nested URLs linear.
const MAX_DEPTH: u8 = 6;

/// One byte of text, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) byte: u8,
    /// How many percent encodings it is under.
    depth: u8,
    pub(crate) n_bytes: usize,
}

/// The unit at a place. An invalid escape is an ordinary `%`.
///
/// With `has_escapes`, JSON's `\u003d` and the `\x20` of some logs are units too.
#[inline]
pub(crate) fn unit(bytes: &[u8], at: usize, has_escapes: bool) -> Option<Unit> {
    let byte = *bytes.get(at)?;
    if byte == b'%' || (byte == b'\\' && has_escapes) {
        return Some(encoded_unit(bytes, at, byte));
    }
    Some(Unit {
        byte,
        depth: 0,
        n_bytes: 1,
    })
}

fn encoded_unit(bytes: &[u8], at: usize, byte: u8) -> Unit {
    let mut unit = Unit {
        byte,
        depth: 0,
        n_bytes: 1,
    };
    if byte == b'%' {
        while unit.byte == b'%'
            && let Some(decoded) = hex_pair(bytes, at + unit.n_bytes)
        {
            unit.byte = decoded;
            unit.depth = MAX_DEPTH.min(unit.depth + 1);
            unit.n_bytes += 2;
        }
        return unit;
    }
    let (digits, n_bytes) = match bytes.get(at + 1..) {
        Some([b'u', b'0', b'0', ..]) => (at + 4, 6),
        Some([b'x', ..]) => (at + 2, 4),
        _ => return unit,
    };
    if let Some(decoded) = hex_pair(bytes, digits) {
        (unit.byte, unit.n_bytes) = (decoded, n_bytes);
    }
    unit
}

fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    let &[high, low] = bytes.get(at..at.checked_add(2)?)? else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// How text is divided into names and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `name=value&name=value`.
    Query,
    /// `name=value; name=value`.
    Cookie,
    /// A path, perhaps with `;name=value` in a segment, perhaps followed by a query: `?` at any
    /// depth starts it.
    Url,
    /// Unknown: `name=value` and `name: value`, where a value goes on to the end of its line or
    /// cell, so that nothing of it is left.
    Free,
}

impl Syntax {
    /// Whether an unencoded byte ends a value.
    fn ends_value(self, byte: u8) -> bool {
        match self {
            Syntax::Query => matches!(byte, b'&' | b'#'),
            Syntax::Cookie => byte == b';',
            Syntax::Url => matches!(byte, b'/' | b';' | b'&' | b'?' | b'#'),
            Syntax::Free => matches!(byte, b'\t' | b'\n' | b'\r'),
        }
    }

    /// Whether a byte ends the `user:password@host` of a URL.
    fn ends_authority(self, byte: u8) -> bool {
        matches!(byte, b'/' | b'?' | b'#' | b'\\')
            || byte.is_ascii_whitespace()
            || (self != Syntax::Url && self.ends_value(byte))
    }
}

/// The names of parameters whose values are secrets: lower case, without `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    sorted: Vec<Vec<u8>>,
    /// The first letters of the names of each length, a bit each: most names of parameters need
    /// no search.
    first_letters: [u32; MAX_NAME_BYTES + 1],
}

impl Names {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<Vec<u8>> = names.map(normalized).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut first_letters = [0; MAX_NAME_BYTES + 1];
        for name in &sorted {
            if let Some(letters) = first_letters.get_mut(name.len()) {
                *letters |= letter_bit(name);
            }
        }
        Names {
            sorted,
            first_letters,
        }
    }

    fn contains(&self, normalized: &[u8]) -> bool {
        self.first_letters
            .get(normalized.len())
            .is_some_and(|letters| letters & letter_bit(normalized) != 0)
            && self
                .sorted
                .binary_search_by(|name| name.as_slice().cmp(normalized))
                .is_ok()
    }

    /// Whether a word of a field's name is listed: `authorization` in `cs(Authorization)`.
    pub(crate) fn lists_field(&self, field: &str) -> bool {
        let mut name = Name::default();
        let mut at = 0;
        while let Some(unit) = unit(field.as_bytes(), at, false) {
            at += unit.n_bytes;
            match unit.byte {
                byte if is_of_a_name(byte) => name.push(byte),
                _ => name.end_part(self),
            }
        }
        name.is_listed(self)
    }
}

fn letter_bit(normalized: &[u8]) -> u32 {
    normalized.first().map_or(0, |byte| 1 << (byte & 31))
}

/// A name as it is compared.
pub(crate) fn normalized(name: &str) -> Vec<u8> {
    name.bytes()
        .filter(|byte| !matches!(byte, b'-' | b'_'))
        .map(|byte| byte.to_ascii_lowercase())
        .collect()
}

/// Whether a byte belongs to a name; all others divide names.
pub(crate) fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'-' | b'_')
}

/// The name before a `=`, as far as it is read.
#[derive(Debug)]
struct Name {
    normalized: [u8; MAX_NAME_BYTES],
    /// More than there is room for when the name is too long to be listed.
    n_bytes: usize,
    /// Whether an earlier part of `name[part]` is listed.
    has_listed_part: bool,
    /// Whether a space or quote follows: the next letter starts another name.
    is_ended: bool,
    is_quoted: bool,
}

impl Default for Name {
    fn default() -> Self {
        Name {
            normalized: [0; MAX_NAME_BYTES],
            n_bytes: 0,
            has_listed_part: false,
            is_ended: false,
            is_quoted: false,
        }
    }
}

impl Name {
    fn clear(&mut self) {
        self.n_bytes = 0;
        self.has_listed_part = false;
        self.is_ended = false;
        self.is_quoted = false;
    }

    fn push(&mut self, byte: u8) {
        if self.is_ended {
            self.clear();
        }
        if matches!(byte, b'-' | b'_') {
            return;
        }
        if let Some(place) = self.normalized.get_mut(self.n_bytes) {
            *place = byte.to_ascii_lowercase();
        }
        self.n_bytes += 1;
    }

    fn end_part(&mut self, names: &Names) {
        self.has_listed_part = self.is_listed(names);
        self.n_bytes = 0;
    }

    fn is_listed(&self, names: &Names) -> bool {
        self.has_listed_part
            || self
                .normalized
                .get(..self.n_bytes)
                .is_some_and(|name| names.contains(name))
    }
}

/// Text with parts replaced; nothing is allocated before the first.
struct Edits<'a> {
    text: &'a str,
    edited: Option<String>,
    /// Up to here `edited` is complete.
    done: usize,
}

impl Edits<'_> {
    fn redact(&mut self, start: usize, end: usize) {
        match self.text.get(start..end) {
            None | Some("" | REDACTED) => return,
            Some(_) => {}
        }
        let edited = self.edited.get_or_insert_default();
        edited.push_str(self.text.get(self.done..start).unwrap_or_default());
        edited.push_str(REDACTED);
        self.done = end;
    }

    fn end(self) -> Option<String> {
        let mut edited = self.edited?;
        edited.push_str(self.text.get(self.done..).unwrap_or_default());
        Some(edited)
    }
}

/// The text with the values of listed names and the userinfo of URLs redacted; `None` when there
/// is nothing to redact. `is_cut` says that the text goes on, so that an `@` may follow.
pub(crate) fn redact(text: &str, syntax: Syntax, names: &Names, is_cut: bool) -> Option<String> {
    if !quick::may_redact(text.as_bytes(), syntax, names) {
        return None;
    }
    let mut edited = redact_carefully(text, syntax, names, is_cut)?;
    // What went may have been the end of something: `://token=/&user:pw@` is userinfo once the
    // `/` is gone.
    for _ in 1..MAX_PASSES {
        match redact_carefully(&edited, syntax, names, is_cut) {
            Some(again) => edited = again,
            None => break,
        }
    }
    Some(edited)
}

/// Bounds the time that hostile text takes.
const MAX_PASSES: usize = 8;

fn redact_carefully(text: &str, mut syntax: Syntax, names: &Names, is_cut: bool) -> Option<String> {
    let bytes = text.as_bytes();
    let is_free = syntax == Syntax::Free;
    let mut edits = Edits {
        text,
        edited: None,
        done: 0,
    };
    let mut name = Name::default();
    // How much of `://` was just read.
    let mut n_scheme = 0;
    let mut at = 0;
    while let Some(found) = unit(bytes, at, is_free) {
        at += found.n_bytes;
        n_scheme = match (found.byte, n_scheme) {
            (b':', _) => 1,
            (b'/', 1) => 2,
            (b'/', 2) => {
                redact_userinfo(&mut edits, at, syntax, found.depth, is_cut);
                at = at.max(edits.done);
                0
            }
            _ => 0,
        };
        match found.byte {
            byte if is_of_a_name(byte) => name.push(byte),
            b'[' | b']' => name.end_part(names),
            b'=' | b':' => {
                let is_assignment = found.byte == b'=' || is_free || name.is_quoted;
                if is_assignment && name.is_listed(names) {
                    let end = value_end(bytes, at, syntax, found.depth);
                    edits.redact(at, end);
                    at = end;
                }
                name.clear();
            }
            b'"' | b'\'' | b' ' | b'+' | b'\\' => {
                name.is_ended = true;
                name.is_quoted |= found.byte == b'"';
            }
            other => {
                if other == b'?' && syntax == Syntax::Url {
                    syntax = Syntax::Query;
                }
                name.clear();
            }
        }
    }
    edits.end()
}

/// Where a value ends whose `=` has a depth: what is encoded deeper than it belongs to the value.
fn value_end(bytes: &[u8], start: usize, syntax: Syntax, depth: u8) -> usize {
    let is_free = syntax == Syntax::Free;
    let mut at = start;
    while let Some(unit) = unit(bytes, at, is_free) {
        if syntax.ends_value(unit.byte) && (is_free || unit.depth <= depth) {
            break;
        }
        at += unit.n_bytes;
    }
    at
}

/// Redacts `user:password` of `user:password@host`, which starts at a place.
fn redact_userinfo(edits: &mut Edits<'_>, start: usize, syntax: Syntax, depth: u8, is_cut: bool) {
    let bytes = edits.text.as_bytes();
    let mut last_sign = None;
    let mut at = start;
    while let Some(unit) = unit(bytes, at, syntax == Syntax::Free) {
        if unit.depth <= depth && syntax.ends_authority(unit.byte) {
            break;
        }
        if unit.byte == b'@' {
            last_sign = Some(at);
        }
        at += unit.n_bytes;
    }
    if is_cut && at >= bytes.len() {
        last_sign = Some(at);
    }
    if let Some(end) = last_sign {
        edits.redact(start, end);
    }
}

#[cfg(test)]
mod tests;
