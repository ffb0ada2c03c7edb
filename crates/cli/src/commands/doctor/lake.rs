//! The lake: its store, its disk and its state.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use edgeledger_lake::{Lake, LakeError, Storage};
use edgeledger_query::{QueryError, Session};
use edgeledger_report::format_count;
use edgeledger_source::Aws;

use super::{Findings, PATIENCE, in_time, plural, told};
use crate::{access, cells::for_each_row, config::Config, setup_args::Doctor};

/// Under this, an ingest of a day's logs may fail.
const LITTLE_MIB: u64 = 1 << 10;
/// Under this, one surely does.
const NOTHING_MIB: u64 = 64;

const COUNTS: &str = "SELECT count(*), \
    count(*) FILTER (WHERE status = 'quarantined'), count(*) FILTER (WHERE status = 'vanished'), \
    coalesce(sum(rows), 0), coalesce(sum(rejected_rows), 0) FROM log_files";

pub(super) async fn look(
    args: &Doctor,
    location: &str,
    config: &Config,
    aws: &Arc<Aws>,
    has_access: bool,
    findings: &mut Findings,
) {
    const CHECK: &str = "lake";
    if location.starts_with("s3://") {
        if !has_access {
            return findings.skip(CHECK, format!("{location}: there are no credentials"));
        }
        let storage = match access::storage(location, aws).await {
            Ok(storage) => storage,
            Err(error) => {
                let advice = crate::exit::hint(&error).unwrap_or_default();
                return findings.fail(CHECK, told(&error), advice);
            }
        };
        if probe(args, &storage, findings).await {
            state(storage, location, config, findings).await;
        }
        findings.skip("disk", "the lake is in S3");
        return;
    }
    let dir = Path::new(location);
    let is_there = dir.is_dir();
    // A folder that is not there is made in the nearest one that is.
    let parent = dir
        .ancestors()
        .map(|dir| {
            if dir.as_os_str().is_empty() {
                Path::new(".")
            } else {
                dir
            }
        })
        .find(|dir| dir.exists());
    let Some(parent) = parent else {
        return findings.fail(CHECK, format!("{location}: no part of the path exists"), "");
    };
    if args.no_write {
        findings.skip("write", "left out by --no-write");
    } else {
        match tempfile::tempfile_in(parent) {
            Ok(_) => findings.ok(
                "write",
                format!("files can be made in {}", parent.display()),
            ),
            Err(error) => findings.fail(
                "write",
                format!("no file can be made in {}: {error}", parent.display()),
                "look at the folder's permissions, or choose another lake",
            ),
        }
    }
    disk(parent, findings);
    if !is_there {
        return no_lake(location, findings);
    }
    match access::storage(location, aws).await {
        Ok(storage) => state(storage, location, config, findings).await,
        Err(error) => findings.fail(CHECK, told(&error), ""),
    }
}

fn no_lake(location: &str, findings: &mut Findings) {
    findings.warn(
        "lake",
        format!("no lake at {location} yet"),
        "`edgeledger ingest` makes it",
    );
}

/// Whether the store takes commits safely; false when nothing more can be asked of it.
async fn probe(args: &Doctor, storage: &Storage, findings: &mut Findings) -> bool {
    const CHECK: &str = "conditional";
    if args.no_write {
        findings.skip(CHECK, "left out by --no-write");
        return true;
    }
    let probed = tokio::time::timeout(PATIENCE, storage.probe_conditional_put()).await;
    let error = match probed {
        Ok(Ok(())) => {
            findings.ok(
                CHECK,
                "the lake's store can be written and honours If-None-Match",
            );
            return true;
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let found = format!("no answer within {} seconds", PATIENCE.as_secs());
            findings.fail(
                CHECK,
                found,
                "look at the address, the region and the network",
            );
            return false;
        }
    };
    let (advice, goes_on) = match &error {
        LakeError::UnsafeStore { .. } => ("choose another store for the lake", true),
        LakeError::Location { .. } => ("make the bucket, or look at its name", false),
        _ => (
            "allow s3:PutObject and s3:DeleteObject below the lake; look at region and network",
            true,
        ),
    };
    findings.fail(CHECK, told(&error.into()), advice);
    goes_on
}

