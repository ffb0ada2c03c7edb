//! Buckets, through the AWS SDK.

mod get;
mod list;
mod refusal;

use aws_sdk_s3::{
    Client,
    config::{Builder, Region, StalledStreamProtectionConfig},
    types::RequestPayer,
};

use crate::{
    Aws, Content, Limits, LogObject, SourceError, aws::S3Access, limits::retry_partition,
    parts::Parts,
};

/// A bucket and a key prefix.
#[derive(Debug, Clone)]
pub struct S3Source {
    client: Client,
    bucket: String,
    prefix: String,
    request_payer: Option<RequestPayer>,
    limits: Limits,
}

impl S3Source {
    pub(crate) fn address(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

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
        let limits = Limits {
            max_attempts: aws.max_attempts().await?.max(1),
            part_bytes: aws.limits().part_bytes.max(1),
            ..aws.limits()
        };
        let mut config = Builder::from(aws.sdk_config().await)
            .retry_config(limits.retries(limits.max_attempts))
            .retry_partition(retry_partition())
            .timeout_config(limits.timeouts())
            // The limits see to that, by their own measure.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_region(region.map(Region::new));
        // Other servers than AWS's own seldom answer to bucket host names.
        config.set_force_path_style(Some(endpoint_url.is_some()));
        config.set_endpoint_url(endpoint_url);
        Ok(Self {
            client: Client::from_conf(config.build()),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            request_payer: aws.requester_pays().then_some(RequestPayer::Requester),
            limits,
        })
    }

    /// Size of the parts of large objects.
    pub(crate) fn part_bytes(&self) -> u64 {
        self.limits.part_bytes
    }

    pub(crate) async fn fetch(&self, object: &LogObject) -> Result<Content, SourceError> {
        if object.size_bytes > self.part_bytes() {
            let parts = Parts::start(self, object).await?;
            return Ok(Content::from_parts(object, parts));
        }
        let bytes = self.get(object, None).await?;
        Ok(Content::from_bytes(object, bytes))
    }
}
