//! Containers whose text is known: whole, cut, with one damaged byte, with garbage behind, broken
//! off.

use std::convert::Infallible;
use std::io::{self, Read, Write};

use edgeledger_container::{ContainerError, read_text};
use flate2::{Compression, GzBuilder};

use crate::input::Input;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Cases are to be many and not large.
const MAX_REPEATS: usize = 64;

/// What is stored, and the text that it stands for.
#[derive(Debug, Default)]
struct Whole {
    magic: &'static [u8],
    stored: Vec<u8>,
    text: Vec<u8>,
    /// Lengths at which a cut leaves something whole, with the length of its text.
    ends: Vec<(usize, usize)>,
}

impl Whole {
    fn end(&mut self) {
        self.ends.push((self.stored.len(), self.text.len()));
    }
}

fn piece(input: &mut Input<'_>) -> Vec<u8> {
    let n_bytes = input.below(64);
    let repeats = if input.one_in(4) {
        1 + input.below(MAX_REPEATS)
    } else {
        1
    };
    input.take(n_bytes).repeat(repeats)
}

fn gzip(input: &mut Input<'_>) -> Whole {
    let mut whole = Whole {
        magic: GZIP_MAGIC,
        ..Whole::default()
    };
    for _ in 0..=input.below(4) {
        let mut builder = GzBuilder::new();
        if input.one_in(4) {
            builder = builder.filename("a.log").comment("a comment").mtime(1);
        }
        let level = Compression::new(*input.pick(&[&6, &0, &1, &9]));
        let text = piece(input);
        let mut encoder = builder.write(Vec::new(), level);
        encoder.write_all(&text).unwrap();
        whole.stored.extend(encoder.finish().unwrap());
        whole.text.extend(text);
        whole.end();
    }
    if input.one_in(4) {
        for _ in 0..=input.below(8) {
            whole.stored.push(0);
            whole.end();
        }
    }
    whole
}

fn zstd(input: &mut Input<'_>) -> Whole {
    let mut whole = Whole {
        magic: ZSTD_MAGIC,
        ..Whole::default()
    };
    for _ in 0..=input.below(3) {
        if input.is_empty() {
            break;
        }
        let text = piece(input);
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        // Without it zstd does not notice every damage.
        encoder.include_checksum(true).unwrap();
        encoder.write_all(&text).unwrap();
        whole.stored.extend(encoder.finish().unwrap());
        whole.text.extend(text);
        whole.end();
    }
    whole
}

fn plain(input: &mut Input<'_>) -> Whole {
    let text: Vec<u8> = [piece(input), piece(input)].concat();
    if is_packed(&text) {
        return Whole::default();
    }
    Whole {
        ends: (0..=text.len()).map(|at| (at, at)).collect(),
        stored: text.clone(),
        text,
        magic: b"",
    }
}

fn is_packed(text: &[u8]) -> bool {
    text.starts_with(GZIP_MAGIC) || text.starts_with(ZSTD_MAGIC)
}

/// Gives its bytes in small pieces, now and then none for the moment, and at the end an error if
/// it is to break off.
struct Pieces<'a> {
    stored: &'a [u8],
    sizes: Input<'a>,
    breaks_off: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stored.is_empty() && self.breaks_off {
            return Err(io::Error::other("broken off"));
        }
        let size = match self.sizes.byte() {
            255 => return Err(io::ErrorKind::Interrupted.into()),
            0 => buffer.len(),
            size => usize::from(size),
        };
        let size = size.min(buffer.len());
        self.stored.read(&mut buffer[..size])
    }
}

/// The text given out, and how it ended.
pub fn read(stored: impl Read) -> (Vec<u8>, Result<u64, ContainerError>) {
    let mut text = Vec::new();
    let end = read_text(stored, |piece| {
        assert!(!piece.is_empty(), "a piece without text");
        text.extend_from_slice(piece);
        Ok::<(), Infallible>(())
    });
    if let Ok(Ok(n_bytes)) = end {
        assert_eq!(n_bytes, text.len() as u64, "its own count of the text");
    }
    (text, end.map(|Ok(n_bytes)| n_bytes))
}

