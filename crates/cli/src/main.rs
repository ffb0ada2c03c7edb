//! The `edgeledger` command.
fn main() {}
