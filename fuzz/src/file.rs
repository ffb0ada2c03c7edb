//! A file of any bytes, through the container and the parser.

use edgeledger_container::{ContainerError, read_text};
use edgeledger_logs::Options;

use crate::input::Input;
use crate::log::{check_sums, parse_twice};

/// A case that unpacks to more is given up: it says nothing new and takes long.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// The text, or what there is of it before an error or the limit.
fn unpacked(stored: &[u8]) -> (Vec<u8>, Result<Result<u64, ()>, ContainerError>) {
    let mut text = Vec::new();
    let end = read_text(stored, |piece| {
        text.extend_from_slice(piece);
        if text.len() > MAX_TEXT_BYTES {
            return Err(());
        }
        Ok(())
    });
    (text, end)
}

/// Runs one case.
pub fn check(stored: &[u8]) {
    let (text, end) = unpacked(stored);
    match end {
        Ok(Err(())) => return,
        Ok(Ok(n_bytes)) => assert_eq!(n_bytes, text.len() as u64),
        // What came before the error is parsed in a run too, before the error is seen.
        Err(ContainerError::Read(error)) => panic!("nothing was wrong with the source: {error}"),
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
    let defaults = Options::default();
    let small = Options {
        max_line_bytes: 200,
        batch_rows: 3,
        max_recorded_rejects: 4,
        ..defaults.clone()
    };
    for options in [defaults, small] {
        match parse_twice(&text, &options, Input(stored)) {
            Ok((batches, summary)) => check_sums(&text, &options, &batches, &summary),
            Err(error) => {
                let shown = error.to_string();
                assert!(!shown.contains(char::is_control), "{shown:?}");
            }
        }
    }
}
