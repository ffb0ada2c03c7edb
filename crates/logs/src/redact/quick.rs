//! A quick look, so that text without secrets costs next to nothing.

use memchr::{memchr, memchr2, memchr3};

use wide::u8x16;

use super::{Name, Names, Syntax, is_of_a_name, unit};

/// Whether a text has none of the characters without which there is no secret in a query, a cookie
/// or a URL: most have none.
#[inline]
pub(crate) fn has_no_signs(bytes: &[u8]) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'=' | b'%' | b'"' | b'@');
    let Some(last) = bytes.last_chunk::<16>() else {
        return !bytes.iter().any(is_sign);
    };
    let signs = |part: &[u8; 16]| {
        let part = u8x16::new(*part);
        let is = |sign| part.simd_eq(u8x16::splat(sign));
        is(b'=') | is(b'%') | is(b'"') | is(b'@')
    };
    // The last part may have been looked at in part.
    let parts = bytes.as_chunks::<16>().0.iter();
    let found = parts.fold(signs(last), |found, part| found | signs(part));
    found.to_bitmask() == 0
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_without_signs_has_nothing_to_redact(text in "[a-z=%\"@:/]{0,80}|[a-z:/;&?#+' \\\\é]{0,80}") {
            let has_none = has_no_signs(text.as_bytes());
            prop_assert_eq!(has_none, !text.contains(['=', '%', '"', '@']));
            let names = Names::new(["a", "b", "token"].into_iter());
            for syntax in [Syntax::Query, Syntax::Cookie, Syntax::Url] {
                if has_none {
                    prop_assert_eq!(super::super::redact_carefully(&text, syntax, &names, false), None);
                }
            }
        }
    }

    #[test]
    fn a_sign_is_seen_wherever_it_is() {
        for n in 1..70 {
            for at in 0..n {
                for sign in *b"=%\"@" {
                    let mut text = vec![b'a'; n];
                    assert!(has_no_signs(&text));
                    text[at] = sign;
                    assert!(!has_no_signs(&text), "{at} of {n}");
                }
            }
        }
    }
}
