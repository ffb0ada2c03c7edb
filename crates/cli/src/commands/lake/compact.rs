//! `edgeledger lake compact`.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};
use edgeledger_lake::{CompactOptions, Compacted, Lake};
use edgeledger_report::format_count;

use super::{Talk, storage};
use crate::{
    args::Global,
    config::Config,
    exit::Exit,
    lake_args::Compact,
    output,
    progress::{now_us, say},
};

pub(super) async fn run(args: Compact, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &[])?;
    let mut lake = Lake::open(storage(&args.lake, &config).await?).await?;
    let options = CompactOptions {
        target_bytes: args.target_mib << 20,
        distribution: args.distribution,
        dry_run: args.dry_run,
    };
    let talk = Talk::new(global);
    let done = lake
        .compact(&options, &now_us, &|event| talk.on(event))
        .await?;
    talk.finish();
    output::write_batch(&table(&done)?, args.format)?;
    if !global.quiet {
        say(&verdict(&done, args.dry_run));
    }
    Ok(Exit::Ok)
}

fn verdict(done: &[Compacted], dry_run: bool) -> String {
    let count = |n: usize| format_count(i64::try_from(n).unwrap_or(i64::MAX));
    let before: usize = done.iter().map(|part| part.files_before).sum();
    let after: usize = done.iter().map(|part| part.files_after).sum();
    match (done.is_empty(), dry_run) {
        (true, _) => "nothing to compact".to_owned(),
        (false, true) => format!(
            "{} files would become about {}; nothing was changed",
            count(before),
            count(after)
        ),
        (false, false) => format!(
            "{} files became {}; `edgeledger lake vacuum` deletes the old ones after its grace",
            count(before),
            count(after)
        ),
    }
}

fn table(done: &[Compacted]) -> anyhow::Result<RecordBatch> {
    let text = |get: fn(&Compacted) -> Option<String>| -> ArrayRef {
        Arc::new(done.iter().map(get).collect::<StringArray>())
    };
    let int = |get: fn(&Compacted) -> Option<u64>| -> ArrayRef {
        let cell = |part| get(part).map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        Arc::new(done.iter().map(cell).collect::<Int64Array>())
    };
    let columns = [
        (
            "table",
            text(|part| {
                let name = if part.partition.is_some() {
                    "requests"
                } else {
                    "log_files"
                };
                Some(name.to_owned())
            }),
        ),
        (
            "distribution",
            text(|part| Some(part.partition.as_ref()?.distribution.clone())),
        ),
        ("date", text(|part| Some(part.partition.as_ref()?.date()))),
        ("files_before", int(|part| Some(part.files_before as u64))),
        ("files_after", int(|part| Some(part.files_after as u64))),
        ("bytes_before", int(|part| Some(part.bytes_before))),
        ("bytes_after", int(|part| part.bytes_after)),
        ("rows", int(|part| u64::try_from(part.rows).ok())),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| {
            let text = *column.data_type() == DataType::Utf8;
            let data_type = if text {
                DataType::Utf8
            } else {
                DataType::Int64
            };
            Field::new(*name, data_type, true)
        })
        .collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}
