//! Data files carry their digest in their names.
//!
//! Parquet writers of this version put no checksums into pages, tags of a commit are lost when
//! others compact the table, and names stay.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const ENDING: &str = ".zstd.parquet";

/// `uuid-digest.zstd.parquet`. The UUID keeps two writers of the same bytes apart: what one throws
/// away is never what the other committed.
pub(crate) fn file_name(uuid: Uuid, bytes: &[u8]) -> String {
    format!("{}-{}{ENDING}", uuid.simple(), digest(bytes))
}

/// The first 128 bits of SHA-256 in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut digester = Digester::default();
    digester.update(bytes);
    digester.finish()
}

/// Takes a digest of bytes that come in pieces.
#[derive(Debug, Default)]
pub(crate) struct Digester(Sha256);

impl Digester {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> String {
        let mut hex = String::with_capacity(32);
        for byte in self.0.finalize().iter().take(16) {
            // Writing to a string cannot fail.
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        hex
    }
}

/// The digest in a file's name; `None` when another program named it.
pub(crate) fn in_name(name: &str) -> Option<&str> {
    let (uuid, digest) = name.strip_suffix(ENDING)?.split_once('-')?;
    let is_hex = |text: &str| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    (is_hex(uuid) && is_hex(digest)).then_some(digest)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{digest, file_name, in_name};

    #[test]
    fn names_carry_the_digest() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223");
        let name = file_name(Uuid::new_v4(), b"abc");
        assert_eq!(in_name(&name), Some("ba7816bf8f01cfea414140de5dae2223"));
        for other in [
            "",
            "part-0001.zstd.parquet",
            "a-b.zstd.parquet",
            name.get(1..).unwrap(),
        ] {
            assert_eq!(in_name(other), None, "{other}");
        }
    }
}
