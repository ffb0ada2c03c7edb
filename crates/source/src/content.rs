//! The bytes of one fetched object.

use std::{
    fs::File,
    io::{self, Read},
};

use bytes::Bytes;

/// A fetched object, readable once. Objects of S3 are held in memory, local files are streamed.
#[derive(Debug)]
pub struct Content {
    size_bytes: u64,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Memory(Bytes),
    File(File),
}

impl Content {
    pub(crate) fn from_file(file: File, size_bytes: u64) -> Self {
        Self {
            size_bytes,
            inner: Inner::File(file),
        }
    }

    /// Size as stored, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self {
            size_bytes: bytes.len() as u64,
            inner: Inner::Memory(bytes),
        }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Memory(bytes) => {
                let n = bytes.len().min(buffer.len());
                let head = bytes.split_to(n);
                if let Some(target) = buffer.get_mut(..n) {
                    target.copy_from_slice(&head);
                }
                Ok(n)
            }
            Inner::File(file) => file.read(buffer),
        }
    }
}
