//! Objects that come in parts.

use std::{io, ops::Range};

use bytes::Bytes;
use tokio::{runtime::Handle, task::JoinHandle};

use crate::{LogObject, SourceError, content, s3::S3Source};

/// A large object: the part that is read, and the next one on its way.
#[derive(Debug)]
pub(crate) struct Parts {
    source: S3Source,
    object: LogObject,
    runtime: Handle,
    /// What is left of the part that is read.
    current: Bytes,
    /// Where the next part starts.
    next_byte: u64,
    ahead: Option<Ahead>,
}

impl Parts {
    /// Fetches the first part, so that an object that cannot be read is refused at once. The
    /// second is fetched when reading begins: a batch waits with one part an object.
    pub(crate) async fn start(source: &S3Source, object: &LogObject) -> Result<Self, SourceError> {
        let first = part(object, source.part_bytes(), 0);
        let next_byte = first.end;
        let current = source.get(object, Some(first)).await?;
        Ok(Self {
            source: source.clone(),
            object: object.clone(),
            runtime: Handle::current(),
            current,
            next_byte,
            ahead: None,
        })
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.look_ahead();
        while self.current.is_empty() {
            let Some(ahead) = self.ahead.take() else {
                return Ok(0);
            };
            self.current = ahead.wait()?;
            self.look_ahead();
        }
        Ok(content::give(&mut self.current, buffer))
    }

    /// Starts fetching the next part, unless it is on its way or there is none.
    fn look_ahead(&mut self) {
        if self.ahead.is_some() || self.next_byte >= self.object.size_bytes {
            return;
        }
        let range = part(&self.object, self.source.part_bytes(), self.next_byte);
        self.next_byte = range.end;
        let (source, object) = (self.source.clone(), self.object.clone());
        let fetch = async move { source.get(&object, Some(range)).await };
        self.ahead = Some(Ahead(self.runtime.spawn(fetch)));
    }
}

/// The part that starts at `first`.
fn part(object: &LogObject, part_bytes: u64, first: u64) -> Range<u64> {
    first..first.saturating_add(part_bytes).min(object.size_bytes)
}

/// A part on its way; dropping it ends the fetch.
#[derive(Debug)]
struct Ahead(JoinHandle<Result<Bytes, SourceError>>);

impl Ahead {
    fn wait(mut self) -> io::Result<Bytes> {
        // Not the runtime's own way to wait, which panics on its workers.
        match futures::executor::block_on(&mut self.0) {
            Ok(fetched) => Ok(fetched?),
            Err(gone) => Err(io::Error::other(gone)),
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}
