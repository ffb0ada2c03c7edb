//! From stored bytes to text: gzip, zstd or plain, decided by content and never by name.
//!
//! Pure: it must not know tokio, Arrow, where the bytes come from or what the text says. Every
//! gzip member is read. Text is given out before its checksum is seen: it may be used only when the
//! whole container was read without an error.
//!
//! ```
//! let mut text = Vec::new();
//! let n_bytes = edgeledger_container::read_text(b"a line\n".as_slice(), |piece| {
//!     text.extend_from_slice(piece);
//!     Ok::<(), std::convert::Infallible>(())
//! })?;
//! assert_eq!((n_bytes, text.as_slice()), (Ok(7), b"a line\n".as_slice()));
//! # Ok::<(), edgeledger_container::ContainerError>(())
//! ```

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

mod whole;

#[expect(
    clippy::disallowed_types,
    reason = "one member at a time on purpose: `Members` reads them all"
)]
use flate2::bufread::GzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const MAX_MAGIC_BYTES: usize = ZSTD_MAGIC.len();
/// Text that is given out at a time.
const PIECE_BYTES: usize = 1 << 20;
const MAX_MEMBERS: u32 = 1_000_000;
/// No log object is larger as text; a bomb is.
const MAX_TEXT_BYTES: u64 = 64 << 30;

/// Why a container could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The object was cut, or its writer was.
    #[error("truncated: the compressed stream ends early")]
    Truncated,
    /// What was stored is not what was packed.
    #[error("checksum: the compressed stream is damaged ({0})")]
    Damaged(io::Error),
    /// Bytes behind the last member that are neither a member nor zeros.
    #[error("garbage after the gzip stream")]
    TrailingGarbage,
    /// The text is itself gzip or zstd.
    #[error("compressed twice")]
    Nested,
    /// No log has so many members.
    #[error("more than {MAX_MEMBERS} gzip members")]
    TooManyMembers,
    /// No log has so much text.
    #[error("more than {MAX_TEXT_BYTES} bytes of text")]
    TooLarge,
    /// The stored bytes could not be had; nothing is known about what they hold.
    #[error("cannot be read: {0}")]
    Read(io::Error),
}

/// Feeds the text of `stored` to `sink` in pieces; returns the number of bytes of text.
///
/// The outer error is the container's, the inner one the sink's own, after which nothing more is
/// read.
///
/// # Errors
///
/// When the container is not whole. The text given out until then is not to be used: of a cut
/// container it is only a start, and of a damaged one it may be wrong.
pub fn read_text<E>(
    stored: impl Read,
    mut sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<u64, E>, ContainerError> {
    let is_broken = Rc::new(Cell::new(false));
    let mut stored = Stored {
        inner: stored,
        is_broken: Rc::clone(&is_broken),
    };
    let decode = |reader: &mut dyn TextReader, buffer: &mut [u8]| {
        reader.read_text(buffer).map_err(|halt| match halt {
            Halt::Found(error) => error,
            // A decoder gives the errors of its reader as its own.
            Halt::Io(error) if is_broken.get() => ContainerError::Read(error),
            Halt::Io(error) => classify(error),
        })
    };
    let mut head = whole::take_buffer();
    let n_head = MAX_MAGIC_BYTES as u64;
    let read = stored.by_ref().take(n_head).read_to_end(&mut head);
    read.map_err(ContainerError::Read)?;
    let (is_gzip, is_zstd) = (head.starts_with(&GZIP_MAGIC), head.starts_with(&ZSTD_MAGIC));
    if is_gzip {
        // What cannot be unpacked at once, for whatever reason, is left to the loop below.
        let mut read = stored.by_ref().take(whole::MAX_STORED_BYTES);
        read.read_to_end(&mut head).map_err(ContainerError::Read)?;
        let is_all = (head.len() as u64) < whole::MAX_STORED_BYTES;
        let found = unpack(&head, is_all, &mut sink);
        if let Some(found) = found {
            whole::keep_buffer(head);
            return found;
        }
    }
    let stored = BufReader::with_capacity(128 * 1024, io::Cursor::new(head).chain(stored));
    let mut reader: Box<dyn TextReader> = if is_gzip {
        Box::new(Members::new(stored))
    } else if is_zstd {
        Box::new(Zstd(
            zstd::stream::read::Decoder::with_buffer(stored).map_err(ContainerError::Read)?,
        ))
    } else {
        Box::new(Plain(stored))
    };
    let (mut buffer, mut total) = (vec![0; 256 * 1024], 0_u64);
    loop {
        let mut n = decode(&mut *reader, &mut buffer)?;
        // The first piece is long enough to be told by its magic number.
        while total == 0 && (1..MAX_MAGIC_BYTES).contains(&n) {
            match decode(&mut *reader, buffer.get_mut(n..).unwrap_or_default())? {
                0 => break,
                more => n += more,
            }
        }
        let text = buffer.get(..n).unwrap_or_default();
        if n == 0 {
            return Ok(Ok(total));
        }
        if total == 0 && is_packed(text) {
            return Err(ContainerError::Nested);
        }
        total += n as u64;
        if total > MAX_TEXT_BYTES {
            return Err(ContainerError::TooLarge);
        }
        if let Err(error) = sink(text) {
            return Ok(Err(error));
        }
    }
}

/// Like [`read_text`], of an object that is in memory whole: nothing is copied.
///
/// # Errors
///
/// As [`read_text`].
pub fn read_text_of<E>(
    stored: &[u8],
    mut sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<u64, E>, ContainerError> {
    let is_small = (stored.len() as u64) < whole::MAX_STORED_BYTES;
    if is_small
        && stored.starts_with(&GZIP_MAGIC)
        && let Some(found) = unpack(stored, true, &mut sink)
    {
        return found;
    }
    read_text(stored, sink)
}

/// Unpacks at once; `None` when that cannot be, for whatever reason.
fn unpack<E>(
    stored: &[u8],
    is_all: bool,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Option<Result<Result<u64, E>, ContainerError>> {
    whole::with_text(stored, is_all, |text| {
        if is_packed(text) {
            return Err(ContainerError::Nested);
        }
        if text.is_empty() {
            return Ok(Ok(0));
        }
        // In pieces: who takes the text counts what it makes of it between them.
        let given = text.chunks(PIECE_BYTES).try_for_each(sink);
        Ok(given.map(|()| text.len() as u64))
    })
}

fn is_packed(text: &[u8]) -> bool {
    text.starts_with(&GZIP_MAGIC) || text.starts_with(&ZSTD_MAGIC)
}

/// The stored bytes, and whether they broke off.
struct Stored<R> {
    inner: R,
    is_broken: Rc<Cell<bool>>,
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    self.is_broken.set(read.is_err());
                    return read;
                }
            }
        }
    }
}

