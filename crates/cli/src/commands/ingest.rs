//! `edgeledger ingest`.

use std::{sync::Arc, time::Instant};

use edgeledger_ingest::{Settings, Stop};

use crate::{
    access,
    args::{Global, Ingest},
    config::Config,
    exit::{Exit, UsageError},
    progress::{Progress, now_us, say_summary},
};

pub(crate) async fn run(args: Ingest, global: &Global, stop: &Stop) -> anyhow::Result<Exit> {
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
        full: args.full,
        look_back_days: args.look_back,
        retry_quarantined: args.retry_quarantined,
        replace_changed: args.replace_changed,
        privacy: config.privacy(&args.privacy)?,
        ..Settings::default()
    };
    if let Some(deadline) = args.deadline {
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(deadline).await;
            stop.request();
        });
    }
    let progress = Progress::new(global);
    let emit = |event| progress.on(&event);
    let ended = edgeledger_ingest::run(&sources, storage, &settings, now_us, stop, &emit).await;
    progress.finish();
    let summary = match ended {
        Ok(summary) => summary,
        Err(failed) => {
            say_summary(&failed.summary, started.elapsed(), global);
            progress.say_stages();
            return Err(failed.error.into());
        }
    };
    say_summary(&summary, started.elapsed(), global);
    progress.say_stages();
    Ok(match summary.is_complete() {
        _ if summary.bugs > 0 => Exit::Bug,
        true => Exit::Ok,
        false => Exit::Incomplete,
    })
}
