//! `edgeledger doctor`: one line a finding.

mod lake;
mod sources;

use std::{future::Future, io::Write, sync::Arc, time::Duration};

use edgeledger_rates::{Month, Service};
use edgeledger_report::escape_terminal;
use edgeledger_source::{Aws, AwsSettings, Limits};
use serde::Serialize;

use crate::{
    access,
    args::{Global, PrivacyArgs},
    config::Config,
    exit::Exit,
    progress::now_us,
    setup_args::{Doctor, DoctorFormat},
    stdout::Stdout,
};

/// How long one look at a server may take: the clients would try on for minutes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest part of an error that a finding repeats.
const MAX_CHARS: usize = 600;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Ended {
    Ok,
    /// Works, but is likely not what is wanted.
    Warn,
    Fail,
    /// Was not looked at.
    Skip,
}

/// One line.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    result: Ended,
    found: String,
    /// What to do.
    advice: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, result: Ended, found: impl Into<String>) {
        self.0.push(Finding {
            check,
            result,
            found: one_line(&found.into()),
            advice: None,
        });
    }

    fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Ended::Ok, found);
    }

    fn skip(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Ended::Skip, found);
    }

    fn warn(&mut self, check: &'static str, found: impl Into<String>, advice: impl AsRef<str>) {
        self.add(check, Ended::Warn, found);
        self.advise(advice.as_ref());
    }

    fn fail(&mut self, check: &'static str, found: impl Into<String>, advice: impl AsRef<str>) {
        self.add(check, Ended::Fail, found);
        self.advise(advice.as_ref());
    }

    fn advise(&mut self, advice: &str) {
        if let Some(last) = self.0.last_mut() {
            last.advice = Some(one_line(advice)).filter(|advice| !advice.is_empty());
        }
    }

    fn has(&self, result: Ended) -> bool {
        self.0.iter().any(|finding| finding.result == result)
    }
}

pub(crate) async fn run(args: Doctor, global: &Global) -> anyhow::Result<Exit> {
    let mut findings = Findings::default();
    findings.ok(
        "version",
        concat!(
            "edgeledger ",
            env!("CARGO_PKG_VERSION"),
            "; Delta tables of reader version 1, reports of schema "
        )
        .to_owned()
            + edgeledger_report::SCHEMA,
    );
    let config = settings(&args, global, &mut findings)?;
    prices(&config, &mut findings);
    let specs = if args.sources.is_empty() {
        config.sources.clone()
    } else {
        args.sources.clone()
    };
    let location = config.lake(&args.lake);
    let aws = Arc::new(Aws::new(AwsSettings {
        limits: Limits {
            max_attempts: 2,
            ..config.aws.limits
        },
        ..config.aws.clone()
    }));
    let is_remote = |spec: &String| spec.starts_with("s3://");
    let needs_aws = specs.iter().chain([&location]).any(is_remote);
    let has_access = credentials(&aws, needs_aws, &mut findings).await;
    sources::look(&specs, &aws, has_access, &mut findings).await;
    lake::look(&args, &location, &config, &aws, has_access, &mut findings).await;
    let failed = findings.has(Ended::Fail);
    match args.format {
        DoctorFormat::Text => print(&findings)?,
        DoctorFormat::Json => print_json(&findings)?,
    }
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// The settings, or those without a file when it cannot be used.
fn settings(args: &Doctor, global: &Global, findings: &mut Findings) -> anyhow::Result<Config> {
    const CHECK: &str = "settings";
    let loaded = Config::load(global, &args.sources).and_then(|config| {
        config.privacy(&PrivacyArgs::default())?;
        Ok(config)
    });
    let error = match loaded {
        Ok(config) => {
            match &config.file {
                Some(path) => findings.ok(
                    CHECK,
                    format!(
                        "`{}` is valid and describes {}",
                        path.display(),
                        plural(config.query.distributions.len(), "distribution")
                    ),
                ),
                None => findings.warn(
                    CHECK,
                    "no edgeledger.toml: every distribution is taken as one with its bucket in us-east-1",
                    "write one with `edgeledger init`, or name one with --config",
                ),
            }
            return Ok(config);
        }
        Err(error) => error,
    };
    let advice = crate::exit::hint(&error);
    let advice = advice.unwrap_or_else(|| "docs/configuration.md has every key".to_owned());
    findings.fail(CHECK, told(&error), advice);
    Config::without_file(global)
}

/// Whether this month has prices.
fn prices(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "prices";
    let month = jiff::Timestamp::from_microsecond(now_us())
        .ok()
        .and_then(|now| now.strftime("%Y-%m").to_string().parse::<Month>().ok());
    let Some(month) = month else {
        return findings.skip(CHECK, "the clock tells no month");
    };
    for service in [Service::CloudFront, Service::S3] {
        match config.book.card_for(service, month) {
            Ok(card) => findings.ok(CHECK, format!("{service} in {month}: card `{}`", card.name)),
            Err(error) => findings.warn(
                CHECK,
                error.to_string(),
                "make a card with `edgeledger rates import` and name it in `rates`",
            ),
        }
    }
}

/// Whether there are credentials, which are never shown.
async fn credentials(aws: &Aws, needs_aws: bool, findings: &mut Findings) -> bool {
    const CHECK: &str = "credentials";
    if !needs_aws {
        findings.skip(CHECK, "not needed: nothing in S3 is named");
        return false;
    }
    match in_time(Box::pin(aws.credentials())).await {
        Ok(found) => {
            let kind = match found.session_token {
                Some(_) => "temporary",
                None => "permanent",
            };
            let access = aws.s3_access().await;
            let region = access.region.unwrap_or_else(|| "none".to_owned());
            let at = access
                .endpoint_url
                .map_or_else(String::new, |url| format!(", at {}", without_user(&url)));
            findings.ok(CHECK, format!("found ({kind}); region {region}{at}"));
            true
        }
        Err(error) => {
            findings.fail(
                CHECK,
                error,
                "set AWS_PROFILE (`aws sso login` first), or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY, or run where a role is given",
            );
            false
        }
    }
}

/// An address without what may be a password in it.
pub(crate) fn without_user(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => "an address without a scheme".to_owned(),
    }
}

