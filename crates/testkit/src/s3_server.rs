//! An S3 server inside the test process, over a folder.
//!
//! Signed requests only, path-style addresses, as with any S3-compatible store. It lists with
//! `ETag`s, honours `If-Match` on reads, and lets exactly one of several conditional writes win.

mod store;

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use store::Store;

const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "testtest";

/// A running server; dropping it ends it and all its connections.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    root: PathBuf,
    store: Store,
    /// Owns the accept task, which owns the connections.
    _tasks: JoinSet<()>,
}

impl S3Server {
    /// Serves `root` (made when missing) on a free port of 127.0.0.1.
    ///
    /// Every folder in `root` is a bucket. Runs on the caller's tokio runtime.
    ///
    /// # Errors
    /// When the folder cannot be made or no port can be bound.
    pub async fn start(root: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let store = Store::new(FileSystem::new(root).map_err(other)?);
        let mut builder = S3ServiceBuilder::new(store.clone());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, builder.build()));
        Ok(Self {
            address,
            root: root.to_path_buf(),
            store,
            _tasks: tasks,
        })
    }

    /// Base address for clients: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Access key and secret key.
    #[expect(clippy::unused_self, reason = "asked of a server, like its endpoint")]
    pub fn credentials(&self) -> (&'static str, &'static str) {
        (ACCESS_KEY, SECRET_KEY)
    }

    /// Makes a bucket; nothing happens when it exists.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn create_bucket(&self, name: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.path(name, "")?)
    }

    /// Puts an object in place without a request: none is logged.
    ///
    /// # Errors
    /// When the file cannot be written, or the key has empty, `.` or `..` parts.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.path(bucket, key)?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        self.forget(bucket, key)?;
        std::fs::write(path, bytes)
    }

    /// Removes an object without a request: none is logged.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        self.forget(bucket, key)?;
        std::fs::remove_file(self.path(bucket, key)?)
    }

    /// All requests so far, `METHOD path?query`, in order of arrival; refused ones are not in it.
    pub fn requests(&self) -> Vec<String> {
        self.store.seen(|seen| seen.requests.clone())
    }

    /// `bucket/key` of every object asked for with GET so far.
    pub fn fetched(&self) -> Vec<String> {
        self.store.seen(|seen| seen.fetched.clone())
    }

    /// Empties what [`requests`](Self::requests) and [`fetched`](Self::fetched) return.
    pub fn clear_requests(&self) {
        self.store.seen(std::mem::take);
    }

    fn path(&self, bucket: &str, key: &str) -> io::Result<PathBuf> {
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

async fn accept(listener: TcpListener, service: S3Service) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that is gone before it is accepted does no harm.
                if let Ok((socket, _)) = accepted {
                    connections.spawn(serve(socket, service.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(socket: TcpStream, service: S3Service) {
    // A client may go away at any time: tests that care see it on their side.
    drop(socket.set_nodelay(true));
    let http = Builder::new(TokioExecutor::new());
    drop(http.serve_connection(TokioIo::new(socket), service).await);
}

fn other(error: impl Debug) -> io::Error {
    io::Error::other(format!("{error:?}"))
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

#[cfg(test)]
mod tests;
