//! One object or one part of it, with all its attempts.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicU32, Ordering},
    },
};

use aws_sdk_s3::{
    config::{
        Builder, ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
        },
    },
    error::BoxError,
    operation::get_object::GetObjectOutput,
    primitives::ByteStream,
};
use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{S3Source, refusal};
use crate::{LogObject, SourceError, error::Said};

/// What happened on the wire, which the SDK does not tell.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<SeenInner>);

#[derive(Debug, Default)]
struct SeenInner {
    attempts: AtomicU32,
    /// Status of the last answer, 0 when there was none.
    status: AtomicU16,
    /// When the last attempt began.
    started: Mutex<Option<Instant>>,
}

impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempts.fetch_add(1, Ordering::Relaxed);
        self.0.status.store(0, Ordering::Relaxed);
        let now = Some(Instant::now());
        *self
            .0
            .started
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let status = context.response().status().as_u16();
        self.0.status.store(status, Ordering::Relaxed);
        Ok(())
    }
}

impl Seen {
    fn attempts(&self) -> u32 {
        self.0.attempts.load(Ordering::Relaxed)
    }

    fn status(&self) -> u16 {
        self.0.status.load(Ordering::Relaxed)
    }

    fn started(&self) -> Instant {
        let started = self
            .0
            .started
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        started.unwrap_or_else(Instant::now)
    }
}

/// A request that failed for good, or a body that may come whole the next time.
enum Failure {
    Request(SourceError),
    Body(SourceError),
}

impl S3Source {
    /// The bytes of an object, or of a range of it. The SDK makes new attempts while there is no
    /// good answer; a body that breaks off is asked for again here, from its start, so that no
    /// byte can come twice. Both together stay within the attempts allowed.
    pub(crate) async fn get(
        &self,
        object: &LogObject,
        range: Option<Range<u64>>,
    ) -> Result<Bytes, SourceError> {
        let limit = self.limits.max_attempts;
        let mut used = 0;
        loop {
            let seen = Seen::default();
            let result = self
                .get_once(object, range.as_ref(), limit - used, &seen)
                .await;
            used += seen.attempts().clamp(1, limit - used);
            match result {
                Ok(bytes) => return Ok(bytes),
                Err(Failure::Body(_)) if used < limit => sleep(self.limits.pause(used)).await,
                Err(Failure::Body(error) | Failure::Request(error)) => return Err(error),
            }
        }
    }

    async fn get_once(
        &self,
        object: &LogObject,
        range: Option<&Range<u64>>,
        attempts: u32,
        seen: &Seen,
    ) -> Result<Bytes, Failure> {
        let mine = object
            .key
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'));
        let Some((bucket, key)) = mine else {
            return Err(Failure::Request(SourceError::Fetch {
                key: object.key.clone(),
                source: "not an address in S3".into(),
            }));
        };
        let etag = (!object.etag.is_empty()).then(|| object.etag.clone());
        let asked = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        let answer = self
            .client
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_if_match(etag)
            .set_range(asked)
            .set_request_payer(self.request_payer.clone())
            .customize()
            .config_override(Builder::new().retry_config(self.limits.retries(attempts)))
            .interceptor(seen.clone())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
                let error = refusal::of_object(&error, status, &object.key);
                return Err(Failure::Request(error));
            }
        };
        check_head(object, range, &answer, seen.status()).map_err(Failure::Request)?;
        let expected = range.map_or(object.size_bytes, |range| range.end - range.start);
        let until = seen.started() + self.limits.attempt;
        let body = self.read(object, expected, answer.body);
        match timeout_at(until, body).await {
            Ok(read) => read.map_err(Failure::Body),
            Err(_) => Err(Failure::Body(timed_out(object, "all", self.limits.attempt))),
        }
    }

    /// Reads a body that must have so many bytes; holds no more than these.
    async fn read(
        &self,
        object: &LogObject,
        expected: u64,
        mut body: ByteStream,
    ) -> Result<Bytes, SourceError> {
        let capacity = expected.min(self.limits.part_bytes);
        let mut bytes = BytesMut::with_capacity(usize::try_from(capacity).unwrap_or_default());
        let idle = self.limits.idle;
        loop {
            let next = timeout(idle, body.next()).await;
            let chunk = match next.map_err(|_| timed_out(object, "a byte", idle))? {
                Some(chunk) => chunk.map_err(|error| SourceError::Body {
                    key: object.key.clone(),
                    source: Box::new(Said::by(&error)),
                })?,
                None if bytes.len() as u64 == expected => return Ok(bytes.freeze()),
                None => return Err(byte_count(object, expected, bytes.len())),
            };
            let found = bytes.len() + chunk.len();
            if found as u64 > expected {
                return Err(byte_count(object, expected, found));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

fn byte_count(object: &LogObject, expected: u64, found: usize) -> SourceError {
    SourceError::ByteCount {
        key: object.key.clone(),
        expected,
        found: found as u64,
    }
}

fn timed_out(object: &LogObject, what: &str, after: std::time::Duration) -> SourceError {
    SourceError::TimedOut {
        key: object.key.clone(),
        source: format!("timed out: waited {after:?} for {what}").into(),
    }
}

/// Whether the answer is one to this question: the version listed, and the range asked for.
fn check_head(
    object: &LogObject,
    range: Option<&Range<u64>>,
    answer: &GetObjectOutput,
    status: u16,
) -> Result<(), SourceError> {
    let plain = |etag: &str| etag.trim_start_matches("W/").trim_matches('"').to_owned();
    let found = answer.e_tag().map(plain).unwrap_or_default();
    // A store may list without marks, or answer without.
    if !found.is_empty() && !object.etag.is_empty() && found != plain(&object.etag) {
        return Err(SourceError::Changed {
            key: object.key.clone(),
        });
    }
    let Some(range) = range else {
        return Ok(());
    };
    let asked = format!("bytes {}-{}", range.start, range.end - 1);
    let found = answer.content_range().unwrap_or("no range");
    let (bytes, total) = found.split_once('/').unwrap_or((found, ""));
    let is_total = total == "*" || total.parse() == Ok(object.size_bytes);
    if status == 206 && bytes == asked && is_total {
        return Ok(());
    }
    Err(SourceError::Range {
        key: object.key.clone(),
        asked: format!("{asked}/{}", object.size_bytes),
        found: Said::text(&format!("{found} (HTTP {status})")).to_string(),
    })
}
