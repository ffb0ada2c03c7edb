//! The bytes of one fetched object.

use std::{
    fs::File,
    io::{self, Read},
};

use bytes::Bytes;

use crate::{LogObject, SourceError, local, parts::Parts};

/// A fetched object, readable once.
///
/// Small objects are held in memory, large files are streamed from disk, and large objects of S3
/// come in parts: while one is read, the next is fetched by the runtime that the object was
/// fetched on. A reader of these waits without giving way, so read on a thread that is not one of
/// the runtime's workers.
///
/// The last byte comes only when the whole object gave as many bytes as listed and, on disks, did
/// not change meanwhile. Otherwise the reader gets an [`io::Error`] that holds a [`SourceError`].
#[derive(Debug)]
pub struct Content {
    key: String,
    size_bytes: u64,
    given_bytes: u64,
    failed: bool,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Memory(Bytes),
    /// A file and the mark of its version.
    File(File, String),
    Parts(Box<Parts>),
}

impl Content {
    fn new(object: &LogObject, inner: Inner) -> Self {
        Self {
            key: object.key.clone(),
            size_bytes: object.size_bytes,
            given_bytes: 0,
            failed: false,
            inner,
        }
    }

    pub(crate) fn from_bytes(object: &LogObject, bytes: Bytes) -> Self {
        Self::new(object, Inner::Memory(bytes))
    }

    pub(crate) fn from_file(object: &LogObject, file: File) -> Self {
        Self::new(object, Inner::File(file, object.etag.clone()))
    }

    pub(crate) fn from_parts(object: &LogObject, parts: Parts) -> Self {
        Self::new(object, Inner::Parts(Box::new(parts)))
    }

    /// The bytes, if all are in memory, and nothing of them was read.
    pub fn in_memory(&self) -> Option<Bytes> {
        match &self.inner {
            Inner::Memory(bytes) if bytes.len() as u64 == self.size_bytes => Some(bytes.clone()),
            _ => None,
        }
    }

    /// Size as stored, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_inner(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        let n = match &mut self.inner {
            Inner::Memory(bytes) => give(bytes, buffer),
            Inner::File(file, _) => file.read(buffer).map_err(|error| match error.kind() {
                io::ErrorKind::Interrupted => error,
                _ => io::Error::from(SourceError::Body {
                    key: self.key.clone(),
                    source: Box::new(error),
                }),
            })?,
            Inner::Parts(parts) => parts.read(buffer)?,
        };
        self.given_bytes += n as u64;
        let at_end = n == 0 && !buffer.is_empty();
        let is_short = at_end && self.given_bytes < self.size_bytes;
        // A file may grow or be rewritten in place while it is read.
        if let Inner::File(file, etag) = &self.inner
            && (at_end || self.given_bytes >= self.size_bytes)
            && local::etag(&file.metadata()?) != *etag
        {
            let key = self.key.clone();
            return Err(SourceError::Changed { key }.into());
        }
        if is_short || self.given_bytes > self.size_bytes {
            return Err(io::Error::from(SourceError::ByteCount {
                key: self.key.clone(),
                expected: self.size_bytes,
                found: self.given_bytes,
            }));
        }
        Ok(n)
    }
}

/// Moves bytes from the front of `bytes` into `buffer`.
pub(crate) fn give(bytes: &mut Bytes, buffer: &mut [u8]) -> usize {
    let n = bytes.len().min(buffer.len());
    let head = bytes.split_to(n);
    if let Some(target) = buffer.get_mut(..n) {
        target.copy_from_slice(&head);
    }
    n
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        let object = LogObject {
            key: "bytes in memory".to_owned(),
            size_bytes: bytes.len() as u64,
            etag: String::new(),
        };
        Self::from_bytes(&object, bytes)
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            // Not an end: whoever reads on after an error must not take the rest for all.
            return Err(io::Error::other(format!("`{}` failed before", self.key)));
        }
        let read = self.read_inner(buffer);
        if let Err(error) = &read {
            self.failed = error.kind() != io::ErrorKind::Interrupted;
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(size_bytes: u64) -> LogObject {
        LogObject {
            key: "s3://logs/a".to_owned(),
            size_bytes,
            etag: String::new(),
        }
    }

    #[test]
    fn counts_what_it_gives() {
        let read = |size_bytes| {
            let bytes = Bytes::from_static(b"0123456789");
            let mut content = Content::from_bytes(&object(size_bytes), bytes);
            let mut text = String::new();
            let result = content.read_to_string(&mut text);
            (result, content)
        };
        assert_eq!(read(10).0.unwrap(), 10);
        for size_bytes in [9, 11] {
            let (result, mut content) = read(size_bytes);
            let error = result.unwrap_err();
            let error = SourceError::from_io(&error).unwrap();
            assert_eq!(
                error.to_string(),
                format!("`s3://logs/a` gave 10 bytes where {size_bytes} were promised")
            );
            assert!(content.read(&mut [0]).is_err(), "not the end");
        }
    }
}
