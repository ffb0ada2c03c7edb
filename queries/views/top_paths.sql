-- purpose: the 50 paths of each distribution that sent the most bytes, with their share of the cost
-- grain:   month, distribution, path
-- units:   bytes; requests counts; *_usd_exact in USD
-- notes:   path as logged; place 1 is the largest, ties by path. hits and misses follow
--          settings.hit_ratio
-- order:   month, distribution, place
WITH priced AS (
    SELECT
        s.month,
        s.distribution,
        u.name,
        s.path,
        s.requests,
        s.response_bytes,
        u.is_hit,
        u.is_miss,
        s.response_bytes * coalesce(u.usd_per_response_byte, 0)
            + s.request_bytes * coalesce(u.usd_per_request_byte, 0)
            + s.requests * u.usd_per_request AS cloudfront_usd,
        s.response_bytes * coalesce(u.s3_usd_per_response_byte, 0)
            + s.requests * u.s3_usd_per_request AS s3_usd
    FROM top_path_traffic s
    JOIN usage_rates u
        ON u.month = s.month
        AND u.distribution = s.distribution
        AND u.edge_region = s.edge_region
        AND u.method = s.method
        AND u.billing_protocol = s.billing_protocol
        AND u.status_class = s.status_class
        AND u.is_forbidden = s.is_forbidden
        AND u.is_compressible = s.is_compressible
        AND u.cache_result = s.cache_result
        AND u.detailed_result_type = s.detailed_result_type
),
summed AS (
    SELECT
        month,
        distribution,
        name,
        path,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        coalesce(sum(requests) FILTER (WHERE is_hit), 0) AS hit_requests,
        coalesce(sum(requests) FILTER (WHERE is_miss), 0) AS miss_requests,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact,
        CAST(sum(s3_usd) AS DECIMAL(38, 12)) AS s3_usd_exact
    FROM priced
    GROUP BY month, distribution, name, path
),
placed AS (
    SELECT
        *,
        CAST(row_number() OVER (PARTITION BY month, distribution ORDER BY response_bytes DESC, path) AS BIGINT) AS place
    FROM summed
)
SELECT *
FROM placed
WHERE place <= 50
