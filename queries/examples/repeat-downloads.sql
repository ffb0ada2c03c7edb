-- question: Who downloads the same file over and over, and what does that cost?
-- grain: one row a network, family of user agents, and path; nothing where the lake keeps no addresses
-- units: bytes; requests are counts; USD rounded at 10^-4; repeats are the downloads after the first of a day
-- order: repeated_bytes from the largest, distribution, path, network, user_agent_family
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
WITH days AS (
    SELECT
        name,
        path,
        truncate_ip(client_ip) AS network,
        user_agent_family(user_agent) AS user_agent_family,
        date,
        count(*) AS downloads,
        sum(response_bytes) AS egress_bytes,
        max(response_bytes) AS first_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
        AND method = 'GET'
        AND status = 200
        -- Without addresses nobody can be said to come again.
        AND truncate_ip(client_ip) IS NOT NULL
    GROUP BY name, path, 3, 4, date
)
SELECT
    name AS distribution,
    path,
    network,
    user_agent_family,
    sum(downloads) AS downloads,
    sum(downloads - 1) AS repeats,
    sum(egress_bytes - first_bytes) AS repeated_bytes,
    CAST(sum(cloudfront_usd * (downloads - 1) / downloads) AS DECIMAL(18, 4)) AS repeated_usd
FROM days
GROUP BY name, path, network, user_agent_family
HAVING sum(downloads - 1) > 0
ORDER BY repeated_bytes DESC, distribution, path, network, user_agent_family
LIMIT $rows
