//! AWS's own credential, region and endpoint chain, loaded once and only when S3 is touched.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_types::service_config::ServiceConfigKey;
use tokio::sync::OnceCell;

use crate::{Limits, SourceError};

/// What a user may set beyond AWS's own variables and profiles.
#[derive(Debug, Clone, Default)]
pub struct AwsSettings {
    /// Named profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Region; otherwise AWS's chain decides.
    pub region: Option<String>,
    /// Endpoint of an S3-compatible server; otherwise AWS's chain decides.
    pub endpoint_url: Option<String>,
    /// Pay for requests to buckets that ask for it.
    pub requester_pays: bool,
    /// Credentials to use instead of AWS's chain.
    pub credentials: Option<Credentials>,
    /// Time limits and retries of requests to S3.
    pub limits: Limits,
}

/// The chain, loaded on first use.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    config: OnceCell<SdkConfig>,
}

/// Region and endpoint that the chain gives for S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Access {
    /// Region, `us-east-1` where only an endpoint is known.
    pub region: Option<String>,
    /// Endpoint other than AWS's own; implies path-style addresses.
    pub endpoint_url: Option<String>,
}

/// One set of credentials, good for now: ask again rather than keep it.
#[derive(Clone)]
pub struct Credentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token of temporary credentials.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Aws {
    /// Keeps the settings; reads nothing yet.
    pub fn new(settings: AwsSettings) -> Self {
        Self {
            settings,
            config: OnceCell::new(),
        }
    }

    /// Whether requests say that the requester pays.
    pub fn requester_pays(&self) -> bool {
        self.settings.requester_pays
    }

    pub(crate) async fn sdk_config(&self) -> &SdkConfig {
        self.config
            .get_or_init(|| async {
                // With retries given, AWS's own settings of them cannot make the loader panic.
                let mut loader = aws_config::defaults(BehaviorVersion::latest())
                    .retry_config(RetryConfig::standard());
                if let Some(profile) = &self.settings.profile {
                    loader = loader.profile_name(profile);
                }
                if let Some(region) = &self.settings.region {
                    loader = loader.region(Region::new(region.clone()));
                }
                if let Some(endpoint_url) = &self.settings.endpoint_url {
                    loader = loader.endpoint_url(endpoint_url);
                }
                if let Some(own) = self.settings.credentials.clone() {
                    let (id, secret) = (own.access_key_id, own.secret_access_key);
                    let token = own.session_token;
                    loader = loader.credentials_provider(aws_credential_types::Credentials::new(
                        id, secret, token, None, "settings",
                    ));
                }
                loader.load().await
            })
            .await
    }

    /// Region and endpoint for S3, flags before AWS's variables and profiles.
    pub async fn s3_access(&self) -> S3Access {
        let config = self.sdk_config().await;
        let endpoint_url = self.settings.endpoint_url.clone();
        let endpoint_url = endpoint_url
            .or_else(|| setting(config, "AWS_ENDPOINT_URL", "endpoint_url"))
            .or_else(|| config.endpoint_url().map(str::to_owned));
        let region = config.region().map(ToString::to_string);
        let region = region.or_else(|| endpoint_url.as_ref().map(|_| "us-east-1".to_owned()));
        S3Access {
            region,
            endpoint_url,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.settings.limits
    }

    /// Attempts a request: AWS's variables and profiles before the limits.
    pub(crate) async fn max_attempts(&self) -> Result<u32, SourceError> {
        const NAME: &str = "AWS_MAX_ATTEMPTS";
        match setting(self.sdk_config().await, NAME, "max_attempts") {
            None => Ok(self.settings.limits.max_attempts),
            Some(value) => match value.parse() {
                Ok(attempts @ 1..) => Ok(attempts),
                _ => Err(SourceError::Setting {
                    name: NAME,
                    value,
                    wanted: "a number from 1 on",
                }),
            },
        }
    }

    /// Credentials that are valid now, asked of the chain anew: keep them for a short while only.
    ///
    /// # Errors
    /// When no provider of the chain has any.
    pub async fn credentials(&self) -> Result<Credentials, SourceError> {
        let no_provider = || SourceError::Credentials {
            source: "no credentials provider".into(),
        };
        let provider = self
            .sdk_config()
            .await
            .credentials_provider()
            .ok_or_else(no_provider)?;
        let credentials =
            provider
                .provide_credentials()
                .await
                .map_err(|error| SourceError::Credentials {
                    source: Box::new(error),
                })?;
        Ok(Credentials {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
        })
    }
}

/// A setting of S3 in AWS's variables and profiles.
fn setting(config: &SdkConfig, env: &str, profile: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env(env)
        .profile(profile)
        .build()
        .ok()?;
    config.service_config()?.load_config(key)
}
