//! `edgeledger reconcile`: AWS's bill beside the logs.

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use edgeledger_bill::{Bill, BillError};
use edgeledger_rates::Month;
use edgeledger_report::escape_terminal;

use crate::{
    access,
    args::{Global, Reconcile, SqlFormat},
    config::Config,
    exit::{Exit, UsageError},
    output,
    progress::say,
    stdout::Stdout,
};

const COMPARISON: &str = "SELECT usage_type, found_in, unit, bill_quantity, our_quantity, \
    quantity_difference, quantity_ratio, bill_free_quantity, bill_usd, our_usd, usd_difference \
    FROM bill_comparison WHERE month = $month ORDER BY usage_type";

pub(crate) async fn run(args: Reconcile, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &args.data.logs)?;
    let (paths, month) = split(args.bill)?;
    let bill = read_bill(&paths).await?;
    let month = month_of(&bill, month)?;
    let opened = access::open(&args.data, &config, global).await?;
    let session = opened.session(&config).await?;
    session.add_bill(bill.table()?).await?;
    let compared = edgeledger_report::reconcile(&session, month, args.tolerance).await?;
    if args.format == SqlFormat::Table {
        let text = compared.to_text();
        Stdout::new().write_all(text.as_bytes())?;
    } else {
        let month = month.to_string();
        let params = [("month", month.as_str())];
        output::run_query(&session, COMPARISON, &params, None, args.format).await?;
        if !global.quiet {
            for finding in &compared.findings {
                say(&escape_terminal(&finding.text));
            }
        }
    }
    let is_complete = opened
        .ingested
        .as_ref()
        .is_none_or(edgeledger_ingest::Summary::is_complete);
    Ok(match (compared.is_within(), is_complete) {
        (false, _) => Exit::CheckFailed,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Ok,
    })
}

/// The paths, and the month if the last word is one and no path.
fn split(mut words: Vec<PathBuf>) -> anyhow::Result<(Vec<PathBuf>, Option<Month>)> {
    let last = words.last().filter(|word| !word.exists());
    let month = last
        .and_then(|word| word.to_str())
        .and_then(|word| word.parse::<Month>().ok());
    if month.is_some() {
        words.pop();
    }
    if words.is_empty() {
        let error = UsageError::new("no bill was named");
        return Err(error.with_hint("edgeledger reconcile BILL… [MONTH]").into());
    }
    Ok((words, month))
}

/// Reads a bill off the runtime's workers.
pub(crate) async fn read_bill(paths: &[PathBuf]) -> anyhow::Result<Bill> {
    let paths = paths.to_vec();
    let read = tokio::task::spawn_blocking(move || edgeledger_bill::read(&paths)).await;
    read.context("reading the bill broke off")?
        .map_err(|error| match error {
            // What is wrong is the file, not the program.
            BillError::Table(_) => anyhow::Error::new(error),
            error => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
                UsageError::new(format!("{error}{cause}")).into()
            }
        })
}

/// The month that was asked for, else the bill's only one.
fn month_of(bill: &Bill, wanted: Option<Month>) -> anyhow::Result<Month> {
    let months: Vec<&str> = bill.months().collect();
    let held = months.join(", ");
    match (wanted, months.as_slice()) {
        (_, []) => Err(UsageError::new("the bill holds no line of CloudFront's").into()),
        (Some(month), months) if months.contains(&month.to_string().as_str()) => Ok(month),
        (Some(month), _) => {
            let error = UsageError::new(format!("the bill holds no line of {month}"));
            Err(error.with_hint(format!("it holds {held}")).into())
        }
        (None, [month]) => Ok(month.parse::<Month>()?),
        (None, _) => {
            let error = UsageError::new(format!("the bill holds several months: {held}"));
            Err(error.with_hint("name one as the last word").into())
        }
    }
}
