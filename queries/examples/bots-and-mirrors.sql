-- question: How much do bots, mirrors and build services take, and which of them?
-- grain: one row a kind of client and family of user agents
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; shares from 0 to 1, of the month
-- order: client_kind, egress_bytes from the largest, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
WITH shared AS (
    SELECT
        *,
        sum(requests) OVER () AS whole_requests,
        sum(response_bytes) OVER () AS whole_bytes
    FROM user_agents
    WHERE month = $month
)
SELECT
    client_kind,
    user_agent_family,
    requests,
    response_bytes AS egress_bytes,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(whole_requests, 0) AS DECIMAL(9, 6)) AS request_share,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(whole_bytes, 0) AS DECIMAL(9, 6)) AS egress_share,
    cloudfront_usd
FROM shared
WHERE client_kind IN ('bot', 'mirror', 'ci')
ORDER BY client_kind, egress_bytes DESC, user_agent_family
