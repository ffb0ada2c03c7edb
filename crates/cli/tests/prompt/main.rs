//! The prompt of `edgeledger sql`, driven through a pseudo terminal as a user's fingers would.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod answers;
mod editing;
mod inert;
mod piped;
mod terminal;
mod waiting;
