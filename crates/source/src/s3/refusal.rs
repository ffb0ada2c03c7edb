//! What a failed request means: for one object, or for all of a bucket.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::{SourceError, error::Said};

/// Codes that any other object would get as well.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const OF_THE_BUCKET: [&str; 22] = [
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidBucketName",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidToken",
    "MissingSecurityHeader",
    "NoSuchAccessPoint",
    "NoSuchBucket",
    "NotSignedUp",
    "PermanentRedirect",
    "Redirect",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TemporaryRedirect",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Why an object could not be had.
pub(super) fn of_object<E, R>(error: &SdkError<E, R>, status: u16, key: &str) -> SourceError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let key = key.to_owned();
    let source = Box::new(describe(error));
    if is_credentials(error) {
        return SourceError::Credentials { source };
    }
    if is_timeout(error) {
        return SourceError::TimedOut { key, source };
    }
    if OF_THE_BUCKET.contains(&code) {
        let bucket = key.trim_start_matches("s3://").split('/').next();
        let bucket = bucket.unwrap_or_default().to_owned();
        return SourceError::Access { bucket, source };
    }
    match status {
        404 => SourceError::Vanished { key },
        // A range behind the end: the object is shorter than it was.
        412 | 416 => SourceError::Changed { key },
        _ => SourceError::Fetch { key, source },
    }
}

/// Why a bucket could not be listed.
pub(super) fn of_listing<E, R>(error: &SdkError<E, R>, bucket: &str, prefix: &str) -> SourceError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let source = Box::new(describe(error));
    if is_credentials(error) {
        return SourceError::Credentials { source };
    }
    SourceError::List {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        source,
    }
}

fn is_timeout<E, R>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    }
}

fn is_credentials<E, R>(error: &SdkError<E, R>) -> bool
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = at {
        if cause.is::<CredentialsError>() {
            return true;
        }
        at = cause.source();
    }
    false
}

/// The SDK's top-level text is only "service error": what S3 sent, or else the causes, say more.
fn describe<E, R>(error: &SdkError<E, R>) -> Said
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    if !code.is_empty() || !message.is_empty() {
        return Said::text(&format!("S3 answered `{code}`: {message}"));
    }
    if is_timeout(error) {
        let cause = error.source().map(ToString::to_string);
        return Said::text(&format!("timed out: {}", cause.unwrap_or_default()));
    }
    error.source().map_or_else(|| Said::by(error), Said::by)
}