/// What the lake holds, and what needs attention.
async fn state(storage: Storage, location: &str, config: &Config, findings: &mut Findings) {
    const CHECK: &str = "lake";
    let opened = tokio::time::timeout(PATIENCE, Lake::open(storage)).await;
    let lake = match opened {
        Ok(Ok(lake)) => lake,
        Ok(Err(LakeError::NotFound { .. })) => return no_lake(location, findings),
        Ok(Err(error)) => {
            let error = error.into();
            let advice = crate::exit::hint(&error).unwrap_or_else(|| {
                "allow s3:ListBucket and s3:GetObject on the lake; look at region and network"
                    .into()
            });
            return findings.fail(CHECK, told(&error), advice);
        }
        Err(_) => {
            let found = format!(
                "{location}: not opened within {} seconds",
                PATIENCE.as_secs()
            );
            return findings.fail(
                CHECK,
                found,
                "look at the address, the region and the network",
            );
        }
    };
    let counts = match in_time(counts(&lake, config)).await {
        Ok(counts) => counts,
        Err(error) => {
            let advice = "`edgeledger lake verify` tells what is wrong";
            return findings.fail(CHECK, format!("{location}: {error}"), advice);
        }
    };
    let at = |at: usize| counts.get(at).copied().unwrap_or_default();
    findings.ok(
        CHECK,
        format!(
            "{location}: {} log objects, {} rows, {} rejected",
            format_count(at(0)),
            format_count(at(3)),
            format_count(at(4))
        ),
    );
    if at(1) + at(2) > 0 {
        findings.warn(
            CHECK,
            format!(
                "{} quarantined, {} vanished: their requests are missing",
                format_count(at(1)),
                format_count(at(2))
            ),
            "`edgeledger lake status` names them, `edgeledger ingest --retry-quarantined` reads \
             them again",
        );
    }
    match lake.unreplayed() {
        0 => findings.ok(CHECK, "no commit is left to be replayed"),
        n => findings.warn(
            CHECK,
            format!(
                "{} left to be replayed: a run ended early",
                plural(n, "commit")
            ),
            "queries see them; the next `edgeledger ingest` brings them into log_files",
        ),
    }
}

async fn counts(lake: &Lake, config: &Config) -> anyhow::Result<Vec<i64>> {
    let session = Session::open(lake, &config.book, &config.query).await?;
    let frame = session.plan_with(COUNTS, &[]).await?;
    let batches = frame.collect().await.map_err(QueryError::Failed)?;
    let mut counts = Vec::new();
    for batch in &batches {
        for_each_row(batch, |cells| {
            for cell in cells {
                let cell = cell.unwrap_or_default();
                counts.push(cell.parse().context("a count is no number")?);
            }
            Ok(())
        })?;
    }
    Ok(counts)
}

/// Room on the disk that the lake is on.
fn disk(dir: &Path, findings: &mut Findings) {
    const CHECK: &str = "disk";
    let Some(free_mib) = free_mib(dir) else {
        return findings.skip(CHECK, "this system does not tell the room on its disks");
    };
    let found = format!(
        "{} MiB free for the lake",
        format_count(i64::try_from(free_mib).unwrap_or(i64::MAX))
    );
    match free_mib {
        0..NOTHING_MIB => findings.fail(CHECK, found, "make room, or choose another disk"),
        NOTHING_MIB..LITTLE_MIB => findings.warn(CHECK, found, "make room before the next ingest"),
        _ => findings.ok(CHECK, found),
    }
}

#[cfg(unix)]
fn free_mib(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize) >> 20)
}

#[cfg(not(unix))]
fn free_mib(_: &Path) -> Option<u64> {
    None
}
