//! What renders, against parsers, spreadsheets' readers and a real browser.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic, and a test that is skipped says so"
)]

mod browser;
mod driver;
mod injection;
mod kitchen_sink;
mod pages;
mod payloads;
mod sheets;
