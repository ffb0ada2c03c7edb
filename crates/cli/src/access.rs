//! From settings to an opened lake, temporary or not.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use edgeledger_ingest::{Durability, S3Options, Stop, Storage};
use edgeledger_lake::{AwsCredential, Lake, MemoryTables, tables_in_memory};
use edgeledger_query::{CLOUDFRONT, Limits, Session, Tables, asks_rows_alone};
use edgeledger_raw::{ExternalLogs, RawLogs};
use edgeledger_source::{Aws, Source};
use object_store::CredentialProvider;
use tempfile::TempDir;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    args::{DataArgs, Global, PrivacyArgs},
    config::Config,
    exit::UsageError,
    progress::{Progress, now_us},
};

/// Gives the lake's store the credentials of AWS's own chain, fresh each time.
#[derive(Debug)]
struct ChainCredentials {
    aws: Arc<Aws>,
    /// The last answer and when it came: the store asks before each request, the chain may ask a
    /// server.
    last: Mutex<Option<(Instant, Arc<AwsCredential>)>>,
}

/// Secrets that were in use: S3 repeats session tokens in some of its errors, and the lake's store
/// passes these on whole.
static SECRETS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());

/// A text in which no secret in use is left.
pub(crate) fn without_secrets(text: &str) -> String {
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

fn keep_secret(credential: &AwsCredential) {
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    for secret in credential.token.iter().chain([&credential.secret_key]) {
        // A password of a test server may be a word of any message.
        if secret.len() >= 8 && !secrets.contains(secret) {
            secrets.push(secret.clone());
        }
    }
}

/// AWS's chain gives credentials that are good for minutes at least.
const KEEP_CREDENTIALS: Duration = Duration::from_mins(1);

#[async_trait]
impl CredentialProvider for ChainCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut last = self.last.lock().await;
        if let Some((asked, credential)) = last.as_ref()
            && asked.elapsed() < KEEP_CREDENTIALS
        {
            return Ok(Arc::clone(credential));
        }
        let credentials =
            self.aws
                .credentials()
                .await
                .map_err(|error| object_store::Error::Generic {
                    store: "S3",
                    source: Box::new(error),
                })?;
        let credential = Arc::new(AwsCredential {
            key_id: credentials.access_key_id,
            secret_key: credentials.secret_access_key,
            token: credentials.session_token,
        });
        keep_secret(&credential);
        *last = Some((Instant::now(), Arc::clone(&credential)));
        Ok(credential)
    }
}

/// The storage of a lake at `location`: a folder or `s3://bucket/prefix`.
pub(crate) async fn storage(location: &str, aws: &Arc<Aws>) -> anyhow::Result<Storage> {
    if location.starts_with("s3://") {
        let access = aws.s3_access().await;
        let options = S3Options {
            region: access.region,
            endpoint_url: access.endpoint_url,
            credentials: Arc::new(ChainCredentials {
                aws: Arc::clone(aws),
                last: Mutex::default(),
            }),
        };
        return Ok(Storage::s3(location, options)?);
    }
    if let Some((scheme, _)) = location.split_once("://") {
        let error = UsageError::new(format!("a lake cannot be at `{scheme}://`"));
        return Err(error
            .with_hint("give a folder or s3://bucket/prefix")
            .into());
    }
    Ok(Storage::local(Path::new(location), Durability::Synced)?)
}

/// What queries run on; a temporary lake lives as long as this value.
pub(crate) struct Opened {
    data: Data,
    /// What reading `--logs` did, if it was done at once.
    pub(crate) ingested: Option<edgeledger_ingest::Summary>,
    _temporary: Option<TempDir>,
}

enum Data {
    Lake(Box<Lake>),
    Memory(Tables),
    /// Logs that each query reads for itself, and who has rows in them, as far as that matters.
    Raw(Arc<RawLogs>, BTreeSet<String>),
}

impl Opened {
    pub(crate) async fn session(&self, config: &Config) -> anyhow::Result<Session> {
        self.session_within(config, &Limits::default()).await
    }

    pub(crate) async fn session_within(
        &self,
        config: &Config,
        limits: &Limits,
    ) -> anyhow::Result<Session> {
        let (book, settings) = (&config.book, &config.query);
        Ok(match &self.data {
            Data::Lake(lake) => Session::open_within(lake, book, settings, limits).await?,
            Data::Memory(tables) => {
                Session::new_within(tables.clone(), book, settings, limits).await?
            }
            Data::Raw(logs, distributions) => {
                raw_session(logs, distributions.clone(), config, limits).await?
            }
        })
    }

    /// What was read so far of `--logs`, and whether that is all; `None` of a lake.
    pub(crate) fn read_so_far(&self) -> Option<edgeledger_ingest::Summary> {
        match &self.data {
            Data::Raw(logs, _) => Some(logs.summary()),
            Data::Lake(_) | Data::Memory(_) => self.ingested.clone(),
        }
    }

    /// How many objects of how many were read, if queries read them.
    pub(crate) fn objects_read(&self) -> Option<(usize, usize)> {
        match &self.data {
            Data::Raw(logs, _) => Some((logs.n_read(), logs.n_objects())),
            Data::Lake(_) | Data::Memory(_) => None,
        }
    }

