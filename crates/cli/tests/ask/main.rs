//! `edgeledger sql`: questions by name, parameters, what statements may not do, and their bounds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod allowed;
mod bounds;
mod calls;
mod nearest;
mod questions;
mod refused;
mod run;
mod values;
