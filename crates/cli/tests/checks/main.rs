//! `edgeledger check` as a user runs it: rules, baselines, formats and exit codes. Expected figures
//! are those of `sample-logs/truth.json` and of hand-made logs.
#![expect(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic, and says what it left out"
)]

mod baselines;
mod builtins;
mod formats;
mod months;
mod older;
mod outages;
mod rules;
mod world;
