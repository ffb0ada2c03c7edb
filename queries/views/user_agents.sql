-- purpose: the month by family of user agents, out of the closed list in client_families
-- grain:   month, user_agent_family
-- units:   bytes; requests a count; cloudfront_usd_exact in USD, cloudfront_usd in cents that sum to
--          the month's (largest remainder)
-- notes:   none: without a user agent; other: none of the list. user_agent_cost has every name.
-- order:   month, user_agent_family
WITH parts AS (
    SELECT
        month,
        c.user_agent_family,
        c.client_kind,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact
    FROM served_costs s
    JOIN client_families c ON c.user_agent_family = s.user_agent_family
    GROUP BY month, c.user_agent_family, c.client_kind
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY user_agent_family) AS cloudfront_usd
FROM parts
