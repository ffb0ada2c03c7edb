//! Where a lake lies: a local folder or a prefix in S3, behind one `object_store`.

use std::{
    fs,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    aws::{AmazonS3Builder, AwsCredentialProvider},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use url::Url;

use crate::{
    LakeError,
    synced::{self, SyncedLocal},
};

/// Folder beside the tables for what is no table.
const NOTES: &str = "_edgeledger";
/// Where damaged files of a log are kept, below the notes.
const ASIDE: &str = "set-aside";
/// Where stores are tried, below the notes.
const PROBES: &str = "_probe";

/// How to reach a bucket.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// Region; required unless an endpoint is given.
    pub region: Option<String>,
    /// Endpoint other than AWS's own.
    pub endpoint_url: Option<String>,
    /// Gives credentials whenever they are needed.
    pub credentials: AwsCredentialProvider,
}

/// Whether local writes are flushed to the disk before the commit that names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Flush: survives a power cut.
    Synced,
    /// Do not wait: for lakes that end with the process.
    Temporary,
}

/// A lake's place.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Rooted at `/` of the file system or at the bucket.
    root: Arc<dyn ObjectStore>,
    /// Ends in `/`.
    url: Url,
    location: String,
    /// The folder of a local lake.
    local_dir: Option<PathBuf>,
}

impl Storage {
    /// A local folder, made if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or its path is not absolute after resolution.
    pub fn local(dir: &FsPath, durability: Durability) -> Result<Self, LakeError> {
        let location = dir.display().to_string();
        let fail = |reason: String| LakeError::Location {
            location: location.clone(),
            reason,
        };
        let unusable = |source| LakeError::Folder {
            path: location.clone(),
            source,
        };
        match durability {
            Durability::Synced => synced::make_dirs(&std::path::absolute(dir).map_err(unusable)?),
            Durability::Temporary => fs::create_dir_all(dir),
        }
        .map_err(unusable)?;
        let dir = fs::canonicalize(dir).map_err(unusable)?;
        let url =
            Url::from_directory_path(&dir).map_err(|()| fail("not an absolute path".into()))?;
        let root: Arc<dyn ObjectStore> = match durability {
            Durability::Synced => Arc::new(SyncedLocal::new()),
            Durability::Temporary => Arc::new(LocalFileSystem::new()),
        };
        Ok(Self {
            root,
            url,
            local_dir: Some(dir),
            location,
        })
    }

