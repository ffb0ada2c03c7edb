//! Why a source could not be listed or read.

use std::{io, path::PathBuf};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure to list or fetch; names what and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The address has a scheme that is not read here.
    #[error(
        "cannot read `{spec}`: unknown scheme `{scheme}://` (a folder, a file or s3://bucket/prefix is wanted)"
    )]
    UnknownScheme {
        /// The address as given.
        spec: String,
        /// Its scheme.
        scheme: String,
    },
    /// An S3 address without a bucket.
    #[error("cannot read `{spec}`: no bucket is named (s3://bucket/prefix is wanted)")]
    NoBucket {
        /// The address as given.
        spec: String,
    },
    /// A local path cannot be read.
    #[error("cannot read `{}`", path.display())]
    Local {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Listing a bucket failed; nothing of a partial listing is used.
    #[error("cannot list `s3://{bucket}/{prefix}`")]
    List {
        /// The bucket.
        bucket: String,
        /// The key prefix.
        prefix: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// Fetching an object failed.
    #[error("cannot fetch `{key}`")]
    Fetch {
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The object's bytes broke off on the way.
    #[error("`{key}` broke off while it was fetched")]
    Body {
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The object was listed but is gone.
    #[error("`{key}` vanished between listing and fetching")]
    Vanished {
        /// The object.
        key: String,
    },
    /// The object is another version than the one listed.
    #[error("`{key}` changed between listing and fetching")]
    Changed {
        /// The object.
        key: String,
    },
    /// Fewer or more bytes came than the listing promised.
    #[error("`{key}` gave {found} bytes where the listing says {expected}")]
    ByteCount {
        /// The object.
        key: String,
        /// Bytes by the listing.
        expected: u64,
        /// Bytes received.
        found: u64,
    },
    /// No AWS credentials could be found or used.
    #[error(
        "no AWS credentials (set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is given)"
    )]
    Credentials {
        /// The cause.
        #[source]
        source: Cause,
    },
}
