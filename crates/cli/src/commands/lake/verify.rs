//! `edgeledger lake verify`.

use std::sync::Arc;

use edgeledger_lake::{Difference, Listed, Severity, verify};
use edgeledger_report::format_count;

use super::{Talk, lines, storage};
use crate::{
    access, args::Global, config::Config, exit::Exit, lake_args::Verify, output, progress::say,
};

pub(super) async fn run(args: Verify, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &args.sources)?;
    let aws = Arc::new(config.aws());
    let mut listings = Vec::new();
    for source in access::sources(&args.sources, &aws).await? {
        let objects = source.list(&[]).await?.objects.into_iter();
        let listed = objects.map(|object| Listed {
            size_bytes: i64::try_from(object.size_bytes).unwrap_or(i64::MAX),
            key: object.key,
            etag: object.etag,
        });
        listings.push(listed.collect());
    }
    let storage = storage(&args.lake, &config).await?;
    let talk = Talk::new(global);
    let found = verify(storage, &listings, args.quick, &|event| talk.on(event)).await?;
    talk.finish();
    let rows = found
        .iter()
        .map(|difference| {
            [
                difference.kind.as_str().to_owned(),
                difference.what.clone(),
                difference.detail.clone(),
            ]
        })
        .collect();
    output::write_batch(&lines(["kind", "what", "detail"], rows)?, args.format)?;
    let (exit, verdict) = verdict(&found, args.quick);
    if !global.quiet {
        say(&verdict);
    }
    Ok(exit)
}

fn verdict(found: &[Difference], quick: bool) -> (Exit, String) {
    let count = |severity| {
        let n = found
            .iter()
            .filter(|difference| difference.kind.severity() == severity)
            .count();
        (n > 0).then(|| format_count(i64::try_from(n).unwrap_or(i64::MAX)))
    };
    if let Some(n) = count(Severity::Damage) {
        let text = format!(
            "the lake is damaged: {n} differences; `edgeledger lake repair --dry-run` says what \
             can be rebuilt"
        );
        return (Exit::Lake, text);
    }
    if let Some(n) = count(Severity::Source) {
        let text = format!(
            "the lake is whole, but {n} objects of the source are not in it as listed; run \
             `edgeledger ingest`"
        );
        return (Exit::Incomplete, text);
    }
    let how = if quick {
        "sizes, footers and rows agree (--quick leaves out the bytes)"
    } else {
        "every byte and row is as it was written"
    };
    (Exit::Ok, format!("the lake is whole: {how}"))
}
