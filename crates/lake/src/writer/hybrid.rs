//! Parquet's hybrid of runs and packed bits: for levels, and for keys of a dictionary.

/// Values packed at a time: a packed run holds a multiple of it.
const GROUP: usize = 8;

/// Bits that the largest of `n` keys needs.
pub(super) fn width(n: usize) -> u32 {
    n.checked_sub(1)
        .map_or(0, |largest| usize::BITS - largest.leading_zeros())
}

/// Appends keys of `width` bits each.
pub(super) fn put_keys(out: &mut Vec<u8>, keys: &[u32], width: u32) {
    let mut rest = keys;
    // Keys at the start of `rest` that are in no run.
    let mut n_loose = 0;
    while let Some(key) = rest.get(n_loose) {
        let ahead = rest.get(n_loose..).unwrap_or_default();
        let n_run = ahead.iter().take_while(|other| *other == key).count();
        // Loose keys are filled up to whole groups from the run.
        let n_fill = n_loose.next_multiple_of(GROUP) - n_loose;
        if n_run < n_fill + GROUP {
            n_loose += n_run;
            continue;
        }
        let (loose, run) = rest.split_at_checked(n_loose + n_fill).unwrap_or_default();
        put_packed(out, loose, width);
        put_run(out, *key, n_run - n_fill, width);
        rest = run.get(n_run - n_fill..).unwrap_or_default();
        n_loose = 0;
    }
    put_packed(out, rest, width);
}

/// Appends definition levels: ones, but for the nulls.
pub(super) fn put_levels(out: &mut Vec<u8>, bits: &[u8], n: usize, n_nulls: usize) {
    let mut levels = Vec::with_capacity(bits.len() + 8);
    if n_nulls == 0 {
        put_run(&mut levels, 1, n, 1);
    } else if n_nulls == n {
        put_run(&mut levels, 0, n, 1);
    } else {
        put_header(&mut levels, n.div_ceil(GROUP), true);
        levels.extend_from_slice(bits.get(..n.div_ceil(8)).unwrap_or(bits));
    }
    let n_bytes = u32::try_from(levels.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&n_bytes.to_le_bytes());
    out.append(&mut levels);
}

fn put_run(out: &mut Vec<u8>, key: u32, n: usize, width: u32) {
    put_header(out, n, false);
    let bytes = key.to_le_bytes();
    let n_bytes = width.div_ceil(8) as usize;
    out.extend_from_slice(bytes.get(..n_bytes).unwrap_or(&bytes));
}

fn put_packed(out: &mut Vec<u8>, keys: &[u32], width: u32) {
    if keys.is_empty() {
        return;
    }
    put_header(out, keys.len().div_ceil(GROUP), true);
    put_bits(out, keys, width);
}

/// Appends the lowest `width` bits of each key, filled up to whole groups.
pub(super) fn put_bits(out: &mut Vec<u8>, keys: &[u32], width: u32) {
    let n_groups = keys.len().div_ceil(GROUP);
    let end = out.len() + n_groups * width as usize;
    let (mut bits, mut n_bits) = (0_u64, 0);
    for key in keys {
        bits |= u64::from(*key) << n_bits;
        n_bits += width;
        if n_bits >= 32 {
            let [a, b, c, d, ..] = bits.to_le_bytes();
            out.extend_from_slice(&[a, b, c, d]);
            bits >>= 32;
            n_bits -= 32;
        }
    }
    let left = bits.to_le_bytes();
    out.extend_from_slice(left.get(..n_bits.div_ceil(8) as usize).unwrap_or_default());
    out.resize(end, 0);
}

/// The header of a run, or of packed groups.
fn put_header(out: &mut Vec<u8>, n: usize, is_packed: bool) {
    put_varint(out, ((n as u64) << 1) | u64::from(is_packed));
}

/// Seven bits a byte, the lowest first.
pub(super) fn put_varint(out: &mut Vec<u8>, n: u64) {
    let mut rest = n;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_of_the_largest_key() {
        let widths = [0, 1, 2, 3, 4, 5, 256, 257].map(width);
        assert_eq!(widths, [0, 0, 1, 2, 2, 3, 8, 9]);
    }

    /// The example of the format's documentation: 0 to 7 in three bits.
    #[test]
    fn packs_as_the_format_says() {
        let mut out = Vec::new();
        put_keys(&mut out, &[0, 1, 2, 3, 4, 5, 6, 7], 3);
        assert_eq!(out, [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    }

    #[test]
    fn long_runs_take_a_value_each() {
        let mut out = Vec::new();
        put_keys(&mut out, &[300; 100], 9);
        assert_eq!(out, [200, 1, 44, 1]);
    }

    #[test]
    fn levels_are_a_run_or_a_bitmap() {
        let levels = |bits: &[u8], n, n_nulls| {
            let mut out = Vec::new();
            put_levels(&mut out, bits, n, n_nulls);
            out
        };
        assert_eq!(levels(&[0xff, 3], 10, 0), [2, 0, 0, 0, 20, 1]);
        assert_eq!(levels(&[0, 0], 10, 10), [2, 0, 0, 0, 20, 0]);
        assert_eq!(levels(&[0b101, 2], 10, 7), [3, 0, 0, 0, 5, 0b101, 2]);
    }
}
