//! Folders and single files.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use bytes::Bytes;

use crate::{Content, Listing, LogObject, SourceError, may_be_log};

/// A folder, read recursively, or one file.
#[derive(Debug, Clone)]
pub struct LocalSource {
    path: PathBuf,
}

impl LocalSource {
    /// The path is made absolute, so that one file has one identity however it was named.
    pub(crate) fn open(spec: &str) -> Result<Self, SourceError> {
        let path = fs::canonicalize(spec).map_err(|source| SourceError::Local {
            path: PathBuf::from(spec),
            source,
        })?;
        Ok(Self { path })
    }

    pub(crate) fn address(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    pub(crate) async fn list(&self) -> Result<Listing, SourceError> {
        let path = self.path.clone();
        let listing = tokio::task::spawn_blocking(move || {
            let mut listing = Listing::default();
            walk(&path, true, &mut listing)?;
            listing.objects.sort();
            listing.ignored.sort();
            Ok(listing)
        });
        listing.await.map_err(|join| SourceError::Local {
            path: self.path.clone(),
            source: io::Error::other(join),
        })?
    }
}

/// Adds what `path` holds. A single file that the user named is taken whatever its name is.
fn walk(path: &Path, named_by_user: bool, listing: &mut Listing) -> Result<(), SourceError> {
    let fail = |source| SourceError::Local {
        path: path.to_owned(),
        source,
    };
    let shown = || path.to_string_lossy().into_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        // Removed while the folder was read, or a link to nothing.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named_by_user => {
            listing.ignored.push(shown());
            return Ok(());
        }
        Err(error) => return Err(fail(error)),
    };
    if metadata.is_dir() {
        if !named_by_user && name.starts_with('.') {
            listing.ignored.push(shown());
            return Ok(());
        }
        for entry in fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            // A link may lead back here, or name a file a second time.
            if entry.file_type().map_err(fail)?.is_symlink() {
                listing
                    .ignored
                    .push(entry.path().to_string_lossy().into_owned());
            } else {
                walk(&entry.path(), false, listing)?;
            }
        }
        return Ok(());
    }
    let is_candidate = metadata.is_file() && may_be_log(&name);
    if !named_by_user && !is_candidate {
        listing.ignored.push(shown());
        return Ok(());
    }
    let Some(key) = path.to_str() else {
        return Err(fail(io::Error::new(
            io::ErrorKind::InvalidFilename,
            "the name is not UTF-8",
        )));
    };
    listing.objects.push(LogObject {
        key: key.to_owned(),
        size_bytes: metadata.len(),
        etag: etag(&metadata),
    });
    Ok(())
}

/// Stands in for S3's `ETag`: a rewritten file has another modification time or size.
pub(crate) fn etag(metadata: &Metadata) -> String {
    let modified_ns = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos());
    format!("{modified_ns:x}-{:x}", metadata.len())
}

pub(crate) async fn fetch(object: &LogObject) -> Result<Content, SourceError> {
    let (object, key) = (object.clone(), object.key.clone());
    let read = tokio::task::spawn_blocking(move || read(&object));
    read.await.map_err(|join| SourceError::Fetch {
        key,
        source: Box::new(join),
    })?
}

/// Reads many in one go: handing each file over to another thread takes longer than reading it.
pub(crate) async fn fetch_all(objects: Vec<LogObject>) -> Vec<Result<Content, SourceError>> {
    let keys: Vec<_> = objects.iter().map(|object| object.key.clone()).collect();
    let read = tokio::task::spawn_blocking(move || objects.iter().map(read).collect());
    read.await.unwrap_or_else(|join| {
        let join = join.to_string();
        let failed = keys.into_iter().map(|key| {
            Err(SourceError::Fetch {
                key,
                source: Box::new(io::Error::other(join.clone())),
            })
        });
        failed.collect()
    })
}

