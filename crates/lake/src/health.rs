//! The health of one data file: is it there, and are its bytes the ones that were written.

use std::fmt;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use parquet::{errors::ParquetError, file::metadata::ParquetMetaDataReader};

use crate::{
    LakeError, PARTITION_COLUMNS,
    digest::{self, Digester},
    log,
    table::{Table, TableFile},
};

/// Enough for most footers in one request.
const FOOTER_BYTES: u64 = 64 << 10;

/// What is wrong with a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not there.
    Missing,
    /// It has another size than the log says.
    Size { stored: u64, logged: u64 },
    /// Its bytes are not the ones that its name was made of.
    Digest,
    /// It cannot be decoded.
    Unreadable(String),
    /// It has another number of rows than the log says.
    Rows { stored: u64, logged: i64 },
    /// It lies in the folder of another partition than the log says.
    Place,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("it is missing"),
            Self::Size { stored, logged } => {
                write!(formatter, "it has {stored} bytes, the log says {logged}")
            }
            Self::Digest => formatter.write_str("its bytes are not the ones that were written"),
            Self::Unreadable(reason) => write!(formatter, "it is not readable: {reason}"),
            Self::Rows { stored, logged } => {
                write!(formatter, "it has {stored} rows, the log says {logged}")
            }
            Self::Place => formatter.write_str("it lies in another partition's folder"),
        }
    }
}

/// What a look at the store found, where a missing file is an answer.
enum Looked<T> {
    Found(T),
    Missing,
}

fn looked<T>(result: object_store::Result<T>) -> Result<Looked<T>, LakeError> {
    match result {
        Ok(found) => Ok(Looked::Found(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(Looked::Missing),
        Err(error) => Err(error.into()),
    }
}

impl Table {
    /// What is wrong with a live file; with `bytes`, also whether its bytes are the written ones.
    pub(crate) async fn check_file(
        &self,
        file: &TableFile,
        bytes: bool,
    ) -> Result<Option<Fault>, LakeError> {
        let store = self.store();
        let meta = match looked(store.head(&file.path).await)? {
            Looked::Found(meta) => meta,
            Looked::Missing => return Ok(Some(Fault::Missing)),
        };
        if meta.size != file.size_bytes {
            return Ok(Some(Fault::Size {
                stored: meta.size,
                logged: file.size_bytes,
            }));
        }
        if is_elsewhere(file) {
            return Ok(Some(Fault::Place));
        }
        if bytes {
            let name = file.path.filename().unwrap_or_default();
            let fault = match digest::in_name(name) {
                Some(expected) => check_digest(store.as_ref(), &file.path, expected).await?,
                None => check_content(store.as_ref(), &file.path).await?,
            };
            if fault.is_some() {
                return Ok(fault);
            }
        }
        Ok(match footer_rows(store.as_ref(), file).await? {
            Looked::Missing => Some(Fault::Missing),
            Looked::Found(Err(reason)) => Some(Fault::Unreadable(reason)),
            Looked::Found(Ok(stored)) => file
                .stats
                .rows
                .filter(|logged| u64::try_from(*logged) != Ok(stored))
                .map(|logged| Fault::Rows { stored, logged }),
        })
    }

    /// Rows by a live file's own footer.
    pub(crate) async fn footer_rows(&self, file: &TableFile) -> Result<i64, LakeError> {
        let damaged = |reason: String| LakeError::Damaged {
            what: format!("{}/{}", self.name(), file.path),
            reason,
        };
        match footer_rows(self.store().as_ref(), file).await? {
            Looked::Missing => Err(damaged(Fault::Missing.to_string())),
            Looked::Found(Err(reason)) => Err(damaged(reason)),
            Looked::Found(Ok(rows)) => Ok(i64::try_from(rows).unwrap_or(i64::MAX)),
        }
    }

    /// Refuses a damaged file: written anew, its damage would get a digest of its own.
    pub(crate) async fn require_whole(&self, file: &TableFile) -> Result<(), LakeError> {
        match self.check_file(file, true).await? {
            None => Ok(()),
            Some(fault) => Err(LakeError::Damaged {
                what: format!("{}/{}", self.name(), file.path),
                reason: fault.to_string(),
            }),
        }
    }
}

/// Whether a partition's file lies where another partition's would: the log's word was changed.
fn is_elsewhere(file: &TableFile) -> bool {
    PARTITION_COLUMNS
        .iter()
        .zip(file.path.parts())
        .any(
            |(column, folder)| match (file.partition_values.get(*column), folder.as_ref()) {
                (Some(Some(value)), folder) if digest_named(file) => {
                    folder != format!("{column}={value}")
                }
                _ => false,
            },
        )
}

fn digest_named(file: &TableFile) -> bool {
    digest::in_name(file.path.filename().unwrap_or_default()).is_some()
}

async fn check_digest(
    store: &dyn ObjectStore,
    path: &Path,
    expected: &str,
) -> Result<Option<Fault>, LakeError> {
    let mut stream = match looked(store.get(path).await)? {
        Looked::Found(found) => found.into_stream(),
        Looked::Missing => return Ok(Some(Fault::Missing)),
    };
    let mut digester = Digester::default();
    while let Some(piece) = stream.try_next().await? {
        digester.update(&piece);
    }
    Ok((digester.finish() != expected).then_some(Fault::Digest))
}

async fn check_content(store: &dyn ObjectStore, path: &Path) -> Result<Option<Fault>, LakeError> {
    let bytes = match looked(store.get(path).await)? {
        Looked::Found(found) => found.bytes().await?,
        Looked::Missing => return Ok(Some(Fault::Missing)),
    };
    Ok(log::decode(bytes).await.err().map(Fault::Unreadable))
}

/// Rows by the file's own footer, or why it cannot be read.
async fn footer_rows(
    store: &dyn ObjectStore,
    file: &TableFile,
) -> Result<Looked<Result<u64, String>>, LakeError> {
    let size = file.size_bytes;
    let mut want = FOOTER_BYTES.min(size);
    loop {
        let range = size - want..size;
        let tail = match looked(store.get_range(&file.path, range).await)? {
            Looked::Found(tail) => tail,
            Looked::Missing => return Ok(Looked::Missing),
        };
        match parse_footer(tail, size).await {
            Err(ParquetError::NeedMoreData(more)) => {
                let more = u64::try_from(more).unwrap_or(u64::MAX);
                if more <= want || more > size {
                    let reason = "its footer does not fit the file".to_owned();
                    return Ok(Looked::Found(Err(reason)));
                }
                want = more;
            }
            Err(error) => return Ok(Looked::Found(Err(error.to_string()))),
            Ok(rows) => return Ok(Looked::Found(Ok(u64::try_from(rows).unwrap_or(u64::MAX)))),
        }
    }
}

/// The decoder may panic on damage.
async fn parse_footer(tail: Bytes, size: u64) -> Result<i64, ParquetError> {
    let parsing = tokio::task::spawn_blocking(move || {
        let mut reader = ParquetMetaDataReader::new();
        reader.try_parse_sized(&tail, size)?;
        Ok(reader.finish()?.file_metadata().num_rows())
    });
    match parsing.await {
        Ok(parsed) => parsed,
        Err(_) => Err(ParquetError::General("the decoder gave up".to_owned())),
    }
}
