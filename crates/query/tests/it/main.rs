//! The shipped views over hand-made traffic. Expected amounts come from published examples.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic, and a test that is skipped says so"
)]

mod anomalies;
mod changes;
mod examples;
mod forecasts;
mod log_hours;
mod money;
mod oracle;
mod pass;
mod prices;
mod properties;
mod purges;
mod reading;
mod restatements;
mod scenarios;
mod served;
mod slowness;
mod world;
