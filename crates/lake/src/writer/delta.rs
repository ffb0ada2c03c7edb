//! Parquet's `DELTA_BINARY_PACKED`: for times, lines, and the lengths of texts, which are often all
//! the same.

use super::hybrid::{put_bits, put_varint};

/// Differences packed with one smallest difference.
const BLOCK: usize = 128;
/// Those packed with one width.
const MINIBLOCK: usize = 32;

/// Appends numbers. Differences may wrap, as those do that readers add.
pub(super) fn put<T: Copy + Into<i64>>(out: &mut Vec<u8>, numbers: &[T]) {
    put_varint(out, BLOCK as u64);
    put_varint(out, (BLOCK / MINIBLOCK) as u64);
    put_varint(out, numbers.len() as u64);
    put_zigzag(out, numbers.first().map_or(0, |first| (*first).into()));
    let after = numbers.get(1..).unwrap_or_default();
    let mut differences = [0; BLOCK];
    for (before, block) in numbers.chunks(BLOCK).zip(after.chunks(BLOCK)) {
        let (mut min, mut max) = (i64::MAX, i64::MIN);
        for (place, (one, next)) in differences.iter_mut().zip(before.iter().zip(block)) {
            *place = (*next).into().wrapping_sub((*one).into());
            min = min.min(*place);
            max = max.max(*place);
        }
        put_zigzag(out, min);
        // A width for each miniblock, also for those that have nothing.
        let start = out.len();
        out.resize(start + BLOCK / MINIBLOCK, 0);
        if min == max {
            continue;
        }
        let block = differences.get(..block.len()).unwrap_or_default();
        for (place, miniblock) in (start..).zip(block.chunks(MINIBLOCK)) {
            let (mut packed, mut bits) = ([0; MINIBLOCK], 0);
            for (above, difference) in packed.iter_mut().zip(miniblock) {
                *above = difference.wrapping_sub(min).cast_unsigned();
                bits |= *above;
            }
            let width = u64::BITS - bits.leading_zeros();
            if let Some(place) = out.get_mut(place) {
                *place = u8::try_from(width).unwrap_or(u8::MAX);
            }
            put_bits(out, &packed, width);
        }
    }
}

/// Numbers near zero are short, whatever their sign.
fn put_zigzag(out: &mut Vec<u8>, n: i64) {
    put_varint(out, ((n << 1) ^ (n >> 63)).cast_unsigned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_all(numbers: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, numbers);
        out
    }

    /// The examples of the format's documentation.
    #[test]
    fn packs_as_the_format_says() {
        // 1 to 5: every difference is 1.
        assert_eq!(put_all(&[1, 2, 3, 4, 5]), [128, 1, 4, 5, 2, 2, 0, 0, 0, 0]);
        // Differences of -2, -2, -2, 1, 1, 1, 1: above the smallest 0, 0, 0, 3, 3, 3, 3 in 2 bits.
        let mut expect = vec![128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111];
        expect.resize(expect.len() + 6, 0);
        assert_eq!(put_all(&[7, 5, 3, 1, 2, 3, 4, 5]), expect);
    }

    #[test]
    fn nothing_is_a_header() {
        assert_eq!(put_all(&[]), [128, 1, 4, 0, 0]);
        assert_eq!(put_all(&[56]), [128, 1, 4, 1, 112]);
    }

    #[test]
    fn constant_lengths_take_five_bytes_a_block() {
        assert_eq!(put_all(&[56; 1 + 2 * BLOCK]).len(), 6 + 2 * 5);
    }
}
