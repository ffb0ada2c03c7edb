//! A local store whose files are on the disk before they are visible.
//!
//! `object_store`'s own local store never flushes. After a power cut a commit could then name data
//! that is gone, or a checkpoint be an empty file. Here every file is written under a temporary
//! name, flushed, put in place by one link or rename, and its folder flushed, in this order.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    ops::Range,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result, UploadPart, local::LocalFileSystem, path::Path,
};

const STORE: &str = "synced local folder";

/// `/` of the file system, with flushed writes.
#[derive(Debug, Clone)]
pub(crate) struct SyncedLocal {
    inner: Arc<LocalFileSystem>,
}

impl SyncedLocal {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
        }
    }
}

impl fmt::Display for SyncedLocal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(STORE)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for SyncedLocal {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let create = match opts.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => {
                return Err(Error::NotImplemented {
                    operation: "conditional update".into(),
                    implementer: STORE.into(),
                });
            }
        };
        let path = self.inner.path_to_filesystem(location)?;
        let written = tokio::task::spawn_blocking(move || write(&path, &payload, create));
        written.await.map_err(io::Error::other).map_err(generic)??;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Upload {
            store: self.clone(),
            location: location.clone(),
            parts: Vec::new(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

/// Collects parts and writes them as one file; what asks for parts here (checkpoints) is small.
#[derive(Debug)]
struct Upload {
    store: SyncedLocal,
    location: Path,
    parts: Vec<Bytes>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.parts.extend(data);
        Box::pin(futures::future::ready(Ok(())))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let payload = std::mem::take(&mut self.parts).into_iter().collect();
        self.store
            .put_opts(&self.location, payload, PutOptions::default())
            .await
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts.clear();
        Ok(())
    }
}

fn write(path: &FsPath, payload: &PutPayload, create: bool) -> Result<()> {
    let parent = path
        .parent()
        .ok_or_else(|| generic(io::ErrorKind::InvalidFilename.into()))?;
    make_dirs(parent).map_err(generic)?;
    let staging = staging_path(path);
    let put = put_in_place(path, &staging, payload, create);
    if put.is_err() || create {
        // A link leaves the temporary name behind; what is left of a failure helps nobody.
        let removed = fs::remove_file(&staging);
        if put.is_ok() {
            removed.map_err(generic)?;
        }
    }
    put.map_err(|source| {
        if create && source.kind() == io::ErrorKind::AlreadyExists {
            Error::AlreadyExists {
                path: path.display().to_string(),
                source: source.into(),
            }
        } else {
            generic(source)
        }
    })?;
    sync(parent).map_err(generic)
}

fn put_in_place(
    path: &FsPath,
    staging: &FsPath,
    payload: &PutPayload,
    create: bool,
) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(staging)?;
    payload.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()?;
    drop(file);
    if create {
        fs::hard_link(staging, path)
    } else {
        fs::rename(staging, path)
    }
}

/// `name#digits`, which the local store leaves out of its listings.
fn staging_path(path: &FsPath) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("#{}", uuid::Uuid::new_v4().as_u128()));
    name.into()
}

/// Makes a folder and those above it, each flushed into its parent.
pub(crate) fn make_dirs(dir: &FsPath) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        make_dirs(parent)?;
        match fs::create_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sync(parent)?,
        }
    }
    Ok(())
}

fn sync(dir: &FsPath) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn generic(source: io::Error) -> Error {
    Error::Generic {
        store: STORE,
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, path::Path};

    use super::{ObjectStore, SyncedLocal};

    fn names(dir: &std::path::Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn creates_once_overwrites_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = SyncedLocal::new();
        let path = |name: &str| Path::from_absolute_path(dir.path().join(name)).unwrap();
        let create = || PutOptions::from(PutMode::Create);
        store
            .put_opts(&path("a/b/c"), "one".into(), create())
            .await
            .unwrap();
        let second = store
            .put_opts(&path("a/b/c"), "two".into(), create())
            .await
            .unwrap_err();
        assert!(matches!(second, Error::AlreadyExists { .. }), "{second}");
        let text = store.get(&path("a/b/c")).await.unwrap().bytes().await;
        assert_eq!(text.unwrap(), "one");
        store.put(&path("a/b/c"), "three".into()).await.unwrap();
        let text = store.get(&path("a/b/c")).await.unwrap().bytes().await;
        assert_eq!(text.unwrap(), "three");
        let mut upload = store.put_multipart(&path("a/b/d")).await.unwrap();
        upload.put_part("fo".into()).await.unwrap();
        upload.put_part("ur".into()).await.unwrap();
        assert_eq!(
            names(&dir.path().join("a/b")),
            ["c"],
            "invisible until complete"
        );
        upload.complete().await.unwrap();
        let text = store.get(&path("a/b/d")).await.unwrap().bytes().await;
        assert_eq!(text.unwrap(), "four");
        assert_eq!(names(&dir.path().join("a/b")), ["c", "d"]);
    }
}
