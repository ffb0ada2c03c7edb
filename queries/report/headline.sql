-- purpose: the month in one row
-- order:   one row
SELECT
    requests,
    response_bytes AS egress_bytes,
    request_hit_ratio,
    byte_hit_ratio,
    cloudfront_usd,
    cloudfront_s3_usd,
    s3_usd,
    savings_usd,
    savings_ratio
FROM headline
WHERE month = $month
