//! The corpus of the fuzz target `container`, through the check of the target.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "the checks fail tests, name the file at fault, and are a library elsewhere"
)]

#[path = "../../../fuzz/src/container.rs"]
mod container;
#[path = "../../../fuzz/src/corpus.rs"]
mod corpus;
#[path = "../../../fuzz/src/input.rs"]
mod input;

#[test]
fn no_text_of_a_damaged_container_is_taken_for_whole() {
    corpus::run_all("container", container::check);
}
