//! Ingest from folders and S3 into lakes on disk and in S3, checked against independent counts.
#![expect(missing_docs, reason = "a test binary has no readers of its docs")]

mod containers;
mod sample;
mod twice;
mod world;
