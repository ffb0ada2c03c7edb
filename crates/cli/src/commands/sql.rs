//! `edgeledger sql`.

use std::{
    fs,
    io::{IsTerminal, Read},
};

use anyhow::Context;
use edgeledger_report::escape_terminal;

use crate::{
    access,
    args::{Global, Sql},
    config::Config,
    exit::Exit,
    output,
    progress::{count, say},
};

pub(crate) async fn run(args: Sql, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &args.data.logs)?;
    let query = query_text(&args, global)?;
    let bill = if args.bill.is_empty() {
        None
    } else {
        Some(super::reconcile::read_bill(&args.bill).await?)
    };
    let opened = access::open_for_queries(&args.data, &config, global, &query).await?;
    let session = opened.session(&config).await?;
    if let Some(bill) = bill {
        session.add_bill(bill.table()?).await?;
    }
    let ran = output::run_query(&session, &query, &[], args.out.as_deref(), args.format).await;
    ran.map_err(|error| opened.cause(error))?;
    let Some(summary) = opened.read_so_far() else {
        return Ok(Exit::Ok);
    };
    if let Some((read, listed)) = opened.objects_read()
        && read < listed
        && !global.quiet
    {
        say(&format!(
            "{} of {} objects read",
            count(read as u64),
            count(listed as u64)
        ));
    }
    let refused = summary.quarantined.iter().chain(&summary.skipped);
    for (key, reason) in refused {
        say(&format!(
            "left out {}: {}",
            escape_terminal(key),
            escape_terminal(reason)
        ));
    }
    Ok(if summary.is_complete() {
        Exit::Ok
    } else {
        Exit::Incomplete
    })
}

fn query_text(args: &Sql, global: &Global) -> anyhow::Result<String> {
    if let Some(query) = &args.query {
        return Ok(query.clone());
    }
    if let Some(path) = &args.file {
        return fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()));
    }
    if std::io::stdin().is_terminal() && !global.quiet {
        say("reading the query from stdin; end it with Ctrl-D");
    }
    let mut query = String::new();
    std::io::stdin()
        .read_to_string(&mut query)
        .context("cannot read the query from stdin")?;
    Ok(query)
}
