//! A quick look, so that text without secrets costs next to nothing.

use memchr::{memchr, memchr2, memchr3};

use super::{Name, Names, Syntax, is_of_a_name, unit};

/// Whether there may be something to redact: a quick look that goes from `=` to `=`, since nearly
/// all text has nothing. It may err, but only to `true`.
pub(super) fn may_redact(bytes: &[u8], syntax: Syntax, names: &Names) -> bool {
    if syntax == Syntax::Free {
        return memchr3(b'=', b'@', b'%', bytes).is_some() || memchr2(b':', b'\\', bytes).is_some();
    }
    // Userinfo is between `://` and `@`, encoded or not.
    if memchr(b'@', bytes).is_some() && memchr2(b':', b'%', bytes).is_some() {
        return true;
    }
    let mut at = 0;
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| memchr3(b'=', b'%', b'"', rest))
    {
        at += next;
        let Some(found) = unit(bytes, at, false) else {
            return false;
        };
        match found.byte {
            b'=' if may_be_listed(bytes.get(..at).unwrap_or_default(), names) => return true,
            b'@' | b'"' => return true,
            _ => {}
        }
        at += found.n_bytes;
    }
    false
}

/// Whether the name at the end of text may be listed.
fn may_be_listed(before: &[u8], names: &Names) -> bool {
    let n_bytes = before
        .iter()
        .rev()
        .take(MAX_WRITTEN_NAME_BYTES)
        .take_while(|byte| is_of_a_name(**byte))
        .count();
    if n_bytes == MAX_WRITTEN_NAME_BYTES {
        return true;
    }
    let mut start = before.len() - n_bytes;
    let Some(divider_at) = start.checked_sub(1) else {
        return is_listed(before, names);
    };
    let Some(divider) = unit(before, divider_at, false) else {
        return true;
    };
    start = divider_at + divider.n_bytes;
    match divider.byte {
        // Parts of names, and names that are encoded, are for the careful look.
        b'[' | b']' => return true,
        byte if is_of_a_name(byte) => return true,
        b'"' | b'\'' | b' ' | b'+' | b'\\' if start == before.len() => return true,
        _ => {}
    }
    is_listed(before.get(start..).unwrap_or_default(), names)
}

/// Names written longer than this are for the careful look.
const MAX_WRITTEN_NAME_BYTES: usize = 96;

fn is_listed(written: &[u8], names: &Names) -> bool {
    let mut name = Name::default();
    for byte in written {
        name.push(*byte);
    }
    name.is_listed(names)
}
