//! The store of a lake as queries see it: nothing writes to the lake through it.
//!
//! A store's root is the whole file system or bucket. Statements are checked before they run; this
//! is the second wall, for what a check may have missed.

use std::{
    fmt,
    ops::Range,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
    path::Path,
};

/// A store that reads a lake.
#[derive(Debug)]
pub(crate) struct Confined {
    inner: Arc<dyn ObjectStore>,
    lake: Path,
    /// What reads and writes files beside the lake, if they may be.
    others: Option<Others>,
}

/// Files of the disk.
#[derive(Debug)]
pub(crate) struct Others {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The lake's folder, as it is without links.
    pub(crate) lake: PathBuf,
}

impl Others {
    /// Whether a path leads into the lake, through links too.
    fn leads_into_lake(&self, path: &Path) -> bool {
        let path = FsPath::new("/").join(path.as_ref());
        let real = path.ancestors().find_map(|part| part.canonicalize().ok());
        real.is_none_or(|real| real.starts_with(&self.lake))
    }
}

impl Confined {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, lake: Path, others: Option<Others>) -> Self {
        Self {
            inner,
            lake,
            others,
        }
    }

    fn is_of_lake(&self, path: &Path) -> bool {
        path.prefix_matches(&self.lake)
    }

    /// The store that may read a path; `None` is the root.
    fn reader(&self, path: Option<&Path>) -> Result<&Arc<dyn ObjectStore>> {
        if path.is_some_and(|path| self.is_of_lake(path)) {
            return Ok(&self.inner);
        }
        let refused = || refused(path, "is not of the lake");
        let others = self.others.as_ref().map(|others| &others.store);
        others.ok_or_else(refused)
    }

    /// The store that may write a path.
    fn writer(&self, path: &Path) -> Result<&Arc<dyn ObjectStore>> {
        let others = self.others.as_ref();
        let others =
            others.filter(|others| !self.is_of_lake(path) && !others.leads_into_lake(path));
        let store = others.map(|others| &others.store);
        store.ok_or_else(|| refused(Some(path), "cannot be written by a query"))
    }
}

fn refused(path: Option<&Path>, why: &str) -> Error {
    let path = path.map_or_else(|| "/".to_owned(), ToString::to_string);
    Error::PermissionDenied {
        source: format!("`{path}` {why}").into(),
        path,
    }
}

impl fmt::Display for Confined {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "queries on {}", self.inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for Confined {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let store = self.writer(location)?;
        store.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let store = self.writer(location)?;
        store.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let store = self.reader(Some(location))?;
        store.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let store = self.reader(Some(location))?;
        store.get_ranges(location, ranges).await
    }

    /// No query deletes.
    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let refuse = |path: Result<Path>| {
            let path = path?;
            Err(refused(Some(&path), "cannot be deleted by a query"))
        };
        locations.map(refuse).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.reader(prefix) {
            Ok(store) => store.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.reader(prefix) {
            Ok(store) => store.list_with_offset(prefix, offset),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.reader(prefix)?.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.writer(from)?;
        self.writer(to)?.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.writer(from)?;
        self.writer(to)?.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::TryStreamExt;
    use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};

    use super::{Confined, Others};

    async fn store(others: bool) -> Confined {
        let inner = InMemory::new();
        for path in ["data/lake/requests/a", "data/lakes/b", "etc/passwd"] {
            inner.put(&Path::from(path), "x".into()).await.unwrap();
        }
        let inner: Arc<dyn ObjectStore> = Arc::new(inner);
        let others = others.then(|| Others {
            store: Arc::clone(&inner),
            lake: "/data/lake".into(),
        });
        Confined::new(inner, Path::from("data/lake"), others)
    }

    #[tokio::test]
    async fn only_the_lake_is_read() {
        let store = store(false).await;
        let of = |path: &str| Path::from(path);
        assert!(store.get(&of("data/lake/requests/a")).await.is_ok());
        for path in ["data/lakes/b", "etc/passwd", "data"] {
            let error = store.get(&of(path)).await.unwrap_err().to_string();
            assert!(error.contains("is not of the lake"), "{error}");
            let listed = store.list(Some(&of(path))).try_collect::<Vec<_>>().await;
            assert!(listed.is_err(), "{path}");
        }
        assert!(store.list(None).try_collect::<Vec<_>>().await.is_err());
        assert!(store.list_with_delimiter(None).await.is_err());
    }

    #[tokio::test]
    async fn the_lake_is_never_written() {
        for others in [false, true] {
            let store = store(others).await;
            let (ours, other) = (Path::from("data/lake/requests/b"), Path::from("data/out"));
            assert!(store.put(&ours, "y".into()).await.is_err());
            assert!(store.put_multipart(&ours).await.is_err());
            assert!(
                store
                    .delete(&Path::from("data/lake/requests/a"))
                    .await
                    .is_err()
            );
            assert!(store.copy(&Path::from("etc/passwd"), &ours).await.is_err());
            assert_eq!(store.put(&other, "y".into()).await.is_ok(), others);
        }
    }
}
