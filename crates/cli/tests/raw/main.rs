//! `edgeledger sql --logs`: the logs as tables, without a lake.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod external;
mod few;
mod hostile;
mod large;
mod s3;
mod same;
mod world;
