//! Small gzip objects unpacked at once, which takes less than half the time of a stream.
//!
//! Only what is certain to be one sound member from the first byte to the last is taken here.
//! Everything else (several members, padding, damage, a text too large) is refused without a
//! reason, so that the stream decides what it is.

use std::cell::RefCell;

use libdeflater::Decompressor;
use memchr::memmem;

/// Larger objects are streamed.
pub(crate) const MAX_STORED_BYTES: u64 = 8 << 20;
/// Larger texts are streamed: so much a thread may hold.
const MAX_TEXT_BYTES: usize = 24 << 20;
/// What a thread keeps for the next object.
const KEPT_TEXT_BYTES: usize = 8 << 20;
const KEPT_STORED_BYTES: usize = 2 << 20;
/// No deflate stream grows more.
const MAX_GROWTH: usize = 1032;

const HEADER_BYTES: usize = 10;
const TRAILER_BYTES: usize = 8;
/// `FNAME`: what `gzip` writes beside nothing at all. The stream checks the other flags.
const KNOWN_FLAGS: u8 = 1 << 3;

struct Unpacker {
    decompressor: Decompressor,
    text: Vec<u8>,
}

thread_local! {
    static STORED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static UNPACKER: RefCell<Option<Unpacker>> = const { RefCell::new(None) };
}

/// An empty buffer for stored bytes.
pub(crate) fn take_buffer() -> Vec<u8> {
    STORED.take()
}

/// Keeps a buffer for the next object of the thread.
pub(crate) fn keep_buffer(mut stored: Vec<u8>) {
    if stored.capacity() <= KEPT_STORED_BYTES {
        stored.clear();
        STORED.set(stored);
    }
}

/// Gives the text of a gzip object to `use_text`; `None` when the object is not certain to be one
/// sound member, or when `use_text` would get too much.
pub(crate) fn with_text<T>(
    stored: &[u8],
    is_all: bool,
    use_text: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    let n_bytes = text_bytes(stored).filter(|_| is_all)?;
    // Taken out while it is in use: `use_text` may read another object.
    let mut unpacker = UNPACKER.take().unwrap_or_else(|| Unpacker {
        decompressor: Decompressor::new(),
        text: Vec::new(),
    });
    if unpacker.text.len() < n_bytes {
        unpacker.text.resize(n_bytes, 0);
    }
    let found = unpacker.text.get_mut(..n_bytes).and_then(|text| {
        let unpacked = unpacker.decompressor.gzip_decompress(stored, text);
        // The decompressor stops at the end of the first member: whether that is the end of the
        // object shows when the text's checksum is the object's last one.
        let is_whole = unpacked == Ok(n_bytes) && ends_in_checksum_of(stored, text);
        is_whole.then(|| use_text(text))
    });
    if unpacker.text.len() > KEPT_TEXT_BYTES {
        unpacker.text = Vec::new();
    }
    UNPACKER.set(Some(unpacker));
    found
}

fn ends_in_checksum_of(stored: &[u8], text: &[u8]) -> bool {
    let trailer: Option<&[u8; TRAILER_BYTES]> = stored.last_chunk();
    let checksum = trailer.and_then(|trailer| trailer.first_chunk::<4>());
    checksum.is_some_and(|checksum| u32::from_le_bytes(*checksum) == libdeflater::crc32(text))
}