    /// A prefix in a bucket: `s3://bucket/prefix`.
    ///
    /// # Errors
    /// When the address names no bucket or no prefix, or the client cannot be made.
    pub fn s3(location: &str, options: S3Options) -> Result<Self, LakeError> {
        let fail = |reason: &str| LakeError::Location {
            location: location.to_owned(),
            reason: reason.to_owned(),
        };
        let mut url = Url::parse(location).map_err(|error| fail(&error.to_string()))?;
        let bucket = url.host_str().filter(|host| !host.is_empty());
        let bucket = bucket.ok_or_else(|| fail("no bucket is named"))?.to_owned();
        if url.path().trim_matches('/').is_empty() {
            return Err(fail("name a prefix in the bucket too: s3://bucket/prefix"));
        }
        url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket)
            .with_credentials(options.credentials);
        if let Some(region) = options.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = options.endpoint_url {
            let plain_http = endpoint.starts_with("http://");
            builder = builder.with_endpoint(endpoint).with_allow_http(plain_http);
        }
        Ok(Self {
            root: Arc::new(builder.build()?),
            url,
            location: location.to_owned(),
            local_dir: None,
        })
    }

    /// The place as the user named it.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The store below this place, for files that belong to no lake, such as reports. Local files
    /// are whole and flushed before they are visible.
    ///
    /// # Errors
    /// When the place is no path of the store.
    pub fn files(&self) -> Result<Arc<dyn ObjectStore>, LakeError> {
        Ok(Arc::new(PrefixStore::new(
            Arc::clone(&self.root),
            self.path()?,
        )))
    }

    /// This place as a path below the store's root.
    pub(crate) fn path(&self) -> Result<Path, LakeError> {
        let path = Path::from_url_path(self.url.path());
        Ok(path.map_err(object_store::Error::from)?)
    }

    /// The folder of a local lake.
    pub(crate) fn local_dir(&self) -> Option<&FsPath> {
        self.local_dir.as_deref()
    }

    /// `file:///` or `s3://bucket/`, and the store behind it.
    pub(crate) fn root(&self) -> &Arc<dyn ObjectStore> {
        &self.root
    }

    /// Address of a table's folder; ends in `/`.
    pub(crate) fn table_url(&self, table: &str) -> Result<Url, LakeError> {
        self.url
            .join(&format!("{table}/"))
            .map_err(|error| LakeError::Location {
                location: self.location.clone(),
                reason: error.to_string(),
            })
    }

    /// A table's folder as a path below the store's root.
    pub(crate) fn table_path(&self, table: &str) -> Result<Path, LakeError> {
        Path::from_url_path(self.table_url(table)?.path()).map_err(|error| LakeError::Location {
            location: self.location.clone(),
            reason: error.to_string(),
        })
    }

    pub(crate) fn table_store(&self, table: &str) -> Result<Arc<dyn ObjectStore>, LakeError> {
        Ok(Arc::new(PrefixStore::new(
            Arc::clone(&self.root),
            self.table_path(table)?,
        )))
    }

    /// Whether a table's folder holds data files.
    pub(crate) async fn has_data(&self, table: &str) -> Result<bool, LakeError> {
        let store = self.table_store(table)?;
        let mut listing = store.list(None);
        while let Some(meta) = listing.try_next().await? {
            if meta.location.extension() == Some("parquet") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A note that a writer left beside the tables; `None` when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note(&self, name: &str) -> Result<Option<Bytes>, LakeError> {
        let store = self.table_store(NOTES)?;
        match store.get(&Path::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Leaves a note beside the tables; of several writers the last one's stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_note(&self, name: &str, text: Bytes) -> Result<(), LakeError> {
        let store = self.table_store(NOTES)?;
        store.put(&Path::from(name), text.into()).await?;
        Ok(())
    }

    /// Moves a file of a table to where nothing reads it.
    pub(crate) async fn set_aside(
        &self,
        table: &str,
        path: &str,
        now_us: i64,
    ) -> Result<(), LakeError> {
        let folder = self.table_path(table)?;
        let from: Path = folder.parts().chain(Path::from(path).parts()).collect();
        let notes = self.table_path(NOTES)?;
        let aside = Path::from(format!("{ASIDE}/{now_us}/{table}/{path}"));
        let to: Path = notes.parts().chain(aside.parts()).collect();
        let bytes = match self.root.get(&from).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.root.put(&to, bytes.into()).await?;
        self.root.delete(&from).await?;
        Ok(())
    }

    /// Moves a folder of a table to where nothing reads it.
    pub(crate) async fn set_folder_aside(
        &self,
        table: &str,
        folder: &str,
        now_us: i64,
    ) -> Result<(), LakeError> {
        let store = self.table_store(table)?;
        let path = Path::from(folder);
        let found: Vec<_> = store.list(Some(&path)).try_collect().await?;
        for meta in found {
            self.set_aside(table, meta.location.as_ref(), now_us)
                .await?;
        }
        Ok(())
    }

    /// Probes that a run left behind when it ended between two requests.
    pub(crate) async fn old_probes(
        &self,
        before_us: i64,
        dry_run: bool,
    ) -> Result<Vec<String>, LakeError> {
        let store = self.table_store(NOTES)?;
        let folder = Path::from(PROBES);
        let probes: Vec<_> = store.list(Some(&folder)).try_collect().await?;
        let mut old = Vec::new();
        for probe in probes {
            if probe.last_modified.timestamp_micros() >= before_us {
                continue;
            }
            if !dry_run {
                store.delete(&probe.location).await?;
            }
            old.push(format!("{NOTES}/{}", probe.location));
        }
        Ok(old)
    }

    /// Refuses a store that overwrites where it should create: it would lose commits silently.
    /// Writes a small object to a bucket and deletes it; of folders nothing is asked.
    ///
    /// # Errors
    /// [`LakeError::UnsafeStore`], or when the store cannot be written.
    pub async fn probe_conditional_put(&self) -> Result<(), LakeError> {
        if self.url.scheme() == "file" {
            return Ok(());
        }
        let name = format!("{PROBES}/{}", uuid::Uuid::new_v4());
        let store = self.table_store(NOTES)?;
        let path = Path::from(name);
        let create = || PutOptions::from(PutMode::Create);
        let is_refused = |put: &object_store::Result<_>| {
            use object_store::Error::{AlreadyExists, Precondition};
            matches!(put, Err(AlreadyExists { .. } | Precondition { .. }))
        };
        let mut put = store.put_opts(&path, "probe".into(), create()).await;
        // Refused at once: an attempt before was applied and its reply lost.
        if !is_refused(&put) {
            if let Err(object_store::Error::NotFound { .. }) = put {
                return Err(LakeError::Location {
                    location: self.location.clone(),
                    reason: "there is no such bucket".to_owned(),
                });
            }
            put?;
            put = store.put_opts(&path, "again".into(), create()).await;
        }
        // Not everybody may delete; `lake vacuum` finds what stays.
        store.delete(&path).await.unwrap_or_default();
        if is_refused(&put) {
            return Ok(());
        }
        put?;
        Err(LakeError::UnsafeStore {
            location: self.location.clone(),
        })
    }
}
