//! Where the cells of lines end: tabs and line ends, many bytes at a time.

/// Bytes looked at together.
const WIDTH: usize = 64;

/// Calls `each` with the place of every tab and line end of `text` from `start`, in order, until it
/// returns `false`.
#[inline]
pub(crate) fn ends(text: &[u8], start: usize, mut each: impl FnMut(usize) -> bool) {
    let mut at = start;
    let mut rest = text.get(start..).unwrap_or_default();
    while let Some((bytes, after)) = rest.split_first_chunk::<WIDTH>() {
        let mut found = mask(bytes);
        while found != 0 {
            if !each(at + found.trailing_zeros() as usize) {
                return;
            }
            found &= found - 1;
        }
        at += WIDTH;
        rest = after;
    }
    for (place, byte) in rest.iter().enumerate() {
        if is_end(*byte) && !each(at + place) {
            return;
        }
    }
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n')
}

/// A bit for every tab and line end. Written so that the compiler uses vector instructions of any
/// processor for the comparisons; the product moves the lowest bit of eight bytes together.
#[inline]
fn mask(bytes: &[u8; WIDTH]) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut marks = [0_u8; WIDTH];
    for (mark, byte) in marks.iter_mut().zip(bytes) {
        *mark = u8::from(*byte == b'\t') | u8::from(*byte == b'\n');
    }
    let parts = marks.as_chunks::<8>().0.iter().rev();
    parts.fold(0, |mask, part| {
        (mask << 8) | (u64::from_le_bytes(*part).wrapping_mul(GATHER) >> 56)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_each_byte_finds(
            text in proptest::collection::vec(prop_oneof![Just(9_u8), Just(10), any::<u8>()], 0..400),
            start in 0_usize..450,
        ) {
            let mut found = Vec::new();
            ends(&text, start, |at| { found.push(at); true });
            let expect: Vec<_> = (start..text.len()).filter(|at| is_end(text[*at])).collect();
            prop_assert_eq!(found, expect);
        }
    }

    #[test]
    fn stops_when_told_to() {
        let text = [b'\t'; 200];
        for n in 1..200 {
            let mut found = 0;
            ends(&text, 0, |_| {
                found += 1;
                found < n
            });
            assert_eq!(found, n);
        }
    }
}
