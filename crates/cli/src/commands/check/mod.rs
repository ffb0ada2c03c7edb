//! `edgeledger check`: rules over logs or the lake, for CI.

mod baseline;
mod builtin;
mod coverage;
mod data;
mod drift;
mod file;
mod logs;
mod outcome;
mod own;
mod template;
mod traffic;
mod write;

use std::{env, path::PathBuf};

use crate::{
    access,
    args::{DataArgs, Global},
    check_args::Check,
    commands::check::{
        baseline::Baseline,
        builtin::Tuned,
        data::Data,
        file::Rules,
        outcome::{Outcome, Outcomes, Severity},
        own::Prepared,
    },
    config::Config,
    exit::{Exit, UsageError},
    progress::say,
};

pub(crate) async fn run(args: Check, global: &Global) -> anyhow::Result<Exit> {
    let rules = Rules::load(args.rules.as_deref())?;
    if args.list_rules {
        write::list_rules(&rules)?;
        return Ok(Exit::Ok);
    }
    let baseline_file = baseline_file(&args, &rules)?;
    let baseline = match &baseline_file {
        Some(path) if !args.update_baseline => Some(Baseline::read(path)?),
        _ => None,
    };
    let config = Config::load(global, &args.sources)?;
    let named = args.sources.join(", ");
    let from = DataArgs {
        lake: args.lake,
        logs: args.sources,
    };
    let opened = access::open(&from, &config, global).await?;
    let data = Data::new(opened.session(&config).await?, args.month).await?;
    if data
        .rows("SELECT 1 FROM log_files LIMIT 1", &[])
        .await?
        .is_empty()
    {
        let named = if named.is_empty() { "the lake" } else { &named };
        return Err(UsageError::new(format!("there are no log objects in {named}")).into());
    }
    let mut own = Vec::new();
    for rule in &rules.own {
        own.push(own::prepare(&data, rule).await?);
    }
    if let (true, Some(path)) = (args.update_baseline, baseline_file) {
        return update(&data, &rules, &own, path).await;
    }
    let mut checked = builtins(&data, &rules.builtins, &config, baseline.as_ref()).await?;
    for rule in &own {
        checked.push(rule.check(&data, baseline.as_ref()).await?);
    }
    let exit = exit(&checked);
    // Said only where a rule goes by it.
    let is_one_month = own.iter().any(Prepared::is_of_one_month)
        || baseline.is_some() && rules.builtins.iter().any(Tuned::is_drift_on);
    let outcomes = Outcomes {
        month: data.month.clone(),
        compared: data.compared.clone(),
        is_one_month,
        rules: checked,
        exit_code: exit as u8,
    };
    write::write(&outcomes, args.format)?;
    if let Some(path) = args.summary.filter(|path| !path.as_os_str().is_empty()) {
        let written = write::append_summary(&outcomes, &path);
        // Nobody asked for the job summary: without it the verdict is the same.
        let is_asked = env::var_os("GITHUB_STEP_SUMMARY").is_none_or(|job| path != job);
        match written {
            Err(error) if !is_asked => say(&format!("warning: {error:#}")),
            written => written?,
        }
    }
    Ok(exit)
}

/// The baseline of the command line, else that of the rules file.
fn baseline_file(args: &Check, rules: &Rules) -> Result<Option<PathBuf>, UsageError> {
    let file = args.baseline.clone().or_else(|| rules.baseline.clone());
    if args.update_baseline && file.is_none() {
        let error = UsageError::new("--update-baseline needs a file to write");
        let hint = "add --baseline checks-baseline.json, or baseline = \"…\" to the rules file";
        return Err(error.with_hint(hint));
    }
    Ok(file)
}

/// Writes the baseline file.
async fn update(
    data: &Data,
    rules: &Rules,
    own: &[Prepared<'_>],
    path: PathBuf,
) -> anyhow::Result<Exit> {
    let Some(baseline) = Baseline::of(data).await? else {
        return Err(UsageError::new("there are no requests to make a baseline of").into());
    };
    let mut values = Vec::new();
    for rule in own {
        values.extend(rule.for_baseline(data).await?);
    }
    let month = baseline.month.clone();
    baseline.write(&path, values)?;
    say(&format!(
        "wrote the figures of {month} to {}",
        path.display()
    ));
    // Figures of incomplete logs make a doubtful baseline.
    let quarantine = rules.builtins.iter();
    for rule in quarantine.filter(|rule| rule.is_enabled && rule.builtin.name == "quarantine") {
        let outcome = logs::quarantine(data, rule).await?;
        if outcome.is_failed() && outcome.severity == Severity::Error {
            say("the logs are incomplete: `edgeledger check` names what is missing");
            return Ok(Exit::Incomplete);
        }
    }
    Ok(Exit::Ok)
}

/// Verdicts of the built-in rules that are on.
async fn builtins(
    data: &Data,
    rules: &[Tuned],
    config: &Config,
    baseline: Option<&Baseline>,
) -> anyhow::Result<Vec<Outcome>> {
    let is_on = |rule: &&Tuned| rule.is_enabled && (!rule.builtin.is_drift || baseline.is_some());
    let on: Vec<&Tuned> = rules.iter().filter(is_on).collect();
    let now = if on.iter().any(|rule| rule.builtin.is_drift) {
        Baseline::of(data).await?
    } else {
        None
    };
    let budget = config.query.budget_usd;
    let mut checked = Vec::new();
    for rule in on {
        checked.push(match (rule.builtin.name, baseline) {
            ("rejects", _) => logs::rejects(data, rule).await?,
            ("quarantine", _) => logs::quarantine(data, rule).await?,
            ("coverage", _) => coverage::coverage(data, rule).await?,
            ("schema-drift", _) => logs::schema_drift(data, rule, baseline).await?,
            ("unknown-edges", _) => traffic::unknown_edges(data, rule).await?,
            ("hit-ratio", _) => traffic::hit_ratio(data, rule).await?,
            ("cost", _) => traffic::cost(data, rule, budget).await?,
            ("budget", _) => traffic::budget(data, rule, budget).await?,
            ("unpriced", _) => traffic::unpriced(data, rule).await?,
            (_, Some(baseline)) => drift::drift(data, rule, now.as_ref(), baseline),
            (_, None) => continue,
        });
    }
    Ok(checked)
}

/// Failed rules of severity error make 3; logs that could not be read, alone, make 4.
fn exit(checked: &[Outcome]) -> Exit {
    let failed = checked
        .iter()
        .filter(|rule| rule.is_failed() && rule.severity == Severity::Error);
    let mut exit = Exit::Ok;
    for rule in failed {
        if rule.rule != "quarantine" {
            return Exit::CheckFailed;
        }
        exit = Exit::Incomplete;
    }
    exit
}
