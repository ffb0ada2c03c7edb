//! Development helpers: a seeded maker of CloudFront logs and an embedded S3 server.
//!
//! [`Sample`] makes `sample-logs/` together with [`Truth`], its own counters. This crate must not
//! know any other crate of the workspace: numbers that check the product may not come from it.
//! It also re-exports the test libraries, so that every crate's tests get them from one place.
//!
//! ```
//! let packed = edgeledger_testkit::gzip_members(&[b"#Version: 1.0\n", b"#Fields: date\n"]);
//! assert_eq!(&packed[..2], b"\x1f\x8b");
//! ```

pub use insta;
pub use proptest;

mod calendar;
mod catalog;
mod counter;
mod edges;
mod kinds;
mod plan;
mod prng;
mod row;
pub mod s3_server;
mod sample;
mod traffic;
mod truth;

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};

pub use kinds::{agent_product, legacy_rule};
pub use sample::{DEFAULT_SEED, Sample};
pub use truth::{
    Anomaly, Gap, HourTally, LateFile, MethodTally, MonthTruth, PathTally, Purge, PurgeNight,
    Reject, RejectReason, Tally, Totals, Truth,
};

/// Packs bytes as one gzip member.
pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    #[expect(
        clippy::expect_used,
        reason = "writing to a Vec cannot fail; only tests call this"
    )]
    {
        encoder.write_all(bytes.as_ref()).expect("gzip in memory");
        encoder.finish().expect("gzip in memory")
    }
}

/// Packs every part as a gzip member of its own, one behind the other.
pub fn gzip_members(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(gzip).collect()
}

/// The top folder of the repository.
pub fn repo_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The folder `sample-logs/` of the repository.
pub fn sample_logs() -> PathBuf {
    repo_root().join("sample-logs")
}

/// A folder of public log files named by `EDGELEDGER_FIXTURES`; tests that want it skip without it.
pub fn fixtures() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only tests call this, and they have no settings"
    )]
    let folder = std::env::var("EDGELEDGER_FIXTURES").ok()?;
    Some(PathBuf::from(folder)).filter(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests;
