-- purpose: what CloudFront kept off servers
-- order:   requests DESC, distribution
SELECT
    distribution,
    name,
    requests,
    response_bytes AS egress_bytes,
    kept_off_requests,
    kept_off_bytes,
    CAST(CAST(kept_off_requests AS DECIMAL(26, 6)) / nullif(requests, 0) AS DECIMAL(9, 6)) AS kept_off_ratio,
    CAST(CAST(kept_off_bytes AS DECIMAL(26, 6)) / nullif(response_bytes, 0) AS DECIMAL(9, 6)) AS kept_off_byte_ratio,
    peak_requests,
    peak_origin_requests,
    peak_kept_off_requests,
    coalesce(cloudfront_usd, 0) AS cloudfront_usd
FROM origin_load
WHERE month = $month
ORDER BY requests DESC, distribution
