-- purpose: what CloudFront kept off servers: distributions with a server origin have no S3 side
-- grain:   month, distribution
-- units:   requests and bytes; peaks in requests a second; usd in whole cents
-- notes:   what reaches the origin is an upper bound (regional caches absorb a part), so what is
--          kept off is a lower one. A peak is the highest second of the month, each for itself.
-- order:   month, distribution
WITH loads AS (
    SELECT
        month,
        distribution,
        name,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        coalesce(sum(requests) FILTER (WHERE reaches_origin), 0) AS origin_requests,
        coalesce(sum(response_bytes) FILTER (WHERE reaches_origin AND cache_result <> 'RefreshHit'), 0) AS origin_bytes
    FROM usage
    WHERE origin = 'server'
    GROUP BY month, distribution, name
)
SELECT
    l.month,
    l.distribution,
    l.name,
    l.requests,
    l.response_bytes,
    l.requests - l.origin_requests AS kept_off_requests,
    l.response_bytes - l.origin_bytes AS kept_off_bytes,
    p.peak_requests,
    p.peak_origin_requests,
    p.peak_kept_off_requests,
    c.usd AS cloudfront_usd
FROM loads l
JOIN origin_peaks p ON p.month = l.month AND p.distribution = l.distribution
LEFT JOIN distribution_cost c ON c.month = l.month AND c.distribution = l.distribution AND c.side = 'cloudfront'
