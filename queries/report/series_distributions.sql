-- purpose: a month of a series, by distribution
-- order:   month, cloudfront_usd DESC, distribution
SELECT
    month,
    distribution,
    name,
    origin,
    covered_days,
    requests,
    response_bytes AS egress_bytes,
    request_hit_ratio,
    byte_hit_ratio,
    cloudfront_usd,
    cost_share,
    usd_per_tib,
    s3_usd,
    savings_usd,
    savings_ratio
FROM distribution_series
WHERE month = $month
ORDER BY month, cloudfront_usd DESC, distribution
