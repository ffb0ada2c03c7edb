//! An S3 server inside the test process, over a folder.
//!
//! Signed requests only, path-style addresses, as with any S3-compatible store. It lists with
//! `ETag`s, honours `If-Match` on reads, and lets exactly one of several conditional writes win.
//! [`S3Server::inject`] makes requests go wrong, for clients in this process and in others.

mod faults;
mod files;
mod store;
mod wire;

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use faults::Script;
pub use faults::{Fault, Operation, Rule};
use files::Files;
use store::Store;
use wire::Wire;

const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "testtest";

/// A running server; dropping it ends it and all its connections.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    store: Store,
    files: Files,
    script: Script,
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
        let (files, script) = (Files::new(root, store.clone()), Script::default());
        let wire = Wire {
            service: builder.build(),
            script: script.clone(),
            files: files.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, wire));
        Ok(Self {
            address,
            store,
            files,
            script,
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
        std::fs::create_dir_all(self.files.path(name, "")?)
    }

    /// Puts an object in place without a request: none is logged.
    ///
    /// # Errors
    /// When the file cannot be written, or the key has empty, `.` or `..` parts.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.files.put(bucket, key, bytes)
    }

    /// Removes an object without a request: none is logged.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        self.files.remove(bucket, key)
    }

    /// All requests so far, `METHOD path?query`, in order of arrival; those refused for their
    /// signature are not in it.
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

    /// Makes requests go wrong from now on. Of several rules for one request the first has its way.
    pub fn inject(&self, rule: Rule) {
        self.script.add(rule);
    }

    /// Ends all faults; what was injected stays counted.
    pub fn clear_faults(&self) {
        self.script.clear();
    }

    /// How many requests went wrong by [`inject`](Self::inject) so far.
    pub fn injected(&self) -> usize {
        self.script.injected().len()
    }

    /// The requests that went wrong, `Fault METHOD path?query`, in order.
    pub fn injected_requests(&self) -> Vec<String> {
        self.script.injected()
    }

    /// Lists no more than so many keys a page, whatever is asked for.
    pub fn limit_pages(&self, n_keys: u16) {
        self.store.limit_pages(n_keys);
    }
}

async fn accept(listener: TcpListener, wire: Wire) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that is gone before it is accepted does no harm.
                if let Ok((socket, _)) = accepted {
                    connections.spawn(serve(socket, wire.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(socket: TcpStream, wire: Wire) {
    // A client may go away at any time: tests that care see it on their side.
    drop(socket.set_nodelay(true));
    let http = Builder::new(TokioExecutor::new());
    let answer = service_fn(move |request| wire.clone().answer(request));
    drop(http.serve_connection(TokioIo::new(socket), answer).await);
}

fn other(error: impl Debug) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

#[cfg(test)]
mod tests;
