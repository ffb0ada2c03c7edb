//! The sources: can they be listed and read; and the clock, which their servers tell.

use edgeledger_source::{Aws, Glance, Source};
use jiff::fmt::rfc2822;

use super::{Findings, in_time, plural};
use crate::progress::now_us;

/// S3 refuses requests whose time is off by a quarter of an hour.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> (`RequestTimeTooSkewed`)
const MAX_OFF_SECONDS: i64 = 15 * 60;
/// From here on something is wrong with the clock.
const MUCH_OFF_SECONDS: i64 = 60;

pub(super) async fn look(specs: &[String], aws: &Aws, has_access: bool, findings: &mut Findings) {
    const CHECK: &str = "source";
    if specs.is_empty() {
        findings.warn(
            CHECK,
            "no logs are named",
            "give a folder, a file or s3://bucket/prefix, or set `sources` in edgeledger.toml",
        );
    }
    let mut server_date = None;
    for spec in specs {
        if spec.starts_with("s3://") && !has_access {
            findings.skip(CHECK, format!("{spec}: there are no credentials"));
            continue;
        }
        let glance = Box::pin(async { Source::open(spec, aws).await?.glance().await });
        match in_time(glance).await {
            Ok(glance) => {
                server_date = server_date.or_else(|| glance.server_date.clone());
                seen(spec, &glance, findings);
            }
            Err(error) => {
                let advice = advice(spec, &error);
                findings.fail(CHECK, format!("{spec}: {error}"), advice);
            }
        }
    }
    clock(server_date.as_deref(), findings);
}

fn seen(spec: &str, glance: &Glance, findings: &mut Findings) {
    const CHECK: &str = "source";
    let n_objects = glance.listing.objects.len();
    let more = if glance.has_more { " and more" } else { "" };
    match &glance.read {
        Some((key, n_bytes)) => findings.ok(
            CHECK,
            format!(
                "{spec}: lists {}{more}; {} of {key} read",
                plural(n_objects, "object"),
                plural(*n_bytes, "byte")
            ),
        ),
        None if n_objects == 0 => findings.warn(
            CHECK,
            format!("{spec}: can be listed, and has no logs{more}"),
            "look at the prefix, and whether the distribution's logging is on; the first logs \
             come within hours",
        ),
        None => findings.warn(
            CHECK,
            format!("{spec}: lists {}, all empty", plural(n_objects, "object")),
            "nothing could be tried to read",
        ),
    }
}

/// What to do about a refusal, by the code that S3 gives.
fn advice(spec: &str, error: &str) -> &'static str {
    if !spec.starts_with("s3://") {
        return "look at the path and its permissions";
    }
    let is = |words: &[&str]| words.iter().any(|word| error.contains(word));
    if is(&["NoSuchBucket"]) {
        "look at the bucket's name"
    } else if is(&["cannot list"]) && is(&["AccessDenied"]) {
        "allow s3:ListBucket on the bucket"
    } else if is(&["AccessDenied"]) {
        "allow s3:GetObject on the bucket's objects (and kms:Decrypt, if they are encrypted so)"
    } else if is(&["PermanentRedirect", "AuthorizationHeaderMalformed"]) {
        "set the bucket's region: --region, or `region` below [aws] in edgeledger.toml"
    } else if is(&["RequestTimeTooSkewed"]) {
        "set this machine's clock"
    } else if is(&[
        "ExpiredToken",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
    ]) {
        "get new credentials (`aws sso login`)"
    } else {
        "look at the address, the region and the network"
    }
}

fn clock(server_date: Option<&str>, findings: &mut Findings) {
    const CHECK: &str = "clock";
    let Some(date) = server_date else {
        return findings.skip(CHECK, "no S3 server told its time");
    };
    let Ok(server) = rfc2822::DateTimeParser::new().parse_timestamp(date) else {
        return findings.skip(CHECK, "the S3 server's time is not readable");
    };
    let off = now_us() / 1_000_000 - server.as_second();
    let found = format!("{off} seconds from the S3 server's");
    match off.abs() {
        0..MUCH_OFF_SECONDS => findings.ok(CHECK, found),
        MUCH_OFF_SECONDS..MAX_OFF_SECONDS => findings.warn(
            CHECK,
            found,
            "set this machine's clock: S3 refuses requests that are a quarter of an hour off",
        ),
        _ => findings.fail(
            CHECK,
            found,
            "set this machine's clock: S3 refuses its requests",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, clock};
    use crate::{commands::doctor::Ended, progress::now_us};

    #[test]
    fn a_clock_is_right_off_or_wrong() {
        let ended = |seconds: i64| {
            let server = jiff::Timestamp::from_second(now_us() / 1_000_000 - seconds).unwrap();
            let date = server.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let mut findings = Findings::default();
            clock(Some(&date), &mut findings);
            findings.0[0].result
        };
        assert_eq!(ended(0), Ended::Ok);
        assert_eq!([ended(300), ended(-300)], [Ended::Warn; 2]);
        assert_eq!([ended(3_600), ended(-3_600)], [Ended::Fail; 2]);
        for none in [None, Some("yesterday")] {
            let mut findings = Findings::default();
            clock(none, &mut findings);
            assert_eq!(findings.0[0].result, Ended::Skip);
        }
    }
}
