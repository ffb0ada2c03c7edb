-- question: Which networks download most, and what do they cost?
-- grain: one row a network of client addresses: /24 of IPv4, /48 of IPv6; - is all that was logged without one
-- units: bytes; requests are counts; USD rounded at 10^-4; shares from 0 to 1
-- order: egress_bytes from the largest, network
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
WITH networks AS (
    SELECT
        coalesce(truncate_ip(client_ip), '-') AS network,
        nullif(count(DISTINCT client_ip), 0) AS addresses,
        count(DISTINCT user_agent_family(user_agent)) AS user_agent_families,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND ($distribution IS NULL OR $distribution IN (name, distribution))
    GROUP BY 1
)
SELECT
    network,
    addresses,
    user_agent_families,
    requests,
    egress_bytes,
    CAST(CAST(egress_bytes AS DECIMAL(26, 6)) / nullif(sum(egress_bytes) OVER (), 0) AS DECIMAL(9, 6)) AS egress_share,
    CAST(cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd
FROM networks
ORDER BY egress_bytes DESC, network
LIMIT $rows
