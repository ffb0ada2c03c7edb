//! `edgeledger lake repair`.

use edgeledger_lake::{Repair, RepairKind, repair};
use edgeledger_report::format_count;

use super::{Talk, confirmed, lines, storage};
use crate::{
    args::Global,
    config::Config,
    exit::Exit,
    lake_args, output,
    progress::{now_us, say},
};

pub(super) async fn run(args: lake_args::Repair, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &[])?;
    let storage = storage(&args.lake, &config).await?;
    let talk = Talk::new(global);
    let listener = |event| talk.on(event);
    if args.dry_run || !args.yes {
        let planned = repair(storage.clone(), true, &now_us, &listener).await?;
        talk.finish();
        if planned.is_empty() {
            say("nothing to repair");
            return Ok(Exit::Ok);
        }
        if args.dry_run {
            output::write_batch(&table(&planned)?, args.format)?;
            say("nothing was changed");
            return Ok(Exit::Ok);
        }
        let n = format_count(i64::try_from(planned.len()).unwrap_or(i64::MAX));
        if !confirmed(&format!("Repair {n} things?"), args.yes)? {
            say("nothing was changed");
            return Ok(Exit::Ok);
        }
    }
    let done = repair(storage, false, &now_us, &listener).await?;
    talk.finish();
    output::write_batch(&table(&done)?, args.format)?;
    if !global.quiet {
        say(verdict(&done));
    }
    Ok(Exit::Ok)
}

fn verdict(done: &[Repair]) -> &'static str {
    let read_again = done
        .iter()
        .any(|repair| repair.kind == RepairKind::RowsTakenOut);
    match (done.is_empty(), read_again) {
        (true, _) => "nothing to repair",
        (false, false) => "repaired; `edgeledger lake verify` checks it",
        (false, true) => {
            "repaired; objects whose rows were lost are out of the lake until \
             `edgeledger ingest --full` reads them again"
        }
    }
}

fn table(done: &[Repair]) -> anyhow::Result<arrow::array::RecordBatch> {
    let rows = done
        .iter()
        .map(|repair| {
            [
                repair.kind.as_str().to_owned(),
                repair.what.clone(),
                repair.detail.clone(),
            ]
        })
        .collect();
    lines(["kind", "what", "detail"], rows)
}