/// Length of the text, if the object can only be one member: a sound member ends in the checksum
/// and the length of its text. When the last bytes of the object are found nowhere before, a
/// member that is sound and ends in them ends where the object does.
fn text_bytes(stored: &[u8]) -> Option<usize> {
    let flags = stored.get(3)?;
    let trailer: &[u8; TRAILER_BYTES] = stored.last_chunk()?;
    let at = stored.len() - TRAILER_BYTES;
    if flags & !KNOWN_FLAGS != 0 || at < HEADER_BYTES || memmem::find(stored, trailer) != Some(at) {
        return None;
    }
    let (_, length) = trailer.split_last_chunk::<4>()?;
    let n_bytes = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    (n_bytes <= MAX_TEXT_BYTES.min(stored.len().saturating_mul(MAX_GROWTH))).then_some(n_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut member = Vec::new();
        flate2::bufread::GzEncoder::new(text, flate2::Compression::default())
            .read_to_end(&mut member)
            .unwrap();
        member
    }

    fn whole(stored: &[u8]) -> Option<Vec<u8>> {
        with_text(stored, true, <[u8]>::to_vec)
    }

    #[test]
    fn one_sound_member_is_unpacked() {
        let text = b"a line of a log\n".repeat(1000);
        assert_eq!(whole(&gzip(&text)).as_deref(), Some(text.as_slice()));
        assert_eq!(with_text(&gzip(&text), false, <[u8]>::len), None);
    }

    /// The end of the object speaks for its last member only.
    #[test]
    fn the_first_members_own_end_must_be_sound() {
        let (one, other) = (gzip(b"a line of a log\n"), gzip(b"another line\n"));
        for members in [vec![&one, &other, &one], vec![&one, &one]] {
            let stored: Vec<u8> = members.into_iter().flatten().copied().collect();
            for at in one.len() - TRAILER_BYTES..one.len() {
                let mut damaged = stored.clone();
                damaged[at] ^= 1;
                assert_eq!(whole(&damaged), None, "byte {at}");
            }
        }
        let cut_off = [&one[..one.len() - TRAILER_BYTES], &one[..]].concat();
        assert_eq!(whole(&cut_off), None);
    }

    #[test]
    fn whatever_may_be_more_or_less_than_a_member_is_left_to_the_stream() {
        let text = b"some text that is long enough to be cut somewhere in the middle";
        let member = gzip(text);
        for cut in 0..member.len() {
            assert_eq!(whole(&member[..cut]), None, "cut at {cut}");
        }
        for at in 0..member.len() {
            let mut flipped = member.clone();
            flipped[at] ^= 0x10;
            // The time in the header and the bits behind the stream's last say nothing.
            let found = whole(&flipped);
            assert!(found.is_none_or(|found| found == text), "bit of byte {at}");
        }
        let trailer = &member[member.len() - TRAILER_BYTES..];
        for tail in [&member, trailer, b"\0", b"garbage", &[0; 4096]] {
            assert_eq!(whole(&[&member, tail].concat()), None, "{tail:?}");
        }
    }

    #[test]
    fn a_tail_with_the_length_of_the_text_is_left_to_the_stream() {
        let [one, other] = [b"ten lines!", b"other text"];
        let length = &u32::try_from(one.len()).unwrap().to_le_bytes()[..];
        let tails = [
            gzip(other),
            [b"xxxx", length].concat(),
            [&[7; 280][..], length].concat(),
        ];
        for tail in tails {
            assert_eq!(whole(&[gzip(one), tail.clone()].concat()), None, "{tail:?}");
        }
        assert_eq!(whole(&[&gzip(b"")[..], b"abcd\0\0\0\0"].concat()), None);
    }

    #[test]
    fn a_length_that_lies_is_not_believed() {
        let mut member = gzip(&vec![b'x'; 100_000]);
        let at = member.len() - 4;
        for n_bytes in [0, 1, 99_999, 100_001, u32::MAX] {
            member[at..].copy_from_slice(&n_bytes.to_le_bytes());
            assert_eq!(whole(&member), None, "{n_bytes}");
        }
    }

    #[test]
    fn a_large_text_is_left_to_the_stream() {
        let large = vec![0; MAX_TEXT_BYTES + 1];
        assert_eq!(with_text(&gzip(&large), true, <[u8]>::len), None);
        let fits = with_text(&gzip(&large[1..]), true, <[u8]>::len);
        assert_eq!(fits, Some(MAX_TEXT_BYTES));
    }
}
