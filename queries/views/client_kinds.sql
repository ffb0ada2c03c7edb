-- purpose: the month by what clients are for: package managers, build services, mirrors, browsers …
-- grain:   month, client_kind
-- units:   bytes; requests a count; cloudfront_usd_exact in USD, cloudfront_usd in cents that sum to
--          the month's (largest remainder)
-- notes:   a kind is what a user agent says of itself: client_families lists which family is what
-- order:   month, client_kind
WITH parts AS (
    SELECT
        month,
        client_kind,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        sum(cloudfront_usd_exact) AS cloudfront_usd_exact
    FROM user_agents
    GROUP BY month, client_kind
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY client_kind) AS cloudfront_usd
FROM parts
