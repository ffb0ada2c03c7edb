//! The shipped views over hand-made traffic. Expected amounts come from published examples.
#![expect(missing_docs, reason = "a test binary has no readers of its docs")]

mod money;
mod reading;
mod world;
