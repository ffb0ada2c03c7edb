//! A first look at a source: can it be listed and read at all.

use std::{fs::File, io::Read};

use crate::{Listing, LogObject, Source, SourceError, local::LocalSource};

/// Enough of an object to see that it may be read.
const FIRST_BYTES: u64 = 64;

/// What a first look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The first page of a bucket's listing, or all of a folder.
    pub listing: Listing,
    /// Whether there is more than the listing.
    pub has_more: bool,
    /// The object of which the first bytes were read, and how many.
    pub read: Option<(String, usize)>,
    /// The `Date` header of a server's answer.
    pub server_date: Option<String>,
}

impl Source {
    /// Lists one page and reads the first bytes of one object.
    ///
    /// # Errors
    /// When either is refused or fails.
    pub async fn glance(&self) -> Result<Glance, SourceError> {
        let mut glance = match self {
            Self::Local(source) => local_page(source).await?,
            Self::S3(source) => source.first_page().await?,
        };
        let object = glance.listing.objects.iter().find(|row| row.size_bytes > 0);
        if let Some(object) = object {
            let n_bytes = object.size_bytes.min(FIRST_BYTES);
            let found = match self {
                Self::Local(_) => first_bytes(object, n_bytes)?,
                Self::S3(source) => source.get(object, Some(0..n_bytes)).await?.len(),
            };
            glance.read = Some((object.key.clone(), found));
        }
        Ok(glance)
    }
}

async fn local_page(source: &LocalSource) -> Result<Glance, SourceError> {
    Ok(Glance {
        listing: source.list().await?,
        has_more: false,
        read: None,
        server_date: None,
    })
}

fn first_bytes(object: &LogObject, n_bytes: u64) -> Result<usize, SourceError> {
    let fail = |source: std::io::Error| SourceError::Fetch {
        key: object.key.clone(),
        source: Box::new(source),
    };
    let mut bytes = Vec::new();
    let file = File::open(&object.key).map_err(fail)?;
    file.take(n_bytes).read_to_end(&mut bytes).map_err(fail)
}

#[cfg(test)]
mod tests {
    use crate::{Aws, AwsSettings, Source};

    #[tokio::test]
    async fn a_folder_is_listed_and_its_first_object_read() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in [("a.gz", &b""[..]), ("b.gz", b"12345"), ("c.gz", &[7; 100])] {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let aws = Aws::new(AwsSettings::default());
        let source = Source::open(dir.path().to_str().unwrap(), &aws);
        let glance = source.await.unwrap().glance().await.unwrap();
        assert_eq!(glance.listing.objects.len(), 3);
        let (key, n_bytes) = glance.read.unwrap();
        assert!(
            key.ends_with("b.gz"),
            "an empty object proves nothing: {key}"
        );
        assert_eq!((n_bytes, glance.has_more), (5, false));
        assert_eq!(glance.server_date, None);
    }
}
