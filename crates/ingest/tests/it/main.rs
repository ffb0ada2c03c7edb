//! Ingest from folders and S3 into lakes on disk and in S3, checked against independent counts.

mod containers;
mod sample;
mod twice;
mod world;
