-- question: Which downloads break off, and how many bytes were sent for nothing?
-- grain: one row a distribution and family of user agents with a broken download
-- units: bytes; requests are counts; aborted_share from 0 to 1; USD rounded at 10^-4
-- order: wasted_bytes from the largest, distribution, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 20  How many rows
WITH downloads AS (
    SELECT
        name,
        client_family(user_agent) AS user_agent_family,
        -- Headers are sent as well, so that an aborted answer can look whole, but never the reverse.
        response_bytes < content_length AS is_aborted,
        response_bytes,
        content_length,
        cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND method = 'GET'
        AND status IN (0, 200, 206)
        AND content_length > 0
)
SELECT
    name AS distribution,
    user_agent_family,
    count(*) AS downloads,
    count(*) FILTER (WHERE is_aborted) AS aborted,
    CAST(CAST(count(*) FILTER (WHERE is_aborted) AS DECIMAL(26, 6)) / count(*) AS DECIMAL(9, 6)) AS aborted_share,
    sum(response_bytes) FILTER (WHERE is_aborted) AS wasted_bytes,
    sum(content_length - response_bytes) FILTER (WHERE is_aborted) AS missing_bytes,
    CAST(sum(cloudfront_usd) FILTER (WHERE is_aborted) AS DECIMAL(18, 4)) AS wasted_usd
FROM downloads
GROUP BY name, user_agent_family
HAVING count(*) FILTER (WHERE is_aborted) > 0
ORDER BY wasted_bytes DESC, distribution, user_agent_family
LIMIT $rows
