-- question: Which programs cause the cost, and what are they for?
-- grain: one row a family of user agents, out of the closed list of client_families
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; shares from 0 to 1
-- order: cloudfront_usd from the largest, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
SELECT
    user_agent_family,
    client_kind,
    requests,
    response_bytes AS egress_bytes,
    cloudfront_usd,
    CAST(cloudfront_usd_exact / nullif(sum(cloudfront_usd_exact) OVER (), 0) AS DECIMAL(9, 6)) AS cost_share
FROM user_agents
WHERE month = $month
ORDER BY cloudfront_usd DESC, user_agent_family
LIMIT $rows
