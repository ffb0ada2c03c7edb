//! Words and numbers for people.

pub(crate) use edgeledger_render::numbers::{
    amount, bytes, count, dash, fixed, grouped_fixed, optional_usd, percent, plural, quantity,
    small_usd, usd, usd_per_request,
};

use edgeledger_rates::{Decimal, Month};

use crate::model::Report;

/// USD in a sentence.
pub(crate) fn said_usd(amount: Decimal) -> String {
    small_usd(amount).replace("< ", "less than ")
}

/// `October 2026` of a report.
pub(crate) fn month_name(report: &Report) -> String {
    month_words(report.month)
}

/// `October 2026`.
pub(crate) fn month_words(month: Month) -> String {
    let names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = names.get(usize::from(month.month()).wrapping_sub(1));
    format!("{} {}", name.unwrap_or(&"?"), month.year())
}

/// A change as a share of what was: `+3.4%`, `-3.4%`.
pub(crate) fn percent_change(ratio: Decimal) -> String {
    let sign = if ratio > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", percent(Some(ratio), 1))
}

/// A change of money: `+$1.36`, `-$1.36`, `$0.00`.
pub(crate) fn usd_change(change: Decimal) -> String {
    let sign = if change > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", usd(change))
}

/// `CloudFront` or `S3`; an unknown word as it is.
pub(crate) fn side(side: &str) -> &str {
    match side {
        "cloudfront" => "CloudFront",
        "s3" => "S3 instead",
        other => other,
    }
}

/// A cost item in words; an unknown word as it is.
pub(crate) fn item(item: &str) -> &str {
    match item {
        "egress" => "Egress",
        "requests" => "Requests",
        "proxy_requests" => "Requests by POST and the like",
        "origin_transfer" => "Transfer to the origin",
        "s3_origin_requests" => "S3 requests behind CloudFront",
        "s3_origin_retrieval" => "S3 retrieval behind CloudFront",
        "retrieval" => "Retrieval",
        "plan" => "Flat-rate plan",
        "function" => "CloudFront Functions",
        "lambda-edge-request" => "Lambda@Edge requests",
        "lambda-edge-duration" => "Lambda@Edge GB-seconds",
        "origin-shield" => "Origin Shield requests",
        "invalidation" => "Invalidated paths",
        "real-time-log" => "Real-time log lines",
        "field-level-encryption" => "Field-level encryption",
        "dedicated-ip-certificate" => "Dedicated IP certificates",
        other => other,
    }
}

/// A billing region in words; an unknown code as nothing.
pub(crate) fn region_name(code: &str) -> &'static str {
    match code {
        "US" => "United States, Mexico",
        "CA" => "Canada",
        "EU" => "Europe, Israel, Türkiye",
        "JP" => "Japan",
        "AU" => "Australia, New Zealand",
        "AP" => "Asia Pacific",
        "IN" => "India",
        "SA" => "South America",
        "ME" => "Middle East",
        "ZA" => "South Africa, Kenya, Nigeria",
        "CN" => "China",
        _ => "",
    }
}
