-- purpose: traffic, cache and cost by the groups of paths that rules name
-- grain:   month, distribution, path_group
-- units:   bytes; requests counts; *_usd_exact in USD, *_usd in cents that sum to the month's
--          (largest remainder)
-- notes:   paths without a rule are in `other`; what lies under an immutable path never changes, so
--          that to purge it is waste; hits and misses follow settings.hit_ratio
-- order:   month, distribution, path_group
WITH parts AS (
    SELECT
        s.month,
        s.distribution,
        s.name,
        s.path_group,
        coalesce(g.is_immutable, false) AS is_immutable,
        sum(s.requests) AS requests,
        sum(s.response_bytes) AS response_bytes,
        coalesce(sum(s.requests) FILTER (WHERE s.is_hit), 0) AS hit_requests,
        coalesce(sum(s.requests) FILTER (WHERE s.is_miss), 0) AS miss_requests,
        coalesce(sum(s.response_bytes) FILTER (WHERE s.is_hit), 0) AS hit_bytes,
        coalesce(sum(s.response_bytes) FILTER (WHERE s.is_miss), 0) AS miss_bytes,
        CAST(sum(s.cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact,
        CAST(sum(s.s3_usd) AS DECIMAL(38, 12)) AS s3_usd_exact
    FROM served_costs s
    LEFT JOIN path_groups g ON g.path_group = s.path_group
    GROUP BY s.month, s.distribution, s.name, s.path_group, coalesce(g.is_immutable, false)
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY distribution, path_group) AS cloudfront_usd,
    largest_remainder(s3_usd_exact) OVER (PARTITION BY month ORDER BY distribution, path_group) AS s3_usd
FROM parts
