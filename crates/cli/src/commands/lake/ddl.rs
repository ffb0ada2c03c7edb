//! `edgeledger lake ddl`.

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use edgeledger_lake::Lake;

use super::storage;
use crate::{
    args::Global,
    config::Config,
    ddl::{self, Place},
    ddl_args::{Ddl, Engine},
    exit::{Exit, UsageError},
    stdout::Stdout,
};

pub(super) async fn run(args: Ddl, global: &Global) -> anyhow::Result<Exit> {
    if args.files && args.engine != Engine::Duckdb {
        let error = UsageError::new("--files is for --engine duckdb");
        return Err(error
            .with_hint("leave it out: the other engines read the Delta table itself")
            .into());
    }
    let config = Config::load(global, &[])?;
    let location = config.lake(&args.lake);
    let is_s3 = location.starts_with("s3://");
    // A folder is looked into at once; an answer about S3 needs no access to it.
    let files = if args.files || !is_s3 {
        let lake = Lake::open(storage(&args.lake, &config).await?).await?;
        args.files.then(|| lake.live_files()).transpose()?
    } else {
        None
    };
    let place = if is_s3 {
        Place::S3(location.trim_end_matches('/').to_owned())
    } else {
        Place::Folder(absolute(&location)?)
    };
    let text = ddl::text(args.engine, &place, &args.database, files.as_ref())?;
    Stdout::new().write_all(text.as_bytes())?;
    Ok(Exit::Ok)
}

/// Other engines run in other folders.
fn absolute(location: &str) -> anyhow::Result<String> {
    let path = fs::canonicalize(Path::new(location))
        .with_context(|| format!("cannot find the folder `{location}`"))?;
    match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(UsageError::new("the lake's folder has a name that is no Unicode").into()),
    }
}