/// Why there is no more text.
enum Halt {
    /// The decoder's error, or that of the stored bytes.
    Io(io::Error),
    Found(ContainerError),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

trait TextReader {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, Halt>;
}

struct Plain<R>(R);

impl<R: Read> TextReader for Plain<R> {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, Halt> {
        Ok(self.0.read(buffer)?)
    }
}

struct Zstd<R: BufRead>(zstd::stream::read::Decoder<'static, R>);

impl<R: BufRead> TextReader for Zstd<R> {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, Halt> {
        Ok(self.0.read(buffer)?)
    }
}

/// All members of a gzip stream, with zero padding after the last one (as gzip(1) accepts it).
struct Members<R> {
    state: State<R>,
    members: u32,
}

enum State<R> {
    #[expect(clippy::disallowed_types, reason = "see above")]
    Inside(Box<GzDecoder<R>>),
    Done,
}

impl<R: BufRead> Members<R> {
    #[expect(clippy::disallowed_types, reason = "see above")]
    fn new(stored: R) -> Self {
        Self {
            state: State::Inside(Box::new(GzDecoder::new(stored))),
            members: 1,
        }
    }
}

impl<R: BufRead> TextReader for Members<R> {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, Halt> {
        loop {
            let State::Inside(member) = &mut self.state else {
                return Ok(0);
            };
            let n = member.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            let State::Inside(member) = std::mem::replace(&mut self.state, State::Done) else {
                return Ok(0);
            };
            let mut stored = member.into_inner();
            skip_zeros(&mut stored)?;
            let head = stored.fill_buf()?;
            match head.first() {
                None => return Ok(0),
                // The second byte may not be buffered yet; the decoder checks it.
                Some(byte) if *byte == GZIP_MAGIC[0] => {}
                Some(_) => return Err(Halt::Found(ContainerError::TrailingGarbage)),
            }
            self.members += 1;
            if self.members > MAX_MEMBERS {
                return Err(Halt::Found(ContainerError::TooManyMembers));
            }
            #[expect(clippy::disallowed_types, reason = "see above")]
            let next = GzDecoder::new(stored);
            self.state = State::Inside(Box::new(next));
        }
    }
}

fn skip_zeros(stored: &mut impl BufRead) -> io::Result<()> {
    loop {
        let head = stored.fill_buf()?;
        let zeros = head.iter().take_while(|byte| **byte == 0).count();
        if zeros == 0 {
            return Ok(());
        }
        stored.consume(zeros);
    }
}

fn classify(error: io::Error) -> ContainerError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ContainerError::Truncated,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            ContainerError::Damaged(error)
        }
        _ => ContainerError::Read(error),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut member = Vec::new();
        let level = flate2::Compression::default();
        flate2::bufread::GzEncoder::new(text, level)
            .read_to_end(&mut member)
            .unwrap();
        member
    }

    fn gzip_members(parts: &[&[u8]]) -> Vec<u8> {
        parts.iter().copied().flat_map(gzip).collect()
    }

    fn sink(into: &mut Vec<u8>) -> impl FnMut(&[u8]) -> Result<(), Infallible> {
        |piece| {
            into.extend_from_slice(piece);
            Ok(())
        }
    }

    fn text(stored: &[u8]) -> Result<Vec<u8>, ContainerError> {
        let (mut text, mut of_whole) = (Vec::new(), Vec::new());
        let read = read_text(stored, sink(&mut text)).map(|_| text);
        // However the bytes are at hand.
        let whole = read_text_of(stored, sink(&mut of_whole)).map(|_| of_whole);
        assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        read
    }

    #[test]
    fn reads_every_member_and_accepts_zero_padding() {
        let mut stored = gzip_members(&[b"one ".as_slice(), b"", b"two"]);
        assert_eq!(text(&stored).unwrap(), b"one two");
        stored.extend_from_slice(&[0; 4096]);
        assert_eq!(text(&stored).unwrap(), b"one two");
    }

    #[test]
    fn content_decides_and_not_the_name() {
        assert_eq!(text(b"plain").unwrap(), b"plain");
        assert_eq!(text(b"").unwrap(), b"");
        let zstd = zstd::stream::encode_all(b"packed".as_slice(), 1).unwrap();
        assert_eq!(text(&zstd).unwrap(), b"packed");
    }

    #[test]
    fn damage_is_named() {
        let whole = gzip(b"some text that is long enough to be cut somewhere in the middle");
        for cut in 3..whole.len() {
            assert!(
                matches!(text(&whole[..cut]), Err(ContainerError::Truncated)),
                "cut at {cut}"
            );
        }
        let mut flipped = whole.clone();
        let crc = whole.len() - 8;
        flipped[crc] ^= 1;
        assert!(matches!(text(&flipped), Err(ContainerError::Damaged(_))));
        let mut tailed = whole.clone();
        tailed.extend_from_slice(b"garbage");
        assert!(matches!(
            text(&tailed),
            Err(ContainerError::TrailingGarbage)
        ));
        assert!(matches!(text(&gzip(&whole)), Err(ContainerError::Nested)));
    }

    /// Gives one byte at a time, breaks off now and then, and fails for good at the end.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.0.is_empty() {
                return Err(io::Error::other("the network is gone"));
            }
            let n = buffer.len().min(1);
            self.0.read(&mut buffer[..n])
        }
    }

    #[test]
    fn a_failed_read_is_no_damage_however_far_it_came() {
        let zstd = zstd::stream::encode_all(b"packed".as_slice(), 1).unwrap();
        for whole in [b"plain".to_vec(), gzip(b"packed"), zstd] {
            for cut in 0..=whole.len() {
                let result = read_text(Slow(&whole[..cut], false), |_| Ok::<(), Infallible>(()));
                let is_read = matches!(
                    &result,
                    Err(ContainerError::Read(error)) if error.to_string() == "the network is gone"
                );
                assert!(is_read, "at {cut} of {whole:?}: {result:?}");
            }
        }
    }

    #[test]
    fn what_is_stored_is_told_from_the_smallest_pieces() {
        struct Bytewise<'a>(&'a [u8]);
        impl Read for Bytewise<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let n = buffer.len().min(1);
                self.0.read(&mut buffer[..n])
            }
        }
        let zstd = |text: &[u8]| zstd::stream::encode_all(text, 1).unwrap();
        for packed in [gzip(b"packed"), zstd(b"packed")] {
            let n_bytes = read_text(Bytewise(&packed), |_| Ok::<(), Infallible>(()));
            assert_eq!(n_bytes.unwrap(), Ok(6));
            for twice in [
                gzip(&packed),
                zstd(&packed),
                gzip_members(&[&packed[..1], &packed[1..]]),
            ] {
                let result = read_text(Bytewise(&twice), |_| Ok::<(), Infallible>(()));
                assert!(matches!(result, Err(ContainerError::Nested)), "{result:?}");
            }
        }
    }
}
