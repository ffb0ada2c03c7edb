-- purpose: the month by content type
-- order:   egress_bytes DESC, content_type
SELECT
    content_type,
    requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    response_bytes AS egress_bytes,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share,
    cloudfront_usd,
    cloudfront_usd_exact,
    CAST(cloudfront_usd_exact / nullif(sum(cloudfront_usd_exact) OVER (), 0) AS DECIMAL(9, 6)) AS cloudfront_share
FROM content_types
WHERE month = $month
ORDER BY egress_bytes DESC, content_type
