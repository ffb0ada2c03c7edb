//! From stored bytes to text: gzip, zstd or plain, decided by content and never by name.

use std::io::{self, BufRead, BufReader, Read};

use edgeledger_source::SourceError;
#[expect(
    clippy::disallowed_types,
    reason = "one member at a time on purpose: `Members` reads them all"
)]
use flate2::bufread::GzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const MAX_MEMBERS: u32 = 1_000_000;
/// No log object is larger as text; a bomb is.
const MAX_TEXT_BYTES: u64 = 64 << 30;

/// Why a container could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ContainerError {
    #[error("truncated: the compressed stream ends early")]
    Truncated,
    #[error("checksum: the compressed stream is damaged ({0})")]
    Damaged(io::Error),
    #[error("garbage after the gzip stream")]
    TrailingGarbage,
    #[error("compressed twice")]
    Nested,
    #[error("more than {MAX_MEMBERS} gzip members")]
    TooManyMembers,
    #[error("more than {MAX_TEXT_BYTES} bytes of text")]
    TooLarge,
    #[error("cannot be read: {0}")]
    Read(io::Error),
}

/// Feeds the text of `stored` to `sink` in pieces; returns the number of bytes of text.
///
/// The outer error is the container's, the inner one the sink's own.
pub(crate) fn read_text<E>(
    stored: impl Read,
    mut sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<u64, E>, ContainerError> {
    let mut stored = BufReader::with_capacity(128 * 1024, stored);
    // The first buffer may hold less than the magic number only if the object ends there.
    let head = stored.fill_buf().map_err(ContainerError::Read)?;
    let mut reader: Box<dyn TextReader> = if head.starts_with(&GZIP_MAGIC) {
        Box::new(Members::new(stored))
    } else if head.starts_with(&ZSTD_MAGIC) {
        Box::new(Zstd(
            zstd::stream::read::Decoder::with_buffer(stored).map_err(ContainerError::Read)?,
        ))
    } else {
        Box::new(Plain(stored))
    };
    let (mut buffer, mut total) = (vec![0; 256 * 1024], 0_u64);
    loop {
        let n = reader.read_text(&mut buffer)?;
        let text = buffer.get(..n).unwrap_or_default();
        if n == 0 {
            return Ok(Ok(total));
        }
        if total == 0 && (text.starts_with(&GZIP_MAGIC) || text.starts_with(&ZSTD_MAGIC)) {
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

trait TextReader {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, ContainerError>;
}

struct Plain<R>(R);

impl<R: Read> TextReader for Plain<R> {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, ContainerError> {
        self.0.read(buffer).map_err(ContainerError::Read)
    }
}

struct Zstd<R: BufRead>(zstd::stream::read::Decoder<'static, R>);

impl<R: BufRead> TextReader for Zstd<R> {
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, ContainerError> {
        self.0.read(buffer).map_err(classify)
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
    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, ContainerError> {
        loop {
            let State::Inside(member) = &mut self.state else {
                return Ok(0);
            };
            let n = member.read(buffer).map_err(classify)?;
            if n > 0 {
                return Ok(n);
            }
            let State::Inside(member) = std::mem::replace(&mut self.state, State::Done) else {
                return Ok(0);
            };
            let mut stored = member.into_inner();
            skip_zeros(&mut stored).map_err(ContainerError::Read)?;
            let head = stored.fill_buf().map_err(ContainerError::Read)?;
            match head.first() {
                None => return Ok(0),
                // The second byte may not be buffered yet; the decoder checks it.
                Some(byte) if *byte == GZIP_MAGIC[0] => {}
                Some(_) => return Err(ContainerError::TrailingGarbage),
            }
            self.members += 1;
            if self.members > MAX_MEMBERS {
                return Err(ContainerError::TooManyMembers);
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
    // What the source says passes through the decoders: then the container is not to blame.
    if SourceError::from_io(&error).is_some() {
        return ContainerError::Read(error);
    }
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
    use std::{
        convert::Infallible,
        io::{self, Read},
    };

    use edgeledger_source::SourceError;
    use edgeledger_testkit::{gzip, gzip_members};

    use super::{ContainerError, read_text};

    fn text(stored: impl Read) -> Result<Vec<u8>, ContainerError> {
        let mut text = Vec::new();
        let sink = |piece: &[u8]| {
            text.extend_from_slice(piece);
            Ok::<(), Infallible>(())
        };
        read_text(stored, sink).map(|_| text)
    }

    #[test]
    fn reads_every_member_and_accepts_zero_padding() {
        let mut stored = gzip_members(&[b"one ".as_slice(), b"", b"two"]);
        assert_eq!(text(stored.as_slice()).unwrap(), b"one two");
        stored.extend_from_slice(&[0; 4096]);
        assert_eq!(text(stored.as_slice()).unwrap(), b"one two");
    }

    #[test]
    fn content_decides_and_not_the_name() {
        assert_eq!(text(b"plain".as_slice()).unwrap(), b"plain");
        assert_eq!(text(b"".as_slice()).unwrap(), b"");
        let zstd = zstd::stream::encode_all(b"packed".as_slice(), 1).unwrap();
        assert_eq!(text(zstd.as_slice()).unwrap(), b"packed");
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
        assert!(matches!(
            text(flipped.as_slice()),
            Err(ContainerError::Damaged(_))
        ));
        let mut tailed = whole.clone();
        tailed.extend_from_slice(b"garbage");
        assert!(matches!(
            text(tailed.as_slice()),
            Err(ContainerError::TrailingGarbage)
        ));
        assert!(matches!(
            text(gzip(&whole).as_slice()),
            Err(ContainerError::Nested)
        ));
    }

    /// Gives what it has, and then an error of the source.
    struct BreaksOff<'a>(&'a [u8]);

    impl Read for BreaksOff<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => {
                    let key = "s3://logs/a".to_owned();
                    Err(SourceError::Changed { key }.into())
                }
                n => Ok(n),
            }
        }
    }

    #[test]
    fn an_error_of_the_source_is_no_damage() {
        let noise: Vec<u8> = (0_u32..400_000)
            .map(|n| n.wrapping_mul(n).wrapping_mul(2_654_435_761).to_be_bytes()[0])
            .collect();
        let zstd = zstd::stream::encode_all(noise.as_slice(), 1).unwrap();
        for stored in [noise.clone(), gzip(&noise), zstd] {
            for given in [1, 100, 140_000, stored.len() - 1] {
                let given = BreaksOff(&stored[..given.min(stored.len() - 1)]);
                let Err(ContainerError::Read(error)) = text(given) else {
                    panic!("taken for damage or for the end");
                };
                assert!(SourceError::from_io(&error).is_some(), "{error}");
            }
        }
    }
}
