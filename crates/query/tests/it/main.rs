//! The shipped views over hand-made traffic. Expected amounts come from published examples.

mod money;
mod reading;
mod world;
