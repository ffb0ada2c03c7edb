//! A small seeded random number generator (xoshiro256**, seeded with splitmix64).
//!
//! Written here because its numbers are committed: a library may change its stream between versions.

/// One step of splitmix64: a good mix of 64 bits, used for seeding and as a hash.
pub(crate) fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Mixes a text into 64 bits (sizes of objects follow from their paths).
pub(crate) fn mix_text(text: &str) -> u64 {
    text.bytes()
        .fold(0x5EED, |state, byte| mix(state ^ u64::from(byte)))
}

/// xoshiro256**, after the public domain code of Blackman and Vigna
/// (<https://prng.di.unimi.it/xoshiro256starstar.c>).
#[derive(Debug, Clone)]
pub(crate) struct Prng {
    state: [u64; 4],
}

impl Prng {
    /// A stream of its own for every list of `parts` (seed, distribution, hour …).
    pub(crate) fn new(parts: &[u64]) -> Self {
        let mut seed = parts.iter().fold(0, |state, part| mix(state ^ part));
        let mut state = [0; 4];
        for word in &mut state {
            seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            *word = mix(seed);
        }
        Self { state }
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        let state = &mut self.state;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A number in `0..n` (0 when `n` is 0), by the high half of a 128 bit product.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(n);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub(crate) fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `per_mille` times out of 1000.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// An index in `0..n`, all equally likely.
    pub(crate) fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap_or(0)
    }

    /// An index in `0..n` where small ones are much likelier, as with popular clients and objects.
    pub(crate) fn skewed(&mut self, n: usize) -> usize {
        let bound = self.index(n) + 1;
        self.index(bound)
    }

    /// One of `items`, all equally likely.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// One of `items`, each as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(T, u64)]) -> T {
        let total: u64 = items.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (item, weight) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[0].0
    }

    /// `length` characters of URL-safe base64.
    pub(crate) fn base64(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..length)
            .map(|_| char::from(self.pick(ALPHABET)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_gives_the_same_stream_and_stays_in_bounds() {
        let (mut a, mut b) = (Prng::new(&[1, 2]), Prng::new(&[1, 2]));
        for n in 1..2000 {
            let x = a.below(n);
            assert_eq!(x, b.below(n));
            assert!(x < n);
        }
        assert_ne!(Prng::new(&[1, 2]).next(), Prng::new(&[2, 1]).next());
    }

    #[test]
    fn weights_are_kept_roughly() {
        let mut prng = Prng::new(&[7]);
        let n = (0..10_000)
            .filter(|_| prng.weighted(&[(true, 1), (false, 3)]))
            .count();
        assert!((2300..2700).contains(&n), "{n}");
    }
}