/// What a server answers, if it does before long; the error is in words.
async fn in_time<T, E: Into<anyhow::Error>>(
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| told(&error.into())),
        Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// An error and its causes, without repetitions.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(cause.trim_end());
        }
    }
    text
}

/// A text for the terminal, and for JSON, on one line.
fn one_line(text: &str) -> String {
    let text = access::without_secrets(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    // Some servers give a code and no message.
    let text = words.join(" ");
    escape_terminal(text.trim_end_matches([':', ' ']))
        .chars()
        .take(MAX_CHARS)
        .collect()
}

fn plural(n: usize, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{s}")
}

fn print(findings: &Findings) -> anyhow::Result<()> {
    let mut out = Stdout::new();
    for finding in &findings.0 {
        let result = match finding.result {
            Ended::Ok => "ok",
            Ended::Warn => "warn",
            Ended::Fail => "fail",
            Ended::Skip => "skip",
        };
        let advice = finding.advice.as_ref();
        let advice = advice.map_or_else(String::new, |advice| format!("; {advice}"));
        writeln!(
            out,
            "{result:<4}  {:<11}  {}{advice}",
            finding.check, finding.found
        )?;
    }
    Ok(())
}

fn print_json(findings: &Findings) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Report<'a> {
        schema: &'static str,
        version: &'static str,
        ok: bool,
        findings: &'a [Finding],
    }
    let report = Report {
        schema: "edgeledger.doctor/1",
        version: env!("CARGO_PKG_VERSION"),
        ok: !findings.has(Ended::Fail),
        findings: &findings.0,
    };
    let mut out = Stdout::new();
    writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{one_line, without_user};

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            (
                "https://me:pass@word@s3.example.org/x",
                "https://s3.example.org/x",
            ),
            ("me:password@host", "an address without a scheme"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }

    #[test]
    fn a_finding_is_one_line() {
        assert_eq!(one_line("a\n  b\u{1b}[2J"), "a b\\u{1b}[2J");
        assert_eq!(
            one_line("S3 answered `NoSuchKey`: "),
            "S3 answered `NoSuchKey`"
        );
    }
}
