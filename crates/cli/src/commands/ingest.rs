//! `edgeledger ingest`.

use std::{sync::Arc, time::Instant};

use edgeledger_ingest::Settings;

use crate::{
    access,
    args::{Global, Ingest},
    config::Config,
    exit::{Exit, UsageError},
    progress::{Progress, now_us, say_summary},
};

pub(crate) async fn run(args: Ingest, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &args.sources)?;
    let specs = if args.sources.is_empty() {
        config.sources.clone()
    } else {
        args.sources
    };
    if specs.is_empty() {
        let error = UsageError::new("no logs are named");
        return Err(error
            .with_hint(
                "give a folder, a file or s3://bucket/prefix, or set `sources` in edgeledger.toml",
            )
            .into());
    }
    let started = Instant::now();
    let aws = Arc::new(config.aws());
    let sources = access::sources(&specs, &aws).await?;
    let storage = access::storage(&config.lake(&args.lake), &aws).await?;
    let settings = Settings {
        threads: args.threads,
        max_reject_ratio: args.max_reject_ratio,
        since: args.since,
        until: args.until,
        retry_quarantined: args.retry_quarantined,
        ..Settings::default()
    };
    let progress = Progress::new(global);
    let summary = edgeledger_ingest::run(&sources, storage, &settings, now_us, &|event| {
        progress.on(&event);
    })
    .await?;
    progress.finish();
    say_summary(&summary, started.elapsed(), global);
    Ok(if summary.is_complete() {
        Exit::Ok
    } else {
        Exit::Incomplete
    })
}
