//! Lists and fetches log objects from folders, single files and S3.
//!
//! A source answers two questions: which objects are there ([`Source::list`]) and what are the
//! bytes of one ([`Source::fetch`]). It must not know log formats, gzip or the lake.
//!
//! ```
//! # async fn demo() -> Result<(), edgeledger_source::SourceError> {
//! use edgeledger_source::{Aws, AwsSettings, Source};
//! let aws = Aws::new(AwsSettings::default());
//! let source = Source::open("./logs", &aws).await?;
//! for object in source.list(&[]).await?.objects {
//!     let content = source.fetch(&object).await?;
//!     println!("{} {} bytes", object.key, content.size_bytes());
//! }
//! # Ok(()) }
//! ```

mod aws;
mod content;
mod error;
mod glance;
mod limits;
mod local;
mod parts;
mod s3;
mod skip;

pub use aws::{Aws, AwsSettings, Credentials, S3Access};
pub use content::Content;
pub use error::SourceError;
pub use glance::Glance;
pub use limits::Limits;
pub use skip::SkipRange;

use local::LocalSource;
use s3::S3Source;

/// One log object as the listing saw it. `(key, etag, size_bytes)` is its identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogObject {
    /// Full address: `s3://bucket/key`, or the absolute path of a local file.
    pub key: String,
    /// Size in bytes as stored (compressed).
    pub size_bytes: u64,
    /// Version mark: S3's `ETag`, or modification time and size of a local file.
    pub etag: String,
}

impl LogObject {
    /// The last component of the key: the file name.
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }
}

/// What a complete listing found. A listing that fails part way is an error, never a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Candidates, in key order.
    pub objects: Vec<LogObject>,
    /// Keys that are no log objects by name (folders, dot files, `.json`, `.md`, `.toml`).
    pub ignored: Vec<String>,
}

/// Where log objects come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A folder (read recursively) or a single file.
    Local(LocalSource),
    /// A bucket and key prefix.
    S3(S3Source),
}

impl Source {
    /// Opens `spec`: `s3://bucket/prefix`, a folder, or a file. No listing happens yet.
    ///
    /// # Errors
    /// When a local path does not exist or a URL is not one of S3.
    pub async fn open(spec: &str, aws: &Aws) -> Result<Self, SourceError> {
        if let Some(rest) = spec.strip_prefix("s3://") {
            return Ok(Self::S3(S3Source::open(spec, rest, aws).await?));
        }
        if let Some((scheme, _)) = spec.split_once("://") {
            return Err(SourceError::UnknownScheme {
                spec: spec.to_owned(),
                scheme: scheme.to_owned(),
            });
        }
        Ok(Self::Local(LocalSource::open(spec)?))
    }

    /// What the full addresses of its objects start with.
    pub fn address(&self) -> String {
        match self {
            Self::Local(source) => source.address(),
            Self::S3(source) => source.address(),
        }
    }

    /// Whether a listing costs requests.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::S3(_))
    }

    /// Lists every object outside `skip`, all pages, each key once.
    ///
    /// S3 is asked for no more than about one page a range, however many keys it holds. Folders
    /// must be walked anyway: there `skip` changes nothing.
    ///
    /// # Errors
    /// When any page or folder cannot be read, or pages lead nowhere.
    pub async fn list(&self, skip: &[SkipRange]) -> Result<Listing, SourceError> {
        match self {
            Self::Local(source) => source.list().await,
            Self::S3(source) => source.list(skip).await,
        }
    }

    /// Fetches one object; its size must be the one listed. Of a large object of S3 the first part
    /// is fetched, the others while it is read.
    ///
    /// # Errors
    /// When the object vanished, changed since the listing, or cannot be read.
    pub async fn fetch(&self, object: &LogObject) -> Result<Content, SourceError> {
        match self {
            Self::Local(_) => local::fetch(object).await,
            Self::S3(source) => source.fetch(object).await,
        }
    }

    /// Fetches several objects, one after the other: of each, what [`Source::fetch`] gives.
    pub async fn fetch_all(&self, objects: Vec<LogObject>) -> Vec<Result<Content, SourceError>> {
        match self {
            Self::Local(_) => local::fetch_all(objects).await,
            Self::S3(source) => {
                let mut contents = Vec::with_capacity(objects.len());
                for object in &objects {
                    contents.push(source.fetch(object).await);
                }
                contents
            }
        }
    }
}

/// Whether a name can be that of a log object. Only names that certainly are something else are
/// left out, so that an oddly named log is read rather than lost.
fn may_be_log(name: &str) -> bool {
    const OTHER: [&str; 6] = [".json", ".md", ".toml", ".html", ".parquet", ".crc"];
    !name.is_empty()
        && !name.starts_with(['.', '_'])
        && !OTHER
            .iter()
            .any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::may_be_log;

    #[test]
    fn leaves_out_only_names_that_are_certainly_not_logs() {
        for name in [
            "E2.2026-10-01-00.1a2b.gz",
            "file",
            "raw.log",
            "a.ndjson",
            "x.log.zst",
            "a.txt",
        ] {
            assert!(may_be_log(name), "{name}");
        }
        for name in [
            "",
            ".hidden",
            "_SUCCESS",
            "truth.json",
            "README.md",
            "edgeledger.toml",
        ] {
            assert!(!may_be_log(name), "{name}");
        }
    }
}
