//! Parquet's hybrid of runs and packed bits: for levels, and for keys of a dictionary.

/// Values packed at a time: a packed run holds a multiple of it.
pub(super) const GROUP: usize = 8;

/// Bits that the largest of `n` keys needs.
pub(super) fn width(n: usize) -> u32 {
    n.checked_sub(1)
        .map_or(0, |largest| usize::BITS - largest.leading_zeros())
}

/// Appends keys of `width` bits each: groups of the same key, and what follows of it, as runs.
pub(super) fn put_keys(out: &mut Vec<u8>, keys: &[u32], width: u32) {
    let mut rest = keys;
    // Keys at the start of `rest` that are in no run: whole groups.
    let mut n_loose = 0;
    while let Some((group, after)) = rest
        .get(n_loose..)
        .and_then(<[u32]>::split_first_chunk::<GROUP>)
    {
        let [key, ..] = group;
        if !all_are(group, *key) {
            n_loose += GROUP;
            continue;
        }
        let n_run = GROUP + run_of(after, *key);
        put_packed(out, rest.get(..n_loose).unwrap_or_default(), width);
        put_run(out, *key, n_run, width);
        rest = rest.get(n_loose + n_run..).unwrap_or_default();
        n_loose = 0;
    }
    put_packed(out, rest, width);
}

/// Whether a group holds one key only. Without a branch for each key.
fn all_are(group: &[u32; GROUP], key: u32) -> bool {
    group.iter().fold(0, |all, other| all | (other ^ key)) == 0
}

/// How many keys there are of one at the start.
fn run_of(keys: &[u32], key: u32) -> usize {
    let (groups, _) = keys.as_chunks();
    let groups = groups.iter().take_while(|group| all_are(group, key));
    let n = groups.count() * GROUP;
    let rest = keys.get(n..).unwrap_or_default().iter();
    n + rest.take_while(|other| **other == key).count()
}

pub(super) fn put_run(out: &mut Vec<u8>, key: u32, n: usize, width: u32) {
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

/// Appends the lowest `width` bits of each number, filled up to whole groups.
pub(super) fn put_bits<T: Copy + Into<u64>>(out: &mut Vec<u8>, numbers: &[T], width: u32) {
    out.reserve(numbers.len().div_ceil(GROUP) * width as usize);
    match width {
        0 => {}
        1 => put_groups::<T, 1>(out, numbers),
        2 => put_groups::<T, 2>(out, numbers),
        3 => put_groups::<T, 3>(out, numbers),
        4 => put_groups::<T, 4>(out, numbers),
        5 => put_groups::<T, 5>(out, numbers),
        6 => put_groups::<T, 6>(out, numbers),
        7 => put_groups::<T, 7>(out, numbers),
        8 => put_groups::<T, 8>(out, numbers),
        9 => put_groups::<T, 9>(out, numbers),
        10 => put_groups::<T, 10>(out, numbers),
        11 => put_groups::<T, 11>(out, numbers),
        12 => put_groups::<T, 12>(out, numbers),
        13 => put_groups::<T, 13>(out, numbers),
        14 => put_groups::<T, 14>(out, numbers),
        15 => put_groups::<T, 15>(out, numbers),
        16 => put_groups::<T, 16>(out, numbers),
        _ => put_wide(out, numbers, width),
    }
}

/// A group of up to 16 bits each fits a number: known widths leave no loop and no branch of it.
fn put_groups<T: Copy + Into<u64>, const WIDTH: usize>(out: &mut Vec<u8>, numbers: &[T]) {
    let mut put = |group: &[u64; GROUP]| {
        let numbered = group.iter().enumerate();
        let bits = numbered.fold(0, |bits, (at, number)| {
            bits | (u128::from(*number) << (at * WIDTH))
        });
        let bytes = bits.to_le_bytes();
        out.extend_from_slice(bytes.first_chunk::<WIDTH>().unwrap_or(&[0; WIDTH]));
    };
    let (groups, rest) = numbers.as_chunks::<GROUP>();
    for group in groups {
        put(&group.map(T::into));
    }
    if !rest.is_empty() {
        let mut group = [0; GROUP];
        for (place, number) in group.iter_mut().zip(rest) {
            *place = (*number).into();
        }
        put(&group);
    }
}

/// Appends numbers of any width.
fn put_wide<T: Copy + Into<u64>>(out: &mut Vec<u8>, numbers: &[T], width: u32) {
    let end = out.len() + numbers.len().div_ceil(GROUP) * width as usize;
    let (mut bits, mut n_bits) = (0_u128, 0);
    for number in numbers {
        bits |= u128::from((*number).into()) << n_bits;
        n_bits += width;
        if n_bits >= u64::BITS {
            let bytes = bits.to_le_bytes();
            out.extend_from_slice(bytes.first_chunk::<8>().unwrap_or(&[0; 8]));
            bits >>= u64::BITS;
            n_bits -= u64::BITS;
        }
    }
    let left = bits.to_le_bytes();
    out.extend_from_slice(left.get(..n_bits.div_ceil(8) as usize).unwrap_or_default());
    out.resize(end, 0);
}

/// The header of a run, or of packed groups.
pub(super) fn put_header(out: &mut Vec<u8>, n: usize, is_packed: bool) {
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
}
