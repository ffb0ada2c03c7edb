//! The fault suite: the command under kills, full disks, bad bytes and rivals, one test a row of
//! the fault matrix in `docs/faults.md`. Short by default; `EDGELEDGER_FAULTS=long` tries every
//! point. Only the command line is used: what is promised is promised there.
#![cfg(target_os = "linux")]
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic, and says how much it tried"
)]

/// Says how much was tried or left out.
macro_rules! tell {
    ($($text:tt)*) => { $crate::command::tell(&format!($($text)*)) };
}

mod calls;
mod command;
mod concurrent;
mod crash;
mod damage;
mod disk;
mod durable;
mod flips;
mod inject;
mod memory;
mod mending;
mod objects;
mod s3_bodies;
mod s3_busy;
mod s3_commits;
mod s3_lists;
mod s3_parts;
mod s3_refused;
mod s3_rivals;
mod s3_slow;
mod s3_world;
mod seeded;
mod signals;
mod sweep;
mod upkeep;
mod world;

/// Whether every point is to be tried.
fn is_long() -> bool {
    std::env::var_os("EDGELEDGER_FAULTS").is_some_and(|form| form == "long")
}

/// One of two numbers, by the form of the run.
fn short_or_long<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}
