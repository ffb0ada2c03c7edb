-- question: Which user agents ask a distribution, whatever they call themselves?
-- grain: one row a distribution and family of user agents
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; egress_share is of the distribution
-- order: distribution, egress_bytes from the largest, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows of each distribution
WITH placed AS (
    SELECT
        *,
        sum(response_bytes) OVER (PARTITION BY distribution) AS whole_bytes,
        row_number() OVER (
            PARTITION BY distribution ORDER BY response_bytes DESC, user_agent_family
        ) AS place
    FROM user_agent_cost
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
)
SELECT
    name AS distribution,
    user_agent_family,
    requests,
    response_bytes AS egress_bytes,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(whole_bytes, 0) AS DECIMAL(9, 6)) AS egress_share,
    cloudfront_usd
FROM placed
WHERE place <= $rows
ORDER BY distribution, egress_bytes DESC, user_agent_family
