//! Why, how sure, and what else: the sentences about money.

use edgeledger_rates::Decimal;

use crate::{
    format::{bytes, count, plural, usd},
    model::{BreakEven, Distribution, Offer, Report},
};

/// How many distributions cost more than S3 would have, if any did.
pub(crate) fn worse_than_s3(report: &Report) -> Option<String> {
    let compared = report
        .distributions
        .iter()
        .filter(|row| row.s3_usd.is_some());
    let compared = i64::try_from(compared.count()).unwrap_or(i64::MAX);
    let worse = report.distributions.iter().filter(|row| is_dearer(row));
    let worse = i64::try_from(worse.count()).unwrap_or(i64::MAX);
    (worse > 0).then(|| {
        format!(
            "{} of {} cost more with CloudFront than S3 would have; the reasons follow the table of \
             costs.",
            count(worse),
            plural(compared, "distribution", "distributions")
        )
    })
}

fn is_dearer(row: &Distribution) -> bool {
    row.savings_usd
        .is_some_and(|savings| savings < Decimal::ZERO)
}

/// Why a distribution cost more than S3 would have, if it did. Quotes its name.
pub(crate) fn dearer(row: &Distribution) -> Option<String> {
    let savings = row.savings_usd.filter(|_| is_dearer(row))?;
    let why = match row.reason.as_deref() {
        Some("edge_dearer") => {
            "egress is dearer in the regions of its edges than in the region of its bucket"
        }
        Some("small_objects") => {
            "its objects are small, so that request fees outweigh the egress saved"
        }
        Some("fees") => "plans, functions and other fees outweigh what egress and requests save",
        _ => "the reason is not known",
    };
    let part = |what: &str, saved: Option<Decimal>| {
        saved.map(|saved| {
            if saved < Decimal::ZERO {
                format!("{what} cost {} more", usd(saved.abs()))
            } else {
                format!("{what} saved {}", usd(saved))
            }
        })
    };
    let parts = [
        part("egress", row.egress_savings_usd),
        part("requests", row.request_savings_usd),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let parts = if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    };
    Some(format!(
        "{} cost {} more than S3 would have: {why}{parts}.",
        row.name,
        usd(savings.abs())
    ))
}

/// How costs are shared over distributions, for the title of a table.
pub(crate) fn shares(allocation: &str) -> &'static str {
    match allocation {
        "average" => "Cost (shares at the average rate)",
        "standalone" => "Cost (shares by what each would cost alone)",
        "marginal" => "Cost (shares by what the month would cost less without each)",
        _ => "Cost",
    }
}

/// An unknown in words; an unknown word as it is.
pub(crate) fn unknown(unknown: &str) -> &str {
    match unknown {
        "cloudfront_free_tier" => "CloudFront's free tier",
        "s3_free_tier" => "S3's free transfer",
        "waf" => "Blocked requests",
        "header_bytes" => "Header bytes",
        "edge_compression" => "Compression at the edge",
        "regional_caches" => "Regional caches",
        other => other,
    }
}

/// What the report assumes of an unknown, and what its other end is.
pub(crate) fn other_ends(unknown: &str) -> Option<&'static str> {
    Some(match unknown {
        "cloudfront_free_tier" => {
            "CloudFront's free tier is taken off in full; other traffic of the organisation may \
             have used it up."
        }
        "s3_free_tier" => {
            "S3's free transfer is taken off in full; other traffic of the organisation may have \
             used it up."
        }
        "waf" => {
            "Every 403 is billed; those that a WAF blocked would be billed by neither side, and \
             never have reached the origin."
        }
        "header_bytes" => {
            "Headers are billed by CloudFront as part of what it sent; it may bill bodies only."
        }
        "edge_compression" => {
            "Nothing was compressed at the edge; if all was that could be, S3 would have sent four \
             times as much of it."
        }
        "regional_caches" => {
            "Every miss and every revalidation is taken to have reached S3; regional caches may \
             have answered all of them."
        }
        _ => return None,
    })
}

/// From what size on CloudFront pays, in words; an unknown verdict as it is.
pub(crate) fn break_even(row: &BreakEven) -> String {
    match (row.verdict.as_str(), row.break_even_bytes) {
        ("above", Some(size)) => format!("from {} on", bytes(size)),
        ("below", Some(size)) => format!("up to {}", bytes(size)),
        (verdict, _) => verdict.to_owned(),
    }
}

/// What an offer leaves out, and how much of the traffic it has no price for.
pub(crate) fn left_out(offer: &Offer) -> Option<String> {
    let unpriced = offer.unpriced_bytes.filter(|&unpriced| unpriced > 0);
    let unpriced = unpriced.map(|unpriced| {
        format!(
            "Too low: {} went to regions without a published price.",
            bytes(unpriced)
        )
    });
    let parts: Vec<String> = unpriced
        .into_iter()
        .chain(offer.not_comparable.clone())
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What holds for all other providers.
pub(crate) fn providers_note() -> &'static str {
    "Other providers: public list prices of the day given, nobody's offer, for the bytes and \
     requests that CloudFront served. What a provider would fetch from S3 is not in them: S3 sends \
     to CloudFront for nothing, and to others at its internet price."
}