    /// Why a query failed: an object that cannot be read is named as it is by every other command.
    pub(crate) fn cause(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.data {
            Data::Raw(logs, _) => logs.unreadable().map_or(error, Into::into),
            Data::Lake(_) | Data::Memory(_) => error,
        }
    }
}

async fn raw_session(
    logs: &Arc<RawLogs>,
    distributions: BTreeSet<String>,
    config: &Config,
    limits: &Limits,
) -> anyhow::Result<Session> {
    let tables = Tables {
        requests: logs.requests(),
        log_files: logs.log_files()?,
    };
    let (book, settings) = (&config.book, &config.query);
    Ok(Session::with_distributions(tables, distributions, book, settings, limits).await?)
}

/// Opens the lake, or `--logs` for queries. Queries for rows read the logs for themselves, and as
/// little of them as they can; so do those that count once. What asks the logs more often gets them
/// read at once, as [`open`] does it.
pub(crate) async fn open_for_queries(
    data: &DataArgs,
    config: &Config,
    global: &Global,
    queries: &str,
) -> anyhow::Result<Opened> {
    if data.logs.is_empty() {
        return open(data, config, global).await;
    }
    let aws = Arc::new(config.aws());
    let sources = sources(&data.logs, &aws).await?;
    let logs = RawLogs::open(sources, settings_for_logs(config)?, now_us()).await?;
    let named = logs.named_distributions();
    let distributions = if asks_rows_alone(queries) {
        // Who has rows is asked by nobody.
        named
    } else {
        let session = raw_session(&logs, named, config, &Limits::default()).await?;
        // Who has rows in an object without a name is only known by reading it, too.
        if session.readings(queries).await > 1 || !logs.are_named() {
            return open(data, config, global).await;
        }
        logs.distributions().await
    };
    Ok(Opened {
        data: Data::Raw(logs, distributions),
        ingested: None,
        _temporary: None,
    })
}

/// Lets a session make tables of logs: `CREATE EXTERNAL TABLE … STORED AS CLOUDFRONT LOCATION '…'`.
/// That reads other places than those it was opened with, so it is for who allowed it.
pub(crate) fn allow_external_tables(
    session: &Session,
    config: &Config,
) -> anyhow::Result<Arc<ExternalLogs>> {
    let aws = Arc::new(config.aws());
    let tables = Arc::new(ExternalLogs::new(aws, settings_for_logs(config)?, now_us()));
    session.allow_external_tables(CLOUDFRONT, Arc::clone(&tables) as _);
    Ok(tables)
}

/// How logs without a lake are read.
fn settings_for_logs(config: &Config) -> anyhow::Result<edgeledger_ingest::Settings> {
    Ok(edgeledger_ingest::Settings {
        privacy: config.privacy(&PrivacyArgs::default())?,
        ..edgeledger_ingest::Settings::default()
    })
}

/// Opens the lake, or reads `--logs`.
pub(crate) async fn open(
    data: &DataArgs,
    config: &Config,
    global: &Global,
) -> anyhow::Result<Opened> {
    let aws = Arc::new(config.aws());
    if data.logs.is_empty() {
        let location = config.lake(&data.lake);
        if !location.starts_with("s3://") && !Path::new(&location).is_dir() {
            return Err(edgeledger_lake::LakeError::NotFound { location }.into());
        }
        let lake = Lake::open(storage(&location, &aws).await?).await?;
        return Ok(Opened {
            data: Data::Lake(Box::new(lake)),
            ingested: None,
            _temporary: None,
        });
    }
    let sources = sources(&data.logs, &aws).await?;
    let settings = settings_for_logs(config)?;
    let progress = Progress::new(global);
    let emit = |event| progress.on(&event);
    // A few logs are read into memory; what is too large for that goes through a temporary lake.
    if let Some((summary, logs)) =
        edgeledger_ingest::read(&sources, &settings, now_us(), &emit).await?
    {
        progress.finish();
        let MemoryTables {
            requests,
            log_files,
        } = tables_in_memory(
            &edgeledger_ingest::parsed_schema(),
            logs.partitions,
            logs.log_files,
        )?;
        return Ok(Opened {
            data: Data::Memory(Tables {
                requests,
                log_files,
            }),
            ingested: Some(summary),
            _temporary: None,
        });
    }
    let dir = tempfile::Builder::new()
        .prefix("edgeledger-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    let storage = Storage::local(dir.path(), Durability::Temporary)?;
    let stop = Stop::default();
    let ended =
        edgeledger_ingest::run(&sources, storage.clone(), &settings, now_us, &stop, &emit).await;
    progress.finish();
    let summary = ended.map_err(|failed| failed.error)?;
    // A lake may hold a part of what there is; an answer about logs may not.
    if let Some((key, reason)) = summary.failed.first().cloned() {
        return Err(edgeledger_ingest::IngestError::Unreadable { key, reason }.into());
    }
    let lake = Lake::open(storage).await?;
    Ok(Opened {
        data: Data::Lake(Box::new(lake)),
        ingested: Some(summary),
        _temporary: Some(dir),
    })
}

pub(crate) async fn sources(specs: &[String], aws: &Aws) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::with_capacity(specs.len());
    for spec in specs {
        sources.push(Source::open(spec, aws).await?);
    }
    Ok(sources)
}
