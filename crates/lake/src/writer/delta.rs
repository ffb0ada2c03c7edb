//! Parquet's `DELTA_BINARY_PACKED`: for the lengths of texts, which are often all the same.

use super::hybrid::{put_bits, put_varint};

/// Differences packed with one smallest difference.
const BLOCK: usize = 128;
/// Those packed with one width.
const MINIBLOCK: usize = 32;

/// Appends numbers.
pub(super) fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    put_varint(out, BLOCK as u64);
    put_varint(out, (BLOCK / MINIBLOCK) as u64);
    put_varint(out, numbers.len() as u64);
    put_zigzag(out, numbers.first().map_or(0, |first| i64::from(*first)));
    let after = numbers.get(1..).unwrap_or_default();
    let difference = |(one, next): (&u32, &u32)| i64::from(*next) - i64::from(*one);
    let differences: Vec<_> = numbers.iter().zip(after).map(difference).collect();
    let mut packed = [0; MINIBLOCK];
    for block in differences.chunks(BLOCK) {
        let min = block.iter().copied().min().unwrap_or_default();
        put_zigzag(out, min);
        let above = |difference: &i64| u32::try_from(difference - min).unwrap_or(u32::MAX);
        let widths = block.chunks(MINIBLOCK).map(|miniblock| {
            let bits = miniblock.iter().map(above).fold(0, |all, one| all | one);
            u32::BITS - bits.leading_zeros()
        });
        // One for each miniblock, also for those that have nothing.
        let start = out.len();
        out.extend(widths.clone().map(|width| u8::try_from(width).unwrap_or(0)));
        out.resize(start + BLOCK / MINIBLOCK, 0);
        for (miniblock, width) in block.chunks(MINIBLOCK).zip(widths) {
            packed.fill(0);
            for (place, difference) in packed.iter_mut().zip(miniblock) {
                *place = above(difference);
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
