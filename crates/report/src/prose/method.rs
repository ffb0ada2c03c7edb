//! How the numbers came about, in sentences.

use crate::{format::percent, model::Method};

/// How the numbers came about.
pub(crate) fn method_notes(method: &Method) -> Vec<String> {
    let hit_ratio = match method.hit_ratio.as_str() {
        "console" => "Hit ratio, as the CloudFront console has it: Hit / all requests.",
        "cloudwatch" => {
            "Hit ratio, as CloudWatch has it: (Hit + RefreshHit + OriginShieldHit) / requests that \
             are neither errors nor POST or PUT."
        }
        _ => {
            "Hit ratio: hits / (hits + misses). Hits are Hit, RefreshHit and OriginShieldHit; errors, \
             redirects and responses generated at the edge count as neither."
        }
    };
    let cloudfront_free = if method.cloudfront_free_tier {
        "CloudFront's always-free tier is taken off, as if no other distribution of the organisation \
         used it."
    } else {
        "CloudFront's always-free tier is not taken off."
    };
    let s3_free = match (method.s3_free_tier, method.s3_free_tier_method.as_str()) {
        (false, _) => "S3's free transfer to the internet is not taken off.",
        (true, "within_first_tier") => {
            "S3's free transfer to the internet is taken out of the first tier."
        }
        (true, _) => "S3's free transfer to the internet is taken off before the tiers.",
    };
    let shares = match method.allocation.as_str() {
        "standalone" => {
            "in proportion to what each distribution would cost alone, with all allowances to itself"
        }
        "marginal" => "in proportion to what the month would cost less without each distribution",
        _ => "by its share of every cost line, at the line's average rate",
    };
    let shares = format!(
        "Tiers and allowances belong to the organisation. A distribution bears its part of the \
         month {shares}, rounded to cents by largest remainder, so that the distributions sum to \
         the total. Items and regions are rounded one by one and can miss the total by cents."
    );
    let discount = method.cloudfront_discount;
    let discount = (!discount.is_zero()).then(|| {
        format!(
            "{} are taken off CloudFront's prices for traffic, as configured.",
            percent(Some(discount), 2)
        )
    });
    [
        "Prices: the cards below. Built-in cards hold list prices, an upper bound for anyone with \
         private rates.",
        "A GB of a price list is 2^30 bytes, here GiB; KiB to EiB are powers of 1024.",
        hit_ratio,
        cloudfront_free,
        s3_free,
        &shares,
        "S3 instead: the same bytes as internet egress from the bucket's region, and a GET for every \
         request. It leaves out what S3 would not have served or billed: redirects, responses \
         generated at the edge, limit errors, 5xx.",
        "The CloudFront side includes the S3 requests behind it, an upper bound: one for every miss \
         and every revalidation.",
        "Edge functions and Origin Shield are counted as far as logs show them; invalidations, \
         real-time logs and other units, as far as the configuration names them.",
        "Not counted on either side: storage, uploads, WAF, storage of logs, support, taxes.",
        "An edge code that no list knows is billed as the dearest region of the price class, and \
         requests without a logged protocol as HTTPS, so that no cost comes out too low.",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(discount)
    .collect()
}
