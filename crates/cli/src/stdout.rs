//! Standard output that remembers when its reader went away, as `| head` does: no error then.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Set by the first write that nobody reads. Errors of writers around it lose their kind.
static READER_GONE: AtomicBool = AtomicBool::new(false);

/// Whether a write to [`Stdout`] found its reader gone.
pub(crate) fn reader_is_gone() -> bool {
    READER_GONE.load(Ordering::Relaxed)
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct Stdout(io::Stdout);

impl Stdout {
    pub(crate) fn new() -> Self {
        Self(io::stdout())
    }
}

fn watched<T>(result: io::Result<T>) -> io::Result<T> {
    if result
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    {
        READER_GONE.store(true, Ordering::Relaxed);
    }
    result
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        watched(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        watched(self.0.flush())
    }
}
