//! The corpus of the fuzz targets `line` and `file`, through the checks of the targets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "the checks fail tests, name the file at fault, and are a library elsewhere"
)]

#[path = "../../../fuzz/src/corpus.rs"]
mod corpus;
#[path = "../../../fuzz/src/file.rs"]
mod file;
#[path = "../../../fuzz/src/input.rs"]
mod input;
#[path = "../../../fuzz/src/line.rs"]
mod line;
#[path = "../../../fuzz/src/log.rs"]
mod log;
#[path = "../../../fuzz/src/row.rs"]
mod row;

#[test]
fn good_rows_keep_their_values_around_damaged_ones() {
    corpus::run_all("line", line::check);
}

#[test]
fn any_file_ends_in_rows_or_in_words() {
    corpus::run_all("file", file::check);
}
