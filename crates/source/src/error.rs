//! Why a source could not be listed or read.

use std::{error::Error, io, path::PathBuf};

type Cause = Box<dyn Error + Send + Sync>;

/// A failure to list or fetch; names what and why.
///
/// Readers get it inside an [`io::Error`]: [`SourceError::from_io`] finds it there. No text of it
/// holds a secret key, a session token or a signature.
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
    /// A setting of AWS's variables or profiles cannot be used.
    #[error("{name} is `{value}`: {wanted} is wanted")]
    Setting {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        wanted: &'static str,
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
    /// Nothing of a bucket can be fetched: it is gone, or the credentials are refused.
    #[error("cannot read `s3://{bucket}`")]
    Access {
        /// The bucket.
        bucket: String,
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
    /// Fetching an object took longer than the limits allow.
    #[error("`{key}` timed out while it was fetched")]
    TimedOut {
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
    #[error("`{key}` gave {found} bytes where {expected} were promised")]
    ByteCount {
        /// The object.
        key: String,
        /// Bytes by the listing, or of the part that was asked for.
        expected: u64,
        /// Bytes received; where more came than promised, those until then.
        found: u64,
    },
    /// The server gives other parts of objects than it is asked for.
    #[error("`{key}` was asked for {asked} and the server gave {found}")]
    Range {
        /// The object.
        key: String,
        /// The range asked for.
        asked: String,
        /// What came.
        found: String,
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

impl SourceError {
    /// Whether only this object is concerned, so that others of its source can still be read.
    pub fn is_of_the_object(&self) -> bool {
        match self {
            Self::Fetch { .. }
            | Self::TimedOut { .. }
            | Self::Body { .. }
            | Self::Vanished { .. }
            | Self::Changed { .. }
            | Self::ByteCount { .. }
            | Self::Range { .. } => true,
            Self::UnknownScheme { .. }
            | Self::NoBucket { .. }
            | Self::Setting { .. }
            | Self::Local { .. }
            | Self::List { .. }
            | Self::Access { .. }
            | Self::Credentials { .. } => false,
        }
    }

    /// The error of a source that a reader gave, however often it was wrapped since.
    pub fn from_io(error: &io::Error) -> Option<&Self> {
        let mut at: &(dyn Error + 'static) = error.get_ref()?;
        loop {
            if let Some(found) = at.downcast_ref::<Self>() {
                return Some(found);
            }
            // The source of an `io::Error` is that of what it wraps.
            let wrapped = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            at = match wrapped {
                Some(inner) => inner,
                None => at.source()?,
            };
        }
    }
}

impl From<SourceError> for io::Error {
    fn from(error: SourceError) -> Self {
        Self::other(error)
    }
}

/// What a cause of another library said, copied out of it: the error itself may hold a whole
/// response, and with it what must not be printed.
#[derive(Debug)]
pub(crate) struct Said {
    text: String,
    cause: Option<Box<Self>>,
}

impl Said {
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: scrub(text),
            cause: None,
        }
    }

    /// The texts of an error and of its causes.
    pub(crate) fn by(error: &(dyn Error + 'static)) -> Self {
        Self {
            text: scrub(&error.to_string()),
            cause: error.source().map(|cause| Box::new(Self::by(cause))),
        }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Said {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// One line without what may be a signature or a session token: a word of sixty characters.
fn scrub(text: &str) -> String {
    const LONGEST_WORD: usize = 59;
    const LONGEST_TEXT: usize = 500;
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || "+/=_-%.".contains(c);
    let (mut clean, mut word) = (String::new(), String::new());
    for c in text.chars().chain([' ']) {
        if of_a_token(c) {
            word.push(c);
            continue;
        }
        if word.len() > LONGEST_WORD {
            clean.push('…');
        } else {
            clean.push_str(&word);
        }
        word.clear();
        clean.push(if c.is_control() { ' ' } else { c });
    }
    clean.truncate(clean.trim_end().len());
    clean.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_wrap_the_error_twice() {
        let key = "s3://logs/a.gz".to_owned();
        let inner = io::Error::from(SourceError::Changed { key });
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        let found = SourceError::from_io(&outer).unwrap();
        assert!(matches!(found, SourceError::Changed { .. }), "{found}");
        let other = io::Error::other("no such thing");
        assert!(SourceError::from_io(&other).is_none());
        assert!(SourceError::from_io(&io::ErrorKind::NotFound.into()).is_none());
    }

    #[test]
    fn signatures_and_tokens_are_left_out() {
        let signature = "0123456789abcdef".repeat(4);
        let token = "IQoJb3JpZ2luX2VjE".repeat(20);
        for (text, clean) in [
            ("Access Denied".to_owned(), "Access Denied"),
            (format!("you sent {signature}, not"), "you sent …, not"),
            (format!("Signature={signature}\r\nend"), "…  end"),
            (format!("<Token>{token}</Token>"), "<Token>…</Token>"),
        ] {
            let found = scrub(&text);
            assert_eq!(found, clean);
            assert!(!found.contains(&signature) && !found.contains(&token));
        }
    }
}
