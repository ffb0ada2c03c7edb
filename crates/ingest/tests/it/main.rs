//! Ingest from folders and S3 into lakes on disk and in S3, checked against independent counts.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod containers;
mod damage;
mod forgetting;
mod log_damage;
mod maintenance;
mod protections;
mod sample;
mod twice;
mod vacuum;
mod world;
