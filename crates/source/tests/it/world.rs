//! An embedded server, a source on it, and what a reader gives.

use std::{io::Read, time::Duration};

use edgeledger_source::{
    Aws, AwsSettings, Content, Credentials, Limits, LogObject, Source, SourceError,
};
use edgeledger_testkit::s3_server::{Fault, Operation, Rule, S3Server};

pub(crate) const PART_BYTES: u64 = 1_000;

/// Four attempts without long pauses. The times are such that only a hang reaches them.
pub(crate) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(20),
    idle: Duration::from_secs(20),
    attempt: Duration::from_mins(1),
    max_attempts: 4,
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(10),
    part_bytes: PART_BYTES,
};

pub(crate) struct World {
    _dir: tempfile::TempDir,
    pub(crate) server: S3Server,
}

impl World {
    /// A server with the bucket `logs`.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = S3Server::start(dir.path()).await.unwrap();
        server.create_bucket("logs").unwrap();
        Self { _dir: dir, server }
    }

    pub(crate) fn settings(&self, limits: Limits) -> AwsSettings {
        let (id, secret) = self.server.credentials();
        AwsSettings {
            endpoint_url: Some(self.server.endpoint()),
            region: Some("us-east-1".to_owned()),
            credentials: Some(Credentials {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: None,
            }),
            limits,
            ..AwsSettings::default()
        }
    }

    pub(crate) async fn source(&self, limits: Limits) -> Source {
        let aws = Aws::new(self.settings(limits));
        Source::open("s3://logs/x/", &aws).await.unwrap()
    }

    /// Puts `x/a.gz` and lists it.
    pub(crate) async fn object(&self, source: &Source, bytes: &[u8]) -> LogObject {
        self.server.put("logs", "x/a.gz", bytes).unwrap();
        let listing = source.list(&[]).await.unwrap();
        let found = listing.objects.into_iter();
        let object = found.into_iter().find(|object| object.name() == "a.gz");
        self.server.clear_requests();
        object.unwrap()
    }

    pub(crate) fn inject_get(&self, fault: Fault, skip: usize, times: usize) {
        let rule = Rule::new(fault).on(Operation::GetObject);
        self.server.inject(rule.skip(skip).times(times));
    }
}

/// Bytes that tell where they are.
pub(crate) fn numbered(n_bytes: usize) -> Vec<u8> {
    let numbers = (0..=n_bytes / 4).flat_map(|n| format!("{n:4}").into_bytes());
    numbers.take(n_bytes).collect()
}

/// All that a reader gives, and how it ends.
pub(crate) async fn read(mut content: Content) -> (Vec<u8>, Result<(), SourceError>) {
    let reading = tokio::task::spawn_blocking(move || {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 77]);
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return (bytes, Ok(())),
                Ok(n) => bytes.extend_from_slice(&buffer[..n]),
                Err(error) => {
                    assert!(SourceError::from_io(&error).is_some(), "{error:?}");
                    assert!(content.read(&mut buffer).is_err(), "an error is no end");
                    return (bytes, Err(error.downcast().unwrap()));
                }
            }
        }
    });
    reading.await.unwrap()
}

/// Fetches and reads, whichever fails.
pub(crate) async fn get(source: &Source, object: &LogObject) -> Result<Vec<u8>, SourceError> {
    let (bytes, end) = read(source.fetch(object).await?).await;
    end.map(|()| bytes)
}

/// An error and its causes.
pub(crate) fn texts(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(cause) = at {
        text = format!("{text} | {cause}");
        at = cause.source();
    }
    text
}
