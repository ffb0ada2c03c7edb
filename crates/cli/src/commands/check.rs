//! `edgeledger check`: rules over logs, for CI.

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use arrow::array::{Array, AsArray};
use edgeledger_query::Session;
use edgeledger_rates::{Decimal, Month};
use edgeledger_report::escape_terminal;
use serde::{Deserialize, Serialize};

use crate::{
    access,
    args::{Check, CheckFormat, DataArgs, Global},
    config::{Config, closest},
    exit::{Exit, UsageError},
    stdout::Stdout,
};

/// The rules file. Decimals are strings, so that `0.8` means exactly that.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rules {
    rejects: Rejects,
    quarantine: Quarantine,
    hit_ratio: Vec<HitRatioRule>,
    cost: Vec<CostRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rejects {
    max_ratio: Decimal,
}

impl Default for Rejects {
    fn default() -> Self {
        Self {
            max_ratio: Decimal::new(1, 2),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Quarantine {
    max_objects: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HitRatioRule {
    distribution: Option<String>,
    min: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CostRule {
    distribution: Option<String>,
    max_usd: Decimal,
}

/// One rule's verdict.
#[derive(Debug, Serialize)]
struct Verdict {
    rule: String,
    month: Option<String>,
    distribution: Option<String>,
    actual: String,
    limit: String,
    passed: bool,
}

pub(crate) async fn run(args: Check, global: &Global) -> anyhow::Result<Exit> {
    let rules = match &args.rules {
        Some(path) => parse(path)?,
        None => Rules::default(),
    };
    let config = Config::load(global, &args.sources)?;
    let data = DataArgs {
        logs: args.sources,
        ..DataArgs::default()
    };
    let opened = access::open(&data, &config, global).await?;
    if opened
        .ingested
        .as_ref()
        .is_some_and(|summary| summary.listed == 0)
    {
        let named = data.logs.join(", ");
        return Err(UsageError::new(format!("there are no log objects in {named}")).into());
    }
    let session = opened.session(&config).await?;
    check_month(&session, args.month).await?;
    let mut verdicts = vec![rejects(&session, &rules.rejects).await?];
    let (quarantined, within) = quarantine(&session, &rules.quarantine).await?;
    verdicts.push(quarantined);
    let names = distribution_names(&session).await?;
    for rule in &rules.hit_ratio {
        verdicts.extend(hit_ratio(&session, rule, args.month, &names).await?);
    }
    for rule in &rules.cost {
        verdicts.extend(cost(&session, rule, args.month, &names).await?);
    }
    write(&verdicts, args.format)?;
    let failed = verdicts
        .iter()
        .any(|verdict| !verdict.passed && verdict.rule != "quarantine");
    Ok(match (failed, within) {
        (true, _) => Exit::CheckFailed,
        (false, false) => Exit::Incomplete,
        (false, true) => Exit::Ok,
    })
}

/// A month that the logs do not hold would let every rule pass.
async fn check_month(session: &Session, month: Option<Month>) -> anyhow::Result<()> {
    let Some(month) = month else { return Ok(()) };
    let found = rows(session, "SELECT month FROM months ORDER BY month").await?;
    let months: Vec<String> = found.iter().filter_map(|row| cell(row, 0)).collect();
    if months.contains(&month.to_string()) {
        return Ok(());
    }
    let error = UsageError::new(format!("there are no requests of {month} in these logs"));
    Err(error
        .with_hint(format!("they hold {}", months.join(", ")))
        .into())
}

fn parse(path: &Path) -> anyhow::Result<Rules> {
    let text = fs::read_to_string(path).map_err(|error| {
        UsageError::new(format!(
            "cannot read the rules `{}`: {error}",
            path.display()
        ))
    })?;
    toml::from_str(&text).map_err(|error| {
        UsageError::new(format!(
            "`{}`: {}",
            path.display(),
            error.to_string().trim_end()
        ))
        .into()
    })
}

/// Rows of a query as text; every rule reads a view this way.
async fn rows(session: &Session, sql: &str) -> anyhow::Result<Vec<Vec<Option<String>>>> {
    let mut rows = Vec::new();
    for batch in session.query(sql).await? {
        let columns = batch
            .columns()
            .iter()
            .map(|column| arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow::array::ArrayRef| {
                let column = column.as_string::<i32>();
                column.is_valid(row).then(|| column.value(row).to_owned())
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    Ok(rows)
}

fn cell(row: &[Option<String>], at: usize) -> Option<String> {
    row.get(at).cloned().flatten()
}

fn decimal(row: &[Option<String>], at: usize) -> anyhow::Result<Option<Decimal>> {
    cell(row, at)
        .map(|text| {
            text.parse()
                .with_context(|| format!("`{text}` is no number"))
        })
        .transpose()
}

async fn rejects(session: &Session, rule: &Rejects) -> anyhow::Result<Verdict> {
    let sql = "SELECT CAST(coalesce(sum(rejected_rows), 0) AS VARCHAR), \
               CAST(coalesce(sum(rows + rejected_rows), 0) AS VARCHAR) FROM log_objects";
    let rows = rows(session, sql).await?;
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    let rejected = decimal(first, 0)?.unwrap_or_default();
    let all = decimal(first, 1)?.unwrap_or_default();
    let ratio = if all.is_zero() {
        Decimal::ZERO
    } else {
        rejected / all
    };
    Ok(Verdict {
        rule: "rejects".to_owned(),
        month: None,
        distribution: None,
        actual: format!("{} ({rejected} of {all} rows)", ratio.round_dp(6)),
        limit: format!("at most {}", rule.max_ratio),
        passed: ratio <= rule.max_ratio,
    })
}

async fn quarantine(session: &Session, rule: &Quarantine) -> anyhow::Result<(Verdict, bool)> {
    let found = rows(
        session,
        "SELECT name, reason FROM log_objects WHERE status IN ('quarantined', 'vanished') ORDER BY key",
    )
    .await?;
    let count = found.len() as u64;
    let named: Vec<String> = found
        .iter()
        .take(5)
        .map(|row| {
            format!(
                "{}: {}",
                cell(row, 0).unwrap_or_default(),
                cell(row, 1).unwrap_or_default()
            )
        })
        .collect();
    let passed = count <= rule.max_objects;
    let verdict = Verdict {
        rule: "quarantine".to_owned(),
        month: None,
        distribution: None,
        actual: if named.is_empty() {
            "0 objects".to_owned()
        } else {
            format!("{count} objects ({})", named.join("; "))
        },
        limit: format!("at most {} objects", rule.max_objects),
        passed,
    };
    Ok((verdict, passed))
}

/// Id and name of every distribution.
async fn distribution_names(session: &Session) -> anyhow::Result<Vec<(String, String)>> {
    let rows = rows(
        session,
        "SELECT distribution, name FROM distributions ORDER BY distribution",
    )
    .await?;
    Ok(rows
        .iter()
        .filter_map(|row| cell(row, 0).zip(cell(row, 1)))
        .collect())
}

/// The id of a distribution named in a rule by name or id.
fn resolve<'a>(wanted: &str, names: &'a [(String, String)]) -> anyhow::Result<&'a str> {
    if let Some((id, _)) = names
        .iter()
        .find(|(id, name)| id == wanted || name == wanted)
    {
        return Ok(id);
    }
    let error = UsageError::new(format!(
        "a rule names the distribution `{wanted}`, which is not in these logs"
    ));
    let all = names
        .iter()
        .flat_map(|(id, name)| [id.as_str(), name.as_str()]);
    Err(match closest(wanted, all) {
        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
        None => error,
    }
    .into())
}

/// `WHERE` for a month; `Month` prints digits and a dash only.
fn of_month(month: Option<Month>) -> String {
    month.map_or_else(|| "true".to_owned(), |month| format!("month = '{month}'"))
}

async fn hit_ratio(
    session: &Session,
    rule: &HitRatioRule,
    month: Option<Month>,
    names: &[(String, String)],
) -> anyhow::Result<Vec<Verdict>> {
    let wanted = rule
        .distribution
        .as_deref()
        .map(|wanted| resolve(wanted, names))
        .transpose()?;
    let sql = match wanted {
        Some(_) => "SELECT month, CAST(request_hit_ratio AS VARCHAR), distribution FROM hit_ratio",
        None => {
            "SELECT month, CAST(request_hit_ratio AS VARCHAR), CAST(NULL AS VARCHAR) FROM headline"
        }
    };
    let sql = format!("{sql} WHERE {} ORDER BY 1, 3", of_month(month));
    let judge = |actual: Option<Decimal>| {
        // Nothing to count is no hit ratio, and no proof of a good one.
        (
            actual.map_or_else(|| "none".to_owned(), |ratio| ratio.to_string()),
            actual.is_some_and(|ratio| ratio >= rule.min),
        )
    };
    verdicts(
        session,
        &sql,
        "hit_ratio",
        wanted,
        rule.distribution.as_deref(),
        &format!("at least {}", rule.min),
        judge,
    )
    .await
}

async fn cost(
    session: &Session,
    rule: &CostRule,
    month: Option<Month>,
    names: &[(String, String)],
) -> anyhow::Result<Vec<Verdict>> {
    let wanted = rule
        .distribution
        .as_deref()
        .map(|wanted| resolve(wanted, names))
        .transpose()?;
    let sql = match wanted {
        Some(_) => "SELECT month, CAST(cloudfront_usd AS VARCHAR), distribution FROM savings",
        None => {
            "SELECT month, CAST(cloudfront_usd AS VARCHAR), CAST(NULL AS VARCHAR) FROM headline"
        }
    };
    let sql = format!("{sql} WHERE {} ORDER BY 1, 3", of_month(month));
    let unpriced = format!(
        "SELECT month FROM unpriced_usage WHERE {} LIMIT 1",
        of_month(month)
    );
    let unpriced = !rows(session, &unpriced).await?.is_empty();
    let judge = |actual: Option<Decimal>| {
        let usd = actual.unwrap_or_default();
        let note = if unpriced {
            " and traffic without prices"
        } else {
            ""
        };
        (format!("${usd}{note}"), usd <= rule.max_usd && !unpriced)
    };
    verdicts(
        session,
        &sql,
        "cost",
        wanted,
        rule.distribution.as_deref(),
        &format!("at most ${}", rule.max_usd),
        judge,
    )
    .await
}

/// One verdict a row `(month, value, distribution)`; the distribution is compared here, never put
/// into SQL text.
async fn verdicts(
    session: &Session,
    sql: &str,
    rule: &str,
    wanted: Option<&str>,
    shown_as: Option<&str>,
    limit: &str,
    judge: impl Fn(Option<Decimal>) -> (String, bool),
) -> anyhow::Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for row in rows(session, sql).await? {
        if wanted.is_some() && cell(&row, 2).as_deref() != wanted {
            continue;
        }
        let (actual, passed) = judge(decimal(&row, 1)?);
        verdicts.push(Verdict {
            rule: rule.to_owned(),
            month: cell(&row, 0),
            distribution: shown_as.map(str::to_owned),
            actual,
            limit: limit.to_owned(),
            passed,
        });
    }
    if verdicts.is_empty() {
        let distribution = shown_as.map(str::to_owned);
        let (rule, limit) = (rule.to_owned(), limit.to_owned());
        let actual = "no data".to_owned();
        verdicts.push(Verdict {
            rule,
            month: None,
            distribution,
            actual,
            limit,
            passed: false,
        });
    }
    Ok(verdicts)
}

fn write(verdicts: &[Verdict], format: CheckFormat) -> anyhow::Result<()> {
    let mut out = Stdout::new();
    match format {
        CheckFormat::Json => writeln!(out, "{}", serde_json::to_string_pretty(verdicts)?)?,
        CheckFormat::Table => {
            for verdict in verdicts {
                let mark = if verdict.passed { "ok  " } else { "FAIL" };
                let of: Vec<&str> = [verdict.distribution.as_deref(), verdict.month.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
                let of = if of.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", of.join(", "))
                };
                let line = format!(
                    "{mark} {}{of}: {}, {}",
                    verdict.rule, verdict.actual, verdict.limit
                );
                writeln!(out, "{}", escape_terminal(&line))?;
            }
        }
    }
    Ok(())
}
