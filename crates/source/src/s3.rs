//! Buckets, through the AWS SDK.

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
    types::RequestPayer,
};

use crate::{Aws, Content, Listing, LogObject, SourceError, aws::S3Access, may_be_log};

/// A bucket and a key prefix.
#[derive(Debug, Clone)]
pub struct S3Source {
    client: Client,
    bucket: String,
    prefix: String,
    request_payer: Option<RequestPayer>,
}

impl S3Source {
    pub(crate) async fn open(spec: &str, rest: &str, aws: &Aws) -> Result<Self, SourceError> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(SourceError::NoBucket {
                spec: spec.to_owned(),
            });
        }
        let S3Access {
            region,
            endpoint_url,
        } = aws.s3_access().await;
        let mut config = aws_sdk_s3::config::Builder::from(aws.sdk_config().await);
        config.set_region(region.map(aws_sdk_s3::config::Region::new));
        // Other servers than AWS's own seldom answer to bucket host names.
        config.set_force_path_style(Some(endpoint_url.is_some()));
        config.set_endpoint_url(endpoint_url);
        Ok(Self {
            client: Client::from_conf(config.build()),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            request_payer: aws.requester_pays().then_some(RequestPayer::Requester),
        })
    }

    pub(crate) async fn list(&self) -> Result<Listing, SourceError> {
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| SourceError::List {
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            source,
        };
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(&self.prefix)
            .set_request_payer(self.request_payer.clone())
            .into_paginator()
            .send();
        let mut listing = Listing::default();
        while let Some(page) = pages.next().await {
            for object in page.map_err(|error| fail(describe(error)))?.contents() {
                let Some(key) = object.key() else {
                    return Err(fail("the listing holds an object without a key".into()));
                };
                let address = format!("s3://{}/{key}", self.bucket);
                if !may_be_log(key.rsplit('/').next().unwrap_or(key)) {
                    listing.ignored.push(address);
                    continue;
                }
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                let Some(size_bytes) = size else {
                    return Err(fail(
                        format!("the listing gives no size for `{key}`").into(),
                    ));
                };
                let etag = object.e_tag().unwrap_or_default().to_owned();
                listing.objects.push(LogObject {
                    key: address,
                    size_bytes,
                    etag,
                });
            }
        }
        listing.objects.sort();
        Ok(listing)
    }

    /// Fetches whole objects. The SDK retries requests; a body that breaks off is asked for again
    /// here, from its start, so that no byte can come twice.
    pub(crate) async fn fetch(&self, object: &LogObject) -> Result<Content, SourceError> {
        const ATTEMPTS: usize = 4;
        let mut last = self.fetch_once(object).await;
        for _ in 1..ATTEMPTS {
            match &last {
                Err(SourceError::Body { .. } | SourceError::ByteCount { .. }) => {
                    last = self.fetch_once(object).await;
                }
                _ => break,
            }
        }
        last
    }

    async fn fetch_once(&self, object: &LogObject) -> Result<Content, SourceError> {
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| SourceError::Fetch {
            key: object.key.clone(),
            source,
        };
        let mine = object
            .key
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'));
        let Some((bucket, key)) = mine else {
            return Err(fail("not an address in S3".into()));
        };
        let etag = (!object.etag.is_empty()).then(|| object.etag.clone());
        let response = self
            .client
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_if_match(etag)
            .set_request_payer(self.request_payer.clone())
            .send()
            .await;
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                return Err(match status(&error) {
                    Some(404) => SourceError::Vanished {
                        key: object.key.clone(),
                    },
                    Some(412) => SourceError::Changed {
                        key: object.key.clone(),
                    },
                    _ => fail(describe(error)),
                });
            }
        };
        let body = response
            .body
            .collect()
            .await
            .map_err(|error| SourceError::Body {
                key: object.key.clone(),
                source: Box::new(error),
            })?;
        let bytes = body.into_bytes();
        let found = bytes.len() as u64;
        if found != object.size_bytes {
            let (key, expected) = (object.key.clone(), object.size_bytes);
            return Err(SourceError::ByteCount {
                key,
                expected,
                found,
            });
        }
        Ok(Content::from(bytes))
    }
}

fn status(error: &SdkError<GetObjectError>) -> Option<u16> {
    error
        .raw_response()
        .map(|response| response.status().as_u16())
}

/// The SDK's top-level text is only "service error": put the code and message S3 sent before it.
fn describe<E>(error: SdkError<E>) -> Box<dyn std::error::Error + Send + Sync>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    if code.is_empty() && message.is_empty() {
        return error.into_source().unwrap_or_else(|error| Box::new(error));
    }
    format!("S3 answered `{code}`: {message}").into()
}
