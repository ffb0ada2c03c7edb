//! The shipped views over hand-made traffic. Expected amounts come from published examples.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod log_hours;
mod money;
mod oracle;
mod prices;
mod reading;
mod restatements;
mod world;
