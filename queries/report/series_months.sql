-- purpose: a month of a series
-- order:   month
SELECT
    month,
    days,
    covered_days,
    requests,
    response_bytes AS egress_bytes,
    request_hit_ratio,
    byte_hit_ratio,
    cloudfront_usd,
    usd_per_tib,
    cloudfront_s3_usd,
    s3_usd,
    savings_usd,
    savings_ratio
FROM month_series
WHERE month = $month
ORDER BY month
