//! How long a request may take, how often it is tried, and how much of an object it asks for.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use aws_sdk_s3::config::{
    retry::{RetryConfig, RetryPartition, TokenBucket},
    timeout::TimeoutConfig,
};

/// Limits of the requests to S3, so that no hang is endless and no object fills the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest time to connect.
    pub connect: Duration,
    /// Longest time without a byte.
    pub idle: Duration,
    /// Longest time for one attempt, its body included.
    pub attempt: Duration,
    /// Attempts a request, the first one counted; `AWS_MAX_ATTEMPTS` and `max_attempts` of a
    /// profile win over it.
    pub max_attempts: u32,
    /// Longest pause before the second attempt; it doubles with every further one. Pauses are
    /// drawn evenly between nothing and their longest.
    pub first_pause: Duration,
    /// Longest pause of all.
    pub longest_pause: Duration,
    /// Objects larger than this are fetched in parts of this size.
    pub part_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            attempt: Duration::from_mins(2),
            max_attempts: 8,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(20),
            part_bytes: 8 << 20,
        }
    }
}

impl Limits {
    pub(crate) fn retries(&self, max_attempts: u32) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(max_attempts.max(1))
            .with_initial_backoff(self.first_pause)
            .with_max_backoff(self.longest_pause)
    }

    pub(crate) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .read_timeout(self.idle)
            .operation_attempt_timeout(self.attempt)
            .build()
    }

    /// The pause after the attempt `n`, counted from one: the SDK's rule, for what it
    /// cannot see.
    pub(crate) fn pause(&self, n: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(n.saturating_sub(1));
        let longest = self
            .first_pause
            .saturating_mul(doubled)
            .min(self.longest_pause);
        // Every hasher of the standard library has its own random keys.
        let random = RandomState::new().hash_one(n) % 1_000_000;
        let random = u32::try_from(random).unwrap_or_default();
        longest.mul_f64(f64::from(random) / 1e6)
    }
}

/// A server that is down costs a bounded number of retries in all: each takes 5 or 10 from here,
/// successes give back. The SDK's own bucket of 500 would be shared with other clients, and is
/// empty before thirty requests at once have had their eight attempts.
pub(crate) fn retry_partition() -> RetryPartition {
    const RETRY_QUOTA: usize = 4_000;
    RetryPartition::custom("edgeledger-source")
        .token_bucket(TokenBucket::new(RETRY_QUOTA))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let limits = Limits::default();
        for (n, longest_s) in [(1, 1), (2, 2), (4, 8), (6, 20), (99, 20)] {
            let longest = Duration::from_secs(longest_s);
            let pauses: Vec<_> = (0..50).map(|_| limits.pause(n)).collect();
            assert!(pauses.iter().all(|pause| *pause < longest), "{n}");
            assert!(pauses.iter().any(|pause| *pause > longest / 2), "{n}");
            assert!(pauses.iter().any(|pause| *pause < longest / 2), "{n}");
        }
    }
}