/// Small files are read at once: a batch of thousands must not hold a file handle for each.
fn read(object: &LogObject) -> Result<Content, SourceError> {
    const AT_ONCE_BYTES: u64 = 1 << 20;
    let key = || object.key.clone();
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SourceError::Vanished { key: key() },
        _ => SourceError::Fetch {
            key: key(),
            source: Box::new(source),
        },
    };
    let mut file = File::open(&object.key).map_err(fail)?;
    if object.size_bytes <= AT_ONCE_BYTES
        && let Some(bytes) = read_whole(object, &mut file).map_err(fail)?
    {
        return Ok(Content::from_bytes(object, bytes));
    }
    if etag(&file.metadata().map_err(fail)?) != object.etag {
        return Err(SourceError::Changed { key: key() });
    }
    // What is odd about it is told by who reads it.
    file.rewind().map_err(fail)?;
    Ok(Content::from_file(object, file))
}

/// The bytes of a file that is as it was listed, once they are read; `None` when it is not.
fn read_whole(object: &LogObject, file: &mut File) -> io::Result<Option<Bytes>> {
    // Room for one byte more, to see a file that has grown.
    let mut bytes = vec![0; usize::try_from(object.size_bytes).unwrap_or_default() + 1];
    let mut n_read = 0;
    while let Some(room) = bytes.get_mut(n_read..) {
        match file.read(room) {
            Ok(0) => break,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if n_read as u64 >= object.size_bytes {
            break;
        }
    }
    bytes.truncate(n_read);
    let is_whole = n_read as u64 == object.size_bytes && etag(&file.metadata()?) == object.etag;
    Ok(is_whole.then(|| Bytes::from(bytes)))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _};

    use crate::{Aws, AwsSettings, Source, SourceError};

    async fn open(path: &std::path::Path) -> Source {
        let aws = Aws::new(AwsSettings::default());
        Source::open(path.to_str().unwrap(), &aws).await.unwrap()
    }

    #[tokio::test]
    async fn lists_folders_recursively_in_key_order() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("b/c")).unwrap();
        for name in ["b/c/2.gz", "a.gz", "b/1.log", "b/README.md"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let listing = open(dir.path()).await.list(&[]).await.unwrap();
        let names: Vec<_> = listing.objects.iter().map(crate::LogObject::name).collect();
        assert_eq!(names, ["a.gz", "1.log", "2.gz"]);
        assert_eq!(listing.ignored.len(), 1);
    }

    #[tokio::test]
    async fn one_file_has_one_key_however_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("a.json"), "x").unwrap();
        let plain = open(&dir.path().join("a.json"))
            .await
            .list(&[])
            .await
            .unwrap();
        let winding = open(&dir.path().join("sub/../a.json"))
            .await
            .list(&[])
            .await
            .unwrap();
        assert_eq!(plain, winding);
        assert_eq!(
            plain.objects.len(),
            1,
            "a file named by the user is read whatever its ending"
        );
    }

    #[tokio::test]
    async fn a_file_rewritten_after_the_listing_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.gz");
        fs::write(&path, "one").unwrap();
        let source = open(dir.path()).await;
        let object = source.list(&[]).await.unwrap().objects.remove(0);
        let mut text = String::new();
        source
            .fetch(&object)
            .await
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "one");
        fs::write(&path, "three").unwrap();
        assert!(matches!(
            source.fetch(&object).await,
            Err(SourceError::Changed { .. })
        ));
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            source.fetch(&object).await,
            Err(SourceError::Vanished { .. })
        ));
    }

    #[tokio::test]
    async fn a_missing_path_is_named() {
        let aws = Aws::new(AwsSettings::default());
        let error = Source::open("no/such/folder", &aws).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot read `no/such/folder`");
        let error = Source::open("ftp://x/y", &aws).await.unwrap_err();
        assert!(
            error.to_string().contains("unknown scheme `ftp://`"),
            "{error}"
        );
    }
}
