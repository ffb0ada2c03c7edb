//! What sets the command up and looks whether it works: `init`, `doctor`, `config show`,
//! completions and manual pages.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod doctor;
mod init;
mod keys;
mod origin;
mod pages;
mod run;
