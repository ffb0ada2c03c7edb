-- purpose: the month by what clients are for
-- order:   egress_bytes DESC, client_kind
SELECT
    client_kind,
    requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    response_bytes AS egress_bytes,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share,
    cloudfront_usd,
    cloudfront_usd_exact,
    CAST(cloudfront_usd_exact / nullif(sum(cloudfront_usd_exact) OVER (), 0) AS DECIMAL(9, 6)) AS cloudfront_share
FROM client_kinds
WHERE month = $month
ORDER BY egress_bytes DESC, client_kind