/// Runs one case.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let whole = match input.below(4) {
        0 | 1 => gzip(&mut input),
        2 => zstd(&mut input),
        _ => plain(&mut input),
    };
    let damage = input.below(5);
    let at = usize::from(input.byte()) << 8 | usize::from(input.byte());
    let xor = input.byte();
    let garbage = input.below(8);
    let garbage = input.take(garbage);
    let sizes = input.clone();
    let read = |stored: &[u8], breaks_off| {
        read(Pieces {
            stored,
            sizes: sizes.clone(),
            breaks_off,
        })
    };
    let n_stored = whole.stored.len();
    match damage {
        1 => {
            let cut = at % (n_stored + 1);
            check_cut(&whole, cut, read(&whole.stored[..cut], false));
        }
        2 if n_stored > 0 && xor > 0 => {
            let at = at % n_stored;
            let mut stored = whole.stored.clone();
            stored[at] ^= xor;
            let found = read(&stored, false);
            // Without its magic number it is another thing, and text is not checked.
            if at >= whole.magic.len() && !whole.magic.is_empty() {
                check_damaged(&whole, found);
            }
        }
        3 if !garbage.is_empty() && !whole.magic.is_empty() => {
            let stored = [whole.stored.as_slice(), garbage].concat();
            let (text, end) = read(&stored, false);
            if is_packed(&whole.text) {
                check_damaged(&whole, (text, end));
                return;
            }
            // What is behind may itself be a member that is whole.
            if !garbage.starts_with(&whole.magic[..1]) {
                assert!(whole.text.starts_with(&text), "text from garbage");
                let is_padding = whole.magic == GZIP_MAGIC && garbage.iter().all(|byte| *byte == 0);
                assert_eq!(end.is_ok(), is_padding, "{end:?}");
            }
        }
        4 => {
            let cut = at % (n_stored + 1);
            let (text, end) = read(&whole.stored[..cut], true);
            if is_packed(&whole.text) && matches!(end, Err(ContainerError::Nested)) {
                return;
            }
            assert!(
                matches!(&end, Err(ContainerError::Read(error)) if error.to_string() == "broken off"),
                "broken off at {cut} of {n_stored}: {end:?}"
            );
            if cut >= whole.magic.len() {
                assert!(whole.text.starts_with(&text), "text of another log");
            }
        }
        _ => check_cut(&whole, n_stored, read(&whole.stored, false)),
    }
}

/// Of a cut container a start of the text is given out; all of it, without an error, only where
/// what is left is whole.
fn check_cut(whole: &Whole, cut: usize, (text, end): (Vec<u8>, Result<u64, ContainerError>)) {
    if cut < whole.magic.len() {
        // So little is left that it is plain text.
        assert_eq!((text.as_slice(), end.is_ok()), (&whole.stored[..cut], true));
        return;
    }
    let expected = whole.ends.iter().find(|(stored, _)| *stored == cut);
    if is_packed(&whole.text) {
        if whole.text.len() == text.len() || cut == whole.stored.len() {
            assert!(matches!(end, Err(ContainerError::Nested)), "{end:?}");
        }
        assert!(
            text.len() < ZSTD_MAGIC.len(),
            "text of what is packed twice"
        );
        return;
    }
    assert!(whole.text.starts_with(&text), "text of another log");
    match expected {
        Some((_, n_text)) => {
            assert!(end.is_ok(), "{end:?}");
            assert_eq!(text.len(), *n_text, "text is missing");
        }
        None if whole.stored.is_empty() => assert!(end.is_ok() && text.is_empty()),
        None => assert!(
            matches!(end, Err(ContainerError::Truncated)),
            "cut at {cut} of {}: {end:?}",
            whole.stored.len()
        ),
    }
}

/// A damaged container is an error, or its text is the true one: not all bytes matter.
fn check_damaged(whole: &Whole, (text, end): (Vec<u8>, Result<u64, ContainerError>)) {
    match end {
        Ok(_) => assert!(
            text == whole.text && !is_packed(&text),
            "text of a damaged log"
        ),
        Err(ContainerError::Read(error)) => panic!("nothing was wrong with the source: {error}"),
        Err(_) => {}
    }
}
