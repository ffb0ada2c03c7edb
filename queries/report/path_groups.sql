-- purpose: traffic, cache and cost by the groups of paths that rules name
-- order:   egress_bytes DESC, distribution, path_group
SELECT
    t.distribution,
    t.name,
    t.path_group,
    t.is_immutable,
    t.requests,
    t.response_bytes AS egress_bytes,
    CAST(CAST(t.response_bytes AS DECIMAL(26, 6)) / nullif(sum(t.response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share,
    t.hit_requests,
    t.miss_requests,
    CAST(CAST(t.hit_requests AS DECIMAL(26, 6)) / nullif(t.hit_requests + t.miss_requests, 0) AS DECIMAL(9, 6))
        AS request_hit_ratio,
    CAST(CAST(t.hit_bytes AS DECIMAL(26, 6)) / nullif(t.hit_bytes + t.miss_bytes, 0) AS DECIMAL(9, 6))
        AS byte_hit_ratio,
    t.cloudfront_usd,
    t.cloudfront_usd_exact,
    -- S3 could not stand in for a server.
    CASE d.origin WHEN 's3' THEN t.s3_usd END AS s3_usd,
    CASE d.origin WHEN 's3' THEN t.s3_usd_exact END AS s3_usd_exact
FROM path_group_traffic t
LEFT JOIN distributions d ON d.distribution = t.distribution
WHERE t.month = $month
    -- Of one distribution, or of all.
    AND $distribution IN ('', t.distribution)
ORDER BY egress_bytes DESC, distribution, path_group
