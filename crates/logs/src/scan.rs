//! Where the cells of lines are: tabs and line ends, many bytes at a time.

use std::ops::Range;

use wide::u8x16;

/// Bytes looked at together.
const WIDTH: usize = 64;
/// Places written together, so that there is no branch for each.
const TOGETHER: usize = 8;

/// Finds the lines at the start of a text that have `n_cells` cells each, at most `max_lines`: up
/// to the first that has more or less, or that `is_taken` refuses by its place. The text ends with
/// a line end, and is shorter than 4 GiB. Returns how many they are.
///
/// Then `starts` says where each of their cells starts, and where the next one would: between two
/// cells is a tab or a line end. What follows means nothing, but there is at least one line of it.
pub(crate) fn lines(
    text: &[u8],
    n_cells: usize,
    max_lines: usize,
    starts: &mut Vec<u32>,
    mut is_taken: impl FnMut(Range<usize>) -> bool,
) -> usize {
    let room = (max_lines + 1) * n_cells + WIDTH + 1;
    if starts.len() < room {
        starts.resize(room, 0);
    }
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    let (blocks, rest) = text.as_chunks::<WIDTH>();
    let mut last = [0; WIDTH];
    for (byte, into) in rest.iter().zip(&mut last) {
        *into = *byte;
    }
    let (mut n_starts, mut n_lines, mut line_start) = (1, 0, 0);
    let mut at = 0_u32;
    for block in blocks.iter().chain([&last]) {
        let mut found = look(block);
        let Some(into) = starts
            .get_mut(n_starts..)
            .and_then(|into| into.first_chunk_mut())
        else {
            // A line of far too many cells.
            break;
        };
        put(found.ends, at + 1, into);
        n_starts += wide(found.ends.count_ones());
        while found.line_ends != 0 {
            let next = at + found.line_ends.trailing_zeros() + 1;
            found.line_ends &= found.line_ends - 1;
            let n_before_next = (n_lines + 1) * n_cells;
            let is_whole = n_before_next < n_starts && starts.get(n_before_next) == Some(&next);
            let next = wide(next);
            if !is_whole || !is_taken(line_start..next - 1) {
                return n_lines;
            }
            (n_lines, line_start) = (n_lines + 1, next);
            if n_lines == max_lines {
                return n_lines;
            }
        }
        at += u64::BITS;
    }
    n_lines
}

/// A place as what slices are asked for with.
#[inline]
pub(crate) fn wide(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// A bit for every tab and line end of a block, and for every line end.
struct Ends {
    ends: u64,
    line_ends: u64,
}

#[inline]
fn look(block: &[u8; WIDTH]) -> Ends {
    let (tab, line_end) = (u8x16::splat(b'\t'), u8x16::splat(b'\n'));
    let (mut ends, mut line_ends) = (0, 0);
    for part in block.as_chunks::<16>().0.iter().rev() {
        let part = u8x16::new(*part);
        let is_line_end = part.simd_eq(line_end);
        let is_end = part.simd_eq(tab) | is_line_end;
        ends = (ends << 16) | u64::from(is_end.to_bitmask());
        line_ends = (line_ends << 16) | u64::from(is_line_end.to_bitmask());
    }
    Ends { ends, line_ends }
}

/// Writes the places of bits, counted from `base`, and anything after them.
#[inline]
fn put(mut bits: u64, base: u32, into: &mut [u32; WIDTH]) {
    const TOP: u64 = 1 << (WIDTH - 1);
    for into in into.as_chunks_mut::<TOGETHER>().0 {
        for place in into {
            // The top bit changes nothing where there is one, and to find the lowest is quicker
            // where it is known that there is one.
            *place = base + (bits | TOP).trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a line at a time.
    fn expected(text: &[u8], n_cells: usize, max_lines: usize, refused: usize) -> Vec<u32> {
        let mut starts = vec![0];
        let mut at = 0;
        for (n, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let n_found = line.iter().filter(|byte| b"\t\n".contains(byte)).count();
            if n == max_lines || n == refused || n_found != n_cells {
                break;
            }
            let ends = line.iter().zip(at + 1..);
            let ends = ends.filter(|(byte, _)| b"\t\n".contains(byte));
            starts.extend(ends.map(|(_, next)| next));
            at += u32::try_from(line.len()).unwrap();
        }
        starts
    }

    fn line(n_cells: usize) -> impl Strategy<Value = Vec<u8>> {
        let cell = prop_oneof![
            Just(String::new()),
            "[a-z]{0,3}",
            "[a-z]{0,90}",
            "[é日\\x00\u{8}\u{b}]{0,9}"
        ];
        let n_cells = prop_oneof![40 => Just(n_cells), 1 => 0..3 * n_cells];
        n_cells
            .prop_flat_map(move |n| prop::collection::vec(cell.clone(), n))
            .prop_map(|cells| [cells.join("\t").as_bytes(), b"\n"].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn finds_what_a_look_at_each_line_finds(
            (n_cells, lines) in (1_usize..40).prop_flat_map(|n| (Just(n), prop::collection::vec(line(n), 0..40))),
            max_lines in 1_usize..50,
            refused in 0_usize..100,
            mut starts in prop::collection::vec(0_u32..2000, 0..2000),
        ) {
            let text = lines.concat();
            let mut asked = 0;
            let n = super::lines(&text, n_cells, max_lines, &mut starts, |place| {
                assert_eq!(text.get(place.end), Some(&b'\n'));
                assert!(!text[place].contains(&b'\n'));
                asked += 1;
                asked <= refused
            });
            let expected = expected(&text, n_cells, max_lines, refused);
            prop_assert_eq!(expected.len(), n * n_cells + 1);
            prop_assert!(starts.starts_with(&expected));
            prop_assert!(starts.len() >= (n + 1) * n_cells);
        }
    }

    #[test]
    fn a_text_of_ends_only_has_lines_of_no_text() {
        let text = b"\t\t\n".repeat(200);
        let mut starts = Vec::new();
        let n = lines(&text, 3, 1000, &mut starts, |_| true);
        assert_eq!(n, 200);
        assert!(starts.iter().zip(0..=600).all(|(start, n)| *start == n));
        assert_eq!(lines(&b"\t".repeat(9999), 3, 10, &mut starts, |_| true), 0);
    }
}
