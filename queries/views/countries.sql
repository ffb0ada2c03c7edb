-- purpose: the month by country of the viewer, where logs tell
-- grain:   month, country
-- units:   bytes; requests a count; cloudfront_usd_exact in USD, cloudfront_usd in cents that sum to
--          the month's (largest remainder)
-- notes:   a month whose logs have no country has no row; '-' is what is left of one whose logs have
-- order:   month, country
WITH priced AS (
    SELECT
        s.month,
        s.country,
        s.requests,
        s.response_bytes,
        s.response_bytes * coalesce(u.usd_per_response_byte, 0)
            + s.request_bytes * coalesce(u.usd_per_request_byte, 0)
            + s.requests * u.usd_per_request AS cloudfront_usd
    FROM country_traffic s
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
logged AS (
    SELECT
        month,
        country,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM priced
    GROUP BY month, country
),
months AS (
    SELECT
        month,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM logged
    GROUP BY month
),
whole AS (
    SELECT
        month,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM usage_costs
    GROUP BY month
),
parts AS (
    SELECT
        month,
        country,
        requests,
        response_bytes,
        CAST(cloudfront_usd AS DECIMAL(38, 12)) AS cloudfront_usd_exact
    FROM logged
    UNION ALL
    SELECT
        m.month,
        '-' AS country,
        w.requests - m.requests AS requests,
        w.response_bytes - m.response_bytes AS response_bytes,
        CAST(w.cloudfront_usd - m.cloudfront_usd AS DECIMAL(38, 12)) AS cloudfront_usd_exact
    FROM months m
    JOIN whole w ON w.month = m.month
    WHERE w.requests > m.requests
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY country) AS cloudfront_usd
FROM parts
