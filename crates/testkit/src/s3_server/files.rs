//! Objects put in place and removed behind the server's back.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::store::Store;

/// The folder of the buckets; clones share everything.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: PathBuf,
    pub(super) store: Store,
    n_written: Arc<AtomicU64>,
}

impl Files {
    pub(super) fn new(root: &Path, store: Store) -> Self {
        Self {
            root: root.to_path_buf(),
            store,
            n_written: Arc::default(),
        }
    }

    pub(super) fn path(&self, bucket: &str, key: &str) -> io::Result<PathBuf> {
        let below = Path::new(bucket).join(key);
        let plain = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if plain && !key.contains("//") {
            return Ok(self.root.join(below));
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("bad object name `{bucket}/{key}`"),
        ))
    }

    /// A reader sees the old bytes or the new ones, as in S3.
    pub(super) fn put(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.path(bucket, key)?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let n = self.n_written.fetch_add(1, Ordering::Relaxed);
        let draft = self.root.join(format!(".draft-{n}"));
        std::fs::write(&draft, bytes)?;
        self.forget(bucket, key)?;
        std::fs::rename(draft, path)
    }

    pub(super) fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        self.forget(bucket, key)?;
        std::fs::remove_file(self.path(bucket, key)?)
    }

    /// Drops the `ETag` an earlier PUT left behind.
    fn forget(&self, bucket: &str, key: &str) -> io::Result<()> {
        self.store.forget(bucket, key);
        // The name s3s-fs 0.14 gives to what it knows about an object.
        let name = format!(
            ".bucket-{}.object-{}.internal.json",
            base64(bucket),
            base64(key)
        );
        match std::fs::remove_file(self.root.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// URL-safe base64 without padding.
fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0, |bits, i| {
            (bits << 8) | usize::from(chunk.get(i).copied().unwrap_or_default())
        });
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) & 63]));
        }
    }
    out
}
