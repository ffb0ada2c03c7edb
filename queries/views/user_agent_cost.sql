-- purpose: the month's cost by user-agent family
-- grain:   month, distribution, user_agent_family
-- units:   bytes; requests a count; *_usd_exact in USD, *_usd in cents that sum to the month's
--          (largest remainder)
-- notes:   user_agent_family: the product a user agent names first, or the browser or bot it is
-- order:   month, distribution, user_agent_family
WITH parts AS (
    SELECT
        month,
        distribution,
        name,
        user_agent_family(user_agent) AS user_agent_family,
        count(*) AS requests,
        sum(response_bytes) AS response_bytes,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact,
        CAST(sum(s3_usd) AS DECIMAL(38, 12)) AS s3_usd_exact
    FROM request_costs
    GROUP BY month, distribution, name, 4
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY distribution, user_agent_family) AS cloudfront_usd,
    largest_remainder(s3_usd_exact) OVER (PARTITION BY month ORDER BY distribution, user_agent_family) AS s3_usd
FROM parts
