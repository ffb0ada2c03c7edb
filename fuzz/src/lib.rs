//! The checks behind the fuzz targets. The tests of `crates/logs` and `crates/container` include
//! them by their path and run the corpus through them; `corpus.rs` is for these tests alone.

pub mod container;
pub mod file;
pub mod input;
pub mod line;
pub mod log;
pub mod row;
