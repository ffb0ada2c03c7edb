-- purpose: the 50 paths of each distribution that sent the most bytes, the largest of all first
-- order:   place
-- Running shares are of this path and those before it.
WITH whole AS (
    SELECT sum(response_bytes) AS response_bytes, sum(cloudfront_usd_exact) AS cloudfront_usd_exact
    FROM path_group_traffic
    WHERE month = $month AND $distribution IN ('', distribution)
),
placed AS (
    SELECT
        CAST(row_number() OVER largest AS BIGINT) AS overall,
        sum(response_bytes) OVER largest AS running_bytes,
        sum(cloudfront_usd_exact) OVER largest AS running_usd,
        *
    FROM top_paths
    WHERE month = $month
        -- Of one distribution, or of all.
        AND $distribution IN ('', distribution)
    WINDOW largest AS (
        ORDER BY response_bytes DESC, distribution, path ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    p.overall AS place,
    p.distribution,
    p.name,
    p.path,
    p.requests,
    p.response_bytes AS egress_bytes,
    CAST(CAST(p.response_bytes AS DECIMAL(26, 6)) / nullif(w.response_bytes, 0) AS DECIMAL(9, 6)) AS egress_share,
    CAST(CAST(p.running_bytes AS DECIMAL(26, 6)) / nullif(w.response_bytes, 0) AS DECIMAL(9, 6))
        AS running_egress_share,
    p.hit_requests,
    p.miss_requests,
    CAST(CAST(p.hit_requests AS DECIMAL(26, 6)) / nullif(p.hit_requests + p.miss_requests, 0) AS DECIMAL(9, 6))
        AS request_hit_ratio,
    p.cloudfront_usd_exact,
    CAST(p.cloudfront_usd_exact / nullif(w.cloudfront_usd_exact, 0) AS DECIMAL(9, 6)) AS cloudfront_share,
    CAST(p.running_usd / nullif(w.cloudfront_usd_exact, 0) AS DECIMAL(9, 6)) AS running_cloudfront_share,
    -- S3 could not stand in for a server.
    CASE d.origin WHEN 's3' THEN p.s3_usd_exact END AS s3_usd_exact
FROM whole w
CROSS JOIN placed p
LEFT JOIN distributions d ON d.distribution = p.distribution
ORDER BY place
