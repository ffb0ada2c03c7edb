//! `edgeledger config`.

mod origin;

use std::io::Write;

use edgeledger_query::Origin;

use crate::{
    args::{Global, PrivacyArgs},
    config::Config,
    exit::Exit,
    setup_args::Config as Args,
    stdout::Stdout,
};

pub(crate) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let Args::Show(args) = args;
    let config = Config::load(global, &[])?;
    // Refuses what ingest would refuse.
    config.privacy(&PrivacyArgs::default())?;
    if args.origin {
        origin::show(&config)?;
        return Ok(Exit::Ok);
    }
    let mut out = Stdout::new();
    let file = config
        .file
        .as_ref()
        .map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let from = |is_flag: bool, is_file: bool| match (is_flag, is_file) {
        (true, _) => "flag or environment",
        (false, true) => "file",
        (false, false) => "default",
    };
    let settings = &config.query;
    writeln!(out, "settings file: {file}")?;
    writeln!(
        out,
        "lake: {} ({})",
        config.lake(&args.lake),
        from(args.lake.lake.is_some(), config.lake.is_some())
    )?;
    writeln!(
        out,
        "sources: {}",
        if config.sources.is_empty() {
            "none".to_owned()
        } else {
            config.sources.join(", ")
        }
    )?;
    writeln!(
        out,
        "cloudfront_free_tier: {}",
        settings.cloudfront_free_tier
    )?;
    writeln!(out, "s3_free_tier: {}", settings.s3_free_tier)?;
    writeln!(
        out,
        "s3_free_tier_method: {}",
        settings.s3_free_tier_method.as_str()
    )?;
    writeln!(out, "hit_ratio: {}", settings.hit_ratio.as_str())?;
    writeln!(out, "allocation: {}", settings.allocation.as_str())?;
    if let Some(usd) = settings.budget_usd {
        writeln!(out, "budget: {usd} USD a month")?;
    }
    if let Some(credits) = &settings.credits {
        writeln!(
            out,
            "credits: {} USD at the end of {}",
            credits.balance_usd, credits.as_of
        )?;
    }
    writeln!(
        out,
        "cloudfront_discount: {}",
        settings.cloudfront_discount.normalize()
    )?;
    for row in &settings.extra_usage {
        writeln!(
            out,
            "extra usage: {} {} in {}, {}, {}",
            row.quantity,
            row.item,
            row.region,
            row.month.as_deref().unwrap_or("every month"),
            row.distribution
                .as_deref()
                .unwrap_or("shared by all distributions")
        )?;
    }
    for row in &settings.purges {
        let (hour, minute) = (row.minute / 60, row.minute % 60);
        writeln!(
            out,
            "purge: {} of {} at {hour:02}:{minute:02}",
            row.prefix, row.distribution
        )?;
    }
    writeln!(out, "privacy: {}", config.privacy_in_words())?;
    for card in config.book.cards() {
        let until = card.valid_until.map_or_else(
            || "on".to_owned(),
            |month| format!("to {}", month.previous()),
        );
        writeln!(
            out,
            "price card: {} {} from {} {until} ({})",
            card.service, card.name, card.valid_from, card.file
        )?;
    }
    for file in &config.rule_files {
        writeln!(out, "rules: {}", file.display())?;
    }
    if !config.rule_files.is_empty() {
        writeln!(
            out,
            "rules of URLs: {} for legacy URLs, {} path groups",
            settings.rules.legacy_urls.len(),
            settings.rules.path_groups.len()
        )?;
    }
    for row in &settings.distributions {
        let origin = match &row.origin {
            Origin::S3 { bucket_region } => {
                format!("s3 in {bucket_region}, storage class {}", row.storage_class)
            }
            Origin::Server => "server".to_owned(),
        };
        let plan = row.plan.as_ref();
        let plan = plan.map_or_else(String::new, |plan| format!(", plan {plan}"));
        let shield = row.origin_shield.as_ref();
        let shield = shield.map_or_else(String::new, |at| format!(", Origin Shield in {at}"));
        writeln!(
            out,
            "distribution: {} {} origin {origin}, price class {}{shield}{plan}",
            row.id, row.name, row.price_class
        )?;
    }
    if settings.distributions.is_empty() {
        writeln!(
            out,
            "distributions: none described; each is taken as s3 in us-east-1, price class All"
        )?;
    }
    Ok(Exit::Ok)
}
